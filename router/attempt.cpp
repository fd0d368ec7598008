// From the request to what came of it.
#include "router/attempt.hpp"

#include <algorithm>

#include "net/json.hpp"
#include "router/check_answer.hpp"
#include "router/classify.hpp"
#include "router/field_values.hpp"
#include "router/retry_after.hpp"

namespace chaos::router {
namespace {

constexpr std::size_t longest_error_body = 64 * 1024;
constexpr std::size_t longest_answer = 32 * 1024 * 1024;
/// A caller that has the beginning of an answer is not left without a sign of life for longer, while the provider
/// speaks.
constexpr net::Duration longest_hush = std::chrono::seconds(15);
constexpr net::Duration end_marker_grace = std::chrono::seconds(1);  ///< after a finish reason, for [DONE] or the end

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
        redactor.clean_up(*text);
    }
}

AttemptTimers timers_of(const Errand& errand)
{
    AttemptTimers timers;
    timers.timeouts = errand.link.timeouts;
    timers.deadline = errand.deadline;
    timers.last = errand.last;
    return timers;
}

WordingInput wording_input(const Shared& shared, const AskedFor& asked, const net::http::Request& original,
                           const Errand& errand, const Told& told)
{
    WordingInput input{asked, original, shared.policy, shared.targets[errand.link.target], errand.link};
    if (errand.repair) input.repair = &*errand.repair;
    if (errand.goes_on) input.continues = &told.text;
    return input;
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

Attempt::Attempt(Shared& shared, Outlet& outlet, const AskedFor& asked, const net::http::Request& original,
                 Errand errand, Told told)
    : shared_(shared),
      outlet_(outlet),
      asked_(asked),
      facts_(asked.facts),
      errand_(std::move(errand)),
      told_(std::move(told)),
      input_(wording_input(shared, asked, original, errand_, told_)),
      wording_(input_, shared.runtime.wall())
{
    upstream_.emplace(shared.runtime, shared.client, timers_of(errand_));
}

net::Task<void> Attempt::run()
{
    net::Rare<Outcome> no_head = co_await open();
    if (no_head) {
        outcome_ = std::move(no_head);
    } else {
        const net::Instant head_came = now();
        const BodyKind kind = note_head(head_came);
        if (facts_.stream && succeeded() && wording_.api().is_stream(kind)) {
            co_await take_stream();
        } else {
            const bool for_the_caller = succeeded() && !facts_.stream;
            Upstream::Piece body =
                co_await upstream_->read_all(for_the_caller ? longest_answer : longest_error_body, head_came);
            take_body(kind, std::move(body));
        }
    }
    upstream_.reset();
    if (stopped_) {
        AnswerFacts account = std::move(outcome_->answer);
        outcome_ = *stopped_;
        outcome_->answer = std::move(account);
    }
    redact(*outcome_, shared_.redactor);
}

void Attempt::stop(Outcome why)
{
    if (stopped_) return;
    stopped_ = std::move(why);
    if (upstream_) upstream_->stop(*stopped_);
}

/// Nothing, once there is a head.
net::Task<net::Rare<Outcome>> Attempt::open()
{
    return upstream_->open(target().endpoint, wording_.request(input_, errand_.key, record_.trace),
                           errand_.fresh_connection, record_.began);
}

BodyKind Attempt::note_head(net::Instant now)
{
    const net::http::ResponseHead& head = upstream_->head();
    const auto [type, x_request_id, request_id] =
        field_values(head.headers, {"content-type", "x-request-id", "request-id"});
    record_.status = head.status;
    record_.provider_request_id = x_request_id ? *x_request_id : request_id.value_or("");
    shared_.redactor.clean_up(record_.provider_request_id);
    if (!facts_.stream) record_.first_content = now - record_.began;
    return body_kind(type.value_or(""));
}

void Attempt::take_body(BodyKind kind, Upstream::Piece body)
{
    if (!succeeded()) return take_error(std::move(body));
    if (!facts_.stream) return take_whole(kind, std::move(body));
    outcome_ =
        check_unstreamed(kind, body.bytes, wording_.api().read_answer(body.bytes, wording_.turn(), shared_.answers));
}

void Attempt::take_error(Upstream::Piece body)
{
    const int status = record_.status;
    const Api::ErrorBody read = wording_.api().read_error(status, body.bytes);
    outcome_ = classify_error_body(status, body.bytes, read.error);
    add_retry_hint(*outcome_);
    if (read.retry_after)
        outcome_->retry.after =
            std::max(outcome_->retry.after.value_or(net::Duration{}), std::min(*read.retry_after, longest_retry_after));
    outcome_->sealed_reasoning = !wording_.translated() && names_sealed_reasoning(*outcome_) &&
                                 asked_.door.without_sealed_reasoning(input_.original.body).has_value();
    const bool in_the_callers_words = wording_.api().protocol() == asked_.door.protocol();
    if (in_the_callers_words && is_error_body(body.bytes)) outcome_->body = std::move(body.bytes);
}

void Attempt::take_whole(BodyKind kind, Upstream::Piece body)
{
    if (body.failure) {
        outcome_ = std::move(body.failure);
        return;
    }
    if (asked_.embeddings) {
        outcome_ = check_embeddings(kind, body.bytes);
        add_retry_hint(*outcome_);
        answer_ = std::move(body.bytes);
        return;
    }
    WholeAnswer read = wording_.api().read_answer(body.bytes, wording_.turn(), shared_.answers);
    outcome_ = check_whole(kind, body.bytes, read, facts_);
    add_retry_hint(*outcome_);
    if (wording_.inward() != nullptr) {
        answer_ = asked_.door.write_answer(wording_.inward()->answer(std::move(read.answer)));
    } else {
        answer_ = read.must_rewrite ? asked_.door.write_answer(read.answer) : std::move(body.bytes);
    }
}

net::Task<void> Attempt::take_stream()
{
    if (!errand_.goes_on)
        told_.writer = asked_.door.stream_writer(identity_of_answer(input_, shared_.runtime.wall().now()));
    const bool count_for_us = shared_.policy.count_usage && !facts_.wants_usage;
    TextJoint joint(told_.text);
    Passage passage{*told_.writer, wording_.inward(), shared_.policy.hold_turns, errand_.goes_on ? &joint : nullptr,
                    count_for_us};
    StreamGate gate(facts_, passage);
    StreamEnd end;
    co_await pass_through(gate, end);
    outcome_ = judge_stream(gate, end);
}

Outcome Attempt::judge_stream(StreamGate& gate, const StreamEnd& end)
{
    if (end.refused) {
        Outcome left = left_by_caller();
        left.answer = gate.account();
        return left;
    }
    answer_.clear();
    Outcome outcome = gate.end(end.broken, answer_);
    note_for_continuation(gate);
    add_retry_hint(outcome);
    const bool rest_is_coming = outcome.what == OutcomeClass::ok && !end.broken && !end.whole_body;
    if (rest_is_coming)
        shared_.leftovers.spawn(drain(shared_.runtime, shared_.lifetime.lock(), upstream_->take_exchange()));
    return outcome;
}

/// Only words can be gone on with: no call that was begun, no refusal, no end.
void Attempt::note_for_continuation(const StreamGate& gate)
{
    const wire::ChatAnswer& answer = gate.so_far();
    told_.text += gate.told();
    told_.may_continue = shared_.policy.continue_text && wording_.inward() != nullptr && asked_.request &&
                         !told_.text.empty() && answer.tool_calls.empty() && answer.refusal.empty() && !gate.finished();
}

net::Task<void> Attempt::pass_through(StreamGate& gate, StreamEnd& end)
{
    const std::unique_ptr<StreamReader> reader = wording_.api().stream_reader(wording_.turn());
    while (!gate.over()) {
        Upstream::Piece piece = co_await upstream_->read();
        const std::string out = take_in(std::move(piece), *reader, gate, end);
        if (end.broken) break;
        if (!out.empty()) {
            const bool taken = co_await deliver(out);
            end.refused = !taken;
        }
        if (end.refused || end.whole_body) break;
        if (gate.finished()) upstream_->expect_end_within(end_marker_grace);
    }
}

/// What may go to the caller now that this piece has come.
std::string Attempt::take_in(Upstream::Piece piece, StreamReader& reader, StreamGate& gate, StreamEnd& end)
{
    std::string out;
    std::vector<StreamUnit> units;
    end.broken = std::move(piece.failure);
    end.whole_body = !end.broken && piece.bytes.empty();
    if (end.whole_body) reader.end(units);
    if (!reader.feed(piece.bytes, units)) end.broken = event_too_large();
    if (end.broken) return out;
    bool content = false;
    const net::Instant came = now();
    for (StreamUnit& unit : units) {
        const bool carried = gate.see(std::move(unit), came, out);
        content = content || carried;
    }
    if (content && !record_.first_content) record_.first_content = came - record_.began;
    if (content) upstream_->saw_content(came);
    if (out.empty() && hushed()) told_.writer->ping(out);
    return out;
}

/// Never before the first words: until then somebody else may answer, with another status.
bool Attempt::hushed() const
{
    const std::optional<net::Instant> since = errand_.goes_on && !last_words_ ? record_.began : last_words_;
    return since && now() - *since >= longest_hush;
}

void Attempt::add_retry_hint(Outcome& outcome) const
{
    if (outcome.what == OutcomeClass::ok) return;
    const auto [retry_after_ms, retry_after, should_retry, date] =
        field_values(upstream_->head().headers, {"retry-after-ms", "retry-after", "x-should-retry", "date"});
    const RetryHeaders headers{retry_after_ms, retry_after, should_retry, date};
    outcome.retry = read_retry_hint(headers, shared_.runtime.wall().now(), outcome.error.message);
}

/// False if the caller did not take it.
net::Task<bool> Attempt::deliver(std::string_view bytes)
{
    upstream_->pause([this] { outlet_.hang_up(); });
    const bool taken = co_await outlet_.deliver(*this, bytes);
    upstream_->resume();
    last_words_ = now();
    co_return taken;
}

}  // namespace chaos::router
