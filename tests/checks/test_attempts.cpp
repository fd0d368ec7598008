// Storms are convicted, a failover is not; and which request an attempt belongs to.
#include <gtest/gtest.h>

#include "tests/checks/one_check.hpp"

namespace chaos::testing {
namespace {

using history::Verdict;

CheckAnswer attempts(const HistoryBuilder& history, std::int64_t limit = 2)
{
    PlanBuilder plan;
    plan.expect([&](auto& expect) { expect.attempts_per_turn = {limit, line(27)}; });
    return run_check("attempts", plan.plan(), history.events());
}

TEST(Attempts, ConvictsAStorm)
{
    HistoryBuilder history;
    history.request("otter/1/1");
    for (const char* name : {"primary#1", "primary#2", "backup#1"}) history.attempt(name).failed(name, 503);
    history.refused("otter/1/1", 502, "all_failed").run_ended();
    const CheckAnswer answer = attempts(history);
    EXPECT_EQ(answer.only().id, "attempts.per_turn");
    EXPECT_EQ(answer.only().verdict, Verdict::fail);
    EXPECT_EQ(answer.only().measured, "at most 3");
    EXPECT_EQ(answer.messages(), std::vector<std::string>{"otter/1/1 led to 3 attempts: 1 at backup and 2 at primary"});
}

TEST(Attempts, SparesOneFailover)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").failed("primary#1", 503).attempt("backup#1").served("backup#1");
    history.answered("otter/1/1", {"backup#1"}).run_ended();
    EXPECT_EQ(attempts(history).only().verdict, Verdict::pass);
}

TEST(Attempts, AreCountedForEachTryOfATurn)
{
    HistoryBuilder history;
    for (const char* request : {"otter/1/1", "otter/1/2"}) {
        history.request(request)
            .attempt("primary#" + std::to_string(history.last()))
            .attempt("backup#" + std::to_string(history.last()));
        history.refused(request, 502, "all_failed");
    }
    history.run_ended();
    EXPECT_EQ(attempts(history).only().verdict, Verdict::pass);
}

TEST(Attempts, IsUnknownIfNoProviderWasReached)
{
    HistoryBuilder history;
    history.request("otter/1/1").refused("otter/1/1", 502, "all_failed").run_ended();
    EXPECT_EQ(attempts(history).only().verdict, Verdict::unknown);
}

TEST(Attempts, ThatComeLateAreChargedToTheirRequest)
{
    HistoryBuilder history;
    history.request("otter/1/1", {"brief"}).attempt("primary#1").answered("otter/1/1", {"primary#1"});
    history.request("otter/2/1", {"brief", "tool: one"});
    history.attempt_of("primary#2", "otter", 1, {"brief"}).attempt_of("primary#3", "otter", 1, {"brief"});
    history.run_ended();
    EXPECT_EQ(attempts(history).messages(),
              std::vector<std::string>{"otter/1/1 led to 3 attempts: 3 at primary; 2 came after it had ended"});
}

/// Its step looks like the first one because a turn was lost; the newest turn says whose it is.
TEST(Attempts, WithLostTurnsBelongToTheRequestUnderWay)
{
    HistoryBuilder history;
    history.request("otter/1/1", {"brief"}).attempt("primary#1").answered("otter/1/1", {"primary#1"});
    history.request("otter/2/1", {"brief", "tool: one", "tool: two"})
        .attempt_of("primary#2", "otter", 1, {"brief", "tool: two"});
    harness::Book book;
    for (const Event& event : history.events()) book.see(event);
    EXPECT_EQ(book.request_of(*book.find_attempt("primary#2"))->name, "otter/2/1");
    EXPECT_FALSE(book.find_attempt("primary#2")->late);
}

}  // namespace
}  // namespace chaos::testing
