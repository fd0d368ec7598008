// Keyed requests told as stories: one upstream request for many callers, replays, crashes, stores that fail.
#include "store/memory_store.hpp"
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

const std::string path = "/v1/chat/completions";

net::Task<Reply> keyed(World& world, std::string body, std::string key, net::Duration leave_after = 0ns,
                       std::string caller = "Bearer caller")
{
    net::http::Headers also{{"idempotency-key", std::move(key)}, {"authorization", std::move(caller)}};
    Reply reply = co_await world.ask(std::move(body), leave_after, path, "POST", std::move(also));
    co_return reply;
}

net::Task<void> into(net::Task<Reply> asking, Reply& reply)
{
    reply = co_await std::move(asking);
}

Act slow_text()
{
    return stream(text_events({"one ", "two ", "three "}), 100ms);
}

TEST(IdempotencyStory, the_second_request_is_a_replay_byte_for_byte)
{
    for (const bool stream_it : {false, true}) {
        World world;
        ScriptedUpstream& primary = world.provider("primary", {stream_it ? slow_text() : answer("hi")});
        world.tell([&]() -> net::Task<void> {
            const std::string body = stream_it ? streamed : plain;
            const Reply first = co_await keyed(world, body, "k1");
            const Reply second = co_await keyed(world, body + " ", "k1");
            EXPECT_EQ(first.status, 200);
            EXPECT_TRUE(first.whole);
            EXPECT_EQ(first.header("x-chaos-replayed"), "");
            EXPECT_EQ(second.status, 200);
            EXPECT_TRUE(second.whole);
            EXPECT_EQ(second.body, first.body);
            EXPECT_EQ(second.header("x-chaos-replayed"), "true");
            EXPECT_EQ(second.header("content-type"), first.header("content-type"));
            EXPECT_EQ(second.header("x-chaos-served-by"), "primary");
            EXPECT_EQ(read_stream(second.body).success(), stream_it);
        });
        EXPECT_EQ(primary.asked().size(), 1U);
    }
}

TEST(IdempotencyStory, another_key_caller_or_no_key_is_another_request)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {answer("hi")});
    world.tell([&]() -> net::Task<void> {
        const Reply a = co_await keyed(world, plain, "k1");
        const Reply b = co_await keyed(world, plain, "k2");
        const Reply c = co_await keyed(world, plain, "k1", 0ns, "Bearer somebody-else");
        const Reply d = co_await world.ask(plain);
        const Reply e = co_await world.ask(plain);
        for (const Reply* reply : {&a, &b, &c, &d, &e}) {
            EXPECT_EQ(reply->status, 200);
            EXPECT_EQ(reply->header("x-chaos-replayed"), "");
        }
    });
    EXPECT_EQ(primary.asked().size(), 5U);
}

TEST(IdempotencyStory, another_body_is_refused_with_422_while_in_flight_and_after)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {slow_text()});
    world.tell([&]() -> net::Task<void> {
        net::TaskGroup group(world.simulation.executor());
        Reply first;
        group.spawn(into(keyed(world, streamed, "k"), first));
        co_await world.sleep(150ms);
        const Reply during = co_await keyed(world, plain, "k");
        co_await group.join();
        const Reply after = co_await keyed(world, plain, "k");
        for (const Reply* reply : {&during, &after}) {
            EXPECT_EQ(reply->status, 422);
            EXPECT_TRUE(reply->body.starts_with(R"({"error":{)")) << reply->body;
            EXPECT_NE(reply->body.find("idempotency_key_reused"), std::string::npos) << reply->body;
        }
        EXPECT_TRUE(read_stream(first.body).success());
    });
    EXPECT_EQ(primary.asked().size(), 1U);
}

TEST(IdempotencyStory, bad_keys_are_refused_with_400_and_cost_nothing)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {answer("hi")});
    world.tell([&]() -> net::Task<void> {
        for (const std::string& key : {std::string("a b"), std::string(256, 'x')}) {
            const Reply reply = co_await keyed(world, plain, key);
            EXPECT_EQ(reply.status, 400) << key;
            EXPECT_NE(reply.body.find("invalid_idempotency_key"), std::string::npos) << reply.body;
        }
    });
    EXPECT_EQ(primary.asked().size(), 0U);
}

