// Arguments are held to what the tool declares, whichever door they come through.
#include "mock_providers/tool_call.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mock_providers/json_schema.hpp"
#include "wire/json_document.hpp"

namespace chaos::mock_providers {

const ToolSpec* find_tool(const std::vector<ToolSpec>& tools, std::string_view name)
{
    const auto found =
        std::find_if(tools.begin(), tools.end(), [&](const ToolSpec& tool) { return tool.name == name; });
    return found == tools.end() ? nullptr : &*found;
}

std::string take_arguments(ToolCall& call, std::string arguments)
{
    const ToolSpec& tool = *call.tool;
    const wire::json::Document document(arguments, {});
    if (!document.problem().empty()) {
        return fmt::format("the arguments are no JSON: {}", document.problem());
    }
    if (!wire::json::object(document.root())) {
        return "the arguments must be a JSON object";
    }
    const std::string broken = tool.input.empty() ? "" : schema_violation(tool.input, arguments);
    if (!broken.empty()) {
        return fmt::format("the arguments of {} break its schema: {}", tool.name, broken);
    }
    const auto token = wire::json::text(wire::json::member(document.root(), tool.token_in));
    if (!token && !tool.token_in.empty() && tool.kind != ToolKind::read_only) {
        return fmt::format("the arguments must have the text member '{}'", tool.token_in);
    }
    call.effect = token.value_or("");
    call.arguments = std::move(arguments);
    return "";
}

}  // namespace chaos::mock_providers
