// The memory of failure of one event loop: plain records, no locks.
#pragma once

#include <deque>
#include <map>

#include "router/memory/latency_estimate.hpp"
#include "router/memory/memory_of_failure.hpp"
#include "router/memory/retry_budget.hpp"

namespace chaos::router {

class LocalMemory final : public MemoryOfFailure {
public:
    Place place(std::string_view provider, std::uint64_t key, const Policy& policy) override;
    std::optional<Permit> enter(Place place, Entry entry, net::Instant now) override;
    void settle(Place place, const Permit& permit, Charges charges, net::Instant now) override;
    bool take_retry(Place place, net::Instant now) override;
    void rest(Place place, Scope scope, net::Instant until) override;
    void trip(Place place, Scope scope, net::Instant until) override;
    void observe_first_token(Place place, net::Duration took, net::Instant now) override;
    void report(Place place, bool down, net::Instant until) override;
    bool claim(Chore chore, net::Instant until, net::Instant now) override;
    Standing standing(Place place, net::Instant now) const override;
    std::vector<RememberedKey> snapshot(net::Instant now) const override;

private:
    struct Key {
        std::uint64_t hash;
        Breaker breaker;
    };
    struct Provider {
        Provider(std::string its_name, const Policy& policy)
            : name(std::move(its_name)), breaker(policy.breaker), budget(policy.retry)
        {
        }
        std::string name;
        Breaker breaker;
        RetryBudget budget;
        LatencyEstimate first_token;
        bool reported_down = false;
        net::Instant report_ends{};
        std::vector<Key> keys;
    };
    Breaker& breaker(Place place, Scope scope);

    std::deque<Provider> providers_;
    std::map<Chore, net::Instant> claims_;  ///< until when
    std::map<std::string, std::uint32_t, std::less<>> by_name_;
};

}  // namespace chaos::router
