// One suite over both worlds: what a stream, a listener and a connect do is the same on sockets and in simulation.
#include <gtest/gtest.h>

#include <string>

#include "net/task_group.hpp"
#include "net/watchdog.hpp"
#include "tests/net/worlds.hpp"

namespace chaos::net {
namespace {

using namespace std::chrono_literals;
using namespace testing;

template <class World>
using Conformance = InBothWorlds<World>;
TYPED_TEST_SUITE(Conformance, BothWorlds, WorldNames);

WORLD_STORY(Conformance, Echo)
{
    Pair pair = co_await connected_pair(world);
    const Error asked = co_await pair.client->write("hello");
    EXPECT_FALSE(asked);
    EXPECT_EQ(co_await read(*pair.server), "hello");
    const Error answered = co_await pair.server->write("world");
    EXPECT_FALSE(answered);
    EXPECT_EQ(co_await read(*pair.client), "world");
}

}  // namespace
}  // namespace chaos::net
