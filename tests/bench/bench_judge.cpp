// What it costs to judge 100,000 events, to write them as history.jsonl and to read them back.
#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include "harness/judge.hpp"
#include "history/json_lines.hpp"
#include "tests/support/history_builder.hpp"
#include "tests/support/plan_builder.hpp"

namespace {

using namespace chaos;
using testing::HistoryBuilder;

constexpr std::size_t events_wanted = 100'000;
constexpr int turns_of_task = 7;

std::string task_name(std::size_t number)
{
    return fmt::format("amber-otter-river-t{:05}", number);
}

/// One task as a failover run leaves it: each turn fails at the primary and is served by the backup, and calls a tool.
void add_task(HistoryBuilder& history, std::size_t number)
{
    const std::string task = task_name(number);
    std::vector<std::string> turns = {"system: You are a careful operator.", "Please carry out task " + task};
    history.task_started(task);
    for (int turn = 1; turn <= turns_of_task; ++turn) {
        const std::string name = fmt::format("{}/{}", task, turn);
        const std::string request = name + "/1";
        const std::string primary = fmt::format("primary#{}", number * turns_of_task + static_cast<std::size_t>(turn));
        const std::string backup = fmt::format("backup#{}", number * turns_of_task + static_cast<std::size_t>(turn));
        const std::string effect = name + "/0";
        history.request(request, turns).attempt(primary, turns).opportunity("stall", primary, true);
        history.delivered("stall", primary).cut(primary).attempt(backup, turns).output(request).served(backup);
        history.answered(request, {backup}).calls_tool(name, "write_file", effect).performed("write_file", effect);
        turns.push_back("assistant: calls write_file for " + effect);
        turns.push_back("tool: Step is done. Its receipt is velvet-orchid-lantern-" + effect);
    }
    history.task_answered(task, "answer of " + task);
}

struct Run {
    harness::Plan plan;
    history::History history;
};

Run long_run()
{
    HistoryBuilder history;
    std::vector<std::string> tasks;
    while (history.events().size() < events_wanted) {
        tasks.push_back(task_name(tasks.size()));
        add_task(history, tasks.size() - 1);
    }
    history.run_ended();
    testing::PlanBuilder plan(tasks);
    plan.fault("stall").expect([](harness::Expectations& expect) {
        expect.answered = {1'000'000, {}};
        expect.latency[harness::Quantile::p99] = {std::chrono::seconds(4), {}};
        expect.failover[harness::Quantile::max] = {std::chrono::seconds(1), {}};
        expect.attempts_per_turn = {4, {}};
        expect.side_effects_at_most_once = expect.context_survives = expect.stream_unmixed = expect.errors_honest =
            history::SourceLine{};
    });
    Run run{plan.plan(), {}};
    for (harness::PlannedTask& task : run.plan.tasks) {
        task.effects.clear();
        for (int turn = 1; turn <= turns_of_task; ++turn)
            task.effects.push_back(fmt::format("{}/{}/0", task.brief.task, turn));
    }
    run.history.events = history.events();
    return run;
}

void count(benchmark::State& state, const Run& run)
{
    state.SetItemsProcessed(static_cast<std::int64_t>(run.history.events.size()) * state.iterations());
}

void judge_events(benchmark::State& state)
{
    const Run run = long_run();
    for (auto _ : state) {
        const history::Judgement judgement = harness::judge(run.plan, run.history.events);
        if (judgement.verdict() != history::Verdict::pass) state.SkipWithError("the run must pass");
    }
    count(state, run);
}

void write_events(benchmark::State& state)
{
    const Run run = long_run();
    std::size_t bytes = 0;
    for (auto _ : state) bytes = history::to_json_lines(run.history).size();
    count(state, run);
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

void read_events(benchmark::State& state)
{
    const Run run = long_run();
    const std::string text = history::to_json_lines(run.history);
    for (auto _ : state) {
        if (!history::from_json_lines(text).problem.empty()) state.SkipWithError("it must be readable");
    }
    count(state, run);
    state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}

BENCHMARK(judge_events)->Unit(benchmark::kMillisecond);
BENCHMARK(write_events)->Unit(benchmark::kMillisecond);
BENCHMARK(read_events)->Unit(benchmark::kMillisecond);

}  // namespace
