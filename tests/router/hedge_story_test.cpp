// Stories of two attempts side by side: who answers, what becomes of the other, and that nobody sees two answers.
#include "net/real/reality.hpp"
#include "tests/router/vendors.hpp"

namespace chaos::router {
namespace {

/// A provider and its backup, and a hedge after two seconds of silence.
struct HedgingWorld : World {
    HedgingWorld()
    {
        policy.hedge.after = 2s;
        policy.timeouts.first_token = 10s;
        policy.timeouts.idle = 10s;
        policy.timeouts.total = 60s;
        policy.breaker.failures = 1;
    }

    /// What was recorded of attempts at `target`.
    const AttemptRecord& attempt_at(const std::string& target) const
    {
        for (const AttemptRecord& attempt : notes.attempts) {
            if (attempt.target == target) return attempt;
        }
        throw std::logic_error("no attempt at " + target);
    }
};

/// After this long.
Act late(net::Duration pause, Act act)
{
    act.pieces.front().after = pause;
    return act;
}
Act late_answer(net::Duration pause, bool streams, const std::string& text)
{
    return late(pause, streams ? stream(text_events({text})) : answer(text));
}
/// The head at once, then nothing for so long.
Act slow_to_speak(net::Duration pause, const std::string& text)
{
    Act act = stream(text_events({text}));
    act.pieces.at(1).after = pause;
    return act;
}
std::string text_in(const Reply& reply, bool streams)
{
    if (streams) return read_stream(reply.body).answer.text;
    return read_caller_answer(Protocol::openai_chat, reply.body).answer.text;
}

TEST(HedgeStory, is_off_by_default)
{
    EXPECT_EQ(Policy{}.hedge.after, net::Duration{});
    for (const bool streams : {false, true}) {
        HedgingWorld world;
        world.policy.hedge = HedgePolicy{};
        ScriptedUpstream& primary = world.provider("primary", {late_answer(5s, streams, "slow")});
        ScriptedUpstream& backup = world.provider("backup", {late_answer(0s, streams, "quick")});
        Reply reply;
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(request_body(streams)); });
        EXPECT_EQ(text_in(reply, streams), "slow");
        EXPECT_EQ(reply.header("x-chaos-attempts"), "1");
        EXPECT_EQ(primary.asked().size(), 1U);
        EXPECT_EQ(backup.asked().size(), 0U);
    }
}

TEST(HedgeStory, a_slow_provider_is_overtaken_and_stopped_and_charged_nothing)
{
    for (const bool streams : {false, true}) {
        for (const bool head_comes_early : {false, true}) {
            if (head_comes_early && !streams) continue;
            HedgingWorld world;
            ScriptedUpstream& primary = world.provider(
                "primary", {head_comes_early ? slow_to_speak(9s, "slow") : late_answer(9s, streams, "slow")});
            ScriptedUpstream& backup = world.provider("backup", {late_answer(100ms, streams, "quick")});
            Reply reply;
            world.tell([&]() -> net::Task<void> {
                reply = co_await world.ask(request_body(streams));
                co_await world.sleep(1s);
                EXPECT_TRUE(primary.asked().at(0)->client_left);
                co_await world.ask(request_body(streams));
            });
            EXPECT_EQ(text_in(reply, streams), "quick");
            EXPECT_EQ(reply.header("x-chaos-served-by"), "backup");
            EXPECT_EQ(reply.header("x-chaos-attempts"), "2");
            EXPECT_EQ(reply.header("x-chaos-degraded"), "hedge");
            EXPECT_GE(reply.took(), 2100ms);
            EXPECT_LT(reply.took(), 2300ms);
            ASSERT_EQ(backup.asked().size(), 2U);
            EXPECT_EQ(backup.asked()[0]->at - primary.asked().at(0)->at, 2s);
            EXPECT_LE(primary.asked()[0]->client_left_at - reply.ended_at, 100ms);
            EXPECT_EQ(primary.asked().size(), 2U) << "its breaker is closed: it is asked again";
        }
    }
}

