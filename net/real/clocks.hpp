// The system's clocks, seen as a world's clocks.
#pragma once

#include <chrono>

#include "net/clock.hpp"
#include "net/real/alarms.hpp"
#include "net/running.hpp"

namespace chaos::net::real {

/// As in simulation it stands still while a task of its loop goes on until it waits again: a request asks a dozen times
/// what time it is, and the system's answer takes long enough to be seen in its throughput.
class SteadyClock final : public Clock {
public:
    explicit SteadyClock(const Executor& executor) : scheduler_(Scheduler::of(executor)), alarms_(executor) {}
    /// One that shows the same time as `other`.
    SteadyClock(const Executor& executor, const SteadyClock& other)
        : start_(other.start_), scheduler_(Scheduler::of(executor)), alarms_(executor)
    {
    }
    Instant now() const override;
    std::unique_ptr<Timer> make_timer() override;

    /// Its timers ring no more: the loop is about to go.
    void close() { alarms_.close(); }

    std::chrono::steady_clock::time_point to_system(Instant at) const;

private:
    Instant read() const;

    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    const Scheduler& scheduler_;
    mutable Instant last_;
    mutable std::uint64_t last_stretch_ = 0;  ///< in which that was read
    Alarms alarms_;
};

class CivilClock final : public WallClock {
public:
    WallTime now() const override;
};

}  // namespace chaos::net::real
