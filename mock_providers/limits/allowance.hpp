// An allowance: so many units in so much time, and what is left of it. Pure: the time is an argument.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <variant>

#include "mock_providers/limits/limits_spec.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {

/// A limit, and the time it is for.
struct Rate {
    std::int64_t limit = 1;
    net::Duration window = std::chrono::minutes(1);
};

/// Begins with the first units that are taken when none is open; at its end everything is back.
class FixedWindow {
public:
    explicit FixedWindow(Rate rate) : rate_(rate) {}
    net::Duration wait_for(net::Instant now, std::int64_t cost) const;
    void take(net::Instant now, std::int64_t cost);
    std::int64_t remaining(net::Instant now) const;
    net::Duration reset(net::Instant now) const;

private:
    std::int64_t used(net::Instant now) const { return now < closes_ ? used_ : 0; }

    Rate rate_;
    net::Instant closes_{};
    std::int64_t used_ = 0;
};

/// Remembers every taking of the last window.
class SlidingWindow {
public:
    explicit SlidingWindow(Rate rate) : rate_(rate) {}
    net::Duration wait_for(net::Instant now, std::int64_t cost) const;
    void take(net::Instant now, std::int64_t cost);
    std::int64_t remaining(net::Instant now) const;
    net::Duration reset(net::Instant now) const;

private:
    struct Taken {
        net::Instant back;  ///< when it is there again
        std::int64_t cost;
    };

    Rate rate_;
    std::deque<Taken> taken_;  ///< oldest first
};

/// Kept as the moment at which it is full again (the generic cell rate algorithm, ITU-T I.371): no rounding adds up.
class TokenBucket {
public:
    explicit TokenBucket(Rate rate) : rate_(rate) {}
    net::Duration wait_for(net::Instant now, std::int64_t cost) const;
    void take(net::Instant now, std::int64_t cost);
    std::int64_t remaining(net::Instant now) const;
    net::Duration reset(net::Instant now) const;

private:
    net::Duration price(std::int64_t cost) const;

    Rate rate_;
    net::Instant full_{};
};

class Allowance {
public:
    Allowance(RateWindow kind, Rate rate);

    /// How long until `cost` units fit, to the nanosecond; zero: now. Nothing: more than there ever is.
    std::optional<net::Duration> wait_for(net::Instant now, std::int64_t cost) const;
    void take(net::Instant now, std::int64_t cost);
    std::int64_t limit() const { return rate_.limit; }
    std::int64_t remaining(net::Instant now) const;
    /// Until nothing is missing any more.
    net::Duration reset(net::Instant now) const;

private:
    Rate rate_;
    std::variant<FixedWindow, SlidingWindow, TokenBucket> window_;
};

}  // namespace chaos::mock_providers