TEST(HedgeStory, the_hedge_is_on_record_with_its_reason)
{
    HedgingWorld world;
    world.provider("primary", {silent()});
    world.provider("backup", {answer("quick")});
    world.tell([&]() -> net::Task<void> { co_await world.ask(plain); });
    ASSERT_EQ(world.notes.attempts.size(), 2U);
    const AttemptRecord& overtaken = world.attempt_at("primary");
    EXPECT_EQ(overtaken.what, OutcomeClass::lost_race);
    EXPECT_EQ(overtaken.number, 1);
    EXPECT_EQ(overtaken.decision.kind, DecisionKind::yield);
    EXPECT_EQ(overtaken.decision.target, "backup");
    const AttemptRecord& hedge = world.attempt_at("backup");
    EXPECT_TRUE(hedge.hedge);
    EXPECT_EQ(hedge.number, 2);
    EXPECT_EQ(hedge.because, "hedge after 2s of silence at primary");
    EXPECT_EQ(hedge.after, "") << "no failover";
    EXPECT_EQ(hedge.decision.kind, DecisionKind::reply);
    ASSERT_EQ(world.notes.requests.size(), 1U);
    const RequestRecord& request = world.notes.requests.front();
    EXPECT_EQ(request.attempts, 2);
    EXPECT_EQ(request.served_by, "backup");
    EXPECT_EQ(request.degraded, "hedge");
    EXPECT_LE(request.upstream, request.took) << "what two do at once is counted once";
    EXPECT_GE(request.upstream, 2s);
}

TEST(HedgeStory, an_error_never_wins)
{
    const std::vector<std::pair<const char*, Act>> failures{
        {"5xx", error(500, "", "boom")},
        {"limit", error(429, "", "slow down")},
        {"the request is at fault", error(400, "invalid_request_error", "no")},
        {"reset", broken_before_answer()},
        {"a web page", whole(200, "<html>", "content-type: text/html\r\n")},
    };
    const std::vector<std::pair<const char*, Act>> failing_streams{
        {"an error is the first event", stream({chunk::failed("server_error")})},
        {"an error after the role", stream({chunk::role(), chunk::failed("rate_limit_exceeded")})},
        {"half a call", stream_then({chunk::role(), chunk::call(0, "a", "read", "{")}, Exit::reset)},
        {"nothing", stream({chunk::role(), chunk::finish("stop"), chunk::done})},
    };
    for (const bool streams : {false, true}) {
        auto rows = failures;
        if (streams) rows.insert(rows.end(), failing_streams.begin(), failing_streams.end());
        for (const auto& [name, act] : rows) {
            HedgingWorld world;
            ScriptedUpstream& primary = world.provider("primary", {late_answer(5s, streams, "late")});
            ScriptedUpstream& backup = world.provider("backup", {act});
            ScriptedUpstream& third = world.provider("third", {late_answer(0s, streams, "never")});
            Reply reply;
            world.tell([&]() -> net::Task<void> { reply = co_await world.ask(tool_request_body(streams)); });
            EXPECT_EQ(reply.status, 200) << name << reply.body;
            EXPECT_EQ(text_in(reply, streams), "late") << name;
            EXPECT_EQ(reply.header("x-chaos-served-by"), "primary") << name;
            EXPECT_EQ(reply.header("x-chaos-degraded"), "") << name;
            EXPECT_EQ(primary.asked().size(), 1U) << name;
            EXPECT_FALSE(primary.asked().at(0)->client_left) << name;
            EXPECT_EQ(backup.asked().size(), 1U) << name;
            EXPECT_EQ(third.asked().size(), 0U) << name;
            EXPECT_EQ(world.attempt_at("backup").decision.kind, DecisionKind::yield) << name;
            EXPECT_NE(world.attempt_at("backup").what, OutcomeClass::lost_race) << name;
        }
    }
}