TEST(IdempotencyStory, callers_in_flight_share_one_upstream_request)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {slow_text()});
    world.tell([&]() -> net::Task<void> {
        net::TaskGroup group(world.simulation.executor());
        std::vector<Reply> replies(5);
        for (std::size_t i = 0; i < replies.size(); ++i) {
            group.spawn(into(keyed(world, streamed, "k"), replies[i]));
            co_await world.sleep(80ms);
        }
        co_await group.join();
        for (std::size_t i = 0; i < replies.size(); ++i) {
            EXPECT_TRUE(read_stream(replies[i].body).success()) << i << replies[i].body;
            EXPECT_EQ(replies[i].body, replies[0].body);
            EXPECT_EQ(replies[i].header("x-chaos-joined"), i == 0 ? "" : "true");
            EXPECT_EQ(replies[i].header("x-chaos-replayed"), "");
        }
        // The one who came last got what there was at once, not at the end.
        EXPECT_LT(replies[4].first_byte_at - replies[4].asked_at, 10ms);
        EXPECT_LT(replies[0].first_byte_at, replies[0].ended_at - 200ms) << "text flows while the answer is made";
    });
    EXPECT_EQ(primary.asked().size(), 1U);
}

TEST(IdempotencyStory, whole_answers_are_shared_too)
{
    World world;
    Act late = answer("hi");
    late.pieces.front().after = 300ms;
    ScriptedUpstream& primary = world.provider("primary", {late});
    world.tell([&]() -> net::Task<void> {
        net::TaskGroup group(world.simulation.executor());
        Reply one;
        Reply other;
        group.spawn(into(keyed(world, plain, "k"), one));
        group.spawn(into(keyed(world, plain, "k"), other));
        co_await group.join();
        EXPECT_EQ(one.status, 200);
        EXPECT_EQ(one.body, other.body);
    });
    EXPECT_EQ(primary.asked().size(), 1U);
}

TEST(IdempotencyStory, the_first_may_leave_while_others_wait)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {slow_text()});
    world.tell([&]() -> net::Task<void> {
        net::TaskGroup group(world.simulation.executor());
        Reply first;
        Reply second;
        group.spawn(into(keyed(world, streamed, "k", 220ms), first));
        co_await world.sleep(50ms);
        group.spawn(into(keyed(world, streamed, "k"), second));
        co_await group.join();
        EXPECT_FALSE(first.whole);
        EXPECT_TRUE(read_stream(second.body).success()) << second.body;
    });
    EXPECT_EQ(primary.asked().size(), 1U);
    EXPECT_FALSE(primary.asked()[0]->client_left);
}

TEST(IdempotencyStory, when_the_last_waiter_leaves_the_provider_is_left_within_100_ms)
{
    World world;
    ScriptedUpstream& primary =
        world.provider("primary", {stream_then({chunk::text("x")}, Exit::hold), answer("again")});
    world.tell([&]() -> net::Task<void> {
        net::TaskGroup group(world.simulation.executor());
        Reply first;
        Reply second;
        group.spawn(into(keyed(world, streamed, "k", 200ms), first));
        group.spawn(into(keyed(world, streamed, "k", 300ms), second));
        co_await group.join();
        co_await world.sleep(100ms);
        EXPECT_TRUE(primary.asked()[0]->client_left);
        EXPECT_LE(primary.asked()[0]->client_left_at - second.ended_at, 100ms);
        EXPECT_GE(primary.asked()[0]->client_left_at, second.ended_at) << "not before the last has left";
        // Nothing was kept of it: the next is a request of its own.
        const Reply third = co_await keyed(world, streamed, "k", 500ms);
        EXPECT_EQ(third.header("x-chaos-joined"), "");
        EXPECT_EQ(third.header("x-chaos-replayed"), "");
    });
    EXPECT_GE(primary.asked().size(), 2U);
}

