// A forwarder: bytes, ends and resets pass through it as they are, and its link spoils what its rules say.
#include "net/faults/forwarder.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>

#include "net/condition.hpp"
#include "tests/net/worlds.hpp"

namespace chaos::net {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using faults::Forwarder;

template <class World>
using Forwarders = InBothWorlds<World>;
TYPED_TEST_SUITE(Forwarders, BothWorlds, WorldNames);

/// A client, a forwarder, and what it forwards to.
struct Forwarded {
    explicit Forwarded(Runtime& w)
        : world(w), upstream(listen(w)), forwarder(w, listen(w), upstream->endpoint()), tasks(w.executor())
    {
        tasks.spawn(forwarder.serve());
    }

    Task<void> connect()
    {
        auto connected = co_await world.network().connect(forwarder.endpoint(), never);
        auto accepted = co_await upstream->accept();
        client = std::move(connected.value());
        server = std::move(accepted.value());
    }

    Task<void> end()
    {
        forwarder.stop();
        co_await tasks.join();
    }

    Runtime& world;
    std::unique_ptr<Listener> upstream;
    Forwarder forwarder;
    TaskGroup tasks;
    StreamPtr client;
    StreamPtr server;
};

Task<void> pass(Stream& from, Stream& to, std::string message)
{
    const Error error = co_await from.write(message);
    EXPECT_FALSE(error);
    const std::string got = co_await read(to);
    EXPECT_EQ(got, message);
}

WORLD_STORY(Forwarders, PassBytesAndEndsBothWays)
{
    Forwarded path(world);
    co_await path.connect();
    co_await pass(*path.client, *path.server, "question");
    path.client->shutdown_write();
    const std::string end = co_await read(*path.server);
    EXPECT_EQ(end, "fin");
    co_await pass(*path.server, *path.client, "an answer after the end of the question");
    path.server->close(Close::fin);
    const std::string other_end = co_await read(*path.client);
    EXPECT_EQ(other_end, "fin");
    co_await path.end();
}

WORLD_STORY(Forwarders, PassAResetOn)
{
    Forwarded path(world);
    co_await path.connect();
    co_await pass(*path.client, *path.server, "question");
    path.server->close(Close::reset);
    const std::string end = co_await read(*path.client);
    EXPECT_EQ(end, words_of_reset);
    co_await path.end();
}

WORLD_STORY(Forwarders, EndAConnectionWhoseUpstreamIsNotThere)
{
    Forwarder forwarder(world, listen(world), left_alone(world));
    TaskGroup tasks(world.executor());
    tasks.spawn(forwarder.serve());
    auto client = co_await world.network().connect(forwarder.endpoint(), never);
    const std::string end = co_await read(*client.value());
    EXPECT_EQ(end, "fin");
    forwarder.stop();
    co_await tasks.join();
}

WORLD_STORY(Forwarders, FreeTheirPortWhenTheyStop)
{
    Forwarded path(world);
    co_await path.connect();
    const Endpoint at = path.forwarder.endpoint();
    co_await path.end();
    const std::string end = co_await read(*path.client);
    EXPECT_EQ(end, "fin");
    const auto refused = co_await world.network().connect(at, never);
    EXPECT_EQ(refused.error(), Error(asio::error::connection_refused));
    const auto again = world.network().listen(at);
    EXPECT_TRUE(again.has_value());
}

WORLD_STORY(Forwarders, HaveALink)
{
    Forwarded path(world);
    auto slow = std::make_shared<faults::Rule>();
    slow->effect = faults::Latency{20ms, {}, faults::Distribution::fixed};
    path.forwarder.link().set_rules({slow});
    co_await path.connect();
    const Instant began = world.clock().now();
    co_await pass(*path.client, *path.server, "question");
    co_await pass(*path.server, *path.client, "answer");
    EXPECT_GE(world.clock().now() - began, 40ms);
    co_await path.end();
}

}  // namespace
}  // namespace chaos::net