TEST(HedgeStory, a_failure_of_the_first_is_its_own_and_the_hedge_goes_on)
{
    for (const bool streams : {false, true}) {
        HedgingWorld world;
        ScriptedUpstream& primary = world.provider("primary", {late(3s, error(500, "", "boom"))});
        world.provider("backup", {late_answer(5s, streams, "hedge")});
        world.tell([&]() -> net::Task<void> {
            Reply reply = co_await world.ask(request_body(streams));
            EXPECT_EQ(text_in(reply, streams), "hedge");
            EXPECT_EQ(reply.header("x-chaos-degraded"), "transient 500");
            EXPECT_EQ(reply.header("x-chaos-attempts"), "2");
            EXPECT_LT(reply.took(), 7500ms);
            reply = co_await world.ask(request_body(streams));
            EXPECT_EQ(reply.header("x-chaos-degraded"), "breaker_open");
        });
        EXPECT_EQ(primary.asked().size(), 1U);
    }
}

TEST(HedgeStory, when_both_fail_the_third_is_asked)
{
    for (const bool first_fails_first : {false, true}) {
        HedgingWorld world;
        world.policy.retry.same_provider = 0;
        world.provider("primary", {late(first_fails_first ? 3s : 5s, error(500, "", "boom"))});
        world.provider("backup", {late(first_fails_first ? 4s : 1s, error(500, "", "boom"))});
        ScriptedUpstream& third = world.provider("third", {answer("third")});
        Reply reply;
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
        EXPECT_EQ(text_in(reply, false), "third") << reply.body;
        EXPECT_EQ(reply.header("x-chaos-attempts"), "3");
        EXPECT_EQ(third.asked().size(), 1U);
    }
}

/// Both speak at one instant, and go on speaking: the caller sees one of them, whole, and not a byte of the other.
TEST(HedgeStory, two_answers_are_never_mixed)
{
    for (const net::Duration apart : {-20ms, -1ms, 0ms, 1ms, 20ms}) {
        for (const Protocol second : {Protocol::openai_chat, Protocol::anthropic}) {
            HedgingWorld world;
            Act first = stream(text_events({"aa ", "ab ", "ac"}), 10ms);
            first.pieces.at(1).after = 3s;
            Act other;
            other.pieces.push_back({0ns, stream_head(stream_type(second))});
            for (const std::string& frame : stream_frames(second, text_answer(second, "ba bb bc bd be bf")))
                other.pieces.push_back({10ms, chunked(frame)});
            other.pieces.push_back({0ns, std::string(net::http::last_chunk)});
            other.pieces.at(1).after = 1s + apart;
            world.provider("primary", {first});
            world.provider("backup", {other}, std::nullopt, std::string(spelling(second)));
            Reply reply;
            world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
            const Streamed read = read_stream(reply.body);
            EXPECT_TRUE(read.success()) << reply.body;
            const bool primary_won = reply.header("x-chaos-served-by") == "primary";
            EXPECT_EQ(read.answer.text, primary_won ? "aa ab ac" : "ba bb bc bd be bf") << reply.body;
            ASSERT_EQ(world.notes.attempts.size(), 2U);
            EXPECT_EQ(world.attempt_at(primary_won ? "backup" : "primary").what, OutcomeClass::lost_race);
        }
    }
}

/// On real sockets the bytes of both may be there when either is looked at.
class CloseRaces {
public:
    explicit CloseRaces(net::Runtime& runtime)
        : runtime_(runtime),
          slow_(runtime, listen(), {speaking(80ms, "aaaa")}),
          hedge_(runtime, listen(), {speaking(40ms, "bbbb")}),
          caller_(runtime, {})
    {
        Policy policy;
        policy.hedge.after = 40ms;
        policy.retry.budget_minimum = 1000;
        policy.models["agent"] = plain_chain({"slow", "hedge"});
        std::vector<Target> targets(2);
        targets[0].name = "slow";
        targets[0].endpoint = slow_.endpoint();
        targets[1].name = "hedge";
        targets[1].endpoint = hedge_.endpoint();
        router_ = std::make_unique<Router>(runtime, listen(), targets, policy, net::Chance(1), notes_);
    }

    net::Task<void> story()
    {
        net::TaskGroup servers(runtime_.executor());
        servers.spawn(slow_.serve());
        servers.spawn(hedge_.serve());
        servers.spawn(router_->serve());
        net::TaskGroup callers(runtime_.executor());
        for (int i = 0; i < 100; ++i) callers.spawn(ask());
        co_await callers.join();
        caller_.close_idle();
        router_->stop();
        slow_.stop();
        hedge_.stop();
        co_await servers.join();
    }

