// Scenarios as they are read: what a file means, and the exact words for what is wrong with one.
#include "harness/scenario.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "harness/plan.hpp"
#include "harness/run_folder.hpp"
#include "tests/support/source_dir.hpp"

namespace chaos::harness {
namespace {

std::string complaints_about(const std::string& text)
{
    config::Complaints complaints("s.yaml");
    const auto scenario = read_scenario("s.yaml", text, complaints);
    EXPECT_EQ(scenario.has_value(), complaints.empty());
    std::string all;
    for (const auto& complaint : complaints.sorted()) all += config::to_string(complaint) + "\n";
    return all;
}

constexpr const char* good = "providers: {a: {model: m}}\nexpect: {answered: 100%}\n";

TEST(Scenario, HasDefaultsForWhatItDoesNotSay)
{
    config::Complaints complaints("folder/small.yaml");
    const auto scenario = read_scenario("folder/small.yaml", std::string("# It works.\n# Really.\n#\n# Not this.\n") + good, complaints);
    ASSERT_TRUE(scenario);
    EXPECT_EQ(scenario->name, "small");
    EXPECT_EQ(scenario->sentence, "It works. Really.");
    ASSERT_EQ(scenario->tools.size(), 1U);
    EXPECT_EQ(scenario->tools.front().name, "write_file");
    EXPECT_EQ(scenario->router.models.at("agent").chain, router::plain_chain({"a"}).chain);
    EXPECT_EQ(scenario->expect.answered->value, 1'000'000U);
    EXPECT_EQ(scenario->expect.answered->source.line, 6);
}

struct Row {
    const char* name;
    const char* addition;  ///< after the good two lines
    const char* complaint;
};

class WrongScenario : public ::testing::TestWithParam<Row> {};

TEST_P(WrongScenario, IsRefusedWithItsPlaceAndTheRightSpelling)
{
    const std::string said = complaints_about(std::string(good) + GetParam().addition);
    EXPECT_NE(said.find(GetParam().complaint), std::string::npos) << "said: " << said;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, WrongScenario,
    ::testing::Values(
        Row{"unknown_key", "agnets: {}\n", "s.yaml:3:1: scenario: unknown key 'agnets' (did you mean 'agents'?)"},
        Row{"duplicate_key", "expect: {answered: 90%}\n", "s.yaml:3:1: "},
        Row{"no_place_in_plain_http", "faults: [{target: tools, inject: tool_session_lost}]\n",
            "s.yaml:3:10: fault 'tool_session_lost-tools-1': so spelt, tool_session_lost cannot happen at 'tools', which "
            "agents of a run call by plain HTTP; where it can: every call of a tool by MCP"},
        Row{"no_output_to_break", "faults: [{target: write_file, inject: {tool_schema_violation: {as: missing}}}]\n",
            "tool_schema_violation cannot happen at 'write_file', which agents of a run call by plain HTTP; where it can: "
            "every call of a tool that declares an `output`"},
        Row{"unknown_key_of_the_tool_server", "tool_server: {ports: 1}\n",
            "s.yaml:3:15: tool_server: unknown key 'ports' (did you mean 'port'?)"},
        Row{"no_place_in_the_dialect",
            "faults:\n  - {target: a, inject: {quota: {kind: affordable}}}\n  - {target: a, inject: {framing: {shape: bom}}}\n"
            "agents: {stream: false}\n",
            "s.yaml:5:5: fault 'framing-a-2': so spelt, framing cannot happen at an openai provider to a whole answer; where "
            "it can: streamed: openai, "},
        Row{"never_streamed", "faults: [{target: a, stream: false, inject: empty_answer}]\n",
            "s.yaml:3:10: fault 'empty_answer-a-1': `stream: false` never matches, for the agents ask for streamed answers"},
        Row{"no_unit", "agents: {deadline: 5}\n", "s.yaml:3:20: "},
        Row{"zero_deadline", "agents: {deadline: 0s}\n", "s.yaml:3:20: agents.deadline: must be more than 0s"},
        Row{"negative", "agents: {deadline: -5s}\n", "s.yaml:3:20: "},
        Row{"too_many", "agents: {tasks: 0}\n", "s.yaml:3:17: "},
        Row{"not_a_model", "agents: {model: agnet}\n", "s.yaml:3:9: agents.model: 'agnet' is not one of router.models (did you mean 'agent'?)"},
        Row{"faults_no_list", "faults: {target: a}\n", "s.yaml:3:9: faults: expected a list of faults, found a map"},
        Row{"unknown_target", "faults: [{target: b, inject: timeout}]\n", "s.yaml:3:19: "},
        Row{"unknown_fault", "faults: [{target: a, inject: timeuot}]\n", "(did you mean 'timeout'?)"},
        Row{"same_name", "faults: [{name: x, target: a, inject: timeout}, {name: x, target: a, inject: timeout}]\n",
            "fault 'x': another fault has this name already"},
        Row{"late_window", "faults: [{target: a, from: 1h, inject: timeout}]\n", "after the planned end of the run"}),
    [](const auto& info) { return info.param.name; });

TEST(Scenario, SaysEverythingThatIsWrongAtOnceInTheOrderOfTheFile)
{
    const std::string said = complaints_about(
        "providers: {a: {modle: m}}\n"
        "agents: {taks: 3}\n"
        "faults: [{target: a, inject: blackhoel, until: 1s}]\n"
        "expect: {answerd: 100%}\n");
    for (const char* line : {"s.yaml:1:", "s.yaml:2:", "s.yaml:3:", "s.yaml:4:"}) {
        const auto at = said.find(line);
        ASSERT_NE(at, std::string::npos) << said;
    }
    EXPECT_LT(said.find("s.yaml:1:"), said.find("s.yaml:2:"));
    EXPECT_LT(said.find("s.yaml:3:"), said.find("s.yaml:4:"));
}

TEST(Scenario, WithAScriptForABrainIsForServingAlone)
{
    const std::string text = "providers: {a: {brain: {script: [{say: hello}]}}}\nexpect: {answered: 100%}\n";
    const std::string said = "s.yaml:1:13: provider 'a' has a script for a brain, which is for agents of your own";
    EXPECT_EQ(complaints_about(text).substr(0, said.size()), said);
    config::Complaints complaints("s.yaml");
    const auto served = read_scenario("s.yaml", text, complaints, Purpose::serve);
    ASSERT_TRUE(served);
    EXPECT_EQ(served->providers.at(0).brain.size(), 1U);
}

TEST(Scenario, RefusesFaultsThatWaitForWhatNeverComes)
{
    const auto with = [](const std::string& faults) {
        return complaints_about("providers: {a: {model: m}}\nagents: {tasks: 3, steps: 2}\nexpect: {answered: 100%}\nfaults:\n" + faults);
    };
    EXPECT_NE(with("  - {target: a, name: one, after: {fault: on}, inject: cut}\n")
                  .find("s.yaml:5:5: fault 'one': it waits for fault 'on', which does not exist (did you mean 'one'?)"),
              std::string::npos);
    const std::string circle = with("  - {target: a, name: one, after: {fault: two}, inject: cut}\n"
                                    "  - {target: a, name: two, after: {fault: one}, inject: cut}\n");
    EXPECT_NE(circle.find("fault 'one': it waits for fault 'two', which waits for it"), std::string::npos) << circle;
    EXPECT_NE(circle.find("fault 'two': it waits for fault 'one', which waits for it"), std::string::npos) << circle;
    EXPECT_NE(with("  - {target: a, task: 4.., inject: cut}\n").find("`task: 4` never matches, for there are 3"), std::string::npos);
    EXPECT_NE(with("  - {target: a, step: 4, inject: cut}\n")
                  .find("`step: 4` never matches, for the last step, the answer, is 3"),
              std::string::npos);
}

TEST(Scenario, ReadsAStatusPage)
{
    config::Complaints complaints("s.yaml");
    const auto scenario =
        read_scenario("s.yaml", std::string(good) + "status_page: {lag: 3s, timeline: [{indicator: minor}]}\n", complaints);
    ASSERT_TRUE(scenario);
    EXPECT_EQ(scenario->status_page->lag, std::chrono::seconds(3));
    EXPECT_NE(complaints_about(std::string(good) + "status_page: {timeline: [{component: nobody, status: operational}]}\n")
                  .find("unknown provider 'nobody'"),
              std::string::npos);
}

TEST(Scenario, ThatExpectsNothingIsRefused)
{
    EXPECT_NE(complaints_about("providers: {a: {model: m}}\n").find("expect"), std::string::npos);
    EXPECT_NE(complaints_about("providers: {a: {model: m}}\nexpect: {}\n").find("nothing is expected"), std::string::npos);
}

TEST(Scenario, OfEveryShippedFileIsReadAndSaysWhatItProves)
{
    int read = 0;
    for (const auto& entry : std::filesystem::directory_iterator(chaos::testing::source_dir() + "/scenarios")) {
        const std::string file = entry.path().string();
        config::Complaints complaints(file);
        const auto scenario = read_scenario(file, read_file(file).value(), complaints);
        ASSERT_TRUE(scenario) << config::to_string(complaints.sorted().front());
        EXPECT_FALSE(scenario->sentence.empty()) << file;
        EXPECT_EQ(scenario->name, entry.path().stem().string());
        ++read;
    }
    EXPECT_GE(read, 9);
}

TEST(Plan, NamesEveryTaskAndEffectOnce)
{
    config::Complaints complaints("s.yaml");
    const auto scenario = read_scenario("s.yaml", std::string(good) + "agents: {tasks: 30, steps: 3}\n", complaints);
    ASSERT_TRUE(scenario);
    const Plan plan = make_plan(*scenario, 9);
    std::vector<std::string> names;
    for (const PlannedTask& task : plan.tasks) {
        names.push_back(task.brief.task);
        names.insert(names.end(), task.effects.begin(), task.effects.end());
        EXPECT_EQ(plan.find_task(task.brief.task), &task);
    }
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::unique(names.begin(), names.end()), names.end());
    EXPECT_EQ(names.size(), 30U + 30U * 3U);
    EXPECT_EQ(to_json(plan), to_json(make_plan(*scenario, 9)));
    EXPECT_NE(make_plan(*scenario, 10).run, plan.run);
}

}  // namespace
}  // namespace chaos::harness
