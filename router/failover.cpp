// The rules of failover, one per function.
#include "router/failover.hpp"

#include <algorithm>

#include "router/classify.hpp"

namespace chaos::router {

using enum OutcomeClass;

const std::string_view empty_turn_nudge =
    "Your last reply was empty. Go on with the task: call the next tool, or give the final answer.";

Failover::Failover(const Policy& policy, std::string model, std::vector<Link> chain, std::vector<Breaker>& breakers,
                   const RequestFacts& facts, net::Chance chance, net::Instant now)
    : policy_(policy),
      model_(std::move(model)),
      breakers_(breakers),
      facts_(facts),
      chance_(chance),
      deadline_(now + policy.timeouts.total),
      last_seen_(now)
{
    chain_.reserve(chain.size());
    for (Link& link : chain) {
        Progress progress;
        progress.link = std::move(link);
        chain_.push_back(std::move(progress));
    }
}

Failover::~Failover()
{
    if (permit_) breaker(chain_[current_]).settle(*permit_, Charge::neutral, last_seen_);
}

Step Failover::start(net::Instant now)
{
    return next(now);
}

Step Failover::on_outcome(const Outcome& outcome, net::Instant now)
{
    Progress& progress = chain_[current_];
    if (outcome.dead_pooled && !fresh_) {
        fresh_ = true;
        return step::Try{progress.link.target, true, is_last(current_, now)};
    }
    if (outcome.what == empty_turn && policy_.repair_empty_turn && !nudged_ && attempts_ < policy_.retry.max_attempts) {
        nudged_ = true;
        ++attempts_;
        attempt_started_ = now;
        progress.last = outcome;
        failed_.push_back({progress.link.name, outcome});
        return step::Repair{progress.link.target, is_last(current_, now), empty_turn_nudge};
    }
    settle(outcome, now);
    if (outcome.what == ok) return step::Reply{};
    progress.last = outcome;
    failed_.push_back({progress.link.name, outcome});
    return after_failure(outcome, now);
}

step::GiveUp Failover::on_broken(const Outcome& outcome, net::Instant now)
{
    settle(outcome, now);
    return step::GiveUp{surface_broken_stream(chain_[current_].link.name, outcome)};
}

Step Failover::after_failure(const Outcome& outcome, net::Instant now)
{
    Progress& progress = chain_[current_];
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
        case context_overflow:
            overflowed_ = std::max(overflowed_, progress.link.context_window.value_or(0));
            break;
        default:
            break;
    }
    progress.out = true;
    if (must_not_repeat(outcome)) {
        not_repeatable_ = true;
        return give_up(now);
    }
    return next(now);
}

/// Eager: the next provider at once. The wait a provider asks for is a floor for whoever comes back to it.
Step Failover::after_limit(const Outcome& outcome, net::Instant now)
{
    Progress& progress = chain_[current_];
    const net::Duration wait =
        std::max(outcome.retry.after.value_or(net::Duration{}), backoff(progress.same_retries++));
    progress.not_before = now + wait;
    if (outcome.retry.should_retry == false) progress.out = true;
    const bool short_enough = outcome.retry.after && wait < policy_.retry.wait_if_under;
    if (short_enough && !progress.out && progress.not_before < deadline_ && attempts_ < policy_.retry.max_attempts) {
        retrying_ = current_;
        return spread(progress.not_before);
    }
    return next(now);
}

/// At most so many more tries here, after a pause; not where nobody listens, and not against the provider's advice.
Step Failover::after_transient(const Outcome& outcome, net::Instant now)
{
    Progress& progress = chain_[current_];
    if (must_not_repeat(outcome)) {
        progress.out = true;
        not_repeatable_ = true;
        return give_up(now);
    }
    const net::Duration pause = std::max(backoff(progress.same_retries), outcome.retry.after.value_or(net::Duration{}));
    const bool allowed = progress.same_retries < policy_.retry.same_provider &&
                         attempts_ < policy_.retry.max_attempts && !outcome.no_connection &&
                         outcome.retry.should_retry != false && pause <= policy_.retry.backoff_cap &&
                         now + pause < deadline_ && breaker(progress).state(now) == Breaker::State::closed;
    if (!allowed) {
        progress.out = true;
        return next(now);
    }
    ++progress.same_retries;
    progress.not_before = now + pause;
    retrying_ = current_;
    return step::Wait{progress.not_before};
}

Step Failover::on_wake(net::Instant now)
{
    last_seen_ = now;
    if (!retrying_) return next(now);
    Progress& progress = chain_[*retrying_];
    if (now < progress.not_before) return step::Wait{progress.not_before};
    const std::size_t index = *retrying_;
    retrying_.reset();
    if (const auto permit = breaker(progress).enter(now)) return attempt(index, *permit, now);
    progress.out = true;
    return next(now);
}

Step Failover::next(net::Instant now)
{
    last_seen_ = now;
    if (now >= deadline_ || attempts_ >= policy_.retry.max_attempts) return give_up(now);
    if (const auto rested = end_of_short_rest(now)) return spread(*rested);
    if (auto step = try_admissible(now)) return *std::move(step);
    if (auto step = try_early(now)) return *std::move(step);
    const auto hope = earliest_hope(now);
    if (!hope || *hope >= deadline_) return give_up(now);
    return spread(std::max(*hope, now + std::chrono::milliseconds(1)));
}

/// The first that would be asked may be resting so shortly that the policy prefers to wait for it.
std::optional<net::Instant> Failover::end_of_short_rest(net::Instant now) const
{
    for (const Progress& progress : chain_) {
        if (progress.out || progress.last || !fits(progress)) continue;
        const net::Instant until = breaker(progress).resting_until();
        if (now >= until) return std::nullopt;
        if (until - now < policy_.retry.wait_if_under && until < deadline_) return until;
    }
    return std::nullopt;
}

