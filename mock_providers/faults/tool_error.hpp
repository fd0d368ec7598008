// tool_error: the tool fails before anything happened.
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

struct ToolError {
    /// How MCP says it: in a result, as an error of JSON-RPC, or by the HTTP status. Plain HTTP has only that.
    enum class As { result, protocol, http };
    As as = As::result;
    int status = 500;
    int code = -32603;  ///< of JSON-RPC: internal error

    Layer layer() const { return Layer::tool; }
    Stage stage() const { return Stage::opening; }
    void inject(ToolScript& script, net::Instant release) const;
    std::optional<std::string> proof(const ToolSent& sent) const;
};

Entry tool_error_entry();

}  // namespace chaos::mock_providers::faults
