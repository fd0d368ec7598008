#include "harness/scenario.hpp"

#include <algorithm>

#include "config/reader.hpp"
#include "harness/plan.hpp"
#include "harness/read_expectations.hpp"
#include "mock_providers/faults/read_when.hpp"
#include "mock_providers/faults/scope.hpp"
#include "mock_providers/faults/tool_scope.hpp"
#include "mock_providers/read_spec.hpp"
#include "mock_providers/read_status_page.hpp"

namespace chaos::harness {
namespace {

// The sentence a scenario proves is its first comment; what follows a blank comment line or the text is not it.
std::string first_comment(const std::string& text)
{
    std::string sentence;
    std::size_t at = 0;
    while (at < text.size() && text[at] == '#') {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string line = text.substr(at + 1, end - at - 1);
        line.erase(0, line.find_first_not_of(' '));
        if (line.empty()) break;
        if (!sentence.empty()) sentence += ' ';
        sentence += line;
        at = end + 1;
    }
    return sentence;
}

std::string stem_of(const std::string& file)
{
    const std::size_t slash = file.find_last_of('/');
    const std::string name = slash == std::string::npos ? file : file.substr(slash + 1);
    return name.substr(0, name.find_last_of('.'));
}

AgentsSpec read_agents(const config::Node& node, config::Complaints& complaints)
{
    AgentsSpec agents;
    config::MapReader map(node, complaints, "agents");
    agents.tasks = static_cast<int>(map.integer("tasks", agents.tasks, 1, 100'000));
    agents.at_once = static_cast<int>(map.integer("at_once", agents.at_once, 1, 1'000));
    agents.steps = static_cast<int>(map.integer("steps", agents.steps, 1, 50));
    agents.stream = map.boolean("stream", agents.stream);
    agents.retry_turn = static_cast<int>(map.integer("retry_turn", agents.retry_turn, 0, 20));
    agents.turn_cap = static_cast<int>(map.integer("turn_cap", agents.turn_cap, 1, 1'000));
    agents.model = map.text("model", agents.model);
    agents.dialect = map.choice("dialect", {"openai", "openai_responses", "anthropic"}).value_or(agents.dialect);
    agents.deadline = map.duration("deadline", agents.deadline);
    agents.retry_after = map.duration("retry_after", agents.retry_after);
    agents.think = map.duration("think", agents.think);
    if (agents.deadline <= net::Duration::zero())
        complaints.add(map.at("deadline"), "agents.deadline: must be more than 0s");
    map.finish();
    return agents;
}

template <class Spec>
std::vector<std::string> declared_names(const std::vector<Spec>& specs)
{
    std::vector<std::string> names;
    for (const Spec& spec : specs) names.push_back(spec.name);
    return names;
}

void read_faults(const config::Node& node, config::Complaints& complaints, Scenario& scenario)
{
    if (node.kind() != config::NodeKind::sequence) {
        complaints.add(node.at(), "faults: expected a list of faults, found " + std::string(node.kind_name()));
        return;
    }
    int nth = 0;
    for (const config::Node& item : node.items()) {
        mock_providers::FaultSpec fault = mock_providers::faults::read_fault(
            item, complaints, declared_names(scenario.providers), declared_names(scenario.tools), ++nth);
        const bool taken = std::any_of(scenario.faults.begin(), scenario.faults.end(),
                                       [&](const auto& other) { return other.name == fault.name; });
        if (taken) complaints.add(item.at(), "fault '" + fault.name + "': another fault has this name already");
        scenario.faults.push_back(std::move(fault));
    }
    mock_providers::faults::check_waiting(scenario.faults, complaints);
}

// A fault must have a place in what its target speaks. In a run the requests are our agents', all streamed or none.
void check_scopes(const Scenario& scenario, Purpose purpose, config::Complaints& complaints)
{
    using mock_providers::faults::Doors;
    const Doors doors = purpose == Purpose::run ? Doors::http_alone : Doors::every;
    const bool stream = scenario.agents.stream;
    for (mock_providers::FaultSpec fault : scenario.faults) {
        if (purpose == Purpose::run && fault.when.stream.value_or(stream) != stream) {
            complaints.add(fault.at, "fault '" + fault.name + "': `stream: " + (stream ? "false" : "true") +
                                         "` never matches, for the agents ask for " +
                                         (stream ? "streamed answers" : "whole answers") +
                                         " (`agents: {stream: " + (stream ? "true" : "false") + "}`)");
            continue;
        }
        if (purpose == Purpose::run) fault.when.stream = stream;
        mock_providers::faults::check_scope(fault, scenario.providers, complaints);
        mock_providers::faults::check_tool_scope(fault, scenario.tools, doors, complaints);
    }
}

// A run's agents are given tasks, and judged by what only the usual brain can answer.
void check_brains(const Scenario& scenario, config::Complaints& complaints)
{
    for (const auto& provider : scenario.providers) {
        if (provider.brain.empty()) continue;
        complaints.add(provider.at, "provider '" + provider.name +
                                        "' has a script for a brain, which is for agents of your own " +
                                        "(`chaos serve`); the agents of a run need the usual one");
    }
}

// A window that opens after everything is over can never be met.
void check_windows(const Scenario& scenario, config::Complaints& complaints)
{
    const net::Duration end = planned_end(scenario);
    for (const auto& fault : scenario.faults) {
        if (fault.when.after || !fault.when.from || *fault.when.from < end) continue;
        complaints.add(fault.at, "fault '" + fault.name + "': its window opens at " + net::to_string(*fault.when.from) +
                                     ", after the planned end of the run (about " + net::to_string(end) +
                                     "); open it earlier or plan more tasks");
    }
}

// Tasks and steps beyond those of the run can never be met.
void check_tasks_and_steps(const Scenario& scenario, config::Complaints& complaints)
{
    for (const auto& fault : scenario.faults) {
        if (fault.when.task && fault.when.task->first > scenario.agents.tasks) {
            complaints.add(fault.at, "fault '" + fault.name + "': `task: " + std::to_string(fault.when.task->first) +
                                         "` never matches, for there are " + std::to_string(scenario.agents.tasks));
        }
        const int last_step = scenario.agents.steps + 1;
        if (fault.when.step && fault.when.step->first > last_step) {
            complaints.add(fault.at, "fault '" + fault.name + "': `step: " + std::to_string(fault.when.step->first) +
                                         "` never matches, for the last step, the answer, is " +
                                         std::to_string(last_step));
        }
    }
}

// An agent's model must be one that the router offers, or every request is refused.
void check_model(const Scenario& scenario, const config::Position& at, config::Complaints& complaints)
{
    if (scenario.router.models.empty() || scenario.router.models.count(scenario.agents.model) > 0) return;
    std::vector<std::string> aliases;
    for (const auto& [alias, chain] : scenario.router.models) aliases.push_back(alias);
    complaints.add(at, "agents.model: '" + scenario.agents.model + "' is not one of router.models" +
                           config::did_you_mean(scenario.agents.model, aliases));
}

}  // namespace

std::optional<Scenario> read_scenario(const std::string& file, const std::string& text, config::Complaints& complaints,
                                      Purpose purpose)
{
    const auto root = config::parse(text, complaints);
    if (!root) return std::nullopt;
    Scenario scenario;
    scenario.file = file;
    scenario.text = text;
    scenario.sentence = first_comment(text);

    config::MapReader map(*root, complaints, "scenario");
    if (!map.valid()) return std::nullopt;
    scenario.name = map.text("name", stem_of(file));
    if (const auto node = map.require("providers"))
        scenario.providers = mock_providers::read_providers(*node, complaints);
    if (const auto node = map.take("tools")) {
        scenario.tools = mock_providers::read_tools(*node, complaints);
    } else {
        scenario.tools.push_back({});
        scenario.tools.back().name = "write_file";
    }
    if (const auto node = map.take("tool_server")) {
        scenario.tool_server = mock_providers::read_tool_server(*node, complaints);
    }
    if (const auto node = map.take("router")) {
        scenario.router = router::read_policy(*node, complaints, declared_names(scenario.providers));
    } else {
        scenario.router.models["agent"] = router::plain_chain(declared_names(scenario.providers));
    }
    config::Position agents_at = root->at();
    if (const auto node = map.take("agents")) {
        scenario.agents = read_agents(*node, complaints);
        agents_at = node->at();
    }
    check_model(scenario, agents_at, complaints);
    if (const auto node = map.take("faults")) read_faults(*node, complaints, scenario);
    check_scopes(scenario, purpose, complaints);
    if (const auto node = map.take("status_page")) {
        scenario.status_page = mock_providers::read_status_page(*node, complaints, declared_names(scenario.providers));
    }
    const bool runs = purpose == Purpose::run;
    if (runs) check_brains(scenario, complaints);
    if (const auto node = runs ? map.require("expect") : map.take("expect")) {
        scenario.expect = read_expectations(*node, complaints);
        if (runs && (node->kind() != config::NodeKind::map || node->entries().empty())) {
            complaints.add(node->at(), "expect: nothing is expected; a run without expectations could not fail");
        }
    }
    map.finish();
    if (runs && complaints.empty()) check_windows(scenario, complaints);
    if (runs && complaints.empty()) check_tasks_and_steps(scenario, complaints);
    if (!complaints.empty()) return std::nullopt;
    return scenario;
}

}  // namespace chaos::harness
