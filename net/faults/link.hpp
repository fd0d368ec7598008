// A link: everything between one listener and its clients, with the faults a network can have; usable in both worlds.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "net/clock.hpp"
#include "net/faults/effects.hpp"
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

    /// Every accepted stream goes through here; it obeys the link's weather from then on. Connections are counted from
    /// 1 by the link; rules count them by `ordinal` if there is one.
    StreamPtr wrap(StreamPtr stream);
    StreamPtr wrap(StreamPtr stream, std::uint64_t ordinal);

    /// From here on these rules, on open connections, too. What is held is shaped anew; a connection that has lost bytes
    /// to a rule ends with it.
    void set_rules(std::vector<SharedRule> rules);
    /// Called once for each rule and connection: when the rule's work on it was done for the first time, or when its
    /// dice spared it. Must not change the link.
    void on_done(OnDone done);
    /// For StaleKeepAlive: the owner has begun, or ended, an exchange on the nth connection that was wrapped.
    void exchange_began(std::uint64_t nth);
    void exchange_ended(std::uint64_t nth);

    /// Nothing passes in either direction: bytes, ends and resets are held, not lost, and delivered by heal(). With
    /// `open_connections` false, only new connects meet it.
    Error blackhole(bool open_connections = true);
    /// New connects are refused; open connections go on unless `reset_open`.
    Error refuse(bool reset_open = true);
    /// Resets (or ends) every open connection once, for both of its ends; the link itself stays well.
    void sever(Close how);
    /// Adds this much to the delivery of bytes in each direction.
    void delay(Duration each_way);
    /// Connects are accepted, nothing is held or delayed, but for what the rules say.
    Error heal();

    /// Called for each connect seen while it could not succeed, and once for each open connection whose bytes a
    /// blackhole held.
    void on_contact(std::function<void()> contact);

    /// Wrapped streams whose owner has not closed them.
    std::size_t open_streams() const;

private:
    void apply_rules();

    Listener& listener_;
    std::shared_ptr<Weather> weather_;
    std::vector<SharedRule> rules_;
    SharedRule delay_;
    std::uint64_t wrapped_ = 0;
};

}  // namespace chaos::net::faults
