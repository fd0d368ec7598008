// Stories about time: breakers that open and close, waits that are kept, callers that leave.
#include <algorithm>
#include <stdexcept>

#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

TEST(HealthStory, a_failing_provider_is_left_alone_and_taken_back)
{
    World world;
    world.policy.breaker.failures = 3;
    world.policy.retry.same_provider = 0;
    ScriptedUpstream& primary = world.provider("primary", {error(500, "", "boom")});
    world.provider("backup", {answer("from the backup")});
    world.tell([&]() -> net::Task<void> {
        for (int i = 0; i < 10; ++i) {
            const Reply reply = co_await world.ask(plain);
            EXPECT_EQ(reply.status, 200);
        }
        EXPECT_EQ(primary.asked().size(), 3U) << "the breaker opened";
        co_await world.sleep(5s);
        const Reply probed = co_await world.ask(plain);
        EXPECT_EQ(probed.header("x-chaos-served-by"), "backup");
        EXPECT_EQ(primary.asked().size(), 4U) << "one probe";
        primary.set_script({answer("well again")});
        co_await world.sleep(9s);
        const Reply early = co_await world.ask(plain);
        EXPECT_EQ(early.header("x-chaos-degraded"), "breaker_open") << "the open time has doubled";
        co_await world.sleep(1s);
        for (int i = 0; i < 3; ++i) {
            const Reply reply = co_await world.ask(plain);
            EXPECT_EQ(reply.header("x-chaos-served-by"), "primary");
        }
    });
}

TEST(HealthStory, during_an_outage_callers_do_not_pay_for_it_again_and_again)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {answer("never")});
    world.provider("backup", {answer("from the backup")});
    world.tell([&]() -> net::Task<void> {
        primary.listener().set_admission(net::Admission::silent);
        std::vector<net::Duration> took;
        for (int i = 0; i < 20; ++i) {
            const Reply reply = co_await world.ask(plain);
            EXPECT_EQ(reply.status, 200);
            took.push_back(reply.took());
        }
        std::sort(took.begin(), took.end());
        EXPECT_LT(took[took.size() / 2], 10ms);
    });
}

net::Task<void> ask_into(World& world, std::string body, std::vector<Reply>& replies)
{
    Reply reply = co_await world.ask(std::move(body));
    replies.push_back(std::move(reply));
}

TEST(HealthStory, a_recovering_provider_meets_one_probe_and_not_the_crowd)
{
    World world;
    world.policy.breaker.failures = 1;
    world.policy.retry.same_provider = 0;
    Act slow = answer("well again");
    slow.pieces[0].after = 500ms;
    ScriptedUpstream& primary = world.provider("primary", {error(500, "", "boom"), slow});
    world.provider("backup", {answer("from the backup")});
    std::vector<Reply> replies;
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await world.ask(plain);
        EXPECT_EQ(first.header("x-chaos-served-by"), "backup");
        co_await world.sleep(5s);
        net::TaskGroup crowd(world.simulation.executor());
        for (int i = 0; i < 20; ++i) crowd.spawn(ask_into(world, plain, replies));
        co_await crowd.join();
    });
    EXPECT_EQ(primary.asked().size(), 2U);
    EXPECT_EQ(replies.size(), 20U);
    for (const Reply& reply : replies) EXPECT_EQ(reply.status, 200);
}

TEST(HealthStory, a_probe_on_a_dead_pooled_connection_does_not_keep_the_breaker_open)
{
    World world;
    world.policy.breaker.failures = 1;
    world.policy.retry.same_provider = 0;
    // The connection of the failure stays in the pool, and is dead when the probe takes it.
    Act dies_later = error(500, "", "boom");
    ScriptedUpstream& primary = world.provider("primary", {dies_later, broken_before_answer(), answer("well again")});
    world.provider("backup", {answer("from the backup")});
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await world.ask(plain);
        EXPECT_EQ(first.header("x-chaos-served-by"), "backup");
        co_await world.sleep(5s);
        const Reply second = co_await world.ask(plain);
        EXPECT_EQ(second.header("x-chaos-served-by"), "primary");
        EXPECT_EQ(second.header("x-chaos-attempts"), "1");
        EXPECT_FALSE(second.headers.contains("x-chaos-degraded"));
    });
    EXPECT_NE(primary.asked().at(1)->connection, primary.asked().at(2)->connection);
}

TEST(HealthStory, dead_pooled_connections_are_charged_to_nobody)
{
    World world;
    world.policy.breaker.failures = 1;
    ScriptedUpstream& primary = world.provider(
        "primary", {answer("a"), broken_before_answer(), answer("b"), broken_before_answer(), answer("c")});
    ScriptedUpstream& backup = world.provider("backup", {answer("never")});
    world.tell([&]() -> net::Task<void> {
        for (const char* expected : {"a", "b", "c"}) {
            const Reply reply = co_await world.ask(plain);
            EXPECT_EQ(reply.body, text_body(expected));
        }
    });
    EXPECT_EQ(primary.asked().size(), 5U);
    EXPECT_EQ(backup.asked().size(), 0U);
}

