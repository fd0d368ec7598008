// JSON with limits: depth, size and UTF-8 are checked before any tree is kept.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "net/task.hpp"

namespace chaos::net {

struct JsonLimits {
    std::size_t max_depth = 64;  ///< nested arrays and objects; deeper input would overflow recursive destructors
    std::size_t max_bytes = 32 * 1024 * 1024;
    std::size_t max_members = 10'000;  ///< of one object; finding a member in an ordered tree takes a linear search
};

/// Why `text` is not acceptable JSON ("nested deeper than 64", "line 1, column 7: ..."), or nothing if it is.
/// Scans once, keeps nothing.
std::string json_problem(std::string_view text, const JsonLimits& limits = {});

/// The tree, or bad_message. Object members keep their order (ordered_json); of duplicate keys the last wins.
Result<nlohmann::ordered_json> parse_json(std::string_view text, const JsonLimits& limits = {});

/// One line, UTF-8; bytes that are not UTF-8 become U+FFFD instead of an exception.
std::string dump_json(const nlohmann::ordered_json& value);

/// `text` as a JSON string literal with quotes, appended to `out`; invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace chaos::net