    std::vector<std::string> bodies;

private:
    static Act speaking(net::Duration after, const std::string& word)
    {
        Act act = stream(text_events({word, word, word}));
        act.pieces.at(1).after = after;
        return act;
    }

    std::unique_ptr<net::Listener> listen()
    {
        auto listener = runtime_.network().listen({"127.0.0.1", 0});
        return std::move(*listener);
    }

    net::Task<void> ask()
    {
        net::http::Request request;
        request.head.method = "POST";
        request.head.target = "/v1/chat/completions";
        request.body = streamed;
        auto reply = co_await caller_.fetch(router_->endpoint(), std::move(request), net::never);
        if (reply) bodies.push_back(reply->body);
    }

    net::Runtime& runtime_;
    Notes notes_;
    ScriptedUpstream slow_;
    ScriptedUpstream hedge_;
    net::http::Client caller_;
    std::unique_ptr<Router> router_;
};

TEST(HedgeStory, two_answers_are_never_mixed_on_real_sockets)
{
    net::Reality reality;
    CloseRaces races(reality);
    reality.run(races.story());
    EXPECT_EQ(races.bodies.size(), 100U);
    for (const std::string& body : races.bodies) {
        const Streamed read = read_stream(body);
        EXPECT_TRUE(read.success()) << body;
        EXPECT_TRUE(read.answer.text == "aaaaaaaaaaaa" || read.answer.text == "bbbbbbbbbbbb") << body;
    }
}

/// A call that is being written is no silence, although nothing of it may go to the caller yet.
TEST(HedgeStory, whoever_speaks_is_not_hedged)
{
    HedgingWorld world;
    world.provider("primary", {stream({chunk::role(), chunk::call(0, "a", "read", "{"), chunk::call(0, "", "", "\"p\""),
                                       chunk::call(0, "", "", ":1}"), chunk::finish("tool_calls"), chunk::done},
                                      1500ms)});
    ScriptedUpstream& backup = world.provider("backup", {stream(text_events({"never"}))});
    Reply reply;
    world.policy.hedge.after = 3500ms;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(tool_request_body(true)); });
    EXPECT_EQ(read_stream(reply.body).answer.tool_calls.size(), 1U) << reply.body;
    EXPECT_EQ(backup.asked().size(), 0U);
}

/// The hedge had begun to speak: the other was gone then, and nobody takes over.
TEST(HedgeStory, a_winner_that_breaks_off_ends_the_answer)
{
    HedgingWorld world;
    ScriptedUpstream& primary = world.provider("primary", {late_answer(4s, true, "late")});
    world.provider("backup", {stream_then({chunk::role(), chunk::text("half")}, Exit::hold)});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
    const Streamed read = read_stream(reply.body);
    EXPECT_EQ(read.answer.text, "half");
    EXPECT_EQ(read.errors, 1) << reply.body;
    EXPECT_TRUE(primary.asked().at(0)->client_left);
    EXPECT_EQ(world.attempt_at("primary").what, OutcomeClass::lost_race);
    EXPECT_EQ(world.attempt_at("backup").what, OutcomeClass::timeout);
}

TEST(HedgeStory, a_caller_who_leaves_stops_both)
{
    for (const bool streams : {false, true}) {
        HedgingWorld world;
        ScriptedUpstream& primary = world.provider("primary", {silent()});
        ScriptedUpstream& backup = world.provider("backup", {silent()});
        net::Instant left;
        world.tell([&]() -> net::Task<void> {
            const Reply reply = co_await world.ask(request_body(streams), 3s);
            left = reply.ended_at;
            co_await world.sleep(1s);
            primary.set_script({late_answer(0s, streams, "well")});
            const Reply next = co_await world.ask(request_body(streams));
            EXPECT_EQ(next.header("x-chaos-degraded"), "") << "who left is no failure of the provider";
        });
        for (const ScriptedUpstream* upstream : {&primary, &backup}) {
            ASSERT_GE(upstream->asked().size(), 1U);
            EXPECT_TRUE(upstream->asked()[0]->client_left);
            EXPECT_LE(upstream->asked()[0]->client_left_at - left, 100ms);
        }
        EXPECT_EQ(world.attempt_at("primary").what, OutcomeClass::client_abort);
        EXPECT_EQ(world.attempt_at("backup").what, OutcomeClass::client_abort);
    }
}

