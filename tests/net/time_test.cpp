// Durations and dates: every spelling, both ways, and what is not one.
#include "net/time.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace chaos::net {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsANumberAndAUnit)
{
    const std::pair<std::string_view, Duration> table[] = {
        {"0s", 0ns},
        {"1ns", 1ns},
        {"3us", 3us},
        {"250ms", 250ms},
        {"1.5s", 1500ms},
        {"2m", 2min},
        {"1h", 1h},
        {"0.25h", 15min},
        {"1.5m", 90s},
        {"6.57s", 6570ms},
        {"0.0000000019s", 1ns},
        {"0.1h", 6min},
        {"007ms", 7ms},
        {"0.5us", 500ns},
        {"0.33333333333333333333h", 1199999999999ns},
        {"2562047h", 2562047h},
        {"9223372036854775807ns", Duration::max()},
    };
    for (const auto& [text, expected] : table) EXPECT_EQ(parse_duration(text), expected) << text;
}

TEST(Duration, RefusesEverythingElse)
{
    const std::string_view table[] = {"",
                                      "s",
                                      "250",
                                      "1.s",
                                      ".5s",
                                      "-1s",
                                      "+1s",
                                      " 1s",
                                      "1s ",
                                      "1 s",
                                      "1msec",
                                      "1S",
                                      "1,5s",
                                      "1e3s",
                                      "1.5.2s",
                                      "1m30s",
                                      "1d",
                                      "nan",
                                      "inf",
                                      "0x1s",
                                      "2562048h",
                                      "9223372036854775808ns",
                                      "99999999999999999999999s",
                                      "9223372036.854775808s"};
    for (std::string_view text : table) EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    EXPECT_EQ(parse_duration(std::string_view("1s\0", 3)), std::nullopt);
}

TEST(Duration, IsSpeltWithTheLargestUnitThatFits)
{
    const std::pair<Duration, std::string_view> table[] = {
        {0ns, "0s"},
        {1ns, "1ns"},
        {1500ns, "1.5us"},
        {250ms, "250ms"},
        {100ms, "100ms"},
        {1500ms, "1.5s"},
        {6570ms, "6.57s"},
        {60s, "1m"},
        {90s, "90s"},
        {61min, "61m"},
        {1h, "1h"},
        {3600500ms, "3600.5s"},
        {1234567ns, "1.234567ms"},
        {1000000001ns, "1.000000001s"},
        {-1500ms, "-1.5s"},
        {Duration::max(), "9223372036.854775807s"},
        {Duration::min(), "-9223372036.854775808s"},
    };
    for (const auto& [duration, expected] : table) EXPECT_EQ(to_string(duration), expected);
}

TEST(Duration, EverySpellingReadsBackExactly)
{
    std::uint64_t value = 1;
    for (int i = 0; i < 20'000; ++i) {
        value = value * 6364136223846793005u + 1442695040888963407u;
        Duration duration(static_cast<std::int64_t>(value >> (1 + i % 62)));
        EXPECT_EQ(parse_duration(to_string(duration)), duration) << to_string(duration);
    }
}

// The example of RFC 9110 section 5.6.7, in its three forms.
constexpr WallTime the_example{784111777s};

TEST(HttpDate, IsWrittenAsImfFixdate)
{
    EXPECT_EQ(http_date(the_example), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(http_date(the_example + 999ms), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(http_date(WallTime{}), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(http_date(WallTime{} - 1ns), "Wed, 31 Dec 1969 23:59:59 GMT");
    EXPECT_EQ(http_date(WallTime(1709208000s)), "Thu, 29 Feb 2024 12:00:00 GMT");
}

TEST(HttpDate, ReadsAllThreeForms)
{
    const std::pair<std::string_view, WallTime> table[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", the_example},
        {"Sunday, 06-Nov-94 08:49:37 GMT", the_example},
        {"Sun Nov  6 08:49:37 1994", the_example},
        {"Wed Nov 16 08:49:37 1994", the_example + 240h},
        {"Thursday, 29-Feb-24 12:00:00 GMT", WallTime(1709208000s)},
        {"Thursday, 01-Jan-70 00:00:00 GMT", WallTime{}},
        {"Sat, 31 Dec 2016 23:59:60 GMT", WallTime(1483228800s)},  // a leap second
        {"Fri, 31 Dec 9999 23:59:59 GMT", WallTime::max()},
        {"Mon, 01 Jan 0001 00:00:00 GMT", WallTime::min()},
    };
    for (const auto& [text, expected] : table) EXPECT_EQ(parse_http_date(text), expected) << text;
}

TEST(HttpDate, RefusesEverythingElse)
{
    const std::string_view table[] = {"",
                                      "tomorrow",
                                      "120",
                                      "Sun",
                                      "Sun, ",
                                      "Sun, 06 Nov 1994 08:49:37",
                                      "Sun, 06 Nov 1994 08:49:37 UTC",
                                      "Sun, 06 Nov 1994 08:49:37 GMT ",
                                      "Sun, 6 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 nov 1994 08:49:37 GMT",
                                      "Sun, 31 Nov 1994 08:49:37 GMT",
                                      "Sun, 00 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 24:00:00 GMT",
                                      "Sun, 06 Nov 1994 08:60:37 GMT",
                                      "Sun, 06 Nov 1994 08:49:61 GMT",
                                      "Son, 06 Nov 1994 08:49:37 GMT",
                                      "Sun, 29 Feb 1994 08:49:37 GMT",
                                      "Sun Nov    08:49:37 1994",
                                      "1994-11-06T08:49:37Z",
                                      "Sunday, 06 Nov 1994 08:49:37 GMT",
                                      "Sun, -6 Nov 1994 08:49:37 GMT"};
    for (std::string_view text : table) EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

TEST(HttpDate, EverySecondReadsBack)
{
    for (std::int64_t at = -4'000'000'000; at < 9'000'000'000; at += 1'234'567) {
        WallTime t{std::chrono::seconds(at)};
        EXPECT_EQ(parse_http_date(http_date(t)), t);
    }
}

TEST(WallTimeOf, EndsWhereWallTimeEnds)
{
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(wall_time_of(0), WallTime{});
    EXPECT_EQ(wall_time_of(-1) + 1s, WallTime{});
    EXPECT_EQ(wall_time_of(most), WallTime::max());
    EXPECT_EQ(wall_time_of(-most), WallTime::min());
    EXPECT_EQ(rfc3339(wall_time_of(most)), "2262-04-11T23:47:16Z");
    EXPECT_EQ(rfc3339(wall_time_of(-most)), "1677-09-21T00:12:43Z");
}

TEST(Rfc3339, IsUtcInWholeSeconds)
{
    EXPECT_EQ(rfc3339(the_example), "1994-11-06T08:49:37Z");
    EXPECT_EQ(rfc3339(WallTime(1772366400s) + 999999999ns), "2026-03-01T12:00:00Z");
    EXPECT_EQ(rfc3339(WallTime{} - 1ns), "1969-12-31T23:59:59Z");
}

}  // namespace
}  // namespace chaos::net
