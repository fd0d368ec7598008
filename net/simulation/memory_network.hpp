// The simulated network: who listens where, and how a connect fares.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "net/network.hpp"
#include "net/simulation/world.hpp"

namespace chaos::net::simulation {

class ListenerState;

/// Hosts are names. "localhost", "0.0.0.0" and "127.0.0.1" are one host; other names exist once somebody listened
/// there, or owns them.
class MemoryNetwork final : public Network {
public:
    explicit MemoryNetwork(std::shared_ptr<World> world);
    ~MemoryNetwork() override;

    Task<Result<StreamPtr>> connect(Endpoint to, Instant deadline) override;
    Result<std::unique_ptr<Listener>> listen(const Endpoint& at) override;
    Result<std::unique_ptr<HostName>> own_name(const std::string& name) override;

private:
    struct Places;
    Task<Error> look_up(std::string name, Instant deadline);

    std::shared_ptr<Places> places_;
};

}  // namespace chaos::net::simulation
