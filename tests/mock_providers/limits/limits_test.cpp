// Who may be answered now, with several limits at once and several callers; and who is whom.
#include "mock_providers/limits/limits.hpp"

#include <gtest/gtest.h>

#include "mock_providers/limits/callers.hpp"

namespace chaos::mock_providers {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

net::Instant limits_time(net::Duration since_start)
{
    return net::Instant(since_start);
}

LimitsSpec per_minute(std::int64_t requests)
{
    LimitsSpec spec;
    spec.requests_per_minute = requests;
    return spec;
}

TEST(Limits, CountEachCallerForItself)
{
    Limits limits(per_minute(1), RateWindow::fixed);
    EXPECT_FALSE(limits.admit("key 1", limits_time(seconds(0)), 10).refused);
    EXPECT_TRUE(limits.admit("key 1", limits_time(seconds(0)), 10).refused);
    EXPECT_FALSE(limits.admit("key 2", limits_time(seconds(0)), 10).refused);
    EXPECT_FALSE(limits.admit("", limits_time(seconds(0)), 10).refused) << "without a key: a caller, too";
}

TEST(Limits, OfSeveralTellTheLongestWait)
{
    LimitsSpec spec = per_minute(2);
    spec.tokens_per_minute = 100;
    Limits limits(spec, RateWindow::fixed);
    limits.admit("a", limits_time(seconds(0)), 10);
    limits.admit("a", limits_time(seconds(20)), 10);
    const auto by_requests = limits.admit("a", limits_time(seconds(30)), 10).refused.value();
    EXPECT_EQ(by_requests.kind, LimitKind::requests_per_minute);
    EXPECT_EQ(by_requests.wait, seconds(30));
    EXPECT_EQ(in_words(by_requests), "2 of 2 requests per minute were used");

    const auto too_large = limits.admit("a", limits_time(seconds(30)), 101).refused.value();
    EXPECT_EQ(too_large.kind, LimitKind::tokens_per_minute);
    EXPECT_EQ(too_large.wait, std::nullopt);
    EXPECT_TRUE(too_large.never_fits());
    EXPECT_EQ(in_words(too_large), "101 tokens per minute are asked for at once, and 100 are allowed");
}

TEST(Limits, ARequestThatIsRefusedUsesNothing)
{
    LimitsSpec spec = per_minute(10);
    spec.tokens_per_minute = 100;
    Limits limits(spec, RateWindow::sliding);
    limits.admit("a", limits_time(seconds(0)), 80);
    const Admission refused = limits.admit("a", limits_time(seconds(1)), 30);
    EXPECT_EQ(refused.refused->wait, seconds(59));
    ASSERT_EQ(refused.standing.size(), 2U);
    EXPECT_EQ(refused.standing[0].remaining, 9);
    EXPECT_EQ(refused.standing[1].remaining, 20);
    EXPECT_FALSE(limits.admit("a", limits_time(seconds(2)), 20).refused);
    EXPECT_FALSE(limits.admit("a", limits_time(seconds(60)), 30).refused) << "exactly then";
}

TEST(Limits, ConcurrentOnesEndWithTheirAnswers)
{
    LimitsSpec spec;
    spec.concurrent = 2;
    Limits limits(spec, RateWindow::fixed);
    limits.admit("a", limits_time(seconds(0)), 1);
    limits.admit("a", limits_time(seconds(0)), 1);
    const auto over = limits.admit("a", limits_time(minutes(9)), 1).refused.value();
    EXPECT_EQ(over.kind, LimitKind::concurrent);
    EXPECT_EQ(over.wait, std::nullopt) << "nobody knows when";
    EXPECT_EQ(in_words(over), "2 of 2 concurrent requests were used");
    EXPECT_FALSE(limits.admit("b", limits_time(minutes(9)), 1).refused);
    limits.leave("a");
    EXPECT_FALSE(limits.admit("a", limits_time(minutes(9)), 1).refused);
}

TEST(Limits, AreForgottenButNotWhoIsUnderWay)
{
    LimitsSpec spec = per_minute(1);
    spec.concurrent = 1;
    Limits limits(spec, RateWindow::fixed);
    limits.admit("a", limits_time(seconds(0)), 1);
    limits.forget();
    EXPECT_EQ(limits.admit("a", limits_time(seconds(1)), 1).refused->kind, LimitKind::concurrent);
    limits.leave("a");
    EXPECT_FALSE(limits.admit("a", limits_time(seconds(1)), 1).refused);
}

net::http::RequestHead with(const char* name, const char* value)
{
    net::http::RequestHead head;
    head.headers.add(name, value);
    return head;
}

TEST(Callers, AreToldApartByTheirKeysWhereverTheyStand)
{
    Callers callers;
    EXPECT_EQ(callers.name_of(with("authorization", "Bearer one")), "key 1");
    EXPECT_EQ(callers.name_of(with("x-api-key", "two")), "key 2");
    EXPECT_EQ(callers.name_of(with("x-goog-api-key", "three")), "key 3");
    EXPECT_EQ(callers.name_of(with("Authorization", "Bearer one")), "key 1");
    EXPECT_EQ(callers.name_of({}), "");
    net::http::RequestHead head;
    head.target = "/v1beta/models/m:generateContent?alt=sse&key=three";
    EXPECT_EQ(callers.name_of(head), "key 3");
    head.target = "/v1beta/models/m:generateContent?alt=sse&monkey=three";
    EXPECT_EQ(callers.name_of(head), "");
}

TEST(Callers, AreNotRememberedWithoutEnd)
{
    Callers callers;
    for (std::size_t nth = 1; nth <= Callers::most_keys; ++nth)
        callers.name_of(with("x-api-key", std::to_string(nth).c_str()));
    EXPECT_EQ(callers.name_of(with("x-api-key", "one more")), "further keys");
    EXPECT_EQ(callers.name_of(with("x-api-key", "and another")), "further keys");
    EXPECT_EQ(callers.name_of(with("x-api-key", "7")), "key 7");
}

}  // namespace
}  // namespace chaos::mock_providers
