// The breaker's few transitions.
#include "router/breaker.hpp"

#include <algorithm>

namespace chaos::router {

void Breaker::adopt(const BreakerPolicy& policy)
{
    if (policy.window != policy_.window) {
        requests_ = RollingCount(policy.window);
        failed_ = RollingCount(policy.window);
    }
    policy_ = policy;
}

bool Breaker::admits(Entry entry, net::Instant now) const
{
    if (now < resting_until_) return false;
    if (!open_) return true;
    const bool in_time = entry == Entry::early || now >= due_;
    return in_time && !lease_is_out(now);
}

std::optional<Breaker::Permit> Breaker::enter(net::Instant now, Entry entry)
{
    if (!admits(entry, now)) return std::nullopt;
    if (!open_) return Permit{era_, false};
    return lease(now);
}

/// Every probe begins an era: whatever was sent before it, an expired probe included, no longer counts.
Breaker::Permit Breaker::lease(net::Instant now)
{
    probing_ = true;
    lease_ends_ = now + policy_.probe_lease;
    ++era_;
    return Permit{era_, true};
}

void Breaker::settle(const Permit& permit, Charge charge, net::Instant now)
{
    if (permit.era != era_) return;
    if (permit.probe) probing_ = false;
    if (charge == Charge::neutral) return;
    if (!open_) requests_.add(now);
    if (charge == Charge::failure) {
        count_failure(now);
        return;
    }
    failures_ = 0;
    if (!permit.probe) return;
    open_ = false;
    next_open_ = {};
    forget_window();
    ++era_;
}

void Breaker::count_failure(net::Instant now)
{
    ++failures_;
    if (!open_) failed_.add(now);
    if (!open_ && failures_ < policy_.failures && !too_many_failed(now)) return;
    const net::Duration length = next_open_ == net::Duration{} ? policy_.open_for : next_open_;
    next_open_ = std::min(policy_.open_cap, length * 2);
    open(now + std::min(policy_.open_cap, length));
}

/// A share says something only of enough requests.
bool Breaker::too_many_failed(net::Instant now) const
{
    const std::int64_t requests = requests_.sum(now);
    if (requests < policy_.window_minimum) return false;
    return failed_.sum(now) * 1'000'000 >= requests * static_cast<std::int64_t>(policy_.window_share);
}

void Breaker::forget_window()
{
    requests_.clear();
    failed_.clear();
}

void Breaker::open(net::Instant until)
{
    due_ = open_ ? std::max(due_, until) : until;
    if (!open_) ++era_;
    open_ = true;
}

void Breaker::rest(net::Instant until)
{
    resting_until_ = std::max(resting_until_, until);
}

void Breaker::trip(net::Instant until)
{
    open(until);
}

Breaker::State Breaker::state(net::Instant now) const
{
    if (!open_) return State::closed;
    return lease_is_out(now) ? State::half_open : State::open;
}

net::Instant Breaker::due(net::Instant now) const
{
    if (!open_) return resting_until_;
    return std::max({resting_until_, due_, lease_is_out(now) ? lease_ends_ : net::Instant{}});
}

std::string_view spelling(Breaker::State state)
{
    switch (state) {
        case Breaker::State::closed:
            return "closed";
        case Breaker::State::open:
            return "open";
        case Breaker::State::half_open:
            return "half_open";
    }
    return "unknown";
}

}  // namespace chaos::router
