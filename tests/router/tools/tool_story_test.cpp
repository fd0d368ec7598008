// Tools behind the router, told as stories: strategies on the wire, the queue and its doors, stores that fail.
#include "router/store_calls.hpp"
#include "tests/router/tools/tool_world.hpp"

namespace chaos::router {
namespace {

TEST(ToolStory, a_call_reaches_its_endpoint_with_what_it_needs_and_nothing_else)
{
    ToolWorld world;
    world.tool("mail", Strategy::exponential_backoff, {{tool_done(R"({"echo":"tool-secret"})")}});
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.call("/tools/mail/drafts?x=1", "k1");
        EXPECT_EQ(reply.status, 200);
        EXPECT_TRUE(says(reply, "[redacted]")) << "the tool's key, quoted, is struck out";
        const ScriptedUpstream::Asked& asked = *world.upstreams[0]->asked().at(0);
        EXPECT_EQ(asked.head.target, "/api/mail/drafts?x=1");
        EXPECT_EQ(asked.head.headers.find("authorization"), "Bearer tool-secret");
        EXPECT_EQ(asked.head.headers.find("idempotency-key"), "k1");
        EXPECT_EQ(asked.head.headers.find("content-type"), "application/json");
        EXPECT_FALSE(asked.head.headers.contains("openai-organization"));
        EXPECT_FALSE(asked.head.headers.contains("x-api-key")) << "the caller's credentials stay here";
        EXPECT_EQ(asked.body, R"({"to":"x"})");
        const Reply escape = co_await world.call("/tools/mail/%2e%2e/admin");
        EXPECT_EQ(escape.status, 400);
        const Reply trace = co_await world.call("/tools/mail", "", "TRACE");
        EXPECT_EQ(trace.status, 400);
        const Reply other = co_await world.call("/tools/mailer");
        EXPECT_EQ(other.status, 404) << "a name that only begins alike";
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
}

TEST(ToolStory, what_a_provider_would_not_get_is_the_tools_own)
{
    const std::string body = R"({"headers":["a"],"organization":"x","api_key":"y","gr\u00f6\u00dfe":1})";
    for (const Strategy strategy : {Strategy::exponential_backoff, Strategy::queue_and_retry}) {
        ToolWorld world;
        world.tool("mail", strategy, {{tool_done()}});
        world.tell([&]() -> net::Task<void> {
            const Reply reply = co_await world.call("/tools/mail", "", "POST", 0ns, body);
            EXPECT_LT(reply.status, 300);
            co_await world.sleep(1s);
        });
        EXPECT_EQ(world.upstreams[0]->asked().at(0)->body, body);
    }
}

TEST(ToolStory, a_key_that_is_part_of_what_replaces_it_is_struck_out_once)
{
    ToolWorld world;
    world.tool("mail", Strategy::exponential_backoff, {{tool_done("a redact, redact")}}).api_key = "redact";
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.call("/tools/mail");
        EXPECT_EQ(reply.body, "a [redacted], [redacted]");
    });
}

TEST(ToolStory, a_tools_key_is_told_to_nobody)
{
    ToolWorld world;
    world.tool("mail", Strategy::exponential_backoff, {{tool_done()}});
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.look("/tool-secret");
        EXPECT_EQ(reply.status, 404);
        EXPECT_FALSE(says(reply, "tool-secret")) << reply.body;
    });
    EXPECT_EQ(world.notes.requests.at(0).path, "/[redacted]");
}

TEST(ToolStory, backoff_repeats_what_cannot_have_been_done)
{
    ToolWorld world;
    world.tool("mail", Strategy::exponential_backoff,
               {{error(429, "slow", "down", "retry-after: 2\r\n"), tool_done()}});
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.call("/tools/mail");
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.header("x-chaos-attempts"), "2");
        EXPECT_GE(reply.took(), 2s) << "Retry-After is a floor";
        EXPECT_LE(reply.took(), 2100ms);
    });
}

TEST(ToolStory, what_may_have_been_done_is_repeated_only_with_a_key_that_is_honoured)
{
    for (const bool honoured : {false, true}) {
        ToolWorld world;
        world.tool("mail", Strategy::exponential_backoff, {{broken_before_answer(), tool_done()}}).honours_keys =
            honoured;
        world.tell([&]() -> net::Task<void> {
            const Reply reply = co_await world.call("/tools/mail", "k");
            EXPECT_EQ(reply.status, honoured ? 200 : 502);
            EXPECT_EQ(reply.header("x-chaos-maybe-executed"), honoured ? "" : "true");
        });
        EXPECT_EQ(world.upstreams[0]->asked().size(), honoured ? 2U : 1U);
    }
}