TEST(HealthStory, request_shaped_failures_of_a_probe_release_it)
{
    World world;
    world.policy.breaker.failures = 1;
    world.policy.retry.same_provider = 0;
    ScriptedUpstream& primary =
        world.provider("primary", {error(500, "", "boom"), error(400, "odd", "bad request"), answer("well again")});
    world.provider("backup", {answer("from the backup")});
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await world.ask(plain);
        EXPECT_EQ(first.status, 200);
        co_await world.sleep(5s);
        const Reply second = co_await world.ask(plain);
        EXPECT_EQ(second.status, 400);
        const Reply third = co_await world.ask(plain);
        EXPECT_EQ(third.header("x-chaos-served-by"), "primary");
    });
    EXPECT_EQ(primary.asked().size(), 3U);
}

TEST(HealthStory, when_every_breaker_is_open_a_request_still_probes)
{
    World world;
    world.policy.breaker.failures = 1;
    world.policy.retry.same_provider = 0;
    ScriptedUpstream& primary = world.provider("primary", {error(500, "", "boom"), answer("well again")});
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await world.ask(plain);
        EXPECT_EQ(first.status, 502);
        const Reply second = co_await world.ask(plain);
        EXPECT_EQ(second.status, 200) << "at once, not after the open time";
        EXPECT_LT(second.took(), 10ms);
    });
    EXPECT_EQ(primary.asked().size(), 2U);
}

TEST(HealthStory, requests_that_find_the_only_probe_out_wait_for_its_result)
{
    World world;
    world.policy.breaker.failures = 1;
    world.policy.retry.same_provider = 0;
    world.policy.breaker.probe_lease = 10s;
    Act slow = answer("well again");
    slow.pieces[0].after = 700ms;
    ScriptedUpstream& primary = world.provider("primary", {error(500, "", "boom"), slow, answer("well again")});
    std::vector<Reply> replies;
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await world.ask(plain);
        EXPECT_EQ(first.status, 502);
        net::TaskGroup crowd(world.simulation.executor());
        for (int i = 0; i < 10; ++i) crowd.spawn(ask_into(world, plain, replies));
        co_await world.sleep(500ms);
        EXPECT_EQ(primary.asked().size(), 2U) << "one probe, nine waiting";
        co_await crowd.join();
    });
    ASSERT_EQ(replies.size(), 10U);
    for (const Reply& reply : replies) {
        EXPECT_EQ(reply.status, 200);
        EXPECT_LT(reply.took(), 1s);
    }
}

TEST(HealthStory, retry_after_is_a_floor_for_the_only_provider)
{
    for (const char* headers :
         {"retry-after: 2\r\n", "retry-after-ms: 2000\r\n",
          "retry-after: Thu, 01 Jan 2026 00:00:02 GMT\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"}) {
        World world;
        ScriptedUpstream& primary =
            world.provider("primary", {error(429, "rate_limit_exceeded", "slow", headers), answer("hello")});
        Reply reply;
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
        EXPECT_EQ(reply.status, 200);
        ASSERT_EQ(primary.asked().size(), 2U);
        EXPECT_GE(primary.asked()[1]->at - primary.asked()[0]->at, 2s) << headers;
        EXPECT_LT(primary.asked()[1]->at - primary.asked()[0]->at, 2500ms) << headers;
    }
}

TEST(HealthStory, while_a_provider_rests_nobody_asks_it)
{
    World world;
    ScriptedUpstream& primary =
        world.provider("primary", {error(429, "", "slow", "retry-after: 3\r\n"), answer("rested")});
    world.provider("backup", {answer("from the backup")});
    world.tell([&]() -> net::Task<void> {
        for (int i = 0; i < 28; ++i) {
            const Reply reply = co_await world.ask(plain);
            EXPECT_EQ(reply.header("x-chaos-served-by"), "backup") << i;
            co_await world.sleep(100ms);
        }
        co_await world.sleep(400ms);
        const Reply reply = co_await world.ask(plain);
        EXPECT_EQ(reply.header("x-chaos-served-by"), "primary");
    });
    ASSERT_EQ(primary.asked().size(), 2U);
    EXPECT_GE(primary.asked()[1]->at - primary.asked()[0]->at, 3s);
}

TEST(HealthStory, while_everybody_rests_callers_are_told_the_smallest_wait_that_is_left)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {error(429, "", "slow", "retry-after: 100\r\n")});
    ScriptedUpstream& backup = world.provider("backup", {error(429, "", "slow", "retry-after: 60\r\n")});
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await world.ask(plain);
        EXPECT_EQ(first.header("retry-after"), "60");
        co_await world.sleep(10s);
        const Reply second = co_await world.ask(plain);
        EXPECT_EQ(second.status, 429);
        EXPECT_EQ(second.header("retry-after"), "50");
    });
    EXPECT_EQ(primary.asked().size() + backup.asked().size(), 2U) << "nobody asks whoever rests";
}

