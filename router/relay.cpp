// The shell around the failover machine: moves bytes, decides nothing.
#include "router/relay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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

bool is_the_last(const Step& step)
{
    return std::holds_alternative<step::Reply>(step) || std::holds_alternative<step::GiveUp>(step);
}

}  // namespace

Relay::Relay(Shared& shared, net::http::ServerExchange& exchange, const AskedFor& asked, RequestChain chain,
             RequestRecord& record, net::Chance chance, net::Instant now)
    : shared_(shared),
      exchange_(exchange),
      asked_(asked),
      facts_(asked.facts),
      record_(record),
      chance_(chance),
      machine_(shared.policy, facts_.model, std::move(chain), shared.memory, facts_, chance, now),
      decided_(now)
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
    if (!machine_.may_hedge()) return carry_out();
    return net::with_tasks([this](net::TaskGroup& group) {
        hedges_ = &group;
        return carry_out();
    });
}

net::Task<void> Relay::carry_out()
{
    next_ = machine_.start(decided_);
    while (!caller_left_) {
        if (is_the_last(next_)) {
            const net::Error error = co_await answer();
            if (error) exchange_.close(net::Close::reset);
            patience_.reset();
            break;
        }
        if (const auto* wait = std::get_if<step::Wait>(&next_)) {
            co_await wait_until(wait->until);
            next_ = machine_.on_wake(now());
        } else if (std::holds_alternative<step::Yield>(next_)) {
            co_await wait_for_hedge();
        } else {
            const std::shared_ptr<Attempt> mine = begin_next();
            std::unique_ptr<net::Timer> silence = listen_for_silence();
            co_await mine->run();
            silence.reset();
            next_ = take_in(*mine, mine->outcome());
        }
    }
}

/// What `next_` says, a Try or a Repair.
std::shared_ptr<Attempt> Relay::begin_next()
{
    Errand errand{machine_.link(), machine_.place()};
    errand.deadline = machine_.deadline();
    errand.goes_on = head_sent_;
    if (const auto* repair = std::get_if<step::Repair>(&next_)) {
        errand.key = repair->key;
        errand.last = repair->last;
        errand.repair = *repair;
    } else {
        const auto& once = std::get<step::Try>(next_);
        errand.key = once.key;
        errand.last = once.last;
        errand.fresh_connection = once.fresh_connection;
    }
    attempt_ = begin(std::move(errand), false);
    return attempt_;
}

std::shared_ptr<Attempt> Relay::begin(Errand errand, bool hedge)
{
    Outlet& way_back = *this;
    auto begun = std::make_shared<Attempt>(shared_, way_back, asked_, exchange_.request(), std::move(errand), told_);
    begin_record(*begun, hedge);
    if (under_way_++ == 0) busy_since_ = begun->record().began;
    return begun;
}

/// Null if silence leads to nothing.
std::unique_ptr<net::Timer> Relay::listen_for_silence()
{
    const auto due = hedges_ != nullptr && !head_sent_ ? machine_.hedge_due() : std::nullopt;
    if (!due) return nullptr;
    std::unique_ptr<net::Timer> silence = shared_.runtime.clock().make_timer();
    silence->arm(*due, [this] { begin_hedge(); });
    return silence;
}

void Relay::begin_hedge()
{
    if (caller_left_ || attempt_->spoke()) return;
    const auto once = machine_.hedge(now());
    if (!once) return;
    rival_ = begin({machine_.rival_link(), machine_.rival_place(), once->key, once->fresh_connection,
                    machine_.deadline(), once->last, false, std::nullopt},
                   true);
    hedges_->spawn(run_hedge(rival_));
}

/// Whatever follows from it that is not for this task is for carry_out(), which waits for it then.
net::Task<void> Relay::run_hedge(std::shared_ptr<Attempt> hedge)
{
    try {
        co_await hedge->run();
        Step step = take_in(*hedge, hedge->outcome());
        if (!std::holds_alternative<step::Yield>(step)) step_of_hedge_ = std::move(step);
    } catch (...) {
        problem_of_hedge_ = std::current_exception();
    }
    awake_.notify_all();
    if (problem_of_hedge_) std::rethrow_exception(problem_of_hedge_);
}

