// The rules of failover, one per function.
#include "router/failover.hpp"

#include <algorithm>

#include "router/classify.hpp"
#include "router/memory/lessons.hpp"

namespace chaos::router {

using enum OutcomeClass;

const std::string_view empty_turn_nudge =
    "Your last reply was empty. Go on with the task: call the next tool, or give the final answer.";

namespace {

constexpr net::Duration probe_poll = std::chrono::milliseconds(500);

}  // namespace

Failover::Failover(const Policy& policy, std::string model, RequestChain chain, MemoryOfFailure& memory,
                   const RequestFacts& facts, net::Chance chance, net::Instant now)
    : policy_(policy),
      model_(std::move(model)),
      displaced_(std::move(chain.displaced)),
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
    if (permit_) memory_.settle(candidates_[current_].place, *permit_, {}, last_seen_);
}

Step Failover::start(net::Instant now)
{
    return next(now);
}

Step Failover::on_outcome(const Outcome& outcome, net::Instant now)
{
    const std::size_t target = candidates_.link_of(current_).target;
    const std::size_t key = candidates_[current_].key;
    if (outcome.dead_pooled && !fresh_) {
        fresh_ = true;
        return step::Try{target, key, true, is_last(current_, now)};
    }
    const bool may_repair = policy_.repair_empty_turn && !nudged_ && attempts_ < policy_.retry.max_attempts;
    if (outcome.what == empty_turn && may_repair) {
        nudged_ = true;
        ++attempts_;
        attempt_started_ = now;
        remember(outcome);
        return step::Repair{target, key, is_last(current_, now), empty_turn_nudge};
    }
    settle(outcome, now);
    if (outcome.what == ok) return step::Reply{};
    remember(outcome);
    return after_failure(outcome, now);
}

void Failover::remember(const Outcome& outcome)
{
    candidates_.note_failure(current_, outcome);
    failed_.push_back({candidates_.link_of(current_).name, outcome});
}

step::GiveUp Failover::on_broken(const Outcome& outcome, net::Instant now)
{
    settle(outcome, now);
    return step::GiveUp{surface_broken_stream(candidates_.link_of(current_).name, outcome)};
}

Step Failover::after_failure(const Outcome& outcome, net::Instant now)
{
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
            candidates_.leave_key(current_);  // its next key may do
            return next(now);
        case context_overflow:
            candidates_.overflowed(current_);
            break;
        default:
            break;
    }
    candidates_.leave_provider(current_);
    if (must_not_repeat(outcome)) {
        not_repeatable_ = true;
        return give_up(now);
    }
    return next(now);
}

/// Eager: the next key or provider at once. The wait that was asked for is a floor for whoever comes back.
Step Failover::after_limit(const Outcome& outcome, net::Instant now)
{
    Candidates::Candidate& candidate = candidates_[current_];
    const net::Duration wait =
        std::max(outcome.retry.after.value_or(net::Duration{}), backoff(candidates_.same_retries(current_)++));
    candidate.not_before = now + wait;
    candidate.invited = outcome.retry.after.has_value();
    if (outcome.retry.should_retry == false) candidates_.leave_key(current_);
    const bool short_enough = outcome.retry.after && wait < policy_.retry.wait_if_under;
    if (short_enough && !candidate.out && candidate.not_before < deadline_ && attempts_ < policy_.retry.max_attempts) {
        retrying_ = current_;
        return spread(candidate.not_before);
    }
    return next(now);
}

/// At most so many more tries here, after a pause; not where nobody listens, not against the provider's advice, and not
/// beyond the provider's budget of retries.
Step Failover::after_transient(const Outcome& outcome, net::Instant now)
{
    if (must_not_repeat(outcome)) {
        candidates_.leave_provider(current_);
        not_repeatable_ = true;
        return give_up(now);
    }
    Candidates::Candidate& candidate = candidates_[current_];
    int& retries = candidates_.same_retries(current_);
    const net::Duration pause = std::max(backoff(retries), outcome.retry.after.value_or(net::Duration{}));
    const bool sensible = retries < policy_.retry.same_provider && attempts_ < policy_.retry.max_attempts &&
                          !outcome.no_connection && outcome.retry.should_retry != false &&
                          pause <= policy_.retry.backoff_cap && now + pause < deadline_ &&
                          candidates_.standing(current_, now).state == Breaker::State::closed;
    if (!sensible || !memory_.take_retry(candidate.place, now)) {
        candidates_.leave_provider(current_);
        return next(now);
    }
    ++retries;
    candidate.not_before = now + pause;
    retrying_ = current_;
    return step::Wait{candidate.not_before};
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
    if (auto step = try_first_of(candidates_.in_order(now), Entry::when_due, now)) return *std::move(step);
    if (auto step = try_first_of(candidates_.by_due(now), Entry::early, now)) return *std::move(step);
    const auto hope = candidates_.earliest_hope(now);
    if (!hope || *hope >= deadline_) return give_up(now);
    // The result of another router's probe is not announced here.
    const net::Instant look_again = candidates_.probe_is_out(now) ? now + probe_poll : net::never;
    return spread(std::max(std::min(*hope, look_again), now + std::chrono::milliseconds(1)));
}

std::optional<Step> Failover::try_first_of(const std::vector<std::size_t>& order, Entry entry, net::Instant now)
{
    for (const std::size_t i : order) {
        if (const auto permit = leave_for(i, entry, now)) return attempt(i, *permit, now);
    }
    return std::nullopt;
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

Step Failover::attempt(std::size_t index, Permit permit, net::Instant now)
{
    current_ = index;
    Candidates::Candidate& candidate = candidates_[index];
    candidate.asked = true;
    if (candidate.link != 0 && !candidates_.first_outcome()) skipped_first_ = candidates_.why_first_skipped(now);
    permit_ = permit;
    attempt_started_ = now;
    ++attempts_;
    fresh_ = facts_.keeps_state;  // on a connection that may be dead, nobody could tell whether it was executed
    return step::Try{candidates_.link_of(index).target, candidate.key, fresh_, is_last(index, now)};
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
Charge Failover::charge(const Outcome& outcome) const
{
    const bool had_its_time = deadline_ - attempt_started_ >= candidates_.link_of(current_).timeouts.first_token;
    if (outcome.what == rate_limit && outcome.retry.after) return Charge::neutral;  // it rests instead
    if (outcome.what == timeout && outcome.timer == Timer::total && !had_its_time) return Charge::neutral;
    return charge_of(outcome);
}

void Failover::settle(const Outcome& outcome, net::Instant now)
{
    last_seen_ = now;
    if (permit_) memory_.settle(candidates_[current_].place, *permit_, charges_for(outcome, charge(outcome)), now);
    permit_.reset();
    apply_rests(memory_, candidates_[current_].place, outcome, policy_.breaker.account_rest, now);
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
    if (candidates_[current_].link == 0) return displaced_;
    if (candidates_.first_outcome()) return in_words(*candidates_.first_outcome());
    return std::string(spelling(skipped_first_));
}

}  // namespace chaos::router
