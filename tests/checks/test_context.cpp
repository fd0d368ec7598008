// Whether conversations arrive whole, and what was lost of them.
#include <gtest/gtest.h>

#include "harness/checks/transcript.hpp"
#include "tests/checks/one_check.hpp"

namespace chaos::testing {
namespace {

using history::Verdict;
using Labels = std::vector<std::string>;

CheckAnswer context(const HistoryBuilder& history)
{
    PlanBuilder plan;
    plan.expect([](auto& expect) { expect.context_survives = line(29); });
    return run_check("context", plan.plan(), history.events());
}

const Labels conversation = {"system: be careful", "brief", "assistant: writes", "tool: written"};

HistoryBuilder received(const Labels& turns)
{
    HistoryBuilder history;
    history.request("otter/2/1", conversation).attempt("backup#1", turns).served("backup#1");
    history.answered("otter/2/1", {"backup#1"}).run_ended();
    return history;
}

TEST(Context, ConvictsAForgottenTurn)
{
    const CheckAnswer answer = context(received({"brief", "assistant: writes", "tool: written"}));
    EXPECT_EQ(answer.only().verdict, Verdict::fail);
    EXPECT_EQ(answer.only().measured, "0 of 1 attempt whole");
    EXPECT_EQ(answer.messages(),
              Labels{"otter/2/1: backup#1 received the conversation without 1 of its 4 turns: system \"be careful\""});
    EXPECT_EQ(answer.only().findings[0].task, "otter");
    EXPECT_EQ(answer.only().findings[0].request, "otter/2/1");
}

TEST(Context, ConvictsTheLastTurnAlone)
{
    EXPECT_EQ(
        context(received({"tool: written"})).messages(),
        Labels{"otter/2/1: backup#1 received the conversation without 3 of its 4 turns: system \"be careful\", user "
               "\"brief\" and assistant \"writes\""});
}

TEST(Context, ConvictsTurnsInAnotherOrder)
{
    EXPECT_EQ(context(received({"system: be careful", "assistant: writes", "brief", "tool: written"})).messages(),
              Labels{"otter/2/1: backup#1 received 1 turn out of order: assistant \"writes\""});
}

TEST(Context, SparesTheWholeConversation)
{
    EXPECT_EQ(context(received(conversation)).only().verdict, Verdict::pass);
}

TEST(Context, InsertionsAreReportedNotCondemned)
{
    Labels nudged = conversation;
    nudged.push_back("Please answer or call a tool.");
    const CheckAnswer answer = context(received(nudged));
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.warnings,
              Labels{"backup received 1 turn that no caller had sent, in 1 attempt (a repair nudge?)"});
}

TEST(Context, IsUnknownIfNothingWasReceived)
{
    HistoryBuilder history;
    history.request("otter/1/1").refused("otter/1/1", 502, "all_failed").run_ended();
    EXPECT_EQ(context(history).only().verdict, Verdict::unknown);
}

TEST(Context, EachAttemptIsHeldAgainstItsOwnRequest)
{
    HistoryBuilder history;
    history.request("otter/1/1", {"brief"}).attempt("primary#1", {"brief"}).answered("otter/1/1", {"primary#1"});
    history.request("otter/2/1", {"brief", "tool: written"});
    history.attempt_of("primary#2", "otter", 1, {"brief"});  // a late one of the first turn
    history.attempt("primary#3", {"brief", "tool: written"}).answered("otter/2/1", {"primary#3"}).run_ended();
    const CheckAnswer answer = context(history);
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.only().measured, "3 of 3 attempts whole");
}

TEST(Context, ConvictsAnAnswerToARequestThatNamesNoTask)
{
    HistoryBuilder history;
    history.request("otter/1/1").stray("backup", "no task in it").answered("otter/1/1", {}).run_ended();
    EXPECT_EQ(context(history).messages(), Labels{"otter/1/1 was answered, but no provider received its conversation; "
                                                  "one received a request that names no task"});
}

TEST(Context, AHealthProbeCondemnsNobody)
{
    HistoryBuilder history;
    history.request("otter/1/1")
        .stray("backup", "no task in it")
        .attempt("primary#1")
        .answered("otter/1/1", {"primary#1"});
    EXPECT_EQ(context(history.run_ended()).only().verdict, Verdict::pass);
}

struct ContextRow {
    std::string name;
    Labels sent;
    Labels received;
    Labels lost;
    Labels misplaced;
    std::size_t inserted;
};
class Transcripts : public ::testing::TestWithParam<ContextRow> {};

Labels labels_of(const std::vector<history::Turn>& turns)
{
    Labels labels;
    for (const history::Turn& turn : turns) labels.push_back(turn.label);
    return labels;
}

TEST_P(Transcripts, Compare)
{
    const auto turns = [](const Labels& labels) {
        return HistoryBuilder().request("otter/1/1", labels).events().back().turns;
    };
    const auto difference = harness::compare_transcripts(turns(GetParam().sent), turns(GetParam().received));
    EXPECT_EQ(labels_of(difference.lost), GetParam().lost);
    EXPECT_EQ(labels_of(difference.misplaced), GetParam().misplaced);
    EXPECT_EQ(difference.inserted, GetParam().inserted);
}

INSTANTIATE_TEST_SUITE_P(
    Context, Transcripts,
    ::testing::Values(
        ContextRow{"equal", {"a", "b"}, {"a", "b"}, {}, {}, 0}, ContextRow{"nothing_sent", {}, {"a"}, {}, {}, 1},
        ContextRow{"nothing_received", {"a", "b"}, {}, {"a", "b"}, {}, 0},
        ContextRow{"inserted_in_front", {"a", "b"}, {"x", "a", "b"}, {}, {}, 1},
        ContextRow{"inserted_between", {"a", "b"}, {"a", "x", "b"}, {}, {}, 1},
        ContextRow{"oldest_lost", {"a", "b", "c"}, {"b", "c"}, {"a"}, {}, 0},
        ContextRow{"middle_lost", {"a", "b", "c"}, {"a", "c"}, {"b"}, {}, 0},
        ContextRow{"newest_lost", {"a", "b", "c"}, {"a", "b"}, {"c"}, {}, 0},
        ContextRow{"same_words_twice_one_lost", {"a", "a"}, {"a"}, {"a"}, {}, 0},
        ContextRow{"swapped", {"a", "b"}, {"b", "a"}, {}, {"b"}, 0},
        ContextRow{"another_role", {"a"}, {"assistant: a"}, {"a"}, {}, 1},
        ContextRow{"results_of_one_turn_swapped",
                   {"a", "tool: 1", "tool: 2", "b"},
                   {"a", "tool: 2", "tool: 1", "b"},
                   {},
                   {},
                   0},
        ContextRow{"results_parted_by_an_insertion", {"tool: 1", "tool: 2"}, {"tool: 2", "x", "tool: 1"}, {}, {}, 1},
        ContextRow{"equal_results_one_lost", {"tool: 1", "tool: 1"}, {"tool: 1"}, {"1"}, {}, 0},
        ContextRow{
            "result_behind_the_next_turn", {"tool: 1", "tool: 2", "b"}, {"tool: 2", "b", "tool: 1"}, {}, {"b"}, 0},
        ContextRow{"replaced", {"a", "b"}, {"a", "x"}, {"b"}, {}, 1}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace chaos::testing
