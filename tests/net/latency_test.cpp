// Distributions of latency: the numbers they are known by, and the very same draws everywhere.
#include "net/faults/latency.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace chaos::net::faults {
namespace {

using std::chrono::milliseconds;

/// Sorted, in milliseconds.
std::vector<double> draws_of(Distribution distribution, int count = 20'000)
{
    const Latency latency{milliseconds(100), milliseconds(50), distribution};
    std::vector<double> draws;
    for (int nth = 0; nth < count; ++nth) {
        draws.push_back(net::milliseconds(draw(latency, Chance(7).about(static_cast<std::uint64_t>(nth)))));
    }
    std::sort(draws.begin(), draws.end());
    return draws;
}

double quantile(const std::vector<double>& sorted, double part)
{
    return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

struct Known {
    Distribution distribution;
    double part;
    double value;  ///< of that quantile, for `of` 100ms and `jitter` 50ms
};

class Distributions : public ::testing::TestWithParam<Known> {};

TEST_P(Distributions, HaveTheQuantilesOfTheirName)
{
    const Known& known = GetParam();
    EXPECT_NEAR(quantile(draws_of(known.distribution), known.part), known.value, known.value * 0.03);
}

INSTANTIATE_TEST_SUITE_P(Table, Distributions,
                         ::testing::Values(Known{Distribution::fixed, 0.01, 100}, Known{Distribution::fixed, 0.99, 100},
                                           Known{Distribution::uniform, 0.01, 51}, Known{Distribution::uniform, 0.5, 100},
                                           Known{Distribution::uniform, 0.99, 149},
                                           // Standard normal: 0.8413 at one sigma, 0.9772 at two.
                                           Known{Distribution::normal, 0.5, 100}, Known{Distribution::normal, 0.8413, 150},
                                           Known{Distribution::normal, 0.1587, 50},
                                           Known{Distribution::normal, 0.9772, 200},
                                           Known{Distribution::lognormal, 0.5, 100},
                                           Known{Distribution::lognormal, 0.8413, 150},
                                           Known{Distribution::lognormal, 0.9772, 225},
                                           Known{Distribution::lognormal, 0.1587, 66.7},
                                           Known{Distribution::pareto, 0.001, 100}, Known{Distribution::pareto, 0.5, 150},
                                           Known{Distribution::pareto, 0.75, 225},
                                           Known{Distribution::pareto, 0.875, 337.5}));

/// Any other machine or compiler must draw these, or the same plan would be another run there.
TEST(Draws, AreTheseVeryNumbers)
{
    const Chance chance = Chance(42).about("latency");
    std::vector<Duration::rep> drawn;
    for (const Distribution distribution : {Distribution::uniform, Distribution::normal, Distribution::lognormal,
                                            Distribution::pareto}) {
        drawn.push_back(draw({milliseconds(100), milliseconds(50), distribution}, chance).count());
    }
    const std::vector<Duration::rep> expected = {135'202'677, 119'499'206, 117'131'233, 109'820'079};
    EXPECT_EQ(drawn, expected);
}

TEST(Draws, AreNeverNegativeAndNeverWithoutEnd)
{
    for (std::uint64_t nth = 0; nth < 5'000; ++nth) {
        const Chance chance = Chance(nth);
        for (const Distribution distribution : {Distribution::uniform, Distribution::normal, Distribution::lognormal,
                                                Distribution::pareto}) {
            const Duration drawn = draw({milliseconds(1), milliseconds(500), distribution}, chance);
            EXPECT_GE(drawn, Duration::zero());
            EXPECT_LE(drawn, longest_draw * Duration(milliseconds(500)));
        }
    }
}

TEST(Draws, OfNothingAreNothing)
{
    for (const Distribution distribution : {Distribution::fixed, Distribution::uniform, Distribution::normal,
                                            Distribution::lognormal, Distribution::pareto}) {
        EXPECT_EQ(draw({{}, {}, distribution}, Chance(1)), Duration::zero());
    }
}

TEST(FixedPoint, LogarithmsAndPowersAreThoseOfTheMathematicians)
{
    const double one = std::pow(2.0, 32);
    for (const std::uint64_t x : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{1000},
                                  std::uint64_t{123'456'789'012}}) {
        EXPECT_NEAR(static_cast<double>(log2_fixed(x)) / one, std::log2(static_cast<double>(x)), 1e-8) << x;
    }
    for (const double x : {-8.5, -1.0, -0.25, 0.0, 0.5, 1.0, 3.75, 9.9}) {
        const double power = static_cast<double>(exp2_fixed(static_cast<std::int64_t>(x * one))) / one;
        EXPECT_NEAR(power / std::exp2(x), 1, 1e-6) << x;
    }
    EXPECT_EQ(exp2_fixed(std::int64_t{-40} << 32), 0U);
}

}  // namespace
}  // namespace chaos::net::faults
