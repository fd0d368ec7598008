// Spelling and reading of durations, HTTP dates and RFC 3339 instants.
#include "net/time.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <numeric>

namespace chaos::net {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
};
// Largest first: the first that suits is the one a person would choose.
constexpr std::array<Unit, 6> units{{{"h", 3'600'000'000'000},
                                     {"m", 60'000'000'000},
                                     {"s", 1'000'000'000},
                                     {"ms", 1'000'000},
                                     {"us", 1'000},
                                     {"ns", 1}}};

constexpr std::array<std::string_view, 7> short_days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> long_days{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_digit_of_time(char c)
{
    return c >= '0' && c <= '9';
}

std::optional<std::int64_t> unit_named(std::string_view name)
{
    for (const Unit& unit : units) {
        if (unit.name == name) return unit.nanoseconds;
    }
    return std::nullopt;
}

std::size_t count_digits(std::string_view text)
{
    std::size_t n = 0;
    while (n < text.size() && is_digit_of_time(text[n])) ++n;
    return n;
}

/// `whole` units as nanoseconds, or nothing if that overflows.
std::optional<std::int64_t> scale_whole(std::string_view whole, std::int64_t unit)
{
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    std::int64_t value = 0;
    for (char c : whole) {
        if (value > (most - (c - '0')) / 10) return std::nullopt;
        value = value * 10 + (c - '0');
    }
    if (value > most / unit) return std::nullopt;
    return value * unit;
}

/// The decimals `fraction` of a unit as nanoseconds; what is finer than a nanosecond is cut off.
std::int64_t scale_fraction(std::string_view fraction, std::int64_t unit)
{
    // 13 digits reach below a nanosecond of an hour; reducing first keeps the product within 64 bits.
    std::int64_t value = 0;
    std::int64_t scale = 1;
    for (char c : fraction.substr(0, 13)) {
        scale *= 10;
        value = value * 10 + (c - '0');
    }
    std::int64_t common = std::gcd(scale, unit);
    return value * (unit / common) / (scale / common);
}

/// A cursor over a date: each step eats what it names, or marks the whole as failed.
class DateScanner {
public:
    explicit DateScanner(std::string_view text) : rest_(text) {}

    bool ok() const { return ok_; }
    bool at_end() const { return ok_ && rest_.empty(); }

    void literal(std::string_view expected)
    {
        if (!rest_.starts_with(expected)) return fail();
        rest_.remove_prefix(expected.size());
    }

    /// Exactly `digits` digits; with `space_padded`, leading spaces count as zeros (asctime's day).
    int number(std::size_t digits, bool space_padded = false)
    {
        if (rest_.size() < digits) return fail(), 0;
        int value = 0;
        for (char c : rest_.substr(0, digits)) {
            if (c == ' ' && space_padded && value == 0) continue;
            if (!is_digit_of_time(c)) return fail(), 0;
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }

    /// The index of the name that comes next.
    template <std::size_t N>
    unsigned name(const std::array<std::string_view, N>& names)
    {
        for (unsigned i = 0; i < N; ++i) {
            if (!rest_.starts_with(names[i])) continue;
            rest_.remove_prefix(names[i].size());
            return i;
        }
        return fail(), 0;
    }

private:
    void fail() { ok_ = false; }

    std::string_view rest_;
    bool ok_ = true;
};

struct DateFields {
    int year = 0;
    unsigned month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

void scan_time_of_day(DateScanner& scanner, DateFields& fields)
{
    fields.hour = scanner.number(2);
    scanner.literal(":");
    fields.minute = scanner.number(2);
    scanner.literal(":");
    fields.second = scanner.number(2);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<DateFields> scan_imf_fixdate(std::string_view text)
{
    DateScanner scanner(text);
    DateFields fields;
    scanner.name(short_days);
    scanner.literal(", ");
    fields.day = scanner.number(2);
    scanner.literal(" ");
    fields.month = scanner.name(months) + 1;
    scanner.literal(" ");
    fields.year = scanner.number(4);
    scanner.literal(" ");
    scan_time_of_day(scanner, fields);
    scanner.literal(" GMT");
    if (!scanner.at_end()) return std::nullopt;
    return fields;
}

/// "Sunday, 06-Nov-94 08:49:37 GMT". Two digits name a year from 1970 to 2069 (POSIX strptime's rule is 1969 to 2068;
/// nothing on the web is older than the epoch).
std::optional<DateFields> scan_rfc850(std::string_view text)
{
    DateScanner scanner(text);
    DateFields fields;
    scanner.name(long_days);
    scanner.literal(", ");
    fields.day = scanner.number(2);
    scanner.literal("-");
    fields.month = scanner.name(months) + 1;
    scanner.literal("-");
    int short_year = scanner.number(2);
    fields.year = short_year < 70 ? 2000 + short_year : 1900 + short_year;
    scanner.literal(" ");
    scan_time_of_day(scanner, fields);
    scanner.literal(" GMT");
    if (!scanner.at_end()) return std::nullopt;
    return fields;
}

/// "Sun Nov  6 08:49:37 1994"
std::optional<DateFields> scan_asctime(std::string_view text)
{
    DateScanner scanner(text);
    DateFields fields;
    scanner.name(short_days);
    scanner.literal(" ");
    fields.month = scanner.name(months) + 1;
    scanner.literal(" ");
    fields.day = scanner.number(2, true);
    scanner.literal(" ");
    scan_time_of_day(scanner, fields);
    scanner.literal(" ");
    fields.year = scanner.number(4);
    if (!scanner.at_end()) return std::nullopt;
    return fields;
}

std::chrono::sys_seconds whole_seconds(WallTime t)
{
    return std::chrono::floor<std::chrono::seconds>(t);
}

/// The instant of `fields`, or nothing if the calendar has no such day or hour. A leap second (:60) is the next minute.
std::optional<WallTime> assemble(const DateFields& fields)
{
    std::chrono::year_month_day date{std::chrono::year(fields.year), std::chrono::month(fields.month),
                                     std::chrono::day(static_cast<unsigned>(fields.day))};
    if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60) return std::nullopt;
    std::chrono::sys_seconds at = std::chrono::sys_days(date) + std::chrono::hours(fields.hour) +
                                  std::chrono::minutes(fields.minute) + std::chrono::seconds(fields.second);
    return wall_time_of(at.time_since_epoch().count());
}

struct CivilTime {
    std::chrono::year_month_day date;
    std::chrono::weekday weekday;
    std::chrono::hh_mm_ss<std::chrono::seconds> time_of_day;
};

CivilTime civil(WallTime t)
{
    std::chrono::sys_seconds at = whole_seconds(t);
    std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(at);
    return {std::chrono::year_month_day(day), std::chrono::weekday(day), std::chrono::hh_mm_ss(at - day)};
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text)
{
    std::size_t whole = count_digits(text);
    if (whole == 0) return std::nullopt;
    std::string_view rest = text.substr(whole);
    std::string_view fraction;
    if (rest.starts_with('.')) {
        fraction = rest.substr(1, count_digits(rest.substr(1)));
        if (fraction.empty()) return std::nullopt;
        rest.remove_prefix(1 + fraction.size());
    }
    std::optional<std::int64_t> unit = unit_named(rest);
    if (!unit) return std::nullopt;
    std::optional<std::int64_t> nanoseconds = scale_whole(text.substr(0, whole), *unit);
    if (!nanoseconds) return std::nullopt;
    std::int64_t part = scale_fraction(fraction, *unit);
    if (*nanoseconds > std::numeric_limits<std::int64_t>::max() - part) return std::nullopt;
    return Duration(*nanoseconds + part);
}

std::string to_string(Duration d)
{
    if (d.count() == 0) return "0s";
    std::string_view sign = d.count() < 0 ? "-" : "";
    // Unsigned, so that the most negative duration has a magnitude too.
    std::uint64_t left = static_cast<std::uint64_t>(d.count());
    if (d.count() < 0) left = 0 - left;
    for (const Unit& unit : units) {
        auto size = static_cast<std::uint64_t>(unit.nanoseconds);
        bool decimal = unit.name != "h" && unit.name != "m";
        if (left < size || (!decimal && left % size != 0)) continue;
        std::string fraction = fmt::format("{:0{}}", left % size, fmt::formatted_size("{}", size) - 1);
        fraction.erase(fraction.find_last_not_of('0') + 1);
        return fmt::format("{}{}{}{}{}", sign, left / size, fraction.empty() ? "" : ".", fraction, unit.name);
    }
    return "0s";
}

std::string http_date(WallTime t)
{
    CivilTime c = civil(t);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", short_days[c.weekday.c_encoding()],
                       unsigned(c.date.day()), months[unsigned(c.date.month()) - 1], int(c.date.year()),
                       c.time_of_day.hours().count(), c.time_of_day.minutes().count(), c.time_of_day.seconds().count());
}

std::optional<WallTime> parse_http_date(std::string_view text)
{
    std::optional<DateFields> fields = scan_imf_fixdate(text);
    if (!fields) fields = scan_rfc850(text);
    if (!fields) fields = scan_asctime(text);
    if (!fields) return std::nullopt;
    return assemble(*fields);
}

WallTime wall_time_of(std::int64_t seconds)
{
    const std::chrono::sys_seconds at{std::chrono::seconds(seconds)};
    if (at > whole_seconds(WallTime::max())) return WallTime::max();
    if (at <= whole_seconds(WallTime::min())) return WallTime::min();
    return WallTime(at);
}

std::string rfc3339(WallTime t)
{
    CivilTime c = civil(t);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", int(c.date.year()), unsigned(c.date.month()),
                       unsigned(c.date.day()), c.time_of_day.hours().count(), c.time_of_day.minutes().count(),
                       c.time_of_day.seconds().count());
}

}  // namespace chaos::net