TEST(ToolStory, a_get_has_no_effect_and_may_be_repeated)
{
    ToolWorld world;
    world.tool("mail", Strategy::exponential_backoff, {{error(503, "x", "y"), broken_before_answer(), tool_done()}});
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.look("/tools/mail/inbox");
        EXPECT_EQ(reply.status, 200);
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 3U);
}

TEST(ToolStory, a_server_error_without_a_key_is_passed_on_as_it_is)
{
    ToolWorld world;
    world.tool("mail", Strategy::exponential_backoff, {{error(500, "boom", "it broke")}});
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.call("/tools/mail");
        EXPECT_EQ(reply.status, 500);
        EXPECT_TRUE(says(reply, "it broke"));
        EXPECT_EQ(reply.header("x-chaos-maybe-executed"), "true");
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
}

TEST(ToolStory, failover_goes_to_the_next_endpoint_at_once)
{
    ToolWorld world;
    world.tool("mail", Strategy::immediate_failover,
               {{error(429, "slow", "down", "retry-after: 60\r\n")}, {tool_done()}});
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.call("/tools/mail");
        EXPECT_EQ(reply.status, 200);
        EXPECT_LT(reply.took(), 100ms);
    });
    EXPECT_EQ(world.upstreams[1]->asked().size(), 1U);
}

TEST(ToolStory, a_silent_tool_ends_at_its_deadline)
{
    ToolWorld world;
    Dependency& mail = world.tool("mail", Strategy::exponential_backoff, {{silent()}});
    mail.honours_keys = true;
    mail.timeouts.answer = 1s;
    mail.timeouts.total = 3s;
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.call("/tools/mail", "k");
        EXPECT_EQ(reply.status, 504);
        EXPECT_LE(reply.took(), 3100ms);
        EXPECT_GE(world.upstreams[0]->asked().size(), 2U);
        const Reply left = co_await world.call("/tools/mail", "other", "POST", 200ms);
        co_await world.sleep(100ms);
        EXPECT_LE(world.upstreams[0]->asked().back()->client_left_at - left.ended_at, 100ms) << "the caller has left";
    });
}

TEST(ToolStory, keyed_calls_that_are_not_queued_are_replayed_as_answers_are)
{
    ToolWorld world;
    world.tool("mail", Strategy::exponential_backoff, {{tool_done()}});
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await world.call("/tools/mail", "k");
        const Reply second = co_await world.call("/tools/mail", "k");
        EXPECT_EQ(second.header("x-chaos-replayed"), "true");
        EXPECT_EQ(second.body, first.body);
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
}

TEST(ToolStory, a_queued_call_is_accepted_done_and_told)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry, {{error(429, "slow", "down", "retry-after: 3\r\n"), tool_done()}});
    world.tell([&]() -> net::Task<void> {
        const Reply accepted = co_await world.call("/tools/mail");
        EXPECT_EQ(accepted.status, 202);
        EXPECT_TRUE(says(accepted, R"("state":"pending")")) << accepted.body;
        EXPECT_TRUE(place_of(accepted).starts_with("/queue/q1-")) << place_of(accepted);
        const Reply pending = co_await world.look(place_of(accepted));
        EXPECT_TRUE(says(pending, R"("state":"pending")")) << pending.body;
        const Reply done = co_await world.look(place_of(accepted) + "?wait=10s");
        EXPECT_TRUE(says(done, R"("state":"done","attempts":2)")) << done.body;
        EXPECT_TRUE(says(done, R"("result":{"status":200,)")) << done.body;
        EXPECT_TRUE(says(done, R"("body":{"result":"sent"})")) << done.body;
        EXPECT_GE(world.upstreams[0]->asked().at(1)->at - world.upstreams[0]->asked().at(0)->at, 3s);
        const Reply again = co_await world.call(place_of(accepted), "", "DELETE");
        EXPECT_EQ(again.status, 204);
        const Reply gone = co_await world.look(place_of(accepted));
        EXPECT_EQ(gone.status, 404);
    });
}

