// The tools that the router fronts: which request is for which, and those that are answered at once.
#pragma once

#include <memory>
#include <string>

#include "net/http/server.hpp"
#include "router/tools/queue_desk.hpp"
#include "router/tools/queue_state.hpp"
#include "router/tools/tool_queue.hpp"

namespace chaos::router {

class Tools {
public:
    /// All of them outlive it.
    Tools(net::Runtime& runtime, Dependencies dependencies, store::Store& store, net::Chance chance,
          Observer& observer);

    /// Calls that begin from here on, and what is queued, use these.
    void become(const Dependencies& dependencies);

    /// The path of a tool, or of the queue if there is one.
    bool takes(std::string_view path) const;
    /// Keys of these requests are the queue's own business.
    bool queues(const net::http::RequestHead& head) const;
    /// What an operator asks of the queue: QueueDesk::operate().
    net::Task<net::http::Response> operate(net::http::Request request);
    /// Precondition: takes(). `request_id` for the observer; `caller`: whose calls these are.
    net::Task<void> serve(net::http::ServerExchange& exchange, std::string request_id, std::string caller);

    /// Delivers what is queued, until stopped.
    net::Task<void> run() { return queue_.run(); }
    void drain() { desk_.drain(); }
    net::Task<void> stop();
    void cancel() { queue_.cancel(); }

private:
    class Call;

    net::Runtime& runtime_;
    Observer& observer_;
    net::Chance chance_;
    ToolboxPtr tools_;        ///< those in force
    bool has_queue_ = false;  ///< or has had one: its calls can still be asked for
    QueueState state_;
    ToolQueue queue_;
    QueueDesk desk_;
};

}  // namespace chaos::router
