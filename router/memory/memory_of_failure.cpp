// Records by name, and what is done to them under the lock.
#include "router/memory/memory_of_failure.hpp"

#include <algorithm>

#include "net/chance.hpp"

namespace chaos::router {
namespace {

using MemoryLock = std::lock_guard<std::mutex>;

}  // namespace

std::uint64_t hash_of_key(std::string_view key)
{
    return key.empty() ? 0 : net::stable_hash(key, 0x6b6579);
}

Place MemoryOfFailure::place(std::string_view provider, std::uint64_t key, const Policy& policy)
{
    const MemoryLock locked(lock_);
    auto known = by_name_.find(provider);
    if (known == by_name_.end()) {
        known = by_name_.emplace(provider, static_cast<std::uint32_t>(providers_.size())).first;
        providers_.emplace_back(std::string(provider), policy);
    }
    Provider& record = providers_[known->second];
    record.breaker.adopt(policy.breaker);
    record.budget.adopt(policy.retry);
    const auto same = [key](const Key& other) { return other.hash == key; };
    auto its_key = std::find_if(record.keys.begin(), record.keys.end(), same);
    if (its_key == record.keys.end())
        its_key = record.keys.insert(record.keys.end(), Key{key, Breaker(policy.breaker)});
    its_key->breaker.adopt(policy.breaker);
    return {known->second, static_cast<std::uint32_t>(its_key - record.keys.begin())};
}

/// Both must agree before either gives a permit: a lease that nobody uses would end what others have begun.
std::optional<Permit> MemoryOfFailure::enter(Place place, Entry entry, net::Instant now)
{
    const MemoryLock locked(lock_);
    Provider& provider = providers_[place.provider];
    Breaker& key = provider.keys[place.key].breaker;
    if (!provider.breaker.admits(entry, now) || !key.admits(entry, now)) return std::nullopt;
    provider.budget.count_request(now);
    const auto of_provider = provider.breaker.enter(now, entry);
    const auto of_key = key.enter(now, entry);
    return Permit{*of_provider, *of_key};
}

void MemoryOfFailure::settle(Place place, const Permit& permit, Charges charges, net::Instant now)
{
    const MemoryLock locked(lock_);
    Provider& provider = providers_[place.provider];
    provider.breaker.settle(permit.provider, charges.provider, now);
    provider.keys[place.key].breaker.settle(permit.key, charges.key, now);
}

bool MemoryOfFailure::take_retry(Place place, net::Instant now)
{
    const MemoryLock locked(lock_);
    return providers_[place.provider].budget.take(now);
}

Breaker& MemoryOfFailure::breaker(Place place, Scope scope)
{
    Provider& provider = providers_[place.provider];
    return scope == Scope::provider ? provider.breaker : provider.keys[place.key].breaker;
}

void MemoryOfFailure::rest(Place place, Scope scope, net::Instant until)
{
    const MemoryLock locked(lock_);
    breaker(place, scope).rest(until);
}

void MemoryOfFailure::trip(Place place, Scope scope, net::Instant until)
{
    const MemoryLock locked(lock_);
    breaker(place, scope).trip(until);
}

void MemoryOfFailure::observe_first_token(Place place, net::Duration took, net::Instant now)
{
    const MemoryLock locked(lock_);
    providers_[place.provider].first_token.observe(took, now);
}

void MemoryOfFailure::report(Place place, bool down, net::Instant until)
{
    const MemoryLock locked(lock_);
    providers_[place.provider].reported_down = down;
    providers_[place.provider].report_ends = until;
}

bool MemoryOfFailure::claim(Chore chore, net::Instant until, net::Instant now)
{
    const MemoryLock locked(lock_);
    net::Instant& claimed = claims_[chore];
    if (now < claimed) return false;
    claimed = until;
    return true;
}

Standing MemoryOfFailure::standing(Place place, net::Instant now) const
{
    const MemoryLock locked(lock_);
    return standing_of(place, now);
}

Breaker::State MemoryOfFailure::state(Place place, net::Instant now) const
{
    const MemoryLock locked(lock_);
    return state_of(place, now);
}

Breaker::State MemoryOfFailure::state_of(Place place, net::Instant now) const
{
    const Provider& provider = providers_[place.provider];
    const Breaker::State of_provider = provider.breaker.state(now);
    const Breaker::State of_key = provider.keys[place.key].breaker.state(now);
    for (const Breaker::State worst : {Breaker::State::open, Breaker::State::half_open}) {
        if (of_provider == worst || of_key == worst) return worst;
    }
    return Breaker::State::closed;
}

Standing MemoryOfFailure::standing_of(Place place, net::Instant now) const
{
    const Provider& provider = providers_[place.provider];
    const Breaker& key = provider.keys[place.key].breaker;
    Standing standing;
    standing.state = state_of(place, now);
    standing.due = std::max(provider.breaker.due(now), key.due(now));
    standing.resting_until = std::max(provider.breaker.resting_until(), key.resting_until());
    standing.reported_down = provider.reported_down && now < provider.report_ends;
    standing.first_token = provider.first_token.at(now);
    return standing;
}

std::vector<RememberedKey> MemoryOfFailure::snapshot(net::Instant now) const
{
    const MemoryLock locked(lock_);
    std::vector<RememberedKey> all;
    for (const auto& [name, number] : by_name_) {
        for (std::uint32_t key = 0; key < providers_[number].keys.size(); ++key)
            all.push_back({name, key + 1, standing_of({number, key}, now)});
    }
    return all;
}

}  // namespace chaos::router
