// Toxiproxy's API on a port, over the providers that are served and the proxies that clients make.
#pragma once

#include <cstdint>
#include <memory>

#include "harness/mocks.hpp"
#include "net/runtime.hpp"

namespace chaos::harness::toxiproxy {

class Server {
public:
    /// Listens on 127.0.0.1 at once; port 0: any. Throws std::system_error if the port cannot be had. Everything
    /// outlives it.
    Server(std::uint16_t port, net::Runtime& runtime, Mocks& mocks, std::uint64_t seed);
    ~Server();

    net::Endpoint endpoint() const;
    /// Until stop(); returns when every connection, of proxies too, has ended.
    net::Task<void> serve();
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chaos::harness::toxiproxy
