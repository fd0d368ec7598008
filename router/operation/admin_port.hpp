// The admin port: a blocking side door for operators, on a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/http/message.hpp"
#include "net/network.hpp"

namespace chaos::router {

/// What the port asks for. Each is called on a thread of the port's.
struct AdminSource {
    std::function<bool()> healthy;  ///< every loop answers
    std::function<bool()> ready;    ///< new requests are welcome
    std::function<std::string()> metrics;
    std::function<std::optional<std::string>(const std::string& request)> explain;
    std::function<std::string()> reload;  ///< empty: done; else every complaint, a line each
    std::function<net::http::Response(const std::string& method, const std::string& target)> queue;
};

///   GET  /healthz       200, or 503 when a loop does not answer
///   GET  /readyz        200, or 503 while it drains
///   GET  /metrics       for Prometheus
///   GET  /explain/{id}  the request with all its attempts; 404 if it is not known (any more)
///   POST /reload        204; 422 with every complaint, and nothing has changed
///   GET, DELETE, POST /queue...  the queue of tools, as QueueDesk::operate() says
///
/// Requests that a browser makes for a page of somebody else (they have an Origin) are refused: 403.
class AdminPort {
public:
    /// Binds at once; port 0: any. Throws std::system_error if it cannot be had.
    AdminPort(const net::Endpoint& at, AdminSource source);
    ~AdminPort();

    net::Endpoint endpoint() const;
    /// Serves on the calling thread until stop() on another, which returns when this has. Each once.
    void serve();
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chaos::router