TEST(IdempotencyStory, by_policy_it_finishes_alone_and_is_kept)
{
    World world;
    world.durable.idempotency.finish_alone = true;
    ScriptedUpstream& primary = world.provider("primary", {slow_text()});
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await keyed(world, streamed, "k", 150ms);
        EXPECT_FALSE(first.whole);
        co_await world.sleep(1s);
        const Reply second = co_await keyed(world, streamed, "k");
        EXPECT_EQ(second.header("x-chaos-replayed"), "true");
        EXPECT_TRUE(read_stream(second.body).success());
    });
    EXPECT_EQ(primary.asked().size(), 1U);
    EXPECT_FALSE(primary.asked()[0]->client_left);
}

TEST(IdempotencyStory, finishing_alone_ends_at_the_deadline)
{
    World world;
    world.durable.idempotency.finish_alone = true;
    world.policy.timeouts.idle = 1h;
    world.policy.timeouts.total = 2s;
    ScriptedUpstream& primary = world.provider("primary", {stream_then({chunk::text("x")}, Exit::hold)});
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await keyed(world, streamed, "k", 150ms);
        const net::Instant began = first.asked_at;
        co_await world.sleep(3s);
        EXPECT_TRUE(primary.asked()[0]->client_left);
        EXPECT_LE(primary.asked()[0]->client_left_at - began, 2100ms);
    });
}

TEST(IdempotencyStory, errors_and_half_streams_are_not_kept)
{
    const std::vector<std::pair<const char*, Act>> failures{
        {"the caller's fault", error(400, "bad", "no")},
        {"overloaded", error(503, "overloaded", "later")},
        {"cut in the middle", stream_then({chunk::text("x")}, Exit::reset)},
        {"ends early", stream({chunk::text("x")})},
        {"an error in the stream", stream({chunk::text("x"), chunk::failed("server_error")})},
    };
    for (const auto& row : failures) {
        const char* name = row.first;
        const Act& failure = row.second;
        World world;
        world.policy.retry.same_provider = 0;
        ScriptedUpstream& primary = world.provider("primary", {failure, slow_text()});
        world.tell([&]() -> net::Task<void> {
            const Reply first = co_await keyed(world, streamed, "k");
            EXPECT_FALSE(first.status == 200 && read_stream(first.body).success()) << name;
            const Reply second = co_await keyed(world, streamed, "k");
            EXPECT_EQ(second.header("x-chaos-replayed"), "") << name;
            EXPECT_TRUE(read_stream(second.body).success()) << name << second.body;
        });
        EXPECT_EQ(primary.asked().size(), 2U) << name;
    }
}

TEST(IdempotencyStory, an_answer_too_long_to_keep_is_passed_on_and_cannot_be_joined_late)
{
    World world;
    world.durable.idempotency.entry_bytes = 1000;
    std::vector<std::string> words(100, std::string(100, 'w'));
    ScriptedUpstream& primary = world.provider("primary", {stream(text_events(words), 10ms)});
    world.tell([&]() -> net::Task<void> {
        net::TaskGroup group(world.simulation.executor());
        Reply first;
        group.spawn(into(keyed(world, streamed, "k"), first));
        co_await world.sleep(500ms);
        const Reply late = co_await keyed(world, streamed, "k");
        EXPECT_EQ(late.status, 409);
        EXPECT_EQ(late.header("retry-after"), "1");
        co_await group.join();
        EXPECT_EQ(read_stream(first.body).answer.text.size(), 10'000U);
        const Reply again = co_await keyed(world, streamed, "k");
        EXPECT_EQ(again.header("x-chaos-replayed"), "");
        EXPECT_TRUE(read_stream(again.body).success());
    });
    EXPECT_EQ(primary.asked().size(), 2U);
}

TEST(IdempotencyStory, results_expire_by_the_wall_clock)
{
    World world;
    world.durable.idempotency.keep = 1h;
    ScriptedUpstream& primary = world.provider("primary", {answer("hi")});
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await keyed(world, plain, "k");
        world.simulation.skew_wall(59min);
        const Reply replayed = co_await keyed(world, plain, "k");
        EXPECT_EQ(replayed.header("x-chaos-replayed"), "true");
        world.simulation.skew_wall(1min);
        const Reply anew = co_await keyed(world, plain, "k");
        EXPECT_EQ(anew.header("x-chaos-replayed"), "");
    });
    EXPECT_EQ(primary.asked().size(), 2U);
}