TEST(ToolStory, dead_letters_are_listed_with_their_reason)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry,
               {{broken_before_answer(), error(404, "gone", "nobody"), tool_done()}});
    world.tell([&]() -> net::Task<void> {
        const Reply lost = co_await world.call("/tools/mail");
        co_await world.sleep(1s);
        const Reply refused = co_await world.call("/tools/mail");
        co_await world.sleep(1s);
        const Reply good = co_await world.call("/tools/mail");
        co_await world.sleep(1s);
        const Reply dead = co_await world.look("/queue?state=dead");
        EXPECT_TRUE(says(dead, place_of(lost).substr(7))) << dead.body;
        EXPECT_TRUE(says(dead, "it may have been done, and without a key it is not sent again")) << dead.body;
        EXPECT_TRUE(says(dead, place_of(refused).substr(7))) << dead.body;
        EXPECT_TRUE(says(dead, "it answered 404")) << dead.body;
        EXPECT_FALSE(says(dead, place_of(good).substr(7))) << dead.body;
        const Reply done = co_await world.look("/queue?state=done&tool=mail");
        EXPECT_TRUE(says(done, place_of(good).substr(7))) << done.body;
        const Reply nobody = co_await world.look("/queue?state=dead&tool=other");
        EXPECT_EQ(nobody.body, R"({"calls":[]})");
        const Reply wrong = co_await world.look("/queue?state=deda");
        EXPECT_EQ(wrong.status, 400);
        const Reply letter = co_await world.look(place_of(refused));
        EXPECT_TRUE(says(letter, R"("result":{"status":404,)")) << letter.body;
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 3U);
}

TEST(ToolStory, the_same_key_is_the_same_call_and_another_body_is_refused)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry, {{tool_done()}});
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await world.call("/tools/mail", "k");
        const Reply second = co_await world.call("/tools/mail", "k");
        EXPECT_EQ(place_of(first), place_of(second));
        const Reply other = co_await world.call("/tools/mail", "k", "POST", 0ns, R"({"to":"y"})");
        EXPECT_EQ(other.status, 422);
        const Reply bad = co_await world.call("/tools/mail", "a b");
        EXPECT_EQ(bad.status, 400);
        co_await world.sleep(1s);
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
    EXPECT_EQ(world.upstreams[0]->asked()[0]->head.headers.find("idempotency-key"), "k");
}

TEST(ToolStory, a_key_is_made_only_for_tools_that_honour_keys)
{
    for (const bool honoured : {false, true}) {
        ToolWorld world;
        world.tool("mail", Strategy::queue_and_retry, {{tool_done()}}).honours_keys = honoured;
        std::string id;
        world.tell([&]() -> net::Task<void> {
            const Reply accepted = co_await world.call("/tools/mail");
            id = place_of(accepted).substr(7);
            co_await world.sleep(1s);
        });
        const auto key = world.upstreams[0]->asked().at(0)->head.headers.find("idempotency-key");
        EXPECT_EQ(std::string(key.value_or("none")), honoured ? "chaos-" + id : "none");
    }
}

TEST(ToolStory, nobody_sees_the_calls_of_another_caller)
{
    ToolWorld world;
    world.callers = {Caller{"alice", "token-a", {}}, Caller{"bob", "token-b", {}}};
    world.tool("mail", Strategy::queue_and_retry, {{tool_done()}});
    const auto as = [&](const char* token, std::string target, std::string method) {
        net::http::Headers also;
        also.set("authorization", std::string("Bearer ") + token);
        return world.ask(R"({"to":"x"})", 0ns, std::move(target), std::move(method), std::move(also));
    };
    world.tell([&]() -> net::Task<void> {
        const Reply accepted = co_await as("token-a", "/tools/mail", "POST");
        EXPECT_EQ(accepted.status, 202);
        const Reply mine = co_await as("token-a", place_of(accepted), "GET");
        EXPECT_EQ(mine.status, 200);
        const Reply theirs = co_await as("token-b", place_of(accepted), "GET");
        EXPECT_EQ(theirs.status, 404);
        const Reply list = co_await as("token-b", "/queue", "GET");
        EXPECT_EQ(list.body, R"({"calls":[]})");
        const Reply nobody = co_await as("wrong", "/queue", "GET");
        EXPECT_EQ(nobody.status, 401);
    });
}

