// The memory of failure, told what happens and when; and many threads at it.
#include "router/memory/memory_of_failure.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace chaos::router {
namespace {

using namespace std::chrono_literals;
using State = Breaker::State;

net::Instant memory_time(net::Duration since_start)
{
    return net::Instant(since_start);
}

constexpr Charges provider_failed{Charge::failure, Charge::neutral};
constexpr Charges key_failed{Charge::neutral, Charge::failure};
constexpr Charges all_well{Charge::success, Charge::success};

class Memory : public ::testing::Test {
protected:
    Memory()
    {
        policy.breaker.failures = 2;
        policy.breaker.open_for = 5s;
        policy.breaker.probe_lease = 20s;
        first = memory.place("a", hash_of_key("key-1"), policy);
        second = memory.place("a", hash_of_key("key-2"), policy);
        other = memory.place("b", 0, policy);
    }

    bool pass(Place place, Charges charges, net::Instant now)
    {
        const auto permit = memory.enter(place, Entry::when_due, now);
        if (permit) memory.settle(place, *permit, charges, now);
        return permit.has_value();
    }
    State state(Place place, net::Instant now) const { return memory.standing(place, now).state; }

    Policy policy;
    MemoryOfFailure memory;
    Place first, second, other;
};

TEST_F(Memory, places_are_found_again_by_name_and_key)
{
    EXPECT_EQ(memory.place("a", hash_of_key("key-1"), policy), first);
    EXPECT_EQ(memory.place("b", 0, policy), other);
    EXPECT_NE(first, second);
    EXPECT_EQ(first.provider, second.provider);
}

TEST_F(Memory, what_is_known_survives_a_reload_and_its_new_numbers_hold)
{
    memory.rest(first, Scope::key, memory_time(30s));
    pass(other, provider_failed, memory_time(0s));
    policy.breaker.failures = 1;
    EXPECT_EQ(memory.place("a", hash_of_key("key-1"), policy), first);
    memory.place("b", 0, policy);
    EXPECT_EQ(memory.standing(first, memory_time(1s)).resting_until, memory_time(30s));
    pass(other, provider_failed, memory_time(1s));
    EXPECT_EQ(state(other, memory_time(1s)), State::open);
}

TEST_F(Memory, trouble_of_the_provider_is_shared_by_its_keys)
{
    pass(first, provider_failed, memory_time(0s));
    pass(second, provider_failed, memory_time(0s));
    EXPECT_EQ(state(first, memory_time(1s)), State::open);
    EXPECT_EQ(state(second, memory_time(1s)), State::open);
    EXPECT_EQ(state(other, memory_time(1s)), State::closed);
}

TEST_F(Memory, a_key_rests_by_itself)
{
    memory.rest(first, Scope::key, memory_time(30s));
    EXPECT_FALSE(pass(first, all_well, memory_time(29s)));
    EXPECT_TRUE(pass(second, all_well, memory_time(1s)));
    pass(second, key_failed, memory_time(2s));
    pass(second, key_failed, memory_time(2s));
    EXPECT_EQ(state(second, memory_time(2s)), State::open);
    EXPECT_EQ(state(first, memory_time(2s)), State::closed);
}

TEST_F(Memory, a_rest_of_the_provider_holds_all_its_keys)
{
    memory.rest(first, Scope::provider, memory_time(30s));
    EXPECT_FALSE(pass(second, all_well, memory_time(29s)));
    EXPECT_TRUE(pass(second, all_well, memory_time(30s)));
}

TEST_F(Memory, a_quota_rest_is_not_shortened_by_what_is_lighter)
{
    memory.trip(first, Scope::key, memory_time(60s));
    memory.rest(first, Scope::key, memory_time(5s));
    memory.trip(first, Scope::key, memory_time(10s));
    const auto early = memory.enter(first, Entry::early, memory_time(6s));
    ASSERT_TRUE(early);
    memory.settle(first, *early, key_failed, memory_time(7s));
    EXPECT_EQ(memory.standing(first, memory_time(7s)).due, memory_time(60s));
    EXPECT_FALSE(memory.enter(first, Entry::when_due, memory_time(59s)));
}

TEST_F(Memory, whoever_the_key_keeps_out_does_not_take_the_providers_probe)
{
    pass(first, provider_failed, memory_time(0s));
    pass(first, provider_failed, memory_time(0s));
    memory.rest(first, Scope::key, memory_time(60s));
    EXPECT_FALSE(memory.enter(first, Entry::when_due, memory_time(6s)));
    EXPECT_TRUE(memory.enter(second, Entry::when_due, memory_time(6s)));
}

TEST_F(Memory, one_probe_at_a_time_and_its_lease_ends)
{
    pass(first, provider_failed, memory_time(0s));
    pass(first, provider_failed, memory_time(0s));
    const auto lost = memory.enter(first, Entry::when_due, memory_time(5s));
    ASSERT_TRUE(lost);
    EXPECT_TRUE(lost->probe());
    EXPECT_FALSE(memory.enter(second, Entry::when_due, memory_time(6s)));
    EXPECT_FALSE(memory.enter(second, Entry::early, memory_time(24s)));
    const auto next = memory.enter(second, Entry::when_due, memory_time(25s));
    ASSERT_TRUE(next);
    memory.settle(first, *lost, provider_failed, memory_time(26s));
    memory.settle(second, *next, all_well, memory_time(27s));
    EXPECT_EQ(state(first, memory_time(27s)), State::closed);
}

TEST_F(Memory, retries_are_a_share_of_the_requests_with_a_minimum)
{
    policy.retry.budget = 200'000;
    policy.retry.budget_minimum = 3;
    memory.place("b", 0, policy);
    const auto taken = [&](net::Instant now) {
        int count = 0;
        while (count < 1000 && memory.take_retry(other, now)) ++count;
        return count;
    };
    EXPECT_EQ(taken(memory_time(0s)), 3) << "the minimum";
    EXPECT_EQ(taken(memory_time(9s)), 0) << "within the same ten seconds";
    EXPECT_EQ(taken(memory_time(11s)), 3);
    for (int i = 0; i < 100; ++i) pass(other, all_well, memory_time(30s));
    EXPECT_EQ(taken(memory_time(31s)), 20) << "a fifth of a hundred";
    EXPECT_EQ(taken(memory_time(31s)), 0);
    EXPECT_EQ(taken(memory_time(50s)), 3) << "the requests are long ago";
}

TEST_F(Memory, reports_of_a_status_page_grow_old)
{
    memory.report(first, true, memory_time(60s));
    EXPECT_TRUE(memory.standing(second, memory_time(59s)).reported_down);
    EXPECT_FALSE(memory.standing(second, memory_time(60s)).reported_down);
    memory.report(first, true, memory_time(90s));
    memory.report(first, false, memory_time(90s));
    EXPECT_FALSE(memory.standing(first, memory_time(61s)).reported_down);
}

TEST_F(Memory, the_estimate_of_the_first_token_follows_and_fades)
{
    EXPECT_FALSE(memory.standing(first, memory_time(0s)).first_token);
    memory.observe_first_token(first, 800ms, memory_time(0s));
    EXPECT_EQ(memory.standing(first, memory_time(1s)).first_token, 800ms);
    memory.observe_first_token(first, 1600ms, memory_time(1s));
    EXPECT_EQ(memory.standing(first, memory_time(1s)).first_token, 900ms);
    EXPECT_EQ(memory.standing(first, memory_time(61s)).first_token, 450ms) << "half a minute-life later";
    EXPECT_EQ(memory.standing(first, memory_time(24h)).first_token, 0ms);
    memory.observe_first_token(first, 700ms, memory_time(24h));
    EXPECT_EQ(memory.standing(first, memory_time(24h)).first_token, 700ms) << "what had faded weighs nothing";
}

TEST_F(Memory, a_chore_is_claimed_by_one)
{
    EXPECT_TRUE(memory.claim(Chore::probes, memory_time(9s), memory_time(0s)));
    EXPECT_FALSE(memory.claim(Chore::probes, memory_time(17s), memory_time(8s)));
    EXPECT_TRUE(memory.claim(Chore::status_pages, memory_time(17s), memory_time(8s)));
    EXPECT_TRUE(memory.claim(Chore::probes, memory_time(18s), memory_time(9s)));
}

TEST_F(Memory, a_snapshot_names_providers_and_never_keys)
{
    memory.rest(second, Scope::key, memory_time(30s));
    const std::vector<RememberedKey> all = memory.snapshot(memory_time(1s));
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].provider, "a");
    EXPECT_EQ(all[0].key, 1U);
    EXPECT_EQ(all[1].key, 2U);
    EXPECT_EQ(all[1].standing.resting_until, memory_time(30s));
    EXPECT_EQ(all[2].provider, "b");
}