TEST(IdempotencyStory, what_has_expired_leaves_the_store)
{
    World world;
    store::MemoryDisk disk;
    store::MemoryStore memory(world.simulation.executor(), disk);
    world.durable.store = &memory;
    world.durable.idempotency.keep = 1h;
    world.provider("primary", {answer("hi")});
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await keyed(world, plain, "k");
        EXPECT_EQ(disk.entries(), 2U);
        co_await world.sleep(61min);
        EXPECT_EQ(disk.entries(), 0U) << "though nobody asked";
    });
}

TEST(IdempotencyStory, what_became_of_keyed_requests_is_told)
{
    World world;
    world.provider("primary", {slow_text()});
    world.tell([&]() -> net::Task<void> {
        net::TaskGroup group(world.simulation.executor());
        Reply first;
        Reply second;
        group.spawn(into(keyed(world, streamed, "k"), first));
        group.spawn(into(keyed(world, streamed, "k"), second));
        co_await group.join();
        const Reply third = co_await keyed(world, streamed, "k");
        const Reply fourth = co_await keyed(world, plain, "k");
        EXPECT_NE(third.header("x-request-id"), first.header("x-request-id"));
    });
    std::vector<std::string> ends;
    for (const RequestRecord& request : world.notes.requests)
        ends.push_back(request.keyed + " " + std::to_string(request.attempts) + " " + request.served_by + " " +
                       std::to_string(request.status) + request.error_code);
    std::sort(ends.begin(), ends.end());
    EXPECT_EQ(ends, (std::vector<std::string>{"joined 0  200", "led 1 primary 200",
                                              "refused 0  422idempotency_key_reused", "replayed 0  200"}));
}

TEST(IdempotencyStory, a_replay_needs_a_token_that_is_still_good)
{
    World world;
    world.callers = {Caller{"alice", "token-a", {}}};
    ScriptedUpstream& primary = world.provider("primary", {answer("hi")});
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await keyed(world, plain, "k", 0ns, "Bearer token-a");
        EXPECT_EQ(first.status, 200);
        Settings other;
        other.targets = world.targets;
        other.policy = world.policy;
        other.callers = {Caller{"alice", "token-b", {}}};
        world.router->reconfigure(std::move(other));
        const Reply revoked = co_await keyed(world, plain, "k", 0ns, "Bearer token-a");
        EXPECT_EQ(revoked.status, 401);
        const Reply replayed = co_await keyed(world, plain, "k", 0ns, "Bearer token-b");
        EXPECT_EQ(replayed.header("x-chaos-replayed"), "true") << "keys belong to the caller, not to its token";
    });
    EXPECT_EQ(primary.asked().size(), 1U);
}

/// A router that is there again with what its disk holds.
TEST(IdempotencyStory, results_survive_a_crash)
{
    store::MemoryDisk disk;
    std::string answered;
    for (const int life : {1, 2}) {
        World world;
        store::MemoryStore memory(world.simulation.executor(), disk);
        world.durable.store = &memory;
        ScriptedUpstream& primary = world.provider("primary", {slow_text()});
        world.tell([&]() -> net::Task<void> {
            const Reply reply = co_await keyed(world, streamed, "k");
            EXPECT_EQ(reply.header("x-chaos-replayed"), life == 1 ? "" : "true");
            EXPECT_TRUE(read_stream(reply.body).success());
            if (life == 1) answered = reply.body;
            EXPECT_EQ(reply.body, answered);
        });
        EXPECT_EQ(primary.asked().size(), life == 1 ? 1U : 0U);
    }
}

