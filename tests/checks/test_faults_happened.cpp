// When a fault counts as happened, and when a pass would be vacuous.
#include <gtest/gtest.h>

#include "tests/checks/one_check.hpp"

namespace chaos::testing {
namespace {

using history::Verdict;
using mock_providers::Selector;
using namespace std::chrono_literals;

Selector window(net::Duration from, net::Duration until)
{
    Selector when;
    when.from = from;
    when.until = until;
    return when;
}

CheckAnswer faults(const PlanBuilder& plan, const HistoryBuilder& history)
{
    return run_check("faults_happened", plan.plan(), history.events());
}

/// Times in these tests count from time zero.
HistoryBuilder clock_at_zero()
{
    HistoryBuilder history = HistoryBuilder::empty();
    history.run_started().control_passed().at(0s).clock_zero();
    return history;
}

TEST(FaultsHappened, SparesOneThatWasDelivered)
{
    HistoryBuilder history;
    history.request("otter/1/1")
        .attempt("primary#1")
        .opportunity("stall", "primary#1", true)
        .delivered("stall", "primary#1");
    const CheckAnswer answer = faults(PlanBuilder().fault("stall"), history.run_ended());
    EXPECT_EQ(answer.only().id, "faults_happened.stall");
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.only().measured, "1 delivered of 1 opportunity");
    EXPECT_EQ(answer.only().source, line(17));
}

Selector after_fault(const char* name, net::Duration until)
{
    Selector when;
    when.after = mock_providers::After{name, "", 0, ""};
    when.until = until;
    return when;
}

/// The awaited fault happens at ten seconds; a request comes at so many.
HistoryBuilder request_after_stall(net::Duration at)
{
    HistoryBuilder history = clock_at_zero();
    history.at(10s).request("otter/1/1").attempt("primary#1").opportunity("stall", "primary#1", true).delivered("stall", "primary#1");
    history.at(at).attempt("primary#2").served("primary#2").at(30s).answered("otter/1/1", {"primary#2"}).run_ended();
    return history;
}

TEST(FaultsHappened, AWaitingFaultCountsFromWhatItWaitsFor)
{
    PlanBuilder plan;
    plan.fault("stall").fault("dark", "primary", after_fault("stall", 5s));
    const auto met = faults(plan, request_after_stall(12s)).named("faults_happened.dark");
    EXPECT_EQ(met.verdict, Verdict::unknown);
    EXPECT_EQ(met.reason, "no opportunity: primary received 1 attempt while it was in force, none of the kind it selects")
        << "the window is 10s to 15s";
    const auto avoided = faults(plan, request_after_stall(16s)).named("faults_happened.dark");
    EXPECT_EQ(avoided.verdict, Verdict::pass) << "left alone from 10s to 15s";
}

TEST(FaultsHappened, WhatNeverCameLeavesAWaitingFaultUnmet)
{
    PlanBuilder plan;
    plan.fault("stall").fault("dark", "primary", after_fault("stall", 5s));
    HistoryBuilder history = clock_at_zero();
    history.request("otter/1/1").attempt("primary#1").served("primary#1").answered("otter/1/1", {"primary#1"}).run_ended();
    const auto unmet = faults(plan, history).named("faults_happened.dark");
    EXPECT_EQ(unmet.verdict, Verdict::unknown);
    EXPECT_EQ(unmet.reason, "no opportunity: what it waits for never came");
}

TEST(FaultsHappened, ATargetThatSaidToWaitMayBeLeftAlone)
{
    HistoryBuilder history = clock_at_zero();
    history.at(1s).request("otter/1/1").attempt("primary#1").told_to_wait("primary#1", 60s).failed("primary#1", 429);
    history.at(30s).attempt("backup#1").served("backup#1").answered("otter/1/1", {"backup#1"}).run_ended();
    const CheckAnswer answer = faults(PlanBuilder().fault("stall", "primary", window(10s, 20s)), history);
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.only().measured, "not met: primary was left alone after a 429");
}

