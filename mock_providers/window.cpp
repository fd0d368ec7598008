// The window is one piece; a flap cuts it into turns.
#include "mock_providers/window.hpp"

#include <algorithm>

namespace chaos::mock_providers {

namespace {

net::Duration beginning(const Selector& when)
{
    return when.from.value_or(net::Duration{});
}

/// One turn of a flap.
struct Turn {
    bool down;
    net::Duration ends;
};

Turn turn_at(const Selector& when, net::Duration at)
{
    const Flap& flap = *when.flap;
    const net::Duration since_cycle = (at - beginning(when)) % (flap.up + flap.down);
    const net::Duration first = flap.starts_up ? flap.up : flap.down;
    const bool in_first = since_cycle < first;
    return {in_first != flap.starts_up, at - since_cycle + (in_first ? first : flap.up + flap.down)};
}

}  // namespace

bool has_window(const Selector& when)
{
    return when.from || when.until || when.flap;
}

bool is_open(const Selector& when, net::Duration at)
{
    if (at < beginning(when) || (when.until && at >= *when.until)) {
        return false;
    }
    return !when.flap || turn_at(when, at).down;
}

std::optional<net::Duration> next_change(const Selector& when, net::Duration after)
{
    if (after < beginning(when)) {
        return beginning(when);
    }
    if (when.until && after >= *when.until) {
        return std::nullopt;
    }
    return when.flap ? std::min(turn_at(when, after).ends, when.until.value_or(net::Duration::max())) : when.until;
}

std::optional<net::Duration> closes(const Selector& when, net::Duration at)
{
    return next_change(when, std::max(at, beginning(when)));
}

std::uint32_t chance_at(const Selector& when, net::Duration at)
{
    const std::uint32_t full = when.chance.value_or(1'000'000);
    if (!when.ramp) {
        return full;
    }
    using std::chrono::microseconds;
    const auto grown = std::clamp(at - beginning(when), net::Duration{}, *when.ramp);
    const auto part = std::chrono::duration_cast<microseconds>(grown).count();
    const auto whole = std::chrono::duration_cast<microseconds>(*when.ramp).count();
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(full) * part / whole);
}

}  // namespace chaos::mock_providers
