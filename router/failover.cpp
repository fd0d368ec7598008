// The rules of failover, one per function.
#include "router/failover.hpp"

#include <algorithm>
#include <utility>

#include "router/classify.hpp"
#include "router/memory/lessons.hpp"

namespace chaos::router {

using enum OutcomeClass;

const std::string_view empty_turn_nudge =
    "Your last reply was empty. Go on with the task: call the next tool, or give the final answer.";

namespace {

constexpr net::Duration probe_poll = std::chrono::milliseconds(500);

}  // namespace

Failover::Failover(const Policy& policy, std::string_view model, RequestChain chain, MemoryOfFailure& memory,
                   const RequestFacts& facts, net::Chance chance, net::Instant now)
    : policy_(policy),
      model_(model),
      displaced_(chain.displaced),
      memory_(memory),
      candidates_(std::move(chain.links), facts, memory),
      facts_(facts),
      chance_(chance),
      deadline_(now + policy.timeouts.total),
      last_seen_(now)
{
}

Failover::~Failover()
{
    give_back(leading_);
    if (rival_) give_back(*rival_);
}

void Failover::give_back(UnderWay& attempt)
{
    if (attempt.permit) memory_.settle(candidates_[attempt.candidate].place, *attempt.permit, {}, last_seen_);
    attempt.permit.reset();
}

Step Failover::start(net::Instant now)
{
    return next(now);
}

Step Failover::on_outcome(const Outcome& outcome, net::Instant now)
{
    const std::size_t index = leading_.candidate;
    if (outcome.dead_pooled && !leading_.fresh) {
        leading_.fresh = true;
        return step::Try{candidates_.link_of(index).target, candidates_[index].key, true, is_last(index, now)};
    }
    if (rival_ && outcome.what != ok) {
        rival_leads();
        return on_rival_outcome(outcome, now);
    }
    const bool may_repair = attempts_ < policy_.retry.max_attempts && !fault_of_request_;
    if (outcome.what == empty_turn && policy_.repair_empty_turn && !nudged_ && may_repair) {
        nudged_ = true;
        return repair(outcome, empty_turn_nudge, now);
    }
    if (outcome.sealed_reasoning && !stripped_ && may_repair) {
        stripped_ = true;
        return repair(outcome, {}, now);
    }
    settle(leading_, outcome, now);
    if (outcome.what == ok) return step::Reply{};
    remember(index, outcome);
    return after_failure(outcome, now);
}

/// Without a nudge: without what was sealed.
Step Failover::repair(const Outcome& outcome, std::string_view nudge, net::Instant now)
{
    const std::size_t index = leading_.candidate;
    ++attempts_;
    leading_.started = now;
    remember(index, outcome);
    return step::Repair{candidates_.link_of(index).target, candidates_[index].key, is_last(index, now), nudge,
                        nudge.empty()};
}

void Failover::remember(std::size_t index, const Outcome& outcome)
{
    candidates_.note_failure(index, outcome);
    failed_.push_back({candidates_.link_of(index).name, outcome});
}

bool Failover::may_hedge() const
{
    return policy_.hedge.after > net::Duration{} && !facts_.keeps_state && candidates_.several_providers();
}

std::optional<net::Instant> Failover::hedge_due() const
{
    const net::Instant due = leading_.started + policy_.hedge.after;
    const bool possible = may_hedge() && !hedged_ && attempts_ < policy_.retry.max_attempts && due < deadline_;
    return possible ? std::optional(due) : std::nullopt;
}

/// Only who is known to be well and was not asked yet: a hedge that has to be waited for is none.
std::optional<step::Try> Failover::hedge(net::Instant now)
{
    last_seen_ = now;
    if (!hedge_due()) return std::nullopt;
    std::optional<step::Try> step;
    candidates_.take_first(now, [&](std::size_t i) {
        const bool another = candidates_[i].link != candidates_[leading_.candidate].link && !candidates_[i].asked;
        const auto permit = another ? leave_to_hedge(i, now) : std::nullopt;
        if (permit) step = hedge_with(i, *permit, now);
        return step.has_value();
    });
    return step;
}

step::Try Failover::hedge_with(std::size_t index, Permit permit, net::Instant now)
{
    Candidates::Candidate& candidate = candidates_[index];
    hedged_ = true;
    candidate.asked = true;
    ++attempts_;
    rival_ = UnderWay{index, permit, now, true, candidates_[leading_.candidate].link == 0};
    const bool last =
        attempts_ >= policy_.retry.max_attempts || candidates_.is_last(index, now, deadline_, leading_.candidate);
    return step::Try{candidates_.link_of(index).target, candidate.key, true, last};
}

/// One retry out of the provider's budget, or hedges would double the load on whoever is quick while others are slow.
std::optional<Permit> Failover::leave_to_hedge(std::size_t index, net::Instant now)
{
    const Place place = candidates_[index].place;
    const Standing standing = candidates_.standing(index, now);
    if (standing.state != Breaker::State::closed || standing.reported_down) return std::nullopt;
    const auto permit = memory_.enter(place, Entry::when_due, now);
    if (!permit || (!permit->probe() && memory_.take_retry(place, now))) return permit;
    memory_.settle(place, *permit, {}, now);
    return std::nullopt;
}

void Failover::rival_leads()
{
    std::swap(leading_, *rival_);
}

Step Failover::on_rival_outcome(const Outcome& outcome, net::Instant now)
{
    if (outcome.what == ok) {
        rival_leads();
        return on_outcome(outcome, now);
    }
    UnderWay over = *std::exchange(rival_, std::nullopt);
    settle(over, outcome, now);
    if (outcome.what != lost_race && outcome.what != client_abort) {
        remember(over.candidate, outcome);
        set_aside(over.candidate, outcome, now);
    }
    return step::Yield{link().target};
}

/// What a failure means for whoever failed, while another goes on: whether this request may come back, and when.
void Failover::set_aside(std::size_t index, const Outcome& outcome, net::Instant now)
{
    switch (outcome.what) {
        case caller_fault:
        case content_filter:
            fault_of_request_ = outcome;
            break;
        case rate_limit:
            rest_after_limit(index, outcome, now);
            return;
        case transient:
        case overloaded:
        case maybe_executed:
            if (const auto pause = pause_before_retry(index, outcome, now)) {
                come_back_after(index, *pause, now);
                return;
            }
            break;
        case quota:
        case credential:
            candidates_.leave_key(index);
            return;
        case context_overflow:
            candidates_.overflowed(index);
            break;
        default:
            break;
    }
    candidates_.leave_provider(index);
}

step::GiveUp Failover::on_broken(const Outcome& outcome, net::Instant now)
{
    settle(leading_, outcome, now);
    return step::GiveUp{surface_broken_stream(link().name, outcome)};
}

Step Failover::on_cut(const Outcome& outcome, net::Instant now)
{
    step::GiveUp broken = on_broken(outcome, now);
    const bool repeatable = outcome.what != client_abort && outcome.what != caller_fault && !must_not_repeat(outcome);
    if (!repeatable) return broken;
    remember(leading_.candidate, outcome);
    candidates_.leave_provider(leading_.candidate);
    Step step = next(now);
    if (std::holds_alternative<step::GiveUp>(step)) return broken;
    return step;
}

Step Failover::after_failure(const Outcome& outcome, net::Instant now)
{
    if (fault_of_request_) return step::GiveUp{surface_fault(*fault_of_request_)};
    switch (outcome.what) {
        case caller_fault:
        case content_filter:
            return step::GiveUp{surface_fault(outcome)};
        case client_abort:
            return give_up(now);
        case rate_limit:
            return after_limit(outcome, now);
        case transient:
        case overloaded:
        case maybe_executed:
            return after_transient(outcome, now);
        case quota:
        case credential:
            candidates_.leave_key(leading_.candidate);  // its next key may do
            return next(now);
        case context_overflow:
            candidates_.overflowed(leading_.candidate);
            break;
        default:
            break;
    }
    candidates_.leave_provider(leading_.candidate);
    if (must_not_repeat(outcome)) {
        not_repeatable_ = true;
        return give_up(now);
    }
    return next(now);
}

/// Eager: the next key or provider at once. The wait that was asked for is a floor for whoever comes back.
Step Failover::after_limit(const Outcome& outcome, net::Instant now)
{
    const std::size_t index = leading_.candidate;
    const Candidates::Candidate& candidate = candidates_[index];
    const net::Duration wait = rest_after_limit(index, outcome, now);
    const bool short_enough = outcome.retry.after && wait < policy_.retry.wait_if_under;
    if (short_enough && !candidate.out && candidate.not_before < deadline_ && attempts_ < policy_.retry.max_attempts) {
        retrying_ = index;
        return spread(candidate.not_before);
    }
    return next(now);
}

net::Duration Failover::rest_after_limit(std::size_t index, const Outcome& outcome, net::Instant now)
{
    Candidates::Candidate& candidate = candidates_[index];
    const net::Duration wait =
        std::max(outcome.retry.after.value_or(net::Duration{}), backoff(candidates_.same_retries(index)++));
    candidate.not_before = now + wait;
    candidate.invited = outcome.retry.after.has_value();
    if (outcome.retry.should_retry == false) candidates_.leave_key(index);
    return wait;
}

/// At most so many more tries here, after a pause; not where nobody listens, not against the provider's advice, and not
/// beyond the provider's budget of retries.
Step Failover::after_transient(const Outcome& outcome, net::Instant now)
{
    const std::size_t index = leading_.candidate;
    if (must_not_repeat(outcome)) {
        candidates_.leave_provider(index);
        not_repeatable_ = true;
        return give_up(now);
    }
    const auto pause = pause_before_retry(index, outcome, now);
    if (!pause || !memory_.take_retry(candidates_[index].place, now)) {
        candidates_.leave_provider(index);
        return next(now);
    }
    come_back_after(index, *pause, now);
    retrying_ = index;
    return step::Wait{candidates_[index].not_before};
}

/// Nothing if there should be no retry.
std::optional<net::Duration> Failover::pause_before_retry(std::size_t index, const Outcome& outcome, net::Instant now)
{
    const int retries = candidates_.same_retries(index);
    const net::Duration pause = std::max(backoff(retries), outcome.retry.after.value_or(net::Duration{}));
    const bool sensible = retries < policy_.retry.same_provider && attempts_ < policy_.retry.max_attempts &&
                          !outcome.no_connection && outcome.retry.should_retry != false &&
                          pause <= policy_.retry.backoff_cap && now + pause < deadline_ &&
                          candidates_.standing(index, now).state == Breaker::State::closed;
    return sensible ? std::optional(pause) : std::nullopt;
}

void Failover::come_back_after(std::size_t index, net::Duration pause, net::Instant now)
{
    ++candidates_.same_retries(index);
    candidates_[index].not_before = now + pause;
}

Step Failover::on_wake(net::Instant now)
{
    last_seen_ = now;
    if (!retrying_) return next(now);
    const std::size_t index = *retrying_;
    const net::Instant due = candidates_[index].not_before;
    if (now < due) return step::Wait{due};
    retrying_.reset();
    if (const auto permit = memory_.enter(candidates_[index].place, Entry::when_due, now))
        return attempt(index, *permit, now);
    candidates_.leave_provider(index);
    return next(now);
}

/// Whoever may be asked is; if every breaker that is left is open, better a probe of the one due soonest than a certain
/// error; else whoever comes back in time is waited for.
Step Failover::next(net::Instant now)
{
    last_seen_ = now;
    if (now >= deadline_ || attempts_ >= policy_.retry.max_attempts) return give_up(now);
    const auto rested = candidates_.end_of_short_rest(policy_.retry.wait_if_under, now);
    if (rested && *rested < deadline_) return spread(*rested);
    std::optional<step::Try> step;
    candidates_.take_first(now, [&](std::size_t i) {
        step = try_to_ask(i, Entry::when_due, now);
        return step.has_value();
    });
    if (step) return *step;
    for (const std::size_t i : candidates_.by_due(now)) {
        step = try_to_ask(i, Entry::early, now);
        if (step) return *step;
    }
    const auto hope = candidates_.earliest_hope(now);
    if (!hope || *hope >= deadline_) return give_up(now);
    // The result of another router's probe is not announced here.
    const net::Instant look_again = candidates_.probe_is_out(now) ? now + probe_poll : net::never;
    return spread(std::max(std::min(*hope, look_again), now + std::chrono::milliseconds(1)));
}

std::optional<step::Try> Failover::try_to_ask(std::size_t index, Entry entry, net::Instant now)
{
    const auto permit = leave_for(index, entry, now);
    return permit ? std::optional(attempt(index, *permit, now)) : std::nullopt;
}

/// Whoever was not told when to come back, and comes back all the same, needs the provider's budget of retries too.
std::optional<Permit> Failover::leave_for(std::size_t index, Entry entry, net::Instant now)
{
    Candidates::Candidate& candidate = candidates_[index];
    const auto permit = memory_.enter(candidate.place, entry, now);
    const bool is_retry = candidate.asked && !candidate.invited;
    if (!permit || !is_retry || memory_.take_retry(candidate.place, now)) return permit;
    memory_.settle(candidate.place, *permit, {}, now);
    candidates_.leave_key(index);
    return std::nullopt;
}

step::Try Failover::attempt(std::size_t index, Permit permit, net::Instant now)
{
    Candidates::Candidate& candidate = candidates_[index];
    candidate.asked = true;
    if (candidate.link != 0 && !candidates_.first_outcome()) skipped_first_ = candidates_.why_first_skipped(now);
    ++attempts_;
    const bool fresh =
        facts_.keeps_state;  // on a connection that may be dead, nobody could tell whether it was executed
    leading_ = UnderWay{index, permit, now, fresh};
    return step::Try{candidates_.link_of(index).target, candidate.key, fresh, is_last(index, now)};
}

bool Failover::is_last(std::size_t index, net::Instant now) const
{
    return attempts_ >= policy_.retry.max_attempts || candidates_.is_last(index, now, deadline_);
}

bool Failover::must_not_repeat(const Outcome& outcome) const
{
    if (!facts_.keeps_state || outcome.no_connection) return false;
    return outcome.what == maybe_executed || outcome.what == timeout;
}

/// A deadline of ours that left the provider less than its usual time says nothing about the provider.
Charge Failover::charge(const UnderWay& attempt, const Outcome& outcome) const
{
    const Link& link = candidates_.link_of(attempt.candidate);
    const bool had_its_time = deadline_ - attempt.started >= link.timeouts.first_token;
    if (outcome.what == rate_limit && outcome.retry.after) return Charge::neutral;  // it rests instead
    if (outcome.what == timeout && outcome.timer == Timer::total && !had_its_time) return Charge::neutral;
    return charge_of(outcome);
}

void Failover::settle(UnderWay& attempt, const Outcome& outcome, net::Instant now)
{
    last_seen_ = now;
    const Place place = candidates_[attempt.candidate].place;
    if (attempt.permit) memory_.settle(place, *attempt.permit, charges_for(outcome, charge(attempt, outcome)), now);
    attempt.permit.reset();
    apply_rests(memory_, place, outcome, policy_.breaker.account_rest, now);
}

net::Duration Failover::backoff(int retry) const
{
    net::Duration longest = policy_.retry.backoff;
    for (int i = 0; i < retry && longest < policy_.retry.backoff_cap; ++i) longest *= 2;
    longest = std::min(longest, policy_.retry.backoff_cap);
    return chance_.about(static_cast<std::uint64_t>(attempts_)).between(net::Duration{}, longest);
}

/// Those who were told to come back at one instant do not all come at once.
step::Wait Failover::spread(net::Instant until) const
{
    const net::Chance chance = chance_.about("spread").about(static_cast<std::uint64_t>(attempts_));
    const net::Instant later = until + chance.between(net::Duration{}, policy_.retry.backoff);
    return step::Wait{later < deadline_ ? later : until};
}

step::GiveUp Failover::give_up(net::Instant now) const
{
    Exhaustion exhaustion;
    exhaustion.model = model_;
    exhaustion.failed = failed_;
    exhaustion.deadline_passed = now >= deadline_;
    exhaustion.not_repeatable = not_repeatable_;
    exhaustion.estimated_tokens = facts_.estimated_tokens;
    exhaustion.skipped = candidates_.skipped(now);
    exhaustion.remaining_wait = candidates_.remaining_wait(now);
    return step::GiveUp{surface_exhaustion(exhaustion)};
}

std::string Failover::degraded_reason() const
{
    if (candidates_[leading_.candidate].link == 0) return std::string(displaced_);
    if (candidates_.first_outcome()) return in_words(*candidates_.first_outcome());
    if (leading_.hedge_of_first) return "hedge";
    return std::string(spelling(skipped_first_));
}

}  // namespace chaos::router
