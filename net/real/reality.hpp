// The real world: TCP sockets, the system's clocks, one io_context. Only files of this folder name them.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "net/runtime.hpp"

namespace chaos::net {

class Reality final : public Runtime {
public:
    Reality();
    /// A loop beside `other`, for another thread: both clocks show one time, so that instants can be told across.
    explicit Reality(const Reality& other);
    ~Reality() override;

    Executor executor() override;
    Clock& clock() override;
    WallClock& wall() override;
    Network& network() override;
    bool simulated() const override { return false; }
    void run(Task<void> main) override;

    /// Calls `stop` on the loop at each SIGINT or SIGTERM, until this is destroyed.
    void on_stop_signal(std::function<void(int signal)> stop);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// One listener for each of the worlds, all on one address: the kernel spreads connections over them. address_in_use
/// if anybody else has it, even one who would share.
Result<std::vector<std::unique_ptr<Listener>>> listen_together(const std::vector<Reality*>& worlds, const Endpoint& at);

/// Monotonic real time since the process started, for measuring how long something took outside of any world.
Duration process_time();
/// Civil time now, outside of any world (names of run folders).
WallTime civil_time();
/// Seed material from the operating system, for a run that was given no seed.
std::uint64_t random_seed();
/// Raises the limit of open descriptors, of which every connection takes one, to the highest this process may have.
void allow_many_descriptors();

}  // namespace chaos::net
