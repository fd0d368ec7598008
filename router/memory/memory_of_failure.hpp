// What routers remember of their providers from one request to the next; several of them may share one memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/time.hpp"
#include "router/breaker.hpp"
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

/// Every call is one atomic step: two routers that ask for a probe at one instant get one between them. A lease that is
/// not settled ends by itself. Records are found by the provider's name and a hash of the key, so they outlive a reload
/// of the configuration.
class MemoryOfFailure {
public:
    virtual ~MemoryOfFailure() = default;

    /// Makes the record, or finds it and gives it this policy. `key`: hash_of_key(); 0 for a provider without one.
    virtual Place place(std::string_view provider, std::uint64_t key, const Policy& policy) = 0;

    virtual std::optional<Permit> enter(Place place, Entry entry, net::Instant now) = 0;
    virtual void settle(Place place, const Permit& permit, Charges charges, net::Instant now) = 0;
    /// One retry out of the provider's budget; false if it is spent.
    virtual bool take_retry(Place place, net::Instant now) = 0;
    /// Nobody passes before `until`. Never shortens an earlier rest.
    virtual void rest(Place place, Scope scope, net::Instant until) = 0;
    /// Opens until `until` at least, whatever the count of failures; a lighter failure does not shorten it.
    virtual void trip(Place place, Scope scope, net::Instant until) = 0;

    virtual void observe_first_token(Place place, net::Duration took, net::Instant now) = 0;
    /// What its status page says, good until `until`.
    virtual void report(Place place, bool down, net::Instant until) = 0;

    /// True for one of those who ask before `until`: that one does it.
    virtual bool claim(Chore chore, net::Instant until, net::Instant now) = 0;

    virtual Standing standing(Place place, net::Instant now) const = 0;
    virtual std::vector<RememberedKey> snapshot(net::Instant now) const = 0;

    /// The sessions that failed over; each of its calls is one atomic step as well.
    Sessions& sessions() { return sessions_; }

private:
    Sessions sessions_;
};

/// Tells keys apart without keeping them.
std::uint64_t hash_of_key(std::string_view key);

}  // namespace chaos::router
