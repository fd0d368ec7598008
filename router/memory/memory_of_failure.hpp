// What routers remember of their providers from one request to the next; several of them may share one memory.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/time.hpp"
#include "router/breaker.hpp"
#include "router/memory/latency_estimate.hpp"
#include "router/memory/retry_budget.hpp"
#include "router/policy.hpp"
#include "router/session/sessions.hpp"

namespace chaos::router {

/// A provider and one of its keys, as a memory knows them. Valid as long as the memory.
struct Place {
    std::uint32_t provider = 0;
    std::uint32_t key = 0;
    bool operator==(const Place&) const = default;
};

/// Whose trouble it is: all requests of the provider share it, or only those that use this key.
enum class Scope { provider, key };

/// Leave to send one request: of the provider and of the key. Give it back through settle().
struct Permit {
    Breaker::Permit provider;
    Breaker::Permit key;
    bool probe() const { return provider.probe || key.probe; }
};

/// What a result means for the provider and for the key.
struct Charges {
    Charge provider = Charge::neutral;
    Charge key = Charge::neutral;
};

/// How a place stands at a moment.
struct Standing {
    Breaker::State state = Breaker::State::closed;  ///< open if the provider or the key is
    net::Instant due{};                             ///< the earliest instant at which enter() may say yes
    net::Instant resting_until{};                   ///< of these, what was asked for: nobody passes before it
    bool reported_down = false;                     ///< its status page says so, and said it lately
    std::optional<net::Duration> first_token;       ///< how long its first token takes, as far as it is known
};

/// What one of the routers that share a memory does for all of them.
enum class Chore { probes, status_pages };

/// A line of the memory, for people and for metrics. Never a key: keys are told apart by a number from 1.
struct RememberedKey {
    std::string provider;
    std::uint32_t key = 1;
    Standing standing;
};

/// Every call is one atomic step: two routers that ask for a probe at one instant get one between them. It holds a lock
/// for well under a microsecond and does no I/O under it; the loops that share it must agree on the time, for their
/// instants are compared. A lease that is not settled ends by itself. Records are found by the provider's name and a
/// hash of the key, so they outlive a reload of the configuration.
class MemoryOfFailure {
public:
    /// Makes the record, or finds it and gives it this policy. `key`: hash_of_key(); 0 for a provider without one.
    Place place(std::string_view provider, std::uint64_t key, const Policy& policy);

    std::optional<Permit> enter(Place place, Entry entry, net::Instant now);
    void settle(Place place, const Permit& permit, Charges charges, net::Instant now);
    /// One retry out of the provider's budget; false if it is spent.
    bool take_retry(Place place, net::Instant now);
    /// Nobody passes before `until`. Never shortens an earlier rest.
    void rest(Place place, Scope scope, net::Instant until);
    /// Opens until `until` at least, whatever the count of failures; a lighter failure does not shorten it.
    void trip(Place place, Scope scope, net::Instant until);

    void observe_first_token(Place place, net::Duration took, net::Instant now);
    /// What its status page says, good until `until`.
    void report(Place place, bool down, net::Instant until);

    /// True for one of those who ask before `until`: that one does it.
    bool claim(Chore chore, net::Instant until, net::Instant now);

    Standing standing(Place place, net::Instant now) const;
    /// Of a standing, its state alone.
    Breaker::State state(Place place, net::Instant now) const;
    std::vector<RememberedKey> snapshot(net::Instant now) const;

    /// The sessions that failed over; each of its calls is one atomic step as well.
    Sessions& sessions() { return sessions_; }

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
    Standing standing_of(Place place, net::Instant now) const;
    Breaker::State state_of(Place place, net::Instant now) const;

    mutable std::mutex lock_;  ///< of all that follows
    std::deque<Provider> providers_;
    std::map<Chore, net::Instant> claims_;  ///< until when
    std::map<std::string, std::uint32_t, std::less<>> by_name_;

    Sessions sessions_;
};

/// Tells keys apart without keeping them.
std::uint64_t hash_of_key(std::string_view key);

}  // namespace chaos::router
