// How often a caller may ask: an allowance of a minute that fills up evenly, shared by all event loops.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "net/time.hpp"

namespace chaos::router {

inline constexpr int most_requests_per_minute = 1'000'000;

/// What comes of a request at `now`, if the allowance of `per_minute` (at least 1) is full again at `full_at`.
struct RateDecision {
    net::Instant full_at;                    ///< from then on
    std::optional<net::Duration> come_back;  ///< refused: so long until the next one is free, never more than a minute
};
RateDecision decide_rate(net::Instant full_at, int per_minute, net::Instant now);

/// The same for all event loops at once; they must agree on the time.
class RateMeter {
public:
    /// Nothing: granted. Else after how long the next one is free.
    std::optional<net::Duration> take(int per_minute, net::Instant now);

private:
    std::atomic<net::Instant> full_at_{net::Instant::min()};
};

}  // namespace chaos::router
