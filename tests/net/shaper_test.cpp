// When pieces may go on: what each effect does alone, and that effects act one after the other.
#include "net/faults/shaper.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace chaos::net::faults {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

SharedRule rule(std::string name, Effect effect)
{
    auto made = std::make_shared<Rule>();
    made->name = std::move(name);
    made->effect = std::move(effect);
    return made;
}

Instant at(int ms)
{
    return Instant{} + milliseconds(ms);
}

std::size_t total(const std::vector<Piece>& pieces)
{
    return std::accumulate(pieces.begin(), pieces.end(), std::size_t{0},
                           [](std::size_t sum, const Piece& piece) { return sum + piece.size; });
}

Shaper shaper_with(const std::vector<SharedRule>& rules)
{
    Shaper shaper(Direction::down, 1);
    shaper.set_rules(rules);
    return shaper;
}

TEST(Shaper, WithoutRulesLetsEverythingPassAtOnce)
{
    Shaper shaper = shaper_with({});
    EXPECT_TRUE(shaper.idle());
    const auto pieces = shaper.shape(1000, at(5), 1);
    ASSERT_EQ(pieces.size(), 1U);
    EXPECT_EQ(pieces[0].due, at(5));
}

TEST(Shaper, ActsOnItsDirectionAlone)
{
    auto upwards = std::make_shared<Rule>();
    upwards->effect = Latency{milliseconds(10), {}, Distribution::fixed};
    upwards->down = false;
    EXPECT_TRUE(shaper_with({upwards}).idle());
}

TEST(Shaper, LatencyHoldsEachParcelAndKeepsTheOrder)
{
    Shaper shaper = shaper_with({rule("lag", Latency{milliseconds(100), milliseconds(90), Distribution::uniform})});
    Instant last{};
    for (std::uint64_t parcel = 1; parcel <= 200; ++parcel) {
        const Instant arrived = at(static_cast<int>(parcel));
        const auto pieces = shaper.shape(10, arrived, parcel);
        ASSERT_EQ(pieces.size(), 1U);
        EXPECT_GE(pieces[0].due, last);
        EXPECT_GE(pieces[0].due - arrived, milliseconds(10));
        last = pieces[0].due;
    }
}

TEST(Shaper, TheSameDiceFallForTheSameParcelAndConnection)
{
    const auto lag = rule("lag", Latency{milliseconds(100), milliseconds(90), Distribution::normal});
    Shaper one = shaper_with({lag});
    Shaper again = shaper_with({lag});
    Shaper another(Direction::down, 2);
    another.set_rules({lag});
    EXPECT_EQ(one.shape(10, at(0), 1)[0].due, again.shape(10, at(0), 1)[0].due);
    EXPECT_NE(shaper_with({lag}).shape(10, at(0), 1)[0].due, another.shape(10, at(0), 1)[0].due);
}

