// How long callers waited, and how many samples a quantile needs.
#include <gtest/gtest.h>

#include "harness/checks/quantiles.hpp"
#include "tests/checks/one_check.hpp"

namespace chaos::testing {
namespace {

using harness::Quantile;
using history::Verdict;
using namespace std::chrono_literals;

CheckAnswer latency(const HistoryBuilder& history, Quantile quantile, net::Duration limit)
{
    PlanBuilder plan;
    plan.expect([&](auto& expect) { expect.latency[quantile] = {limit, line(25)}; });
    return run_check("latency", plan.plan(), history.events());
}

/// One turn each, one after the other, that take so long.
HistoryBuilder turns_of(const std::vector<net::Duration>& lengths)
{
    HistoryBuilder history;
    net::Duration start = 1s;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        const std::string name = "otter/" + std::to_string(i + 1) + "/1";
        history.at(start).request(name).at(start + lengths[i]).answered(name, {});
        start += lengths[i];
    }
    history.run_ended();
    return history;
}

TEST(Latency, ConvictsASlowTurn)
{
    const CheckAnswer answer = latency(turns_of({200ms, 4500ms, 300ms}), Quantile::max, 4s);
    EXPECT_EQ(answer.only().id, "latency.max");
    EXPECT_EQ(answer.only().verdict, Verdict::fail);
    EXPECT_EQ(answer.only().measured, "max 4.5s");
    EXPECT_EQ(answer.only().limit, "4s");
    EXPECT_EQ(answer.only().reason, "max is 4.5s, more than 4s; 1 of 3 took longer");
    EXPECT_EQ(answer.messages(), std::vector<std::string>{"otter/2/1 took 4.5s"});
    EXPECT_EQ(answer.only().findings[0].request, "otter/2/1");
}

TEST(Latency, SparesATurnOfExactlyTheLimit)
{
    EXPECT_EQ(latency(turns_of({4s}), Quantile::max, 4s).only().verdict, Verdict::pass);
}

TEST(Latency, SaysExactlyWhatRoundingWouldHide)
{
    EXPECT_EQ(latency(turns_of({4s + 1us}), Quantile::max, 4s).only().measured, "max 4.000001s");
}

TEST(Latency, ATurnThatTimedOutCounts)
{
    HistoryBuilder history;
    history.at(1s).request("otter/1/1").attempt("primary#1").at(9s).timed_out("otter/1/1").run_ended();
    const CheckAnswer answer = latency(history, Quantile::max, 4s);
    EXPECT_EQ(answer.messages(), std::vector<std::string>{"otter/1/1 took 8s and timed out (last at primary#1)"});
}

TEST(Latency, AnOpenTurnIsNoSample)
{
    EXPECT_EQ(latency(HistoryBuilder().request("otter/1/1"), Quantile::max, 4s).only().verdict, Verdict::unknown);
}

TEST(Latency, P99IsUnknownWithNinetyNineTurns)
{
    const CheckAnswer answer = latency(turns_of(std::vector<net::Duration>(99, 10ms)), Quantile::p99, 4s);
    EXPECT_EQ(answer.only().verdict, Verdict::unknown);
    EXPECT_EQ(answer.only().reason, "too few samples: p99 needs 100, there are 99");
    EXPECT_EQ(answer.only().measured, "");
}

TEST(Latency, P99ForgivesOneOfAHundredAndNotTwo)
{
    std::vector<net::Duration> lengths(98, 10ms);
    lengths.insert(lengths.end(), {net::Duration(10ms), net::Duration(9s)});
    EXPECT_EQ(latency(turns_of(lengths), Quantile::p99, 4s).only().verdict, Verdict::pass);
    lengths[0] = 8s;
    const CheckAnswer answer = latency(turns_of(lengths), Quantile::p99, 4s);
    EXPECT_EQ(answer.only().verdict, Verdict::fail);
    EXPECT_EQ(answer.messages(), (std::vector<std::string>{"otter/100/1 took 9s", "otter/1/1 took 8s"}));
}

TEST(Latency, OneResultALimit)
{
    PlanBuilder plan;
    plan.expect([](auto& expect) {
        expect.latency[Quantile::p50] = {1s, line(3)};
        expect.latency[Quantile::max] = {1s, line(4)};
    });
    const CheckAnswer answer = run_check("latency", plan.plan(), turns_of({100ms, 200ms, 2s}).events());
    EXPECT_EQ(answer.named("latency.p50").verdict, Verdict::pass);
    EXPECT_EQ(answer.named("latency.p50").measured, "p50 200ms");
    EXPECT_EQ(answer.named("latency.max").verdict, Verdict::fail);
}

struct Rank {
    Quantile quantile;
    std::size_t count;
    std::size_t index;
};

TEST(Latency, NearestRank)
{
    for (const Rank& row : std::vector<Rank>{{Quantile::p50, 1, 0},
                                             {Quantile::p50, 2, 0},
                                             {Quantile::p50, 3, 1},
                                             {Quantile::p50, 4, 1},
                                             {Quantile::p90, 10, 8},
                                             {Quantile::p90, 11, 9},
                                             {Quantile::p95, 20, 18},
                                             {Quantile::p95, 21, 19},
                                             {Quantile::p99, 100, 98},
                                             {Quantile::p99, 101, 99},
                                             {Quantile::p99, 1000, 989},
                                             {Quantile::max, 1, 0},
                                             {Quantile::max, 7, 6}}) {
        EXPECT_EQ(harness::nearest_rank(row.quantile, row.count), row.index)
            << harness::name_of(row.quantile) << " of " << row.count;
    }
}

TEST(Latency, SamplesNeeded)
{
    EXPECT_EQ(harness::samples_needed(Quantile::p50), 2U);
    EXPECT_EQ(harness::samples_needed(Quantile::p90), 10U);
    EXPECT_EQ(harness::samples_needed(Quantile::p95), 20U);
    EXPECT_EQ(harness::samples_needed(Quantile::p99), 100U);
    EXPECT_EQ(harness::samples_needed(Quantile::max), 1U);
}

}  // namespace
}  // namespace chaos::testing
