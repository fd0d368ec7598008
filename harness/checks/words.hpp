// Words that every check uses for counts, times and lists, so that all results read alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/time.hpp"

namespace chaos::harness {

/// "1 attempt", "3 attempts", "2 replies".
std::string counted(std::uint64_t count, std::string_view one);

/// To the millisecond from 100 ms on, to the microsecond below: "911ms", "1.5s", "640us".
std::string rounded(net::Duration duration);

/// `duration` rounded, but exact where rounding would make it look equal to a limit it exceeds.
std::string rounded_against(net::Duration duration, net::Duration limit);

/// "100%", "97.5%": parts per million as a percentage, at most four places.
std::string percent(std::uint64_t parts_per_million);

/// "a, b and c"; after `most` names "a, b and 7 more".
std::string listed(const std::vector<std::string>& names, std::size_t most = 4);

/// In quotes, one line, at most `most` bytes (cut between characters).
std::string quoted(std::string_view text, std::size_t most = 60);

}  // namespace chaos::harness