TEST(IdempotencyStory, a_kept_answer_that_is_lost_is_asked_anew)
{
    World world;
    store::MemoryDisk disk;
    store::MemoryStore memory(world.simulation.executor(), disk);
    world.durable.store = &memory;
    ScriptedUpstream& primary = world.provider("primary", {answer("hi")});
    world.tell([&]() -> net::Task<void> {
        const Reply first = co_await keyed(world, plain, "k");
        EXPECT_EQ(first.status, 200);
        memory.list("idempotency.answer", [&memory](const std::string&, auto entries) {
            for (const auto& [identity, bytes] : entries)
                memory.put_all({{"idempotency.answer", identity, std::nullopt}}, store::Durability::process,
                               [](const std::string&) {});
        });
        co_await world.sleep(1ms);
        for (const char* replayed : {"", "true"}) {
            const Reply again = co_await keyed(world, plain, "k");
            EXPECT_EQ(again.status, 200);
            EXPECT_EQ(again.header("x-chaos-replayed"), replayed);
        }
    });
    EXPECT_EQ(primary.asked().size(), 2U);
}

TEST(IdempotencyStory, an_answer_that_was_seen_whole_was_kept_before)
{
    for (const bool stream_it : {false, true}) {
        World world;
        store::MemoryDisk disk;
        store::MemoryStore memory(world.simulation.executor(), disk);
        world.durable.store = &memory;
        std::vector<std::function<void()>> held;
        world.provider("primary", {stream_it ? slow_text() : answer("hi")});
        world.tell([&]() -> net::Task<void> {
            co_await world.sleep(1ms);  // the store is read
            disk.be_slow([&held](std::function<void()> done) { held.push_back(std::move(done)); });
            net::TaskGroup group(world.simulation.executor());
            Reply reply;
            group.spawn(into(keyed(world, stream_it ? streamed : plain, "k"), reply));
            co_await world.sleep(1s);
            EXPECT_EQ(disk.entries(), 0U);
            EXPECT_EQ(reply.ended_at, net::Instant{}) << "its end waits for the store";
            EXPECT_EQ(held.size(), 1U);
            held.front()();
            co_await group.join();
            EXPECT_EQ(disk.entries(), 2U);
            EXPECT_TRUE(reply.whole);
        });
    }
}

TEST(IdempotencyStory, who_leaves_while_the_answer_is_stored_does_not_have_it_made_again)
{
    for (const bool stream_it : {false, true}) {
        World world;
        store::MemoryDisk disk;
        store::MemoryStore memory(world.simulation.executor(), disk);
        world.durable.store = &memory;
        std::vector<std::function<void()>> held;
        ScriptedUpstream& primary = world.provider("primary", {stream_it ? slow_text() : answer("hi")});
        world.tell([&]() -> net::Task<void> {
            co_await world.sleep(1ms);  // the store is read
            disk.be_slow([&held](std::function<void()> done) { held.push_back(std::move(done)); });
            const std::string& body = stream_it ? streamed : plain;
            const Reply left = co_await keyed(world, body, "k", 1s);
            EXPECT_FALSE(left.whole);
            EXPECT_EQ(left.body.find("[DONE]"), std::string::npos) << "what says the end waits for the store too";
            net::TaskGroup group(world.simulation.executor());
            Reply retried;
            group.spawn(into(keyed(world, body, "k"), retried));
            co_await world.sleep(100ms);
            EXPECT_EQ(held.size(), 1U);
            held.front()();
            co_await group.join();
            EXPECT_TRUE(retried.whole);
            EXPECT_EQ(retried.status, 200);
        });
        EXPECT_EQ(primary.asked().size(), 1U);
    }
}

