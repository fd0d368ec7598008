// The durable queue of tool calls: nothing that was accepted is lost, whatever ends the router.
#pragma once

#include <string>

#include "net/http/message.hpp"
#include "net/task_group.hpp"
#include "net/watchdog.hpp"
#include "router/tools/queue_state.hpp"

namespace chaos::router {

/// Accepts calls and delivers them. A call is durable before it is accepted; an unkeyed one is marked in the store
/// before its first byte leaves, so that a crash finds it; the result is durable before it is told (by the desk).
class ToolQueue {
public:
    /// `state` outlives it.
    ToolQueue(QueueState& state, net::Chance chance);

    /// What is delivered from here on is delivered by these.
    void become(ToolboxPtr tools);

    /// Learns what the store holds, then delivers until cancelled.
    net::Task<void> run();

    /// The answer to a call: 202, it is accepted; or an honest refusal. `caller`: whose keys and calls these are.
    net::Task<net::http::Response> accept(const net::http::Request& request, const Dependency& tool,
                                          const std::string& caller);
    /// Nothing new is accepted or delivered; returns when what was under way is over. run() ends too.
    net::Task<void> stop();
    /// What is under way is broken off: keyed calls wait for the next start, others become dead letters then.
    void cancel();

private:
    struct Acceptance {
        ToolRequest request;
        std::string identity;
        std::string fingerprint;
    };

    net::Task<bool> take_in_stored();
    net::Task<void> work();
    void sweep();
    void start_what_is_due();
    void arm();
    net::Task<void> deliver(std::string id, ToolboxPtr tools);
    net::Task<std::string> mark(const QueuedCall& call);
    net::Task<void> try_once(std::string id, Toolbox& tools, const Dependency& tool, const ToolRequest& request);
    net::Task<void> settle(std::string id, const Dependency& tool, const ToolAnswer& answer, net::Instant began);
    net::Task<void> finish(std::string id, CallState state, std::string why, const ToolAnswer& answer);
    net::Task<void> wait_again(std::string id, std::size_t endpoint, net::Duration wait, std::string why);
    void postpone(const std::string& id, net::Duration wait);

    net::Task<net::http::Response> enqueue(Acceptance acceptance, const Dependency& tool, const std::string& caller);
    net::Task<net::http::Response> known_already(std::string id, std::string fingerprint);
    QueuedCall new_call(const Acceptance& acceptance, const Dependency& tool, const std::string& caller);

    net::Runtime& runtime_;
    QueueState& state_;
    QueueBook& book_;
    net::Chance chance_;
    std::uint64_t last_number_ = 0;
    bool stopping_ = false;
    net::Watchdog alarm_;
    net::TaskGroup deliveries_;
};

}  // namespace chaos::router
