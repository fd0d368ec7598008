// How many retries a provider may get: a share of its recent requests, so that retries never become the load.
#pragma once

#include "net/time.hpp"
#include "router/memory/rolling_count.hpp"
#include "router/policy.hpp"

namespace chaos::router {

/// Without it a provider in trouble meets twice its usual load just when it can bear least. The minimum lets a router
/// with little to do retry at all.
class RetryBudget {
public:
    explicit RetryBudget(const RetryPolicy& policy) { adopt(policy); }

    void adopt(const RetryPolicy& policy)
    {
        share_ = policy.budget;
        minimum_ = policy.budget_minimum;
    }

    void count_request(net::Instant now) { requests_.add(now); }

    /// True if one more retry is within the budget; it is then spent.
    bool take(net::Instant now)
    {
        const std::int64_t share = requests_.sum(now) * static_cast<std::int64_t>(share_) / 1'000'000;
        if (retries_.sum(now) >= std::max<std::int64_t>(minimum_, share)) return false;
        retries_.add(now);
        return true;
    }

private:
    static constexpr net::Duration window = std::chrono::seconds(10);
    std::uint32_t share_ = 0;  ///< parts per million
    std::int64_t minimum_ = 0;
    RollingCount requests_{window};
    RollingCount retries_{window};
};

}  // namespace chaos::router
