// Which effects happened twice, altered or unplanned, and whose doing that was.
#include <gtest/gtest.h>

#include "tests/checks/one_check.hpp"

namespace chaos::testing {
namespace {

using history::Verdict;

CheckAnswer side_effects(const HistoryBuilder& history)
{
    PlanBuilder plan;
    plan.expect([](auto& expect) { expect.side_effects_at_most_once = line(28); });
    return run_check("side_effects", plan.plan(), history.events());
}

HistoryBuilder& key(HistoryBuilder& history, const std::string& key)
{
    return history.with([&](Event& event) { event.key = key; });
}

/// The answer to one request brings the call once from each provider: it was sent again after it had been delivered.
HistoryBuilder resent_call()
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").cut("primary#1").attempt("backup#1").served("backup#1");
    history.answered("otter/1/1", {"primary#1", "backup#1"});
    key(history.calls_tool("otter/1", "send_email", "otter/1/0"), "otter/1/0").performed("send_email", "otter/1/0");
    key(history.calls_tool("otter/1", "send_email", "otter/1/0"), "otter/1/1").performed("send_email", "otter/1/0");
    history.run_ended();
    return history;
}

TEST(SideEffects, ConvictsACallThatWasSentAgain)
{
    const CheckAnswer answer = side_effects(resent_call());
    EXPECT_EQ(answer.only().verdict, Verdict::fail);
    EXPECT_EQ(answer.only().reason, "1 effect performed more than once");
    EXPECT_EQ(answer.messages(),
              std::vector<std::string>{"send_email performed otter/1/0 2 times: the answer to otter/1 (primary#1 and "
                                       "backup#1) brought the call 2 times"});
    EXPECT_EQ(answer.only().findings[0].request, "otter/1/1");
    EXPECT_EQ(answer.only().findings[0].task, "otter");
    EXPECT_EQ(answer.only().findings[0].events, (std::vector<std::uint64_t>{10, 11, 12, 13}));
}

TEST(SideEffects, ChargesASecondDeliveryToTheFaultThatMadeIt)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").answered("otter/1/1", {"primary#1"});
    history.calls_tool("otter/1", "write_file", "otter/1/0").performed("write_file", "otter/1/0");
    history.performed("write_file", "otter/1/0").with([](Event& event) { event.fault = "twice"; });
    history.run_ended();
    const CheckAnswer answer = side_effects(history);
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_TRUE(answer.messages().empty());
    EXPECT_EQ(answer.warnings,
              std::vector<std::string>{"write_file performed \"otter/1/0\" once more when twice delivered the call again: "
                                       "it had no idempotency key"});
}

TEST(SideEffects, ConvictsAStepThatWasAskedForAgain)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").answered("otter/1/1", {"primary#1"});
    key(history.calls_tool("otter/1", "write_file", "otter/1/0"), "otter/1/0").performed("write_file", "otter/1/0");
    history.request("otter/2/1").attempt("backup#1").answered("otter/2/1", {"backup#1"});
    key(history.calls_tool("otter/2", "write_file", "otter/1/0"), "otter/2/0").performed("write_file", "otter/1/0");
    history.run_ended();
    EXPECT_EQ(side_effects(history).messages(),
              std::vector<std::string>{
                  "write_file performed otter/1/0 2 times: asked for by otter/1 (primary#1) and otter/2 (backup#1)"});
}

TEST(SideEffects, ConvictsADeliveryThatWasDoubledOnTheWay)
{
    HistoryBuilder history;
    history.request("otter/1/1").answered("otter/1/1", {"primary#1"}).calls_tool("otter/1", "write_file", "otter/1/0");
    history.performed("write_file", "otter/1/0").performed("write_file", "otter/1/0").run_ended();
    EXPECT_EQ(side_effects(history).messages(),
              std::vector<std::string>{
                  "write_file performed otter/1/0 2 times: the caller sent it once, for otter/1 (primary#1)"});
}

TEST(SideEffects, ALostReplyAllowsZeroOrOneNotTwo)
{
    HistoryBuilder history;
    history.request("otter/1/1").answered("otter/1/1", {"primary#1"});
    history.calls_tool("otter/1", "write_file", "otter/1/0").performed("write_file", "otter/1/0");
    history.tool_ended("write_file", "otter/1/0", Outcome::unknown);
    EXPECT_EQ(side_effects(history).only().verdict, Verdict::pass);
    history.calls_tool("otter/1", "write_file", "otter/1/0").performed("write_file", "otter/1/0").run_ended();
    EXPECT_EQ(side_effects(history).messages(),
              std::vector<std::string>{
                  "write_file performed otter/1/0 2 times: the caller sent one call 2 times, for otter/1 "
                  "(primary#1); a reply was lost before, which allows zero or one, not two"});
}

TEST(SideEffects, SparesAReplay)
{
    HistoryBuilder history;
    history.performed("write_file", "otter/1/0").replayed("write_file", "otter/1/0").with([](Event& event) {
        event.text = "same";
    });
    const CheckAnswer answer = side_effects(history.run_ended());
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.only().measured, "1 of 2 planned effects performed once");
}

TEST(SideEffects, ConvictsOtherArgumentsUnderTheSameToken)
{
    HistoryBuilder history;
    history.performed("write_file", "otter/1/0", "first").replayed("write_file", "otter/1/0").with([](Event& event) {
        event.text = "second";
    });
    const CheckAnswer answer = side_effects(history.run_ended());
    EXPECT_EQ(answer.only().verdict, Verdict::fail);
    EXPECT_EQ(answer.only().reason, "1 altered");
    EXPECT_EQ(answer.messages(),
              std::vector<std::string>{
                  "write_file got otter/1/0 again with other arguments: nobody is known to have asked for it"});
}

TEST(SideEffects, ConvictsAnEffectThatNobodyPlanned)
{
    const CheckAnswer answer = side_effects(HistoryBuilder().performed("write_file", "otter/9/0").run_ended());
    EXPECT_EQ(answer.only().verdict, Verdict::fail);
    EXPECT_EQ(answer.only().reason, "1 not planned");
}

TEST(SideEffects, ReadOnlyToolsAreExempt)
{
    HistoryBuilder history;
    history.performed("write_file", "otter/1/0")
        .performed("look_up", "otter/2/0")
        .performed("look_up", "otter/2/0", "other");
    EXPECT_EQ(side_effects(history.run_ended()).only().verdict, Verdict::pass);
}

TEST(SideEffects, IdempotentToolsMayRepeatButNotAlter)
{
    HistoryBuilder history;
    history.performed("set_flag", "otter/1/0").performed("set_flag", "otter/1/0");
    EXPECT_EQ(side_effects(history).only().verdict, Verdict::pass);
    history.performed("set_flag", "otter/1/0", "other");
    EXPECT_EQ(side_effects(history).only().verdict, Verdict::fail);
}

TEST(SideEffects, IsUnknownIfNothingWasPerformed)
{
    const CheckAnswer answer = side_effects(HistoryBuilder().run_ended());
    EXPECT_EQ(answer.only().verdict, Verdict::unknown);
    EXPECT_EQ(answer.only().reason, "no effect was performed, so none could happen twice");
}

}  // namespace
}  // namespace chaos::testing
