// Which histories deserve to be judged.
#include <gtest/gtest.h>

#include "tests/checks/one_check.hpp"

namespace chaos::testing {
namespace {

using history::Verdict;
using namespace std::chrono_literals;

CheckAnswer sound(const HistoryBuilder& history)
{
    return run_check("sound_history", PlanBuilder().plan(), history.events());
}

HistoryBuilder good_sound_run()
{
    HistoryBuilder history;
    history.task_started("otter").request("otter/1/1").attempt("primary#1").served("primary#1");
    history.answered("otter/1/1", {"primary#1"}).task_answered("otter", "answer of otter").run_ended();
    return history;
}

TEST(SoundHistory, SparesAWholeRun)
{
    const CheckAnswer answer = sound(good_sound_run());
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.messages(), std::vector<std::string>{});
    EXPECT_EQ(answer.warnings, std::vector<std::string>{});
}

TEST(SoundHistory, AFailedControlRunSaysWhatWentWrong)
{
    HistoryBuilder history = HistoryBuilder::empty();
    history.run_started().control_failed("status 502 from the subject").clock_zero().run_ended();
    const CheckAnswer answer = sound(history);
    EXPECT_EQ(answer.only().verdict, Verdict::unknown);
    EXPECT_EQ(answer.only().reason, "the subject failed the healthy control run: status 502 from the subject");
}

TEST(SoundHistory, AnEmptyHistoryIsNotSound)
{
    const CheckAnswer answer = sound(HistoryBuilder::empty());
    EXPECT_EQ(answer.only().verdict, Verdict::unknown);
    EXPECT_EQ(answer.only().reason, "the history is empty");
}

struct Unsound {
    std::string name;
    HistoryBuilder history;
    std::string reason;
};
class UnsoundHistory : public ::testing::TestWithParam<Unsound> {};

TEST_P(UnsoundHistory, IsUnknown)
{
    const CheckAnswer answer = sound(GetParam().history);
    EXPECT_EQ(answer.only().verdict, Verdict::unknown);
    EXPECT_EQ(answer.only().reason, GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    SoundHistory, UnsoundHistory,
    ::testing::Values(
        Unsound{"no_control", HistoryBuilder::empty().run_started().clock_zero().run_ended(),
                "the healthy control run is missing"},
        Unsound{"no_clock", HistoryBuilder::empty().run_started().control_passed().run_ended(),
                "no caller request was made: time zero is missing"},
        Unsound{"time_runs_back", HistoryBuilder().at(5s).task_started("otter").at(4s).run_ended(),
                "event 5 at place 5 is out of order"},
        Unsound{"number_missing", HistoryBuilder().run_ended().with([](Event& event) { event.number = 9; }),
                "event 9 at place 4 is out of order"},
        Unsound{"request_open", HistoryBuilder().request("otter/1/1").run_ended(),
                "caller requests without an end: otter/1/1"},
        Unsound{"request_ended_twice",
                HistoryBuilder().request("otter/1/1").answered("otter/1/1", {}).answered("otter/1/1", {}).run_ended(),
                "caller requests begun or ended twice: otter/1/1"},
        Unsound{"request_never_sent", HistoryBuilder().answered("otter/1/1", {}).run_ended(),
                "caller requests otter/1/1 ended but never began"},
        Unsound{"attempt_open",
                HistoryBuilder().request("otter/1/1").attempt("primary#1").answered("otter/1/1", {}).run_ended(),
                "attempts without an end: primary#1"},
        Unsound{"foreign_task", HistoryBuilder().request("heron/1/1").answered("heron/1/1", {}).run_ended(),
                "task \"heron\" is not in the plan"},
        Unsound{"lag", HistoryBuilder().rig_lagged(251ms).run_ended(),
                "the rig lagged by 251ms, more than the 250ms that is tolerated"}),
    [](const auto& info) { return info.param.name; });

TEST(SoundHistory, ToleratesALittleLagAndSaysSo)
{
    const CheckAnswer answer = sound(HistoryBuilder().rig_lagged(90ms).rig_lagged(250ms).run_ended());
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.warnings, std::vector<std::string>{"the rig lagged by up to 250ms"});
}

TEST(SoundHistory, StraysAreReportedAndCondemnNobody)
{
    const CheckAnswer answer =
        sound(HistoryBuilder().stray("primary", "another run").stray("primary", "no task").run_ended());
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.warnings,
              std::vector<std::string>{"primary received 2 requests that belong to no task of this run"});
}

TEST(SoundHistory, AnInterruptedRunMayLeaveRequestsOpen)
{
    HistoryBuilder history;
    history.request("otter/1/1").attempt("primary#1").run_ended("SIGTERM");
    const CheckAnswer answer = sound(history);
    EXPECT_EQ(answer.only().verdict, Verdict::pass);
    EXPECT_EQ(answer.warnings, std::vector<std::string>{"the run was interrupted: SIGTERM"});
}

TEST(SoundHistory, AManifoldFlawIsOneFinding)
{
    HistoryBuilder history;
    for (int turn = 1; turn <= 9; ++turn) history.request("otter/" + std::to_string(turn) + "/1");
    history.run_ended();
    EXPECT_EQ(sound(history).messages(),
              std::vector<std::string>{"caller requests without an end: otter/1/1, otter/2/1, otter/3/1 and 6 more"});
}

}  // namespace
}  // namespace chaos::testing