TEST(HedgeStory, a_router_that_is_stopped_stops_both)
{
    HedgingWorld world;
    ScriptedUpstream& primary = world.provider("primary", {silent()});
    ScriptedUpstream& backup = world.provider("backup", {silent()});
    Reply reply;
    world.tell([&]() -> net::Task<void> {
        net::TaskGroup group(world.simulation.executor());
        group.spawn([](World& in, Reply& out) -> net::Task<void> { out = co_await in.ask(plain); }(world, reply));
        co_await world.sleep(3s);
        world.router->stop();
        co_await group.join();
        co_await world.sleep(10ms);
    });
    EXPECT_EQ(reply.status, 0);
    EXPECT_TRUE(primary.asked().at(0)->client_left);
    EXPECT_TRUE(backup.asked().at(0)->client_left);
}

TEST(HedgeStory, without_a_retry_in_the_budget_there_is_none)
{
    HedgingWorld world;
    world.policy.retry.budget = 0;
    world.policy.retry.budget_minimum = 1;
    world.provider("primary", {late_answer(5s, false, "slow")});
    ScriptedUpstream& backup = world.provider("backup", {answer("quick")});
    Reply first, second;
    world.tell([&]() -> net::Task<void> {
        first = co_await world.ask(plain);
        second = co_await world.ask(plain);
    });
    EXPECT_EQ(first.header("x-chaos-served-by"), "backup");
    EXPECT_EQ(second.header("x-chaos-served-by"), "primary");
    EXPECT_EQ(second.header("x-chaos-attempts"), "1");
    EXPECT_EQ(backup.asked().size(), 1U);
}

TEST(HedgeStory, whoever_is_due_for_a_probe_is_not_asked_as_a_hedge)
{
    HedgingWorld world;
    world.policy.breaker.open_for = 1s;
    world.policy.retry.same_provider = 0;
    ScriptedUpstream& primary = world.provider("primary", {error(401, "invalid_api_key", "no"), answer("x")});
    ScriptedUpstream& backup = world.provider("backup", {error(500, "", "boom"), answer("quick")});
    world.tell([&]() -> net::Task<void> {
        co_await world.ask(plain);  // now both are left alone
        primary.set_script({late_answer(5s, false, "slow")});
        co_await world.sleep(61s);
        const Reply reply = co_await world.ask(plain);
        EXPECT_EQ(reply.header("x-chaos-served-by"), "primary");
        EXPECT_EQ(reply.header("x-chaos-attempts"), "1");
    });
    EXPECT_EQ(backup.asked().size(), 1U);
}

TEST(HedgeStory, a_request_that_keeps_state_is_not_sent_twice)
{
    HedgingWorld world;
    world.provider("primary", {late_answer(5s, false, "slow")});
    ScriptedUpstream& backup = world.provider("backup", {answer("quick")});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(request_body(false, R"(,"store":true)")); });
    EXPECT_EQ(text_in(reply, false), "slow");
    EXPECT_EQ(backup.asked().size(), 0U);
}

/// A provider that is always overtaken gets to be known as slow.
TEST(HedgeStory, least_latency_learns_from_races_that_were_lost)
{
    HedgingWorld world;
    ScriptedUpstream& primary = world.provider("primary", {late_answer(5s, false, "slow")});
    world.provider("backup", {answer("quick")});
    world.policy.models["agent"].strategy = ChainStrategy::least_latency;
    world.tell([&]() -> net::Task<void> {
        for (int i = 0; i < 3; ++i) {
            const Reply reply = co_await world.ask(plain);
            EXPECT_EQ(reply.header("x-chaos-served-by"), "backup");
        }
    });
    EXPECT_EQ(primary.asked().size(), 1U);
}

}  // namespace
}  // namespace chaos::router
