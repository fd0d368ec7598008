// Links: blackholes, refusals, cuts and delays, the same in both worlds.
#include "net/faults/link.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <string>

#include "net/condition.hpp"
#include "net/task_group.hpp"
#include "tests/net/worlds.hpp"

namespace chaos::net {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using faults::Link;

template <class World>
using Links = InBothWorlds<World>;
TYPED_TEST_SUITE(Links, BothWorlds, WorldNames);

/// A client, and a server behind a link.
struct Linked {
    explicit Linked(Runtime& w) : world(w), listener(listen(w)), link(w.clock(), w.executor(), *listener) {}

    Task<void> connect()
    {
        auto connected = co_await world.network().connect(listener->endpoint(), never);
        auto accepted = co_await listener->accept();
        client = std::move(connected.value());
        server = link.wrap(std::move(accepted.value()));
    }

    /// One message each way, so that nothing is on its way any more.
    Task<void> chat()
    {
        co_await pass(*client, *server, "question");
        co_await pass(*server, *client, "answer");
    }

    static Task<void> pass(Stream& from, Stream& to, std::string message)
    {
        const Error error = co_await from.write(message);
        EXPECT_FALSE(error);
        const std::string got = co_await read(to);
        EXPECT_EQ(got, message);
    }

    Runtime& world;
    std::unique_ptr<Listener> listener;
    Link link;
    StreamPtr client;
    StreamPtr server;
};

Task<void> read_until_end_into(Stream& stream, std::string& result)
{
    result = co_await read(stream);
}

Task<void> write_into(Stream& stream, std::string bytes, std::string& result)
{
    const Error error = co_await stream.write(bytes);
    result = error ? error.message() : "written";
}

WORLD_STORY(Links, InGoodWeatherNobodyNotices)
{
    Linked pair(world);
    co_await pair.connect();
    co_await pair.chat();
    EXPECT_EQ(pair.link.open_streams(), 1u);
    pair.client->close(Close::fin);
    const std::string end = co_await read(*pair.server);
    EXPECT_EQ(end, "fin");
    pair.server.reset();
    EXPECT_EQ(pair.link.open_streams(), 0u);
}

WORLD_STORY(Links, AStreamThatWasClosedBeforeItCameHereJustEnds)
{
    Linked pair(world);
    co_await pair.connect();
    auto connected = co_await world.network().connect(pair.listener->endpoint(), never);
    auto accepted = co_await pair.listener->accept();
    accepted.value()->close(Close::fin);
    const StreamPtr late = pair.link.wrap(std::move(accepted.value()));
    const std::string end = co_await read(*late);
    EXPECT_EQ(end, words_of_abort);
    co_await pair.chat();
}

WORLD_STORY(Links, ABlackholeHoldsBytesInBothDirectionsUntilItIsHealed)
{
    Linked pair(world);
    co_await pair.connect();
    co_await pair.chat();
    EXPECT_FALSE(pair.link.blackhole());
    TaskGroup group(world.executor());
    std::string heard_by_server;
    std::string heard_by_client;
    group.spawn(read_until_end_into(*pair.server, heard_by_server));
    group.spawn(read_until_end_into(*pair.client, heard_by_client));
    const Error question = co_await pair.client->write("lost question");
    const Error answer = co_await pair.server->write("lost answer");
    EXPECT_FALSE(question);
    EXPECT_FALSE(answer);
    co_await sleep_for(world.clock(), 10ms);
    EXPECT_EQ(group.size(), 2u);
    EXPECT_FALSE(pair.link.heal());
    co_await group.join();
    EXPECT_EQ(heard_by_server, "lost question");
    EXPECT_EQ(heard_by_client, "lost answer");
    co_await pair.chat();
}

WORLD_STORY(Links, ABlackholeMayLeaveOpenConnectionsAlone)
{
    Linked pair(world);
    co_await pair.connect();
    EXPECT_FALSE(pair.link.blackhole(false));
    co_await pair.chat();
    const auto lost = co_await world.network().connect(pair.listener->endpoint(), world.clock().now() + 5ms);
    EXPECT_EQ(lost.error(), Error(asio::error::timed_out));
}

WORLD_STORY(Links, InABlackholeNewConnectsWaitAndAfterItTheyComeThrough)
{
    Linked pair(world);
    EXPECT_FALSE(pair.link.blackhole());
    const auto lost = co_await world.network().connect(pair.listener->endpoint(), world.clock().now() + 5ms);
    EXPECT_EQ(lost.error(), Error(asio::error::timed_out));
    EXPECT_FALSE(pair.link.heal());
    co_await pair.connect();
    co_await pair.chat();
}

WORLD_STORY(Links, EachConnectionWhoseBytesAreHeldIsOneContact)
{
    Linked pair(world);
    co_await pair.connect();
    co_await pair.chat();
    int contacts = 0;
    Condition contacted;
    pair.link.on_contact([&] {
        ++contacts;
        contacted.notify_all();
    });
    for (int blackhole = 1; blackhole <= 2; ++blackhole) {
        EXPECT_FALSE(pair.link.blackhole());
        const Error first = co_await pair.client->write("held");
        EXPECT_FALSE(first);
        while (contacts < blackhole) co_await contacted.wait();
        const Error second = co_await pair.server->write("held too");
        EXPECT_FALSE(second);
        EXPECT_EQ(contacts, blackhole);
        EXPECT_FALSE(pair.link.heal());
        const std::string question = co_await read(*pair.server);
        EXPECT_EQ(question, "held");
        const std::string answer = co_await read(*pair.client);
        EXPECT_EQ(answer, "held too");
    }
}

WORLD_STORY(Links, AConnectIntoABlackholeIsAContact)
{
    Linked pair(world);
    int contacts = 0;
    Condition contacted;
    pair.link.on_contact([&] {
        ++contacts;
        contacted.notify_all();
    });
    EXPECT_FALSE(pair.link.blackhole());
    const auto knock = [](Network& network, Endpoint to) -> Task<void> {
        const auto nobody = co_await network.connect(to, never);
        EXPECT_FALSE(nobody.has_value());
    };
    TaskGroup group(world.executor());
    group.spawn(knock(world.network(), pair.listener->endpoint()));
    while (contacts == 0) co_await contacted.wait();
    group.cancel();
    co_await group.join();
    EXPECT_EQ(contacts, 1);
}

WORLD_STORY(Links, TheOwnerLearnsOfAClientThatLeftOnlyWhenTheBlackholeEnds)
{
    Linked pair(world);
    co_await pair.connect();
    co_await pair.chat();
    EXPECT_FALSE(pair.link.blackhole());
    TaskGroup group(world.executor());
    std::string seen;
    group.spawn(read_until_end_into(*pair.server, seen));
    pair.client->close(Close::fin);
    co_await sleep_for(world.clock(), 10ms);
    EXPECT_EQ(seen, "");
    EXPECT_FALSE(pair.link.heal());
    co_await group.join();
    EXPECT_EQ(seen, "fin");
}

WORLD_STORY(Links, TheOwnerIsFreeAtOnceAndTheClientLearnsItWhenTheBlackholeEnds)
{
    Linked pair(world);
    co_await pair.connect();
    co_await pair.chat();
    EXPECT_FALSE(pair.link.blackhole());
    TaskGroup servers(world.executor());
    TaskGroup clients(world.executor());
    std::string own_read;
    std::string seen;
    servers.spawn(read_until_end_into(*pair.server, own_read));
    clients.spawn(read_until_end_into(*pair.client, seen));
    const Error last_words = co_await pair.server->write("bye");
    EXPECT_FALSE(last_words);
    pair.server->close(Close::fin);
    co_await servers.join();
    EXPECT_EQ(own_read, words_of_abort);
    EXPECT_EQ(pair.link.open_streams(), 0u);
    pair.server.reset();
    co_await sleep_for(world.clock(), 10ms);
    EXPECT_EQ(seen, "");
    EXPECT_FALSE(pair.link.heal());
    co_await clients.join();
    EXPECT_EQ(seen, "bye");
    const std::string end = co_await read(*pair.client);
    EXPECT_EQ(end, "fin");
}

WORLD_STORY(Links, AResetByTheOwnerInABlackholeArrivesAfterIt)
{
    Linked pair(world);
    co_await pair.connect();
    co_await pair.chat();
    EXPECT_FALSE(pair.link.blackhole());
    const Error unsent = co_await pair.server->write("never transmitted");
    EXPECT_FALSE(unsent);
    pair.server->close(Close::reset);
    EXPECT_FALSE(pair.link.heal());
    const std::string seen = co_await read(*pair.client);
    EXPECT_EQ(seen, words_of_reset);
}

WORLD_STORY(Links, InABlackholeTheOwnerCanCancelAndGoOn)
{
    Linked pair(world);
    co_await pair.connect();
    EXPECT_FALSE(pair.link.blackhole());
    TaskGroup group(world.executor());
    std::string result;
    group.spawn(read_until_end_into(*pair.server, result));
    co_await sleep_for(world.clock(), 1ms);
    pair.server->cancel();
    co_await group.join();
    EXPECT_EQ(result, words_of_abort);
    EXPECT_FALSE(pair.link.heal());
    co_await pair.chat();
}

WORLD_STORY(Links, AWriteIntoABlackholeIsHeldUpToABoundAndThenWaits)
{
    const std::string much(1024 * 1024, 'x');
    Linked pair(world);
    co_await pair.connect();
    EXPECT_FALSE(pair.link.blackhole());
    TaskGroup group(world.executor());
    std::string result;
    group.spawn(write_into(*pair.server, much, result));
    co_await sleep_for(world.clock(), 10ms);
    EXPECT_EQ(result, "");
    EXPECT_FALSE(pair.link.heal());
    std::size_t total = 0;
    while (total < much.size()) {
        const std::string some = co_await read(*pair.client);
        total += some.size();
    }
    co_await group.join();
    EXPECT_EQ(result, "written");
}

WORLD_STORY(Links, DrainedWaitsForWhatIsHeld)
{
    Linked pair(world);
    co_await pair.connect();
    EXPECT_FALSE(pair.link.blackhole());
    const Error held = co_await pair.server->write("held");
    EXPECT_FALSE(held);
    const auto drain = [](Stream& stream) -> Task<void> { co_await stream.drained(); };
    TaskGroup group(world.executor());
    group.spawn(drain(*pair.server));
    co_await sleep_for(world.clock(), 5ms);
    EXPECT_EQ(group.size(), 1u);
    EXPECT_FALSE(pair.link.heal());
    co_await group.join();
    pair.server->close(Close::reset);
    const std::string got = co_await read(*pair.client);
    EXPECT_EQ(got, "held");
    const std::string end = co_await read(*pair.client);
    EXPECT_EQ(end, words_of_reset);
}

WORLD_STORY(Links, AHalfCloseIsHeldBehindItsBytes)
{
    Linked pair(world);
    co_await pair.connect();
    EXPECT_FALSE(pair.link.blackhole());
    const Error held = co_await pair.server->write("the last");
    EXPECT_FALSE(held);
    pair.server->shutdown_write();
    const Error after = co_await pair.server->write("too late");
    EXPECT_EQ(after, Error(asio::error::broken_pipe));
    EXPECT_FALSE(pair.link.heal());
    for (const char* expected : {"the last", "fin"}) {
        const std::string got = co_await read(*pair.client);
        EXPECT_EQ(got, expected);
    }
    const Error question = co_await pair.client->write("still open this way");
    EXPECT_FALSE(question);
    const std::string got = co_await read(*pair.server);
    EXPECT_EQ(got, "still open this way");
}

WORLD_STORY(Links, RefusingTurnsConnectsAwayAndCutsOpenConnectionsIfAsked)
{
    Linked pair(world);
    co_await pair.connect();
    EXPECT_FALSE(pair.link.refuse(false));
    co_await pair.chat();
    EXPECT_FALSE(pair.link.refuse());
    const std::string client = co_await read(*pair.client);
    EXPECT_EQ(client, words_of_reset);
    const std::string server = co_await read(*pair.server);
    EXPECT_EQ(server, words_of_reset);
    const auto turned_away = co_await world.network().connect(pair.listener->endpoint(), never);
    EXPECT_EQ(turned_away.error(), Error(asio::error::connection_refused));
    EXPECT_FALSE(pair.link.heal());
    co_await pair.connect();
    co_await pair.chat();
}

WORLD_STORY(Links, SeveringResetsBothEndsAndNewConnectionsAreWell)
{
    Linked pair(world);
    co_await pair.connect();
    co_await pair.chat();
    TaskGroup group(world.executor());
    std::string pending;
    group.spawn(read_until_end_into(*pair.server, pending));
    co_await sleep_for(world.clock(), 1ms);
    pair.link.sever(Close::reset);
    co_await group.join();
    EXPECT_EQ(pending, words_of_reset);
    const Error written = co_await pair.server->write("x");
    EXPECT_EQ(written, Error(asio::error::connection_reset));
    const std::string client = co_await read(*pair.client);
    EXPECT_EQ(client, words_of_reset);
    co_await pair.connect();
    co_await pair.chat();
}

WORLD_STORY(Links, SeveringWithFinEndsBothDirectionsCleanly)
{
    Linked pair(world);
    co_await pair.connect();
    co_await pair.chat();
    pair.link.sever(Close::fin);
    const std::string server = co_await read(*pair.server);
    EXPECT_EQ(server, "fin");
    const Error written = co_await pair.server->write("x");
    EXPECT_EQ(written, Error(asio::error::broken_pipe));
    const std::string client = co_await read(*pair.client);
    EXPECT_EQ(client, "fin");
}

WORLD_STORY(Links, ADelayIsAddedInEachDirectionAndKeepsTheOrder)
{
    Linked pair(world);
    co_await pair.connect();
    co_await pair.chat();
    pair.link.delay(20ms);
    const Instant start = world.clock().now();
    const Error first = co_await pair.client->write("one ");
    const Error second = co_await pair.client->write("two");
    EXPECT_FALSE(first);
    EXPECT_FALSE(second);
    std::string got;
    while (got.size() < 7) {
        const std::string some = co_await read(*pair.server);
        got += some;
    }
    EXPECT_EQ(got, "one two");
    EXPECT_GE(world.clock().now() - start, 20ms);
    co_await Linked::pass(*pair.server, *pair.client, "back");
    EXPECT_GE(world.clock().now() - start, 40ms);
    pair.server->close(Close::fin);
    const std::string end = co_await read(*pair.client);
    EXPECT_EQ(end, "fin");
    EXPECT_GE(world.clock().now() - start, 60ms);
}

WORLD_STORY(Links, ADestroyedLinkLetsGoOfWhatItHeld)
{
    auto listener = listen(world);
    auto link = std::make_unique<Link>(world.clock(), world.executor(), *listener);
    auto client = co_await world.network().connect(listener->endpoint(), never);
    auto accepted = co_await listener->accept();
    StreamPtr server = link->wrap(std::move(accepted.value()));
    EXPECT_FALSE(link->blackhole());
    const Error held = co_await server->write("held");
    EXPECT_FALSE(held);
    server.reset();
    link.reset();
    const std::string got = co_await read(*client.value());
    EXPECT_EQ(got, "held");
    const std::string end = co_await read(*client.value());
    EXPECT_EQ(end, "fin");
}

Task<void> stall_in_a_blackhole(Runtime& world)
{
    Linked pair(world);
    co_await pair.connect();
    EXPECT_FALSE(pair.link.blackhole());
    const Error held = co_await pair.server->write("held");
    EXPECT_FALSE(held);
    const std::string nothing = co_await read(*pair.client);
    ADD_FAILURE() << nothing;
}

TEST(AbandonedLinks, AWorldCanBeAbandonedInABlackhole)
{
    Simulation simulation;
    EXPECT_THROW(simulation.run(stall_in_a_blackhole(simulation)), Stalled);
}

}  // namespace
}  // namespace chaos::net
