// Which trace goes on, and which begins.
#include "router/trace_context.hpp"

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
        EXPECT_EQ(context->state, "vendor=1") << row.name;
        EXPECT_EQ(context->traceparent().substr(0, 52), "00-" + w3c_trace + "-" + w3c_span) << row.name;
    }
}

TEST(TraceContext, a_state_that_could_break_a_header_is_not_passed_on)
{
    const std::string parent = "00-" + w3c_trace + "-" + w3c_span + "-01";
    EXPECT_EQ(read_trace_context(parent, "a=1\r\nx: y")->state, "");
    EXPECT_EQ(read_trace_context(parent, std::string(513, 'a'))->state, "");
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