net::Task<void> Relay::wait_for_hedge()
{
    while (!step_of_hedge_ && !problem_of_hedge_) co_await awake_.wait();
    if (problem_of_hedge_) std::rethrow_exception(problem_of_hedge_);
    next_ = *std::exchange(step_of_hedge_, {});
}

void Relay::lead(const Attempt& winner)
{
    if (rival_ == nullptr) return;
    if (rival_.get() == &winner) {
        std::swap(attempt_, rival_);
        machine_.rival_leads();
    }
    rival_->stop(overtaken());
}

Step Relay::take_in(Attempt& of, const Outcome& outcome)
{
    const net::Instant at = now();
    decided_ = at;
    const Breaker::State before = shared_.memory.state(of.place(), at);
    Step step = step_after(of, outcome, at);
    const Breaker::State after = shared_.memory.state(of.place(), at);
    end_record(of, outcome, step, at);
    const AttemptRecord& record = of.record();
    // Of one that lost the race it is known that it would have taken longer.
    if (!is_failure(outcome.what))
        shared_.memory.observe_first_token(of.place(), record.first_content.value_or(record.took), at);
    if (after != before) shared_.observer.breaker_changed({record_.id, record.target, spelling(after), at});
    health_may_have_changed();
    return step;
}

Step Relay::step_after(Attempt& of, const Outcome& outcome, net::Instant at)
{
    if (rival_.get() == &of && outcome.what != OutcomeClass::ok) {
        rival_.reset();
        return machine_.on_rival_outcome(outcome, at);
    }
    if (outcome.what == OutcomeClass::ok) lead(of);
    if (head_sent_) told_ = of.told();
    const bool too_late = head_sent_ && outcome.what != OutcomeClass::ok;
    Step step = too_late ? after_break(outcome, at) : machine_.on_outcome(outcome, at);
    if (std::holds_alternative<step::Yield>(step)) attempt_ = std::move(rival_);
    return step;
}

/// Whatever becomes of a continuation, the caller is told what broke the answer in the first place.
Step Relay::after_break(const Outcome& outcome, net::Instant at)
{
    if (!original_break_) original_break_ = surface_broken_stream(attempt_->target().name, outcome);
    Step step = told_.may_continue ? machine_.on_cut(outcome, at) : Step(machine_.on_broken(outcome, at));
    if (auto* end = std::get_if<step::GiveUp>(&step)) end->error = *original_break_;
    return step;
}

net::Task<bool> Relay::deliver(Attempt& from, std::string_view bytes)
{
    if (from.stopped()) co_return false;
    lead(from);
    net::Error error;
    if (!head_sent_) error = co_await start_stream();
    if (!error) error = co_await exchange_.send(bytes);
    co_return !error;
}

net::Task<net::Error> Relay::start_stream()
{
    net::http::ResponseHead head;
    head.headers.add("content-type", "text/event-stream; charset=utf-8");
    head.headers.add("cache-control", "no-cache");
    add_served_by(head.headers);
    head_sent_ = true;
    // From here on no other provider is asked, unless to go on with a text. The answer may take minutes, and thousands
    // of long conversations may be under way.
    if (!may_have_to_continue(shared_.policy, facts_)) exchange_.forget_request();
    const net::Error error = co_await exchange_.start(std::move(head));
    co_return error;
}

net::Task<net::Error> Relay::end_stream(std::string last_bytes)
{
    net::Error error;
    if (!head_sent_) error = co_await start_stream();
    if (!error) error = co_await exchange_.send(last_bytes);
    if (!error) error = co_await exchange_.finish();
    co_return error;
}

void Relay::be_patient_until(net::Instant at)
{
    patience_.emplace(shared_.runtime.clock(), [this] { exchange_.close(net::Close::reset); });
    patience_->arm(at);
}

/// What `next_` says, a Reply or a GiveUp.
net::Task<net::Error> Relay::answer()
{
    const auto* end = std::get_if<step::GiveUp>(&next_);
    return end != nullptr ? reply_error(end->error) : reply();
}

net::Task<net::Error> Relay::reply()
{
    be_patient_until(std::max(machine_.deadline(), decided_ + last_words_grace));
    record_.served_by = attempt_->target().name;
    if (facts_.stream) return end_stream(attempt_->take_answer());
    net::http::Response response;
    response.head.headers.add("content-type", "application/json");
    add_served_by(response.head.headers);
    response.body = attempt_->take_answer();
    return exchange_.respond(std::move(response));
}

