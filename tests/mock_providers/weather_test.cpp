// Windows in which connects are refused or never answered: what a client meets, and what is told about it, in both
// worlds.
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

/// One request at each of the given times after clock zero.
net::Task<void> ask_in_weather(net::Runtime& world, Provider& provider, std::vector<std::pair<net::Duration, Ask>> asks,
                               std::vector<Heard>& heard)
{
    net::TaskGroup serving(world.executor());
    serving.spawn(provider.serve());
    const net::Instant zero = world.clock().now();
    provider.start_clock(zero);
    for (auto& [at, ask] : asks) {
        co_await net::sleep_until(world.clock(), zero + at);
        ask.to = provider.endpoint();
        Heard one = co_await converse(world, ask);
        heard.push_back(std::move(one));
    }
    provider.stop();
    co_await serving.join();
}

Told tell_in_weather(net::Runtime& world, const std::vector<std::string>& faults,
                     std::vector<std::pair<net::Duration, Ask>> asks, const ProviderSpec& spec = primary())
{
    Notebook notebook;
    Provider provider(world, spec, read_faults(faults), net::Chance(1), some_task().run, notebook);
    Told told;
    world.run(ask_in_weather(world, provider, std::move(asks), told.heard));
    told.notes = notebook.lines;
    return told;
}

Ask plain_ask()
{
    return post(chat_body(0, false));
}

template <class World>
class Weathers : public ::testing::Test {
protected:
    World world_;
};
TYPED_TEST_SUITE(Weathers, BothWorlds, WorldNames);

TYPED_TEST(Weathers, a_blackhole_leaves_connects_without_an_answer)
{
    const Told told = tell_in_weather(this->world_.runtime, {"{target: primary, from: 0s, inject: blackhole}"},
                                      {{milliseconds(30), briefly(plain_ask(), milliseconds(400))}});
    // Long enough for a pending connect to be seen in the kernel's table, which is looked at every 100ms.
    EXPECT_EQ(told.heard.at(0).ending, "no connection: Connection timed out");
    EXPECT_TRUE(told.noted("blackhole armed on primary: our own connect was not answered"));
    EXPECT_TRUE(told.noted("blackhole falls on primary"));
    EXPECT_TRUE(told.noted("blackhole contacted to primary: a connect, or bytes on an open connection, met silence"));
}

TYPED_TEST(Weathers, a_blackhole_that_ends_lets_the_waiting_connect_through)
{
    const Told told = tell_in_weather(this->world_.runtime, {"{target: primary, until: 80ms, inject: blackhole}"},
                                      {{milliseconds(30), plain_ask()}});
    EXPECT_EQ(told.heard.at(0).status, 200) << told.heard.at(0).ending;
    EXPECT_TRUE(told.noted("blackhole released on primary"));
}

TYPED_TEST(Weathers, refuse)
{
    const Told told = tell_in_weather(this->world_.runtime, {"{target: primary, until: 300ms, inject: refuse}"},
                                      {{milliseconds(30), plain_ask()}, {milliseconds(400), plain_ask()}});
    EXPECT_EQ(told.heard.at(0).ending, "no connection: Connection refused");
    EXPECT_EQ(told.heard.at(1).status, 200);
    EXPECT_TRUE(told.noted("refuse armed on primary: our own connect was refused"));
    EXPECT_TRUE(told.noted("refuse released on primary"));
}

/// A stream of some 900ms, in whose middle the weather changes.
ProviderSpec leisurely()
{
    ProviderSpec spec = primary();
    spec.pace.first_token = milliseconds(5);
    spec.pace.between_tokens = milliseconds(24);
    return spec;
}

TYPED_TEST(Weathers, a_blackhole_silences_open_connections_and_loses_nothing)
{
    const Told told =
        tell_in_weather(this->world_.runtime, {"{target: primary, from: 180ms, until: 900ms, inject: blackhole}"},
                        {{milliseconds(0), post(chat_body(3, true))}}, leisurely());
    const Heard& heard = told.heard.at(0);
    EXPECT_TRUE(heard.whole);
    EXPECT_GE(heard.took, milliseconds(700)) << "it began a little after the clock";
    EXPECT_TRUE(told.noted("blackhole contacted to primary: a connect, or bytes on an open connection, met silence"));
}

TYPED_TEST(Weathers, a_blackhole_for_new_connections_leaves_the_open_ones_alone)
{
    const Told told = tell_in_weather(
        this->world_.runtime, {"{target: primary, from: 180ms, inject: {blackhole: {new_connections_only: true}}}"},
        {{milliseconds(0), post(chat_body(3, true))}}, leisurely());
    EXPECT_TRUE(told.heard.at(0).whole);
    EXPECT_FALSE(told.noted("blackhole falls on primary"));
}

TYPED_TEST(Weathers, refuse_resets_open_connections)
{
    const Told told = tell_in_weather(this->world_.runtime, {"{target: primary, from: 180ms, inject: refuse}"},
                                      {{milliseconds(0), post(chat_body(3, true))}}, leisurely());
    EXPECT_FALSE(told.heard.at(0).whole);
    EXPECT_EQ(told.heard.at(0).ending, "RST");
}