TEST(FaultsHappened, ADueInjectionThatWasNotDeliveredIsUnknown)
{
    HistoryBuilder history;
    history.request("otter/1/1")
        .attempt("primary#1")
        .opportunity("stall", "primary#1", true)
        .delivered("stall", "primary#1");
    history.attempt("primary#2").opportunity("stall", "primary#2", true).served("primary#2").run_ended();
    const CheckAnswer answer = faults(PlanBuilder().fault("stall"), history);
    EXPECT_EQ(answer.only().verdict, Verdict::unknown);
    EXPECT_EQ(answer.only().reason, "1 injection due and not delivered: primary#2");
    EXPECT_EQ(answer.messages(), std::vector<std::string>{"stall was due at primary#2 and not delivered"});
}

TEST(FaultsHappened, NothingIsDueOnceTheSubjectHungUp)
{
    HistoryBuilder history;
    history.request("otter/1/1")
        .attempt("primary#1")
        .opportunity("stall", "primary#1", true)
        .delivered("stall", "primary#1");
    history.attempt("primary#2")
        .opportunity("stall", "primary#2", true)
        .cut("primary#2", Ending::client_left)
        .run_ended();
    EXPECT_EQ(faults(PlanBuilder().fault("stall"), history).only().verdict, Verdict::pass);
}

TEST(FaultsHappened, NothingIsDueOnceAnotherFaultSilencedTheExchange)
{
    HistoryBuilder history;
    history.request("otter/1/1")
        .attempt("primary#1")
        .opportunity("slow", "primary#1", true)
        .delivered("slow", "primary#1");
    history.attempt("primary#2").opportunity("slow", "primary#2", true).delivered("stall", "primary#2");
    history.cut("primary#2", Ending::silent).run_ended();
    EXPECT_EQ(faults(PlanBuilder().fault("slow"), history).only().verdict, Verdict::pass);
}

TEST(FaultsHappened, HangingUpEveryTimeProvesNothing)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").opportunity("stall", "primary#1", true);
    history.cut("primary#1", Ending::client_left).run_ended();
    EXPECT_EQ(faults(PlanBuilder().fault("stall"), history).only().verdict, Verdict::unknown);
}

TEST(FaultsHappened, ToolFaultsAreCountedWithoutAttempts)
{
    HistoryBuilder history;
    history.opportunity("drop", "", true).delivered("drop", "").opportunity("drop", "", true).run_ended();
    EXPECT_EQ(faults(PlanBuilder().fault("drop", "tools"), history).only().reason,
              "1 injection due and not delivered: 1 occasion without an attempt");
}

TEST(FaultsHappened, OneOfARangeIsEnough)
{
    Selector when;
    when.requests = config::Range{3, 5};
    HistoryBuilder history;
    history.request("otter/1/1")
        .attempt("primary#3")
        .opportunity("limit", "primary#3", true)
        .delivered("limit", "primary#3");
    EXPECT_EQ(faults(PlanBuilder().fault("limit", "primary", when), history.run_ended()).only().verdict, Verdict::pass);
}

TEST(FaultsHappened, ARangeThatWasNeverReachedIsUnknown)
{
    Selector when;
    when.requests = config::Range{3, 5};
    HistoryBuilder history;
    history.request("otter/1/1")
        .attempt("primary#1")
        .served("primary#1")
        .answered("otter/1/1", {"primary#1"})
        .run_ended();
    const CheckAnswer answer = faults(PlanBuilder().fault("limit", "primary", when), history);
    EXPECT_EQ(answer.only().verdict, Verdict::unknown);
    EXPECT_EQ(answer.only().reason, "no opportunity: it waits for request 3 to 5 of primary, which received 1 request");
    EXPECT_EQ(answer.only().measured, "never");
}

TEST(FaultsHappened, AChanceThatNeverFellIsAWarning)
{
    Selector when;
    when.chance = 100'000;
    HistoryBuilder history;
    history.request("otter/1/1").attempt("backup#1").opportunity("empty", "backup#1", false).run_ended();
    const CheckAnswer answer = faults(PlanBuilder().fault("empty", "backup", when), history);
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.warnings,
              std::vector<std::string>{"empty never fell: chance 10% at 1 opportunity; say at_least to demand it"});
}