TEST(ToolStory, a_full_queue_refuses_and_says_when_to_come_again)
{
    ToolWorld world;
    Dependency& mail =
        world.tool("mail", Strategy::queue_and_retry, {{error(429, "slow", "down", "retry-after: 30\r\n")}});
    mail.queue.entries = 2;
    mail.queue.at_once = 1;
    world.tell([&]() -> net::Task<void> {
        const Reply one = co_await world.call("/tools/mail");
        const Reply two = co_await world.call("/tools/mail");
        co_await world.sleep(1s);
        const Reply three = co_await world.call("/tools/mail");
        EXPECT_EQ(one.status, 202);
        EXPECT_EQ(two.status, 202);
        EXPECT_EQ(three.status, 503);
        EXPECT_TRUE(says(three, "queue_full")) << three.body;
        EXPECT_EQ(three.header("retry-after"), "29") << "28.x, rounded up";
    });
}

TEST(ToolStory, of_many_calls_the_newest_thousand_are_listed)
{
    ToolWorld world;
    Dependency& mail =
        world.tool("mail", Strategy::queue_and_retry, {{error(429, "slow", "down", "retry-after: 600\r\n")}});
    mail.queue.entries = 2000;
    world.tell([&]() -> net::Task<void> {
        std::vector<std::string> ids;
        for (int i = 0; i < 1002; ++i) {
            const Reply accepted = co_await world.call("/tools/mail");
            ids.push_back(place_of(accepted).substr(7));
        }
        const Reply list = co_await world.look("/queue");
        EXPECT_FALSE(says(list, ids[1]));
        EXPECT_TRUE(says(list, ids[2]));
        EXPECT_TRUE(says(list, ids[1001]));
        EXPECT_TRUE(list.body.ends_with(R"(],"left_out":2})")) << list.body.substr(list.body.size() - 100);
    });
}

TEST(ToolStory, who_asks_for_the_queue_and_does_not_read_is_let_go)
{
    ToolWorld world;
    Dependency& mail =
        world.tool("mail", Strategy::queue_and_retry, {{error(429, "slow", "down", "retry-after: 6000\r\n")}});
    mail.queue.entries = 2000;
    world.tell([&]() -> net::Task<void> {
        for (int i = 0; i < 1000; ++i) {
            const Reply accepted = co_await world.call("/tools/mail");
            EXPECT_EQ(accepted.status, 202);
        }
        world.caller->close_idle();
        auto connected = co_await world.simulation.network().connect(world.router->endpoint(), net::never);
        const net::Error sent = co_await (*connected)
                                    ->write(
                                        "GET /queue HTTP/1.1\r\nhost: x\r\nauthorization: Bearer callers-own-key\r\n"
                                        "openai-organization: org-callers\r\nx-api-key: callers-other-key\r\n\r\n");
        EXPECT_FALSE(sent);
        co_await world.sleep(59s);
        EXPECT_EQ(world.router->open_connections(), 1U);
        co_await world.sleep(2s);
        EXPECT_EQ(world.router->open_connections(), 0U);
    });
}

TEST(ToolStory, in_order_one_call_waits_for_the_other)
{
    ToolWorld world;
    Dependency& mail = world.tool("mail", Strategy::queue_and_retry,
                                  {{error(429, "slow", "down", "retry-after: 2\r\n"), tool_done()}});
    mail.queue.in_order = true;
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await world.call("/tools/mail", "", "POST", 0ns, R"({"n":1})");
        const Reply second = co_await world.call("/tools/mail", "", "POST", 0ns, R"({"n":2})");
        const Reply done = co_await world.look(place_of(second) + "?wait=20s");
        EXPECT_TRUE(says(done, R"("state":"done")")) << done.body;
    });
    std::vector<std::string> bodies;
    for (const auto& asked : world.upstreams[0]->asked()) bodies.push_back(asked->body);
    EXPECT_EQ(bodies, (std::vector<std::string>{R"({"n":1})", R"({"n":1})", R"({"n":2})"}));
}

