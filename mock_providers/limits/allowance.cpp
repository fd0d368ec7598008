// The three ways in which units come back.
#include "mock_providers/limits/allowance.hpp"

#include <algorithm>

namespace chaos::mock_providers {

namespace {

__extension__ using Wide = unsigned __int128;

/// a * b / c, rounded down; the product may be larger than 64 bits.
std::int64_t scaled(std::int64_t a, std::int64_t b, std::int64_t c)
{
    return static_cast<std::int64_t>(static_cast<Wide>(a) * static_cast<Wide>(b) / static_cast<Wide>(c));
}

std::variant<FixedWindow, SlidingWindow, TokenBucket> make_window(RateWindow kind, Rate rate)
{
    if (kind == RateWindow::fixed) {
        return FixedWindow(rate);
    }
    if (kind == RateWindow::sliding) {
        return SlidingWindow(rate);
    }
    return TokenBucket(rate);
}

}  // namespace

net::Duration FixedWindow::wait_for(net::Instant now, std::int64_t cost) const
{
    return used(now) + cost <= rate_.limit ? net::Duration{} : closes_ - now;
}

void FixedWindow::take(net::Instant now, std::int64_t cost)
{
    if (now >= closes_) {
        closes_ = now + rate_.window;
        used_ = 0;
    }
    used_ += cost;
}

std::int64_t FixedWindow::remaining(net::Instant now) const
{
    return rate_.limit - used(now);
}

net::Duration FixedWindow::reset(net::Instant now) const
{
    return used(now) == 0 ? net::Duration{} : closes_ - now;
}

net::Duration SlidingWindow::wait_for(net::Instant now, std::int64_t cost) const
{
    std::int64_t room = remaining(now);
    net::Instant fits = now;
    for (auto next = taken_.begin(); room < cost && next != taken_.end(); ++next) {
        if (next->back > now) {
            room += next->cost;
            fits = next->back;
        }
    }
    return fits - now;
}

void SlidingWindow::take(net::Instant now, std::int64_t cost)
{
    while (!taken_.empty() && taken_.front().back <= now) {
        taken_.pop_front();
    }
    taken_.push_back({now + rate_.window, cost});
}

std::int64_t SlidingWindow::remaining(net::Instant now) const
{
    std::int64_t room = rate_.limit;
    for (const Taken& taken : taken_) {
        room -= taken.back > now ? taken.cost : 0;
    }
    return room;
}

net::Duration SlidingWindow::reset(net::Instant now) const
{
    return taken_.empty() ? net::Duration{} : std::max(net::Duration{}, taken_.back().back - now);
}

net::Duration TokenBucket::price(std::int64_t cost) const
{
    return net::Duration(scaled(cost, rate_.window.count(), rate_.limit));
}

net::Duration TokenBucket::wait_for(net::Instant now, std::int64_t cost) const
{
    return std::max(net::Duration{}, reset(now) + price(cost) - rate_.window);
}

void TokenBucket::take(net::Instant now, std::int64_t cost)
{
    full_ = std::max(full_, now) + price(cost);
}

std::int64_t TokenBucket::remaining(net::Instant now) const
{
    return scaled((rate_.window - reset(now)).count(), rate_.limit, rate_.window.count());
}

net::Duration TokenBucket::reset(net::Instant now) const
{
    return std::max(net::Duration{}, full_ - now);
}

Allowance::Allowance(RateWindow kind, Rate rate) : rate_(rate), window_(make_window(kind, rate)) {}

std::optional<net::Duration> Allowance::wait_for(net::Instant now, std::int64_t cost) const
{
    if (cost > rate_.limit) {
        return std::nullopt;
    }
    return std::visit([&](const auto& window) { return window.wait_for(now, cost); }, window_);
}

void Allowance::take(net::Instant now, std::int64_t cost)
{
    std::visit([&](auto& window) { window.take(now, cost); }, window_);
}

std::int64_t Allowance::remaining(net::Instant now) const
{
    return std::visit([&](const auto& window) { return window.remaining(now); }, window_);
}

net::Duration Allowance::reset(net::Instant now) const
{
    return std::visit([&](const auto& window) { return window.reset(now); }, window_);
}

}  // namespace chaos::mock_providers
