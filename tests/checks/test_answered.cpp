// Which share of the tasks was answered rightly.
#include <gtest/gtest.h>

#include "tests/checks/one_check.hpp"

namespace chaos::testing {
namespace {

using history::Verdict;

CheckAnswer answered(const HistoryBuilder& history, std::uint32_t rate = 1'000'000)
{
    PlanBuilder plan({"otter", "heron"});
    plan.expect([&](auto& expect) { expect.answered = {rate, line(24)}; });
    return run_check("answered", plan.plan(), history.events());
}

HistoryBuilder one_of_two(const std::string& last_words)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").answered("otter/1/1", {"primary#1"});
    history.task_answered("otter", "it adds up to answer of otter");
    history.request("heron/1/1").attempt("backup#1").refused("heron/1/1", 502, "upstream_error");
    history.task_failed("heron", last_words).run_ended();
    return history;
}

TEST(Answered, ConvictsATaskThatFailed)
{
    const CheckAnswer answer = answered(one_of_two("all providers failed"));
    EXPECT_EQ(answer.only().verdict, Verdict::fail);
    EXPECT_EQ(answer.only().measured, "50% (1 of 2)");
    EXPECT_EQ(answer.only().limit, "100%");
    EXPECT_EQ(answer.only().source, line(24));
    EXPECT_EQ(answer.messages(),
              std::vector<std::string>{"heron was not answered: \"all providers failed\" (last provider backup)"});
    EXPECT_EQ(answer.only().findings[0].task, "heron");
    EXPECT_EQ(answer.only().findings[0].events, (std::vector<std::uint64_t>{10, 11}));
}

TEST(Answered, ConvictsAWrongAnswer)
{
    HistoryBuilder history = one_of_two("unused");
    history = HistoryBuilder();
    history.request("otter/1/1").answered("otter/1/1", {}).task_answered("otter", "answer of otter");
    history.request("heron/1/1").answered("heron/1/1", {}).task_failed("heron", "answer of nobody").run_ended();
    EXPECT_EQ(
        answered(history).messages(),
        std::vector<std::string>{"heron ended with a wrong answer, \"answer of nobody\" instead of \"answer of heron\" "
                                 "(no provider was reached last)"});
}

TEST(Answered, AnAgentsOwnOkIsNotBelieved)
{
    HistoryBuilder history;
    history.task_answered("otter", "answer of otter").task_answered("heron", "something else").run_ended();
    EXPECT_EQ(answered(history).only().verdict, Verdict::fail);
}

TEST(Answered, SparesARateThatIsReached)
{
    const CheckAnswer answer = answered(one_of_two("all providers failed"), 500'000);
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.messages(), std::vector<std::string>{});
}

TEST(Answered, IsUnknownIfATaskNeverEnded)
{
    HistoryBuilder history;
    history.task_answered("otter", "answer of otter").task_started("heron").run_ended("SIGTERM");
    const CheckAnswer answer = answered(history);
    EXPECT_EQ(answer.only().verdict, Verdict::unknown);
    EXPECT_EQ(answer.only().reason, "1 task did not come to an end");
}

TEST(Answered, ATaskThatWasStoppedCountsForNeitherSide)
{
    HistoryBuilder history;
    history.task_answered("otter", "answer of otter").task_failed("heron", "stopped").with([](Event& event) {
        event.outcome = Outcome::unknown;
    });
    EXPECT_EQ(answered(history).only().verdict, Verdict::unknown);
}

TEST(Answered, FailsWhenEvenTheUnfinishedCouldNotSaveIt)
{
    HistoryBuilder history;
    history.task_failed("heron", "broken").run_ended("SIGTERM");
    EXPECT_EQ(answered(history).only().verdict, Verdict::fail);
}

TEST(Answered, IsNotAskedWithoutAnExpectation)
{
    EXPECT_TRUE(run_check("answered", PlanBuilder().plan(), {}).results.empty());
}

}  // namespace
}  // namespace chaos::testing
