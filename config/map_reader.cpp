// Strict reading of one map, key by key.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/reader.hpp"

namespace chaos::config {

namespace {

/// What to say about a key nobody knows: the nearest that is known, else all of them.
std::string advice(const std::string& key, const std::vector<std::string>& known)
{
    if (std::size_t colon = key.find(':'); colon != std::string::npos && colon > 0) {
        return " (a space is missing after ':')";
    }
    std::string near = did_you_mean(key, known);
    if (!near.empty()) return near;
    if (known.empty()) return "; no keys are expected here";
    return fmt::format("; known keys are {}", fmt::join(known, ", "));
}

}  // namespace

MapReader::MapReader(const Node& node, Complaints& complaints, std::string what)
    : node_(node), complaints_(complaints), what_(std::move(what)), valid_(node.kind() == NodeKind::map)
{
    if (valid_) return;
    std::string_view hint = node.kind() == NodeKind::null ? " (an empty map is written {})" : "";
    complaints.add(node.at(), fmt::format("{}: expected a map, found {}{}", what_, node.kind_name(), hint));
}

std::optional<Node> MapReader::take(std::string_view key)
{
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
    for (const auto& [name, value] : node_.entries()) {
        if (name.text() == key) return value;
    }
    return std::nullopt;
}

std::optional<Node> MapReader::require(std::string_view key)
{
    std::optional<Node> value = take(key);
    if (!value && valid_) complaints_.add(at(), fmt::format("{}: '{}' is missing", what_, key));
    return value;
}

Position MapReader::at(std::string_view key) const
{
    for (const auto& [name, value] : node_.entries()) {
        if (name.text() == key) return value.at();
    }
    return at();
}

std::string MapReader::text(std::string_view key, std::string fallback)
{
    return text(key).value_or(std::move(fallback));
}

std::optional<std::string> MapReader::text(std::string_view key)
{
    std::optional<Node> value = take(key);
    return value ? read_text(*value, complaints_, key) : std::nullopt;
}

std::int64_t MapReader::integer(std::string_view key, std::int64_t fallback, std::int64_t low, std::int64_t high)
{
    return integer(key, low, high).value_or(fallback);
}

std::optional<std::int64_t> MapReader::integer(std::string_view key, std::int64_t low, std::int64_t high)
{
    std::optional<Node> value = take(key);
    return value ? read_integer(*value, complaints_, key, low, high) : std::nullopt;
}

net::Duration MapReader::duration(std::string_view key, net::Duration fallback)
{
    return duration(key).value_or(fallback);
}

std::optional<net::Duration> MapReader::duration(std::string_view key)
{
    std::optional<Node> value = take(key);
    return value ? read_duration(*value, complaints_, key) : std::nullopt;
}

std::optional<std::uint64_t> MapReader::size(std::string_view key)
{
    std::optional<Node> value = take(key);
    return value ? read_size(*value, complaints_, key) : std::nullopt;
}

std::optional<std::uint32_t> MapReader::rate(std::string_view key)
{
    std::optional<Node> value = take(key);
    return value ? read_rate(*value, complaints_, key) : std::nullopt;
}

bool MapReader::boolean(std::string_view key, bool fallback)
{
    std::optional<Node> value = take(key);
    return value ? read_boolean(*value, complaints_, key).value_or(fallback) : fallback;
}

std::optional<Range> MapReader::range(std::string_view key)
{
    std::optional<Node> value = take(key);
    return value ? read_range(*value, complaints_, key) : std::nullopt;
}

std::optional<std::string> MapReader::choice(std::string_view key, const std::vector<std::string>& choices)
{
    std::optional<Node> value = take(key);
    return value ? read_choice(*value, complaints_, key, choices) : std::nullopt;
}

std::vector<std::string> MapReader::texts(std::string_view key)
{
    std::optional<Node> value = take(key);
    if (!value) return {};
    if (value->kind() == NodeKind::scalar) return {value->text()};
    if (value->kind() != NodeKind::sequence) {
        complaints_.add(value->at(),
                        fmt::format("{}: expected text or a list of text, found {}", key, value->kind_name()));
        return {};
    }
    std::vector<std::string> result;
    for (const Node& item : value->items()) {
        if (std::optional<std::string> text = read_text(item, complaints_, key)) result.push_back(*text);
    }
    return result;
}

const std::vector<std::pair<Node, Node>>& MapReader::all()
{
    all_known_ = true;
    return node_.entries();
}

void MapReader::finish()
{
    if (all_known_) return;
    for (const auto& [name, value] : node_.entries()) {
        if (std::find(known_.begin(), known_.end(), name.text()) != known_.end()) continue;
        complaints_.add(name.at(),
                        fmt::format("{}: unknown key '{}'{}", what_, name.text(), advice(name.text(), known_)));
    }
}

}  // namespace chaos::config
