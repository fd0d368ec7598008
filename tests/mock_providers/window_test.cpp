// When a fault is in force: windows, turns, and a chance that grows.
#include "mock_providers/window.hpp"

#include <gtest/gtest.h>

namespace chaos::mock_providers {
namespace {

using std::chrono::seconds;

constexpr net::Duration shortest{1};

Selector flapping(bool starts_up = false)
{
    Selector when;
    when.from = seconds(10);
    when.until = seconds(21);
    when.flap = Flap{seconds(3), seconds(2), starts_up};
    return when;
}

TEST(Window, OfAFlapOpensAndClosesByTurns)
{
    const std::pair<net::Duration, bool> rows[] = {
        {seconds(10) - shortest, false}, {seconds(10), true},  {seconds(12) - shortest, true}, {seconds(12), false},
        {seconds(15) - shortest, false}, {seconds(15), true},  {seconds(17), false},           {seconds(20), true},
        {seconds(21) - shortest, true},  {seconds(21), false}, {seconds(25), false},
    };
    for (const auto& [at, open] : rows) {
        EXPECT_EQ(is_open(flapping(), at), open) << net::to_string(at);
    }
}

TEST(Window, OfAFlapThatStartsUp)
{
    const std::pair<net::Duration, bool> rows[] = {{seconds(10), false}, {seconds(13) - shortest, false},
                                                   {seconds(13), true},  {seconds(15) - shortest, true},
                                                   {seconds(15), false}, {seconds(18), true}};
    for (const auto& [at, open] : rows) {
        EXPECT_EQ(is_open(flapping(true), at), open) << net::to_string(at);
    }
}

/// Every change, in seconds.
std::vector<long> changes(const Selector& when)
{
    std::vector<long> all;
    std::optional<net::Duration> next = next_change(when, net::Duration(-1));
    while (next && all.size() < 20) {
        all.push_back(static_cast<long>(net::seconds(*next)));
        next = next_change(when, *next);
    }
    return all;
}

TEST(Window, TellsEveryChange)
{
    EXPECT_EQ(changes(flapping()), (std::vector<long>{10, 12, 15, 17, 20, 21}));
    EXPECT_EQ(changes(flapping(true)), (std::vector<long>{10, 13, 15, 18, 20, 21}));
    Selector plain;
    EXPECT_EQ(changes(plain), (std::vector<long>{0}));
    plain.from = seconds(3);
    EXPECT_EQ(changes(plain), (std::vector<long>{3}));
    plain.until = seconds(9);
    EXPECT_EQ(changes(plain), (std::vector<long>{3, 9}));
}

TEST(Window, TellsWhenWhatItHoldsIsReleased)
{
    EXPECT_EQ(closes(flapping(), seconds(16)), seconds(17));
    EXPECT_EQ(closes(flapping(), seconds(20)), seconds(21));
    Selector open_ended;
    open_ended.from = seconds(1);
    EXPECT_EQ(closes(open_ended, seconds(2)), std::nullopt);
}

TEST(Ramp, GrowsFromNothingToTheWholeChance)
{
    Selector when;
    when.from = seconds(5);
    when.chance = 500'000U;
    when.ramp = seconds(10);
    const std::pair<net::Duration, std::uint32_t> rows[] = {
        {seconds(5), 0}, {seconds(6), 50'000}, {seconds(10), 250'000}, {seconds(15), 500'000}, {seconds(99), 500'000}};
    for (const auto& [at, chance] : rows) {
        EXPECT_EQ(chance_at(when, at), chance) << net::to_string(at);
    }
    when.ramp.reset();
    EXPECT_EQ(chance_at(when, seconds(5)), 500'000U);
    when.ramp = std::chrono::hours(24 * 365);
    EXPECT_EQ(chance_at(when, seconds(5) + std::chrono::hours(24 * 73)), 100'000U) << "without overflow";
}

}  // namespace
}  // namespace chaos::mock_providers