TEST(IdempotencyStory, what_finishes_alone_is_waited_for_at_a_graceful_end_and_cut_at_its_deadline)
{
    for (const bool in_time : {true, false}) {
        World world;
        store::MemoryDisk disk;
        store::MemoryStore memory(world.simulation.executor(), disk);
        world.durable.store = &memory;
        world.durable.idempotency.finish_alone = true;
        ScriptedUpstream& primary = world.provider("primary", {slow_text()});
        world.tell([&]() -> net::Task<void> {
            const Reply left = co_await keyed(world, streamed, "k", 150ms);
            EXPECT_FALSE(left.whole);
            world.router->stop(true);
            co_await world.sleep(in_time ? 1s : 50ms);
            world.router->stop();
            co_await world.sleep(1s);
        });
        EXPECT_EQ(primary.asked().at(0)->client_left, !in_time);
        EXPECT_EQ(disk.entries(), in_time ? 2U : 0U);
    }
}

TEST(IdempotencyStory, a_store_that_fails_costs_the_replay_and_not_the_answer)
{
    struct Row {
        const char* name;
        std::function<void(store::MemoryDisk&)> spoil;
        net::Duration at_most;
    };
    const std::vector<Row> rows{
        {"full", [](store::MemoryDisk& disk) { disk.be_full(true); }, 100ms},
        {"busy", [](store::MemoryDisk& disk) { disk.be_busy(true); }, 100ms},
        {"for ever slow", [](store::MemoryDisk& disk) { disk.be_slow([](const auto&) {}); }, 2100ms},
    };
    for (const Row& row : rows) {
        World world;
        store::MemoryDisk disk;
        store::MemoryStore memory(world.simulation.executor(), disk);
        world.durable.store = &memory;
        ScriptedUpstream& primary = world.provider("primary", {answer("hi")});
        world.tell([&]() -> net::Task<void> {
            co_await world.sleep(1ms);
            row.spoil(disk);
            for (int i = 0; i < 2; ++i) {
                const Reply reply = co_await keyed(world, plain, "k");
                EXPECT_EQ(reply.status, 200) << row.name;
                EXPECT_LE(reply.took(), row.at_most) << row.name;
            }
        });
        EXPECT_EQ(primary.asked().size(), 2U) << row.name;
        EXPECT_NE(world.notes.all.find("not kept"), std::string::npos) << row.name;
    }
}

TEST(IdempotencyStory, while_results_cannot_be_read_keyed_requests_are_refused_and_others_served)
{
    World world;
    store::MemoryDisk disk;
    disk.be_busy(true);
    store::MemoryStore memory(world.simulation.executor(), disk);
    world.durable.store = &memory;
    ScriptedUpstream& primary = world.provider("primary", {answer("hi")});
    world.tell([&]() -> net::Task<void> {
        const Reply refused = co_await keyed(world, plain, "k");
        EXPECT_EQ(refused.status, 503);
        EXPECT_EQ(refused.header("retry-after"), "1");
        EXPECT_LE(refused.took(), 2100ms);
        const Reply served = co_await world.ask(plain);
        EXPECT_EQ(served.status, 200);
        disk.be_busy(false);
        co_await world.sleep(1s);
        const Reply again = co_await keyed(world, plain, "k");
        EXPECT_EQ(again.status, 200);
        disk.be_busy(true);
        const Reply unreadable = co_await keyed(world, plain, "k");
        EXPECT_EQ(unreadable.status, 503) << "known, and yet not to be had: not done twice";
    });
    EXPECT_EQ(primary.asked().size(), 2U);
}

TEST(IdempotencyStory, a_slow_reader_holds_up_the_provider_and_nobody_else)
{
    World world;
    world.policy.timeouts.total = 100s;
    world.policy.timeouts.idle = 100s;
    std::vector<std::string> words(60, std::string(50'000, 'w'));
    ScriptedUpstream& primary = world.provider("primary", {stream(text_events(words), 1ms)});
    world.slow_reader = 200ms;
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await keyed(world, streamed, "k");
        EXPECT_EQ(read_stream(reply.body).answer.text.size(), 3'000'000U);
        EXPECT_GT(reply.took(), 5s);
    });
    EXPECT_EQ(primary.asked().size(), 1U);
}

}  // namespace
}  // namespace chaos::router
