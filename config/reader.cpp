// Strict reading of scalars and maps: what was expected, what was found, and the nearest right spelling.
#include "config/reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "config/quantity.hpp"

namespace chaos::config {

namespace {

constexpr std::uint32_t whole_in_parts_per_million = 1'000'000;

/// The value as it stands in the file, short enough for one line.
std::string shown(std::string_view text)
{
    constexpr std::size_t longest = 40;
    std::string result;
    for (char c : text) {
        bool boundary = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        if (result.size() >= longest && boundary) return result + "...";
        result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return result;
}

std::string found(const Node& node)
{
    if (node.kind() != NodeKind::scalar) return std::string(node.kind_name());
    if (!node.quoted()) return fmt::format("'{}'", shown(node.text()));
    return fmt::format("the quoted text '{}'", shown(node.text()));
}

std::string suggestion(const std::optional<std::string>& spelling)
{
    return spelling ? fmt::format(" (did you mean '{}'?)", *spelling) : "";
}

/// Says what was expected at `node`, and what is there instead.
void complain(const Node& node, Complaints& complaints, std::string_view what, std::string_view expected,
              std::string_view hint = {})
{
    complaints.add(node.at(), fmt::format("{}: expected {}, found {}{}", what, expected, found(node), hint));
}

/// The text of a scalar that is not quoted; complains about everything else.
std::optional<std::string_view> plain_text(const Node& node, Complaints& complaints, std::string_view what,
                                           std::string_view expected)
{
    if (node.kind() == NodeKind::scalar && !node.quoted()) return node.text();
    bool quoted = node.kind() == NodeKind::scalar;
    complain(node, complaints, what, expected, quoted ? " (write it without quotes)" : "");
    return std::nullopt;
}

struct ParsedInteger {
    bool is_integer = false;
    bool in_range = false;  ///< fits 64 bits
    std::int64_t value = 0;
};

/// Decimal digits, perhaps with a minus; no plus, no leading zeros (YAML 1.1 reads those as octal).
ParsedInteger parse_integer(std::string_view text)
{
    std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
    bool all_digits = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (!all_digits || (digits.size() > 1 && digits.front() == '0')) return {};
    ParsedInteger result{true, false, 0};
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.value);
    result.in_range = error == std::errc() && end == text.data() + text.size();
    return result;
}

std::string expected_integer(std::int64_t low, std::int64_t high)
{
    bool open_below = low == std::numeric_limits<std::int64_t>::min();
    bool open_above = high == std::numeric_limits<std::int64_t>::max();
    if (open_below && open_above) return "a whole number";
    if (open_above) return fmt::format("a whole number of at least {}", low);
    if (open_below) return fmt::format("a whole number of at most {}", high);
    return fmt::format("a whole number from {} to {}", low, high);
}

/// A rate written as a fraction: "0.1" -> "10%"; numbers above one were meant as percent.
std::optional<std::string> likely_rate(std::string_view text)
{
    Quantity rate = split_quantity(text);
    if (rate.number.empty() || rate.negative) return std::nullopt;
    bool percent = rate.unit == "%" || rate.unit == "percent" || rate.unit == "pct";
    if (!percent && !rate.unit.empty()) return std::nullopt;
    std::optional<std::uint64_t> as_fraction = scaled(rate.number, whole_in_parts_per_million);
    bool fraction = !percent && as_fraction && *as_fraction <= whole_in_parts_per_million;
    if (!fraction) return fmt::format("{}%", rate.number);
    return fmt::format("{}%", static_cast<double>(*as_fraction) / 10'000);
}

/// The range somebody probably meant: "3-5", "3...5", "..5", "3 .. 5".
std::optional<std::string> likely_range(std::string_view text)
{
    std::vector<std::string> numbers;
    bool in_number = false;
    for (char c : text) {
        bool digit = c >= '0' && c <= '9';
        bool between = c == '.' || c == '-' || c == ' ';
        if (!digit && !between) return std::nullopt;
        if (digit && !in_number) numbers.emplace_back();
        if (digit) numbers.back() += c;
        in_number = digit;
    }
    if (numbers.size() == 2) return fmt::format("{}..{}", numbers[0], numbers[1]);
    if (numbers.size() == 1 && text.starts_with("..")) return fmt::format("1..{}", numbers[0]);
    return std::nullopt;
}

std::optional<Range> parse_range(std::string_view text)
{
    std::size_t dots = text.find("..");
    ParsedInteger first = parse_integer(text.substr(0, dots));
    if (!first.in_range) return std::nullopt;
    if (dots == std::string_view::npos) return Range{first.value, first.value};
    std::string_view end = text.substr(dots + 2);
    if (end.empty()) return Range{first.value, std::nullopt};
    ParsedInteger last = parse_integer(end);
    if (!last.in_range) return std::nullopt;
    return Range{first.value, last.value};
}

}  // namespace

std::optional<std::string> read_text(const Node& node, Complaints& complaints, std::string_view what)
{
    if (node.kind() == NodeKind::scalar) return node.text();
    complain(node, complaints, what, "text");
    return std::nullopt;
}

std::optional<std::int64_t> read_integer(const Node& node, Complaints& complaints, std::string_view what,
                                         std::int64_t low, std::int64_t high)
{
    std::string expected = expected_integer(low, high);
    std::optional<std::string_view> text = plain_text(node, complaints, what, expected);
    if (!text) return std::nullopt;
    ParsedInteger integer = parse_integer(*text);
    if (integer.is_integer && integer.in_range && integer.value >= low && integer.value <= high) return integer.value;
    complain(node, complaints, what, expected);
    return std::nullopt;
}

std::optional<net::Duration> read_duration(const Node& node, Complaints& complaints, std::string_view what)
{
    constexpr std::string_view expected = "a duration such as 250ms, 1.5s or 2m";
    std::optional<std::string_view> text = plain_text(node, complaints, what, expected);
    if (!text) return std::nullopt;
    if (std::optional<net::Duration> duration = net::parse_duration(*text)) return duration;
    Quantity quantity = split_quantity(*text);
    std::optional<std::string> likely = likely_duration(*text);
    if (quantity.negative && !quantity.number.empty()) {
        complain(node, complaints, what, "a duration that is not negative");
    } else if (quantity.unit.empty() && likely) {
        complaints.add(node.at(), fmt::format("{}: expected a duration with a unit, such as {}", what, *likely));
    } else {
        complain(node, complaints, what, expected, suggestion(likely));
    }
    return std::nullopt;
}

std::optional<std::uint64_t> read_size(const Node& node, Complaints& complaints, std::string_view what)
{
    constexpr std::string_view expected = "a size such as 512 B, 8 KiB or 2 MB";
    std::optional<std::string_view> text = plain_text(node, complaints, what, expected);
    if (!text) return std::nullopt;
    if (std::optional<std::uint64_t> size = parse_size(*text)) return size;
    std::optional<std::string> likely = likely_size(*text);
    if (split_quantity(*text).unit.empty() && likely) {
        complaints.add(node.at(), fmt::format("{}: expected a size with a unit, such as {}", what, *likely));
    } else {
        complain(node, complaints, what, expected, suggestion(likely));
    }
    return std::nullopt;
}

std::optional<std::uint32_t> read_rate(const Node& node, Complaints& complaints, std::string_view what)
{
    constexpr std::string_view expected = "a rate from 0% to 100%, such as 10% or 0.5%";
    std::optional<std::string_view> text = plain_text(node, complaints, what, expected);
    if (!text) return std::nullopt;
    Quantity rate = split_quantity(*text);
    bool well_formed =
        !rate.negative && !rate.number.empty() && rate.unit == "%" && text->find(' ') == std::string_view::npos;
    if (!well_formed) {
        complain(node, complaints, what, expected, suggestion(likely_rate(*text)));
        return std::nullopt;
    }
    std::optional<std::uint64_t> parts = scaled(rate.number, whole_in_parts_per_million / 100);
    if (parts && *parts <= whole_in_parts_per_million) return static_cast<std::uint32_t>(*parts);
    bool too_fine = rate.number.find('.') != std::string_view::npos && !parts;
    complain(node, complaints, what, too_fine ? "a rate with at most four decimals" : expected);
    return std::nullopt;
}

std::optional<bool> read_boolean(const Node& node, Complaints& complaints, std::string_view what)
{
    std::optional<std::string_view> text = plain_text(node, complaints, what, "true or false");
    if (!text) return std::nullopt;
    if (*text == "true") return true;
    if (*text == "false") return false;
    constexpr std::array<std::string_view, 9> yes{"yes", "Yes", "YES", "on", "On", "ON", "y", "1", "T"};
    constexpr std::array<std::string_view, 9> no{"no", "No", "NO", "off", "Off", "OFF", "n", "0", "F"};
    std::optional<std::string> likely = nearest(*text, {"true", "false"});
    if (std::find(yes.begin(), yes.end(), *text) != yes.end()) likely = "true";
    if (std::find(no.begin(), no.end(), *text) != no.end()) likely = "false";
    complain(node, complaints, what, "true or false", suggestion(likely));
    return std::nullopt;
}

std::optional<Range> read_range(const Node& node, Complaints& complaints, std::string_view what)
{
    constexpr std::string_view expected = "a number or a range such as 3, 3..5 or 3.. (from 1, both ends included)";
    std::optional<std::string_view> text = plain_text(node, complaints, what, expected);
    if (!text) return std::nullopt;
    std::optional<Range> range = parse_range(*text);
    bool from_one = range && range->first >= 1;
    if (from_one && (!range->last || *range->last >= range->first)) return range;
    std::optional<std::string> likely = range ? std::nullopt : likely_range(*text);
    if (from_one) likely = fmt::format("{}..{}", *range->last, range->first);
    complain(node, complaints, what, expected, suggestion(likely));
    return std::nullopt;
}

std::optional<std::string> read_choice(const Node& node, Complaints& complaints, std::string_view what,
                                       const std::vector<std::string>& choices)
{
    std::string expected = choices.size() == 1 ? choices.front() : fmt::format("one of {}", fmt::join(choices, ", "));
    if (node.kind() != NodeKind::scalar) {
        complain(node, complaints, what, expected);
        return std::nullopt;
    }
    if (std::find(choices.begin(), choices.end(), node.text()) != choices.end()) return node.text();
    complain(node, complaints, what, expected, did_you_mean(node.text(), choices));
    return std::nullopt;
}

}  // namespace chaos::config
