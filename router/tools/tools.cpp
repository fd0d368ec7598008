// A call that is answered at once: attempts until after_attempt() says it is over.
#include "router/tools/tools.hpp"

#include "router/idempotency/request_identity.hpp"
#include "router/reply_within.hpp"
#include "router/tools/tool_replies.hpp"

namespace chaos::router {
namespace {

constexpr net::Duration queue_reader_patience = std::chrono::minutes(1);  ///< for a caller to take an answer

bool is_of_the_queue(std::string_view path)
{
    return path == "/queue" || path.starts_with("/queue/");
}

bool is_safe(std::string_view method)
{
    return method == "GET" || method == "HEAD";
}

net::http::Response given_up_reply(const tool_step::GiveUp& end, ToolAnswer answer)
{
    net::http::Response response;
    if (answer.outcome.what == ToolOutcome::What::answered) {
        response = std::move(answer.response);
    } else {
        response = tool_error(answer.outcome.timed_out ? 504 : 502,
                              answer.outcome.timed_out ? "tool_timeout" : "tool_unreachable", end.why);
    }
    if (end.maybe_executed) response.head.headers.set("x-chaos-maybe-executed", "true");
    return response;
}

}  // namespace

/// One call on its way; ends when its caller leaves.
class Tools::Call {
public:
    Call(Tools& tools, net::http::ServerExchange& exchange, const Dependency& tool, std::string id)
        : tools_(tools),
          box_(tools.tools_),
          exchange_(exchange),
          tool_(tool),
          id_(std::move(id)),
          request_(tool_request_of(exchange.request(), tool)),
          deadline_(tools.runtime_.clock().now() + tool.timeouts.total),
          awake_("tool's backoff")
    {
        request_.key = exchange.request().head.headers.find("idempotency-key").value_or("");
        facts_.keyed = tool.honours_keys && !request_.key.empty();
        facts_.safe = is_safe(request_.method);
        exchange_.on_client_gone([this] { leave(); });
    }
    ~Call() { exchange_.on_client_gone(nullptr); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    net::Task<void> run()
    {
        while (!left_) {
            ToolAnswer answer = co_await attempt();
            const ToolStep step = decide(answer.outcome);
            if (left_) break;
            if (const auto* again = std::get_if<tool_step::Again>(&step)) {
                const tool_step::Again next = *again;
                facts_.endpoint = next.endpoint;
                co_await wait(next.wait);
                continue;
            }
            const auto* end = std::get_if<tool_step::GiveUp>(&step);
            net::http::Response response =
                end != nullptr ? given_up_reply(*end, std::move(answer)) : std::move(answer.response);
            co_await reply(std::move(response));
            break;
        }
    }

private:
    net::Task<ToolAnswer> attempt()
    {
        ++facts_.attempts;
        began_ = now();
        const bool repeatable = facts_.keyed || facts_.safe;
        ToolAnswer answer =
            co_await box_->client.attempt(tool_, facts_.endpoint, request_, repeatable, deadline_, control_);
        co_return answer;
    }

    ToolStep decide(const ToolOutcome& outcome)
    {
        facts_.time_left = deadline_ - now();
        const net::Chance about = tools_.chance_.about(id_).about(static_cast<std::uint64_t>(facts_.attempts));
        const ToolStep step = after_attempt(tool_, facts_, outcome, about);
        constexpr std::array<std::string_view, 3> words{"deliver", "again", "give_up"};
        tools_.observer_.tool_attempt_ended({id_, tool_.name, facts_.attempts, facts_.endpoint, outcome.status,
                                             outcome.why, words.at(step.index()), began_, now() - began_});
        return step;
    }

    net::Task<void> wait(net::Duration pause)
    {
        const net::Instant until = now() + pause;
        net::Watchdog alarm(tools_.runtime_.clock(), [this] { awake_.notify_all(); });
        alarm.arm(until);
        while (!left_ && now() < until) co_await awake_.wait();
    }

    net::Task<void> reply(net::http::Response response)
    {
        response.head.headers.set("x-chaos-attempts", std::to_string(facts_.attempts));
        co_await reply_within(tool_.timeouts.total, exchange_, tools_.runtime_.clock(), std::move(response));
    }

    void leave()
    {
        left_ = true;
        control_.stop();
        awake_.notify_all();
    }

    net::Instant now() const { return tools_.runtime_.clock().now(); }

    Tools& tools_;
    const ToolboxPtr box_;  ///< that `tool_` is in
    net::http::ServerExchange& exchange_;
    const Dependency& tool_;
    std::string id_;
    ToolRequest request_;
    ToolCallFacts facts_;
    net::Instant deadline_;
    net::Instant began_{};
    ToolClient::Control control_;
    net::Condition awake_;
    bool left_ = false;
};

Tools::Tools(net::Runtime& runtime, Dependencies dependencies, store::Store& store, net::Chance chance,
             Observer& observer)
    : runtime_(runtime),
      observer_(observer),
      chance_(chance),
      tools_(std::make_shared<Toolbox>(runtime, std::move(dependencies))),
      state_(runtime, tools_, store, observer),
      queue_(state_, chance.about("queue")),
      desk_(state_)
{
    has_queue_ = tools_->dependencies.any_queue();
}

void Tools::become(const Dependencies& dependencies)
{
    if (dependencies == tools_->dependencies) return;
    tools_ = std::make_shared<Toolbox>(runtime_, dependencies);
    has_queue_ = has_queue_ || dependencies.any_queue();
    queue_.become(tools_);
}

bool Tools::takes(std::string_view path) const
{
    return is_of_the_queue(path) ? has_queue_ : find_tool(tools_->dependencies, path) != nullptr;
}

bool Tools::queues(const net::http::RequestHead& head) const
{
    const Dependency* tool = find_tool(tools_->dependencies, net::http::path_of(head.target));
    return tool != nullptr && tool->strategy == Strategy::queue_and_retry && !is_safe(head.method);
}

net::Task<net::http::Response> Tools::operate(net::http::Request request)
{
    if (!has_queue_) co_return tool_error(404, "no_queue", "no tool here has a queue");
    net::http::Response response = co_await desk_.operate(std::move(request.head));
    co_return response;
}

net::Task<void> Tools::serve(net::http::ServerExchange& exchange, std::string request_id, std::string caller)
{
    const ToolboxPtr box = tools_;
    const net::http::RequestHead& head = exchange.request().head;
    const std::string_view path = net::http::path_of(head.target);
    if (is_of_the_queue(path)) {
        net::http::Response response = co_await desk_.answer(head, caller);
        co_await reply_within(queue_reader_patience, exchange, runtime_.clock(), std::move(response));
        co_return;
    }
    const Dependency* tool = find_tool(box->dependencies, path);
    const std::string problem = tool_request_problem(head, *tool);
    if (!problem.empty()) {
        net::http::Response refusal = tool_error(400, "invalid_request", problem);
        co_await reply_within(short_answer_patience, exchange, runtime_.clock(), std::move(refusal));
    } else if (queues(head)) {
        net::http::Response response = co_await queue_.accept(exchange.request(), *tool, caller);
        co_await reply_within(queue_reader_patience, exchange, runtime_.clock(), std::move(response));
    } else {
        Call call(*this, exchange, *tool, std::move(request_id));
        co_await call.run();
    }
}

net::Task<void> Tools::stop()
{
    co_await queue_.stop();
    tools_->client.close_idle();
}

}  // namespace chaos::router