TEST(FaultsHappened, AtLeastDemandsIt)
{
    Selector when;
    when.chance = 100'000;
    when.at_least = 2;
    HistoryBuilder history;
    history.request("otter/1/1")
        .attempt("backup#1")
        .opportunity("empty", "backup#1", true)
        .delivered("empty", "backup#1");
    const CheckAnswer answer = faults(PlanBuilder().fault("empty", "backup", when), history.run_ended());
    EXPECT_EQ(answer.only().verdict, Verdict::unknown);
    EXPECT_EQ(answer.only().reason, "it happened 1 time, and the scenario demands at least 2");
    EXPECT_EQ(answer.only().limit, "at least 2 times");
}

TEST(FaultsHappened, ContactIsProof)
{
    HistoryBuilder history;
    history.request("otter/1/1").armed("dark", "primary").delivered("dark", "primary", Evidence::contacted).run_ended();
    const CheckAnswer answer = faults(PlanBuilder().fault("dark"), history);
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.only().measured, "1 contacted");
}

TEST(FaultsHappened, OnlyArmedCountsWhileCallersWaitedAndSaysSo)
{
    HistoryBuilder history = clock_at_zero();
    history.at(2s)
        .armed("dark", "primary")
        .request("otter/1/1")
        .attempt("backup#1")
        .answered("otter/1/1", {"backup#1"});
    history.at(6s).released("dark", "primary").run_ended();
    const CheckAnswer answer = faults(PlanBuilder().fault("dark", "primary", window(2s, 6s)), history);
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.only().measured, "only armed");
    EXPECT_EQ(answer.warnings,
              std::vector<std::string>{
                  "dark was only armed: our own probe met it, the subject did not try primary meanwhile"});
}

TEST(FaultsHappened, ArmedWhileNobodyWaitedIsUnknown)
{
    HistoryBuilder history = clock_at_zero();
    history.request("otter/1/1").answered("otter/1/1", {"primary#1"});
    history.at(2s).armed("dark", "primary").at(6s).released("dark", "primary").run_ended();
    const CheckAnswer answer = faults(PlanBuilder().fault("dark", "primary", window(2s, 6s)), history);
    EXPECT_EQ(answer.only().verdict, Verdict::unknown);
    EXPECT_EQ(answer.only().reason, "no opportunity: no caller request was under way while it was in force");
}

TEST(FaultsHappened, AWindowAfterTheEndIsUnknown)
{
    HistoryBuilder history = clock_at_zero();
    history.request("otter/1/1").at(800ms).answered("otter/1/1", {"primary#1"}).at(800ms).run_ended();
    const CheckAnswer answer = faults(PlanBuilder().fault("dark", "primary", window(2s, 6s)), history);
    EXPECT_EQ(answer.only().reason, "no opportunity: it begins at 2s, and the run was over at 800ms");
}

PlanBuilder dark_then_limited()
{
    PlanBuilder plan;
    plan.fault("dark", "primary", window(1s, 3s)).fault("limit", "primary", window(4s, 6s));
    return plan;
}

TEST(FaultsHappened, ATargetThatRestsAfterAnEarlierFaultNeedNotBeMet)
{
    HistoryBuilder history = clock_at_zero();
    history.request("otter/1/1")
        .at(1s)
        .attempt("primary#1")
        .delivered("dark", "primary#1")
        .answered("otter/1/1", {"backup#1"});
    history.at(5s).request("otter/2/1").attempt("backup#2").answered("otter/2/1", {"backup#2"}).at(7s).run_ended();
    const CheckAnswer answer = faults(dark_then_limited(), history);
    EXPECT_EQ(answer.named("faults_happened.limit").verdict, Verdict::pass);
    EXPECT_EQ(answer.named("faults_happened.limit").measured, "not met: primary was left alone after dark");
    EXPECT_EQ(answer.warnings, std::vector<std::string>{
                                   "limit was not met: the subject left primary alone after dark had happened there"});
}

