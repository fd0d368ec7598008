// The judge as a whole: assumptions first, the worst wins, one primary finding among related ones, and nobody is
// believed.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "harness/checks/causes.hpp"
#include "harness/judge.hpp"
#include "tests/checks/one_check.hpp"

namespace chaos::testing {
namespace {

using harness::Check;
using harness::CheckEntry;
using harness::judge;
using history::CheckResult;
using history::Finding;
using history::Judgement;
using history::Verdict;
using namespace std::chrono_literals;

CheckResult find(const Judgement& judgement, const std::string& id)
{
    for (const CheckResult& result : judgement.checks) {
        if (result.id == id) return result;
    }
    CheckResult none;
    none.id = "no result " + id;
    return none;
}

PlanBuilder expecting_everything()
{
    PlanBuilder plan({"otter"});
    plan.expect([](auto& expect) {
        expect.answered = {1'000'000, line(1)};
        expect.latency[harness::Quantile::max] = {4s, line(2)};
        expect.attempts_per_turn = {4, line(3)};
        expect.side_effects_at_most_once = line(4);
        expect.context_survives = line(5);
        expect.stream_unmixed = line(6);
        expect.errors_honest = line(7);
    });
    return plan.deadline(10s);
}

/// A task of two steps, carried out as it should be.
HistoryBuilder good_judged_run()
{
    HistoryBuilder history;
    history.task_started("otter");
    history.request("otter/1/1")
        .attempt("primary#1")
        .output("otter/1/1")
        .served("primary#1")
        .answered("otter/1/1", {"primary#1"});
    history.calls_tool("otter/1", "write_file", "otter/1/0").performed("write_file", "otter/1/0");
    history.request("otter/2/1", {"brief", "tool: one"})
        .attempt("primary#2", {"brief", "tool: one"})
        .served("primary#2");
    history.answered("otter/2/1", {"primary#2"}).task_answered("otter", "answer of otter").run_ended();
    return history;
}

/// Failed checks whose findings explain themselves.
std::set<std::string> primaries(const Judgement& judgement)
{
    std::set<std::string> checks;
    for (const CheckResult& result : judgement.checks) {
        for (const Finding& finding : result.findings) {
            if (result.verdict == Verdict::fail && finding.follows_from.empty()) checks.insert(result.check);
        }
    }
    return checks;
}

std::set<std::string> failures(const Judgement& judgement)
{
    std::set<std::string> checks;
    for (const CheckResult& result : judgement.checks) {
        if (result.verdict == Verdict::fail) checks.insert(result.check);
    }
    return checks;
}

TEST(Judge, SparesAGoodRun)
{
    const Judgement judgement = judge(expecting_everything().plan(), good_judged_run().events());
    EXPECT_EQ(judgement.verdict(), Verdict::pass);
    EXPECT_EQ(judgement.checks.size(), 8U);
    for (const CheckResult& result : judgement.checks)
        EXPECT_EQ(result.verdict, Verdict::pass) << result.id << ": " << result.reason;
}

TEST(Judge, SaysTheSameTwice)
{
    const PlanBuilder plan = expecting_everything();
    EXPECT_EQ(judge(plan.plan(), good_judged_run().events()), judge(plan.plan(), good_judged_run().events()));
}

TEST(Judge, AResentCallIsASideEffectBeforeItIsAnythingElse)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").cut("primary#1").attempt("backup#1").served("backup#1");
    history.answered("otter/1/1", {"primary#1", "backup#1"});
    for (const char* key : {"otter/1/0", "otter/1/1"}) {
        history.calls_tool("otter/1", "send_email", "otter/1/0").with([&](Event& event) { event.key = key; });
        history.performed("send_email", "otter/1/0");
    }
    history.task_failed("otter", "gave up after 6 turns").run_ended();
    const Judgement judgement = judge(expecting_everything().plan(), history.events());
    EXPECT_EQ(failures(judgement), (std::set<std::string>{"side_effects", "stream", "answered"}));
    EXPECT_EQ(primaries(judgement), std::set<std::string>{"side_effects"});
    EXPECT_EQ(find(judgement, "stream").findings[0].follows_from, "side_effects");
    EXPECT_EQ(find(judgement, "answered").findings[0].follows_from, "side_effects");
}

TEST(Judge, ASplicedTextElsewhereIsTheSameDeedAsAResentCall)
{
    PlanBuilder plan({"otter", "heron"});
    plan.expect([](auto& expect) {
        expect.side_effects_at_most_once = line(1);
        expect.stream_unmixed = line(2);
    });
    HistoryBuilder history;
    history.request("heron/1/1").attempt("primary#1").cut("primary#1").attempt("backup#1").served("backup#1");
    history.answered("heron/1/1", {"primary#1", "backup#1"});
    EXPECT_EQ(primaries(judge(plan.plan(), history.events())), std::set<std::string>{"stream"});
    history.request("otter/1/1").attempt("primary#2").cut("primary#2").attempt("backup#2").served("backup#2");
    history.answered("otter/1/1", {"primary#2", "backup#2"});
    for (const char* key : {"otter/1/0", "otter/1/1"}) {
        history.calls_tool("otter/1", "send_email", "otter/1/0").with([&](Event& event) { event.key = key; });
        history.performed("send_email", "otter/1/0");
    }
    EXPECT_EQ(primaries(judge(plan.plan(), history.run_ended().events())), std::set<std::string>{"side_effects"});
}

TEST(Judge, ForgottenTurnsAreLostContextBeforeTheyAreAnythingElse)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").served("primary#1").answered("otter/1/1", {"primary#1"});
    history.calls_tool("otter/1", "write_file", "otter/1/0").with([](Event& event) { event.key = "otter/1/0"; });
    history.performed("write_file", "otter/1/0");
    history.request("otter/2/1", {"brief", "tool: one", "tool: two"})
        .attempt_of("primary#2", "otter", 1, {"brief", "tool: two"});
    history.served("primary#2").answered("otter/2/1", {"primary#2"});
    history.calls_tool("otter/2", "write_file", "otter/1/0").with([](Event& event) { event.key = "otter/2/0"; });
    history.performed("write_file", "otter/1/0").task_failed("otter", "answer of nobody").run_ended();
    const Judgement judgement = judge(expecting_everything().plan(), history.events());
    EXPECT_EQ(failures(judgement), (std::set<std::string>{"context", "side_effects", "answered"}));
    EXPECT_EQ(primaries(judgement), std::set<std::string>{"context"});
}

