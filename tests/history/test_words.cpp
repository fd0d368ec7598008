// Spellings go both ways, and verdicts form a ladder.
#include <gtest/gtest.h>

#include "history/event.hpp"
#include "history/verdict.hpp"

namespace chaos::history {
namespace {

template <class Enum>
void expect_both_ways(Enum last)
{
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        const Enum value = static_cast<Enum>(i);
        Enum read = static_cast<Enum>(i == 0 ? 1 : 0);
        EXPECT_TRUE(read_spelling(spelling(value), read)) << spelling(value);
        EXPECT_EQ(read, value) << spelling(value);
    }
    Enum untouched = last;
    EXPECT_FALSE(read_spelling("no such word", untouched));
    EXPECT_EQ(untouched, last);
}

TEST(Words, SpellingsGoBothWays)
{
    expect_both_ways(Actor::tool_server);
    expect_both_ways(Outcome::unknown);
    expect_both_ways(Ending::refused);
    expect_both_ways(Kind::tool_answered);
    expect_both_ways(Evidence::armed);
}

TEST(Words, SpellingsAreTheEnumeratorsNames)
{
    EXPECT_EQ(spelling(Kind::clock_zero), "clock_zero");
    EXPECT_EQ(spelling(Kind::connection_opened), "connection_opened");
    EXPECT_EQ(spelling(Kind::fault_released), "fault_released");
    EXPECT_EQ(spelling(Ending::client_left), "client_left");
    EXPECT_EQ(spelling(Evidence::contacted), "contacted");
}

TEST(Verdicts, TheWorstWins)
{
    EXPECT_EQ(worst(Verdict::pass, Verdict::unknown), Verdict::unknown);
    EXPECT_EQ(worst(Verdict::fail, Verdict::unknown), Verdict::fail);
    EXPECT_EQ(worst(Verdict::pass, Verdict::pass), Verdict::pass);
}

CheckResult result_of(Verdict verdict, bool skipped = false)
{
    CheckResult result;
    result.verdict = verdict;
    result.skipped = skipped;
    return result;
}

TEST(Verdicts, NothingJudgedIsUnknown)
{
    EXPECT_EQ(Judgement{}.verdict(), Verdict::unknown);
    Judgement skipped;
    skipped.checks = {result_of(Verdict::pass, true)};
    EXPECT_EQ(skipped.verdict(), Verdict::unknown);
}

TEST(Verdicts, SkippedChecksDoNotCount)
{
    Judgement judgement;
    judgement.checks = {result_of(Verdict::pass), result_of(Verdict::fail, true)};
    EXPECT_EQ(judgement.verdict(), Verdict::pass);
    judgement.checks.push_back(result_of(Verdict::unknown));
    EXPECT_EQ(judgement.verdict(), Verdict::unknown);
    judgement.checks.push_back(result_of(Verdict::fail));
    EXPECT_EQ(judgement.verdict(), Verdict::fail);
}

}  // namespace
}  // namespace chaos::history
