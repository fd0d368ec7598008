// Each call, under the lock.
#include "router/memory/shared_memory.hpp"

namespace chaos::router {

using Locked = std::lock_guard<std::mutex>;

Place SharedMemory::place(std::string_view provider, std::uint64_t key, const Policy& policy)
{
    const Locked locked(lock_);
    return records_.place(provider, key, policy);
}

std::optional<Permit> SharedMemory::enter(Place place, Entry entry, net::Instant now)
{
    const Locked locked(lock_);
    return records_.enter(place, entry, now);
}

void SharedMemory::settle(Place place, const Permit& permit, Charges charges, net::Instant now)
{
    const Locked locked(lock_);
    records_.settle(place, permit, charges, now);
}

bool SharedMemory::take_retry(Place place, net::Instant now)
{
    const Locked locked(lock_);
    return records_.take_retry(place, now);
}

void SharedMemory::rest(Place place, Scope scope, net::Instant until)
{
    const Locked locked(lock_);
    records_.rest(place, scope, until);
}

void SharedMemory::trip(Place place, Scope scope, net::Instant until)
{
    const Locked locked(lock_);
    records_.trip(place, scope, until);
}

void SharedMemory::observe_first_token(Place place, net::Duration took, net::Instant now)
{
    const Locked locked(lock_);
    records_.observe_first_token(place, took, now);
}

void SharedMemory::report(Place place, bool down, net::Instant until)
{
    const Locked locked(lock_);
    records_.report(place, down, until);
}

bool SharedMemory::claim(Chore chore, net::Instant until, net::Instant now)
{
    const Locked locked(lock_);
    return records_.claim(chore, until, now);
}

Standing SharedMemory::standing(Place place, net::Instant now) const
{
    const Locked locked(lock_);
    return records_.standing(place, now);
}

std::vector<RememberedKey> SharedMemory::snapshot(net::Instant now) const
{
    const Locked locked(lock_);
    return records_.snapshot(now);
}

}  // namespace chaos::router
