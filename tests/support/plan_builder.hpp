// Small plans for the tests of checks: named tasks, the usual tools and providers, and what the scenario expects.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/plan.hpp"

namespace chaos::testing {

/// Each task has two steps; the tool of step 1 is write_file, that of step 2 send_email; it must end with "answer of
/// TASK". Effects are named "task/step/0".
class PlanBuilder {
public:
    explicit PlanBuilder(const std::vector<std::string>& tasks = {"otter"})
    {
        using mock_providers::ToolKind;
        plan_.scenario.name = "outage";
        plan_.scenario.file = "scenarios/outage.yaml";
        plan_.run = "run";
        for (const char* name : {"primary", "backup"}) {
            plan_.scenario.providers.emplace_back().name = name;
            plan_.scenario.router.models["agent"].chain.push_back({name, 1, 1});
        }
        tool("write_file", ToolKind::effectful).tool("send_email", ToolKind::irreversible);
        tool("look_up", ToolKind::read_only).tool("set_flag", ToolKind::idempotent);
        for (const std::string& name : tasks) add_task(name);
        plan_.scenario.agents.tasks = static_cast<int>(tasks.size());
        plan_.scenario.agents.deadline = std::chrono::seconds(30);
    }

    PlanBuilder& tool(std::string name, mock_providers::ToolKind kind)
    {
        mock_providers::ToolSpec& spec = plan_.scenario.tools.emplace_back();
        spec.name = std::move(name);
        spec.kind = kind;
        return *this;
    }
    PlanBuilder& fault(std::string name, std::string target = "primary", mock_providers::Selector when = {})
    {
        mock_providers::FaultSpec& spec = plan_.scenario.faults.emplace_back();
        spec.name = std::move(name);
        spec.target = std::move(target);
        spec.fault = "blackhole";
        spec.when = when;
        spec.at.line = 17;
        return *this;
    }
    /// Changes what the scenario expects.
    template <class Change>
    PlanBuilder& expect(Change change)
    {
        change(plan_.scenario.expect);
        return *this;
    }
    PlanBuilder& deadline(net::Duration deadline)
    {
        plan_.scenario.agents.deadline = deadline;
        return *this;
    }

    const harness::Plan& plan() const { return plan_; }

private:
    void add_task(const std::string& name)
    {
        harness::PlannedTask& task = plan_.tasks.emplace_back();
        task.number = static_cast<int>(plan_.tasks.size());
        task.brief.task = name;
        task.brief.steps = 2;
        task.answer = "answer of " + name;
        task.effects = {name + "/1/0", name + "/2/0"};
    }

    harness::Plan plan_;
};

/// The line every expectation of these tests stands on.
inline history::SourceLine line(int number)
{
    return {"scenarios/outage.yaml", number};
}

}  // namespace chaos::testing