TEST(HealthStory, the_same_provider_is_retried_within_the_jitters_bounds)
{
    World world;
    world.policy.retry.backoff = 400ms;
    ScriptedUpstream& primary = world.provider("primary", {error(500, "", "boom"), answer("hello")});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
    EXPECT_EQ(reply.status, 200);
    ASSERT_EQ(primary.asked().size(), 2U);
    EXPECT_LE(primary.asked()[1]->at - primary.asked()[0]->at, 402ms);
}

TEST(HealthStory, attempts_are_bounded_even_if_everything_says_come_back_at_once)
{
    World world;
    world.policy.retry.max_attempts = 4;
    world.policy.breaker.failures = 1000;
    ScriptedUpstream& a = world.provider("a", {error(429, "", "slow", "retry-after: 0\r\n")});
    ScriptedUpstream& b = world.provider("b", {error(429, "", "slow", "retry-after: 0\r\n")});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(a.asked().size() + b.asked().size(), 4U);
    EXPECT_EQ(reply.header("x-chaos-attempts"), "4");
}

struct Leaving {
    const char* name;
    Act act;
    std::string body;
};

TEST(HealthStory, a_caller_that_leaves_takes_the_upstream_with_it)
{
    const std::vector<Leaving> rows{
        {"while the provider thinks", silent(), plain},
        {"while the provider thinks, streamed", silent(), streamed},
        {"in the middle of a body", Act{{{0ns, "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"}}, Exit::hold}, plain},
        {"in the middle of a stream", stream_then({chunk::role(), chunk::text("x")}, Exit::hold), streamed},
        {"while a call is held", stream_then({chunk::role(), chunk::call(0, "a", "read", "{")}, Exit::hold), streamed},
    };
    for (const Leaving& row : rows) {
        World world;
        world.policy.breaker.failures = 1;
        ScriptedUpstream& primary = world.provider("primary", {row.act, answer("later")});
        ScriptedUpstream& backup = world.provider("backup", {answer("never")});
        world.tell([&]() -> net::Task<void> {
            co_await world.ask(row.body, 300ms);
            co_await world.sleep(100ms);
            if (primary.asked().empty()) throw std::logic_error("the provider was not asked");
            EXPECT_TRUE(primary.asked()[0]->client_left) << row.name;
            EXPECT_LT(primary.asked()[0]->client_left_at, net::Instant(310ms)) << row.name;
            const Reply after = co_await world.ask(plain);
            EXPECT_EQ(after.header("x-chaos-served-by"), "primary") << row.name << ": it is not the provider's fault";
        });
        EXPECT_EQ(backup.asked().size(), 0U) << row.name;
    }
}

TEST(HealthStory, a_caller_that_leaves_while_the_router_waits_is_forgotten)
{
    World world;
    ScriptedUpstream& primary =
        world.provider("primary", {error(429, "", "slow", "retry-after: 5\r\n"), answer("never")});
    world.tell([&]() -> net::Task<void> {
        co_await world.ask(plain, 1s);
        co_await world.sleep(10s);
    });
    EXPECT_EQ(primary.asked().size(), 1U);
}

TEST(HealthStory, a_caller_that_leaves_during_a_connect_gives_the_probe_back)
{
    World world;
    world.policy.breaker.failures = 1;
    world.policy.retry.same_provider = 0;
    ScriptedUpstream& primary =
        world.provider("primary", {error(500, "", "boom", "connection: close\r\n"), answer("well again")});
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await world.ask(plain);
        EXPECT_EQ(first.status, 502);
        co_await world.sleep(5s);
        primary.listener().set_admission(net::Admission::silent);
        co_await world.ask(plain, 100ms);
        EXPECT_EQ(primary.asked().size(), 1U);
        primary.listener().set_admission(net::Admission::open);
        co_await world.sleep(10ms);
        const Reply reply = co_await world.ask(plain);
        EXPECT_EQ(reply.status, 200);
    });
}

TEST(HealthStory, the_same_seed_tells_the_same_story)
{
    const auto story = [] {
        World world;
        world.provider("a", {error(500, "", "boom"), stream(text_events({"x", "y"}), 5ms),
                             error(429, "", "slow", "retry-after: 1\r\n"),
                             stream_then({chunk::role(), chunk::text("z")}, Exit::reset), silent()});
        world.provider("b", {error(503, "", "busy"), stream(text_events({"from b"}))});
        std::vector<Reply> replies;
        world.tell([&]() -> net::Task<void> {
            net::TaskGroup crowd(world.simulation.executor());
            for (int i = 0; i < 30; ++i) {
                crowd.spawn(ask_into(world, streamed, replies));
                co_await world.sleep(37ms);
            }
            co_await crowd.join();
        });
        std::string all = world.notes.all;
        for (const Reply& reply : replies)
            all += std::to_string(reply.ended_at.time_since_epoch().count()) + reply.body;
        return all;
    };
    const std::string once = story();
    EXPECT_GT(once.size(), 1000U);
    EXPECT_EQ(once, story());
}

}  // namespace
}  // namespace chaos::router
