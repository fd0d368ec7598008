// tool_session_lost: the MCP server has forgotten the session, as one that was restarted.
#pragma once

#include <optional>
#include <string>

#include "mock_providers/faults/terms.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {
struct ToolScript;
struct ToolSent;
}  // namespace chaos::mock_providers

namespace chaos::mock_providers::faults {

struct Entry;

struct ToolSessionLost {
    Layer layer() const { return Layer::tool; }
    Stage stage() const { return Stage::opening; }
    /// Plain HTTP has no sessions.
    bool applies_to(const ToolScript& script) const;
    void inject(ToolScript& script, net::Instant release) const;
    std::optional<std::string> proof(const ToolSent& sent) const;
};

Entry tool_session_lost_entry();

}  // namespace chaos::mock_providers::faults
