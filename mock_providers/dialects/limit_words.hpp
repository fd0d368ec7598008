// What the vendors' words about limits have in common.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "mock_providers/limits/limits.hpp"

namespace chaos::mock_providers {

/// The limit that a header without room for two tells of: the one with the smallest part left. Null if none is of these
/// kinds.
inline const Standing* scarcest(const std::vector<Standing>& standing, std::initializer_list<LimitKind> kinds)
{
    const Standing* found = nullptr;
    for (const Standing& one : standing) {
        const bool asked = std::find(kinds.begin(), kinds.end(), one.kind) != kinds.end();
        if (asked && (found == nullptr || one.remaining * found->limit < found->remaining * one.limit)) {
            found = &one;
        }
    }
    return found;
}

inline const Standing* of_requests(const std::vector<Standing>& standing)
{
    return scarcest(standing, {LimitKind::requests_per_minute, LimitKind::requests_per_day});
}

inline const Standing* of_tokens(const std::vector<Standing>& standing)
{
    return scarcest(standing, {LimitKind::tokens_per_minute});
}

/// "50,000"
inline std::string with_commas(std::int64_t number)
{
    std::string digits = fmt::to_string(number);
    for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) {
        digits.insert(static_cast<std::size_t>(at), ",");
    }
    return digits;
}

}  // namespace chaos::mock_providers
