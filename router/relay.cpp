// The shell around the failover machine: moves bytes, decides nothing.
#include "router/relay.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "net/json.hpp"
#include "router/check_answer.hpp"
#include "router/classify.hpp"
#include "router/retry_after.hpp"
#include "wire/openai_chat.hpp"
#include "wire/sse.hpp"

namespace chaos::router {
namespace {

constexpr std::size_t longest_error_body = 64 * 1024;
constexpr std::size_t longest_answer = 32 * 1024 * 1024;
constexpr net::Duration end_marker_grace = std::chrono::seconds(1);  ///< after a finish reason, for [DONE] or the end
constexpr net::Duration last_words_grace =
    std::chrono::seconds(5);  ///< for a caller to take in the error that ends a stream

/// Of a caller's request headers these may go on; everything else stays here: keys, organisations, cookies, hop-by-hop.
constexpr std::string_view forwarded_headers[] = {"user-agent", "traceparent", "tracestate", "openai-beta"};

bool is_error_body(std::string_view body)
{
    return body.find('{') != std::string_view::npos && net::json_problem(body).empty();
}

RetryHint retry_hint_of(const net::http::ResponseHead& head, net::WallTime now, std::string_view message)
{
    RetryHeaders headers;
    headers.retry_after_ms = head.headers.find("retry-after-ms");
    headers.retry_after = head.headers.find("retry-after");
    headers.should_retry = head.headers.find("x-should-retry");
    headers.date = head.headers.find("date");
    return read_retry_hint(headers, now, message);
}

Outcome left_by_caller()
{
    Outcome outcome;
    outcome.what = OutcomeClass::client_abort;
    outcome.why = "the caller left";
    return outcome;
}

/// Takes in what little is left of a body, so that its connection can be used again; not for long.
net::Task<void> drain(net::Runtime& runtime, std::unique_ptr<net::http::ClientExchange> exchange)
{
    net::Watchdog watchdog(runtime.clock(), [&] { exchange->abort(); });
    watchdog.arm(runtime.clock().now() + end_marker_grace);
    while (true) {
        const auto piece = co_await exchange->read_body();
        if (!piece || piece->empty()) break;
    }
}

Outcome event_too_large()
{
    Outcome outcome;
    outcome.what = OutcomeClass::invalid_200;
    outcome.status = 200;
    outcome.why = "an event of the stream is too large";
    return outcome;
}

/// A place among those that are told when the health of a provider changes.
class Waiting {
public:
    Waiting(std::list<net::Condition*>& all, net::Condition& mine) : all_(all), place_(all.insert(all.end(), &mine)) {}
    ~Waiting() { all_.erase(place_); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

private:
    std::list<net::Condition*>& all_;
    std::list<net::Condition*>::iterator place_;
};

std::string retry_after_text(net::Duration wait)
{
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    return std::to_string(std::max<std::int64_t>(1, seconds));
}

wire::ProviderError as_wire(const SurfacedError& error, const Redactor& redactor)
{
    return wire::ProviderError{error.status, error.type, error.code, redactor.clean(error.message)};
}

}  // namespace

net::http::Response error_response(const SurfacedError& error, const Redactor& redactor)
{
    net::http::Response response;
    response.head.status = error.status;
    response.head.headers.add("content-type", "application/json");
    if (error.retry_after) response.head.headers.add("retry-after", retry_after_text(*error.retry_after));
    response.body =
        error.body.empty() ? wire::openai_chat::write_error(as_wire(error, redactor)) : redactor.clean(error.body);
    return response;
}

Relay::Relay(Shared& shared, net::http::ServerExchange& exchange, const RequestFacts& facts, std::string name,
             net::Chance chance)
    : shared_(shared),
      exchange_(exchange),
      facts_(facts),
      name_(std::move(name)),
      machine_(shared.policy, facts.model, shared.chains.at(facts.model), shared.breakers, facts, chance, now()),
      awake_(shared.runtime.executor())
{
}

Relay::~Relay()
{
    exchange_.on_client_gone(nullptr);
    health_may_have_changed();
}

net::Task<void> Relay::run()
{
    exchange_.on_client_gone([this] { caller_left(); });
    Step step = machine_.start(now());
    while (!caller_left_) {
        if (std::holds_alternative<step::Reply>(step)) {
            co_await reply();
            break;
        }
        if (auto* end = std::get_if<step::GiveUp>(&step)) {
            co_await reply_error(std::move(end->error));
            break;
        }
        if (const auto* wait = std::get_if<step::Wait>(&step)) {
            const net::Instant until = wait->until;
            co_await wait_until(until);
            step = machine_.on_wake(now());
            continue;
        }
        Outcome outcome;
        if (const auto* repair = std::get_if<step::Repair>(&step)) {
            const step::Repair with = *repair;
            outcome = co_await attempt(with.target, false, with.last, with.nudge);
        } else {
            const step::Try once = std::get<step::Try>(step);
            outcome = co_await attempt(once.target, once.fresh_connection, once.last, {});
        }
        const bool too_late = head_sent_ && outcome.what != OutcomeClass::ok;
        step = too_late ? Step(machine_.on_broken(outcome, now())) : machine_.on_outcome(outcome, now());
        health_may_have_changed();
    }
}

net::Task<Outcome> Relay::attempt(std::size_t target, bool fresh_connection, bool last, std::string_view nudge)
{
    target_ = target;
    attempt_began_ = now();
    AttemptTimers timers;
    timers.timeouts = shared_.policy.timeouts;
    timers.deadline = machine_.deadline();
    timers.last = last;
    Upstream upstream(shared_.runtime, shared_.client, timers);
    upstream_ = &upstream;
    note(shared_.targets[target].name, "attempt",
         nudge.empty() ? (fresh_connection ? "fresh connection" : "") : "repair");
    Outcome outcome = co_await exchange_with(upstream, shared_.targets[target], fresh_connection, nudge);
    upstream_ = nullptr;
    if (caller_left_) outcome = left_by_caller();
    note_outcome(outcome);
    co_return outcome;
}

net::Task<Outcome> Relay::exchange_with(Upstream& upstream, const Target& target, bool fresh_connection,
                                        std::string_view nudge)
{
    net::http::Request request = request_for(target, nudge);
    std::optional<Outcome> no_head = co_await upstream.open(target.endpoint, std::move(request), fresh_connection);
    if (no_head) co_return *std::move(no_head);
    const net::http::ResponseHead& head = upstream.head();
    upstream_request_id_ = std::string(head.headers.find("x-request-id").value_or(""));
    const bool success = head.status >= 200 && head.status <= 299;
    Outcome outcome;
    if (!success) {
        outcome = co_await read_error(upstream);
    } else if (facts_.stream) {
        outcome = co_await take_stream(upstream);
    } else {
        outcome = co_await take_whole(upstream);
    }
    co_return outcome;
}

net::Task<Outcome> Relay::read_error(Upstream& upstream)
{
    const int status = upstream.head().status;
    Upstream::Piece body = co_await upstream.read_all(longest_error_body);
    Outcome outcome = classify_error_body(status, body.bytes);
    outcome.retry = retry_hint_of(upstream.head(), shared_.runtime.wall().now(), outcome.error.message);
    if (is_error_body(body.bytes)) outcome.body = std::move(body.bytes);
    co_return outcome;
}

net::Task<Outcome> Relay::take_whole(Upstream& upstream)
{
    Upstream::Piece body = co_await upstream.read_all(longest_answer);
    if (body.failure) co_return *std::move(body.failure);
    const BodyKind kind = body_kind(upstream.head().headers.find("content-type").value_or(""));
    CheckedBody checked = check_body(kind, body.bytes, facts_);
    if (checked.outcome.what == OutcomeClass::ok)
        answer_ = checked.rewritten.empty() ? std::move(body.bytes) : std::move(checked.rewritten);
    if (checked.outcome.error.message.empty()) co_return std::move(checked.outcome);
    checked.outcome.retry = retry_hint_of(upstream.head(), shared_.runtime.wall().now(), checked.outcome.error.message);
    co_return std::move(checked.outcome);
}

net::Task<Outcome> Relay::take_stream(Upstream& upstream)
{
    const BodyKind kind = body_kind(upstream.head().headers.find("content-type").value_or(""));
    if (kind != BodyKind::events && kind != BodyKind::unsaid) {
        Upstream::Piece body = co_await upstream.read_all(longest_error_body);
        co_return check_unstreamed(kind, body.bytes);
    }
    StreamGate gate(facts_);
    wire::SseReader reader;
    std::vector<wire::SseEvent> events;
    std::optional<Outcome> broken;
    std::string out;
    bool ended = false;
    while (!gate.over()) {
        Upstream::Piece piece = co_await upstream.read();
        if (piece.failure) {
            broken = std::move(piece.failure);
            break;
        }
        ended = piece.bytes.empty();
        if (ended) break;
        events.clear();
        if (!reader.feed(piece.bytes, events)) broken = event_too_large();
        if (broken) break;
        bool content = false;
        out.clear();
        for (const wire::SseEvent& event : events) {
            const bool carried = gate.see(event, now(), out);
            content = content || carried;
        }
        if (!out.empty()) {
            const bool taken = co_await deliver(out, upstream);
            if (!taken) co_return left_by_caller();
        }
        if (content) upstream.saw_content();
        if (gate.finished()) upstream.expect_end_within(end_marker_grace);
    }
    answer_.clear();
    Outcome outcome = gate.end(broken, answer_);
    const bool rest_is_coming = outcome.what == OutcomeClass::ok && !broken && !ended;
    if (rest_is_coming) shared_.leftovers.spawn(drain(shared_.runtime, upstream.take_exchange()));
    co_return outcome;
}

/// False if the caller did not take it.
net::Task<bool> Relay::deliver(std::string_view bytes, Upstream& upstream)
{
    upstream.pause([this] { exchange_.close(net::Close::reset); });
    net::Error error;
    if (!head_sent_) error = co_await start_stream();
    if (!error) error = co_await exchange_.send(bytes);
    upstream.resume();
    co_return !error;
}

net::Task<net::Error> Relay::start_stream()
{
    net::http::ResponseHead head;
    head.headers.add("content-type", "text/event-stream; charset=utf-8");
    head.headers.add("cache-control", "no-cache");
    add_served_by(head.headers);
    head_sent_ = true;
    const net::Error error = co_await exchange_.start(std::move(head));
    co_return error;
}

net::Task<void> Relay::end_stream(std::string_view last_bytes)
{
    net::Error error;
    if (!head_sent_) error = co_await start_stream();
    if (!error) error = co_await exchange_.send(last_bytes);
    if (!error) error = co_await exchange_.finish();
    if (error) exchange_.close(net::Close::reset);
}

net::Task<void> Relay::reply()
{
    net::Watchdog patience(shared_.runtime.clock(), [this] { exchange_.close(net::Close::reset); });
    patience.arm(std::max(machine_.deadline(), now() + last_words_grace));
    note(shared_.targets[target_].name, "reply", facts_.stream ? "stream" : "whole");
    if (facts_.stream) {
        co_await end_stream(answer_);
        co_return;
    }
    net::http::Response response;
    response.head.headers.add("content-type", "application/json");
    add_served_by(response.head.headers);
    response.body = std::move(answer_);
    const net::Error error = co_await exchange_.respond(std::move(response));
    if (error) exchange_.close(net::Close::reset);
}

net::Task<void> Relay::reply_error(SurfacedError error)
{
    net::Watchdog patience(shared_.runtime.clock(), [this] { exchange_.close(net::Close::reset); });
    patience.arm(now() + last_words_grace);
    note({}, "reply", fmt::format("{} {}", error.status, error.code));
    if (head_sent_) {
        const std::string event = wire::encode_sse(wire::openai_chat::write_error(as_wire(error, shared_.redactor)));
        co_await end_stream(event);
        co_return;
    }
    net::http::Response response = error_response(error, shared_.redactor);
    response.head.headers.add("x-chaos-attempts", std::to_string(machine_.attempts()));
    const net::Error failed = co_await exchange_.respond(std::move(response));
    if (failed) exchange_.close(net::Close::reset);
}

net::Task<void> Relay::wait_until(net::Instant at)
{
    const auto timer = shared_.runtime.clock().make_timer();
    timer->arm(at, [this] { awake_.notify_all(); });
    const Waiting place(shared_.waiting, awake_);
    co_await awake_.wait();
}

net::http::Request Relay::request_for(const Target& target, std::string_view nudge) const
{
    const net::http::Request& from = exchange_.request();
    net::http::Request request;
    request.head.method = "POST";
    request.head.target = target.base_path + "/chat/completions";
    request.head.headers.add("content-type", "application/json");
    request.head.headers.add("accept", facts_.stream ? "text/event-stream" : "application/json");
    if (!target.api_key.empty()) request.head.headers.add("authorization", "Bearer " + target.api_key);
    for (const std::string_view name : forwarded_headers) {
        if (const auto value = from.head.headers.find(name))
            request.head.headers.add(std::string(name), std::string(*value));
    }
    auto body = wire::openai_chat::replace_model(from.body, target.model);
    request.body = body ? *std::move(body.value) : from.body;
    if (nudge.empty()) return request;
    if (auto nudged = append_user_message(request.body, nudge)) request.body = *std::move(nudged);
    return request;
}

void Relay::add_served_by(net::http::Headers& headers) const
{
    headers.add("x-chaos-served-by", shared_.targets[target_].name);
    headers.add("x-chaos-attempts", std::to_string(machine_.attempts()));
    std::string reason = machine_.degraded_reason();
    if (!reason.empty()) headers.add("x-chaos-degraded", std::move(reason));
    if (!upstream_request_id_.empty()) headers.add("x-request-id", upstream_request_id_);
}

void Relay::note(std::string_view target, std::string_view kind, std::string_view text)
{
    shared_.observer.note(name_, target, kind, text);
}

void Relay::note_outcome(const Outcome& outcome)
{
    const std::string& target = shared_.targets[target_].name;
    const std::string took = net::to_string(std::chrono::floor<std::chrono::microseconds>(now() - attempt_began_));
    if (outcome.what == OutcomeClass::ok) {
        note(target, "outcome", "ok in " + took);
        return;
    }
    note(target, "outcome", shared_.redactor.clean(fmt::format("{} in {}: {}", in_words(outcome), took, outcome.why)));
}

void Relay::health_may_have_changed()
{
    for (net::Condition* condition : shared_.waiting) condition->notify_all();
}

void Relay::caller_left()
{
    caller_left_ = true;
    if (upstream_) upstream_->stop(left_by_caller());
    awake_.notify_all();
}

}  // namespace chaos::router
