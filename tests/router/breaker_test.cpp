// The breaker, told what happens and when.
#include "router/breaker.hpp"

#include <gtest/gtest.h>

namespace chaos::router {
namespace {

using namespace std::chrono_literals;
using State = Breaker::State;

net::Instant breaker_time(net::Duration since_start)
{
    return net::Instant(since_start);
}

BreakerPolicy three_failures()
{
    BreakerPolicy policy;
    policy.failures = 3;
    policy.open_for = 5s;
    policy.open_cap = 12s;
    policy.probe_lease = 20s;
    return policy;
}

/// Enters and settles at one instant; false if nobody was let in.
bool pass(Breaker& breaker, Charge charge, net::Instant now)
{
    const auto permit = breaker.enter(now);
    if (permit) breaker.settle(*permit, charge, now);
    return permit.has_value();
}

Breaker opened_at(net::Instant now)
{
    Breaker breaker(three_failures());
    for (int i = 0; i < 3; ++i) pass(breaker, Charge::failure, now);
    return breaker;
}

TEST(Breaker, opens_after_consecutive_failures_only)
{
    Breaker breaker(three_failures());
    for (const Charge charge : {Charge::failure, Charge::failure, Charge::success, Charge::failure, Charge::failure}) {
        ASSERT_TRUE(pass(breaker, charge, breaker_time(1s)));
    }
    EXPECT_EQ(breaker.state(breaker_time(1s)), State::closed);
    pass(breaker, Charge::failure, breaker_time(1s));
    EXPECT_EQ(breaker.state(breaker_time(1s)), State::open);
    EXPECT_EQ(breaker.due(breaker_time(1s)), breaker_time(6s));
    EXPECT_FALSE(breaker.enter(breaker_time(5999ms)));
}

BreakerPolicy half_of_ten()
{
    BreakerPolicy policy = three_failures();
    policy.failures = 1000;
    policy.window = 10s;
    policy.window_share = 500'000;
    policy.window_minimum = 10;
    return policy;
}

TEST(Breaker, opens_when_too_large_a_share_of_enough_requests_failed)
{
    Breaker breaker(half_of_ten());
    for (int i = 0; i < 9; ++i) pass(breaker, i % 2 == 0 ? Charge::failure : Charge::success, breaker_time(1s));
    EXPECT_EQ(breaker.state(breaker_time(1s)), State::closed) << "five of nine: too few to say";
    pass(breaker, Charge::success, breaker_time(1s));
    EXPECT_EQ(breaker.state(breaker_time(1s)), State::closed) << "a success opens nothing";
    pass(breaker, Charge::failure, breaker_time(1s));
    EXPECT_EQ(breaker.state(breaker_time(1s)), State::open) << "six of eleven";
}

TEST(Breaker, a_share_is_of_the_window_only)
{
    Breaker breaker(half_of_ten());
    for (int i = 0; i < 9; ++i) pass(breaker, Charge::failure, breaker_time(1s));
    for (int i = 0; i < 10; ++i) pass(breaker, Charge::success, breaker_time(12s));
    pass(breaker, Charge::failure, breaker_time(12s));
    EXPECT_EQ(breaker.state(breaker_time(12s)), State::closed) << "one of eleven; the nine are over";
}

TEST(Breaker, a_window_begins_anew_when_it_closes)
{
    Breaker breaker(half_of_ten());
    for (int i = 0; i < 10; ++i) pass(breaker, Charge::failure, breaker_time(1s));
    ASSERT_EQ(breaker.state(breaker_time(1s)), State::open);
    ASSERT_TRUE(pass(breaker, Charge::success, breaker_time(6s)));
    pass(breaker, Charge::failure, breaker_time(6s));
    EXPECT_EQ(breaker.state(breaker_time(6s)), State::closed);
}

TEST(Breaker, other_numbers_hold_from_then_on)
{
    Breaker breaker(three_failures());
    pass(breaker, Charge::failure, breaker_time(1s));
    BreakerPolicy stricter = three_failures();
    stricter.failures = 2;
    breaker.adopt(stricter);
    pass(breaker, Charge::failure, breaker_time(1s));
    EXPECT_EQ(breaker.state(breaker_time(1s)), State::open);
    breaker.adopt(three_failures());
    EXPECT_EQ(breaker.state(breaker_time(1s)), State::open) << "what is open stays open";
}

TEST(Breaker, a_neutral_result_neither_counts_nor_clears)
{
    Breaker breaker(three_failures());
    for (const Charge charge : {Charge::failure, Charge::failure, Charge::neutral, Charge::failure})
        pass(breaker, charge, breaker_time(1s));
    EXPECT_EQ(breaker.state(breaker_time(1s)), State::open);
}

TEST(Breaker, half_open_admits_one_probe)
{
    Breaker breaker = opened_at(breaker_time(0s));
    const auto probe = breaker.enter(breaker_time(5s));
    ASSERT_TRUE(probe);
    EXPECT_TRUE(probe->probe);
    EXPECT_EQ(breaker.state(breaker_time(5s)), State::half_open);
    EXPECT_FALSE(breaker.enter(breaker_time(5s)));
    EXPECT_FALSE(breaker.enter(breaker_time(5s), Entry::early));
    breaker.settle(*probe, Charge::success, breaker_time(6s));
    EXPECT_EQ(breaker.state(breaker_time(6s)), State::closed);
    EXPECT_TRUE(breaker.enter(breaker_time(6s)));
}

TEST(Breaker, open_time_doubles_to_the_cap_and_starts_anew_after_success)
{
    Breaker breaker = opened_at(breaker_time(0s));
    ASSERT_TRUE(pass(breaker, Charge::failure, breaker_time(5s)));
    EXPECT_EQ(breaker.due(breaker_time(5s)), breaker_time(15s));  // 10 s
    ASSERT_TRUE(pass(breaker, Charge::failure, breaker_time(15s)));
    EXPECT_EQ(breaker.due(breaker_time(15s)), breaker_time(27s));  // 12 s, not 20
    ASSERT_TRUE(pass(breaker, Charge::success, breaker_time(27s)));
    for (int i = 0; i < 3; ++i) pass(breaker, Charge::failure, breaker_time(30s));
    EXPECT_EQ(breaker.due(breaker_time(30s)), breaker_time(35s));
}

TEST(Breaker, a_probe_that_comes_to_nothing_gives_its_place_back)
{
    Breaker breaker = opened_at(breaker_time(0s));
    const auto probe = breaker.enter(breaker_time(5s));
    breaker.settle(*probe, Charge::neutral, breaker_time(6s));
    EXPECT_EQ(breaker.state(breaker_time(6s)), State::open);
    EXPECT_TRUE(pass(breaker, Charge::success, breaker_time(6s)));
    EXPECT_EQ(breaker.state(breaker_time(6s)), State::closed);
}

TEST(Breaker, a_probe_that_never_settles_loses_its_lease)
{
    Breaker breaker = opened_at(breaker_time(0s));
    const auto lost = breaker.enter(breaker_time(5s));
    EXPECT_FALSE(breaker.enter(breaker_time(24s)));
    EXPECT_EQ(breaker.due(breaker_time(24s)), breaker_time(25s));
    const auto second = breaker.enter(breaker_time(25s));
    ASSERT_TRUE(second);
    breaker.settle(*lost, Charge::failure, breaker_time(26s));  // too late: it speaks of another era
    EXPECT_EQ(breaker.state(breaker_time(26s)), State::half_open);
    breaker.settle(*second, Charge::success, breaker_time(27s));
    EXPECT_EQ(breaker.state(breaker_time(27s)), State::closed);
}

TEST(Breaker, results_from_before_it_opened_change_nothing)
{
    Breaker breaker(three_failures());
    const auto early = breaker.enter(breaker_time(0s));
    for (int i = 0; i < 3; ++i) pass(breaker, Charge::failure, breaker_time(1s));
    breaker.settle(*early, Charge::success, breaker_time(2s));
    EXPECT_EQ(breaker.state(breaker_time(2s)), State::open);
    breaker.settle(*early, Charge::failure, breaker_time(3s));
    EXPECT_EQ(breaker.due(breaker_time(3s)), breaker_time(6s)) << "nor do they keep it open for longer";
    const auto late = breaker.enter(breaker_time(6s));
    breaker.settle(*late, Charge::success, breaker_time(7s));
    for (int i = 0; i < 3; ++i) breaker.settle(*early, Charge::failure, breaker_time(8s));
    EXPECT_EQ(breaker.state(breaker_time(8s)), State::closed);
}

TEST(Breaker, an_early_probe_is_one_probe_too)
{
    Breaker breaker = opened_at(breaker_time(0s));
    const auto early = breaker.enter(breaker_time(1s), Entry::early);
    ASSERT_TRUE(early);
    EXPECT_TRUE(early->probe);
    EXPECT_FALSE(breaker.enter(breaker_time(1s), Entry::early));
    breaker.settle(*early, Charge::failure, breaker_time(2s));
    EXPECT_EQ(breaker.due(breaker_time(2s)), breaker_time(12s));
}

TEST(Breaker, a_rest_holds_everyone_and_is_never_shortened)
{
    Breaker breaker(three_failures());
    breaker.rest(breaker_time(30s));
    breaker.rest(breaker_time(10s));
    EXPECT_FALSE(breaker.enter(breaker_time(29s)));
    EXPECT_FALSE(breaker.enter(breaker_time(29s), Entry::early));
    EXPECT_EQ(breaker.due(breaker_time(1s)), breaker_time(30s));
    EXPECT_TRUE(breaker.enter(breaker_time(30s)));
}

TEST(Breaker, a_lighter_failure_does_not_shorten_a_trip)
{
    Breaker breaker(three_failures());
    breaker.trip(breaker_time(60s));
    EXPECT_FALSE(breaker.enter(breaker_time(59s)));
    const auto early = breaker.enter(breaker_time(1s), Entry::early);
    ASSERT_TRUE(early);
    breaker.settle(*early, Charge::failure, breaker_time(2s));
    EXPECT_EQ(breaker.due(breaker_time(2s)), breaker_time(60s));
    EXPECT_TRUE(pass(breaker, Charge::success, breaker_time(60s)));
    EXPECT_EQ(breaker.state(breaker_time(60s)), State::closed);
}

}  // namespace
}  // namespace chaos::router
