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

Parameters read(const config::Node& value, config::Complaints& complaints)
{
    ToolError fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "tool_error");
    fault.status = static_cast<int>(map.integer("status", fault.status, 400, 599));
    map.finish();
    return fault;
}

}  // namespace

void ToolError::inject(ToolScript& script, net::Instant) const
{
    net::http::Response response;
    response.head.status = status;
    response.head.headers.add("content-type", "application/json");
    response.body = R"({"error":"The tool failed before it did anything."})";
    script.before_effect = std::move(response);
}

std::optional<std::string> ToolError::proof(const ToolSent& sent) const
{
    if (sent.acted || sent.status != status || sent.end != WireEnd::complete) {
        return std::nullopt;
    }
    return fmt::format("HTTP {}, without an effect", status);
}

Entry tool_error_entry()
{
    Entry entry;
    entry.name = "tool_error";
    entry.layer = Layer::tool;
    entry.summary = "The tool answers with an error before anything happened.";
    entry.evidence = "Delivered: the whole error response went out, and the ledger shows no effect of this call.";
    entry.remedy = "Give the model the error as the call's result, so that it can go on.";
    entry.parameters = {{"status", "the HTTP status, 400 to 599; default 500", "503"}};
    entry.read = &read;
    return entry;
}

}  // namespace chaos::mock_providers::faults
