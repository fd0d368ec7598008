// Faults that wait for something: other faults, requests, effects; and the windows that count from then.
#include "mock_providers/witness.hpp"

#include "mock_providers/fate.hpp"
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

FaultSpec fault_after(const std::string& selectors, const std::string& inject = "rate_limit")
{
    config::Complaints complaints("test.yaml");
    const std::string yaml = "{target: primary, " + selectors + ", inject: " + inject + "}";
    FaultSpec spec = faults::read_fault(*config::parse(yaml, complaints), complaints, {"primary", "backup"},
                                        {"write_file", "send_email"}, 1);
    EXPECT_TRUE(complaints.empty()) << yaml << ": " << (complaints.empty() ? "" : complaints.sorted().front().text);
    return spec;
}

Occasion occasion_at(net::Duration since_zero, std::uint64_t ordinal = 1)
{
    Occasion occasion;
    occasion.at = since_zero;
    occasion.ordinal = ordinal;
    occasion.task = "quiet-amber-otter-t07";
    return occasion;
}

TEST(After, AnotherFaultHasHappened)
{
    Milestones milestones;
    const FaultSpec late = fault_after("after: {fault: first}");
    EXPECT_FALSE(matches(late, occasion_at(seconds(1)), &milestones));
    milestones.fault_happened("first", seconds(2));
    milestones.fault_happened("first", seconds(9));
    EXPECT_FALSE(matches(late, occasion_at(seconds(1)), &milestones));
    EXPECT_TRUE(matches(late, occasion_at(seconds(2)), &milestones));
    EXPECT_TRUE(matches(late, occasion_at(seconds(20)), &milestones));
    EXPECT_FALSE(matches(late, occasion_at(seconds(20)))) << "without milestones it waits for ever";
}

TEST(After, ItsWindowCountsFromThen)
{
    Milestones milestones;
    milestones.effect_performed("send_email", seconds(10));
    const FaultSpec window = fault_after("after: {effect: send_email}, from: 1s, until: 3s");
    EXPECT_FALSE(matches(window, occasion_at(seconds(10)), &milestones));
    EXPECT_TRUE(matches(window, occasion_at(seconds(11)), &milestones));
    EXPECT_TRUE(matches(window, occasion_at(seconds(13) - net::Duration(1)), &milestones));
    EXPECT_FALSE(matches(window, occasion_at(seconds(13)), &milestones));
}

TEST(After, SoManyRequestsItIsTheNextOne)
{
    Milestones milestones;
    const FaultSpec own = fault_after("after: {requests: 2}");
    milestones.request_received("primary", seconds(1));
    EXPECT_FALSE(matches(own, occasion_at(seconds(1), 1), &milestones));
    milestones.request_received("primary", seconds(2));
    EXPECT_FALSE(matches(own, occasion_at(seconds(2), 2), &milestones)) << "the second one completes the count";
    milestones.request_received("primary", seconds(3));
    EXPECT_TRUE(matches(own, occasion_at(seconds(3), 3), &milestones));

    const FaultSpec elsewhere = fault_after("after: {requests: 1, on: backup}");
    EXPECT_FALSE(matches(elsewhere, occasion_at(seconds(3), 3), &milestones));
    milestones.request_received("backup", seconds(4));
    EXPECT_TRUE(matches(elsewhere, occasion_at(seconds(4), 1), &milestones))
        << "ordinals of another provider say nothing";
}

TEST(Fate, TellsWhenTheWindowOfAWaitingFaultCloses)
{
    Milestones milestones;
    milestones.fault_happened("first", seconds(2));
    Fate fate(
        {fault_after("after: {fault: first}, until: 3s"), fault_after("from: 0s, flap: {up: 4s, down: 6s}", "slow")},
        net::Chance(1));
    fate.follow(milestones);
    const auto casts = fate.decide(occasion_at(seconds(4)));
    ASSERT_EQ(casts.size(), 1U);
    EXPECT_EQ(casts[0].closes, seconds(5));
    const auto later = fate.decide(occasion_at(seconds(5)));
    ASSERT_EQ(later.size(), 1U);
    EXPECT_EQ(later[0].closes, seconds(6));
}

TEST(Selectors, MatchHeadersAndTasks)
{
    const net::http::Headers headers = {{"X-Tenant", "blue"}, {"x-other", "1"}};
    Occasion occasion = occasion_at(seconds(0));
    const FaultSpec blue = fault_after("header: {x-tenant: blue}");
    EXPECT_FALSE(matches(blue, occasion)) << "no headers at all";
    occasion.headers = &headers;
    EXPECT_TRUE(matches(blue, occasion));
    EXPECT_FALSE(matches(fault_after("header: {x-tenant: green}"), occasion));
    EXPECT_TRUE(matches(fault_after("header: {x-tenant: blue, X-Other: \"1\"}"), occasion));
    EXPECT_FALSE(matches(fault_after("header: {x-tenant: blue, x-missing: \"1\"}"), occasion));
    EXPECT_TRUE(matches(fault_after("task: 7"), occasion));
    EXPECT_TRUE(matches(fault_after("task: 5.."), occasion));
    EXPECT_FALSE(matches(fault_after("task: 1..6"), occasion));
    occasion.task.clear();
    EXPECT_FALSE(matches(fault_after("task: 1.."), occasion)) << "a stranger's";
}

