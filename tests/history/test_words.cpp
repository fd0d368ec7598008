// Spellings go both ways, events read as sentences, and verdicts form a ladder.
#include <gtest/gtest.h>

#include "history/verdict.hpp"
#include "tests/support/history_builder.hpp"

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

TEST(Words, EventsReadAsSentences)
{
    chaos::testing::HistoryBuilder history;
    history.request("otter/2/1", {"brief", "tool: done"})
        .attempt("primary#3")
        .delivered("stall-primary-1", "primary#3")
        .cut("primary#3", Ending::cut_reset)
        .refused("otter/2/1", 502, "upstream_error")
        .performed("send_email", "otter/2/1");
    std::vector<std::string> words;
    for (std::size_t i = 3; i < history.events().size(); ++i) words.push_back(in_words(history.events()[i]));
    EXPECT_EQ(words, (std::vector<std::string>{
                         "otter/2/1: request sent (2 turns)",
                         "primary#3: received step 2 of otter (1 turns)",
                         "primary#3: fault stall-primary-1 delivered",
                         "primary#3: response ended: cut off (RST) (status 200)",
                         "otter/2/1: request failed (status 502, complete, upstream_error): an error in words",
                         "tools: send_email performed otter/2/1",
                     }));
}

TEST(Words, LongTextsAreShortenedBetweenCharacters)
{
    Event event;
    event.kind = Kind::run_ended;
    event.text = std::string(79, 'x') + "ü" + std::string(50, 'x');
    EXPECT_EQ(in_words(event), "run ended: " + std::string(79, 'x') + "…");
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
