// unknown_tool: a call of a tool that nobody offered.
#pragma once

#include <optional>
#include <string>

#include "mock_providers/faults/terms.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {
struct Script;
struct Sent;
}  // namespace chaos::mock_providers

namespace chaos::mock_providers::faults {

struct Entry;

struct UnknownTool {
    std::optional<std::string> name;  ///< nothing: that of the offered tool, and "_v2"

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    /// Only where there is a call.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry unknown_tool_entry();

}  // namespace chaos::mock_providers::faults