TEST(ToolStory, a_call_that_is_pending_too_long_is_dead)
{
    ToolWorld world;
    Dependency& mail =
        world.tool("mail", Strategy::queue_and_retry, {{error(429, "slow", "down", "retry-after: 7200\r\n")}});
    mail.queue.max_age = 1h;
    mail.queue.keep_dead = 1h;
    world.tell([&]() -> net::Task<void> {
        const Reply accepted = co_await world.call("/tools/mail");
        co_await world.sleep(61min);
        const Reply dead = co_await world.look(place_of(accepted));
        EXPECT_TRUE(says(dead, R"("state":"dead")")) << dead.body;
        EXPECT_TRUE(says(dead, "too long; of the last attempt: it answered 429")) << dead.body;
        EXPECT_EQ(world.disk.entries(), 2U) << "its state and the last number: what is never sent again is not kept";
        co_await world.sleep(61min);
        const Reply gone = co_await world.look(place_of(accepted));
        EXPECT_EQ(gone.status, 404);
        EXPECT_EQ(world.disk.entries(), 1U) << "but for the number of the last call";
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
}

TEST(ToolStory, what_the_store_does_not_take_is_not_accepted)
{
    struct Row {
        const char* name;
        std::function<void(store::MemoryDisk&)> spoil;
    };
    const std::vector<Row> rows{
        {"full", [](store::MemoryDisk& disk) { disk.be_full(true); }},
        {"busy", [](store::MemoryDisk& disk) { disk.be_busy(true); }},
        {"for ever slow", [](store::MemoryDisk& disk) { disk.be_slow([](const auto&) {}); }},
    };
    for (const Row& row : rows) {
        ToolWorld world;
        world.tool("mail", Strategy::queue_and_retry, {{tool_done()}});
        world.tell([&]() -> net::Task<void> {
            co_await world.sleep(1ms);
            row.spoil(world.disk);
            const Reply refused = co_await world.call("/tools/mail", "k");
            EXPECT_EQ(refused.status, 503) << row.name;
            EXPECT_EQ(refused.header("retry-after"), "1") << row.name;
            EXPECT_LE(refused.took(), 5100ms) << row.name;
            const Reply list = co_await world.look("/queue");
            EXPECT_EQ(list.body, R"({"calls":[]})") << row.name;
            EXPECT_EQ(world.disk.entries(), 0U) << row.name;
        });
        EXPECT_EQ(world.upstreams[0]->asked().size(), 0U) << row.name;
        EXPECT_NE(world.notes.all.find("not accepted"), std::string::npos) << row.name;
    }
}

/// One life after the other over the same disk, each with the tool `mail` and its script.
void tell_life(store::MemoryDisk& disk, std::vector<Act> script, net::Duration later,
               const std::function<net::Task<void>(ToolWorld&)>& story)
{
    ToolWorld world;
    world.disk = disk;
    world.simulation.skew_wall(later);
    world.tool("mail", Strategy::queue_and_retry, {std::move(script)});
    world.tell([&]() -> net::Task<void> { return story(world); });
    disk = world.disk;
}

TEST(ToolStory, no_id_is_given_twice_also_when_the_queue_was_empty_at_the_restart)
{
    store::MemoryDisk disk;
    for (const char* begins : {"/queue/q1-", "/queue/q2-"}) {
        tell_life(disk, {tool_done()}, 0s, [begins](ToolWorld& world) -> net::Task<void> {
            const Reply accepted = co_await world.call("/tools/mail");
            EXPECT_EQ(accepted.status, 202);
            EXPECT_TRUE(place_of(accepted).starts_with(begins)) << place_of(accepted);
            co_await world.sleep(1s);
            const Reply forgotten = co_await world.call(place_of(accepted), "", "DELETE");
            EXPECT_EQ(forgotten.status, 204);
        });
    }
}

TEST(ToolStory, a_call_that_was_refused_and_waits_is_sent_after_a_restart_also_without_a_key)
{
    store::MemoryDisk disk;
    std::string place;
    tell_life(disk, {error(429, "slow", "down", "retry-after: 10\r\n")}, 0s,
              [&place](ToolWorld& world) -> net::Task<void> {
                  const Reply accepted = co_await world.call("/tools/mail");
                  place = place_of(accepted);
                  co_await world.sleep(1s);
                  EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
              });
    tell_life(disk, {tool_done()}, 10s, [&place](ToolWorld& world) -> net::Task<void> {
        const Reply done = co_await world.look(place + "?wait=1m");
        EXPECT_TRUE(says(done, R"("state":"done")")) << done.body;
        EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
    });
}

TEST(ToolStory, a_dead_letter_that_a_restart_made_is_written_down)
{
    store::MemoryDisk disk;
    std::string place;
    tell_life(disk, {silent()}, 0s, [&place](ToolWorld& world) -> net::Task<void> {
        const Reply accepted = co_await world.call("/tools/mail");
        place = place_of(accepted);
        co_await world.sleep(1s);
        EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
    });
    EXPECT_EQ(disk.entries(), 3U) << "its state, what is to be sent, the last number";
    std::vector<std::string> told;
    for (const net::Duration later : {1h, 2h}) {
        tell_life(disk, {tool_done()}, later, [&](ToolWorld& world) -> net::Task<void> {
            const Reply dead = co_await world.look(place);
            EXPECT_TRUE(says(dead, R"("state":"dead")")) << dead.body;
            told.push_back(dead.body);
            EXPECT_EQ(world.upstreams[0]->asked().size(), 0U);
        });
        EXPECT_EQ(disk.entries(), 2U) << "what is never sent again is not kept";
    }
    EXPECT_EQ(told.at(0), told.at(1)) << "since when it is dead, too";
}

TEST(ToolStory, a_result_that_cannot_be_read_now_is_not_told_as_none)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry, {{tool_done()}});
    world.tell([&]() -> net::Task<void> {
        const Reply accepted = co_await world.call("/tools/mail");
        co_await world.sleep(1s);
        world.disk.be_busy(true);
        const Reply unreadable = co_await world.look(place_of(accepted));
        EXPECT_EQ(unreadable.status, 503);
        world.disk.be_busy(false);
        const Reply done = co_await world.look(place_of(accepted));
        EXPECT_TRUE(says(done, R"("result":{"status":200)")) << done.body;
    });
}

