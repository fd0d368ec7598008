// Whole runs in simulation, told as stories: the same bytes every time, no verdict without evidence, an honest end.
#include "harness/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "history/json_lines.hpp"
#include "tests/zoo/broken_router.hpp"

namespace chaos::harness {
namespace {

using history::Kind;
using history::Verdict;

constexpr const char* two_providers =
    "providers:\n"
    "  primary: {model: gpt-4o}\n"
    "  backup: {model: gpt-4o-backup}\n";

Scenario scenario_of(const std::string& rest)
{
    config::Complaints complaints("story.yaml");
    auto scenario = read_scenario("story.yaml", two_providers + rest, complaints);
    for (const auto& complaint : complaints.sorted()) ADD_FAILURE() << config::to_string(complaint);
    return scenario.value();
}

RunResult run_once(const Scenario& scenario, SubjectKind subject = bundled_router(), std::uint64_t seed = 1)
{
    RunSettings settings;
    settings.seed = seed;
    settings.place = Place::simulation;
    settings.subject = std::move(subject);
    ControlRuns controls;
    Stop stop;
    return run(scenario, settings, controls, stop);
}

const history::CheckResult* find_check(const RunResult& result, const std::string& id)
{
    for (const auto& check : result.account.judgement.checks) {
        if (check.id == id) return &check;
    }
    return nullptr;
}

const std::string some_failures =
    "agents: {tasks: 6, at_once: 3, steps: 3, retry_turn: 2}\n"
    "faults:\n"
    "  - {target: primary, chance: 30%, inject: {status: {code: 503}}}\n"
    "expect: {answered: 100%, side_effects: at_most_once, context: survives}\n";

TEST(Run, OfTheSameScenarioAndSeedLeavesTheSameBytes)
{
    const Scenario scenario = scenario_of(some_failures);
    const std::string first = history::to_json_lines(run_once(scenario).history);
    EXPECT_EQ(history::to_json_lines(run_once(scenario).history), first);
    EXPECT_NE(history::to_json_lines(run_once(scenario, bundled_router(), 2).history), first);
}

TEST(Run, IsJudgedTheSameFromItsSavedHistory)
{
    const RunResult result = run_once(scenario_of(some_failures));
    const auto saved = history::from_json_lines(history::to_json_lines(result.history));
    ASSERT_EQ(saved.problem, "");
    EXPECT_EQ(saved.history.events, result.history.events);
}

TEST(Run, OfAFaultWithoutAnOpportunityIsUnknown)
{
    const RunResult result = run_once(scenario_of("agents: {tasks: 2, steps: 1}\n"
                                                  "faults: [{target: primary, requests: 5000, inject: empty_answer}]\n"
                                                  "expect: {answered: 100%}\n"));
    EXPECT_EQ(result.account.judgement.verdict(), Verdict::unknown);
    EXPECT_EQ(find_check(result, "answered")->verdict, Verdict::pass);
}

/// Accepts connections and never says a word.
class Mute final : public Subject {
public:
    explicit Mute(SubjectSetting setting) : listener_(std::move(setting.listener)) {}
    net::Endpoint endpoint() const override { return listener_->endpoint(); }
    net::Task<void> serve() override
    {
        std::vector<net::StreamPtr> held;
        while (true) {
            net::Result<net::StreamPtr> stream = co_await listener_->accept();
            if (!stream) co_return;
            held.push_back(std::move(*stream));
        }
    }
    void stop() override { listener_->close(); }

private:
    std::unique_ptr<net::Listener> listener_;
};

TEST(Run, OfASubjectThatFailsWithoutFaultsIsUnknown)
{
    const SubjectKind mute{"mute", "", {"openai"}, [](SubjectSetting setting) { return std::make_unique<Mute>(std::move(setting)); }};
    const RunResult result = run_once(scenario_of("agents: {tasks: 2, steps: 1, deadline: 2s}\n"
                                                  "faults: [{target: primary, inject: empty_answer}]\n"
                                                  "expect: {answered: 100%, errors: honest}\n"),
                                      mute);
    EXPECT_EQ(result.account.judgement.verdict(), Verdict::unknown);
    ASSERT_NE(find_check(result, "errors"), nullptr);
    EXPECT_EQ(find_check(result, "errors")->verdict, Verdict::unknown);
}

TEST(Run, MakesTheControlRunOnceForAllRepeats)
{
    int started = 0;
    SubjectKind counted = bundled_router();
    const auto start = counted.start;
    counted.start = [&started, start](SubjectSetting setting) {
        ++started;
        return start(std::move(setting));
    };
    const Scenario scenario = scenario_of("agents: {tasks: 1, steps: 1}\nexpect: {answered: 100%}\n");
    RunSettings settings;
    settings.place = Place::simulation;
    settings.subject = counted;
    ControlRuns controls;
    Stop stop;
    for (int nth = 0; nth < 3; ++nth) run(scenario, settings, controls, stop);
    EXPECT_EQ(started, 1 + 3);
}

TEST(Run, StoppedMidwayIsInterruptedAndUnknown)
{
    const Scenario scenario = scenario_of("agents: {tasks: 50, at_once: 2, steps: 2}\nexpect: {answered: 100%}\n");
    RunSettings settings;
    settings.place = Place::simulation;
    settings.subject = bundled_router();
    ControlRuns controls;
    Stop stop;
    int ended = 0;
    const RunResult result = run(scenario, settings, controls, stop, [&](const history::Event& event) {
        if (event.kind == Kind::task_ended && ++ended == 5) stop.request();
    });
    EXPECT_TRUE(result.history.interrupted);
    EXPECT_EQ(result.history.events.back().kind, Kind::run_ended);
    EXPECT_EQ(result.account.judgement.verdict(), Verdict::unknown);
    EXPECT_LT(ended, 50);
}

TEST(Run, AsksAgainUnderTheSameKeyWhenAToolsReplyIsLostForGood)
{
    // Four calls in a row lose their reply: more than the agent's own tries of one call.
    const RunResult result = run_once(scenario_of("tools: {send_email: {irreversible: true}}\n"
                                                  "agents: {tasks: 1, at_once: 1, steps: 2}\n"
                                                  "faults: [{target: send_email, requests: 1..4, inject: tool_drop_reply}]\n"
                                                  "expect: {answered: 100%, side_effects: at_most_once}\n"));
    EXPECT_EQ(result.account.judgement.verdict(), Verdict::pass);
    const auto& events = result.history.events;
    const auto performed = std::count_if(events.begin(), events.end(), [](const auto& event) { return event.kind == Kind::effect_performed; });
    EXPECT_EQ(performed, 2);
    const auto unknown = std::count_if(events.begin(), events.end(), [](const auto& event) {
        return event.kind == Kind::tool_ended && event.outcome == history::Outcome::unknown;
    });
    EXPECT_EQ(unknown, 4);
}

TEST(Run, FinishesTasksWithToolsThatDeclareTheirSchemasAndMisbehave)
{
    const RunResult result = run_once(
        scenario_of("tools:\n"
                    "  write_file: {}\n"
                    "  order:\n"
                    "    token_in: ticket\n"
                    "    input: {type: object, properties: {ticket: {type: string}, n: {type: integer, minimum: 2}}, "
                    "required: [ticket, n], additionalProperties: false}\n"
                    "    output: {type: object, properties: {total: {type: number}}, required: [total]}\n"
                    "agents: {tasks: 4, at_once: 2, steps: 4}\n"
                    "faults:\n"
                    "  - {target: tools, every: 2, inject: tool_duplicate_delivery}\n"
                    "  - {target: write_file, requests: 2, inject: {tool_schema_violation: {as: content}}}\n"
                    "  - {target: order, requests: 2, inject: tool_schema_violation}\n"
                    "  - {target: order, requests: 3, inject: {tool_huge_result: {size: 32 KiB}}}\n"
                    "expect: {answered: 100%, side_effects: at_most_once, context: survives}\n"));
    for (const auto& check : result.account.judgement.checks) {
        EXPECT_EQ(check.verdict, Verdict::pass) << check.id << ": " << check.reason;
    }
    const auto& events = result.history.events;
    const auto count = [&](auto&& what) { return std::count_if(events.begin(), events.end(), what); };
    EXPECT_EQ(count([](const auto& event) { return event.kind == Kind::effect_performed; }), 16);
    EXPECT_GT(count([](const auto& event) { return event.kind == Kind::effect_replayed && !event.fault.empty(); }), 4);
    EXPECT_TRUE(std::all_of(events.begin(), events.end(), [](const auto& event) { return event.text.size() < 5000; }));
}

TEST(Run, ConvictsEachBrokenRouterByTheCheckMeantForIt)
{
    struct Row {
        zoo::Bug bug;
        const char* fault;
        const char* primary;
    };
    const Row rows[] = {
        {zoo::Bug::resends_delivered_call, "{cut: {after_tokens: 1000, end: reset}}", "side_effects"},
        {zoo::Bug::forgets_oldest_turns, "{status: {code: 503}}", "context"},
        {zoo::Bug::waits_for_ever, "{blackhole: {at: request}}", "errors"},
    };
    for (const Row& row : rows) {
        const Scenario scenario = scenario_of("router: {models: {agent: [primary, backup]}, timeouts: {first_token: 1s, idle: 1s}}\n"
                                              "agents: {tasks: 2, at_once: 1, steps: 4, deadline: 6s, retry_turn: 1}\n"
                                              "faults: [{target: primary, requests: 4, inject: " + std::string(row.fault) + "}]\n"
                                              "expect: {answered: 100%, side_effects: at_most_once, context: survives,"
                                              " stream: unmixed, errors: honest}\n");
        const SubjectKind subject = zoo::broken_router(row.bug);
        SCOPED_TRACE(subject.name);
        const RunResult bad = run_once(scenario, subject);
        EXPECT_EQ(bad.account.judgement.verdict(), Verdict::fail);
        const history::CheckResult* check = find_check(bad, row.primary);
        ASSERT_NE(check, nullptr);
        EXPECT_EQ(check->verdict, Verdict::fail);
        EXPECT_TRUE(std::any_of(check->findings.begin(), check->findings.end(),
                                [](const auto& finding) { return finding.follows_from.empty() && !finding.events.empty(); }));
        const RunResult good = run_once(scenario);
        EXPECT_EQ(good.account.judgement.verdict(), Verdict::pass) << "the good router is accused";
    }
}

}  // namespace
}  // namespace chaos::harness
