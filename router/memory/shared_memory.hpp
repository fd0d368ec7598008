// The memory of failure of several event loops: the same records behind one lock.
#pragma once

#include <mutex>

#include "router/memory/local_memory.hpp"

namespace chaos::router {

/// A call holds the lock for well under a microsecond and does no I/O under it. The loops must agree on the time: their
/// instants are compared.
class SharedMemory final : public MemoryOfFailure {
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
    mutable std::mutex lock_;
    LocalMemory records_;
};

}  // namespace chaos::router