/// Time is a counter that all threads share; every permit is a probe, since the breaker opens with every failure.
TEST_F(Memory, many_threads_never_have_two_probes_out)
{
    policy.breaker.failures = 1;
    policy.breaker.open_for = 1ns;
    policy.breaker.open_cap = 1ns;
    policy.breaker.probe_lease = 24h;
    const Place place = memory.place("c", 0, policy);
    memory.settle(place, *memory.enter(place, Entry::when_due, memory_time(0s)), provider_failed, memory_time(0s));
    std::atomic<std::int64_t> ticks{1'000};
    std::atomic<int> out{0};
    std::atomic<bool> two_at_once{false};
    constexpr int probes_of_each = 500;
    // Each until it had its probes: how often it asks in vain is the scheduler's affair.
    const auto work = [&] {
        for (int had = 0; had < probes_of_each;) {
            const net::Instant now{net::Duration(ticks.fetch_add(10))};
            const auto permit = memory.enter(place, Entry::early, now);
            if (!permit) continue;
            if (out.fetch_add(1) != 0) two_at_once = true;
            ++had;
            std::this_thread::yield();  // while it is out the others ask
            out.fetch_sub(1);
            memory.settle(place, *permit, had % 3 == 0 ? provider_failed : Charges{}, now);
            memory.rest(place, Scope::key, now);
            memory.take_retry(place, now);
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();
    EXPECT_FALSE(two_at_once);
    EXPECT_EQ(memory.snapshot(memory_time(1h)).size(), 4U);
}

}  // namespace
}  // namespace chaos::router
