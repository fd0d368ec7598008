// What each toxic means for a link: units, directions, dice.
#include "harness/toxiproxy/toxic.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace chaos::harness::toxiproxy {
namespace {

using namespace std::chrono_literals;
namespace faults = net::faults;

Toxic toxic(const std::string& json)
{
    Toxic read;
    const auto problem = read_toxic(nlohmann::ordered_json::parse(json), read);
    EXPECT_FALSE(problem) << problem->message;
    return read;
}

faults::SharedRule rule(const std::string& json)
{
    return rule_of(toxic(json), net::Chance(1).about("primary"));
}

template <class Effect>
Effect effect(const std::string& json)
{
    return std::get<Effect>(rule(json)->effect);
}

TEST(Toxics, AreInMillisecondsKilobytesAndBytes)
{
    const auto latency = effect<faults::Latency>(R"({"type":"latency","attributes":{"latency":100,"jitter":30}})");
    EXPECT_EQ(latency.of, 100ms);
    EXPECT_EQ(latency.jitter, 30ms);
    EXPECT_TRUE(latency.distribution == faults::Distribution::uniform);
    EXPECT_TRUE(effect<faults::Latency>(R"({"type":"latency"})").distribution == faults::Distribution::fixed);
    EXPECT_EQ(effect<faults::Bandwidth>(R"({"type":"bandwidth","attributes":{"rate":20}})").bytes_per_second, 20'000U);
    EXPECT_EQ(effect<faults::SlowClose>(R"({"type":"slow_close","attributes":{"delay":70}})").by, 70ms);
    EXPECT_EQ(effect<faults::ResetPeer>(R"({"type":"reset_peer","attributes":{"timeout":5}})").after, 5ms);
    const auto limit = effect<faults::LimitData>(R"({"type":"limit_data","attributes":{"bytes":9}})");
    EXPECT_EQ(limit.bytes, 9U);
    EXPECT_TRUE(limit.how == net::Close::fin);
}

TEST(Toxics, ATimeoutOfNothingNeverEnds)
{
    EXPECT_EQ(effect<faults::Swallow>(R"({"type":"timeout","attributes":{"timeout":0}})").ends_after, std::nullopt);
    EXPECT_EQ(effect<faults::Swallow>(R"({"type":"timeout","attributes":{"timeout":1500}})").ends_after, 1500ms);
}

TEST(Toxics, ASlicerPausesForMicroseconds)
{
    const auto slices = effect<faults::Slices>(
        R"({"type":"slicer","attributes":{"average_size":64,"size_variation":8,"delay":250}})");
    EXPECT_EQ(slices.size, 64U);
    EXPECT_EQ(slices.variation, 8U);
    EXPECT_EQ(slices.pause, 250us);
}

TEST(Toxics, ActOnOneStream)
{
    EXPECT_FALSE(rule(R"({"type":"timeout"})")->up);
    EXPECT_TRUE(rule(R"({"type":"timeout"})")->down);
    EXPECT_TRUE(rule(R"({"type":"timeout","stream":"upstream"})")->up);
    EXPECT_FALSE(rule(R"({"type":"timeout","stream":"upstream"})")->down);
}

TEST(Toxics, PickConnectionsByTheirNamesDice)
{
    const auto picked = [](const std::string& json) {
        std::vector<bool> picks;
        for (std::uint64_t connection = 1; connection <= 64; ++connection) {
            picks.push_back(faults::picks(*rule(json), connection));
        }
        return picks;
    };
    const auto half = picked(R"({"type":"timeout","toxicity":0.5})");
    EXPECT_EQ(half, picked(R"({"type":"timeout","toxicity":0.5,"stream":"downstream"})"));
    EXPECT_NE(half, picked(R"({"type":"timeout","toxicity":0.5,"name":"another"})"));
    EXPECT_EQ(std::count(half.begin(), half.end(), true) > 16, true);
    EXPECT_EQ(picked(R"({"type":"timeout","toxicity":0})"), std::vector<bool>(64, false));
}

TEST(Toxics, KeepWhatAnUpdateDoesNotName)
{
    Toxic changed = toxic(R"({"type":"latency","attributes":{"latency":100,"jitter":30},"toxicity":0.25})");
    EXPECT_FALSE(update_toxic(nlohmann::ordered_json::parse(R"({"attributes":{"jitter":0}})"), changed));
    EXPECT_EQ(to_json(changed).dump(),
              R"({"attributes":{"latency":100,"jitter":0},"name":"latency_downstream","type":"latency",)"
              R"("stream":"downstream","toxicity":0.25})");
    EXPECT_TRUE(update_toxic(nlohmann::ordered_json::parse(R"({"attributes":{"jitter":-1}})"), changed));
    EXPECT_EQ(changed.attributes.at(1).second, 0) << "nothing changes when something is wrong";
}

}  // namespace
}  // namespace chaos::harness::toxiproxy