HistoryBuilder hung_run()
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").at(10s).timed_out("otter/1/1").cut("primary#1", Ending::silent);
    history.task_failed("otter", "nothing more came within 10s").run_ended();
    return history;
}

TEST(Judge, WaitingForEverIsADishonestErrorBeforeItIsAnythingElse)
{
    const Judgement judgement = judge(expecting_everything().plan(), hung_run().events());
    EXPECT_EQ(failures(judgement), (std::set<std::string>{"errors", "latency", "answered"}));
    EXPECT_EQ(primaries(judgement), std::set<std::string>{"errors"});
}

TEST(Judge, WaitingForEverIsLatencyIfOnlyLatencyIsExpected)
{
    PlanBuilder plan;
    plan.expect([](auto& expect) {
        expect.answered = {1'000'000, line(1)};
        expect.latency[harness::Quantile::max] = {4s, line(2)};
    });
    EXPECT_EQ(primaries(judge(plan.plan(), hung_run().events())), std::set<std::string>{"latency"});
}

TEST(Judge, TwoTroublesInTwoTasksAreBothPrimary)
{
    PlanBuilder plan({"otter", "heron"});
    plan.expect([](auto& expect) {
        expect.context_survives = line(1);
        expect.errors_honest = line(2);
    });
    HistoryBuilder history;
    history.request("otter/1/1", {"brief", "more"}).attempt("primary#1", {"more"}).served("primary#1");
    history.answered("otter/1/1", {"primary#1"})
        .request("heron/1/1")
        .refused("heron/1/1", 503, "")
        .with([](Event& event) { event.text.clear(); });
    EXPECT_EQ(primaries(judge(plan.plan(), history.run_ended().events())),
              (std::set<std::string>{"context", "errors"}));
}

TEST(Judge, AnEffectBeforeTheLossDoesNotFollowFromIt)
{
    PlanBuilder plan;
    plan.expect([](auto& expect) {
        expect.context_survives = line(1);
        expect.side_effects_at_most_once = line(2);
    });
    HistoryBuilder history;
    history.performed("write_file", "otter/1/0").performed("write_file", "otter/1/0");
    history.request("otter/2/1", {"brief", "more"}).attempt("primary#1", {"more"}).served("primary#1");
    history.answered("otter/2/1", {"primary#1"}).run_ended();
    EXPECT_EQ(primaries(judge(plan.plan(), history.events())), (std::set<std::string>{"context", "side_effects"}));
}

TEST(Judge, AFailedControlRunMakesEverythingUnknown)
{
    HistoryBuilder history = HistoryBuilder::empty();
    history.run_started().control_failed("status 500").clock_zero();
    history.request("otter/1/1").timed_out("otter/1/1").task_failed("otter", "hung").run_ended();
    const Judgement judgement = judge(expecting_everything().plan(), history.events());
    EXPECT_EQ(judgement.verdict(), Verdict::unknown);
    for (const CheckResult& result : judgement.checks) EXPECT_EQ(result.verdict, Verdict::unknown) << result.id;
    EXPECT_EQ(find(judgement, "errors").reason,
              "cannot be judged: the subject failed the healthy control run: status 500");
}

TEST(Judge, AnInterruptedRunPassesNothing)
{
    std::vector<Event> events = good_judged_run().events();
    events.back().text = "SIGTERM";
    const Judgement judgement = judge(expecting_everything().plan(), events);
    EXPECT_EQ(judgement.verdict(), Verdict::unknown);
    EXPECT_EQ(find(judgement, "sound_history").verdict, Verdict::pass);
    EXPECT_EQ(find(judgement, "side_effects").reason, "the run was interrupted: SIGTERM");
}

