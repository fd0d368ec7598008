// Rules of a link: what they do to real connections, in both worlds, and what the link tells of it.
#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <string>
#include <vector>

#include "net/condition.hpp"
#include "net/faults/link.hpp"
#include "net/task_group.hpp"
#include "net/watchdog.hpp"
#include "tests/net/worlds.hpp"

namespace chaos::net {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using faults::Distribution;
using faults::Done;
using faults::Link;
using faults::Rule;
using faults::SharedRule;

template <class World>
using LinkRules = InBothWorlds<World>;
TYPED_TEST_SUITE(LinkRules, BothWorlds, WorldNames);

enum class On { both, up, down };

SharedRule rule(faults::Effect effect, On on = On::both, std::string name = "rule")
{
    auto made = std::make_shared<Rule>();
    made->name = std::move(name);
    made->effect = std::move(effect);
    made->up = on != On::down;
    made->down = on != On::up;
    return made;
}

/// A client, and a server behind a link with rules.
struct Ruled {
    explicit Ruled(Runtime& w, std::vector<SharedRule> rules = {})
        : world(w), listener(listen(w)), link(w.clock(), w.executor(), *listener)
    {
        link.set_rules(std::move(rules));
        link.on_done([this](const Rule& by, const Done& done) {
            told.push_back(by.name);
            last = done;
        });
    }

    Task<void> connect()
    {
        auto connected = co_await world.network().connect(listener->endpoint(), never);
        auto accepted = co_await listener->accept();
        client = std::move(connected.value());
        server = link.wrap(std::move(accepted.value()));
    }

