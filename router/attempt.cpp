// The relay's face to the provider: one attempt, from the request to what came of it.
#include <algorithm>

#include "net/json.hpp"
#include "router/check_answer.hpp"
#include "router/classify.hpp"
#include "router/relay.hpp"
#include "router/ids.hpp"
#include "router/retry_after.hpp"

namespace chaos::router {
namespace {

constexpr std::size_t longest_error_body = 64 * 1024;
constexpr std::size_t longest_answer = 32 * 1024 * 1024;
constexpr net::Duration end_marker_grace = std::chrono::seconds(1);  ///< after a finish reason, for [DONE] or the end

/// Of a caller's request headers these may go on; everything else stays here: keys, organisations, cookies, hop-by-hop.
constexpr std::string_view forwarded_headers[] = {"user-agent"};
/// And these to a provider that speaks the caller's protocol.
constexpr std::string_view headers_of_the_protocol[] = {"openai-beta", "anthropic-beta", "anthropic-version"};

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

std::string embeddings_target(const std::string& base_path)
{
    return (base_path.empty() ? "/v1" : base_path) + "/embeddings";
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

net::Task<Outcome> Relay::attempt(step::Try once, const step::Repair* repair)
{
    target_ = once.target;
    key_ = once.key;
    AttemptTimers timers;
    timers.timeouts = machine_.link().timeouts;
    timers.deadline = machine_.deadline();
    timers.last = once.last;
    Upstream upstream(shared_.runtime, shared_.client, timers);
    upstream_ = &upstream;
    begin_record(shared_.targets[target_], once.fresh_connection, repair != nullptr);
    word(shared_.targets[target_], repair);
    Outcome outcome = co_await exchange_with(upstream, once.fresh_connection);
    upstream_ = nullptr;
    if (caller_left_) {
        AnswerFacts account = std::move(outcome.answer);
        outcome = left_by_caller();
        outcome.answer = std::move(account);
    }
    redact(outcome, shared_.redactor);
    co_return outcome;
}

net::Task<Outcome> Relay::exchange_with(Upstream& upstream, bool fresh_connection)
{
    const Target& target = shared_.targets[target_];
    net::http::Request request = request_for(target, key_);
    std::optional<Outcome> no_head = co_await upstream.open(target.endpoint, std::move(request), fresh_connection);
    if (no_head) co_return *std::move(no_head);
    const net::http::ResponseHead& head = upstream.head();
    attempt_.status = head.status;
    attempt_.provider_request_id = shared_.redactor.clean(
        head.headers.find("x-request-id").value_or(head.headers.find("request-id").value_or("")));
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
    const Api::ErrorBody read = wording_.api->read_error(status, body.bytes);
    Outcome outcome = classify_error_body(status, body.bytes, read.error);
    add_retry_hint(outcome, upstream.head());
    if (read.retry_after)
        outcome.retry.after = std::max(outcome.retry.after.value_or(net::Duration{}),
                                       std::min(*read.retry_after, longest_retry_after));
    outcome.sealed_reasoning = !wording_.translated && names_sealed_reasoning(outcome) &&
                               asked_.door.without_sealed_reasoning(exchange_.request().body).has_value();
    const bool in_the_callers_words = wording_.api->protocol() == asked_.door.protocol();
    if (in_the_callers_words && is_error_body(body.bytes)) outcome.body = std::move(body.bytes);
    co_return outcome;
}

net::Task<Outcome> Relay::take_whole(Upstream& upstream)
{
    Upstream::Piece body = co_await upstream.read_all(longest_answer);
    if (body.failure) co_return *std::move(body.failure);
    const BodyKind kind = body_kind(upstream.head().headers.find("content-type").value_or(""));
    if (asked_.embeddings) {
        Outcome vectors = check_embeddings(kind, body.bytes);
        add_retry_hint(vectors, upstream.head());
        answer_ = std::move(body.bytes);
        co_return vectors;
    }
    WholeAnswer read = wording_.api->read_answer(body.bytes, wording_.turn);
    Outcome outcome = check_whole(kind, body.bytes, read, facts_);
    add_retry_hint(outcome, upstream.head());
    if (wording_.inward) {
        answer_ = asked_.door.write_answer(wording_.inward->answer(std::move(read.answer)));
    } else {
        answer_ = read.must_rewrite ? asked_.door.write_answer(read.answer) : std::move(body.bytes);
    }
    co_return outcome;
}

net::Task<Outcome> Relay::take_stream(Upstream& upstream)
{
    const BodyKind kind = body_kind(upstream.head().headers.find("content-type").value_or(""));
    if (!wording_.api->is_stream(kind)) {
        Upstream::Piece body = co_await upstream.read_all(longest_error_body);
        co_return check_unstreamed(kind, body.bytes, wording_.api->read_answer(body.bytes, wording_.turn));
    }
    if (!head_sent_) writer_ = asked_.door.stream_writer(identity());
    const bool count_for_us = shared_.policy.count_usage && !facts_.wants_usage;
    TextJoint joint(said_);
    Passage passage{*writer_, wording_.inward.get(), shared_.policy.hold_turns, head_sent_ ? &joint : nullptr,
                    count_for_us};
    StreamGate gate(facts_, passage);
    const StreamEnd end = co_await pass_through(gate, upstream);
    if (end.refused) {
        Outcome left = left_by_caller();
        left.answer = gate.account();
        co_return left;
    }
    answer_.clear();
    Outcome outcome = gate.end(end.broken, answer_);
    note_for_continuation(gate);
    add_retry_hint(outcome, upstream.head());
    const bool rest_is_coming = outcome.what == OutcomeClass::ok && !end.broken && !end.whole_body;
    if (rest_is_coming)
        shared_.leftovers.spawn(drain(shared_.runtime, shared_.lifetime.lock(), upstream.take_exchange()));
    co_return outcome;
}

/// Only words can be gone on with: no call that was begun, no refusal, no end.
void Relay::note_for_continuation(const StreamGate& gate)
{
    const wire::ChatAnswer& answer = gate.so_far();
    said_ += gate.told();
    may_continue_ = shared_.policy.continue_text && wording_.inward != nullptr && asked_.request && !said_.empty() &&
                    answer.tool_calls.empty() && answer.refusal.empty() && !gate.finished();
}

net::Task<Relay::StreamEnd> Relay::pass_through(StreamGate& gate, Upstream& upstream)
{
    StreamEnd end;
    const std::unique_ptr<StreamReader> reader = wording_.api->stream_reader(wording_.turn);
    std::vector<StreamUnit> units;
    std::string out;
    while (!gate.over()) {
        Upstream::Piece piece = co_await upstream.read();
        end.broken = std::move(piece.failure);
        end.whole_body = !end.broken && piece.bytes.empty();
        units.clear();
        if (end.whole_body) reader->end(units);
        if (!reader->feed(piece.bytes, units)) end.broken = event_too_large();
        if (end.broken) break;
        out.clear();
        bool content = false;
        for (StreamUnit& unit : units) {
            const bool carried = gate.see(std::move(unit), now(), out);
            content = content || carried;
        }
        if (content && !attempt_.first_content) attempt_.first_content = now() - attempt_.began;
        if (content) upstream.saw_content();
        if (!out.empty()) {
            const bool taken = co_await deliver(out, upstream);
            end.refused = !taken;
        }
        if (end.refused || end.whole_body) break;
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

/// Of an answer, before anybody has said anything.
AnswerIdentity Relay::identity() const
{
    AnswerIdentity identity;
    identity.id = made_id(asked_.door.answer_prefix(), exchange_.request().body, 0);
    identity.model = shared_.targets[target_].model;
    const auto now_there = std::chrono::floor<std::chrono::seconds>(shared_.runtime.wall().now());
    identity.created = now_there.time_since_epoch().count();
    identity.prompt_tokens = facts_.estimated_tokens;
    identity.include_usage = facts_.wants_usage;
    return identity;
}

/// From the caller's own bytes each time: spliced for a provider that speaks the same protocol, else translated afresh.
void Relay::word(const Target& target, const step::Repair* repair)
{
    const std::string& original = exchange_.request().body;
    wording_ = Wording{};
    wording_.api = &api_of(protocol_of(target.dialect).value_or(Protocol::openai_chat));
    const bool continues = head_sent_;
    const bool other_words = wording_.api->protocol() != asked_.door.protocol();
    wording_.translated = (other_words || continues) && asked_.request;
    const std::string_view nudge = repair != nullptr ? repair->nudge : std::string_view();
    if (wording_.translated) {
        wire::ChatRequest request = *asked_.request;
        wording_.turn = next_turn(request);
        const std::string more = continues ? continuation_request(said_) : std::string(nudge);
        if (continues) request.messages.push_back(wire::message(wire::Role::assistant, said_));
        const Link& link = machine_.link();
        const Recipient to{target.model, target.lacks, link.parameters, link.max_output, link.context_window};
        wording_.outward = translate(std::move(request), *wording_.api, to, more);
        body_ = std::move(wording_.outward->body);
        wording_.ids = std::move(wording_.outward->ids);
    }
    const bool may_have_to_continue = shared_.policy.continue_text && facts_.stream && asked_.request;
    if (wording_.translated || may_have_to_continue) {
        if (!wording_.ids) wording_.ids.emplace(asked_.door.id_rule());
        const bool one_call_only = wording_.outward && wording_.outward->one_call_only;
        Inward::Setting setting{identity(), original, ids_in(*asked_.request), one_call_only};
        wording_.inward = std::make_unique<Inward>(asked_.door, *wording_.ids, std::move(setting));
    }
    if (wording_.translated) return;
    body_ = asked_.door.spliced(original, target.model, machine_.link().parameters,
                                facts_.stream && shared_.policy.count_usage);
    if (repair != nullptr && repair->strip_reasoning) {
        if (auto stripped = asked_.door.without_sealed_reasoning(body_)) body_ = *std::move(stripped);
    }
    if (nudge.empty()) return;
    if (auto nudged = asked_.door.append_user_message(body_, nudge)) body_ = *std::move(nudged);
}

net::http::Request Relay::request_for(const Target& target, std::size_t key) const
{
    const net::http::Request& from = exchange_.request();
    net::http::Request request;
    request.head.method = "POST";
    request.head.target = asked_.embeddings ? embeddings_target(target.base_path)
                                            : wording_.api->target(target.base_path, target.model, facts_.stream);
    request.head.headers.add("content-type", "application/json");
    request.head.headers.add("accept", facts_.stream ? "text/event-stream" : "application/json");
    wording_.api->add_headers(request.head.headers, key < target.api_keys.size() ? target.api_keys[key] : "");
    for (const std::string_view name : forwarded_headers) {
        const auto value = from.head.headers.find(name);
        if (value) request.head.headers.add(std::string(name), std::string(*value));
    }
    for (const std::string_view name : headers_of_the_protocol) {
        const auto value = wording_.translated ? std::nullopt : from.head.headers.find(name);
        if (value) request.head.headers.set(std::string(name), std::string(*value));
    }
    request.head.headers.add("traceparent", attempt_.trace.traceparent());
    if (!attempt_.trace.state.empty()) request.head.headers.add("tracestate", attempt_.trace.state);
    request.body = body_;
    return request;
}

/// Vectors of two models have nothing to do with each other: only whoever has the first one's may stand in for it.
static void fit_embeddings(std::vector<Link>& chain, const std::vector<Target>& targets)
{
    const Target& first = targets[chain.front().target];
    for (Link& link : chain) {
        const Target& target = targets[link.target];
        const bool speaks_it = protocol_of(target.dialect) == Protocol::openai_chat;
        if (!speaks_it) link.lacks = "embeddings";
        if (target.model != first.model) link.lacks = "the same model: vectors of another cannot be compared";
    }
}

void fit_chain(std::vector<Link>& chain, const std::vector<Target>& targets, const Policy& policy, AskedFor& asked,
               std::string_view body)
{
    if (asked.embeddings) {
        fit_embeddings(chain, targets);
        return;
    }
    const Protocol from = asked.door.protocol();
    const auto protocol_at = [&](const Link& link) {
        return protocol_of(targets[link.target].dialect).value_or(Protocol::openai_chat);
    };
    const auto needs_reading = [&](const Link& link) {
        return protocol_at(link) != from || !targets[link.target].lacks.empty();
    };
    const bool may_have_to_continue = policy.continue_text && asked.facts.stream;
    if (!may_have_to_continue && std::none_of(chain.begin(), chain.end(), needs_reading)) return;
    auto read = asked.door.read(body);
    for (Link& link : chain) {
        if (!needs_reading(link)) continue;
        if (!read) {
            if (protocol_at(link) != from) link.lacks = "words for it: " + read.problem;
            continue;
        }
        const std::vector<std::string>& lacks = targets[link.target].lacks;
        link.lacks = protocol_at(link) == from ? missing(*read.value, lacks)
                                               : gap_between(*read.value, protocol_at(link), lacks).hard;
    }
    asked.request = std::move(read.value);
}

}  // namespace chaos::router
