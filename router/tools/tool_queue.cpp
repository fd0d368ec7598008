// Moves calls between the store, the book and the tools; what to do after an attempt is decided in tool_decision.
#include "router/tools/tool_queue.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "router/idempotency/request_identity.hpp"
#include "router/reply_within.hpp"
#include "router/store_calls.hpp"
#include "router/tools/tool_replies.hpp"

namespace chaos::router {
namespace {

constexpr const char* states_space = "queue.state";
constexpr const char* calls_space = "queue.call";
constexpr const char* call_results_space = "queue.result";
constexpr const char* meta_space = "queue.meta";
constexpr const char* last_number_key = "last";

constexpr net::Duration queue_store_patience = std::chrono::seconds(5);
constexpr net::Duration queue_store_pause = std::chrono::seconds(1);  ///< before what the store refused is tried again
constexpr net::Duration queue_reader_patience = std::chrono::minutes(1);  ///< for a caller to take an answer
constexpr std::string_view queue_path = "/queue";

net::http::Response no_such_call()
{
    return tool_error(404, "unknown_call", "there is no such call here, or it is kept no longer");
}

net::http::Response queue_store_unavailable()
{
    return tool_error(503, "store_unavailable", "the store of the queue does not work; the call was not accepted",
                      queue_store_pause);
}

net::http::Response call_reply(std::string json)
{
    net::http::Response response;
    response.head.headers.add("content-type", "application/json");
    response.body = std::move(json);
    return response;
}

/// The tool, if it has a queue.
const Dependency* queued_tool(const Dependencies& dependencies, std::string_view name)
{
    const auto found = std::find_if(dependencies.all.begin(), dependencies.all.end(), [&](const Dependency& one) {
        return one.name == name && one.strategy == Strategy::queue_and_retry;
    });
    return found == dependencies.all.end() ? nullptr : &*found;
}

}  // namespace

ToolQueue::ToolQueue(net::Runtime& runtime, ToolboxPtr tools, store::Store& store, net::Chance chance,
                     Observer& observer)
    : runtime_(runtime),
      tools_(std::move(tools)),
      store_(store),
      chance_(chance),
      observer_(observer),
      book_(tools_->dependencies),
      woken_(runtime.executor(), "queue"),
      changed_(runtime.executor(), "queue's calls"),
      alarm_(runtime.clock(), [this] { woken_.notify_all(); }),
      deliveries_(runtime.executor())
{
}

void ToolQueue::become(ToolboxPtr tools)
{
    tools_ = std::move(tools);
    book_.keep_to(tools_->dependencies);
    for (const Dependency& one : tools_->dependencies.all) changed(one.name);
    woken_.notify_all();
}

net::Task<void> ToolQueue::run()
{
    while (!loaded_ && !stopping_) {
        loaded_ = co_await take_in_stored();
        if (!loaded_) co_await net::sleep_for(runtime_.clock(), queue_store_pause);
    }
    changed_.notify_all();
    co_await work();
}

net::Task<bool> ToolQueue::take_in_stored()
{
    const Found last = co_await get(runtime_, store_, meta_space, last_number_key);
    const Listed states = co_await list(runtime_, store_, states_space);
    const std::string& problem = last.problem.empty() ? states.problem : last.problem;
    if (!problem.empty()) {
        tell("the queue cannot be read", problem);
        co_return false;
    }
    if (last.value) last_number_ = static_cast<std::uint64_t>(store::RecordReader(*last.value).number());
    std::vector<store::Store::Write> dead_letters;
    for (const auto& [id, bytes] : states.entries) {
        auto call = read_queued_call(bytes);
        if (!call) {
            tell("a queued call cannot be understood", id);
            continue;
        }
        last_number_ = std::max(last_number_, call->number);
        if (book_.restore(std::move(*call), runtime_.clock().now(), runtime_.wall().now())) {
            dead_letters.push_back({states_space, id, write_queued_call(*book_.find(id))});
            dead_letters.push_back({calls_space, id, std::nullopt});
        }
    }
    if (!dead_letters.empty()) {
        const std::string failed =
            co_await put_all(runtime_, store_, std::move(dead_letters), store::Durability::power);
        if (!failed.empty()) tell("dead letters are not written down yet", failed);
    }
    for (const Dependency& one : tools_->dependencies.all) changed(one.name);
    co_return true;
}

net::Task<void> ToolQueue::work()
{
    while (!stopping_) {
        sweep();
        start_what_is_due();
        arm();
        co_await woken_.wait();
    }
}

void ToolQueue::start_what_is_due()
{
    for (const Dependency& tool : tools_->dependencies.all) {
        if (tool.strategy != Strategy::queue_and_retry) continue;
        while (const QueuedCall* call = book_.due(tool, runtime_.clock().now())) {
            book_.change(call->id, [](QueuedCall& due) { due.state = CallState::in_flight; });
            deliveries_.spawn(deliver(call->id, tools_));
            changed(tool.name);
        }
    }
}

void ToolQueue::arm()
{
    const net::Instant now = runtime_.clock().now();
    net::Instant at = book_.next_due(now).value_or(net::never);
    if (const auto end = book_.next_end()) {
        // By the wall clock, which may jump: it is looked at again at least once an hour.
        const net::Duration wait = std::clamp<net::Duration>(*end - runtime_.wall().now(), std::chrono::milliseconds(1),
                                                             std::chrono::hours(1));
        at = std::min(at, now + wait);
    }
    alarm_.arm(at);
}

void ToolQueue::sweep()
{
    const net::WallTime now = runtime_.wall().now();
    std::vector<store::Store::Write> writes;
    for (const QueuedCall* call : book_.take_too_old(now)) {
        writes.push_back({states_space, call->id, write_queued_call(*call)});
        if (!call->keyed) writes.push_back({calls_space, call->id, std::nullopt});
        changed(call->tool);
    }
    if (!writes.empty()) {
        store_.put_all(std::move(writes), store::Durability::process,
                       [this, alive = std::weak_ptr<int>(alive_)](const std::string& problem) {
                           if (!alive.expired() && !problem.empty()) tell("calls that are too old stay", problem);
                       });
    }
    forget(book_.take_forgotten(now));
}

/// What stays in the store for now is found to be over when it is next read.
void ToolQueue::forget(const std::vector<std::string>& ids)
{
    if (ids.empty()) return;
    std::vector<store::Store::Write> writes;
    for (const std::string& id : ids) {
        for (const char* space : {states_space, calls_space, call_results_space})
            writes.push_back({space, id, std::nullopt});
    }
    store_.put_all(std::move(writes), store::Durability::process,
                   [this, alive = std::weak_ptr<int>(alive_)](const std::string& problem) {
                       if (!alive.expired() && !problem.empty()) tell("calls that are over stay", problem);
                   });
}

net::Task<void> ToolQueue::deliver(std::string id, ToolboxPtr tools)
{
    const Dependency* tool = queued_tool(tools->dependencies, book_.find(id)->tool);
    const net::Instant deadline = runtime_.clock().now() + queue_store_patience;
    const Found found = co_await get(runtime_, store_, calls_space, id, deadline);
    if (!found.problem.empty()) {
        tell("a queued call cannot be read", found.problem);
        postpone(id, queue_store_pause);
        co_return;
    }
    const auto request = found.value ? read_tool_request(*found.value) : std::nullopt;
    if (!request) {
        const ToolAnswer nothing;
        co_await finish(id, CallState::dead, "what was to be sent is damaged in the store", nothing);
        co_return;
    }
    const std::string problem = co_await mark(*book_.find(id));
    if (!problem.empty()) {
        tell("a call is not sent, for it cannot be marked", problem);
        postpone(id, queue_store_pause);
        co_return;
    }
    co_await try_once(id, *tools, *tool, *request);
}

/// The store learns that it may have been sent, before it is.
net::Task<std::string> ToolQueue::mark(const QueuedCall& call)
{
    if (call.keyed) co_return std::string();
    QueuedCall marked = call;
    marked.marked = true;
    std::vector<store::Store::Write> writes{{states_space, call.id, write_queued_call(marked)}};
    const net::Instant deadline = runtime_.clock().now() + queue_store_patience;
    std::string problem = co_await put_all(runtime_, store_, std::move(writes), store::Durability::power, deadline);
    co_return problem;
}

net::Task<void> ToolQueue::try_once(std::string id, Toolbox& tools, const Dependency& tool, const ToolRequest& request)
{
    const QueuedCall& call = book_.change(id, [&tool](QueuedCall& sent) {
        sent.endpoint %= tool.endpoints.size();
        ++sent.attempts;
    });
    const net::Instant began = runtime_.clock().now();
    ToolClient::Control control;
    const ToolAnswer answer =
        co_await tools.client.attempt(tool, call.endpoint, request, call.keyed, net::never, control);
    co_await settle(id, tool, answer, began);
}

net::Task<void> ToolQueue::settle(std::string id, const Dependency& tool, const ToolAnswer& answer, net::Instant began)
{
    const QueuedCall& call = *book_.find(id);
    ToolCallFacts facts;
    facts.keyed = call.keyed;
    facts.attempts = call.attempts;
    facts.endpoint = call.endpoint;
    const net::Chance about = chance_.about("backoff").about(id).about(static_cast<std::uint64_t>(call.attempts));
    const ToolStep step = after_attempt(tool, facts, answer.outcome, about);
    constexpr std::array<std::string_view, 3> words{"deliver", "again", "give_up"};
    observer_.tool_attempt_ended({id, tool.name, call.attempts, call.endpoint, answer.outcome.status,
                                  answer.outcome.why, words.at(step.index()), began, runtime_.clock().now() - began});
    if (const auto* again = std::get_if<tool_step::Again>(&step)) {
        std::string why = answer.outcome.what == ToolOutcome::What::answered
                              ? fmt::format("it answered {}", answer.outcome.status)
                              : answer.outcome.why;
        co_await wait_again(id, again->endpoint, again->wait, std::move(why));
    } else if (const auto* end = std::get_if<tool_step::GiveUp>(&step)) {
        co_await finish(id, CallState::dead, end->why, answer);
    } else if (executed(answer.outcome) == Executed::yes) {
        co_await finish(id, CallState::done, {}, answer);
    } else {
        co_await finish(id, CallState::dead, fmt::format("it answered {}", answer.outcome.status), answer);
    }
}

/// The result is told only when it is durable. Until then the call stays in flight, for it may still be lost; a store
/// that does not take it is asked again.
net::Task<void> ToolQueue::finish(std::string id, CallState state, std::string why, const ToolAnswer& answer)
{
    QueuedCall over = *book_.find(id);
    const bool has_result = answer.outcome.what == ToolOutcome::What::answered && answer.outcome.status != 0;
    const std::string result = has_result ? write_tool_result(answer.response) : "";
    over.state = state;
    over.finished_at = runtime_.wall().now();
    over.why = std::move(why);
    const bool kept = state == CallState::dead && over.keyed;  // an operator may have it sent again
    over.bytes = result.size() + (kept ? over.bytes : 0);
    while (true) {
        std::vector<store::Store::Write> writes{{states_space, id, write_queued_call(over)}};
        if (!kept) writes.push_back({calls_space, id, std::nullopt});
        if (has_result) writes.push_back({call_results_space, id, result});
        const net::Instant deadline = runtime_.clock().now() + queue_store_patience;
        const std::string problem =
            co_await put_all(runtime_, store_, std::move(writes), store::Durability::power, deadline);
        if (problem.empty()) break;
        tell("the result of a call is not written down yet", problem);
        if (stopping_) co_return;
        co_await net::sleep_for(runtime_.clock(), queue_store_pause);
    }
    book_.change(id, [&over](QueuedCall& call) { call = over; });
    changed(over.tool);
    woken_.notify_all();
}

net::Task<void> ToolQueue::wait_again(std::string id, std::size_t endpoint, net::Duration wait, std::string why)
{
    const QueuedCall& call = book_.change(id, [&](QueuedCall& again) {
        again.endpoint = endpoint;
        again.why = std::move(why);
        again.not_before = runtime_.clock().now() + wait;
        again.due_at = runtime_.wall().now() + wait;
    });
    QueuedCall waiting = call;
    waiting.state = CallState::waiting;
    waiting.marked = false;
    std::vector<store::Store::Write> writes{{states_space, id, write_queued_call(waiting)}};
    const net::Instant deadline = runtime_.clock().now() + queue_store_patience;
    const std::string problem =
        co_await put_all(runtime_, store_, std::move(writes), store::Durability::process, deadline);
    // A crash then finds it marked, and makes a dead letter of it, which is the safe side.
    if (!problem.empty()) tell("that a call waits again is not written down", problem);
    postpone(id, call.not_before - runtime_.clock().now());
}

void ToolQueue::postpone(const std::string& id, net::Duration wait)
{
    const QueuedCall& call = book_.change(id, [&](QueuedCall& later) {
        later.state = CallState::waiting;
        later.not_before = runtime_.clock().now() + wait;
    });
    changed(call.tool);
    woken_.notify_all();
}

void ToolQueue::drain()
{
    draining_ = true;
    changed_.notify_all();
}

net::Task<void> ToolQueue::stop()
{
    stopping_ = true;
    alarm_.disarm();
    woken_.notify_all();
    co_await deliveries_.join();
}

void ToolQueue::cancel()
{
    stopping_ = true;
    deliveries_.cancel();
}

net::Task<bool> ToolQueue::until_loaded()
{
    net::Watchdog patience(runtime_.clock(), [this] { changed_.notify_all(); });
    patience.arm(runtime_.clock().now() + queue_store_patience);
    while (!loaded_ && !patience.expired()) co_await changed_.wait();
    co_return loaded_;
}

net::Task<void> ToolQueue::accept(net::http::ServerExchange& exchange, const Dependency& tool,
                                  const std::string& caller)
{
    net::http::Response response = co_await accepted(exchange.request(), tool, caller);
    co_await reply_within(queue_reader_patience, exchange, runtime_.clock(), std::move(response));
}

net::Task<net::http::Response> ToolQueue::accepted(const net::http::Request& request, const Dependency& tool,
                                                   const std::string& caller)
{
    const KeyOfRequest key = idempotency_key(request.head.headers);
    if (!key.problem.empty()) co_return tool_error(400, "invalid_idempotency_key", key.problem);
    const bool ready = co_await until_loaded();
    if (!ready || stopping_) co_return queue_store_unavailable();
    Acceptance acceptance;
    acceptance.request = tool_request_of(request, tool);
    acceptance.request.key = key.key.value_or("");
    if (key.key) {
        acceptance.identity = request_identity(caller, net::http::path_of(request.head.target), *key.key);
        acceptance.fingerprint = body_fingerprint(request.body);
        const QueuedCall* known = book_.find_keyed(acceptance.identity);
        if (known != nullptr) {
            net::http::Response again = co_await known_already(known->id, acceptance.fingerprint);
            co_return again;
        }
    }
    net::http::Response response = co_await enqueue(std::move(acceptance), tool, caller);
    co_return response;
}

net::Task<net::http::Response> ToolQueue::known_already(std::string id, std::string fingerprint)
{
    if (book_.find(id)->fingerprint != fingerprint) {
        co_return tool_error(422, "idempotency_key_reused",
                             "this Idempotency-Key was used for a call with another body");
    }
    while (book_.find(id) != nullptr && book_.find(id)->state == CallState::accepting) co_await changed_.wait();
    const QueuedCall* call = book_.find(id);
    co_return call != nullptr ? accepted_reply(*call) : queue_store_unavailable();
}

QueuedCall ToolQueue::new_call(const Acceptance& acceptance, const Dependency& tool, const std::string& caller)
{
    QueuedCall call;
    call.number = ++last_number_;
    call.id = fmt::format("q{}-{:016x}", call.number, chance_.about("id").about(call.number).bits());
    call.tool = tool.name;
    call.caller = caller;
    call.identity = acceptance.identity;
    call.fingerprint = acceptance.fingerprint;
    call.keyed = tool.honours_keys;
    call.accepted_at = runtime_.wall().now();
    call.due_at = call.accepted_at;
    call.not_before = runtime_.clock().now();
    return call;
}

net::Task<net::http::Response> ToolQueue::enqueue(Acceptance acceptance, const Dependency& tool,
                                                  const std::string& caller)
{
    QueuedCall call = new_call(acceptance, tool, caller);
    if (call.keyed && acceptance.request.key.empty()) acceptance.request.key = "chaos-" + call.id;
    std::string request = write_tool_request(acceptance.request);
    call.bytes = request.size();
    std::vector<std::string> gone;
    if (!book_.make_room(tool, call.bytes, gone)) {
        co_return tool_error(503, "queue_full",
                             fmt::format("the queue of '{}' is full; the call was not accepted", tool.name),
                             book_.wait_for_room(tool, runtime_.clock().now()));
    }
    forget(gone);
    const std::string id = call.id;
    std::vector<store::Store::Write> writes;
    writes.push_back({states_space, id, write_queued_call(call)});
    writes.push_back({calls_space, id, std::move(request)});
    writes.push_back(
        {meta_space, last_number_key, store::RecordWriter().number(static_cast<std::int64_t>(call.number)).take()});
    call.state = CallState::accepting;
    book_.add(std::move(call));
    const net::Instant deadline = runtime_.clock().now() + queue_store_patience;
    const std::string problem =
        co_await put_all(runtime_, store_, std::move(writes), store::Durability::power, deadline);
    if (!problem.empty()) {
        tell("a call is not accepted", problem);
        book_.remove(id);
        forget({id});  // it may still be written; then it is removed right after
        changed_.notify_all();
        co_return queue_store_unavailable();
    }
    const QueuedCall& accepted = book_.change(id, [](QueuedCall& durable) { durable.state = CallState::waiting; });
    changed(tool.name);
    woken_.notify_all();
    co_return accepted_reply(accepted);
}

net::Task<void> ToolQueue::answer(net::http::ServerExchange& exchange, const std::string& caller)
{
    net::http::Response response = co_await asked(exchange.request(), caller);
    co_await reply_within(queue_reader_patience, exchange, runtime_.clock(), std::move(response));
}

net::Task<net::http::Response> ToolQueue::asked(const net::http::Request& request, const std::string& caller)
{
    const std::string_view path = net::http::path_of(request.head.target);
    const std::string& method = request.head.method;
    const QueueQuery query = read_queue_query(request.head.target);
    if (!query.problem.empty()) co_return tool_error(400, "invalid_request", query.problem);
    const bool ready = co_await until_loaded();
    if (!ready) co_return tool_error(503, "store_unavailable", "the queue cannot be read yet", queue_store_pause);
    const std::string id(path.substr(std::min(path.size(), queue_path.size() + 1)));
    if (method != "GET" && (method != "DELETE" || id.empty())) {
        net::http::Response refusal =
            tool_error(405, "method_not_allowed", "use GET, and DELETE for a call that is over");
        refusal.head.headers.add("allow", id.empty() ? "GET" : "GET, DELETE");
        co_return refusal;
    }
    if (id.empty()) co_return list_of(query, &caller);
    const QueuedCall* call = book_.find(id);
    if (call == nullptr || call->caller != caller || call->state == CallState::accepting) co_return no_such_call();
    net::http::Response response;
    if (method == "DELETE") {
        response = co_await discharge(id);
    } else {
        response = co_await state_of(id, query.wait);
    }
    co_return response;
}

/// Of one caller, or, for an operator, of all.
net::http::Response ToolQueue::list_of(const QueueQuery& query, const std::string* caller) const
{
    std::vector<const QueuedCall*> chosen;
    std::size_t left_out = 0;
    book_.walk(query.before, [&](const QueuedCall& call) {
        const bool meant = call.state != CallState::accepting && (caller == nullptr || call.caller == *caller) &&
                           (query.state.empty() || spelling(call.state) == query.state) &&
                           (query.tool.empty() || call.tool == query.tool);
        if (meant && chosen.size() < query.limit) {
            chosen.push_back(&call);
        } else if (meant) {
            ++left_out;
        }
        return true;
    });
    std::reverse(chosen.begin(), chosen.end());
    return call_reply(calls_in_json(chosen, left_out, caller == nullptr ? ToldTo::operators : ToldTo::caller));
}

net::Task<net::http::Response> ToolQueue::state_of(std::string id, net::Duration wait)
{
    net::Watchdog patience(runtime_.clock(), [this] { changed_.notify_all(); });
    patience.arm(runtime_.clock().now() + wait);
    const auto is_over = [this, &id] {
        const QueuedCall* call = book_.find(id);
        return call == nullptr || call->state == CallState::done || call->state == CallState::dead;
    };
    while (!is_over() && wait > net::Duration{} && !patience.expired() && !draining_) co_await changed_.wait();
    if (book_.find(id) == nullptr) co_return no_such_call();
    std::optional<net::http::Response> result;
    if (is_over()) {
        const net::Instant deadline = runtime_.clock().now() + queue_store_patience;
        const Found found = co_await get(runtime_, store_, call_results_space, id, deadline);
        if (!found.problem.empty())
            co_return tool_error(503, "store_unavailable", "the result cannot be read", queue_store_pause);
        if (found.value) result = read_tool_result(*found.value);
    }
    const QueuedCall* call = book_.find(id);
    co_return call != nullptr ? call_reply(call_in_json(*call, result)) : no_such_call();
}

net::Task<net::http::Response> ToolQueue::discharge(std::string id)
{
    const CallState state = book_.find(id)->state;
    if (state != CallState::done && state != CallState::dead)
        co_return tool_error(409, "call_pending", "the call is not over yet");
    leaving_.insert(id);
    std::vector<store::Store::Write> writes;
    for (const char* space : {states_space, calls_space, call_results_space})
        writes.push_back({space, id, std::nullopt});
    const net::Instant deadline = runtime_.clock().now() + queue_store_patience;
    const std::string problem =
        co_await put_all(runtime_, store_, std::move(writes), store::Durability::power, deadline);
    leaving_.erase(id);
    if (!problem.empty())
        co_return tool_error(503, "store_unavailable", "the call cannot be removed", queue_store_pause);
    const QueuedCall* call = book_.find(id);
    const std::string tool = call != nullptr ? call->tool : "";
    book_.remove(id);
    changed(tool);
    net::http::Response response;
    response.head.status = 204;
    co_return response;
}

net::Task<net::http::Response> ToolQueue::operate(net::http::Request request)
{
    const std::string_view path = net::http::path_of(request.head.target);
    const std::string& method = request.head.method;
    const QueueQuery query = read_queue_query(request.head.target);
    if (!query.problem.empty()) co_return tool_error(400, "invalid_request", query.problem);
    const bool ready = co_await until_loaded();
    if (!ready) co_return tool_error(503, "store_unavailable", "the queue cannot be read yet", queue_store_pause);
    constexpr std::string_view again = "/retry";
    std::string id(path.substr(std::min(path.size(), queue_path.size() + 1)));
    const bool wants_retry = method == "POST" && id.ends_with(again);
    if (wants_retry) id.resize(id.size() - again.size());
    if (method == "GET" && id.empty()) co_return list_of(query, nullptr);
    const QueuedCall* call = book_.find(id);
    net::http::Response response;
    if (!wants_retry && method != "GET" && method != "DELETE") {
        response = tool_error(405, "method_not_allowed", "use GET, DELETE, or POST /queue/ID/retry");
    } else if (call == nullptr || call->state == CallState::accepting) {
        response = no_such_call();
    } else if (wants_retry) {
        response = co_await retry(id);
    } else if (method == "DELETE") {
        response = co_await discharge(id);
    } else {
        response = co_await told_to_operator(id);
    }
    co_return response;
}

net::Task<net::http::Response> ToolQueue::told_to_operator(std::string id)
{
    const net::Instant deadline = runtime_.clock().now() + queue_store_patience;
    const Found found = co_await get(runtime_, store_, call_results_space, id, deadline);
    if (!found.problem.empty())
        co_return tool_error(503, "store_unavailable", "the result cannot be read", queue_store_pause);
    const QueuedCall* call = book_.find(id);
    if (call == nullptr) co_return no_such_call();
    co_return call_reply(call_for_operator(*call, found.value ? read_tool_result(*found.value) : std::nullopt));
}

/// Empty: it may be sent again.
std::string ToolQueue::why_not_again(const QueuedCall& call) const
{
    if (call.state != CallState::dead || leaving_.contains(call.id)) return "only a dead letter can be sent again";
    if (!call.keyed) return "without a key that the tool honours it may be done twice: it is never sent again";
    const Dependency* tool = queued_tool(tools_->dependencies, call.tool);
    if (tool == nullptr) return "there is no such tool with a queue any more";
    return tool->honours_keys ? "" : "the tool does not honour keys any more";
}

/// As if it had been accepted now. While the store learns of it, it counts as in flight: nobody else touches it.
net::Task<net::http::Response> ToolQueue::retry(std::string id)
{
    const std::string refused = why_not_again(*book_.find(id));
    if (!refused.empty()) co_return tool_error(409, "not_repeatable", refused);
    const QueuedCall dead = *book_.find(id);
    QueuedCall again = dead;
    again.attempts = 0;
    again.endpoint = 0;
    again.accepted_at = runtime_.wall().now();
    again.due_at = again.accepted_at;
    again.not_before = runtime_.clock().now();
    again.finished_at = {};
    again.marked = false;
    again.state = CallState::in_flight;
    book_.change(id, [&again](QueuedCall& call) { call = again; });
    again.state = CallState::waiting;
    const net::Instant deadline = runtime_.clock().now() + queue_store_patience;
    const Found request = co_await get(runtime_, store_, calls_space, id, deadline);
    std::string problem = request.problem;
    if (problem.empty() && request.value) {
        again.bytes = request.value->size();
        std::vector<store::Store::Write> writes{{states_space, id, write_queued_call(again)},
                                                {call_results_space, id, std::nullopt}};
        problem = co_await put_all(runtime_, store_, std::move(writes), store::Durability::power, deadline);
    }
    const bool goes = problem.empty() && request.value;
    book_.change(id, [&](QueuedCall& call) { call = goes ? again : dead; });
    changed(dead.tool);
    woken_.notify_all();
    if (!problem.empty()) co_return tool_error(503, "store_unavailable", "the call cannot be written down");
    if (!goes) co_return tool_error(409, "not_repeatable", "what was to be sent is not in the store any more");
    co_return accepted_reply(again);
}

void ToolQueue::changed(std::string_view tool)
{
    changed_.notify_all();
    const QueueBook::Depth depth = book_.depth(tool);
    observer_.queue_changed({tool, depth.pending, depth.in_flight, depth.done, depth.dead, depth.bytes});
}

void ToolQueue::tell(std::string_view what, std::string_view why)
{
    observer_.store_failed({what, why, runtime_.clock().now()});
}

}  // namespace chaos::router
