// Stories about who is asked: callers' wishes, strategies, sessions, keys, and routers that share what they remember.
#include <algorithm>

#include "router/memory/memory_of_failure.hpp"
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

using Wishes = std::vector<net::http::Header>;

Wishes wish(const char* name, const char* value)
{
    return {{name, value}};
}

TEST(ArrangeStory, a_caller_may_pin_restrict_and_forbid_fallbacks)
{
    World world;
    ScriptedUpstream& a = world.provider("alpha", {error(500, "", "boom")});
    ScriptedUpstream& b = world.provider("beta", {answer("from beta")});
    ScriptedUpstream& c = world.provider("gamma", {answer("from gamma")});
    world.policy.retry.same_provider = 0;
    world.tell([&]() -> net::Task<void> {
        const Wishes pinned = wish("x-chaos-pin", "gamma");
        const Reply first = co_await world.ask_with(pinned, plain);
        EXPECT_EQ(first.header("x-chaos-served-by"), "gamma");
        EXPECT_EQ(first.header("x-chaos-degraded"), "") << "the caller wanted it so";
        const Wishes only = wish("x-chaos-only", "alpha, gamma");
        const Reply second = co_await world.ask_with(only, plain);
        EXPECT_EQ(second.header("x-chaos-served-by"), "gamma");
        const Wishes alone = wish("x-chaos-no-fallback", "1");
        const Reply third = co_await world.ask_with(alone, plain);
        EXPECT_EQ(third.status, 502);
        const Wishes misspelt = wish("x-chaos-pin", "gama");
        const Reply fourth = co_await world.ask_with(misspelt, plain);
        EXPECT_EQ(fourth.status, 400);
        EXPECT_NE(fourth.body.find("did you mean 'gamma'?"), std::string::npos) << fourth.body;
    });
    EXPECT_EQ(a.asked().size(), 2U);
    EXPECT_EQ(b.asked().size(), 0U);
    EXPECT_EQ(c.asked().size(), 2U);
}

TEST(ArrangeStory, the_quickest_is_asked_when_the_policy_says_so)
{
    World world;
    Act slow = answer("slow");
    slow.pieces[0].after = 400ms;
    ScriptedUpstream& a = world.provider("slow", {slow});
    ScriptedUpstream& b = world.provider("quick", {answer("quick")});
    world.policy.models["agent"].strategy = ChainStrategy::least_latency;
    world.tell([&]() -> net::Task<void> {
        for (int i = 0; i < 10; ++i) {
            const Reply reply = co_await world.ask(plain);
            EXPECT_EQ(reply.status, 200);
            EXPECT_EQ(reply.header("x-chaos-degraded"), "");
        }
    });
    EXPECT_EQ(a.asked().size(), 1U) << "to learn how slow it is";
    EXPECT_EQ(b.asked().size(), 9U);
}

TEST(ArrangeStory, weights_share_out_the_requests)
{
    World world;
    ScriptedUpstream& a = world.provider("alpha", {answer("a")});
    ScriptedUpstream& b = world.provider("beta", {answer("b")});
    world.policy.models["agent"].strategy = ChainStrategy::weighted;
    world.policy.models["agent"].chain[1].weight = 3;
    world.tell([&]() -> net::Task<void> {
        for (int i = 0; i < 200; ++i) co_await world.ask(plain);
    });
    EXPECT_EQ(a.asked().size() + b.asked().size(), 200U);
    EXPECT_GT(a.asked().size(), 25U);
    EXPECT_GT(b.asked().size(), 2 * a.asked().size());
}

TEST(ArrangeStory, each_key_rests_by_itself)
{
    World world;
    ScriptedUpstream& primary = world.provider(
        "primary", {error(429, "rate_limit_exceeded", "slow", "retry-after: 5\r\n"), answer("with the second key")});
    ScriptedUpstream& backup = world.provider("backup", {answer("never")});
    world.targets[0].api_keys = {"sk-one", "sk-two"};
    world.tell([&]() -> net::Task<void> {
        for (int i = 0; i < 3; ++i) {
            const Reply reply = co_await world.ask(plain);
            EXPECT_EQ(reply.header("x-chaos-served-by"), "primary");
        }
        co_await world.sleep(6s);
        co_await world.ask(plain);
    });
    std::vector<std::string> used;
    for (const auto& asked : primary.asked()) used.emplace_back(asked->head.headers.find("authorization").value_or(""));
    EXPECT_EQ(used, (std::vector<std::string>{"Bearer sk-one", "Bearer sk-two", "Bearer sk-two", "Bearer sk-two",
                                              "Bearer sk-one"}));
    EXPECT_EQ(backup.asked().size(), 0U);
}

