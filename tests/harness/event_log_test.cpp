#include "harness/event_log.hpp"

#include <gtest/gtest.h>

#include "net/real/parallel.hpp"

namespace chaos::harness {
namespace {

TEST(EventLog, GivesEachReaderWhatItHasNotSeen)
{
    EventLog log;
    log.append("a\n");
    log.append("b\n");
    std::uint64_t seen = 0;
    EXPECT_EQ(log.lines_after(seen, false), "a\nb\n");
    EXPECT_EQ(log.lines_after(seen, false), "");
    log.append("c\n");
    EXPECT_EQ(log.lines_after(seen, true), "c\n");
    std::uint64_t late = 0;
    EXPECT_EQ(log.lines_after(late, false), "a\nb\nc\n");
}

TEST(EventLog, ForgetsTheOldestAndWhatItIsToldTo)
{
    EventLog log(2);
    for (const char* line : {"a", "b", "c"}) log.append(line);
    std::uint64_t seen = 0;
    EXPECT_EQ(log.lines_after(seen, false), "bc");
    log.clear();
    log.append("d");
    std::uint64_t late = 0;
    EXPECT_EQ(log.lines_after(late, false), "d");
    EXPECT_EQ(log.lines_after(seen, false), "d");
}

TEST(EventLog, WakesWhoeverWaits)
{
    EventLog log;
    std::string heard;
    net::run_in_parallel(2, 2, [&](std::size_t nth) {
        if (nth == 0) return log.append("at last");
        std::uint64_t seen = 0;
        while (heard.empty()) heard = log.lines_after(seen, true);
    });
    EXPECT_EQ(heard, "at last");
    log.close();
    EXPECT_TRUE(log.closed());
    std::uint64_t seen = 1;
    EXPECT_EQ(log.lines_after(seen, true), "");
}

}  // namespace
}  // namespace chaos::harness
