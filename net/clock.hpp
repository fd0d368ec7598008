// The two clocks a world has, and timers over the monotonic one.
#pragma once

#include <functional>
#include <memory>

#include "net/task.hpp"
#include "net/time.hpp"

namespace chaos::net {

/// One alarm that can be set again and again. Disarmed when destroyed. The callback runs on the loop, never inside
/// arm().
class Timer {
public:
    virtual ~Timer() = default;
    /// Replaces any earlier setting. An instant in the past fires on the next turn of the loop.
    virtual void arm(Instant at, std::function<void()> fire) = 0;
    virtual void disarm() = 0;
};

/// Monotonic time: for waits, deadlines and measurements.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
    virtual std::unique_ptr<Timer> make_timer() = 0;
};

/// Civil time: for HTTP dates, `created` fields, certificates. May jump; never used for waits.
class WallClock {
public:
    virtual ~WallClock() = default;
    virtual WallTime now() const = 0;
};

/// Suspends until `at`. Cancellable: then throws operation_aborted, as every cancelled task does.
Task<void> sleep_until(Clock& clock, Instant at);
Task<void> sleep_for(Clock& clock, Duration d);

}  // namespace chaos::net
