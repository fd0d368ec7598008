// The simulated world: a virtual clock, an in-memory network, one thread; the same plan gives the same history.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>

#include "net/runtime.hpp"

namespace chaos::net {

/// Nothing can happen any more (or nothing but wake-ups, for ever) and main has not returned: a deadlock, or a
/// livelock, in what is simulated.
struct Stalled : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct SimulationSettings {
    Duration latency = std::chrono::microseconds(200);  ///< one way, every link
    std::size_t buffer = 64 * 1024;                     ///< bytes a direction holds before its writer waits
    WallTime wall_start = WallTime(std::chrono::seconds(1'767'225'600));  ///< 2026-01-01T00:00:00Z
    Instant horizon = Instant(std::chrono::hours(24 * 30));               ///< beyond it a run counts as stalled
    std::uint64_t max_events = 2'000'000'000;
    /// More wake-ups than any program needs without time passing; beyond it tasks only wake each other.
    std::uint64_t max_wakes_per_instant = 10'000'000;
};

class Simulation final : public Runtime {
public:
    explicit Simulation(SimulationSettings settings = {});
    ~Simulation() override;

    Executor executor() override;
    Clock& clock() override;
    WallClock& wall() override;
    Network& network() override;
    bool simulated() const override { return true; }
    void run(Task<void> main) override;

    /// Events taken from the heap so far: the measure of how much a simulation did.
    std::uint64_t events() const;
    /// Moves civil time against monotonic time, from now on.
    void skew_wall(Duration by);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chaos::net
