// What an operator may see of the queue and do with it: everything but what the calls say, and nothing that could be
// done twice.
#include "router/store_calls.hpp"
#include "tests/router/tools/tool_world.hpp"

namespace chaos::router {
namespace {

net::Task<Reply> operate(ToolWorld& world, std::string method, std::string target)
{
    net::Condition answered("operator");
    std::optional<net::http::Response> response;
    net::http::Request request;
    request.head.method = std::move(method);
    request.head.target = std::move(target);
    world.router->operate_queue(std::move(request), [&](net::http::Response answer) {
        response = std::move(answer);
        answered.notify_all();
    });
    while (!response) co_await answered.wait();
    Reply reply;
    reply.status = response->head.status;
    reply.body = response->body;
    co_return reply;
}

/// A call that its tool refuses, as a dead letter; its id.
net::Task<std::string> dead_letter(ToolWorld& world, std::string tool, std::string key = "")
{
    const Reply accepted = co_await world.call("/tools/" + tool, std::move(key));
    const Reply over = co_await world.look(place_of(accepted) + "?wait=60s");
    EXPECT_TRUE(says(over, R"("state":"dead")")) << over.body;
    co_return place_of(accepted).substr(7);
}

Act refused_by_tool()
{
    return whole(400, R"({"problem":"no such mailbox"})", "set-cookie: session=secret\r\n");
}

TEST(QueueOperator, sees_the_calls_of_all_and_nothing_of_what_they_say)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry, {{refused_by_tool(), tool_done()}}).honours_keys = true;
    world.tool("print", Strategy::queue_and_retry, {{error(429, "slow", "down", "retry-after: 600\r\n")}});
    world.callers = {{"alice", "callers-own-key", {}}, {"bob", "another-key", {}}};
    world.tell([&]() -> net::Task<void> {
        const std::string dead = co_await dead_letter(world, "mail");
        const Reply done = co_await world.call("/tools/mail");
        const Reply over = co_await world.look(place_of(done) + "?wait=60s");
        EXPECT_TRUE(says(over, R"("state":"done")"));
        net::http::Headers of_bob;
        of_bob.set("authorization", "Bearer another-key");
        const Reply pending = co_await world.ask(R"({"to":"x"})", 0ns, "/tools/print", "POST", of_bob);
        EXPECT_EQ(pending.status, 202);
        co_await world.sleep(1s);
        const Reply all = co_await operate(world, "GET", "/queue");
        EXPECT_EQ(all.status, 200);
        for (const char* word : {R"("caller":"caller alice")", R"("caller":"caller bob")", R"("state":"dead")",
                                 R"("state":"done")", R"("state":"pending","attempts":1)", R"("keyed":true)",
                                 R"("why":"it answered 400")", R"("next_attempt_at":")"})
            EXPECT_TRUE(says(all, word)) << word << all.body;
        const Reply letters = co_await operate(world, "GET", "/queue?state=dead&tool=mail");
        EXPECT_TRUE(says(letters, dead)) << letters.body;
        EXPECT_FALSE(says(letters, R"("state":"done")")) << letters.body;
        const Reply one = co_await operate(world, "GET", "/queue/" + dead);
        EXPECT_TRUE(says(one, R"("result":{"status":400})")) << one.body;
        for (const Reply* reply : {&all, &letters, &one}) {
            for (const char* secret : {"mailbox", "session", "tool-secret", "callers-own-key", R"("to")"})
                EXPECT_FALSE(says(*reply, secret)) << secret << reply->body;
        }
    });
}

TEST(QueueOperator, many_are_shown_in_pages_the_newest_first)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry, {{error(429, "slow", "down", "retry-after: 600\r\n")}});
    world.tell([&]() -> net::Task<void> {
        std::vector<std::string> ids;
        for (int i = 0; i < 5; ++i) {
            const Reply accepted = co_await world.call("/tools/mail");
            ids.push_back(place_of(accepted).substr(7));
        }
        const Reply newest = co_await operate(world, "GET", "/queue?limit=2");
        EXPECT_TRUE(says(newest, ids[3]) && says(newest, ids[4]) && !says(newest, ids[2])) << newest.body;
        EXPECT_TRUE(newest.body.ends_with(R"(],"left_out":3})")) << newest.body;
        const Reply next = co_await operate(world, "GET", "/queue?limit=2&before=" + ids[3]);
        EXPECT_TRUE(says(next, ids[1]) && says(next, ids[2]) && !says(next, ids[3])) << next.body;
        const Reply last = co_await operate(world, "GET", "/queue?limit=2&before=" + ids[1]);
        EXPECT_TRUE(says(last, ids[0]) && last.body.ends_with("]}")) << last.body;
        const Reply callers = co_await world.look("/queue?limit=1&before=" + ids[4]);
        EXPECT_TRUE(says(callers, ids[3]) && !says(callers, ids[2])) << "callers may page, too: " << callers.body;
    });
}