    Runtime& world;
    std::unique_ptr<Listener> listener;
    Link link;
    StreamPtr client;
    StreamPtr server;
    std::vector<std::string> told;
    Done last;
};

Task<void> say(Stream& stream, std::string bytes)
{
    const Error error = co_await stream.write(bytes);
    EXPECT_FALSE(error) << error.message();
}

/// All that comes, up to `size` bytes, then how it ended ("fin", an error), or "..." if it goes on.
struct Heard {
    std::string bytes;
    std::string end = "...";
    std::size_t reads = 0;
    Duration first{};
    Duration took{};
};

Task<Heard> hear(Runtime& world, Stream& stream, std::size_t size = 1 << 20)
{
    Heard heard;
    const Instant began = world.clock().now();
    std::string buffer(64 * 1024, '\0');
    while (heard.bytes.size() < size && heard.end == "...") {
        const auto count = co_await stream.read_some(buffer);
        heard.took = world.clock().now() - began;
        if (heard.reads++ == 0) heard.first = heard.took;
        if (!count) {
            heard.end = count.error().message();
        } else if (*count == 0) {
            heard.end = "fin";
        } else {
            heard.bytes.append(buffer, 0, *count);
        }
    }
    co_return heard;
}

/// Only where time is exact: a busy machine makes everything late.
void expect_early(Runtime& world, Duration took, Duration limit)
{
    if (world.simulated()) {
        EXPECT_LT(took, limit);
    }
}

/// What comes within `patience`; "..." if nothing ended.
Task<Heard> hear_for(Runtime& world, Stream& stream, Duration patience)
{
    Watchdog watchdog(world.clock(), [&stream] { stream.cancel(); });
    watchdog.arm(world.clock().now() + patience);
    Heard heard = co_await hear(world, stream);
    if (watchdog.expired()) heard.end = "...";
    co_return heard;
}

WORLD_STORY(LinkRules, LatencyHoldsEachDirectionAsLongAsItSays)
{
    Ruled pair(world, {rule(faults::Latency{30ms, {}, Distribution::fixed}, On::down)});
    co_await pair.connect();
    co_await say(*pair.client, "question");
    const Heard question = co_await hear(world, *pair.server, 8);
    expect_early(world, question.took, 25ms);
    const Instant said = world.clock().now();
    co_await say(*pair.server, "answer");
    const Heard answer = co_await hear(world, *pair.client, 6);
    EXPECT_EQ(answer.bytes, "answer");
    EXPECT_GE(world.clock().now() - said, 30ms);
    EXPECT_EQ(pair.told, std::vector<std::string>{"rule"});
    EXPECT_EQ(pair.last.bytes, 6u);
    EXPECT_GE(pair.last.held, 30ms);
    EXPECT_TRUE(pair.last.direction == faults::Direction::down);
}

WORLD_STORY(LinkRules, BandwidthLetsBytesPassAtItsRate)
{
    Ruled pair(world, {rule(faults::Bandwidth{20'000})});
    co_await pair.connect();
    TaskGroup group(world.executor());
    group.spawn(say(*pair.server, std::string(2'000, 'x')));
    const Heard heard = co_await hear(world, *pair.client, 2'000);
    co_await group.join();
    EXPECT_EQ(heard.bytes.size(), 2'000u);
    EXPECT_GE(heard.took, 99ms);
    expect_early(world, heard.first, 30ms);
    EXPECT_GE(heard.reads, world.simulated() ? 10u : 2u) << "it flows, it does not come at the end";
}

WORLD_STORY(LinkRules, WhoWritesIntoANarrowLineHasToWait)
{
    Ruled pair(world, {rule(faults::Bandwidth{50'000})});
    co_await pair.connect();
    TaskGroup group(world.executor());
    const Instant began = world.clock().now();
    Instant written{};
    const auto write = [](Stream& stream, Runtime& in, Instant& at) -> Task<void> {
        const std::string much(20'000, 'x');
        const Error error = co_await stream.write(much);
        EXPECT_FALSE(error);
        at = in.clock().now();
    };
    group.spawn(write(*pair.server, world, written));
    const Heard heard = co_await hear(world, *pair.client, 20'000);
    co_await group.join();
    EXPECT_EQ(heard.bytes.size(), 20'000u);
    EXPECT_GE(written - began, 100ms) << "a quarter of a second fits, the rest is pushed back";
    EXPECT_GE(heard.took, 390ms);
}

WORLD_STORY(LinkRules, SlicesArriveOneByOneInBothDirections)
{
    Ruled pair(world, {rule(faults::Slices{4, 0, 1ms})});
    co_await pair.connect();
    co_await say(*pair.client, "aaaabbbbcccc");
    for (const char* expected : {"aaaa", "bbbb", "cccc"}) {
        const std::string slice = co_await read(*pair.server);
        EXPECT_EQ(slice, expected);
    }
    co_await say(*pair.server, "ddddeeee");
    const Heard heard = co_await hear(world, *pair.client, 8);
    EXPECT_EQ(heard.bytes, "ddddeeee");
    EXPECT_GE(heard.reads, 2u);
    EXPECT_EQ(pair.told.size(), 1u);
}

WORLD_STORY(LinkRules, SlicesWithoutAPauseAreStillReadOneByOne)
{
    Ruled pair(world, {rule(faults::Slices{4, 0, {}}, On::up)});
    co_await pair.connect();
    co_await say(*pair.client, "aaaabbbbcc");
    pair.client->close(Close::fin);
    for (const char* expected : {"aaaa", "bbbb", "cc", "fin"}) {
        const std::string slice = co_await read(*pair.server);
        EXPECT_EQ(slice, expected);
    }
    EXPECT_EQ(pair.last.pieces, 3u);
}

WORLD_STORY(LinkRules, SlowCloseHoldsTheEndAlone)
{
    Ruled pair(world, {rule(faults::SlowClose{40ms}, On::down)});
    co_await pair.connect();
    co_await say(*pair.server, "bye");
    pair.server->close(Close::fin);
    const Heard last = co_await hear(world, *pair.client, 3);
    expect_early(world, last.took, 35ms);
    const Heard end = co_await hear(world, *pair.client);
    EXPECT_EQ(end.end, "fin");
    EXPECT_GE(last.took + end.took, 39ms);
    EXPECT_GE(pair.last.held, 40ms);
}

WORLD_STORY(LinkRules, AfterItsLimitTheConnectionEndsAndNotBefore)
{
    for (const Close how : {Close::fin, Close::reset}) {
        Ruled pair(world, {rule(faults::LimitData{7, how}, On::down)});
        co_await pair.connect();
        co_await say(*pair.server, "1234");
        co_await say(*pair.server, "5678");
        const Heard heard = co_await hear(world, *pair.client);
        EXPECT_EQ(heard.bytes, "1234567") << "what was promised arrives, whatever comes after it";
        EXPECT_EQ(heard.end, how == Close::fin ? "fin" : words_of_reset);
        const std::string own = co_await read(*pair.server);
        EXPECT_EQ(own, how == Close::fin ? "fin" : words_of_reset);
        EXPECT_EQ(pair.last.bytes, 7u);
        EXPECT_TRUE(pair.last.ended == how);
    }
}

WORLD_STORY(LinkRules, ALimitUpwardsEndsTheConnectionForItsOwner)
{
    Ruled pair(world, {rule(faults::LimitData{3, Close::fin}, On::up)});
    co_await pair.connect();
    co_await say(*pair.client, "12345");
    const Heard heard = co_await hear(world, *pair.server);
    EXPECT_EQ(heard.bytes, "123");
    EXPECT_EQ(heard.end, "fin");
    pair.server.reset();
    const Heard end = co_await hear(world, *pair.client);
    EXPECT_EQ(end.bytes, "");
}

WORLD_STORY(LinkRules, WhatIsSwallowedIsLostAndThenTheConnectionEnds)
{
    Ruled pair(world, {rule(faults::Swallow{20ms}, On::down)});
    co_await pair.connect();
    co_await say(*pair.client, "question");
    const Heard question = co_await hear(world, *pair.server, 8);
    EXPECT_EQ(question.bytes, "question");
    co_await say(*pair.server, "answer");
    const Heard heard = co_await hear(world, *pair.client);
    EXPECT_EQ(heard.bytes, "");
    EXPECT_EQ(heard.end, "fin");
    EXPECT_GE(heard.took, 19ms);
    EXPECT_EQ(pair.last.bytes, 6u);
}

WORLD_STORY(LinkRules, SwallowedForEverMeansUntilTheRuleGoes)
{
    Ruled pair(world, {rule(faults::Swallow{}, On::down)});
    co_await pair.connect();
    co_await say(*pair.server, "lost");
    const Heard silence = co_await hear_for(world, *pair.client, 20ms);
    EXPECT_EQ(silence.end, "...");
    pair.link.set_rules({});
    const Heard heard = co_await hear(world, *pair.client);
    EXPECT_EQ(heard.bytes, "");
    EXPECT_EQ(heard.end, "fin");
}

WORLD_STORY(LinkRules, ResetPeerResetsBothEndsAfterItsTime)
{
    Ruled pair(world, {rule(faults::ResetPeer{20ms}, On::down)});
    co_await pair.connect();
    co_await say(*pair.server, "lost");
    const Heard heard = co_await hear(world, *pair.client);
    EXPECT_EQ(heard.bytes, "");
    EXPECT_EQ(heard.end, words_of_reset);
    EXPECT_GE(heard.took, 19ms);
    const std::string own = co_await read(*pair.server);
    EXPECT_EQ(own, words_of_reset);
}

WORLD_STORY(LinkRules, ResetPeerResetsAlsoAConnectionThatItsOwnerHasLeft)
{
    Ruled pair(world, {rule(faults::ResetPeer{10ms}, On::down)});
    co_await pair.connect();
    co_await say(*pair.server, "lost");
    pair.server.reset();
    const Heard heard = co_await hear(world, *pair.client);
    EXPECT_EQ(heard.end, words_of_reset);
}

WORLD_STORY(LinkRules, NothingIsReadSoTheClientFillsTheBuffersAndWaits)
{
    Ruled pair(world, {rule(faults::NoRead{})});
    co_await pair.connect();
    EXPECT_EQ(pair.told.size(), 1u);
    TaskGroup group(world.executor());
    bool written = false;
    const auto write = [](Stream& stream, bool& done) -> Task<void> {
        const std::string much(24 * 1024 * 1024, 'x');
        const Error error = co_await stream.write(much);
        done = !error;
    };
    group.spawn(write(*pair.client, written));
    const Heard silence = co_await hear_for(world, *pair.server, 50ms);
    EXPECT_EQ(silence.bytes, "");
    EXPECT_FALSE(written);
    pair.link.set_rules({});
    const Heard heard = co_await hear(world, *pair.server, 24 * 1024 * 1024);
    co_await group.join();
    EXPECT_TRUE(written) << "and goes on when it is read again";
    EXPECT_EQ(heard.bytes.size(), 24u * 1024 * 1024);
}

/// A request and its answer, as an owner would tell them to the link.
Task<void> exchange(Ruled& pair)
{
    co_await say(*pair.client, "q");
    const std::string question = co_await read(*pair.server);
    EXPECT_EQ(question, "q");
    pair.link.exchange_began(1);
    co_await say(*pair.server, "a");
    pair.link.exchange_ended(1);
    const std::string answer = co_await read(*pair.client);
    EXPECT_EQ(answer, "a");
}

WORLD_STORY(LinkRules, AStaleConnectionIsResetExactlyWhenItIsUsedAgain)
{
    Ruled pair(world, {rule(faults::StaleKeepAlive{})});
    co_await pair.connect();
    co_await exchange(pair);
    EXPECT_TRUE(pair.told.empty());
    co_await say(*pair.client, "again");
    const std::string client = co_await read(*pair.client);
    EXPECT_EQ(client, words_of_reset);
    const std::string server = co_await read(*pair.server);
    EXPECT_EQ(server, words_of_reset) << "its owner never sees the second request";
    EXPECT_EQ(pair.told.size(), 1u);
}

WORLD_STORY(LinkRules, WhatPassesBeforeTheFirstExchangeIsNoReuse)
{
    Ruled pair(world, {rule(faults::StaleKeepAlive{})});
    co_await pair.connect();
    for (const char* greeting : {"hello", "certificate", "finished"}) {
        co_await say(*pair.client, greeting);
        const std::string heard = co_await read(*pair.server);
        EXPECT_EQ(heard, greeting);
        co_await say(*pair.server, "reply");
        const std::string reply = co_await read(*pair.client);
        EXPECT_EQ(reply, "reply");
    }
    co_await exchange(pair);
    EXPECT_TRUE(pair.told.empty());
}

WORLD_STORY(LinkRules, ARestingConnectionIsClosedAfterItsTimeButNotWhileItWorks)
{
    Ruled pair(world, {rule(faults::StaleKeepAlive{150ms})});
    co_await pair.connect();
    co_await exchange(pair);
    co_await exchange(pair);
    const Heard rest = co_await hear(world, *pair.client);
    EXPECT_EQ(rest.end, "fin");
    EXPECT_GE(rest.took, 140ms);
    EXPECT_TRUE(pair.last.ended == Close::fin);
}

WORLD_STORY(LinkRules, RulesMeetConnectionsThatWereOpenBeforeThem)
{
    Ruled pair(world);
    co_await pair.connect();
    co_await exchange(pair);
    pair.link.set_rules({rule(faults::Latency{20ms, {}, Distribution::fixed})});
    const Instant began = world.clock().now();
    co_await exchange(pair);
    EXPECT_GE(world.clock().now() - began, 40ms);
    pair.link.set_rules({});
    co_await exchange(pair);
}

WORLD_STORY(LinkRules, WhatIsHeldPassesWhenItsRuleGoes)
{
    Ruled pair(world, {rule(faults::Bandwidth{0})});
    co_await pair.connect();
    co_await say(*pair.server, "held");
    EXPECT_EQ(pair.told.size(), 1u);
    const Heard silence = co_await hear_for(world, *pair.client, 10ms);
    EXPECT_EQ(silence.bytes, "");
    pair.link.set_rules({rule(faults::Latency{1h, {}, Distribution::fixed})});
    const Heard still = co_await hear_for(world, *pair.client, 10ms);
    EXPECT_EQ(still.bytes, "");
    pair.link.set_rules({});
    const Heard heard = co_await hear(world, *pair.client, 4);
    EXPECT_EQ(heard.bytes, "held");
}

WORLD_STORY(LinkRules, TellOfAConnectionThatTheirDiceSpared)
{
    auto spared = std::make_shared<Rule>();
    spared->name = "unlikely";
    spared->effect = faults::Latency{1h, {}, Distribution::fixed};
    spared->likelihood = 0;
    Ruled pair(world, {spared});
    co_await pair.connect();
    EXPECT_TRUE(pair.told.empty()) << "no bytes, no occasion";
    co_await exchange(pair);
    EXPECT_EQ(pair.told, std::vector<std::string>{"unlikely"});
    EXPECT_FALSE(pair.last.fell);
}

WORLD_STORY(LinkRules, CountConnectionsAsTheOwnerDoes)
{
    auto second = std::make_shared<Rule>();
    second->name = "second";
    second->effect = faults::LimitData{0, Close::fin};
    second->first_connection = 2;
    Ruled pair(world, {second});
    co_await pair.connect();
    co_await exchange(pair);
    auto connected = co_await world.network().connect(pair.listener->endpoint(), never);
    auto accepted = co_await pair.listener->accept();
    const StreamPtr late = pair.link.wrap(std::move(accepted.value()), 2);
    co_await say(*late, "never seen");
    const Heard heard = co_await hear(world, *connected.value());
    EXPECT_EQ(heard.bytes, "");
    EXPECT_EQ(pair.last.connection, 2u);
}

WORLD_STORY(LinkRules, ADestroyedLinkEndsWhatItHadLostAndFreesTheRest)
{
    auto listener = listen(world);
    auto link = std::make_unique<Link>(world.clock(), world.executor(), *listener);
    link->set_rules({rule(faults::Swallow{}, On::down), rule(faults::Latency{1h, {}, Distribution::fixed}, On::up)});
    auto client = co_await world.network().connect(listener->endpoint(), never);
    auto accepted = co_await listener->accept();
    const StreamPtr server = link->wrap(std::move(accepted.value()));
    co_await say(*server, "lost");
    link.reset();
    const std::string end = co_await read(*client.value());
    EXPECT_EQ(end, "fin");
}

}  // namespace
}  // namespace chaos::net