/// First those this request has not asked yet, then those that only wanted to be left alone for a while.
std::optional<Step> Failover::try_admissible(net::Instant now)
{
    for (const bool asked_before : {false, true}) {
        for (std::size_t i = 0; i < chain_.size(); ++i) {
            if (chain_[i].last.has_value() != asked_before || !admissible(chain_[i], now)) continue;
            if (const auto permit = breaker(chain_[i]).enter(now)) return attempt(i, *permit, now);
        }
    }
    return std::nullopt;
}

/// Every provider that is left has an open breaker: better a probe of the one due soonest than a certain error.
std::optional<Step> Failover::try_early(net::Instant now)
{
    std::vector<std::size_t> by_due;
    for (std::size_t i = 0; i < chain_.size(); ++i) {
        if (admissible(chain_[i], now)) by_due.push_back(i);
    }
    std::stable_sort(by_due.begin(), by_due.end(), [&](std::size_t a, std::size_t b) {
        return breaker(chain_[a]).due(now) < breaker(chain_[b]).due(now);
    });
    for (const std::size_t i : by_due) {
        if (const auto permit = breaker(chain_[i]).enter_early(now)) return attempt(i, *permit, now);
    }
    return std::nullopt;
}

std::optional<net::Instant> Failover::earliest_hope(net::Instant now) const
{
    std::optional<net::Instant> earliest;
    for (const Progress& progress : chain_) {
        if (progress.out || !fits(progress)) continue;
        const net::Instant at = std::max(progress.not_before, breaker(progress).due(now));
        if (!earliest || at < *earliest) earliest = at;
    }
    return earliest;
}

Step Failover::attempt(std::size_t index, Breaker::Permit permit, net::Instant now)
{
    current_ = index;
    if (index != 0 && !chain_.front().last) skipped_first_ = why_skipped(chain_.front(), now);
    permit_ = permit;
    attempt_started_ = now;
    ++attempts_;
    fresh_ = facts_.keeps_state;  // on a connection that may be dead, nobody could tell whether it was executed
    return step::Try{chain_[index].link.target, fresh_, is_last(index, now)};
}

bool Failover::fits(const Progress& progress) const
{
    if (!progress.link.context_window) return true;
    if (*progress.link.context_window <= overflowed_) return false;
    return facts_.estimated_tokens + facts_.max_output <= *progress.link.context_window;
}

bool Failover::admissible(const Progress& progress, net::Instant now) const
{
    return !progress.out && now >= progress.not_before && fits(progress);
}

/// Nobody else is there now, and nobody who only wants to be left alone for a while comes back in time.
bool Failover::is_last(std::size_t index, net::Instant now) const
{
    if (attempts_ >= policy_.retry.max_attempts) return true;
    for (std::size_t i = 0; i < chain_.size(); ++i) {
        const Progress& other = chain_[i];
        if (i == index || other.out || !fits(other)) continue;
        const net::Instant due = std::max(other.not_before, breaker(other).due(now));
        const bool healthy = breaker(other).state(now) == Breaker::State::closed;
        if (due <= now || (healthy && due < deadline_)) return false;
    }
    return true;
}

bool Failover::must_not_repeat(const Outcome& outcome) const
{
    if (!facts_.keeps_state || outcome.no_connection) return false;
    return outcome.what == maybe_executed || outcome.what == timeout;
}

/// A deadline of ours that left the provider less than its usual time says nothing about the provider.
Charge Failover::charge(const Outcome& outcome) const
{
    const bool had_its_time = deadline_ - attempt_started_ >= policy_.timeouts.first_token;
    if (outcome.what == rate_limit && outcome.retry.after) return Charge::neutral;  // it rests instead
    if (outcome.what == timeout && outcome.timer == Timer::total && !had_its_time) return Charge::neutral;
    return charge_of(outcome);
}

void Failover::settle(const Outcome& outcome, net::Instant now)
{
    last_seen_ = now;
    if (permit_) breaker(chain_[current_]).settle(*permit_, charge(outcome), now);
    permit_.reset();
    apply_rests(outcome, now);
}

void Failover::apply_rests(const Outcome& outcome, net::Instant now)
{
    Breaker& its_breaker = breaker(chain_[current_]);
    const bool account = outcome.what == quota || outcome.what == credential || outcome.what == model_gone;
    if (account) its_breaker.trip(now + policy_.breaker.account_rest);
    const bool limits =
        outcome.what == rate_limit || outcome.what == quota || outcome.what == overloaded || outcome.what == transient;
    if (limits && outcome.retry.after) its_breaker.rest(now + *outcome.retry.after);
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
    for (const Progress& progress : chain_) {
        if (!progress.last) exhaustion.skipped.push_back({progress.link.name, why_skipped(progress, now)});
    }
    for (const Progress& progress : chain_) {
        const net::Instant due = std::max(progress.not_before, breaker(progress).due(now));
        if (!fits(progress) || due <= now) continue;
        exhaustion.remaining_wait = std::min(exhaustion.remaining_wait.value_or(net::Duration::max()), due - now);
    }
    return step::GiveUp{surface_exhaustion(exhaustion)};
}

Skipped Failover::why_skipped(const Progress& progress, net::Instant now) const
{
    if (!fits(progress)) return Skipped::window_too_small;
    if (now < breaker(progress).resting_until()) return Skipped::resting;
    return breaker(progress).due(now) > now ? Skipped::breaker_open : Skipped::not_reached;
}

std::string Failover::degraded_reason() const
{
    if (current_ == 0) return {};
    const Progress& first = chain_.front();
    if (first.last) return in_words(*first.last);
    return std::string(spelling(skipped_first_));
}

}  // namespace chaos::router
