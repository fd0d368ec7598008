// What every part of a simulated world shares: virtual time, what is going to happen, and the loop it happens on.
#pragma once

#include "net/clock.hpp"
#include "net/simulation/event_queue.hpp"
#include "net/simulation/simulation.hpp"
#include "net/waiter.hpp"

namespace chaos::net::simulation {

/// Outlives the Simulation for as long as somebody holds a stream, a listener or a timer of it; the loop does not, but
/// then nobody waits any more who could be woken on it.
struct World {
    World(const SimulationSettings& s, const Executor& e) : settings(s), executor(e), scheduler(Scheduler::of(e)) {}

    SimulationSettings settings;
    Executor executor;
    Scheduler& scheduler;
    EventQueue events;
    Instant now{};
    Duration wall_skew{};
    std::uint64_t happened = 0;
};

}  // namespace chaos::net::simulation