TEST(ToolStory, only_an_operator_has_a_call_sent_again)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry, {{error(400, "bad", "no")}}).honours_keys = true;
    world.tell([&]() -> net::Task<void> {
        const Reply accepted = co_await world.call("/tools/mail", "k");
        co_await world.sleep(1s);
        const Reply again = co_await world.call(place_of(accepted) + "/retry");
        EXPECT_EQ(again.status, 405);
        co_await world.sleep(1s);
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
}

TEST(ToolStory, a_call_that_is_damaged_in_the_store_is_a_dead_letter)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry, {{error(429, "slow", "down", "retry-after: 600\r\n"), tool_done()}});
    world.tell([&]() -> net::Task<void> {
        const Reply accepted = co_await world.call("/tools/mail");
        co_await world.sleep(1s);
        std::vector<store::Store::Write> damage{{"queue.call", place_of(accepted).substr(7), "nonsense"}};
        const std::string problem =
            co_await put_all(world.simulation, world.memory, std::move(damage), store::Durability::power);
        EXPECT_EQ(problem, "");
        co_await world.sleep(10min);
        const Reply dead = co_await world.look(place_of(accepted));
        EXPECT_TRUE(says(dead, "what was to be sent is damaged in the store")) << dead.body;
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
}

/// It may still be written, when nobody counts on it any more.
TEST(ToolStory, what_the_store_takes_too_late_is_taken_out_again)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry, {{tool_done()}});
    world.tell([&]() -> net::Task<void> {
        co_await world.sleep(1ms);  // the store is read
        std::vector<std::function<void()>> held;
        world.disk.be_slow([&held](std::function<void()> done) { held.push_back(std::move(done)); });
        const Reply refused = co_await world.call("/tools/mail", "k");
        EXPECT_EQ(refused.status, 503);
        world.disk.be_well_paced();
        EXPECT_EQ(held.size(), 1U);
        held.front()();
        co_await world.sleep(1s);
        EXPECT_EQ(world.disk.entries(), 1U) << "the last number";
        EXPECT_EQ(world.upstreams[0]->asked().size(), 0U);
        const Reply again = co_await world.call("/tools/mail", "k");
        EXPECT_EQ(again.status, 202) << "the key is free";
    });
}

