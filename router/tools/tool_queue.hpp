// The durable queue of tool calls: nothing that was accepted is lost, whatever ends the router.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "net/condition.hpp"
#include "net/http/server.hpp"
#include "net/runtime.hpp"
#include "net/task_group.hpp"
#include "net/watchdog.hpp"
#include "router/observer.hpp"
#include "router/tools/queue_book.hpp"
#include "router/tools/queue_query.hpp"
#include "router/tools/toolbox.hpp"
#include "store/record.hpp"
#include "store/store.hpp"

namespace chaos::router {

/// A call is durable before it is accepted; an unkeyed one is marked in the store before its first byte leaves, so that
/// a crash finds it; the result is durable before it is told.
class ToolQueue {
public:
    /// All of them outlive it.
    ToolQueue(net::Runtime& runtime, ToolboxPtr tools, store::Store& store, net::Chance chance, Observer& observer);

    /// What is delivered from here on is delivered by these.
    void become(ToolboxPtr tools);

    /// Learns what the store holds, then delivers until cancelled.
    net::Task<void> run();

    /// Accepts a call and answers it: 202, or an honest refusal. `caller`: whose keys and calls these are.
    net::Task<void> accept(net::http::ServerExchange& exchange, const Dependency& tool, const std::string& caller);
    /// GET /queue, GET and DELETE /queue/ID.
    net::Task<void> answer(net::http::ServerExchange& exchange, const std::string& caller);
    /// For an operator, who sees every caller's calls but nothing of what they say: GET /queue, GET and DELETE
    /// /queue/ID, and POST /queue/ID/retry for a dead letter that may be sent again.
    net::Task<net::http::Response> operate(net::http::Request request);
    /// Whoever waits for a call to be over is answered at once.
    void drain();
    /// Nothing new is accepted or delivered; returns when what was under way is over. run() ends too.
    net::Task<void> stop();
    /// What is under way is broken off: keyed calls wait for the next start, others become dead letters then.
    void cancel();

    QueueBook::Depth depth(std::string_view tool) const { return book_.depth(tool); }

private:
    struct Acceptance {
        ToolRequest request;
        std::string identity;
        std::string fingerprint;
    };

    net::Task<bool> take_in_stored();
    net::Task<void> work();
    void start_what_is_due();
    net::Task<void> deliver(std::string id, ToolboxPtr tools);
    net::Task<std::string> mark(const QueuedCall& call);
    net::Task<void> try_once(std::string id, Toolbox& tools, const Dependency& tool, const ToolRequest& request);
    net::Task<void> settle(std::string id, const Dependency& tool, const ToolAnswer& answer, net::Instant began);
    net::Task<void> finish(std::string id, CallState state, std::string why, const ToolAnswer& answer);
    net::Task<void> wait_again(std::string id, std::size_t endpoint, net::Duration wait, std::string why);
    void postpone(const std::string& id, net::Duration wait);

    net::Task<net::http::Response> accepted(const net::http::Request& request, const Dependency& tool,
                                            const std::string& caller);
    net::Task<net::http::Response> enqueue(Acceptance acceptance, const Dependency& tool, const std::string& caller);
    net::Task<net::http::Response> known_already(std::string id, std::string fingerprint);
    net::Task<net::http::Response> asked(const net::http::Request& request, const std::string& caller);
    net::Task<net::http::Response> state_of(std::string id, net::Duration wait);
    net::Task<net::http::Response> discharge(std::string id);
    net::Task<net::http::Response> retry(std::string id);
    std::string why_not_again(const QueuedCall& call) const;
    net::Task<net::http::Response> told_to_operator(std::string id);
    net::http::Response list_of(const QueueQuery& query, const std::string* caller) const;
    net::Task<bool> until_loaded();

    QueuedCall new_call(const Acceptance& acceptance, const Dependency& tool, const std::string& caller);
    void sweep();
    void forget(const std::vector<std::string>& ids);
    void changed(std::string_view tool);
    void arm();
    void tell(std::string_view what, std::string_view why);

    net::Runtime& runtime_;
    ToolboxPtr tools_;  ///< those in force
    store::Store& store_;
    net::Chance chance_;
    Observer& observer_;
    QueueBook book_;
    std::set<std::string> leaving_;  ///< calls that are being removed from the store
    std::uint64_t last_number_ = 0;
    bool loaded_ = false;
    bool draining_ = false;
    bool stopping_ = false;
    net::Condition woken_;    ///< there may be something to deliver
    net::Condition changed_;  ///< a call has another state
    net::Watchdog alarm_;
    net::TaskGroup deliveries_;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace chaos::router