TEST(Shaper, BandwidthPacesEvenly)
{
    Shaper shaper = shaper_with({rule("narrow", Bandwidth{10'000})});
    const auto pieces = shaper.shape(2'000, at(0), 1);
    EXPECT_EQ(total(pieces), 2'000U);
    std::size_t passed = 0;
    for (const Piece& piece : pieces) {
        passed += piece.size;
        EXPECT_EQ(piece.due, Instant{} + Duration(std::chrono::microseconds(100)) * static_cast<int>(passed));
        EXPECT_LE(piece.size, 50U) << "five milliseconds of the line";
    }
    EXPECT_EQ(shaper.shape(100, at(0), 2).back().due, at(210)) << "what comes later waits for what came before";
    EXPECT_EQ(shaper.shape(100, at(1000), 3).back().due, at(1010)) << "a line that rested owes nothing";
}

TEST(Shaper, BandwidthOfNothingHoldsForEver)
{
    Shaper shaper = shaper_with({rule("cut", Bandwidth{0}), rule("lag", Latency{seconds(1), {}, Distribution::fixed})});
    EXPECT_EQ(shaper.shape(10, at(0), 1).back().due, never);
    EXPECT_EQ(shaper.end(at(0), 2), never);
}

TEST(Shaper, SlicesHaveTheirSizesAndPauses)
{
    Shaper shaper = shaper_with({rule("slices", Slices{10, 3, milliseconds(2)})});
    const auto pieces = shaper.shape(1'000, at(0), 1);
    EXPECT_EQ(total(pieces), 1'000U);
    for (std::size_t nth = 0; nth < pieces.size(); ++nth) {
        EXPECT_EQ(pieces[nth].due, at(2 * static_cast<int>(nth)));
        if (nth + 1 < pieces.size()) {
            EXPECT_GE(pieces[nth].size, 7U);
            EXPECT_LE(pieces[nth].size, 13U);
        }
    }
    EXPECT_NEAR(static_cast<double>(pieces.size()), 100, 8);
}

TEST(Shaper, SlowCloseHoldsTheEndAndNothingElse)
{
    Shaper shaper = shaper_with({rule("slow", SlowClose{seconds(2)})});
    EXPECT_EQ(shaper.shape(10, at(0), 1)[0].due, at(0));
    EXPECT_EQ(shaper.end(at(1), 2), at(2001));
}

TEST(Shaper, EffectsActOneAfterTheOther)
{
    Shaper shaper = shaper_with({rule("lag", Latency{milliseconds(100), {}, Distribution::fixed}),
                                 rule("narrow", Bandwidth{1'000}), rule("slow", SlowClose{milliseconds(50)})});
    EXPECT_EQ(shaper.shape(100, at(0), 1).back().due, at(200));
    EXPECT_EQ(shaper.end(at(0), 2), at(250)) << "the end stays behind the bytes";
}

TEST(Shaper, ForgetsWhatItPromisedWhenRewound)
{
    Shaper shaper = shaper_with({rule("narrow", Bandwidth{1'000})});
    shaper.shape(1'000, at(0), 1);
    shaper.rewind(at(10));
    EXPECT_EQ(shaper.shape(10, at(0), 1).back().due, at(20));
}

TEST(Shaper, ARuleWithOtherNumbersKeepsItsPlaceInTime)
{
    Shaper shaper = shaper_with({rule("narrow", Bandwidth{1'000})});
    shaper.shape(1'000, at(0), 1);
    EXPECT_TRUE(shaper.set_rules({rule("narrow", Bandwidth{10'000})}));
    EXPECT_EQ(shaper.shape(10, at(0), 2).back().due, at(1001));
}

TEST(Shaper, HoldsMoreOnALongLineAndLessOnANarrowOne)
{
    const auto lag = rule("lag", Latency{seconds(1), {}, Distribution::fixed});
    EXPECT_EQ(shaper_with({}).most_held(), 64U * 1024);
    EXPECT_EQ(shaper_with({lag}).most_held(), 1024U * 1024);
    EXPECT_EQ(shaper_with({lag, rule("narrow", Bandwidth{20'000})}).most_held(), 5'000U);
    EXPECT_EQ(shaper_with({rule("narrow", Bandwidth{10})}).most_held(), 1024U);
}

TEST(Rules, PickConnectionsByOrdinalAndDice)
{
    Rule rule;
    rule.first_connection = 3;
    rule.last_connection = 5;
    EXPECT_FALSE(picks(rule, 2));
    EXPECT_TRUE(picks(rule, 3));
    EXPECT_TRUE(picks(rule, 5));
    EXPECT_FALSE(picks(rule, 6));
    rule = {};
    rule.likelihood = 250'000;
    rule.chance = Chance(3).about("die");
    int picked = 0;
    for (std::uint64_t connection = 1; connection <= 4'000; ++connection) picked += picks(rule, connection) ? 1 : 0;
    EXPECT_NEAR(picked, 1'000, 80);
}

}  // namespace
}  // namespace chaos::net::faults
