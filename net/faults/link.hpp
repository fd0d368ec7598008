// A link: everything between one listener and its clients, with the faults a network can have; usable in both worlds.
#pragma once

#include <functional>
#include <memory>

#include "net/clock.hpp"
#include "net/network.hpp"

namespace chaos::net::faults {

/// Owns the weather of one listener: new connects (admission) and the streams already accepted through wrap().
class Link {
public:
    Link(Clock& clock, Executor executor, Listener& listener);
    ~Link();

    /// Every accepted stream goes through here; it obeys the link's weather from then on.
    StreamPtr wrap(StreamPtr stream);

    /// Nothing passes in either direction: bytes are held, not lost, and delivered by heal(). With `open_connections`
    /// false, only new connects meet it.
    void blackhole(bool open_connections = true);
    /// New connects are refused; open connections go on unless `reset_open`.
    void refuse(bool reset_open = true);
    /// Resets (or ends) every open connection once; the link itself stays well.
    void sever(Close how);
    /// Adds this much to the delivery of bytes in each direction.
    void delay(Duration each_way);
    void heal();

    /// Called for each connect seen while it could not succeed, and for each open connection whose bytes were held.
    void on_contact(std::function<void()> contact);

    std::size_t open_streams() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace chaos::net::faults
