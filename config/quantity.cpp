// Splitting numbers from units, and guessing what was meant for a suggestion (never for a value).
#include "config/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace chaos::config {

namespace {

struct Alias {
    std::string_view written;
    std::string_view meant;
};

// Compared in lower case. A bare "m" is minutes, as in every other tool.
constexpr std::array<Alias, 35> duration_aliases{{
    {"ns", "ns"},          {"nsec", "ns"},         {"nanosecond", "ns"}, {"nanoseconds", "ns"}, {"us", "us"},
    {"\xC2\xB5s", "us"},   {"\xCE\xBCs", "us"},    {"usec", "us"},       {"microsecond", "us"}, {"microseconds", "us"},
    {"ms", "ms"},          {"msec", "ms"},         {"msecs", "ms"},      {"milli", "ms"},       {"millis", "ms"},
    {"millisecond", "ms"}, {"milliseconds", "ms"}, {"s", "s"},           {"sec", "s"},          {"secs", "s"},
    {"second", "s"},       {"seconds", "s"},       {"m", "m"},           {"min", "m"},          {"mins", "m"},
    {"minute", "m"},       {"minutes", "m"},       {"h", "h"},           {"hr", "h"},           {"hrs", "h"},
    {"hour", "h"},         {"hours", "h"},         {"d", "d"},           {"day", "d"},          {"days", "d"},
}};

constexpr std::array<Alias, 24> size_aliases{{
    {"b", "B"},   {"byte", "B"},   {"bytes", "B"},   {"k", "KiB"},        {"kib", "KiB"},      {"ki", "KiB"},
    {"kb", "KB"}, {"kbyte", "KB"}, {"kbytes", "KB"}, {"m", "MiB"},        {"mib", "MiB"},      {"mi", "MiB"},
    {"mb", "MB"}, {"mbyte", "MB"}, {"mbytes", "MB"}, {"g", "GiB"},        {"gib", "GiB"},      {"gi", "GiB"},
    {"gb", "GB"}, {"gbyte", "GB"}, {"gbytes", "GB"}, {"kilobytes", "KB"}, {"megabytes", "MB"}, {"gigabytes", "GB"},
}};

struct SizeUnit {
    std::string_view name;
    std::uint64_t bytes;
};
constexpr std::array<SizeUnit, 8> size_units{{{"B", 1},
                                              {"kB", 1'000},
                                              {"KB", 1'000},
                                              {"KiB", 1'024},
                                              {"MB", 1'000'000},
                                              {"MiB", 1'048'576},
                                              {"GB", 1'000'000'000},
                                              {"GiB", 1'073'741'824}}};

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text)
{
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

template <std::size_t N>
std::optional<std::string_view> meaning(const std::array<Alias, N>& aliases, std::string_view written)
{
    std::string sought = lower(written);
    for (const Alias& alias : aliases) {
        if (alias.written == sought) return alias.meant;
    }
    return std::nullopt;
}

/// One number with a unit of the table, days included.
std::optional<net::Duration> loosely_read(std::string_view number, std::string_view unit)
{
    std::optional<std::string_view> meant = meaning(duration_aliases, unit);
    if (!meant) return std::nullopt;
    bool days = *meant == "d";
    std::optional<net::Duration> value = net::parse_duration(std::string(number) + std::string(days ? "h" : *meant));
    if (!value || !days) return value;
    if (*value > net::Duration::max() / 24) return std::nullopt;
    return *value * 24;
}

/// A bare number: small ones and those with a point are seconds, others milliseconds.
std::string with_likely_unit(std::string_view number)
{
    bool seconds = number.size() < 2 || number.find('.') != std::string_view::npos;
    return fmt::format("{}{}", number, seconds ? "s" : "ms");
}

}  // namespace

Quantity split_quantity(std::string_view text)
{
    text = trimmed(text);
    Quantity result;
    if (text.starts_with('-')) {
        result.negative = true;
        text.remove_prefix(1);
    }
    std::size_t end = 0;
    bool point = false;
    while (end < text.size()) {
        bool point_here = text[end] == '.' && !point && end > 0 && end + 1 < text.size() && is_digit(text[end + 1]);
        if (!is_digit(text[end]) && !point_here) break;
        point = point || point_here;
        ++end;
    }
    result.number = text.substr(0, end);
    result.unit = trimmed(text.substr(end));
    return result;
}

std::optional<std::uint64_t> scaled(std::string_view number, std::uint64_t scale)
{
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t value = 0;
    std::size_t point = number.find('.');
    for (char c : number.substr(0, point)) {
        auto digit = static_cast<std::uint64_t>(c - '0') * scale;
        if (value > most / 10 || value * 10 > most - digit) return std::nullopt;
        value = value * 10 + digit;
    }
    std::string_view fraction = point == std::string_view::npos ? "" : number.substr(point + 1);
    // Each decimal is worth a tenth of the one before it; it must still be whole.
    while (fraction.ends_with('0')) fraction.remove_suffix(1);
    std::uint64_t numerator = 0;
    std::uint64_t denominator = 1;
    if (fraction.size() > 9) return std::nullopt;
    for (char c : fraction) {
        numerator = numerator * 10 + static_cast<std::uint64_t>(c - '0');
        denominator *= 10;
    }
    if (scale > most / 1'000'000'000 || numerator * scale % denominator != 0) return std::nullopt;
    std::uint64_t part = numerator * scale / denominator;
    if (value > most - part) return std::nullopt;
    return value + part;
}

std::optional<std::string> likely_duration(std::string_view text)
{
    Quantity first = split_quantity(text);
    if (first.number.empty() || first.negative) return std::nullopt;
    if (first.unit.empty()) return with_likely_unit(first.number);
    net::Duration sum{};
    std::string_view rest = trimmed(text);
    while (!rest.empty()) {
        Quantity next = split_quantity(rest);
        if (next.number.empty() || next.negative) return std::nullopt;
        std::string_view unit = trimmed(next.unit.substr(0, next.unit.find_first_of("0123456789")));
        std::optional<net::Duration> value = loosely_read(next.number, unit);
        if (!value || sum > net::Duration::max() - *value) return std::nullopt;
        sum += *value;
        rest = next.unit.substr(std::min(next.unit.size(), next.unit.find_first_of("0123456789")));
    }
    return net::to_string(sum);
}

std::optional<std::uint64_t> parse_size(std::string_view text)
{
    Quantity size = split_quantity(text);
    if (size.number.empty() || size.negative) return std::nullopt;
    for (const SizeUnit& unit : size_units) {
        if (unit.name == size.unit) return scaled(size.number, unit.bytes);
    }
    return std::nullopt;
}

std::optional<std::string> likely_size(std::string_view text)
{
    Quantity size = split_quantity(text);
    if (size.number.empty() || size.negative) return std::nullopt;
    std::optional<std::string_view> unit = meaning(size_aliases, size.unit.empty() ? "B" : size.unit);
    if (!unit) return std::nullopt;
    std::string spelt = fmt::format("{} {}", size.number, *unit);
    if (!parse_size(spelt)) return std::nullopt;
    return spelt;
}

}  // namespace chaos::config
