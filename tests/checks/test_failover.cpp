// How long a failover took.
#include <gtest/gtest.h>

#include "tests/checks/one_check.hpp"

namespace chaos::testing {
namespace {

using harness::Quantile;
using history::Verdict;
using namespace std::chrono_literals;

CheckAnswer failover(const HistoryBuilder& history, net::Duration limit = 1500ms)
{
    PlanBuilder plan;
    plan.expect([&](auto& expect) { expect.failover[Quantile::max] = {limit, line(26)}; });
    return run_check("failover", plan.plan(), history.events());
}

/// The primary answers 503 after a second; the backup's first byte comes `after` that.
HistoryBuilder refused_then_served(net::Duration after)
{
    HistoryBuilder history;
    history.at(10s).request("otter/1/1").attempt("primary#1");
    history.at(11s).failed("primary#1", 503).attempt("backup#1");
    history.at(11s + after).output("otter/1/1").served("backup#1").answered("otter/1/1", {"backup#1"}).run_ended();
    return history;
}

TEST(Failover, ConvictsASlowOne)
{
    const CheckAnswer answer = failover(refused_then_served(2s));
    EXPECT_EQ(answer.only().id, "failover.max");
    EXPECT_EQ(answer.only().verdict, Verdict::fail);
    EXPECT_EQ(answer.only().measured, "max 2s");
    EXPECT_EQ(answer.messages(),
              std::vector<std::string>{"otter/1/1: primary#1 failed, and the first byte from backup#1 came 2s later"});
}

TEST(Failover, SparesAQuickOne)
{
    const CheckAnswer answer = failover(refused_then_served(900ms));
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.only().measured, "max 900ms");
}

TEST(Failover, IsUnknownWithoutAFailedAttempt)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").output("otter/1/1").served("primary#1");
    history.answered("otter/1/1", {"primary#1"}).run_ended();
    const CheckAnswer answer = failover(history);
    EXPECT_EQ(answer.only().verdict, Verdict::unknown);
    EXPECT_EQ(answer.only().reason, "no failed attempt was followed by one that answered");
}

TEST(Failover, ASilenceCountsFromTheLastSignOfLife)
{
    HistoryBuilder history;
    history.at(10s).request("otter/1/1").at(10s).attempt("primary#1").at(11s).attempt("backup#1");
    history.at(11200ms).output("otter/1/1").served("backup#1").answered("otter/1/1", {"backup#1"});
    history.at(16s).delivered("blackhole", "primary#1").cut("primary#1", Ending::silent).run_ended();
    EXPECT_EQ(failover(history).only().measured, "max 1.2s");
}

TEST(Failover, ACutInTheMiddleCountsFromTheCut)
{
    HistoryBuilder history;
    history.at(10s).request("otter/1/1").attempt("primary#1");
    history.at(12s).delivered("cut", "primary#1").cut("primary#1").attempt("backup#1");
    history.at(12800ms).output("otter/1/1").answered("otter/1/1", {"backup#1"}).run_ended();
    EXPECT_EQ(failover(history).only().measured, "max 800ms");
}

TEST(Failover, AnAnswerThatHadBegunBeforeTheFailureIsNone)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").output("otter/1/1");
    history.cut("primary#1").attempt("backup#1").answered("otter/1/1", {"primary#1", "backup#1"}).run_ended();
    EXPECT_EQ(failover(history).only().verdict, Verdict::unknown);
}

TEST(Failover, ASlowAttemptThatServedIsNone)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").delivered("slow", "primary#1").attempt("backup#1");
    history.output("otter/1/1").served("primary#1").answered("otter/1/1", {"primary#1"}).run_ended();
    EXPECT_EQ(failover(history).only().verdict, Verdict::unknown);
}

TEST(Failover, AConnectThatWentNowhereIsACause)
{
    HistoryBuilder history;
    history.at(10s).request("otter/1/1").at(10001ms).delivered("blackhole", "primary", Evidence::contacted);
    history.at(10501ms).attempt("backup#1").at(10601ms).output("otter/1/1").served("backup#1");
    history.answered("otter/1/1", {"backup#1"}).run_ended();
    const CheckAnswer answer = failover(history, 500ms);
    EXPECT_EQ(answer.messages(),
              std::vector<std::string>{
                  "otter/1/1: a connect to primary met blackhole, and the first byte from backup#1 came 600ms later"});
}

TEST(Failover, AConnectBeforeTheRequestIsNone)
{
    HistoryBuilder history;
    history.delivered("blackhole", "primary", Evidence::contacted).request("otter/1/1").attempt("backup#1");
    history.output("otter/1/1").served("backup#1").answered("otter/1/1", {"backup#1"}).run_ended();
    EXPECT_EQ(failover(history).only().verdict, Verdict::unknown);
}

TEST(Failover, AnAnswerThatComesWholeCountsAtItsEnd)
{
    HistoryBuilder history;
    history.at(10s).request("otter/1/1").attempt("primary#1").at(11s).failed("primary#1", 500).attempt("backup#1");
    history.at(13s).answered("otter/1/1", {"backup#1"}).run_ended();
    EXPECT_EQ(failover(history).only().measured, "max 2s");
}

}  // namespace
}  // namespace chaos::testing
