// One question after the other; what changes a call is durable before it is told.
#include "router/tools/queue_desk.hpp"

#include <algorithm>

#include "net/watchdog.hpp"

namespace chaos::router {
namespace {

constexpr std::string_view queue_path = "/queue";
constexpr std::string_view retry_suffix = "/retry";

enum class DeskMatter { list, show, discard, retry, none };

/// What is asked, and of which call.
struct DeskQuestion {
    DeskMatter matter = DeskMatter::none;
    std::string id;
};

DeskQuestion read_desk_question(const net::http::RequestHead& request)
{
    const std::string_view path = net::http::path_of(request.target);
    DeskQuestion question;
    question.id = path.substr(std::min(path.size(), queue_path.size() + 1));
    if (request.method == "GET") {
        question.matter = question.id.empty() ? DeskMatter::list : DeskMatter::show;
    } else if (request.method == "DELETE" && !question.id.empty()) {
        question.matter = DeskMatter::discard;
    } else if (request.method == "POST" && question.id.ends_with(retry_suffix)) {
        question.matter = DeskMatter::retry;
        question.id.resize(question.id.size() - retry_suffix.size());
    }
    return question;
}

net::http::Response desk_refuses_method(bool of_one_call, ToldTo whom)
{
    net::http::Response refusal =
        tool_error(405, "method_not_allowed",
                   whom == ToldTo::caller ? "use GET, and DELETE for a call that is over"
                                          : "use GET, DELETE for a call that is over, or POST /queue/ID/retry");
    refusal.head.headers.add("allow", of_one_call ? "GET, DELETE" : "GET");
    return refusal;
}

net::http::Response no_such_call()
{
    return tool_error(404, "unknown_call", "there is no such call here, or it is kept no longer");
}

net::http::Response desk_store_unavailable(std::string_view what_fails)
{
    return tool_error(503, "store_unavailable", what_fails, queue_store_pause);
}

net::http::Response desk_reply(std::string json)
{
    net::http::Response response;
    response.head.headers.add("content-type", "application/json");
    response.body = std::move(json);
    return response;
}

bool is_over(const QueuedCall& call)
{
    return call.state == CallState::done || call.state == CallState::dead;
}

}  // namespace

net::Task<net::http::Response> QueueDesk::answer(net::http::RequestHead request, std::string caller)
{
    return asked(std::move(request), std::move(caller));
}

net::Task<net::http::Response> QueueDesk::operate(net::http::RequestHead request)
{
    return asked(std::move(request), std::nullopt);
}

void QueueDesk::drain()
{
    draining_ = true;
    state_.news.notify_all();
}

net::Task<net::http::Response> QueueDesk::asked(net::http::RequestHead request, Asker asker)
{
    const QueueQuery query = read_queue_query(request.target);
    if (!query.problem.empty()) co_return tool_error(400, "invalid_request", query.problem);
    const bool ready = co_await state_.until_loaded();
    if (!ready) co_return desk_store_unavailable("the queue cannot be read yet");

    const ToldTo whom = asker ? ToldTo::caller : ToldTo::operators;
    const DeskQuestion question = read_desk_question(request);
    const bool unheard_of = question.matter == DeskMatter::none || (question.matter == DeskMatter::retry && asker);
    if (unheard_of) co_return desk_refuses_method(!question.id.empty(), whom);
    if (question.matter == DeskMatter::list) co_return list(query, asker);
    const QueuedCall* call = state_.book.find(question.id);
    if (call == nullptr || !may_see(asker, *call)) co_return no_such_call();

    net::http::Response response;
    if (question.matter == DeskMatter::discard) {
        response = co_await discard(question.id);
    } else if (question.matter == DeskMatter::retry) {
        response = co_await retry(question.id);
    } else {
        if (asker) co_await until_over(question.id, query.wait);
        response = co_await show(question.id, whom);
    }
    co_return response;
}

bool QueueDesk::may_see(const Asker& asker, const QueuedCall& call) const
{
    return call.state != CallState::accepting && (!asker || call.caller == *asker);
}

net::http::Response QueueDesk::list(const QueueQuery& query, const Asker& asker) const
{
    std::vector<const QueuedCall*> chosen;
    std::size_t left_out = 0;
    state_.book.walk(query.before, [&](const QueuedCall& call) {
        const bool meant = may_see(asker, call) && (query.state.empty() || spelling(call.state) == query.state) &&
                           (query.tool.empty() || call.tool == query.tool);
        if (meant && chosen.size() < query.limit) {
            chosen.push_back(&call);
        } else if (meant) {
            ++left_out;
        }
        return true;
    });
    std::reverse(chosen.begin(), chosen.end());
    return desk_reply(calls_in_json(chosen, left_out, asker ? ToldTo::caller : ToldTo::operators));
}

net::Task<void> QueueDesk::until_over(std::string id, net::Duration wait)
{
    if (wait <= net::Duration{}) co_return;
    net::Watchdog patience(state_.runtime.clock(), [this] { state_.news.notify_all(); });
    patience.arm(state_.runtime.clock().now() + wait);
    const auto pending = [this, &id] {
        const QueuedCall* call = state_.book.find(id);
        return call != nullptr && !is_over(*call);
    };
    while (pending() && !patience.expired() && !draining_) co_await state_.news.wait();
}

net::Task<net::http::Response> QueueDesk::show(std::string id, ToldTo whom)
{
    const QueuedCall* call = state_.book.find(id);
    std::optional<net::http::Response> result;
    if (call != nullptr && is_over(*call)) {
        const Found found = co_await state_.read(queue_space::results, id);
        if (!found.problem.empty()) co_return desk_store_unavailable("the result cannot be read");
        if (found.value) result = read_tool_result(*found.value);
        call = state_.book.find(id);
    }
    co_return call != nullptr ? desk_reply(call_in_json(*call, result, whom)) : no_such_call();
}

net::Task<net::http::Response> QueueDesk::discard(std::string id)
{
    if (!is_over(*state_.book.find(id))) co_return tool_error(409, "call_pending", "the call is not over yet");
    leaving_.insert(id);
    std::vector<store::Store::Write> writes;
    append_removal(writes, id);
    const std::string problem = co_await state_.write(std::move(writes), store::Durability::power);
    leaving_.erase(id);
    if (!problem.empty()) co_return desk_store_unavailable("the call cannot be removed");
    const QueuedCall* call = state_.book.find(id);
    const std::string tool = call != nullptr ? call->tool : "";
    state_.book.remove(id);
    state_.changed(tool);
    net::http::Response response;
    response.head.status = 204;
    co_return response;
}

/// Empty: it may be sent again.
std::string QueueDesk::why_not_again(const QueuedCall& call) const
{
    if (call.state != CallState::dead || leaving_.contains(call.id)) return "only a dead letter can be sent again";
    if (!call.keyed) return "without a key that the tool honours it may be done twice: it is never sent again";
    const Dependency* tool = state_.tools->dependencies.queued_tool(call.tool);
    if (tool == nullptr) return "there is no such tool with a queue any more";
    return tool->honours_keys ? "" : "the tool does not honour keys any more";
}

/// As if it had been accepted now. While the store learns of it, it counts as in flight: nobody else touches it.
net::Task<net::http::Response> QueueDesk::retry(std::string id)
{
    const std::string refused = why_not_again(*state_.book.find(id));
    if (!refused.empty()) co_return tool_error(409, "not_repeatable", refused);
    const QueuedCall dead = *state_.book.find(id);
    QueuedCall again = dead;
    again.attempts = 0;
    again.endpoint = 0;
    again.accepted_at = state_.runtime.wall().now();
    again.due_at = again.accepted_at;
    again.not_before = state_.runtime.clock().now();
    again.finished_at = {};
    again.marked = false;
    again.state = CallState::in_flight;
    state_.book.change(id, [&again](QueuedCall& call) { call = again; });
    again.state = CallState::waiting;
    const Found request = co_await state_.read(queue_space::calls, id);
    std::string problem = request.problem;
    if (problem.empty() && request.value) {
        again.bytes = request.value->size();
        std::vector<store::Store::Write> writes{{queue_space::states, id, write_queued_call(again)},
                                                {queue_space::results, id, std::nullopt}};
        problem = co_await state_.write(std::move(writes), store::Durability::power);
    }
    const bool goes = problem.empty() && request.value;
    state_.book.change(id, [&](QueuedCall& call) { call = goes ? again : dead; });
    state_.changed(dead.tool);
    state_.to_deliver.notify_all();
    if (!problem.empty()) co_return tool_error(503, "store_unavailable", "the call cannot be written down");
    if (!goes) co_return tool_error(409, "not_repeatable", "what was to be sent is not in the store any more");
    co_return accepted_reply(again);
}

}  // namespace chaos::router
