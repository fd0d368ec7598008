// Reading Retry-After in all its forms.
#include "router/retry_after.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace chaos::router {
namespace {

using net::Duration;

std::string_view trim_blanks(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// Reads "12" or "12.345" from the front of `text`, as that many of `unit`; too large becomes the longest wait.
std::optional<Duration> take_number(std::string_view& text, Duration unit)
{
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    const std::int64_t cap = longest_retry_after / unit;
    std::int64_t whole = 0;
    while (!text.empty() && is_digit(text.front())) {
        whole = std::min(cap, whole * 10 + (text.front() - '0'));
        text.remove_prefix(1);
    }
    Duration fraction{};
    if (text.size() > 1 && text[0] == '.' && is_digit(text[1])) {
        text.remove_prefix(1);
        Duration place = unit;
        while (!text.empty() && is_digit(text.front())) {
            place /= 10;
            fraction += place * (text.front() - '0');
            text.remove_prefix(1);
        }
    }
    return std::min(longest_retry_after, unit * whole + fraction);
}

std::optional<Duration> whole_number(std::string_view text, Duration unit)
{
    text = trim_blanks(text);
    const auto wait = take_number(text, unit);
    return text.empty() ? wait : std::nullopt;
}

/// Several Retry-After headers may have been joined with commas; the longest counts.
std::optional<Duration> longest_number(std::string_view text, Duration unit)
{
    std::optional<Duration> longest;
    while (true) {
        const auto comma = text.find(',');
        if (const auto wait = whole_number(text.substr(0, comma), unit))
            longest = std::max(longest.value_or(Duration{}), *wait);
        if (comma == std::string_view::npos) return longest;
        text.remove_prefix(comma + 1);
    }
}

std::optional<Duration> read_seconds_or_date(std::string_view text, const RetryHeaders& headers, net::WallTime now)
{
    if (const auto when = net::parse_http_date(trim_blanks(text))) {
        const auto theirs = headers.date ? net::parse_http_date(trim_blanks(*headers.date)) : std::nullopt;
        return std::clamp(Duration(*when - theirs.value_or(now)), Duration{}, longest_retry_after);
    }
    return longest_number(text, std::chrono::seconds(1));
}

std::string lower_case(std::string_view text)
{
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

struct Unit {
    std::string_view name;
    Duration length;
};
/// Longer names first, so that "ms" is not read as "m".
constexpr std::array<Unit, 14> units{{
    {"milliseconds", std::chrono::milliseconds(1)},
    {"millisecond", std::chrono::milliseconds(1)},
    {"seconds", std::chrono::seconds(1)},
    {"second", std::chrono::seconds(1)},
    {"minutes", std::chrono::minutes(1)},
    {"minute", std::chrono::minutes(1)},
    {"hours", std::chrono::hours(1)},
    {"hour", std::chrono::hours(1)},
    {"secs", std::chrono::seconds(1)},
    {"sec", std::chrono::seconds(1)},
    {"ms", std::chrono::milliseconds(1)},
    {"s", std::chrono::seconds(1)},
    {"m", std::chrono::minutes(1)},
    {"h", std::chrono::hours(1)},
}};

/// The number's extent and the unit behind it, or nothing; consumes both.
std::optional<Duration> take_amount(std::string_view& text)
{
    const auto number_end = text.find_first_not_of("0123456789.");
    if (number_end == 0 || number_end == std::string_view::npos) return std::nullopt;
    std::string_view number = text.substr(0, number_end);
    std::string_view rest = text.substr(number_end);
    if (rest.front() == ' ') rest.remove_prefix(1);
    for (const Unit& unit : units) {
        if (!rest.starts_with(unit.name)) continue;
        const std::string_view after = rest.substr(unit.name.size());
        if (!after.empty() && std::isalpha(static_cast<unsigned char>(after.front()))) continue;
        const auto amount = take_number(number, unit.length);
        if (!amount || (!number.empty() && number != ".")) return std::nullopt;
        text = after;
        return amount;
    }
    return std::nullopt;
}

/// "6m0s", "6.57s", "644ms", "20 seconds".
std::optional<Duration> prose_duration(std::string_view text)
{
    std::optional<Duration> sum;
    while (const auto amount = take_amount(text))
        sum = std::min(longest_retry_after, sum.value_or(Duration{}) + *amount);
    return sum;
}

std::optional<Duration> read_prose(std::string_view message)
{
    const std::string text = lower_case(message);
    for (const std::string_view lead : {"try again in ", "retry in ", "retry after "}) {
        const auto found = text.find(lead);
        if (found == std::string::npos) continue;
        if (const auto wait = prose_duration(std::string_view(text).substr(found + lead.size()))) return wait;
    }
    return std::nullopt;
}

}  // namespace

RetryHint read_retry_hint(const RetryHeaders& headers, net::WallTime now, std::string_view error_message)
{
    RetryHint hint;
    if (headers.should_retry) {
        const std::string word = lower_case(trim_blanks(*headers.should_retry));
        if (word == "true" || word == "false") hint.should_retry = word == "true";
    }
    if (headers.retry_after_ms) hint.after = longest_number(*headers.retry_after_ms, std::chrono::milliseconds(1));
    if (headers.retry_after) {
        const auto wait = read_seconds_or_date(*headers.retry_after, headers, now);
        if (wait) hint.after = std::max(hint.after.value_or(Duration{}), *wait);
    }
    if (!hint.after) hint.after = read_prose(error_message);
    return hint;
}

}  // namespace chaos::router
