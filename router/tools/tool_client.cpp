// An Upstream whose words are turned into those of tools.
#include "router/tools/tool_client.hpp"

#include <algorithm>

#include "router/classify.hpp"
#include "router/retry_after.hpp"

namespace chaos::router {
namespace {

constexpr std::size_t longest_tool_answer = 8 * 1024 * 1024;

net::http::ClientSettings tool_client_on(net::Network& network)
{
    net::http::ClientSettings settings;
    settings.network = &network;
    return settings;
}

ToolOutcome without_answer(const Outcome& broken)
{
    ToolOutcome outcome;
    outcome.what = broken.no_connection ? ToolOutcome::What::not_sent : ToolOutcome::What::no_answer;
    outcome.timed_out = broken.what == OutcomeClass::timeout;
    outcome.why = broken.why.empty() ? "the connection failed" : broken.why;
    return outcome;
}

ToolOutcome with_answer(const net::http::ResponseHead& head, net::WallTime now)
{
    ToolOutcome outcome;
    outcome.status = head.status;
    RetryHeaders headers;
    headers.retry_after_ms = head.headers.find("retry-after-ms");
    headers.retry_after = head.headers.find("retry-after");
    headers.date = head.headers.find("date");
    outcome.retry_after = read_retry_hint(headers, now, {}).after;
    return outcome;
}

}  // namespace

ToolClient::ToolClient(net::Runtime& runtime, const Dependencies& dependencies)
    : runtime_(runtime), dialer_(runtime), client_(runtime, tool_client_on(dialer_))
{
    for (const Dependency& one : dependencies.all) {
        for (const DependencyEndpoint& endpoint : one.endpoints) {
            if (endpoint.tls) dialer_.secure(endpoint.endpoint, endpoint.tls);
        }
    }
}

void ToolClient::Control::stop()
{
    stopped_ = true;
    if (upstream_ != nullptr) upstream_->stop(left_by_caller());
}

net::Task<ToolAnswer> ToolClient::attempt(const Dependency& tool, std::size_t endpoint, const ToolRequest& call,
                                          bool repeatable, net::Instant deadline, Control& control)
{
    const net::Instant begun = runtime_.clock().now();
    AttemptTimers timers;
    timers.timeouts.connect = tool.timeouts.connect;
    timers.timeouts.first_token = tool.timeouts.answer;
    timers.timeouts.idle = tool.timeouts.answer;
    timers.deadline = std::min(deadline, begun + tool.timeouts.connect + tool.timeouts.total);
    Upstream upstream(runtime_, client_, timers);
    control.upstream_ = &upstream;
    if (control.stopped_) upstream.stop(left_by_caller());
    ToolAnswer answer;
    std::exception_ptr problem;
    try {
        const net::Endpoint to = tool.endpoints.at(endpoint).endpoint;
        net::http::Request request = for_endpoint(call, tool, endpoint);
        const auto broken = co_await upstream.open(to, std::move(request), !repeatable, begun);
        if (broken) {
            answer.outcome = without_answer(*broken);
        } else {
            answer.response.head = upstream.head();
            Upstream::Piece body = co_await upstream.read_all(longest_tool_answer, runtime_.clock().now());
            answer.outcome =
                body.failure ? without_answer(*body.failure) : with_answer(answer.response.head, runtime_.wall().now());
            answer.response.body = std::move(body.bytes);
            answer.response = without_secrets(std::move(answer.response), tool);
        }
    } catch (...) {
        problem = std::current_exception();
    }
    control.upstream_ = nullptr;
    if (problem) std::rethrow_exception(problem);
    co_return answer;
}

}  // namespace chaos::router