TEST(ArrangeStory, a_provider_may_have_deadlines_and_a_window_of_its_own)
{
    World world;
    Act slow = answer("slow, but it may be");
    slow.pieces[0].after = 3s;
    ScriptedUpstream& primary = world.provider("primary", {slow});
    world.provider("backup", {answer("never")});
    ScriptedUpstream& tiny = world.provider("tiny", {answer("never")});
    world.policy.providers["primary"].first_token = 5s;
    world.policy.providers["tiny"].context_window = 3;
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.ask(plain);
        EXPECT_EQ(reply.header("x-chaos-served-by"), "primary");
        const Wishes only = wish("x-chaos-only", "tiny");
        const Reply too_long = co_await world.ask_with(only, plain);
        EXPECT_EQ(too_long.status, 400);
    });
    EXPECT_EQ(primary.asked().size(), 1U);
    EXPECT_EQ(tiny.asked().size(), 0U);
}

std::string conversation_of(const std::vector<std::string>& of_the_user, bool after_a_tool)
{
    std::string messages;
    for (const std::string& text : of_the_user) {
        if (!messages.empty()) messages += R"(,{"role":"assistant","content":"done"},)";
        messages += R"({"role":"user","content":")" + text + R"("})";
    }
    if (after_a_tool) {
        messages +=
            R"(,{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"read","arguments":"{}"}}]})"
            R"(,{"role":"tool","tool_call_id":"a","content":"x"})";
    }
    return R"({"model":"agent","messages":[)" + messages + "]}";
}

/// Who serves six requests of one session while the primary is ill at the first of them only: its first task with two
/// requests and a repetition, then a second task with two, and another session.
std::string who_serves(ReturnRule rule)
{
    World world;
    world.policy.session.back = rule;
    world.policy.retry.same_provider = 0;
    world.provider("primary", {error(503, "", "busy"), answer("p")});
    world.provider("backup", {answer("b")});
    std::string served;
    const std::vector<std::string> requests{conversation_of({"A"}, false),     conversation_of({"A"}, true),
                                            conversation_of({"A"}, true),      conversation_of({"A", "B"}, false),
                                            conversation_of({"A", "B"}, true), conversation_of({"C"}, false)};
    world.tell([&]() -> net::Task<void> {
        for (const std::string& body : requests) {
            const Reply reply = co_await world.ask(body);
            served += reply.header("x-chaos-served-by").substr(0, 1);
            if (reply.header("x-chaos-degraded") == "session") served += '*';
        }
    });
    return served;
}

TEST(ArrangeStory, sessions_return_by_the_policys_rule)
{
    EXPECT_EQ(who_serves(ReturnRule::when_healthy), "bppppp");
    EXPECT_EQ(who_serves(ReturnRule::next_task), "bb*b*ppp");
    EXPECT_EQ(who_serves(ReturnRule::never), "bb*b*b*b*p");
}

TEST(ArrangeStory, a_session_may_be_named_by_a_header)
{
    World world;
    world.policy.session.back = ReturnRule::never;
    world.policy.session.header = "x-session-id";
    world.policy.retry.same_provider = 0;
    world.provider("primary", {error(503, "", "busy"), answer("p")});
    world.provider("backup", {answer("b")});
    const std::string other_words = conversation_of({"something else"}, false);
    world.tell([&]() -> net::Task<void> {
        const Wishes one = wish("x-session-id", "one");
        const Wishes two = wish("x-session-id", "two");
        const Reply first = co_await world.ask_with(one, plain);
        EXPECT_EQ(first.header("x-chaos-served-by"), "backup");
        const Reply same = co_await world.ask_with(one, other_words);
        EXPECT_EQ(same.header("x-chaos-served-by"), "backup");
        const Reply other = co_await world.ask_with(two, plain);
        EXPECT_EQ(other.header("x-chaos-served-by"), "primary");
    });
}

net::Task<void> ask_one_of(World& world, const Router& router, std::vector<Reply>& replies)
{
    Reply reply = co_await world.ask_at(router, plain);
    replies.push_back(std::move(reply));
}

