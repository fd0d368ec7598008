// Moves calls between the store, the book and the tools; what to do after an attempt is decided in tool_decision.
#include "router/tools/tool_queue.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "router/idempotency/request_identity.hpp"
#include "router/tools/tool_replies.hpp"
#include "store/record.hpp"

namespace chaos::router {
namespace {

constexpr const char* last_number_key = "last";

net::http::Response not_accepted()
{
    return tool_error(503, "store_unavailable", "the store of the queue does not work; the call was not accepted",
                      queue_store_pause);
}

}  // namespace

ToolQueue::ToolQueue(QueueState& state, net::Chance chance)
    : runtime_(state.runtime),
      state_(state),
      book_(state.book),
      chance_(chance),
      alarm_(runtime_.clock(), [this] { state_.to_deliver.notify_all(); }),
      deliveries_(runtime_.executor())
{
}

void ToolQueue::become(ToolboxPtr tools)
{
    state_.tools = std::move(tools);
    book_.keep_to(state_.tools->dependencies);
    for (const Dependency& one : state_.tools->dependencies.all) state_.changed(one.name);
    state_.to_deliver.notify_all();
}

net::Task<void> ToolQueue::run()
{
    while (!state_.loaded && !stopping_) {
        state_.loaded = co_await take_in_stored();
        if (!state_.loaded) co_await net::sleep_for(runtime_.clock(), queue_store_pause);
    }
    state_.news.notify_all();
    co_await work();
}

net::Task<bool> ToolQueue::take_in_stored()
{
    const Found last = co_await get(runtime_, state_.store, queue_space::meta, last_number_key);
    const Listed states = co_await list(runtime_, state_.store, queue_space::states);
    const std::string& problem = last.problem.empty() ? states.problem : last.problem;
    if (!problem.empty()) {
        state_.tell("the queue cannot be read", problem);
        co_return false;
    }
    if (last.value) last_number_ = static_cast<std::uint64_t>(store::RecordReader(*last.value).number());
    std::vector<store::Store::Write> dead_letters;
    for (const auto& [id, bytes] : states.entries) {
        auto call = read_queued_call(bytes);
        if (!call) {
            state_.tell("a queued call cannot be understood", id);
            continue;
        }
        last_number_ = std::max(last_number_, call->number);
        if (book_.restore(std::move(*call), runtime_.clock().now(), runtime_.wall().now())) {
            dead_letters.push_back({queue_space::states, id, write_queued_call(*book_.find(id))});
            dead_letters.push_back({queue_space::calls, id, std::nullopt});
        }
    }
    if (!dead_letters.empty()) {
        const std::string failed =
            co_await put_all(runtime_, state_.store, std::move(dead_letters), store::Durability::power);
        if (!failed.empty()) state_.tell("dead letters are not written down yet", failed);
    }
    for (const Dependency& one : state_.tools->dependencies.all) state_.changed(one.name);
    co_return true;
}

net::Task<void> ToolQueue::work()
{
    while (!stopping_) {
        sweep();
        start_what_is_due();
        arm();
        co_await state_.to_deliver.wait();
    }
}

void ToolQueue::start_what_is_due()
{
    for (const Dependency& tool : state_.tools->dependencies.all) {
        if (tool.strategy != Strategy::queue_and_retry) continue;
        while (const QueuedCall* call = book_.due(tool, runtime_.clock().now())) {
            book_.change(call->id, [](QueuedCall& due) { due.state = CallState::in_flight; });
            deliveries_.spawn(deliver(call->id, state_.tools));
            state_.changed(tool.name);
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
        writes.push_back({queue_space::states, call->id, write_queued_call(*call)});
        if (!call->keyed) writes.push_back({queue_space::calls, call->id, std::nullopt});
        state_.changed(call->tool);
    }
    state_.write_behind(std::move(writes), "calls that are too old stay");
    state_.forget(book_.take_forgotten(now));
}

net::Task<void> ToolQueue::deliver(std::string id, ToolboxPtr tools)
{
    const Dependency* tool = tools->dependencies.queued_tool(book_.find(id)->tool);
    const Found found = co_await state_.read(queue_space::calls, id);
    if (!found.problem.empty()) {
        state_.tell("a queued call cannot be read", found.problem);
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
        state_.tell("a call is not sent, for it cannot be marked", problem);
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
    std::vector<store::Store::Write> writes{{queue_space::states, call.id, write_queued_call(marked)}};
    std::string problem = co_await state_.write(std::move(writes), store::Durability::power);
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
    state_.observer.tool_attempt_ended({id, tool.name, call.attempts, call.endpoint, answer.outcome.status,
                                        answer.outcome.why, words.at(step.index()), began,
                                        runtime_.clock().now() - began});
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
        std::vector<store::Store::Write> writes{{queue_space::states, id, write_queued_call(over)}};
        if (!kept) writes.push_back({queue_space::calls, id, std::nullopt});
        if (has_result) writes.push_back({queue_space::results, id, result});
        const std::string problem = co_await state_.write(std::move(writes), store::Durability::power);
        if (problem.empty()) break;
        state_.tell("the result of a call is not written down yet", problem);
        if (stopping_) co_return;
        co_await net::sleep_for(runtime_.clock(), queue_store_pause);
    }
    book_.change(id, [&over](QueuedCall& call) { call = over; });
    state_.changed(over.tool);
    state_.to_deliver.notify_all();
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
    std::vector<store::Store::Write> writes{{queue_space::states, id, write_queued_call(waiting)}};
    const std::string problem = co_await state_.write(std::move(writes), store::Durability::process);
    // A crash then finds it marked, and makes a dead letter of it, which is the safe side.
    if (!problem.empty()) state_.tell("that a call waits again is not written down", problem);
    postpone(id, call.not_before - runtime_.clock().now());
}

void ToolQueue::postpone(const std::string& id, net::Duration wait)
{
    const QueuedCall& call = book_.change(id, [&](QueuedCall& later) {
        later.state = CallState::waiting;
        later.not_before = runtime_.clock().now() + wait;
    });
    state_.changed(call.tool);
    state_.to_deliver.notify_all();
}

net::Task<void> ToolQueue::stop()
{
    stopping_ = true;
    alarm_.disarm();
    state_.to_deliver.notify_all();
    co_await deliveries_.join();
}

void ToolQueue::cancel()
{
    stopping_ = true;
    deliveries_.cancel();
}

net::Task<net::http::Response> ToolQueue::accept(const net::http::Request& request, const Dependency& tool,
                                                 const std::string& caller)
{
    const KeyOfRequest key = idempotency_key(request.head.headers);
    if (!key.problem.empty()) co_return tool_error(400, "invalid_idempotency_key", key.problem);
    const bool ready = co_await state_.until_loaded();
    if (!ready || stopping_) co_return not_accepted();
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
    while (book_.find(id) != nullptr && book_.find(id)->state == CallState::accepting) co_await state_.news.wait();
    const QueuedCall* call = book_.find(id);
    co_return call != nullptr ? accepted_reply(*call) : not_accepted();
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
    state_.forget(gone);
    const std::string id = call.id;
    std::vector<store::Store::Write> writes;
    writes.push_back({queue_space::states, id, write_queued_call(call)});
    writes.push_back({queue_space::calls, id, std::move(request)});
    writes.push_back({queue_space::meta, last_number_key,
                      store::RecordWriter().number(static_cast<std::int64_t>(call.number)).take()});
    call.state = CallState::accepting;
    book_.add(std::move(call));
    const std::string problem = co_await state_.write(std::move(writes), store::Durability::power);
    if (!problem.empty()) {
        state_.tell("a call is not accepted", problem);
        book_.remove(id);
        state_.forget({id});  // it may still be written; then it is removed right after
        state_.news.notify_all();
        co_return not_accepted();
    }
    const QueuedCall& accepted = book_.change(id, [](QueuedCall& durable) { durable.state = CallState::waiting; });
    state_.changed(tool.name);
    state_.to_deliver.notify_all();
    co_return accepted_reply(accepted);
}

}  // namespace chaos::router
