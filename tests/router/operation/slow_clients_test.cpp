// Callers that dribble: a thousand of them do not hurt one who asks properly, and each is shown out in its time.
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

enum class Dribble { head, body };

/// One byte a second, until the router ends it. How long that took.
net::Task<void> dribble_until_ended(World& world, Dribble how, std::vector<net::Duration>& ended)
{
    auto connected = co_await world.simulation.network().connect(world.router->endpoint(), net::never);
    EXPECT_TRUE(connected.has_value());
    if (!connected) co_return;
    const std::string opening = how == Dribble::head ? "POST /v1/chat/completions HTTP/1.1\r\nx-slow: "
                                                     : "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{";
    const net::Instant began = world.now();
    net::Error error = co_await (*connected)->write(opening);
    while (!error && world.now() - began < 10min) {
        co_await world.sleep(1s);
        error = co_await (*connected)->write("a");
    }
    ended.push_back(world.now() - began);
}

TEST(SlowCallers, a_thousand_that_dribble_do_not_hurt_one_who_asks)
{
    for (const Dribble how : {Dribble::head, Dribble::body}) {
        World world;
        std::vector<Act> acts;
        for (int i = 0; i < 20; ++i) acts.push_back(answer("hi"));
        world.provider("primary", acts);
        std::vector<net::Duration> ended;
        world.tell([&]() -> net::Task<void> {
            net::TaskGroup slow(world.simulation.executor());
            for (int i = 0; i < 1000; ++i) slow.spawn(dribble_until_ended(world, how, ended));
            for (int i = 0; i < 20; ++i) {
                co_await world.sleep(1s);
                const Reply reply = co_await world.ask(plain);
                EXPECT_EQ(reply.status, 200);
                EXPECT_LT(reply.took(), 100ms) << "asked while a thousand dribble";
            }
            EXPECT_GT(world.router->open_connections(), 1000U);
            co_await slow.join();
            EXPECT_LE(world.router->open_connections(), 1U);
        });
        ASSERT_EQ(ended.size(), 1000U);
        const net::Duration limit = how == Dribble::head ? net::http::Limits{}.head_timeout : net::http::Limits{}.body_timeout;
        for (const net::Duration took : ended) EXPECT_LE(took, limit + 5s);
    }
}

TEST(SlowCallers, more_connections_than_allowed_wait_their_turn)
{
    World world;
    world.limits.connections = 2;
    world.limits.idle_timeout = 10s;
    world.provider("primary", {answer("hi")});
    world.tell([&]() -> net::Task<void> {
        auto first = co_await world.simulation.network().connect(world.router->endpoint(), net::never);
        auto second = co_await world.simulation.network().connect(world.router->endpoint(), net::never);
        co_await world.sleep(100ms);
        EXPECT_EQ(world.router->open_connections(), 2U);
        const Reply reply = co_await world.ask(plain);
        EXPECT_EQ(reply.status, 200) << "served once the idle ones were shown out";
        EXPECT_GE(reply.took(), 9s);
    });
}

}  // namespace
}  // namespace chaos::router
