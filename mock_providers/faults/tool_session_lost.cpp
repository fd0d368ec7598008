// 404 to the call, and to everything else under its session's id from then on.
#include "mock_providers/faults/tool_session_lost.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/tool_script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_tool_session_lost(const config::Node& value, config::Complaints& complaints)
{
    if (value.kind() != config::NodeKind::null) {
        config::MapReader map(value, complaints, "tool_session_lost");
        map.finish();
    }
    return ToolSessionLost{};
}

}  // namespace

bool ToolSessionLost::applies_to(const ToolScript& script) const
{
    return script.door == ToolDoor::mcp;
}

void ToolSessionLost::inject(ToolScript& script, net::Instant) const
{
    ToolFailure failure;
    failure.as = ToolFailure::As::session_lost;
    failure.status = 404;
    script.before_effect = std::move(failure);
}

std::optional<std::string> ToolSessionLost::proof(const ToolSent& sent) const
{
    if (sent.acted() || !sent.answered() || sent.status != 404) {
        return std::nullopt;
    }
    return "HTTP 404 for the session's id, without an effect";
}

Entry tool_session_lost_entry()
{
    Entry entry;
    entry.name = "tool_session_lost";
    entry.layer = Layer::tool;
    entry.summary = "The MCP server has forgotten the session of the call, as one that was restarted; MCP alone.";
    entry.evidence = "Delivered: 404 went out to a call of a session that was known until then, without an effect.";
    entry.remedy = "Initialize a new session, without the old id, and make the call again there.";
    entry.read = &read_tool_session_lost;
    return entry;
}

}  // namespace chaos::mock_providers::faults
