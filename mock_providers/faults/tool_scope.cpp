// Tries a fault on a call of every kind.
#include "mock_providers/faults/tool_scope.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mock_providers/faults/deed.hpp"

namespace chaos::mock_providers::faults {

namespace {

constexpr std::string_view scope_of_all_tools = "tools";

bool can_happen_to(const Parameters& parameters, ToolDoor door, const std::string& output)
{
    ToolScript script;
    script.door = door;
    script.output = output;
    return applies(parameters, script);
}

bool is_aimed_at(const FaultSpec& fault, const ToolSpec& tool)
{
    return (fault.target == scope_of_all_tools || fault.target == tool.name) &&
           (!fault.when.tool || *fault.when.tool == tool.name);
}

}  // namespace

std::string tool_scope_in_words(const Parameters& parameters)
{
    const std::string output = R"({"type":"object"})";
    if (can_happen_to(parameters, ToolDoor::http, "")) return "every call of a tool";
    if (can_happen_to(parameters, ToolDoor::mcp, "")) return "every call of a tool by MCP";
    return can_happen_to(parameters, ToolDoor::http, output) ? "every call of a tool that declares an `output`"
                                                             : "nowhere";
}

void check_tool_scope(const FaultSpec& fault, const std::vector<ToolSpec>& tools, Doors doors,
                      config::Complaints& complaints)
{
    if (fault.fault.empty() || layer_of(fault.parameters) != Layer::tool) {
        return;
    }
    const bool can_happen = std::any_of(tools.begin(), tools.end(), [&](const ToolSpec& tool) {
        return is_aimed_at(fault, tool) &&
               (can_happen_to(fault.parameters, ToolDoor::http, tool.output) ||
                (doors == Doors::every && can_happen_to(fault.parameters, ToolDoor::mcp, tool.output)));
    });
    const bool aimed =
        std::any_of(tools.begin(), tools.end(), [&](const ToolSpec& tool) { return is_aimed_at(fault, tool); });
    if (aimed && !can_happen) {
        complaints.add(
            fault.at,
            fmt::format("fault '{}': so spelt, {} cannot happen at '{}'{}; where it can: {}", fault.name, fault.fault,
                        fault.target, doors == Doors::http_alone ? ", which agents of a run call by plain HTTP" : "",
                        tool_scope_in_words(fault.parameters)));
    }
}

}  // namespace chaos::mock_providers::faults
