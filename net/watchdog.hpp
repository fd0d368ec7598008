// One re-armed alarm per connection or attempt: the way every deadline in the project is kept.
#pragma once

#include "net/clock.hpp"

namespace chaos::net {

/// Calls `bark` once each time an armed deadline passes. Re-arming is cheap (moving a deadline later touches no timer).
class Watchdog {
public:
    Watchdog(Clock& clock, std::function<void()> bark);
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// `never` disarms.
    void arm(Instant at);
    void disarm();
    /// True from the moment the last armed deadline passed until the next arm().
    bool expired() const { return expired_; }

private:
    void set_timer();
    void on_timer();

    Clock& clock_;
    std::function<void()> bark_;
    std::unique_ptr<Timer> timer_;
    Instant deadline_ = never;
    Instant timer_set_for_ = never;  ///< never: the timer is not running
    bool expired_ = false;
};

}  // namespace chaos::net
