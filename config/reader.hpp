// Typed, strict reading of nodes: every value has a unit and a range, every key is known, nothing is guessed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "net/time.hpp"

namespace chaos::config {

/// Scalars. Each complains at the node and returns nothing if it is not what was expected.
std::optional<std::string> read_text(const Node& node, Complaints& complaints, std::string_view what);
/// A bare integer within [low, high].
std::optional<std::int64_t> read_integer(const Node& node, Complaints& complaints, std::string_view what,
                                         std::int64_t low, std::int64_t high);
/// "250ms", "1.5s"; a bare number is refused with the unit it probably meant. Not negative.
std::optional<net::Duration> read_duration(const Node& node, Complaints& complaints, std::string_view what);
/// "8 KiB", "2MB", "512B".
std::optional<std::uint64_t> read_size(const Node& node, Complaints& complaints, std::string_view what);
/// "10%", "0.5%": parts per million of the whole, within [0%, 100%].
std::optional<std::uint32_t> read_rate(const Node& node, Complaints& complaints, std::string_view what);
/// true or false; yes/no/on/off are refused with the right spelling.
std::optional<bool> read_boolean(const Node& node, Complaints& complaints, std::string_view what);
/// "3", "3..5", "3..": inclusive, from 1; the end is nothing for an open range.
struct Range {
    std::int64_t first = 1;
    std::optional<std::int64_t> last;
    bool contains(std::int64_t n) const { return n >= first && (!last || n <= *last); }
};
std::optional<Range> read_range(const Node& node, Complaints& complaints, std::string_view what);
/// One of `choices`; suggests the nearest.
std::optional<std::string> read_choice(const Node& node, Complaints& complaints, std::string_view what,
                                       const std::vector<std::string>& choices);

/// Reads one map strictly. Each accessor marks its key as known; finish() complains about the keys nobody asked for,
/// with the nearest spelling. A node that is no map is complained about once and then reads as empty.
class MapReader {
public:
    /// `what` names the map in messages: "provider 'primary'".
    MapReader(const Node& node, Complaints& complaints, std::string what);

    bool valid() const { return valid_; }  ///< it is a map
    Position at() const { return node_.at(); }
    Complaints& complaints() { return complaints_; }
    const std::string& what() const { return what_; }

    /// The raw value of `key`, if present.
    std::optional<Node> take(std::string_view key);
    /// Same, but complains when absent.
    std::optional<Node> require(std::string_view key);
    /// Where the key's value stands, or the map itself.
    Position at(std::string_view key) const;

    std::string text(std::string_view key, std::string fallback);
    std::optional<std::string> text(std::string_view key);
    std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t low, std::int64_t high);
    std::optional<std::int64_t> integer(std::string_view key, std::int64_t low, std::int64_t high);
    net::Duration duration(std::string_view key, net::Duration fallback);
    std::optional<net::Duration> duration(std::string_view key);
    std::optional<std::uint64_t> size(std::string_view key);
    std::optional<std::uint32_t> rate(std::string_view key);
    bool boolean(std::string_view key, bool fallback);
    std::optional<Range> range(std::string_view key);
    std::optional<std::string> choice(std::string_view key, const std::vector<std::string>& choices);
    /// A list of text; a single text is read as a list of one.
    std::vector<std::string> texts(std::string_view key);

    /// Every entry, in file order, for maps whose keys are names the user chose; marks all keys as known.
    const std::vector<std::pair<Node, Node>>& all();

    /// Call last. Complains about unknown keys.
    void finish();

private:
    Node node_;
    Complaints& complaints_;
    std::string what_;
    bool valid_ = false;
    bool all_known_ = false;
    std::vector<std::string> known_;
};

}  // namespace chaos::config
