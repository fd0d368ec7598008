// Kept-alive connections of a client, waiting for their next request; dead ones leave by themselves.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "net/http/connection.hpp"
#include "net/network.hpp"
#include "net/watchdog.hpp"

namespace chaos::net::http {

class Pool final : Connection::Watcher {
public:
    Pool(Clock& clock, std::size_t per_endpoint, Duration idle_timeout);
    ~Pool() { clear(); }

    /// The connection that was parked last and still lives, or null.
    std::shared_ptr<Connection> take(const Endpoint& endpoint);
    /// Keeps the connection, at the cost of the endpoint's oldest if there are too many.
    void park(const Endpoint& endpoint, std::shared_ptr<Connection> connection);
    /// Closes all.
    void clear();
    std::size_t size() const { return size_; }

private:
    struct Parked {
        std::shared_ptr<Connection> connection;
        Instant until;
    };
    using Shelf = std::vector<Parked>;  ///< of one endpoint; the oldest first

    void remove(Shelf& shelf, Shelf::iterator parked);
    void connection_ended(Connection& connection) override;
    void sweep();

    Clock& clock_;
    std::size_t per_endpoint_;
    Duration idle_timeout_;
    std::map<Endpoint, Shelf> shelves_;
    std::size_t size_ = 0;
    Watchdog watchdog_;
};

}  // namespace chaos::net::http
