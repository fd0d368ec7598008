// The failover router: OpenAI in, OpenAI out; a thin shell around the decisions of failover.hpp.
#pragma once

#include <memory>
#include <string_view>

#include "net/chance.hpp"
#include "net/runtime.hpp"
#include "router/policy.hpp"

namespace chaos::router {

/// What the router tells whoever watches it; for reports, logs and coverage, never for a verdict.
class Observer {
public:
    virtual ~Observer() = default;
    /// kind: "attempt", "outcome", "decision", "breaker", "reply"; text says it in words, without secrets.
    virtual void note(std::string_view request, std::string_view target, std::string_view kind,
                      std::string_view text) = 0;
};

class Router {
public:
    Router(net::Runtime& runtime, std::unique_ptr<net::Listener> listener, std::vector<Target> targets, Policy policy,
           net::Chance chance, Observer& observer);
    ~Router();

    net::Endpoint endpoint() const;
    /// Serves until stop(); returns when every session has ended.
    net::Task<void> serve();
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chaos::router