TEST(FaultsHappened, ATargetThatWasVisitedMustHaveMetIt)
{
    HistoryBuilder history = clock_at_zero();
    history.request("otter/1/1")
        .at(1s)
        .attempt("primary#1")
        .delivered("dark", "primary#1")
        .answered("otter/1/1", {"backup#1"});
    history.at(5s).request("otter/2/1").attempt("primary#2").answered("otter/2/1", {"primary#2"}).at(7s).run_ended();
    const CheckAnswer answer = faults(dark_then_limited(), history);
    EXPECT_EQ(answer.named("faults_happened.limit").verdict, Verdict::unknown);
    EXPECT_EQ(answer.named("faults_happened.limit").reason,
              "no opportunity: primary received 1 attempt while it was in force, none of the kind it selects");
}

TEST(FaultsHappened, AnEarlierFaultThatWasNotDeliveredExcusesNothing)
{
    HistoryBuilder history = clock_at_zero();
    history.at(5s).request("otter/2/1").attempt("backup#2").answered("otter/2/1", {"backup#2"}).at(7s).run_ended();
    const CheckAnswer answer = faults(dark_then_limited(), history);
    EXPECT_EQ(answer.named("faults_happened.dark").verdict, Verdict::unknown);
    EXPECT_EQ(answer.named("faults_happened.limit").verdict, Verdict::unknown);
}

TEST(FaultsHappened, AnEarlierFaultElsewhereExcusesNothing)
{
    PlanBuilder plan;
    plan.fault("dark", "backup", window(1s, 3s)).fault("limit", "primary", window(4s, 6s));
    HistoryBuilder history = clock_at_zero();
    history.request("otter/1/1")
        .at(1s)
        .attempt("backup#1")
        .delivered("dark", "backup#1")
        .answered("otter/1/1", {"backup#1"});
    history.at(5s).request("otter/2/1").attempt("backup#2").answered("otter/2/1", {"backup#2"}).at(7s).run_ended();
    EXPECT_EQ(faults(plan, history).named("faults_happened.limit").verdict, Verdict::unknown);
}

TEST(FaultsHappened, OpportunitiesThatNeverFellWithoutAChanceAreUnknown)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").opportunity("stall", "primary#1", false).run_ended();
    EXPECT_EQ(faults(PlanBuilder().fault("stall"), history).only().reason, "it had 1 opportunity and never fell due");
}

TEST(FaultsHappened, WhatCannotBeHadIsSkippedWithItsReason)
{
    HistoryBuilder history = clock_at_zero();
    history.skipped("nameless", "nobody asks us").request("otter/1/1").attempt("primary#1");
    history.opportunity("stall", "primary#1", true).delivered("stall", "primary#1").run_ended();
    const CheckAnswer answer = faults(PlanBuilder().fault("stall").fault("nameless"), history);
    ASSERT_EQ(answer.results.size(), 2U);
    const auto& skipped = answer.named("faults_happened.nameless");
    EXPECT_TRUE(skipped.skipped);
    EXPECT_EQ(skipped.reason, "nobody asks us");
    EXPECT_FALSE(answer.named("faults_happened.stall").skipped);
}

TEST(FaultsHappened, ARunWhoseEveryFaultIsSkippedProvesNothing)
{
    HistoryBuilder history = clock_at_zero();
    history.skipped("nameless", "nobody asks us").request("otter/1/1").attempt("primary#1").run_ended();
    const CheckAnswer answer = faults(PlanBuilder().fault("nameless"), history);
    EXPECT_TRUE(answer.named("faults_happened.nameless").skipped);
    EXPECT_EQ(answer.named("faults_happened").verdict, Verdict::unknown);
    EXPECT_EQ(answer.named("faults_happened").reason, "every fault was skipped, so that nothing was proved");
}

TEST(FaultsHappened, IsNotAskedWithoutFaults)
{
    EXPECT_TRUE(faults(PlanBuilder(), HistoryBuilder()).results.empty());
}

}  // namespace
}  // namespace chaos::testing
