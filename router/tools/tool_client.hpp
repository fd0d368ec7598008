// One attempt at a tool, under its timers.
#pragma once

#include <functional>

#include "net/http/client.hpp"
#include "net/runtime.hpp"
#include "net/tls/dialer.hpp"
#include "router/tools/tool_decision.hpp"
#include "router/tools/tool_request.hpp"
#include "router/upstream.hpp"

namespace chaos::router {

struct ToolAnswer {
    ToolOutcome outcome;
    net::http::Response response;  ///< if it answered
};

class ToolClient {
public:
    /// Both outlive it.
    ToolClient(net::Runtime& runtime, const Dependencies& dependencies);

    /// Ends an attempt from outside.
    class Control {
    public:
        void stop();

    private:
        friend class ToolClient;
        Upstream* upstream_ = nullptr;
        bool stopped_ = false;
    };

    /// `repeatable`: a reused connection will do, for if it is dead the call is sent again. `call`, `tool` and
    /// `control` outlive it.
    net::Task<ToolAnswer> attempt(const Dependency& tool, std::size_t endpoint, const ToolRequest& call,
                                  bool repeatable, net::Instant deadline, Control& control);

    void close_idle() { client_.close_idle(); }

private:
    net::Runtime& runtime_;
    net::tls::Dialer dialer_;
    net::http::Client client_;
};

}  // namespace chaos::router
