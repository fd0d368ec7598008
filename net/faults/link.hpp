// A link: everything between one listener and its clients, with the faults a network can have; usable in both worlds.
#pragma once

#include <functional>
#include <memory>

#include "net/clock.hpp"
#include "net/network.hpp"

namespace chaos::net::faults {

struct Weather;

/// Owns the weather of one listener: new connects (admission) and the streams already accepted through wrap().
/// The listener must outlive the link, or be told of no more faults. Functions that change admission return its error.
class Link {
public:
    Link(Clock& clock, Executor executor, Listener& listener);
    /// What is held is delivered; the listener is left as it is.
    ~Link();

    /// Every accepted stream goes through here; it obeys the link's weather from then on.
    StreamPtr wrap(StreamPtr stream);

    /// Nothing passes in either direction: bytes, ends and resets are held, not lost, and delivered by heal(). With
    /// `open_connections` false, only new connects meet it.
    Error blackhole(bool open_connections = true);
    /// New connects are refused; open connections go on unless `reset_open`.
    Error refuse(bool reset_open = true);
    /// Resets (or ends) every open connection once, for both of its ends; the link itself stays well.
    void sever(Close how);
    /// Adds this much to the delivery of bytes in each direction.
    void delay(Duration each_way);
    /// All is well again: connects are accepted, nothing is held or delayed.
    Error heal();

    /// Called for each connect seen while it could not succeed, and once for each open connection whose bytes a
    /// blackhole held.
    void on_contact(std::function<void()> contact);

    /// Wrapped streams whose owner has not closed them.
    std::size_t open_streams() const;

private:
    Listener& listener_;
    std::shared_ptr<Weather> weather_;
};

}  // namespace chaos::net::faults