TEST(QueueOperator, a_keyed_dead_letter_is_sent_again_with_its_key_and_a_new_age)
{
    ToolWorld world;
    Dependency& mail =
        world.tool("mail", Strategy::queue_and_retry, {{refused_by_tool(), refused_by_tool(), tool_done()}});
    mail.honours_keys = true;
    mail.queue.max_age = 1h;
    world.tell([&]() -> net::Task<void> {
        const std::string id = co_await dead_letter(world, "mail", "k1");
        co_await world.sleep(2h);
        for (const char* state : {R"("state":"dead")", R"("state":"done")"}) {
            const Reply again = co_await operate(world, "POST", "/queue/" + id + "/retry");
            EXPECT_EQ(again.status, 202) << again.body;
            const Reply over = co_await world.look("/queue/" + id + "?wait=60s");
            EXPECT_TRUE(says(over, state)) << over.body;
            EXPECT_TRUE(says(over, R"("attempts":1)")) << over.body;
        }
        const Reply same = co_await world.call("/tools/mail", "k1");
        EXPECT_TRUE(says(same, id)) << "the key is still this call's: " << same.body;
    });
    ASSERT_EQ(world.upstreams[0]->asked().size(), 3U);
    for (const auto& asked : world.upstreams[0]->asked()) {
        EXPECT_EQ(asked->body, R"({"to":"x"})");
        EXPECT_EQ(asked->head.headers.find("idempotency-key"), "k1");
    }
}

TEST(QueueOperator, that_it_is_sent_again_is_durable_before_it_is_told)
{
    ToolWorld world;
    Act busy = error(429, "slow", "down", "retry-after: 600\r\n");
    world.tool("mail", Strategy::queue_and_retry, {{refused_by_tool(), busy}}).honours_keys = true;
    world.tell([&]() -> net::Task<void> {
        const std::string id = co_await dead_letter(world, "mail");
        const Reply again = co_await operate(world, "POST", "/queue/" + id + "/retry");
        EXPECT_EQ(again.status, 202) << again.body;
        world.disk.cut_power();
        const Found state = co_await get(world.simulation, world.memory, "queue.state", id);
        const Found call = co_await get(world.simulation, world.memory, "queue.call", id);
        const Found result = co_await get(world.simulation, world.memory, "queue.result", id);
        EXPECT_TRUE(call.value.has_value());
        EXPECT_FALSE(result.value.has_value());
        const auto stored = read_queued_call(state.value.value_or(""));
        EXPECT_TRUE(stored.has_value());
        EXPECT_EQ(stored ? spelling(stored->state) : "", "pending");
    });
}

TEST(QueueOperator, that_it_is_discarded_is_durable_before_it_is_told)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry, {{refused_by_tool()}});
    world.tell([&]() -> net::Task<void> {
        const std::string id = co_await dead_letter(world, "mail");
        const Reply discarded = co_await operate(world, "DELETE", "/queue/" + id);
        EXPECT_EQ(discarded.status, 204);
        world.disk.cut_power();
        EXPECT_EQ(world.disk.entries(), 1U) << "the last number";
    });
}

net::Task<void> operate_into(ToolWorld& world, std::string method, std::string target, Reply& reply)
{
    reply = co_await operate(world, std::move(method), std::move(target));
}

