// Many deadlines over one timer of the reactor: each rings once, in order, unless it was removed or set anew.
#include "net/real/alarms.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace chaos::net::real {
namespace {

using Time = Alarms::Time;
using namespace std::chrono_literals;

struct AlarmsTest : testing::Test {
    void set(Alarms::Alarm& alarm, Time due, std::string word)
    {
        alarms.set(alarm, due, [this, word] { rang.push_back(word); });
    }
    ~AlarmsTest() override { alarms.close(); }

    asio::io_context loop{1};
    Alarms alarms{loop.get_executor()};
    Time past = std::chrono::steady_clock::now() - 1s;
    Time soon = std::chrono::steady_clock::now() + 5ms;
    std::vector<std::string> rang;
};

using Words = std::vector<std::string>;

TEST_F(AlarmsTest, RingInTheOrderOfTheirTimesAndOnce)
{
    Alarms::Alarm a, b, c, d;
    set(a, soon + 2ms, "third");
    set(b, soon, "first");
    set(c, soon + 3ms, "fourth");
    set(d, soon + 1ms, "second");
    loop.run();
    EXPECT_EQ(rang, (Words{"first", "second", "third", "fourth"}));
}

TEST_F(AlarmsTest, OfOneTimeTheFirstThatWasSetRingsFirst)
{
    Alarms::Alarm all[5];
    for (std::size_t n = 0; n < 5; ++n) set(all[n], past, std::to_string(n));
    loop.run();
    EXPECT_EQ(rang, (Words{"0", "1", "2", "3", "4"}));
}

TEST_F(AlarmsTest, OneThatWasRemovedDoesNotRingAlsoIfItWasDue)
{
    Alarms::Alarm remover, removed, later;
    alarms.set(remover, past, [&] { alarms.remove(removed); });
    set(removed, past, "removed");
    set(later, soon, "later");
    loop.run();
    EXPECT_EQ(rang, Words{"later"});
}

TEST_F(AlarmsTest, SetAnewItRingsAtTheNewTimeAlone)
{
    Alarms::Alarm moved, other;
    set(moved, past, "before");
    set(other, soon, "other");
    set(moved, soon + 1ms, "after");
    loop.run();
    EXPECT_EQ(rang, (Words{"other", "after"}));
}

TEST_F(AlarmsTest, MovedToAnEarlierTimeItRingsThen)
{
    Alarms::Alarm moved, other;
    set(moved, soon + 1h, "too late");
    set(other, soon + 1ms, "other");
    set(moved, soon, "moved");
    loop.run();
    EXPECT_EQ(rang, (Words{"moved", "other"}));
}

TEST_F(AlarmsTest, OneThatIsSetAgainForThePastLeavesTheLoopItsTurns)
{
    Alarms::Alarm again;
    int rings = 0;
    std::function<void()> ring = [&] {
        if (++rings < 100) alarms.set(again, past, ring);
    };
    alarms.set(again, past, ring);
    while (rings == 0) loop.poll_one();
    EXPECT_EQ(rings, 1);
    loop.run();
    EXPECT_EQ(rings, 100);
}

TEST_F(AlarmsTest, WhatOneThrowsKeepsNoOtherFromRinging)
{
    Alarms::Alarm bad, good;
    alarms.set(bad, past, [] { throw std::runtime_error("bad"); });
    set(good, past, "good");
    EXPECT_THROW(loop.run(), std::runtime_error);
    loop.run();
    EXPECT_EQ(rang, Words{"good"});
}

TEST_F(AlarmsTest, OnesThatAreRemovedFromTheMiddleLeaveTheOrderOfTheOthers)
{
    std::vector<std::unique_ptr<Alarms::Alarm>> all;
    Words expected;
    for (int n = 0; n < 200; ++n) {
        all.push_back(std::make_unique<Alarms::Alarm>());
        const int place = n * 37 % 200;
        set(*all.back(), past + std::chrono::microseconds(place), std::to_string(place));
    }
    for (int n = 0; n < 200; ++n) {
        const int place = n * 37 % 200;
        if (place % 3 == 0) alarms.remove(*all[static_cast<std::size_t>(n)]);
    }
    for (int place = 0; place < 200; ++place) {
        if (place % 3 != 0) expected.push_back(std::to_string(place));
    }
    loop.run();
    EXPECT_EQ(rang, expected);
}

TEST_F(AlarmsTest, AfterTheEndNoneRingsAndAllCanBeRemoved)
{
    Alarms::Alarm a, b;
    set(a, past, "a");
    alarms.close();
    set(b, past, "b");
    loop.run();
    EXPECT_EQ(rang, Words{});
    alarms.remove(a);
    alarms.remove(b);
}

}  // namespace
}  // namespace chaos::net::real
