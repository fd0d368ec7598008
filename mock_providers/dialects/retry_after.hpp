// A wait as headers spell it.
#pragma once

#include <fmt/format.h>

#include <string>

#include "net/time.hpp"

namespace chaos::mock_providers {

/// Retry-After has whole seconds (RFC 9110, 10.2.3): rounded up, or a client that obeys it would come too early.
inline std::string whole_seconds(net::Duration wait)
{
    return fmt::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count());
}

inline std::string whole_milliseconds(net::Duration wait)
{
    return fmt::to_string(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
}

/// As Go writes durations, which is how OpenAI spells a reset: "6m0s", "1h2m3.5s", "6.57s", "20ms". In milliseconds,
/// rounded up.
inline std::string go_duration(net::Duration wait)
{
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(wait);
    if (whole < std::chrono::seconds(1)) {
        return whole.count() == 0 ? "0s" : fmt::format("{}ms", whole.count());
    }
    const auto minutes = std::chrono::floor<std::chrono::minutes>(whole);
    const std::string seconds = net::to_string(whole - minutes);  // "0s", "30s", "3.5s", "20ms"
    const std::string rest =
        seconds.ends_with("ms") ? fmt::format("{:g}s", net::seconds(whole - minutes)) : seconds;
    if (minutes.count() == 0) {
        return rest;
    }
    const std::string hours = minutes < std::chrono::hours(1) ? "" : fmt::format("{}h", minutes.count() / 60);
    return fmt::format("{}{}m{}", hours, minutes.count() % 60, rest);
}

}  // namespace chaos::mock_providers
