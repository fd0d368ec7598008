// Connecting and listening by TCP.
#pragma once

#include <vector>

#include "net/network.hpp"
#include "net/real/clocks.hpp"
#include "net/real/lookups.hpp"
#include "net/real/name_server.hpp"
#include "net/real/sockets.hpp"

namespace chaos::net::real {

class TcpNetwork final : public Network {
public:
    TcpNetwork(Executor executor, Clock& clock) : executor_(executor), clock_(clock), lookups_(executor) {}

    Task<Result<StreamPtr>> connect(Endpoint to, Instant deadline) override;
    Result<std::unique_ptr<Listener>> listen(const Endpoint& at) override;
    /// Where this machine asks name servers: those who connect through this network ask one of our own for the name.
    Result<std::unique_ptr<HostName>> own_name(const std::string& name) override;
    /// Before the loop goes.
    void close();

private:
    Task<Result<std::vector<Tcp::endpoint>>> resolve(const Endpoint& to, Instant deadline);
    Task<Result<StreamPtr>> connect_to(Tcp::endpoint address, Instant deadline);

    Executor executor_;
    Clock& clock_;
    Lookups lookups_;
    std::unique_ptr<NameServer> names_;  ///< null: nobody has asked for a name of our own
};

/// `shared`: others of this process may listen there too, if they all say so (SO_REUSEPORT).
Result<std::unique_ptr<Listener>> listen_on(const Executor& executor, Clock& clock, const Endpoint& at,
                                            bool shared = false);

}  // namespace chaos::net::real