net::Task<net::Error> Relay::reply_error(const SurfacedError& error)
{
    be_patient_until(now() + last_words_grace);
    record_.error_code = error.code;
    record_.broken = head_sent_;
    if (head_sent_) {
        std::string event;
        told_.writer->fail(event, redacted(error, shared_.redactor));
        return end_stream(std::move(event));
    }
    net::http::Response response = asked_.door.error_response(error, shared_.redactor);
    response.head.headers.add("x-chaos-attempts", std::to_string(machine_.attempts()));
    return exchange_.respond(std::move(response));
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
    headers.add("x-chaos-served-by", attempt_->target().name);
    headers.add("x-chaos-attempts", std::to_string(machine_.attempts()));
    const std::string reason = machine_.degraded_reason();
    if (!reason.empty()) headers.add("x-chaos-degraded", reason);
    if (attempt_->link().tier != 1) headers.add("x-chaos-tier", std::to_string(attempt_->link().tier));
    const std::vector<std::string> dropped = attempt_->dropped();
    if (!dropped.empty()) headers.add("x-chaos-dropped", fmt::format("{}", fmt::join(dropped, ", ")));
    const std::string& its_id = attempt_->record().provider_request_id;
    if (!its_id.empty()) headers.add("x-chaos-provider-request-id", its_id);
}

/// Everything that is known before the provider has said anything.
void Relay::begin_record(Attempt& of, bool hedge)
{
    const Target& target = of.target();
    const Errand& errand = of.errand();
    AttemptRecord& record = of.record();
    record.request = record_.id;
    record.number = ++record_.attempts;
    record.target = target.name;
    record.dialect = target.dialect;
    record.model = target.model;
    record.fresh_connection = errand.fresh_connection;
    record.repair = errand.repair.has_value();
    record.hedge = hedge;
    record.trace = record_.trace;
    record.trace.span_id = span_of(chance_.about(static_cast<std::uint64_t>(record.number)));
    record.began = now();
    note_reason(record);
    shared_.observer.attempt_began(
        {record.request, record.number, record.target, record.fresh_connection, record.repair, hedge, record.began});
}

void Relay::note_reason(AttemptRecord& record) const
{
    if (!attempt_) {
        const std::string degraded = machine_.degraded_reason();
        record.because = degraded.empty() ? "the first of the chain" : "the first of the chain: " + degraded;
        return;
    }
    const AttemptRecord& last = attempt_->record();
    if (record.hedge) {
        record.because =
            fmt::format("hedge after {} of silence at {}", net::to_string(shared_.policy.hedge.after), last.target);
        return;
    }
    if (last.target != record.target) {
        record.after = last.target;
        record.after_what = last.what;
    }
    record.because = fmt::format("{} after attempt {}", spelling(last.decision.kind), last.number);
}

void Relay::end_record(Attempt& of, const Outcome& outcome, const Step& step, net::Instant at)
{
    AttemptRecord& record = of.record();
    record.took = at - record.began;
    record.what = outcome.what;
    record.timer = outcome.timer;
    if (outcome.status != 0) record.status = outcome.status;
    record.why = own_words(outcome);
    record.answer = of.take_account();
    for (std::string* word : {&record.answer.id, &record.answer.model, &record.answer.finish})
        shared_.redactor.clean_up(*word);
    record.decision = decision_of(step, outcome, of.link().target, shared_.targets, at);
    if (--under_way_ == 0) record_.upstream += at - busy_since_;
    record_.degraded = machine_.degraded_reason();
    if (outcome.what == OutcomeClass::ok) {
        record_.answer = record.answer;
        record_.dropped = of.dropped();
    }
    shared_.observer.attempt_ended({record, outcome.why});
}

void Relay::health_may_have_changed()
{
    for (net::Condition* condition : shared_.waiting) condition->notify_all();
}

void Relay::caller_left()
{
    caller_left_ = true;
    if (attempt_) attempt_->stop(left_by_caller());
    if (rival_) rival_->stop(left_by_caller());
    awake_.notify_all();
}

}  // namespace chaos::router
