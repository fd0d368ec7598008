// Which keys have a result, since when and until when; and what to do with a request given that. Pure: no I/O, no
// clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "net/time.hpp"
#include "router/idempotency/policy.hpp"

namespace chaos::router {

/// What is remembered of a result beside the answer itself.
struct KeptResult {
    std::string fingerprint;  ///< of the request's body
    net::WallTime kept_at{};
    net::WallTime expires_at{};
    std::size_t bytes = 0;
};
std::string write_kept_result(const KeptResult& result);
std::optional<KeptResult> read_kept_result(std::string_view bytes);

/// Bounded by number, bytes and age.
class KeyIndex {
public:
    explicit KeyIndex(const IdempotencyPolicy& policy) : policy_(policy) {}

    /// Nothing once it has expired.
    const KeptResult* find(const std::string& identity, net::WallTime now) const;
    /// The identities that must go for it, oldest first; none of them is known any more.
    std::vector<std::string> add(const std::string& identity, KeptResult result, net::WallTime now);
    void forget(const std::string& identity);
    /// Those that have expired; they are not known any more.
    std::vector<std::string> take_expired(net::WallTime now);
    std::optional<net::WallTime> next_expiry() const;

    std::size_t size() const { return results_.size(); }
    std::size_t bytes() const { return bytes_; }

private:
    using Age = std::pair<net::WallTime, std::string>;
    std::vector<std::string> take_while_too_many();

    IdempotencyPolicy policy_;
    std::map<std::string, KeptResult> results_;
    std::set<Age> by_age_;
    std::set<Age> by_expiry_;
    std::size_t bytes_ = 0;
};

/// What is known of a request's key.
struct KnownOfKey {
    enum class State { nothing, in_flight, kept } state = State::nothing;
    std::string_view fingerprint;  ///< of the request that was first
    bool shareable = true;         ///< in flight: all that was sent so far is still at hand
};

enum class KeyedStep {
    lead,        ///< ask upstream; others may join
    join,        ///< get what was sent so far, and then what comes
    replay,      ///< the kept answer
    other_body,  ///< 422
    too_long,    ///< in flight, and too much of it is gone to join: 409
};
KeyedStep decide_keyed(const KnownOfKey& known, std::string_view fingerprint);

}  // namespace chaos::router
