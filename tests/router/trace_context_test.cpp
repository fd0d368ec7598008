// Which trace goes on, and which begins.
#include "router/trace_context.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace chaos::router {
namespace {

const std::string w3c_trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string w3c_span = "00f067aa0ba902b7";

TEST(TraceContext, what_is_a_traceparent_and_what_is_none)
{
    const struct {
        const char* name;
        std::string text;
        bool good;
    } rows[] = {
        {"sampled", "00-" + w3c_trace + "-" + w3c_span + "-01", true},
        {"not sampled", "00-" + w3c_trace + "-" + w3c_span + "-00", true},
        {"a later version", "cc-" + w3c_trace + "-" + w3c_span + "-01", true},
        {"a later version that says more", "cc-" + w3c_trace + "-" + w3c_span + "-01-what", true},
        {"version 0 that says more", "00-" + w3c_trace + "-" + w3c_span + "-01-what", false},
        {"the version that is none", "ff-" + w3c_trace + "-" + w3c_span + "-01", false},
        {"zeros for a trace", "00-" + std::string(32, '0') + "-" + w3c_span + "-01", false},
        {"zeros for a span", "00-" + w3c_trace + "-" + std::string(16, '0') + "-01", false},
        {"capitals", "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + w3c_span + "-01", false},
        {"too short", "00-" + w3c_trace + "-" + w3c_span + "-0", false},
        {"other separators", "00_" + w3c_trace + "-" + w3c_span + "-01", false},
        {"flags that are none", "00-" + w3c_trace + "-" + w3c_span + "-0g", false},
        {"nothing", "", false},
    };
    for (const auto& row : rows) {
        const auto context = read_trace_context(row.text, "vendor=1");
        ASSERT_EQ(context.has_value(), row.good) << row.name;
        if (!context) continue;
        EXPECT_EQ(context->trace_id, w3c_trace) << row.name;
        EXPECT_EQ(context->span_id, w3c_span) << row.name;
        ASSERT_TRUE(context->state) << row.name;
        EXPECT_EQ(*context->state, "vendor=1") << row.name;
        EXPECT_EQ(context->traceparent().view().substr(0, 52), "00-" + w3c_trace + "-" + w3c_span) << row.name;
    }
}

TEST(TraceContext, a_state_that_could_break_a_header_is_not_passed_on)
{
    const std::string parent = "00-" + w3c_trace + "-" + w3c_span + "-01";
    EXPECT_FALSE(read_trace_context(parent, "a=1\r\nx: y")->state);
    EXPECT_FALSE(read_trace_context(parent, std::string(513, 'a'))->state);
    EXPECT_FALSE(read_trace_context(parent, "")->state);
}

TEST(TraceContext, ids_are_what_their_chance_says)
{
    const TraceContext first = child_of(std::nullopt, net::Chance(7));
    EXPECT_EQ(first.traceparent(), fmt::format("00-{:016x}{:016x}-{:016x}-00", net::Chance(7).about("trace").about(1).bits(),
                                               net::Chance(7).about("trace").about(2).bits(), net::Chance(7).about("span").bits()));
    const TraceContext below = child_of(first, net::Chance(8));
    EXPECT_EQ(below.span_id, span_of(net::Chance(8)));
    EXPECT_EQ(below.traceparent(), fmt::format("00-{}-{:016x}-00", first.trace_id.view(), net::Chance(8).about("span").bits()));
}

TEST(ShortTexts, hold_what_fits)
{
    const struct {
        std::string_view text;
        std::string_view held;
    } rows[] = {{"", ""}, {"a", "a"}, {"abcd", "abcd"}, {"abcde", "abcd"}};
    for (const auto& row : rows) {
        const ShortText<4> text(row.text);
        EXPECT_EQ(text.view(), row.held);
        EXPECT_EQ(text, row.held);
        EXPECT_EQ(text, ShortText<4>(row.held));
        EXPECT_EQ(text.empty(), row.held.empty());
        for (const auto& other : rows) EXPECT_EQ(text == ShortText<4>(other.text), row.held == other.held);
        ShortText<4> longer(text);
        longer.append("xy");
        EXPECT_EQ(longer, (std::string(row.held) + "xy").substr(0, 4));
    }
    EXPECT_NE(ShortText<4>("ab"), "abc");
    EXPECT_NE(ShortText<4>("abc"), std::string("ab"));
}

TEST(ShortTexts, digits)
{
    for (const std::uint64_t bits : {0ULL, 1ULL, 0x0123456789abcdefULL, 0xfedcba9876543210ULL, ~0ULL})
    {
        ShortText<20> text("ab-");
        text.append_hex(bits);
        EXPECT_EQ(text, fmt::format("ab-{:016x}", bits));
        text.append_hex(bits);  // no room
        EXPECT_EQ(text, fmt::format("ab-{:016x}", bits));
    }
}

TEST(TraceContext, spans_are_pure_and_differ)
{
    const net::Chance chance(7);
    const auto parent = read_trace_context("00-" + w3c_trace + "-" + w3c_span + "-01", "");
    const TraceContext one = child_of(parent, chance.about(1));
    EXPECT_EQ(one.trace_id, w3c_trace);
    EXPECT_EQ(one.flags, "01");
    EXPECT_NE(one.span_id, w3c_span);
    EXPECT_EQ(one.span_id, child_of(parent, chance.about(1)).span_id);
    EXPECT_NE(one.span_id, child_of(parent, chance.about(2)).span_id);
    const TraceContext first = child_of(std::nullopt, chance);
    EXPECT_TRUE(read_trace_context(first.traceparent(), "")) << first.traceparent();
    EXPECT_EQ(first.flags, "00");
}

}  // namespace
}  // namespace chaos::router
