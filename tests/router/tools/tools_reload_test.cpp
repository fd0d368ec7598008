// Another dependencies.yaml while the router serves: new calls and what is queued use it, calls under way finish with
// what they began with, and the queue stays.
#include "tests/router/tools/tool_world.hpp"

namespace chaos::router {
namespace {

class ReloadWorld : public ToolWorld {
public:
    void reload(std::vector<Dependency> tools)
    {
        dependencies.all = std::move(tools);
        router->reconfigure({targets, policy, callers, {}, dependencies});
    }
    Dependency declare(const std::string& name, Strategy strategy, const std::vector<std::vector<Act>>& scripts)
    {
        tool(name, strategy, scripts);
        return dependencies.all.back();
    }
};

TEST(ToolsReload, a_tool_comes_moves_and_goes)
{
    ReloadWorld world;
    const Dependency here = world.declare("mail", Strategy::exponential_backoff, {{tool_done("\"here\"")}});
    const Dependency there = world.declare("mail", Strategy::exponential_backoff, {{tool_done("\"there\"")}});
    world.dependencies.all.clear();
    world.tell([&]() -> net::Task<void> {
        const Reply before = co_await world.call("/tools/mail");
        EXPECT_EQ(before.status, 404);
        world.reload({here});
        const Reply first = co_await world.call("/tools/mail");
        EXPECT_EQ(first.body, "\"here\"");
        world.reload({there});
        const Reply second = co_await world.call("/tools/mail");
        EXPECT_EQ(second.body, "\"there\"");
        world.reload({});
        const Reply gone = co_await world.call("/tools/mail");
        EXPECT_EQ(gone.status, 404);
    });
}

TEST(ToolsReload, a_call_under_way_finishes_where_it_began)
{
    ReloadWorld world;
    Act slow = tool_done("\"here\"");
    slow.pieces.front().after = 5s;
    const Dependency here = world.declare("mail", Strategy::exponential_backoff, {{slow}});
    world.tell([&]() -> net::Task<void> {
        net::TaskGroup group(world.simulation.executor());
        Reply reply;
        group.spawn([](ReloadWorld& in, Reply& out) -> net::Task<void> { out = co_await in.call("/tools/mail"); }(
                                                        world, reply));
        co_await world.sleep(1s);
        world.reload({});
        co_await group.join();
        EXPECT_EQ(reply.body, "\"here\"");
    });
}

TEST(ToolsReload, what_is_queued_stays_and_goes_where_the_tool_is_now)
{
    ReloadWorld world;
    const Dependency here =
        world.declare("mail", Strategy::queue_and_retry, {{error(429, "slow", "down", "retry-after: 10\r\n")}});
    const Dependency there = world.declare("mail", Strategy::queue_and_retry, {{tool_done("\"there\"")}});
    world.dependencies.all = {here};
    world.tell([&]() -> net::Task<void> {
        const Reply accepted = co_await world.call("/tools/mail");
        EXPECT_EQ(accepted.status, 202);
        co_await world.sleep(1s);
        world.reload({});
        co_await world.sleep(1min);
        const Reply waiting = co_await world.look(place_of(accepted));
        EXPECT_TRUE(says(waiting, R"("state":"pending")")) << "without its tool it waits: " << waiting.body;
        world.reload({there});
        const Reply done = co_await world.look(place_of(accepted) + "?wait=10s");
        EXPECT_TRUE(says(done, "there")) << done.body;
    });
    EXPECT_EQ(world.upstreams[0]->asked().size(), 1U);
}

TEST(ToolsReload, a_new_policy_of_the_queue_holds_at_once)
{
    ReloadWorld world;
    Dependency mail =
        world.declare("mail", Strategy::queue_and_retry, {{error(429, "slow", "down", "retry-after: 7200\r\n")}});
    world.tell([&]() -> net::Task<void> {
        const Reply accepted = co_await world.call("/tools/mail");
        mail.queue.entries = 1;
        mail.queue.max_age = 1min;
        world.reload({mail});
        const Reply refused = co_await world.call("/tools/mail");
        EXPECT_EQ(refused.status, 503) << refused.body;
        co_await world.sleep(61s);
        const Reply dead = co_await world.look(place_of(accepted));
        EXPECT_TRUE(says(dead, R"("state":"dead")")) << dead.body;
    });
}

TEST(ToolsReload, the_new_key_of_a_tool_is_told_to_nobody_either)
{
    ReloadWorld world;
    Dependency mail = world.declare("mail", Strategy::exponential_backoff, {{tool_done()}});
    world.tell([&]() -> net::Task<void> {
        mail.api_key = "another-secret";
        world.reload({mail});
        const Reply reply = co_await world.look("/another-secret");
        EXPECT_FALSE(says(reply, "another-secret")) << reply.body;
    });
}

}  // namespace
}  // namespace chaos::router
