// The system's clocks, seen as a world's clocks.
#pragma once

#include <chrono>

#include "net/clock.hpp"

namespace chaos::net::real {

class SteadyClock final : public Clock {
public:
    explicit SteadyClock(Executor executor) : executor_(std::move(executor)) {}
    /// One that shows the same time as `other`.
    SteadyClock(Executor executor, const SteadyClock& other) : executor_(std::move(executor)), start_(other.start_) {}
    Instant now() const override;
    std::unique_ptr<Timer> make_timer() override;

    std::chrono::steady_clock::time_point to_system(Instant at) const;

private:
    Executor executor_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

class CivilClock final : public WallClock {
public:
    WallTime now() const override;
};

}  // namespace chaos::net::real
