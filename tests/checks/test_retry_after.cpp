// Who comes back before a wait is over is convicted; what was on its way, other keys and early timers are not.
#include <gtest/gtest.h>

#include "tests/checks/one_check.hpp"

namespace chaos::testing {
namespace {

using history::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;

CheckAnswer retry_after(const HistoryBuilder& history)
{
    PlanBuilder plan;
    plan.expect([](auto& expect) { expect.retry_after_obeyed = line(27); });
    return run_check("retry_after", plan.plan(), history.events());
}

/// At one second primary#1 is told to wait for three.
HistoryBuilder told_to_wait()
{
    HistoryBuilder history;
    history.request("otter/1/1").at(seconds(1)).attempt("primary#1").with([](auto& event) { event.caller = "key 1"; });
    history.told_to_wait("primary#1", seconds(3)).failed("primary#1", 429);
    return history;
}

/// Then a request of another task comes, with this key.
HistoryBuilder and_later(net::Duration at, const char* provider = "primary#2", const char* caller = "key 1")
{
    HistoryBuilder history = told_to_wait();
    history.request("heron/1/1").at(at).attempt(provider).with([&](auto& event) { event.caller = caller; });
    return std::move(history.run_ended());
}

TEST(RetryAfter, ConvictsWhoComesTooEarly)
{
    const CheckAnswer answer = retry_after(and_later(seconds(3)));
    EXPECT_EQ(answer.only().id, "retry_after.obeyed");
    EXPECT_EQ(answer.only().verdict, Verdict::fail);
    EXPECT_EQ(answer.only().measured, "1 wait told, 1 attempt came too early");
    EXPECT_EQ(answer.messages(),
              std::vector<std::string>{"primary#2 for heron/1/1 came 1s before the end of the 3s that primary#1 had been told to wait"});
}

TEST(RetryAfter, SparesWhoComesInTimeOrIsAnother)
{
    EXPECT_EQ(retry_after(and_later(seconds(4))).only().verdict, Verdict::pass);
    EXPECT_EQ(retry_after(and_later(seconds(4) - milliseconds(1))).only().verdict, Verdict::pass) << "a timer";
    EXPECT_EQ(retry_after(and_later(seconds(4) - milliseconds(2))).only().verdict, Verdict::fail);
    EXPECT_EQ(retry_after(and_later(seconds(2), "primary#2", "key 2")).only().verdict, Verdict::pass);
    EXPECT_EQ(retry_after(and_later(seconds(2), "backup#1")).only().verdict, Verdict::pass);
}

TEST(RetryAfter, SparesWhatMayHaveBeenOnItsWay)
{
    EXPECT_EQ(retry_after(and_later(seconds(1) + milliseconds(90))).only().verdict, Verdict::pass);
    EXPECT_EQ(retry_after(and_later(seconds(1) + milliseconds(110))).only().verdict, Verdict::fail);
}

TEST(RetryAfter, ConvictsTheSameRequestAtOnce)
{
    HistoryBuilder history = told_to_wait();
    history.attempt("primary#2").with([](auto& event) { event.caller = "key 1"; }).run_ended();
    EXPECT_EQ(retry_after(history).only().verdict, Verdict::fail) << "it had read the answer";
}

TEST(RetryAfter, IsUnknownIfNobodyWasTold)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").served("primary#1").answered("otter/1/1", {"primary#1"}).run_ended();
    EXPECT_EQ(retry_after(history).only().verdict, Verdict::unknown);
    EXPECT_EQ(retry_after(history).only().reason, "no provider told anybody to wait");
}

}  // namespace
}  // namespace chaos::testing
