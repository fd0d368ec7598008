// Host names asked of the system, each on a thread of its own: a name server that is silent keeps nobody else waiting.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/real/sockets.hpp"

namespace chaos::net::real {

class Lookups {
public:
    using Addresses = std::vector<asio::ip::address>;
    using Done = std::function<void(Error, Addresses)>;

    explicit Lookups(Executor executor);
    /// Those under way are forgotten.
    ~Lookups();

    /// `done` is called on the loop. It is the C library that asks: the name servers that this machine is configured
    /// for, or the one that listens on this port of 127.0.0.1.
    void start(std::string host, std::optional<std::uint16_t> name_server, Done done);
    void forget();

private:
    struct Desk;
    std::shared_ptr<Desk> desk_;
};

}  // namespace chaos::net::real
