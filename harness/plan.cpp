#include "harness/plan.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>

#include "mock_providers/fate.hpp"
#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::harness {
namespace {

using Json = nlohmann::ordered_json;

PlannedTask plan_task(const Scenario& scenario, const std::string& run, int number)
{
    PlannedTask task;
    task.number = number;
    task.brief.run = run;
    task.brief.task = mock_providers::task_token(run, number);
    task.brief.steps = scenario.agents.steps;
    for (const auto& tool : scenario.tools) task.brief.tools.push_back(tool.name);
    task.answer = mock_providers::expected_digest(task.brief);
    for (int step = 1; step <= task.brief.steps; ++step) {
        task.effects.push_back(mock_providers::effect_token(task.brief.task, step, 1));
    }
    return task;
}

Json fault_json(const mock_providers::FaultSpec& fault)
{
    Json json;
    json["name"] = fault.name;
    json["what"] = mock_providers::faults::in_words(fault);
    json["target"] = fault.target;
    json["line"] = fault.at.line;
    return json;
}

bool is_provider(const Scenario& scenario, std::string_view name)
{
    return std::any_of(scenario.providers.begin(), scenario.providers.end(),
                       [&](const auto& provider) { return provider.name == name; });
}

// The connections among the first on which the die of a fault of connections falls.
Json connection_dice_json(const net::Chance& chance, const mock_providers::FaultSpec& fault)
{
    constexpr std::uint64_t connections_shown = 20;
    Json falls = Json::array();
    for (std::uint64_t nth = 1; nth <= connections_shown; ++nth) {
        mock_providers::Occasion occasion;
        occasion.ordinal = nth;
        if (mock_providers::die_falls(chance, fault, occasion)) falls.push_back(fmt::format("connection {}", nth));
    }
    return falls;
}

// Dice are keyed by what they are about, so the first tries of every step can be thrown before the run.
Json dice_json(const Plan& plan, const mock_providers::FaultSpec& fault)
{
    constexpr std::uint64_t tries_shown = 2;
    const net::Chance chance =
        is_provider(plan.scenario, fault.target) ? provider_chance(plan.seed, fault.target) : tool_chance(plan.seed);
    if (mock_providers::faults::layer_of(fault.parameters) == mock_providers::Layer::connection) {
        return connection_dice_json(chance, fault);
    }
    Json falls = Json::array();
    for (const PlannedTask& task : plan.tasks) {
        for (int step = 1; step <= task.brief.steps + 1; ++step) {
            for (std::uint64_t nth = 1; nth <= tries_shown; ++nth) {
                mock_providers::Occasion occasion;
                occasion.task = task.brief.task;
                occasion.step = step;
                occasion.nth_try = nth;
                if (!mock_providers::die_falls(chance, fault, occasion)) continue;
                falls.push_back(fmt::format("{} step {} try {}", task.brief.task, step, nth));
            }
        }
    }
    return falls;
}

}  // namespace

net::Chance provider_chance(std::uint64_t seed, std::string_view provider)
{
    return net::Chance(seed).about("provider").about(provider);
}

net::Chance tool_chance(std::uint64_t seed) { return net::Chance(seed).about("tools"); }

std::vector<mock_providers::FaultSpec> faults_at(const Scenario& scenario, std::string_view provider)
{
    std::vector<mock_providers::FaultSpec> mine;
    std::copy_if(scenario.faults.begin(), scenario.faults.end(), std::back_inserter(mine),
                 [&](const auto& fault) { return fault.target == provider; });
    return mine;
}

std::vector<mock_providers::FaultSpec> tool_faults(const Scenario& scenario)
{
    std::vector<mock_providers::FaultSpec> mine;
    std::copy_if(scenario.faults.begin(), scenario.faults.end(), std::back_inserter(mine),
                 [&](const auto& fault) { return !is_provider(scenario, fault.target); });
    return mine;
}

const PlannedTask* Plan::find_task(std::string_view token) const
{
    // Tokens end in the task's number, but a subject may hand us anything: compare, do not parse.
    const auto found = std::find_if(tasks.begin(), tasks.end(), [&](const auto& task) { return task.brief.task == token; });
    return found == tasks.end() ? nullptr : &*found;
}

const mock_providers::ToolSpec* Plan::find_tool(std::string_view name) const
{
    const auto found =
        std::find_if(scenario.tools.begin(), scenario.tools.end(), [&](const auto& tool) { return tool.name == name; });
    return found == scenario.tools.end() ? nullptr : &*found;
}

Plan make_plan(const Scenario& scenario, std::uint64_t seed)
{
    Plan plan;
    plan.scenario = scenario;
    plan.seed = seed;
    plan.run = mock_providers::run_token(seed);
    for (int number = 1; number <= scenario.agents.tasks; ++number) {
        plan.tasks.push_back(plan_task(scenario, plan.run, number));
    }
    return plan;
}

net::Duration planned_end(const Scenario& scenario)
{
    net::Duration slowest_turn{};
    for (const auto& provider : scenario.providers) {
        slowest_turn = std::max(slowest_turn, provider.pace.first_token + provider.answer_tokens * provider.pace.between_tokens);
    }
    net::Duration slowest_tool{};
    for (const auto& tool : scenario.tools) slowest_tool = std::max(slowest_tool, tool.takes);
    const AgentsSpec& agents = scenario.agents;
    const net::Duration task = (agents.steps + 1) * (slowest_turn + agents.think) + agents.steps * slowest_tool;
    const int rounds = (agents.tasks + agents.at_once - 1) / agents.at_once;
    return rounds * task;
}

std::string to_json(const Plan& plan)
{
    Json json;
    json["scenario"] = plan.scenario.name;
    json["seed"] = plan.seed;
    json["run"] = plan.run;
    json["planned_end_ns"] = planned_end(plan.scenario).count();
    Json tasks = Json::array();
    for (const PlannedTask& task : plan.tasks) {
        tasks.push_back({{"number", task.number}, {"task", task.brief.task}, {"answer", task.answer}, {"effects", task.effects}});
    }
    json["tasks"] = std::move(tasks);
    Json faults = Json::array();
    for (const auto& fault : plan.scenario.faults) {
        Json entry = fault_json(fault);
        // While a chance grows fewer fall, and no others.
        const char* key = fault.when.ramp ? "dice_that_fall_at_the_whole_chance" : "dice_that_fall";
        if (fault.when.chance) entry[key] = dice_json(plan, fault);
        faults.push_back(std::move(entry));
    }
    json["faults"] = std::move(faults);
    return json.dump(2) + "\n";
}

}  // namespace chaos::harness
