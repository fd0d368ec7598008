// The system's clocks, seen as a world's clocks.
#pragma once

#include <chrono>

#include "net/clock.hpp"
#include "net/real/alarms.hpp"

namespace chaos::net::real {

class SteadyClock final : public Clock {
public:
    explicit SteadyClock(const Executor& executor) : alarms_(executor) {}
    /// One that shows the same time as `other`.
    SteadyClock(const Executor& executor, const SteadyClock& other) : start_(other.start_), alarms_(executor) {}
    Instant now() const override;
    std::unique_ptr<Timer> make_timer() override;

    /// Its timers ring no more: the loop is about to go.
    void close() { alarms_.close(); }

    std::chrono::steady_clock::time_point to_system(Instant at) const;

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    Alarms alarms_;
};

class CivilClock final : public WallClock {
public:
    WallTime now() const override;
};

}  // namespace chaos::net::real