TEST(ToolStory, the_same_key_is_told_no_sooner_than_the_first_call_is_durable)
{
    for (const bool written : {true, false}) {
        ToolWorld world;
        world.tool("mail", Strategy::queue_and_retry, {{tool_done()}});
        world.tell([&]() -> net::Task<void> {
            co_await world.sleep(1ms);  // the store is read
            std::vector<std::function<void()>> held;
            world.disk.be_slow([&held](std::function<void()> done) { held.push_back(std::move(done)); });
            net::TaskGroup group(world.simulation.executor());
            std::vector<Reply> replies(2);
            for (Reply& reply : replies) {
                group.spawn([](ToolWorld& of, Reply& into) -> net::Task<void> {
                    into = co_await of.call("/tools/mail", "k");
                }(world, reply));
            }
            co_await world.sleep(1s);
            for (const Reply& reply : replies) EXPECT_EQ(reply.status, 0) << "it may still be lost";
            EXPECT_EQ(held.size(), 1U) << "one key, one call";
            const Reply list = co_await world.look("/queue");
            EXPECT_EQ(list.body, R"({"calls":[]})") << "not promised yet, and so not shown";
            world.disk.be_well_paced();
            if (!written) world.disk.be_full(true);
            held.front()();
            co_await group.join();
            for (const Reply& reply : replies) EXPECT_EQ(reply.status, written ? 202 : 503);
            EXPECT_EQ(place_of(replies[0]), place_of(replies[1]));
            world.disk.be_full(false);
            co_await world.sleep(1s);
        });
        EXPECT_EQ(world.upstreams[0]->asked().size(), written ? 1U : 0U);
    }
}

TEST(ToolStory, a_call_that_cannot_be_marked_is_not_sent_before_it_can)
{
    ToolWorld world;
    Act late = tool_done();
    world.tool("mail", Strategy::queue_and_retry, {{error(429, "slow", "down", "retry-after: 1\r\n"), late}});
    world.tell([&]() -> net::Task<void> {
        const Reply accepted = co_await world.call("/tools/mail");
        co_await world.sleep(500ms);
        world.disk.be_full(true);
        co_await world.sleep(5s);
        EXPECT_EQ(world.upstreams[0]->asked().size(), 1U) << "the disk is full: unkeyed calls stand still";
        world.disk.be_full(false);
        const Reply done = co_await world.look(place_of(accepted) + "?wait=10s");
        EXPECT_TRUE(says(done, R"("state":"done")")) << done.body;
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 2U);
}

TEST(ToolStory, a_result_that_cannot_be_written_yet_is_not_told_yet)
{
    ToolWorld world;
    Act late = tool_done();
    late.pieces.front().after = 300ms;
    world.tool("mail", Strategy::queue_and_retry, {{late}});
    world.tell([&]() -> net::Task<void> {
        const Reply accepted = co_await world.call("/tools/mail");
        co_await world.sleep(100ms);
        world.disk.be_full(true);
        co_await world.sleep(5s);
        const Reply pending = co_await world.look(place_of(accepted));
        EXPECT_TRUE(says(pending, R"("state":"pending")")) << pending.body;
        world.disk.be_full(false);
        const Reply done = co_await world.look(place_of(accepted) + "?wait=10s");
        EXPECT_TRUE(says(done, R"("state":"done")")) << done.body;
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
}

TEST(ToolStory, a_graceful_stop_does_not_wait_for_those_who_wait)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry, {{error(429, "slow", "down", "retry-after: 60\r\n")}});
    world.tell([&]() -> net::Task<void> {
        const Reply accepted = co_await world.call("/tools/mail");
        net::TaskGroup group(world.simulation.executor());
        Reply told;
        group.spawn([](ToolWorld& in, std::string place, Reply& out) -> net::Task<void> {
            out = co_await in.look(place + "?wait=60s");
        }(world, place_of(accepted), told));
        co_await world.sleep(1s);
        world.router->stop(true);
        co_await group.join();
        EXPECT_TRUE(says(told, R"("state":"pending")")) << told.body;
        EXPECT_LE(told.took(), 1100ms);
    });
}

TEST(ToolStory, a_graceful_stop_lets_a_delivery_finish)
{
    ToolWorld world;
    Act late = tool_done();
    late.pieces.front().after = 300ms;
    world.tool("mail", Strategy::queue_and_retry, {{late}});
    world.tell([&]() -> net::Task<void> {
        const Reply accepted = co_await world.call("/tools/mail");
        EXPECT_EQ(accepted.status, 202);
        co_await world.sleep(50ms);
        world.router->stop(true);
        co_await world.sleep(1s);
    });
    EXPECT_FALSE(world.upstreams[0]->asked().at(0)->client_left);
    std::vector<std::pair<std::string, std::string>> states;
    store::MemoryStore reader(world.simulation.executor(), world.disk);
    world.tell([&]() -> net::Task<void> {
        const Listed listed = co_await list(world.simulation, reader, "queue.state");
        states = listed.entries;
    });
    EXPECT_EQ(states.size(), 1U);
    EXPECT_EQ(read_queued_call(states.at(0).second)->state, CallState::done);
}

}  // namespace
}  // namespace chaos::router
