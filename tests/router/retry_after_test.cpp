// Retry-After in every form that servers send.
#include "router/retry_after.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace chaos::router {
namespace {

using namespace std::chrono_literals;
using std::optional;
using std::string_view;

constexpr net::WallTime noon = net::WallTime(1'767'268'800s);  // 2026-01-01T12:00:00Z

struct WaitRow {
    const char* name;
    RetryHeaders headers;
    string_view message;
    optional<net::Duration> after;
    optional<bool> should_retry = std::nullopt;
};

RetryHeaders after(string_view text)
{
    return {std::nullopt, text, std::nullopt, std::nullopt};
}
RetryHeaders after_ms(string_view text)
{
    return {text, std::nullopt, std::nullopt, std::nullopt};
}

const std::vector<WaitRow> wait_rows{
    {"nothing", {}, "", std::nullopt},
    {"seconds", after("2"), "", 2s},
    {"surrounded by spaces", after(" 2 "), "", 2s},
    {"zero is no wait", after("0"), "", 0s},
    {"fraction", after("0.25"), "", 250ms},
    {"long fraction", after("1.123456789123"), "", 1'123'456'789ns},
    {"an hour", after("3600"), "", 1h},
    {"months are believed", after("9999999"), "", 9999999s},
    {"beyond any number", after("99999999999999999999999"), "", longest_retry_after},
    {"negative says nothing", after("-5"), "", std::nullopt},
    {"words say nothing", after("soon"), "", std::nullopt},
    {"number with rubbish", after("12abc"), "", std::nullopt},
    {"exponent is rubbish", after("1e3"), "", std::nullopt},
    {"not a number", after("nan"), "", std::nullopt},
    {"lone point", after("."), "", std::nullopt},
    {"empty", after(""), "", std::nullopt},
    {"two headers joined: the longest", after("2, 5"), "", 5s},
    {"milliseconds", after_ms("700"), "", 700ms},
    {"fraction of a millisecond", after_ms("0.5"), "", 500us},
    {"both: the longest is safe for either reading", {"700", "9", std::nullopt, std::nullopt}, "", 9s},
    {"both: milliseconds longer", {"2500", "2", std::nullopt, std::nullopt}, "", 2500ms},
    {"milliseconds of rubbish", {"x", "3", std::nullopt, std::nullopt}, "", 3s},
    {"date from our clock", after("Thu, 01 Jan 2026 12:00:05 GMT"), "", 5s},
    {"date in the past", after("Thu, 01 Jan 2026 11:00:00 GMT"), "", 0s},
    {"date by their clock, an hour ahead of ours",
     {std::nullopt, "Thu, 01 Jan 2026 13:00:05 GMT", std::nullopt, "Thu, 01 Jan 2026 13:00:00 GMT"},
     "",
     5s},
    {"date by their clock, an hour behind",
     {std::nullopt, "Thu, 01 Jan 2026 11:00:07 GMT", std::nullopt, "Thu, 01 Jan 2026 11:00:00 GMT"},
     "",
     7s},
    {"their clock unreadable: ours", {std::nullopt, "Thu, 01 Jan 2026 12:00:05 GMT", std::nullopt, "today"}, "", 5s},
    {"should retry", {std::nullopt, std::nullopt, "true", std::nullopt}, "", std::nullopt, true},
    {"should not", {std::nullopt, std::nullopt, "False", std::nullopt}, "", std::nullopt, false},
    {"should, perhaps", {std::nullopt, std::nullopt, "maybe", std::nullopt}, "", std::nullopt, std::nullopt},
    {"prose in milliseconds", {}, "Rate limit reached. Please try again in 644ms.", 644ms},
    {"prose in seconds", {}, "Limit 30000, Used 25265. Please try again in 6.57s. Visit us.", 6570ms},
    {"prose in minutes and seconds", {}, "Please try again in 6m0s", 6min},
    {"prose in all units", {}, "please try again in 1h2m3.5s.", 1h + 2min + 3500ms},
    {"prose in words", {}, "Please retry after 20 seconds.", 20s},
    {"prose with retry in", {}, "Please retry in 12.5s.", 12500ms},
    {"prose without a unit", {}, "Please try again in 20 .", std::nullopt},
    {"prose without a number", {}, "Please try again in a while.", std::nullopt},
    {"prose at its very end", {}, "try again in ", std::nullopt},
    {"headers before prose", after("1"), "Please try again in 5s", 1s},
};

TEST(RetryAfter, is_read_in_every_form)
{
    for (const WaitRow& row : wait_rows) {
        const RetryHint hint = read_retry_hint(row.headers, noon, row.message);
        EXPECT_EQ(hint.after.has_value(), row.after.has_value()) << row.name;
        EXPECT_EQ(hint.after.value_or(0s).count(), row.after.value_or(0s).count()) << row.name;
        EXPECT_EQ(hint.should_retry, row.should_retry) << row.name;
    }
}

TEST(RetryAfter, the_longest_wait_leaves_room_on_the_clock)
{
    const net::Instant late = net::Instant(std::chrono::hours(24 * 365 * 100));
    EXPECT_LT(late, late + longest_retry_after);
}

}  // namespace
}  // namespace chaos::router
