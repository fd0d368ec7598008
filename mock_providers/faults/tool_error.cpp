// An error before any effect.
#include "mock_providers/faults/tool_error.hpp"

#include <fmt/format.h>
#include <utility>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"
#include "mock_providers/tool_script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_tool_error(const config::Node& value, config::Complaints& complaints)
{
    ToolError fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "tool_error");
    fault.status = static_cast<int>(map.integer("status", fault.status, 400, 599));
    const auto as = map.choice("as", {"result", "protocol", "http"});
    const auto code = map.integer("code", -99'999, 99'999);
    if (code && as && as != "protocol") {
        complaints.add(map.at("code"), "code is that of a JSON-RPC error: it goes with `as: protocol`");
    }
    fault.as = as == "protocol" || code ? ToolError::As::protocol
               : as == "http"           ? ToolError::As::http
                                        : ToolError::As::result;
    fault.code = static_cast<int>(code.value_or(fault.code));
    map.finish();
    return fault;
}

}  // namespace

void ToolError::inject(ToolScript& script, net::Instant) const
{
    ToolFailure failure;
    failure.as = as == As::protocol ? ToolFailure::As::protocol
                 : as == As::http   ? ToolFailure::As::http
                                    : ToolFailure::As::result;
    failure.status = status;
    failure.code = code;
    failure.message = "The tool failed before it did anything.";
    script.before_effect = std::move(failure);
}

std::optional<std::string> ToolError::proof(const ToolSent& sent) const
{
    if (sent.acted() || !sent.failure || !sent.answered()) {
        return std::nullopt;
    }
    if (sent.door == ToolDoor::http || as == As::http) {
        return fmt::format("HTTP {}, without an effect", sent.status);
    }
    return as == As::protocol ? fmt::format("JSON-RPC error {}, without an effect", code)
                              : std::string("a result that says isError, without an effect");
}

Entry tool_error_entry()
{
    Entry entry;
    entry.name = "tool_error";
    entry.layer = Layer::tool;
    entry.summary = "The tool answers with an error before anything happened.";
    entry.evidence = "Delivered: the whole error response went out, and the ledger shows no effect of this call.";
    entry.remedy = "Give the model the error as the call's result, so that it can go on.";
    entry.parameters = {
        {"status", "the HTTP status, 400 to 599; default 500", "503"},
        {"as",
         "how MCP says it: result (one with isError, which the model reads), protocol (a JSON-RPC error in place of a "
         "result) or http (the status); default result",
         "protocol"},
        {"code", "of the JSON-RPC error, and then as is protocol; default -32603", "-32001"}};
    entry.read = &read_tool_error;
    return entry;
}

}  // namespace chaos::mock_providers::faults