/// As on a machine that was busy elsewhere meanwhile.
net::Task<void> serve_after_the_window(net::Runtime& world, Provider& provider, Heard& heard)
{
    provider.start_clock(world.clock().now());
    co_await net::sleep_for(world.clock(), milliseconds(200));
    net::TaskGroup serving(world.executor());
    serving.spawn(provider.serve());
    co_await net::sleep_for(world.clock(), milliseconds(100));
    Ask ask = plain_ask();
    ask.to = provider.endpoint();
    heard = co_await converse(world, ask);
    provider.stop();
    co_await serving.join();
}

TYPED_TEST(Weathers, a_window_that_is_over_before_anybody_looked_is_over)
{
    Notebook notebook;
    Provider provider(this->world_.runtime, primary(), read_faults({"{target: primary, until: 80ms, inject: blackhole}"}),
                      net::Chance(1), some_task().run, notebook);
    Heard heard;
    this->world_.runtime.run(serve_after_the_window(this->world_.runtime, provider, heard));
    EXPECT_EQ(heard.status, 200) << heard.ending;
    EXPECT_NE(std::find(notebook.lines.begin(), notebook.lines.end(), "blackhole released on primary"), notebook.lines.end());
}

TEST(Weather, is_contacted_by_each_refused_connect_in_simulation)
{
    net::Simulation world;
    const Told told = tell_in_weather(world, {"{target: primary, until: 1s, inject: refuse}"},
                                      {{milliseconds(300), plain_ask()}, {milliseconds(500), plain_ask()}});
    EXPECT_EQ(std::count(told.notes.begin(), told.notes.end(), "refuse contacted to primary: a connect was refused"),
              2);
}

TEST(Weather, is_told_in_its_order)
{
    net::Simulation world;
    const Told told = tell_in_weather(world,
                                      {"{target: primary, from: 1s, until: 3s, inject: blackhole}",
                                       "{target: primary, from: 2s, until: 4s, inject: refuse}"},
                                      {{milliseconds(5000), plain_ask()}});
    const std::vector<std::string> changes(told.notes.begin(), told.notes.begin() + 4);
    const std::vector<std::string> expected = {
        "blackhole armed on primary: our own connect was not answered", "blackhole released on primary",
        "refuse armed on primary: our own connect was refused", "refuse released on primary"};
    EXPECT_EQ(changes, expected);
    EXPECT_EQ(told.heard.at(0).status, 200);
}

TEST(Weather, changes_with_faults_that_come_and_go)
{
    net::Simulation world;
    Notebook notebook;
    Provider provider(world, primary(), {}, net::Chance(1), some_task().run, notebook);
    const auto story = [](net::Runtime& in, Provider& at) -> net::Task<void> {
        at.expect_other_faults();
        net::TaskGroup serving(in.executor());
        serving.spawn(at.serve());
        at.start_clock(in.clock().now());
        at.replace_faults(shared(read_faults({"{target: primary, from: 0s, inject: refuse}"})));
        co_await net::sleep_for(in.clock(), seconds(1));
        Ask ask = plain_ask();
        ask.to = at.endpoint();
        const Heard refused = co_await converse(in, ask);
        EXPECT_TRUE(refused.ending.starts_with("no connection")) << refused.ending;
        at.replace_faults(shared(read_faults({"{target: primary, from: 5s, until: 6s, inject: refuse}"})));
        co_await net::sleep_for(in.clock(), seconds(1));
        const Heard before = co_await converse(in, ask);
        EXPECT_EQ(before.status, 200);
        co_await net::sleep_until(in.clock(), net::Instant{} + milliseconds(5500));
        const Heard within = co_await converse(in, ask);
        EXPECT_TRUE(within.ending.starts_with("no connection")) << within.ending;
        at.replace_faults({});
        co_await net::sleep_for(in.clock(), milliseconds(1));
        const Heard after = co_await converse(in, ask);
        EXPECT_EQ(after.status, 200);
        at.stop();
        co_await serving.join();
    };
    world.run(story(world, provider));
}

TEST(Weather, waits_for_the_clock)
{
    net::Simulation world;
    Notebook notebook;
    Provider provider(world, primary(), read_faults({"{target: primary, from: 0s, inject: refuse}"}), net::Chance(1),
                      some_task().run, notebook);
    const auto story = [](net::Runtime& in, Provider& at) -> net::Task<void> {
        net::TaskGroup serving(in.executor());
        serving.spawn(at.serve());
        co_await net::sleep_for(in.clock(), seconds(10));
        Ask ask = plain_ask();
        ask.to = at.endpoint();
        const Heard heard = co_await converse(in, ask);
        EXPECT_EQ(heard.status, 200);
        at.stop();
        co_await serving.join();
    };
    world.run(story(world, provider));
    EXPECT_EQ(notebook.lines.size(), 3U);
}

}  // namespace
}  // namespace chaos::mock_providers
