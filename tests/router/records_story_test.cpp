// What is on record of a request: each attempt with its decision, and the whole.
#include "router/decision.hpp"
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

TEST(Records, each_attempt_and_why_the_next_one)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {error(429, "", "slow down", "retry-after: 60\r\n")});
    ScriptedUpstream& backup = world.provider("backup", {answer("hi")});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
    ASSERT_EQ(world.notes.attempts.size(), 2U);
    const AttemptRecord& first = world.notes.attempts.front();
    EXPECT_EQ(first.target, "primary");
    EXPECT_EQ(first.number, 1);
    EXPECT_EQ(first.what, OutcomeClass::rate_limit);
    EXPECT_EQ(first.status, 429);
    EXPECT_EQ(first.because, "the first of the chain");
    EXPECT_FALSE(first.why.empty());
    EXPECT_EQ(first.decision.kind, DecisionKind::failover);
    EXPECT_EQ(first.decision.target, "backup");
    EXPECT_FALSE(first.decision.reason.empty());
    const AttemptRecord& second = world.notes.attempts.back();
    EXPECT_EQ(second.target, "backup");
    EXPECT_EQ(second.after, "primary");
    EXPECT_EQ(second.after_what, OutcomeClass::rate_limit);
    EXPECT_EQ(second.decision.kind, DecisionKind::reply);
    ASSERT_EQ(world.notes.requests.size(), 1U);
    const RequestRecord& request = world.notes.requests.front();
    EXPECT_EQ(request.id, reply.header("x-request-id"));
    EXPECT_EQ(request.id, first.request);
    EXPECT_EQ(request.status, 200);
    EXPECT_TRUE(request.whole);
    EXPECT_EQ(request.attempts, 2);
    EXPECT_EQ(request.served_by, "backup");
    EXPECT_EQ(request.degraded, "rate_limit 429");
    EXPECT_EQ(request.model, "agent");
    // One trace, a span for each attempt.
    const std::string sent = std::string(primary.asked().front()->head.headers.find("traceparent").value_or(""));
    EXPECT_EQ(sent, first.trace.traceparent().view());
    EXPECT_EQ(first.trace.trace_id, second.trace.trace_id);
    EXPECT_NE(first.trace.span_id, second.trace.span_id);
    EXPECT_EQ(backup.asked().front()->head.headers.find("traceparent"), second.trace.traceparent().view());
}

TEST(Records, tokens_of_attempts_that_came_to_nothing_are_counted)
{
    const std::vector<std::pair<std::string, Act>> rows{
        {plain,
         whole(200,
               R"({"id":"c","model":"served","choices":[{"index":0,"message":{"role":"assistant","content":""},)"
               R"("finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}})")},
        {streamed, stream({chunk::role(), chunk::usage(), chunk::failed("server_error")})},
    };
    for (const auto& row : rows) {
        const std::string& request = row.first;
        World world;
        world.policy.retry.same_provider = 0;
        world.policy.repair_empty_turn = false;
        world.provider("primary", {row.second});
        world.provider("backup", {request == plain ? answer("hi") : stream(text_events({"hi"}))});
        world.tell([&]() -> net::Task<void> {
            const Reply reply = co_await world.ask(request);
            EXPECT_EQ(reply.header("x-chaos-served-by"), "backup");
        });
        ASSERT_EQ(world.notes.attempts.size(), 2U);
        ASSERT_TRUE(world.notes.attempts.front().answer.usage) << request;
        EXPECT_EQ(world.notes.attempts.front().answer.usage->prompt_tokens, 7);
    }
}

TEST(Records, refusals_are_requests_too)
{
    World world;
    world.provider("primary", {answer("never")});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask("{"); });
    ASSERT_EQ(world.notes.requests.size(), 1U);
    EXPECT_EQ(world.notes.requests.front().status, 400);
    EXPECT_EQ(world.notes.requests.front().error_code, "invalid_request");
    EXPECT_EQ(world.notes.requests.front().id, reply.header("x-request-id"));
}

TEST(Records, a_caller_that_leaves_is_on_record)
{
    World world;
    world.provider("primary", {stream_then({chunk::role(), chunk::text("x")}, Exit::hold)});
    world.tell([&]() -> net::Task<void> {
        co_await world.ask(streamed, 300ms);
        co_await world.sleep(1s);
    });
    ASSERT_EQ(world.notes.requests.size(), 1U);
    EXPECT_TRUE(world.notes.requests.front().client_left);
    EXPECT_FALSE(world.notes.requests.front().whole);
}

TEST(Records, nobody_elses_words_in_our_own)
{
    Outcome said;
    said.what = OutcomeClass::caller_fault;
    said.status = 400;
    said.error = {400, "invalid_request_error", "bad code with words", "your prompt 'SECRET' is wrong"};
    said.why = said.error.message;
    EXPECT_EQ(own_words(said), "the provider answered 400 invalid_request_error");
    Outcome called;
    called.what = OutcomeClass::malformed_tool;
    called.why = "it calls 'SECRET', a tool that was not offered";
    EXPECT_EQ(own_words(called), "it calls (...), a tool that was not offered");
    EXPECT_EQ(own_words(Outcome{}), "");
}

/// A request keeps the configuration it began with; the next one has the new one; what is known of a provider stays.
TEST(Reload, requests_under_way_finish_as_they_began)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {stream(text_events({"a", "b", "c"}), 200ms)});
    Reply old_one, new_one;
    world.tell([&]() -> net::Task<void> {
        net::TaskGroup group(world.simulation.executor());
        group.spawn([](World& in, Reply& out) -> net::Task<void> { out = co_await in.ask(streamed); }(world, old_one));
        co_await world.sleep(100ms);
        Settings settings{world.targets, world.policy, {}, {}};
        settings.policy.models = {{"renamed", plain_chain({"primary"})}};
        settings.targets.front().model = "another-model";
        world.router->reconfigure(std::move(settings));
        new_one = co_await world.ask(plain);
        co_await group.join();
    });
    EXPECT_TRUE(old_one.whole);
    EXPECT_TRUE(read_stream(old_one.body).success()) << old_one.body;
    EXPECT_EQ(new_one.status, 404) << new_one.body;
    EXPECT_EQ(primary.asked().size(), 1U);
}

TEST(Reload, an_open_breaker_stays_open)
{
    World world;
    world.policy.breaker.failures = 1;
    world.policy.retry.same_provider = 0;
    ScriptedUpstream& primary = world.provider("primary", {error(500, "", "boom")});
    ScriptedUpstream& backup = world.provider("backup", {answer("hi"), answer("hi")});
    world.tell([&]() -> net::Task<void> {
        co_await world.ask(plain);
        Settings settings{{world.targets[1], world.targets[0]}, world.policy, {}, {}};
        world.router->reconfigure(std::move(settings));
        const Reply reply = co_await world.ask(plain);
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.header("x-chaos-degraded"), "breaker_open");
    });
    EXPECT_EQ(primary.asked().size(), 1U);
    EXPECT_EQ(backup.asked().size(), 2U);
}

}  // namespace
}  // namespace chaos::router
