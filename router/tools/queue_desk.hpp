// The desk of the queue: which calls there are, what became of one, and whether it is forgotten or sent again.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "net/http/message.hpp"
#include "router/tools/queue_query.hpp"
#include "router/tools/queue_state.hpp"
#include "router/tools/tool_replies.hpp"

namespace chaos::router {

class QueueDesk {
public:
    /// `state` outlives it.
    explicit QueueDesk(QueueState& state) : state_(state) {}

    /// GET /queue, GET and DELETE /queue/ID. `caller`: whose calls these are.
    net::Task<net::http::Response> answer(net::http::RequestHead request, std::string caller);
    /// For an operator, who sees every caller's calls but nothing of what they say: the same, and POST /queue/ID/retry
    /// for a dead letter that may be sent again.
    net::Task<net::http::Response> operate(net::http::RequestHead request);
    /// Whoever waits for a call to be over is answered at once.
    void drain();

private:
    /// Who asks: a caller, or nobody in particular, which is an operator.
    using Asker = std::optional<std::string>;

    net::Task<net::http::Response> asked(net::http::RequestHead request, Asker asker);
    bool may_see(const Asker& asker, const QueuedCall& call) const;
    net::http::Response list(const QueueQuery& query, const Asker& asker) const;
    net::Task<void> until_over(std::string id, net::Duration wait);
    net::Task<net::http::Response> show(std::string id, ToldTo whom);
    net::Task<net::http::Response> discard(std::string id);
    net::Task<net::http::Response> retry(std::string id);
    std::string why_not_again(const QueuedCall& call) const;

    QueueState& state_;
    std::set<std::string> leaving_;  ///< calls that are being removed from the store
    bool draining_ = false;
};

}  // namespace chaos::router
