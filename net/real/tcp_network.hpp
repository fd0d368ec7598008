// Connecting and listening by TCP.
#pragma once

#include <vector>

#include "net/network.hpp"
#include "net/real/clocks.hpp"
#include "net/real/sockets.hpp"

namespace chaos::net::real {

class TcpNetwork final : public Network {
public:
    TcpNetwork(Executor executor, Clock& clock) : executor_(std::move(executor)), clock_(clock) {}

    Task<Result<StreamPtr>> connect(Endpoint to, Instant deadline) override;
    Result<std::unique_ptr<Listener>> listen(const Endpoint& at) override;

private:
    Task<Result<std::vector<Tcp::endpoint>>> resolve(const Endpoint& to, Instant deadline);
    Task<Result<StreamPtr>> connect_to(Tcp::endpoint address, Instant deadline);

    Executor executor_;
    Clock& clock_;
};

/// `shared`: others of this process may listen there too, if they all say so (SO_REUSEPORT).
Result<std::unique_ptr<Listener>> listen_on(const Executor& executor, Clock& clock, const Endpoint& at,
                                            bool shared = false);

}  // namespace chaos::net::real
