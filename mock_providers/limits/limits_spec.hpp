// What a provider allows one caller, as a scenario says it.
#pragma once

#include <cstdint>
#include <optional>

namespace chaos::mock_providers {

/// How what was used comes back.
enum class RateWindow {
    fixed,         ///< all at once, when the window closes that the first request opened
    sliding,       ///< each piece when it is as old as the window is long
    token_bucket,  ///< evenly
};

/// Each for one caller, whom its API key tells apart. Nothing: without limit.
struct LimitsSpec {
    std::optional<std::int64_t> requests_per_minute;
    std::optional<std::int64_t> tokens_per_minute;  ///< of prompt and answer together, as `usage` counts them
    std::optional<std::int64_t> requests_per_day;
    std::optional<std::int64_t> concurrent;  ///< requests whose answers are under way
    std::optional<RateWindow> window;        ///< nothing: the vendor's own

    bool any() const { return requests_per_minute || tokens_per_minute || requests_per_day || concurrent; }
};

}  // namespace chaos::mock_providers
