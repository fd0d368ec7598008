// The failover router: OpenAI in, OpenAI out; a thin shell around the decisions of failover.hpp.
#pragma once

#include <functional>
#include <memory>

#include "net/chance.hpp"
#include "net/http/limits.hpp"
#include "net/runtime.hpp"
#include "router/idempotency/policy.hpp"
#include "router/memory/memory_of_failure.hpp"
#include "router/observer.hpp"
#include "router/operation/callers.hpp"
#include "router/policy.hpp"
#include "router/tools/dependencies.hpp"
#include "store/store.hpp"

namespace chaos::router {

/// Everything that can become another while the router serves. A request keeps what it began with.
struct Settings {
    std::vector<Target> targets;
    Policy policy;
    std::vector<Caller> callers;  ///< empty: whoever reaches the router may ask
    net::tls::Context tls;        ///< what callers are shown; null: plain HTTP
    Dependencies dependencies{};  ///< of them, the tools are fronted
};

/// What of a router outlives it.
struct DurableSettings {
    store::Store* store = nullptr;  ///< outlives the router; null: memory, which ends with it
    IdempotencyPolicy idempotency;
};

class Router {
public:
    /// `memory`: what it shares with other routers; null: one of its own.
    Router(net::Runtime& runtime, std::unique_ptr<net::Listener> listener, Settings settings, net::http::Limits limits,
           net::Chance chance, Observer& observer, std::shared_ptr<MemoryOfFailure> memory = nullptr,
           DurableSettings durable = {});
    Router(net::Runtime& runtime, std::unique_ptr<net::Listener> listener, std::vector<Target> targets, Policy policy,
           net::Chance chance, Observer& observer, std::shared_ptr<MemoryOfFailure> memory = nullptr);
    ~Router();

    net::Endpoint endpoint() const;
    /// For one of several routers that are one to their callers, each on a loop of its own: what is kept of keyed
    /// requests is kept by the one at `owner`, to whom the others pass them on. Before serve().
    void keyed_requests_go_to(net::Endpoint owner);
    /// As that one: takes what the others pass on, always in plain HTTP. Before serve().
    void also_listen(std::unique_ptr<net::Listener> inside);

    /// Requests that begin from here on use this; what is known of providers that keep their names is kept.
    void reconfigure(Settings settings);
    /// What an operator asks of the queue of tools (QueueDesk::operate); `done` is called while this serves.
    void operate_queue(net::http::Request request, std::function<void(net::http::Response)> done);
    /// Serves until stop(); returns when every session has ended.
    net::Task<void> serve();
    /// graceful: requests under way are finished first; may be followed by one that is not.
    void stop(bool graceful = false);
    std::size_t open_connections() const;
    /// Those that wait for a provider to come back.
    std::size_t waiting_requests() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chaos::router
