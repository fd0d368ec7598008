// Durations and instants: integer nanoseconds, counted from the start of a world.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chaos::net {

using Duration = std::chrono::nanoseconds;

/// The clock type behind Instant. It has no now(): only a world's Clock knows what time it is there.
struct WorldEpoch {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = Duration;
    static constexpr bool is_steady = true;
};

/// A point on a world's monotonic clock; Instant{} is the world's start.
using Instant = std::chrono::time_point<WorldEpoch, Duration>;

/// "No deadline".
inline constexpr Instant never = Instant::max();

/// A point of civil time (UTC), for HTTP dates, `created` fields and certificates; never for waits.
using WallTime = std::chrono::sys_time<Duration>;

/// Seconds as a floating number, for printing and statistics only.
constexpr double seconds(Duration d)
{
    return std::chrono::duration<double>(d).count();
}
constexpr double milliseconds(Duration d)
{
    return std::chrono::duration<double, std::milli>(d).count();
}

/// "250ms", "1.5s", "2m", "3us": a number and a unit (ns, us, ms, s, m, h), or nothing if `text` is not that or too
/// long for a Duration. Never negative; digits below a nanosecond are cut off.
std::optional<Duration> parse_duration(std::string_view text);

/// One number and the largest unit that is not below one, exact, so that parse_duration reads it back: "1.5s", "250ms",
/// "0s"; hours and minutes only when whole ("2m", but "90s"). Negative ones get a sign.
std::string to_string(Duration d);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7, IMF-fixdate). Also read: the two obsolete forms of that
/// section, "Sunday, 06-Nov-94 08:49:37 GMT" and "Sun Nov  6 08:49:37 1994". A date beyond WallTime reads as its end.
std::string http_date(WallTime t);
std::optional<WallTime> parse_http_date(std::string_view text);

/// The moment so many seconds after the beginning of 1970. One beyond WallTime becomes its end.
WallTime wall_time_of(std::int64_t seconds);

/// "2026-03-01T12:00:00Z" (RFC 3339, UTC, whole seconds).
std::string rfc3339(WallTime t);

}  // namespace chaos::net
