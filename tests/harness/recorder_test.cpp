// What mocks and routers say becomes events, and nothing becomes more than was said.
#include "harness/recorder.hpp"

#include <gtest/gtest.h>

#include "mock_providers/brief.hpp"
#include "net/simulation/simulation.hpp"

namespace chaos::harness {
namespace {

using history::Kind;

class RecorderTest : public ::testing::Test {
protected:
    net::Simulation simulation_;
    Recorder recorder_{simulation_.clock()};

    std::vector<Kind> kinds()
    {
        std::vector<Kind> kinds;
        for (const auto& event : recorder_.take().events) kinds.push_back(event.kind);
        return kinds;
    }

    static mock_providers::Observer::ToolUse use(const std::string& content)
    {
        mock_providers::Observer::ToolUse use;
        use.tool = "send_email";
        use.effect = "t/1/1";
        use.arguments = R"({"reference":"t/1/1","content":")" + content + "\"}";
        return use;
    }
};

TEST_F(RecorderTest, AToolFaultThatNeverCameToItsDeedIsDueAndNotDelivered)
{
    recorder_.tool_fault("drop", use("x"), true, "");
    EXPECT_EQ(kinds(), std::vector<Kind>{Kind::fault_opportunity});
}

TEST_F(RecorderTest, AToolFaultThatCameToItsDeedIsDelivered)
{
    recorder_.tool_fault("drop", use("x"), true, "RST after the effect");
    EXPECT_EQ(kinds(), (std::vector<Kind>{Kind::fault_opportunity, Kind::fault_delivered}));
}

TEST_F(RecorderTest, ArgumentsThatDifferInTheMarkAloneAreTheSame)
{
    recorder_.effect_performed(use("Step 1 " + mock_providers::mark("primary#17")));
    recorder_.effect_performed(use("Step 1 " + mock_providers::mark("backup#2")));
    recorder_.effect_performed(use("Step 2 " + mock_providers::mark("backup#2")));
    const auto events = recorder_.take().events;
    EXPECT_EQ(events.at(0).text, events.at(1).text);
    EXPECT_NE(events.at(1).text, events.at(2).text);
}

TEST_F(RecorderTest, ARoutersWordsAreNotesAndNeverEvents)
{
    router::AttemptRecord attempt;
    attempt.request = "r1";
    attempt.target = "primary";
    recorder_.attempt_ended({attempt, {}});
    const auto history = recorder_.take();
    EXPECT_TRUE(history.events.empty());
    ASSERT_EQ(history.notes.size(), 1U);
    EXPECT_EQ(history.notes.front().provider, "primary");
}

}  // namespace
}  // namespace chaos::harness
