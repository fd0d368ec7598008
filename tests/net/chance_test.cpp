// Keyed chance: golden numbers (equal on every machine and compiler), independence of keys, even distribution.
#include "net/chance.hpp"

#include <gtest/gtest.h>

#include <array>

namespace chaos::net {
namespace {

using namespace std::chrono_literals;

struct Golden {
    Chance chance;
    std::uint64_t bits;
    std::uint64_t below_six;
    std::uint64_t below_a_million;
    std::uint64_t below_large;
};

/// Computed by an independent implementation; the first is splitmix64's published first output for seed 0.
const std::array<Golden, 6> golden{{
    {Chance(0), 0xe220a8397b1dcdaf, 5, 883310, 883310808213642687},
    {Chance(1), 0x910a2dec89025cc1, 3, 566561, 566561575172280963},
    {Chance(1).about("primary"), 0x3c518d733b2a96f3, 1, 235619, 235619392998311347},
    {Chance(1).about(7), 0x1806af395028f727, 0, 93851, 93851996891462496},
    {Chance(1).about("primary").about(7), 0x076db198b7d0fabe, 0, 29017, 29017543587375554},
    {Chance(1).about(7).about("primary"), 0x5c420ba7a8ba1253, 2, 360382, 360382774765391189},
}};

TEST(Chance, GoldenNumbers)
{
    for (const Golden& expected : golden) {
        EXPECT_EQ(expected.chance.bits(), expected.bits);
        EXPECT_EQ(expected.chance.below(6), expected.below_six);
        EXPECT_EQ(expected.chance.below(1'000'000), expected.below_a_million);
        EXPECT_EQ(expected.chance.below(1'000'000'000'000'000'003), expected.below_large);
    }
}

TEST(Chance, StableHashGoldenNumbers)
{
    EXPECT_EQ(stable_hash(""), 0xf52a15e9a9b5e89b);
    EXPECT_EQ(stable_hash("a"), 0x5f29c2aadd9b8527);
    EXPECT_EQ(stable_hash("primary"), 0x50b00ecc89b6ffd2);
    EXPECT_NE(stable_hash("primary", 1), stable_hash("primary", 2));
}

TEST(Chance, TheSameKeyAlwaysGivesTheSameAnswer)
{
    const Chance chance = Chance(42).about("backup").about(3);
    EXPECT_EQ(chance.bits(), Chance(42).about("backup").about(3).bits());
    EXPECT_EQ(chance.bits(), chance.bits());
}

TEST(Chance, KeysAreToldApart)
{
    const Chance seed(42);
    EXPECT_NE(seed.about("ab").about("c").bits(), seed.about("a").about("bc").bits());
    EXPECT_NE(seed.about("1").bits(), seed.about(1).bits());
    EXPECT_NE(seed.about(0).bits(), seed.bits());
    EXPECT_NE(seed.about("").bits(), seed.bits());
}

TEST(Chance, NeighbouringKeysShareNothing)
{
    int equal_bits = 0;
    constexpr int keys = 10'000;
    for (std::uint64_t i = 0; i < keys; ++i)
        equal_bits += 64 - __builtin_popcountll(Chance(7).about(i).bits() ^ Chance(7).about(i + 1).bits());
    EXPECT_NEAR(equal_bits / static_cast<double>(keys), 32.0, 0.25);
}

TEST(Chance, BelowIsEven)
{
    std::array<int, 6> faces{};
    for (std::uint64_t i = 0; i < 60'000; ++i) ++faces.at(Chance(1).about("die").about(i).below(6));
    for (const int count : faces) EXPECT_NEAR(count, 10'000, 400);
}

TEST(Chance, BelowOneIsZeroAndHugeBoundsAreKept)
{
    constexpr std::uint64_t huge = 0xc000'0000'0000'0001;
    for (std::uint64_t i = 0; i < 1'000; ++i) {
        EXPECT_EQ(Chance(i).below(1), 0u);
        EXPECT_LT(Chance(i).below(huge), huge);
    }
}

TEST(Chance, HappensAsOftenAsItSays)
{
    int happened = 0;
    for (std::uint64_t i = 0; i < 100'000; ++i) happened += Chance(9).about(i).happens(100'000) ? 1 : 0;
    EXPECT_NEAR(happened, 10'000, 400);
    EXPECT_FALSE(Chance(9).happens(0));
    EXPECT_TRUE(Chance(9).happens(1'000'000));
}

TEST(Chance, BetweenIncludesBothEnds)
{
    bool low = false;
    bool high = false;
    for (std::uint64_t i = 0; i < 1'000; ++i) {
        const Duration d = Chance(5).about(i).between(10ns, 13ns);
        EXPECT_GE(d, 10ns);
        EXPECT_LE(d, 13ns);
        low |= d == 10ns;
        high |= d == 13ns;
    }
    EXPECT_TRUE(low);
    EXPECT_TRUE(high);
    EXPECT_EQ(Chance(5).between(1s, 1s), 1s);
}

}  // namespace
}  // namespace chaos::net
