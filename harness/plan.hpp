// The plan: a scenario and a seed made explicit. Nothing is left to chance after it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/scenario.hpp"
#include "mock_providers/brief.hpp"
#include "net/chance.hpp"

namespace chaos::harness {

struct PlannedTask {
    int number = 0;  ///< from 1
    mock_providers::Brief brief;
    std::string answer;  ///< the digest it must end with
    std::vector<std::string> effects;  ///< every effect token it may use, in order of steps
};

struct Plan {
    Scenario scenario;
    std::uint64_t seed = 0;
    std::string run;  ///< generation: part of every task token
    std::vector<PlannedTask> tasks;
    const PlannedTask* find_task(std::string_view token) const;
    const mock_providers::ToolSpec* find_tool(std::string_view name) const;
};

Plan make_plan(const Scenario& scenario, std::uint64_t seed);

/// The faults of one provider, and those of the tools (whatever no provider is the target of), in file order.
std::vector<mock_providers::FaultSpec> faults_at(const Scenario& scenario, std::string_view provider);
std::vector<mock_providers::FaultSpec> tool_faults(const Scenario& scenario);

/// The chance behind every die that is thrown at a provider's faults, and at those of the tools.
net::Chance provider_chance(std::uint64_t seed, std::string_view provider);
net::Chance tool_chance(std::uint64_t seed);

/// About when a run without faults ends: every turn at the slowest provider's pace. Windows must open before it.
net::Duration planned_end(const Scenario& scenario);

/// plan.json: the plan for people and for `chaos judge`; with every die a chance fault will cast at its first tries.
std::string to_json(const Plan& plan);

}  // namespace chaos::harness
