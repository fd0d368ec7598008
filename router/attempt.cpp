// The relay's face to the provider: one attempt, from the request to what came of it.
#include <algorithm>

#include "net/json.hpp"
#include "router/check_answer.hpp"
#include "router/classify.hpp"
#include "router/relay.hpp"
#include "router/retry_after.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::router {
namespace {

constexpr std::size_t longest_error_body = 64 * 1024;
constexpr std::size_t longest_answer = 32 * 1024 * 1024;
constexpr net::Duration end_marker_grace = std::chrono::seconds(1);  ///< after a finish reason, for [DONE] or the end

/// Of a caller's request headers these may go on; everything else stays here: keys, organisations, cookies, hop-by-hop.
constexpr std::string_view forwarded_headers[] = {"user-agent", "openai-beta"};

bool is_error_body(std::string_view body)
{
    return body.find('{') != std::string_view::npos && net::json_problem(body).empty();
}

/// Takes in what little is left of a body, so that its connection can be used again; not for long.
net::Task<void> drain(net::Runtime& runtime, std::shared_ptr<const void> lifetime,
                      std::unique_ptr<net::http::ClientExchange> exchange)
{
    const auto until_the_end = std::move(lifetime);  // the exchange's client lives as long
    const auto mine = std::move(exchange);
    net::Watchdog watchdog(runtime.clock(), [&] { mine->abort(); });
    watchdog.arm(runtime.clock().now() + end_marker_grace);
    while (true) {
        const auto piece = co_await mine->read_body();
        if (!piece || piece->empty()) break;
    }
}

/// Before anything is made of a provider's words: whatever is cut from them later holds no half of a secret.
void redact(Outcome& outcome, const Redactor& redactor)
{
    for (std::string* text :
         {&outcome.why, &outcome.body, &outcome.error.type, &outcome.error.code, &outcome.error.message}) {
        if (!text->empty()) *text = redactor.clean(*text);
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

}  // namespace

net::Task<Outcome> Relay::attempt(step::Try once, std::string_view nudge)
{
    target_ = once.target;
    key_ = once.key;
    AttemptTimers timers;
    timers.timeouts = machine_.link().timeouts;
    timers.deadline = machine_.deadline();
    timers.last = once.last;
    Upstream upstream(shared_.runtime, shared_.client, timers);
    upstream_ = &upstream;
    begin_record(shared_.targets[target_], once.fresh_connection, !nudge.empty());
    Outcome outcome = co_await exchange_with(upstream, once.fresh_connection, nudge);
    upstream_ = nullptr;
    if (caller_left_) outcome = left_by_caller();
    redact(outcome, shared_.redactor);
    co_return outcome;
}

net::Task<Outcome> Relay::exchange_with(Upstream& upstream, bool fresh_connection, std::string_view nudge)
{
    const Target& target = shared_.targets[target_];
    net::http::Request request = request_for(target, key_, nudge);
    std::optional<Outcome> no_head = co_await upstream.open(target.endpoint, std::move(request), fresh_connection);
    if (no_head) co_return *std::move(no_head);
    const net::http::ResponseHead& head = upstream.head();
    attempt_.status = head.status;
    attempt_.provider_request_id = shared_.redactor.clean(head.headers.find("x-request-id").value_or(""));
    if (!facts_.stream) attempt_.first_content = now() - attempt_.began;
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
    add_retry_hint(outcome, upstream.head());
    if (is_error_body(body.bytes)) outcome.body = std::move(body.bytes);
    co_return outcome;
}

net::Task<Outcome> Relay::take_whole(Upstream& upstream)
{
    Upstream::Piece body = co_await upstream.read_all(longest_answer);
    if (body.failure) co_return *std::move(body.failure);
    const BodyKind kind = body_kind(upstream.head().headers.find("content-type").value_or(""));
    CheckedBody checked = check_body(kind, body.bytes, facts_);
    answer_ = checked.rewritten.empty() ? std::move(body.bytes) : std::move(checked.rewritten);
    add_retry_hint(checked.outcome, upstream.head());
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
    const StreamEnd end = co_await pass_through(gate, upstream);
    if (end.refused) co_return left_by_caller();
    answer_.clear();
    Outcome outcome = gate.end(end.broken, answer_);
    add_retry_hint(outcome, upstream.head());
    const bool rest_is_coming = outcome.what == OutcomeClass::ok && !end.broken && !end.whole_body;
    if (rest_is_coming)
        shared_.leftovers.spawn(drain(shared_.runtime, shared_.lifetime.lock(), upstream.take_exchange()));
    co_return outcome;
}

net::Task<Relay::StreamEnd> Relay::pass_through(StreamGate& gate, Upstream& upstream)
{
    StreamEnd end;
    wire::SseReader reader;
    std::vector<wire::SseEvent> events;
    std::string out;
    while (!gate.over()) {
        Upstream::Piece piece = co_await upstream.read();
        end.broken = std::move(piece.failure);
        end.whole_body = !end.broken && piece.bytes.empty();
        events.clear();
        if (!reader.feed(piece.bytes, events)) end.broken = event_too_large();
        if (end.broken || end.whole_body) break;
        out.clear();
        bool content = false;
        for (const wire::SseEvent& event : events) {
            const bool carried = gate.see(event, now(), out);
            content = content || carried;
        }
        if (content && !attempt_.first_content) attempt_.first_content = now() - attempt_.began;
        if (content) upstream.saw_content();
        if (!out.empty()) {
            const bool taken = co_await deliver(out, upstream);
            end.refused = !taken;
        }
        if (end.refused) break;
        if (gate.finished()) upstream.expect_end_within(end_marker_grace);
    }
    co_return end;
}

void Relay::add_retry_hint(Outcome& outcome, const net::http::ResponseHead& head) const
{
    if (outcome.what == OutcomeClass::ok) return;
    RetryHeaders headers;
    headers.retry_after_ms = head.headers.find("retry-after-ms");
    headers.retry_after = head.headers.find("retry-after");
    headers.should_retry = head.headers.find("x-should-retry");
    headers.date = head.headers.find("date");
    outcome.retry = read_retry_hint(headers, shared_.runtime.wall().now(), outcome.error.message);
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

net::http::Request Relay::request_for(const Target& target, std::size_t key, std::string_view nudge) const
{
    const net::http::Request& from = exchange_.request();
    net::http::Request request;
    request.head.method = "POST";
    request.head.target = target.base_path + "/chat/completions";
    request.head.headers.add("content-type", "application/json");
    request.head.headers.add("accept", facts_.stream ? "text/event-stream" : "application/json");
    if (key < target.api_keys.size()) request.head.headers.add("authorization", "Bearer " + target.api_keys[key]);
    for (const std::string_view name : forwarded_headers) {
        const auto value = from.head.headers.find(name);
        if (value) request.head.headers.add(std::string(name), std::string(*value));
    }
    request.head.headers.add("traceparent", attempt_.trace.traceparent());
    if (!attempt_.trace.state.empty()) request.head.headers.add("tracestate", attempt_.trace.state);
    auto body = wire::openai_chat::replace_model(from.body, target.model);
    request.body = body ? *std::move(body.value) : from.body;
    if (nudge.empty()) return request;
    if (auto nudged = append_user_message(request.body, nudge)) request.body = *std::move(nudged);
    return request;
}

}  // namespace chaos::router
