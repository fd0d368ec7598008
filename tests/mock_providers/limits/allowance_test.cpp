// What is left of a limit at every moment, and that a wait is true to the nanosecond.
#include "mock_providers/limits/allowance.hpp"

#include <gtest/gtest.h>

namespace chaos::mock_providers {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr net::Duration one_tick{1};

net::Instant allowance_time(net::Duration since_start)
{
    return net::Instant(since_start);
}

/// Takes as much as there is, one by one, and returns how much that was.
std::int64_t empty(Allowance& allowance, net::Instant now)
{
    std::int64_t taken = 0;
    while (allowance.wait_for(now, 1) == net::Duration{}) {
        allowance.take(now, 1);
        ++taken;
    }
    return taken;
}

TEST(Allowance, GivesExactlyItsLimitAtOnce)
{
    for (const RateWindow kind : {RateWindow::fixed, RateWindow::sliding, RateWindow::token_bucket}) {
        for (const std::int64_t limit : {1, 3, 7, 60, 999}) {
            Allowance allowance(kind, {limit, minutes(1)});
            EXPECT_EQ(allowance.remaining(allowance_time(seconds(5))), limit);
            EXPECT_EQ(empty(allowance, allowance_time(seconds(5))), limit) << static_cast<int>(kind);
            EXPECT_EQ(allowance.remaining(allowance_time(seconds(5))), 0);
        }
    }
}

TEST(Allowance, TellsAWaitThatIsTrueToTheNanosecond)
{
    for (const RateWindow kind : {RateWindow::fixed, RateWindow::sliding, RateWindow::token_bucket}) {
        for (const std::int64_t limit : {1, 3, 7, 60}) {
            Allowance allowance(kind, {limit, minutes(1)});
            empty(allowance, allowance_time(seconds(5)));
            const net::Instant asked = allowance_time(milliseconds(5500));
            const net::Duration wait = allowance.wait_for(asked, 1).value();
            EXPECT_GT(wait, net::Duration{});
            EXPECT_EQ(allowance.wait_for(asked + wait - one_tick, 1), one_tick)
                << static_cast<int>(kind) << " " << limit;
            EXPECT_EQ(allowance.wait_for(asked + wait, 1), net::Duration{}) << static_cast<int>(kind) << " " << limit;
        }
    }
}

TEST(Allowance, OfMoreThanThereEverIsNeverFits)
{
    const Allowance allowance(RateWindow::token_bucket, {100, minutes(1)});
    EXPECT_EQ(allowance.wait_for(allowance_time(seconds(0)), 100), net::Duration{});
    EXPECT_EQ(allowance.wait_for(allowance_time(seconds(0)), 101), std::nullopt);
}

TEST(FixedWindow, OpensWithTheFirstRequestAndGivesEverythingBackAtItsEnd)
{
    Allowance allowance(RateWindow::fixed, {3, minutes(1)});
    allowance.take(allowance_time(seconds(10)), 1);
    allowance.take(allowance_time(seconds(40)), 2);
    EXPECT_EQ(allowance.reset(allowance_time(seconds(40))), seconds(30));
    EXPECT_EQ(allowance.wait_for(allowance_time(seconds(69)), 3), seconds(1));
    EXPECT_EQ(allowance.remaining(allowance_time(seconds(70))), 3);
    EXPECT_EQ(allowance.reset(allowance_time(seconds(70))), net::Duration{});
}

TEST(SlidingWindow, GivesEachPieceBackWhenItIsAMinuteOld)
{
    Allowance allowance(RateWindow::sliding, {3, minutes(1)});
    allowance.take(allowance_time(seconds(10)), 1);
    allowance.take(allowance_time(seconds(40)), 2);
    EXPECT_EQ(allowance.reset(allowance_time(seconds(40))), minutes(1));
    EXPECT_EQ(allowance.wait_for(allowance_time(seconds(50)), 1), seconds(20));
    EXPECT_EQ(allowance.wait_for(allowance_time(seconds(50)), 2), seconds(50)) << "the second piece was taken at once";
    EXPECT_EQ(allowance.remaining(allowance_time(seconds(70))), 1);
    EXPECT_EQ(allowance.remaining(allowance_time(seconds(100))), 3);
}

TEST(TokenBucket, FillsEvenly)
{
    Allowance allowance(RateWindow::token_bucket, {60, minutes(1)});
    empty(allowance, allowance_time(seconds(0)));
    EXPECT_EQ(allowance.reset(allowance_time(seconds(0))), minutes(1));
    EXPECT_EQ(allowance.remaining(allowance_time(seconds(15))), 15);
    EXPECT_EQ(allowance.wait_for(allowance_time(seconds(15)), 20), seconds(5));
    EXPECT_EQ(allowance.remaining(allowance_time(hours(1))), 60) << "never more than its limit";
}

TEST(TokenBucket, OfADayGivesOneBackAsRarelyAsThat)
{
    Allowance allowance(RateWindow::token_bucket, {200, hours(24)});
    empty(allowance, allowance_time(seconds(0)));
    EXPECT_EQ(allowance.wait_for(allowance_time(seconds(0)), 1), minutes(7) + seconds(12));
}

TEST(TokenBucket, CountsLargeNumbersWithoutOverflow)
{
    Allowance allowance(RateWindow::token_bucket, {100'000'000, hours(24)});
    allowance.take(allowance_time(seconds(0)), 99'999'999);
    EXPECT_EQ(allowance.remaining(allowance_time(seconds(0))), 1);
    EXPECT_EQ(allowance.remaining(allowance_time(hours(12))), 50'000'001);
}

}  // namespace
}  // namespace chaos::mock_providers
