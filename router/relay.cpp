// The shell around the failover machine: moves bytes, decides nothing.
#include "router/relay.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "router/classify.hpp"
#include "router/decision.hpp"

namespace chaos::router {
namespace {

constexpr net::Duration last_words_grace = std::chrono::seconds(5);  ///< for a caller to take in the end of an answer

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

}  // namespace

Relay::Relay(Shared& shared, net::http::ServerExchange& exchange, const AskedFor& asked, RequestChain chain,
             RequestRecord& record, net::Chance chance)
    : shared_(shared),
      exchange_(exchange),
      asked_(asked),
      facts_(asked.facts),
      record_(record),
      chance_(chance),
      machine_(shared.policy, facts_.model, std::move(chain), shared.memory, facts_, chance, now()),
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
            const step::Try again{with.target, with.key, false, with.last};
            outcome = co_await attempt(again, &with);
        } else {
            const step::Try once = std::get<step::Try>(step);
            outcome = co_await attempt(once, nullptr);
        }
        step = take_in(outcome);
    }
}

Step Relay::take_in(const Outcome& outcome)
{
    const Place place = machine_.place();
    const Breaker::State before = shared_.memory.standing(place, now()).state;
    const bool too_late = head_sent_ && outcome.what != OutcomeClass::ok;
    Step step = too_late ? after_break(outcome) : machine_.on_outcome(outcome, now());
    const Breaker::State after = shared_.memory.standing(place, now()).state;
    end_record(outcome, step);
    if (outcome.what == OutcomeClass::ok)
        shared_.memory.observe_first_token(place, attempt_.first_content.value_or(attempt_.took), now());
    if (after != before) {
        shared_.observer.breaker_changed({record_.id, shared_.targets[target_].name, spelling(after), now()});
    }
    health_may_have_changed();
    return step;
}

/// Whatever becomes of a continuation, the caller is told what broke the answer in the first place.
Step Relay::after_break(const Outcome& outcome)
{
    if (!original_break_) original_break_ = surface_broken_stream(shared_.targets[target_].name, outcome);
    Step step = may_continue_ ? machine_.on_cut(outcome, now()) : Step(machine_.on_broken(outcome, now()));
    if (auto* end = std::get_if<step::GiveUp>(&step)) end->error = *original_break_;
    return step;
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
    record_.served_by = shared_.targets[target_].name;
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
    record_.error_code = error.code;
    record_.broken = head_sent_;
    if (head_sent_) {
        std::string event;
        writer_->fail(event, redacted(error, shared_.redactor));
        co_await end_stream(event);
        co_return;
    }
    net::http::Response response = asked_.door.error_response(error, shared_.redactor);
    response.head.headers.add("x-chaos-attempts", std::to_string(machine_.attempts()));
    const net::Error failed = co_await exchange_.respond(std::move(response));
    if (failed) exchange_.close(net::Close::reset);
}

net::Task<void> Relay::wait_until(net::Instant at)
{
    const net::Instant since = now();
    const auto timer = shared_.runtime.clock().make_timer();
    timer->arm(at, [this] { awake_.notify_all(); });
    const Waiting place(shared_.waiting, awake_);
    co_await awake_.wait();
    record_.waited += now() - since;
}

void Relay::add_served_by(net::http::Headers& headers) const
{
    headers.add("x-chaos-served-by", shared_.targets[target_].name);
    headers.add("x-chaos-attempts", std::to_string(machine_.attempts()));
    std::string reason = machine_.degraded_reason();
    if (!reason.empty()) headers.add("x-chaos-degraded", std::move(reason));
    if (machine_.link().tier != 1) headers.add("x-chaos-tier", std::to_string(machine_.link().tier));
    const std::string dropped = wording_.outward ? fmt::format("{}", fmt::join(wording_.outward->dropped, ", ")) : "";
    if (!dropped.empty()) headers.add("x-chaos-dropped", dropped);
    if (!attempt_.provider_request_id.empty()) headers.add("x-chaos-provider-request-id", attempt_.provider_request_id);
}

/// Everything that is known before the provider has said anything.
void Relay::begin_record(const Target& target, bool fresh_connection, bool repair)
{
    AttemptRecord record;
    record.request = record_.id;
    record.number = ++record_.attempts;
    record.target = target.name;
    record.dialect = target.dialect;
    record.model = target.model;
    record.fresh_connection = fresh_connection;
    record.repair = repair;
    record.trace = record_.trace;
    record.trace.span_id = child_of(record_.trace, chance_.about(static_cast<std::uint64_t>(record.number))).span_id;
    record.began = now();
    const bool switched = !attempt_.target.empty() && attempt_.target != target.name;
    if (switched) {
        record.after = attempt_.target;
        record.after_what = attempt_.what;
    }
    const std::string degraded = machine_.degraded_reason();
    record.because = record.number > 1
                         ? fmt::format("{} after attempt {}", spelling(attempt_.decision.kind), record.number - 1)
                     : degraded.empty() ? "the first of the chain"
                                        : "the first of the chain: " + degraded;
    attempt_ = std::move(record);
    shared_.observer.attempt_began(
        {attempt_.request, attempt_.number, attempt_.target, fresh_connection, repair, attempt_.began});
}

void Relay::end_record(const Outcome& outcome, const Step& step)
{
    attempt_.took = now() - attempt_.began;
    attempt_.what = outcome.what;
    attempt_.timer = outcome.timer;
    if (outcome.status != 0) attempt_.status = outcome.status;
    attempt_.why = own_words(outcome);
    attempt_.words = outcome.why;
    attempt_.answer = outcome.answer;
    for (std::string* word : {&attempt_.answer.id, &attempt_.answer.model, &attempt_.answer.finish})
        *word = shared_.redactor.clean(*word);
    attempt_.decision = decision_of(step, outcome, target_, shared_.targets, now());
    record_.upstream += attempt_.took;
    record_.degraded = machine_.degraded_reason();
    if (outcome.what == OutcomeClass::ok) {
        record_.answer = attempt_.answer;
        record_.dropped = wording_.outward ? wording_.outward->dropped : std::vector<std::string>{};
    }
    shared_.observer.attempt_ended(attempt_);
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