TEST(QueueOperator, what_is_being_discarded_is_not_sent_again)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry, {{refused_by_tool(), tool_done()}}).honours_keys = true;
    world.tell([&]() -> net::Task<void> {
        const std::string id = co_await dead_letter(world, "mail");
        std::vector<std::function<void()>> held;
        world.disk.be_slow([&held](std::function<void()> done) { held.push_back(std::move(done)); });
        net::TaskGroup group(world.simulation.executor());
        Reply discarded;
        group.spawn(operate_into(world, "DELETE", "/queue/" + id, discarded));
        co_await world.sleep(10ms);
        const Reply again = co_await operate(world, "POST", "/queue/" + id + "/retry");
        EXPECT_EQ(again.status, 409);
        world.disk.be_well_paced();
        EXPECT_EQ(held.size(), 1U);
        held.front()();
        co_await group.join();
        EXPECT_EQ(discarded.status, 204);
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
}

TEST(QueueOperator, nothing_that_might_be_done_twice_is_sent_again)
{
    ToolWorld world;
    world.tool("plain", Strategy::queue_and_retry, {{refused_by_tool(), tool_done()}});
    world.tool("keyed", Strategy::queue_and_retry, {{tool_done()}}).honours_keys = true;
    world.tell([&]() -> net::Task<void> {
        const std::string unkeyed = co_await dead_letter(world, "plain", "k1");
        const Reply never = co_await operate(world, "POST", "/queue/" + unkeyed + "/retry");
        EXPECT_EQ(never.status, 409);
        EXPECT_TRUE(says(never, "never sent again")) << never.body;
        const Reply accepted = co_await world.call("/tools/keyed");
        const Reply over = co_await world.look(place_of(accepted) + "?wait=60s");
        const Reply done = co_await operate(world, "POST", place_of(accepted) + "/retry");
        EXPECT_EQ(done.status, 409);
        EXPECT_TRUE(says(done, "only a dead letter")) << done.body;
        co_await world.sleep(1h);
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
    EXPECT_EQ(world.upstreams[1]->asked().size(), 1U);
}

TEST(QueueOperator, what_is_over_can_be_discarded_and_what_is_pending_cannot)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry,
               {{refused_by_tool(), error(429, "slow", "down", "retry-after: 600\r\n")}});
    world.tell([&]() -> net::Task<void> {
        const std::string dead = co_await dead_letter(world, "mail");
        const Reply pending = co_await world.call("/tools/mail");
        const Reply kept = co_await operate(world, "DELETE", place_of(pending));
        EXPECT_EQ(kept.status, 409);
        const Reply discarded = co_await operate(world, "DELETE", "/queue/" + dead);
        EXPECT_EQ(discarded.status, 204);
        const Reply gone = co_await operate(world, "GET", "/queue/" + dead);
        EXPECT_EQ(gone.status, 404);
        const Found state = co_await get(world.simulation, world.memory, "queue.state", dead);
        EXPECT_FALSE(state.value.has_value());
    });
}

TEST(QueueOperator, a_store_that_fails_leaves_the_dead_letter_as_it_was)
{
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry, {{refused_by_tool(), tool_done()}}).honours_keys = true;
    world.tell([&]() -> net::Task<void> {
        const std::string id = co_await dead_letter(world, "mail");
        world.disk.be_full(true);
        const Reply refused = co_await operate(world, "POST", "/queue/" + id + "/retry");
        EXPECT_EQ(refused.status, 503);
        const Reply still = co_await operate(world, "GET", "/queue/" + id);
        EXPECT_TRUE(says(still, R"("state":"dead")")) << still.body;
        world.disk.be_full(false);
        const Reply again = co_await operate(world, "POST", "/queue/" + id + "/retry");
        EXPECT_EQ(again.status, 202) << again.body;
    });
}

TEST(QueueOperator, mistakes_are_told)
{
    const struct {
        const char* method;
        const char* target;
        int status;
    } rows[] = {
        {"GET", "/queue?state=odd", 400},  {"GET", "/queue?limit=0", 400},        {"GET", "/queue?limit=1001", 400},
        {"GET", "/queue?before=odd", 400}, {"GET", "/queue?what=ever", 400},      {"GET", "/queue/q9-none", 404},
        {"DELETE", "/queue/q9-none", 404}, {"POST", "/queue/q9-none/retry", 404}, {"POST", "/queue", 405},
        {"PUT", "/queue/q9-none", 405},    {"GET", "/queue?limit=1000", 200},
    };
    ToolWorld world;
    world.tool("mail", Strategy::queue_and_retry, {{tool_done()}});
    world.tell([&]() -> net::Task<void> {
        for (const auto& row : rows) {
            const Reply reply = co_await operate(world, row.method, row.target);
            EXPECT_EQ(reply.status, row.status) << row.method << " " << row.target << reply.body;
        }
    });
    ToolWorld without;
    without.tool("mail", Strategy::exponential_backoff, {{tool_done()}});
    without.tell([&]() -> net::Task<void> {
        const Reply reply = co_await operate(without, "GET", "/queue");
        EXPECT_EQ(reply.status, 404) << reply.body;
    });
}

}  // namespace
}  // namespace chaos::router