TEST(ArrangeStory, routers_that_share_a_memory_send_one_probe_between_them_and_keep_each_others_rests)
{
    World world;
    world.policy.breaker.failures = 1;
    world.policy.retry.same_provider = 0;
    world.memory = std::make_shared<MemoryOfFailure>();
    Act slow = answer("well again");
    slow.pieces[0].after = 500ms;
    ScriptedUpstream& primary = world.provider(
        "primary", {error(500, "", "boom"), slow, error(429, "", "slow", "retry-after: 30\r\n"), answer("rested")});
    world.provider("backup", {answer("from the backup")});
    std::vector<Reply> replies;
    world.tell([&]() -> net::Task<void> {
        const std::vector<Router*> routers = world.start_routers(3);
        const Reply opened = co_await world.ask_at(*routers[0], plain);
        EXPECT_EQ(opened.header("x-chaos-served-by"), "backup");
        const Reply avoided = co_await world.ask_at(*routers[1], plain);
        EXPECT_EQ(avoided.header("x-chaos-degraded"), "breaker_open") << "what one has learnt all know";
        EXPECT_EQ(primary.asked().size(), 1U);
        co_await world.sleep(5s);
        net::TaskGroup crowd(world.simulation.executor());
        for (int i = 0; i < 30; ++i) crowd.spawn(ask_one_of(world, *routers[static_cast<std::size_t>(i % 3)], replies));
        co_await crowd.join();
        EXPECT_EQ(primary.asked().size(), 2U) << "one probe between three routers";
        const Reply limited = co_await world.ask_at(*routers[2], plain);
        EXPECT_EQ(limited.header("x-chaos-served-by"), "backup");
        for (Router* router : routers) {
            const Reply resting = co_await world.ask_at(*router, plain);
            EXPECT_EQ(resting.header("x-chaos-degraded"), "resting");
        }
        EXPECT_EQ(primary.asked().size(), 3U);
        co_await world.sleep(30s);
        const Reply back = co_await world.ask_at(*routers[1], plain);
        EXPECT_EQ(back.header("x-chaos-served-by"), "primary");
    });
    EXPECT_EQ(replies.size(), 30U);
    for (const Reply& reply : replies) EXPECT_EQ(reply.status, 200);
}

TEST(ArrangeStory, a_request_waits_for_a_probe_that_another_router_has_out)
{
    World world;
    world.policy.breaker.failures = 1;
    world.policy.retry.same_provider = 0;
    world.policy.breaker.probe_lease = 10s;
    world.memory = std::make_shared<MemoryOfFailure>();
    Act slow = answer("well again");
    slow.pieces[0].after = 900ms;
    ScriptedUpstream& primary = world.provider("primary", {error(500, "", "boom"), slow, answer("well")});
    std::vector<Reply> replies;
    world.tell([&]() -> net::Task<void> {
        const std::vector<Router*> routers = world.start_routers(2);
        const Reply first = co_await world.ask_at(*routers[0], plain);
        EXPECT_EQ(first.status, 502);
        net::TaskGroup crowd(world.simulation.executor());
        for (Router* router : routers) crowd.spawn(ask_one_of(world, *router, replies));
        co_await crowd.join();
    });
    EXPECT_EQ(primary.asked().size(), 3U);
    ASSERT_EQ(replies.size(), 2U);
    for (const Reply& reply : replies) {
        EXPECT_EQ(reply.status, 200);
        EXPECT_LT(reply.took(), 2s) << "long before the lease ends";
    }
}

TEST(ArrangeStory, what_is_known_of_a_provider_survives_another_configuration)
{
    World world;
    ScriptedUpstream& primary =
        world.provider("primary", {error(429, "", "slow", "retry-after: 30\r\n"), answer("never")});
    world.provider("backup", {answer("b")});
    world.tell([&]() -> net::Task<void> {
        co_await world.ask(plain);
        Settings other;
        other.targets = world.targets;
        std::reverse(other.targets.begin(), other.targets.end());
        other.policy = world.policy;
        other.policy.breaker.failures = 17;
        world.router->reconfigure(std::move(other));
        const Reply reply = co_await world.ask(plain);
        EXPECT_EQ(reply.header("x-chaos-degraded"), "resting");
    });
    EXPECT_EQ(primary.asked().size(), 1U);
}

}  // namespace
}  // namespace chaos::router
