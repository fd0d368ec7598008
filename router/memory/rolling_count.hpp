// How often something happened in the last while: integer counts in ten slices of a window that moves with time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "net/time.hpp"

namespace chaos::router {

/// Forgets by slices: what it counts is between nine tenths of the window and all of it. Time that runs backwards a
/// little, as it does between threads, is taken as the latest seen.
class RollingCount {
public:
    explicit RollingCount(net::Duration window) : slice_(std::max<std::int64_t>(1, window.count() / slices)) {}

    void add(net::Instant now)
    {
        latest_ = std::max(latest_, slice_of(now));
        Slice& slice = ring_[static_cast<std::size_t>(latest_ % slices)];
        if (slice.number != latest_) slice = {latest_, 0};
        ++slice.count;
    }

    std::int64_t sum(net::Instant now) const
    {
        const std::int64_t newest = std::max(latest_, slice_of(now));
        std::int64_t total = 0;
        for (const Slice& slice : ring_) {
            if (slice.number > newest - slices) total += slice.count;
        }
        return total;
    }

    void clear() { ring_ = {}; }

private:
    static constexpr std::int64_t slices = 10;
    struct Slice {
        std::int64_t number = 0;
        std::int64_t count = 0;
    };
    std::int64_t slice_of(net::Instant now) const { return now.time_since_epoch().count() / slice_; }

    std::int64_t slice_;
    std::int64_t latest_ = 0;
    std::array<Slice, static_cast<std::size_t>(slices)> ring_{};
};

}  // namespace chaos::router