TEST(Judge, ABreachSeenBeforeAnInterruptionStaysOne)
{
    std::vector<Event> events = good_judged_run().events();
    events.pop_back();  // the end
    Event again = *std::find_if(events.begin(), events.end(),
                                [](const Event& event) { return event.kind == Kind::effect_performed; });
    again.number = events.size() + 1;
    again.at = events.back().at;
    events.push_back(again);
    EXPECT_EQ(find(judge(expecting_everything().plan(), events), "side_effects").verdict, Verdict::fail);
}

TEST(Judge, AnEmptyHistoryIsUnknown)
{
    EXPECT_EQ(judge(expecting_everything().plan(), {}).verdict(), Verdict::unknown);
}

TEST(Judge, AScenarioThatExpectsNothingIsUnknown)
{
    const Judgement judgement = judge(PlanBuilder().plan(), good_judged_run().events());
    EXPECT_EQ(judgement.verdict(), Verdict::unknown);
    EXPECT_EQ(find(judgement, "expectations").reason, "the scenario expects nothing, so nothing was judged");
}

class Breaks final : public Check {
public:
    void see(const Event&) override { throw std::runtime_error("index out of range"); }
    std::vector<CheckResult> finish() override { return {}; }
};
class BreaksLate final : public Check {
public:
    std::vector<CheckResult> finish() override { throw 7; }
};
std::unique_ptr<Check> make_breaks(const harness::Plan&, const harness::Book&)
{
    return std::make_unique<Breaks>();
}
std::unique_ptr<Check> make_breaks_late(const harness::Plan&, const harness::Book&)
{
    return std::make_unique<BreaksLate>();
}
std::unique_ptr<Check> make_throws(const harness::Plan&, const harness::Book&)
{
    throw std::logic_error("no such tool");
}

TEST(Judge, ACheckThatBreaksIsUnknownAndTheOthersGoOn)
{
    std::vector<CheckEntry> table = harness::checks();
    table.push_back({"breaks", "Does it break?", "breaks: yes", "", make_breaks});
    table.push_back({"breaks_late", "Does it break?", "breaks: late", "", make_breaks_late});
    table.push_back({"throws", "Does it begin?", "begins: yes", "", make_throws});
    const Judgement judgement = harness::judge_with(table, expecting_everything().plan(), good_judged_run().events());
    EXPECT_EQ(find(judgement, "breaks").verdict, Verdict::unknown);
    EXPECT_EQ(find(judgement, "breaks").reason, "the check itself broke: index out of range");
    EXPECT_EQ(find(judgement, "breaks_late").reason, "the check itself broke: an exception of unknown type");
    EXPECT_EQ(find(judgement, "throws").reason, "the check itself broke: no such tool");
    EXPECT_EQ(find(judgement, "answered").verdict, Verdict::pass);
    EXPECT_EQ(judgement.verdict(), Verdict::unknown);
}

TEST(Judge, KeepsTheFirstHundredFindingsPrimaryOnesFirst)
{
    PlanBuilder plan;
    plan.expect([](auto& expect) { expect.errors_honest = line(1); });
    HistoryBuilder history;
    for (int turn = 1; turn <= 130; ++turn) {
        const std::string name = "otter/" + std::to_string(turn) + "/1";
        history.request(name).timed_out(name);
    }
    const CheckResult errors = find(judge(plan.plan(), history.run_ended().events()), "errors");
    EXPECT_EQ(errors.findings.size(), history::max_findings);
    EXPECT_EQ(errors.more_findings, 30U);
}

TEST(Causes, NeverGoRoundInCircles)
{
    // Every cause stands before its effect in one order; so whatever explains is itself explained by something earlier
    // or by nothing, and the earliest of related findings is the only primary one.
    const std::vector<std::string> order = {"context", "side_effects", "stream",  "attempts",
                                            "errors",  "failover",     "latency", "answered"};
    const auto place = [&](std::string_view check) {
        return std::find(order.begin(), order.end(), check) - order.begin();
    };
    for (const harness::Cause& row : harness::causes()) {
        EXPECT_LT(place(row.cause), place(row.effect)) << row.cause << " -> " << row.effect;
        EXPECT_LT(place(row.effect), static_cast<std::ptrdiff_t>(order.size())) << row.effect;
    }
}

TEST(Causes, NameChecksThatExist)
{
    std::set<std::string_view> ids;
    for (const CheckEntry& entry : harness::checks()) EXPECT_TRUE(ids.insert(entry.id).second) << entry.id;
    for (const harness::Cause& row : harness::causes()) {
        EXPECT_TRUE(ids.contains(row.cause)) << row.cause;
        EXPECT_TRUE(ids.contains(row.effect)) << row.effect;
    }
}

TEST(Checks, SayWhatTheyAsk)
{
    for (const CheckEntry& entry : harness::checks()) {
        EXPECT_TRUE(entry.summary.ends_with('?')) << entry.id;
        EXPECT_FALSE(entry.tolerance.empty()) << entry.id;
        ASSERT_NE(entry.make, nullptr);
    }
    EXPECT_EQ(harness::checks().front().id, harness::assumptions);
}

}  // namespace
}  // namespace chaos::testing
