// A number with a unit as people write it, right or nearly right.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/time.hpp"

namespace chaos::config {

/// "1.5 MiB" -> {"1.5", "MiB"}; "-5%" -> negative, {"5", "%"}. Blanks around the unit are dropped.
struct Quantity {
    bool negative = false;
    std::string_view number;  ///< digits, at most one point between digits; empty: no number at the start
    std::string_view unit;    ///< everything after it
};
Quantity split_quantity(std::string_view text);

/// The value of `number` (digits, perhaps with a point) times `scale`, if that is a whole number that fits.
std::optional<std::uint64_t> scaled(std::string_view number, std::uint64_t scale);

/// The duration somebody probably meant by `text`, spelt right: "250msec" -> "250ms", "1m30s" -> "90s", "1 day" ->
/// "24h", "250" -> "250ms", "2" -> "2s".
std::optional<std::string> likely_duration(std::string_view text);

/// Bytes of "8 KiB", "2MB", "512B"; nothing for any other spelling.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// The size somebody probably meant, spelt right: "8k" -> "8 KiB", "512" -> "512 B".
std::optional<std::string> likely_size(std::string_view text);

}  // namespace chaos::config
