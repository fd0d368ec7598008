// The text of metrics, read by a parser that is as strict as Prometheus's.
#include "router/operation/metrics.hpp"

#include <gtest/gtest.h>

#include "tests/support/prometheus_text.hpp"

namespace chaos::router {
namespace {

using namespace std::chrono_literals;
using testing::read_prometheus;

TEST(Metrics, counters_gauges_and_histograms_can_be_read)
{
    Metrics metrics;
    metrics.add(Metric::requests, {{"model", "a \"b\" \\ c\nd"}, {"caller", ""}, {"code", "200"}});
    metrics.add(Metric::requests, {{"model", "a \"b\" \\ c\nd"}, {"caller", ""}, {"code", "200"}});
    metrics.set(Metric::requests_in_flight, {}, 3);
    metrics.observe(Metric::added_latency, {}, 40us);
    metrics.observe(Metric::added_latency, {}, 50us);
    metrics.observe(Metric::added_latency, {}, 5s);
    const auto read = read_prometheus(metrics.text());
    ASSERT_TRUE(read.problems.empty()) << read.problems << metrics.text();
    EXPECT_EQ(read.value("chaos_router_requests_total", {{"model", "a \"b\" \\ c\nd"}, {"caller", ""}, {"code", "200"}}), 2);
    EXPECT_EQ(read.value("chaos_router_requests_in_flight", {}), 3);
    EXPECT_EQ(read.value("chaos_router_added_latency_seconds_bucket", {{"le", "5e-05"}}), 2);
    EXPECT_EQ(read.value("chaos_router_added_latency_seconds_bucket", {{"le", "1"}}), 2);
    EXPECT_EQ(read.value("chaos_router_added_latency_seconds_bucket", {{"le", "+Inf"}}), 3);
    EXPECT_EQ(read.value("chaos_router_added_latency_seconds_count", {}), 3);
    EXPECT_NEAR(*read.value("chaos_router_added_latency_seconds_sum", {}), 5.00009, 1e-9);
}

TEST(Metrics, what_several_loops_counted_adds_up)
{
    Metrics one, two;
    one.add(Metric::attempts, {{"target", "a"}, {"class", "ok"}}, 2);
    two.add(Metric::attempts, {{"target", "a"}, {"class", "ok"}}, 3);
    two.add(Metric::attempts, {{"target", "b"}, {"class", "ok"}});
    two.observe(Metric::first_token, {{"model", "m"}}, 7ms);
    one.merge(two);
    one.merge(two);
    const auto read = read_prometheus(one.text());
    ASSERT_TRUE(read.problems.empty()) << read.problems;
    EXPECT_EQ(read.value("chaos_router_attempts_total", {{"target", "a"}, {"class", "ok"}}), 8);
    EXPECT_EQ(read.value("chaos_router_attempts_total", {{"target", "b"}, {"class", "ok"}}), 2);
    EXPECT_EQ(read.value("chaos_router_time_to_first_token_seconds_bucket", {{"model", "m"}, {"le", "0.01"}}), 2);
}

/// What was counted through series at hand reads the same as what was looked up each time.
TEST(Metrics, a_series_at_hand_is_the_one_of_its_labels)
{
    Metrics looked_up, at_hand;
    Series& attempts = at_hand.series(Metric::attempts, {{"target", "a"}, {"class", "ok"}});
    Series& gauge = at_hand.series(Metric::requests_in_flight, {});
    Series& took = at_hand.series(Metric::request_duration, {{"model", "m"}});
    for (int i = 0; i < 100; ++i) {
        // Others come between, in front and behind, and move nothing.
        const std::string other = std::to_string(i * 7 % 100);
        for (Metrics* metrics : {&looked_up, &at_hand}) {
            metrics->add(Metric::attempts, {{"target", other}, {"class", "ok"}});
            metrics->observe(Metric::request_duration, {{"model", other}}, std::chrono::milliseconds(i));
        }
        looked_up.add(Metric::attempts, {{"target", "a"}, {"class", "ok"}}, i);
        attempts.add(i);
        looked_up.set(Metric::requests_in_flight, {}, i);
        gauge.set(i);
        looked_up.observe(Metric::request_duration, {{"model", "m"}}, std::chrono::milliseconds(7 * i));
        took.observe(std::chrono::milliseconds(7 * i));
    }
    EXPECT_EQ(at_hand.text(), looked_up.text());
    const Metrics copy = at_hand;
    attempts.add();
    gauge.add(-1);
    EXPECT_EQ(copy.text(), looked_up.text());
    EXPECT_NE(at_hand.text(), looked_up.text());
    Metrics sum;
    sum.merge(copy);
    EXPECT_EQ(sum.text(), looked_up.text());
}

TEST(Metrics, series_do_not_grow_without_end)
{
    Metrics metrics;
    for (int i = 0; i < 5000; ++i) metrics.add(Metric::attempts, {{"target", std::to_string(i)}, {"class", "ok"}});
    const auto read = read_prometheus(metrics.text());
    ASSERT_TRUE(read.problems.empty()) << read.problems;
    EXPECT_LE(read.samples.size(), 2001U);
    EXPECT_EQ(read.value("chaos_router_attempts_total", {{"overflow", "true"}}), 3000);
}

TEST(Metrics, names_follow_the_conventions)
{
    for (const MetricDoc& doc : metric_docs()) {
        const std::string name(doc.name);
        EXPECT_TRUE(name.starts_with("chaos_router_")) << name;
        EXPECT_EQ(name.ends_with("_total"), doc.type == "counter") << name;
        EXPECT_EQ(name.ends_with("_seconds"), doc.type == "histogram") << name;
        EXPECT_FALSE(doc.help.empty());
    }
}

TEST(PrometheusText, the_parser_refuses_what_prometheus_does)
{
    const struct {
        const char* name;
        const char* text;
    } rows[] = {
        {"no TYPE", "a_total 1\n"},
        {"no end of line", "# HELP a x\n# TYPE a gauge\na 1"},
        {"a bad name", "# HELP 1a x\n# TYPE 1a gauge\n1a 1\n"},
        {"no number", "# HELP a x\n# TYPE a gauge\na one\n"},
        {"a label without quotes", "# HELP a x\n# TYPE a gauge\na{b=c} 1\n"},
        {"a label twice", "# HELP a x\n# TYPE a gauge\na{b=\"c\",b=\"d\"} 1\n"},
        {"a series twice", "# HELP a x\n# TYPE a gauge\na 1\na 2\n"},
        {"a family in two places", "# HELP a x\n# TYPE a gauge\na 1\n# HELP b x\n# TYPE b gauge\nb 1\na{x=\"y\"} 2\n"},
        {"a counter that is none", "# HELP a x\n# TYPE a counter\na 1\n"},
        {"a counter below nothing", "# HELP a_total x\n# TYPE a_total counter\na_total -1\n"},
        {"buckets that fall", "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n"},
        {"no bucket without end", "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_sum 1\na_count 2\n"},
        {"a count that is another", "# HELP a x\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 2\na_sum 1\na_count 3\n"},
    };
    for (const auto& row : rows) EXPECT_FALSE(read_prometheus(row.text).problems.empty()) << row.name;
    EXPECT_TRUE(read_prometheus("# HELP a x\n# TYPE a gauge\na{b=\"c\"} 1e-05\na{b=\"d\"} +Inf\n").problems.empty());
}

}  // namespace
}  // namespace chaos::router
