// The generic cell rate algorithm: one instant says all that has to be remembered.
#include "router/operation/rate_meter.hpp"

#include <algorithm>

namespace chaos::router {

RateDecision decide_rate(net::Instant full_at, int per_minute, net::Instant now)
{
    const net::Duration one =
        net::Duration(std::chrono::minutes(1)) / std::clamp(per_minute, 1, most_requests_per_minute);
    const net::Duration all = one * per_minute;
    const net::Instant then = std::max(full_at, now) + one;
    if (then - now > all) return {full_at, then - now - all};
    return {then, std::nullopt};
}

std::optional<net::Duration> RateMeter::take(int per_minute, net::Instant now)
{
    net::Instant seen = full_at_.load();
    RateDecision decision = decide_rate(seen, per_minute, now);
    while (!decision.come_back && !full_at_.compare_exchange_weak(seen, decision.full_at))
        decision = decide_rate(seen, per_minute, now);
    return decision.come_back;
}

}  // namespace chaos::router
