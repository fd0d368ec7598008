// One world to run in: a loop with its clocks and its network. Reality and Simulation are the two there are.
#pragma once

#include "net/clock.hpp"
#include "net/network.hpp"

namespace chaos::net {

class Runtime {
public:
    virtual ~Runtime() = default;
    virtual Executor executor() = 0;
    virtual Clock& clock() = 0;
    virtual WallClock& wall() = 0;
    virtual Network& network() = 0;
    /// True in simulation: no real time passes, nothing outside this process can take part.
    virtual bool simulated() const = 0;
    /// Runs the loop until `main` has returned, then rethrows what it threw, if anything. `main` joins all it started.
    /// Simulation throws Stalled when nothing can happen any more and `main` has not returned. When run() throws, every
    /// coroutine that is still suspended is destroyed first; none is resumed.
    virtual void run(Task<void> main) = 0;
};

}  // namespace chaos::net