TEST(Dice, OfARampFallMoreOftenAsItGrows)
{
    Fate fate({fault_after("from: 0s, chance: 100%, ramp: {over: 10s}", "status")}, net::Chance(1));
    const auto fallen = [&](net::Duration when) {
        int count = 0;
        for (std::uint64_t nth = 1; nth <= 1000; ++nth) {
            Occasion occasion = occasion_at(when, nth);
            occasion.nth_try = nth;
            count += fate.decide(occasion).front().fell ? 1 : 0;
        }
        return count;
    };
    EXPECT_EQ(fallen(seconds(0)), 0);
    EXPECT_NEAR(fallen(seconds(2)), 200, 50);
    EXPECT_NEAR(fallen(seconds(8)), 800, 50);
    EXPECT_EQ(fallen(seconds(10)), 1000);
}

/// A provider with a witness, asked at the given times after clock zero.
net::Task<void> ask_after(net::Runtime& world, Provider& provider, Witness& witness, std::vector<net::Duration> times,
                          net::Duration listens, std::vector<Heard>& heard)
{
    net::TaskGroup serving(world.executor());
    serving.spawn(provider.serve());
    const net::Instant zero = world.clock().now();
    witness.start_clock(zero);
    provider.start_clock(zero);
    for (const net::Duration when : times) {
        co_await net::sleep_until(world.clock(), zero + when);
        Ask ask = briefly(post(chat_body(0, false)), listens);
        ask.to = provider.endpoint();
        Heard one = co_await converse(world, ask);
        heard.push_back(std::move(one));
    }
    provider.stop();
    co_await serving.join();
}

Told tell_after(net::Runtime& world, const std::vector<std::string>& faults, std::vector<net::Duration> times,
                net::Duration listens = milliseconds(100))
{
    Notebook notebook;
    Witness witness(world.clock(), notebook);
    Provider provider(world, primary(), read_faults(faults), net::Chance(1), some_task().run, witness);
    provider.follow(witness);
    Told told;
    world.run(ask_after(world, provider, witness, std::move(times), listens, told.heard));
    told.notes = notebook.lines;
    return told;
}

template <class World>
class Waiting : public ::testing::Test {
protected:
    World world_;
};
TYPED_TEST_SUITE(Waiting, BothWorlds, WorldNames);

TYPED_TEST(Waiting, FaultsOfRequestsAndOfConnectionsFollowOneAnother)
{
    const Told told =
        tell_after(this->world_.runtime,
                   {"{target: primary, requests: 2, inject: {status: {code: 503}}}",
                    "{target: primary, after: {fault: status}, until: 1s, inject: refuse}"},
                   {milliseconds(0), milliseconds(250), milliseconds(600), milliseconds(1800)}, seconds(5));
    EXPECT_EQ(told.heard.at(0).status, 200);
    EXPECT_EQ(told.heard.at(1).status, 503);
    EXPECT_EQ(told.heard.at(2).ending, "no connection: Connection refused");
    EXPECT_EQ(told.heard.at(3).status, 200);
    EXPECT_TRUE(told.noted("refuse armed on primary: our own connect was refused"));
    EXPECT_TRUE(told.noted("refuse released on primary"));
}

TEST(Flapping, OpensAndClosesTheWeatherByTurns)
{
    SimulatedWorld world;
    const Told told =
        tell_after(world.runtime, {"{target: primary, from: 1s, until: 10s, flap: {up: 3s, down: 1s}, inject: refuse}"},
                   {milliseconds(500), milliseconds(1500), milliseconds(2500), milliseconds(5500), milliseconds(6500),
                    milliseconds(9500), milliseconds(11'000)});
    std::vector<int> statuses;
    for (const Heard& heard : told.heard) statuses.push_back(heard.status);
    EXPECT_EQ(statuses, (std::vector<int>{200, 0, 200, 0, 200, 0, 200}));
    EXPECT_EQ(std::count(told.notes.begin(), told.notes.end(), "refuse released on primary"), 3);
}

TEST(Flapping, ReleasesWhatItHeldAtTheEndOfTheTurn)
{
    SimulatedWorld world;
    const Told told = tell_after(world.runtime,
                                 {"{target: primary, flap: {up: 10s, down: 50ms}, inject: {blackhole: {at: request}}}"},
                                 {milliseconds(10)});
    EXPECT_EQ(told.heard.at(0).status, 200) << "the turn ends before the client leaves";
}

}  // namespace
}  // namespace chaos::mock_providers
