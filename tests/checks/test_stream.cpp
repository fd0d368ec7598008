// Whether an accepted answer comes from one attempt of its own turn.
#include <gtest/gtest.h>

#include "tests/checks/one_check.hpp"

namespace chaos::testing {
namespace {

using history::Verdict;

CheckAnswer stream(const HistoryBuilder& history)
{
    PlanBuilder plan({"otter", "heron"});
    plan.expect([](auto& expect) { expect.stream_unmixed = line(30); });
    return run_check("stream", plan.plan(), history.events());
}

TEST(Stream, ConvictsASplice)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").cut("primary#1").attempt("backup#1").served("backup#1");
    history.answered("otter/1/1", {"primary#1", "backup#1"}).run_ended();
    const CheckAnswer answer = stream(history);
    EXPECT_EQ(answer.only().verdict, Verdict::fail);
    EXPECT_EQ(answer.messages(),
              std::vector<std::string>{"the answer to otter/1/1 is spliced from backup#1 and primary#1"});
    EXPECT_EQ(answer.only().findings[0].events, (std::vector<std::uint64_t>{4, 5, 7, 9}));
}

TEST(Stream, ConvictsAnotherTasksAnswer)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").request("heron/1/1").attempt("primary#2");
    history.answered("otter/1/1", {"primary#2"}).answered("heron/1/1", {"primary#1"}).run_ended();
    EXPECT_EQ(
        stream(history).messages(),
        (std::vector<std::string>{"the answer to otter/1/1 comes from primary#2, which was an attempt for heron/1/1",
                                  "the answer to heron/1/1 comes from primary#1, which was an attempt for otter/1/1"}));
}

TEST(Stream, ConvictsTheMarkOfAnAttemptNobodySaw)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").answered("otter/1/1", {"primary#99"}).run_ended();
    EXPECT_EQ(stream(history).only().verdict, Verdict::fail);
}

TEST(Stream, SparesOneMarkSeenTwice)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").answered("otter/1/1", {"primary#1", "primary#1"}).run_ended();
    const CheckAnswer answer = stream(history);
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.only().measured, "1 of 1 answer unmixed");
}

TEST(Stream, SparesAnEarlierTryOfTheSameTurn)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").timed_out("otter/1/1");
    history.request("otter/1/2").answered("otter/1/2", {"primary#1"}).run_ended();
    EXPECT_EQ(stream(history).only().verdict, Verdict::pass);
}

TEST(Stream, AFailedAnswerIsNotAccepted)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").refused("otter/1/1", 200, "upstream_error");
    history.with([](Event& event) { event.marks = {"primary#1", "backup#1"}; });
    const CheckAnswer answer = stream(history.run_ended());
    EXPECT_EQ(answer.only().verdict, Verdict::unknown);
    EXPECT_EQ(answer.only().reason, "no accepted answer bears the mark of an attempt");
}

}  // namespace
}  // namespace chaos::testing
