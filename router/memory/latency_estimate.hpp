// How long a provider's first token takes: an average that follows the last requests and fades when none come.
#pragma once

#include <algorithm>
#include <optional>

#include "net/time.hpp"

namespace chaos::router {

/// Each observation weighs an eighth. Half of the estimate is forgotten with each minute without one: a provider that
/// was slow, and is not asked for that reason, becomes worth another look, which then says all.
class LatencyEstimate {
public:
    void observe(net::Duration took, net::Instant now)
    {
        const bool fresh = known_ && now < since_ + half_life;
        average_ = fresh ? average_ + (took - average_) / 8 : took;
        since_ = std::max(since_, now);
        known_ = true;
    }

    std::optional<net::Duration> at(net::Instant now) const
    {
        if (!known_) return std::nullopt;
        const std::int64_t halvings = now <= since_ ? 0 : (now - since_) / half_life;
        return net::Duration(halvings > 62 ? 0 : average_.count() >> halvings);
    }

private:
    static constexpr net::Duration half_life = std::chrono::minutes(1);
    net::Duration average_{};
    net::Instant since_{};
    bool known_ = false;
};

}  // namespace chaos::router
