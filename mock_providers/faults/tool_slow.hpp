// tool_slow: the tool takes longer than usual.
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

struct ToolSlow {
    net::Duration by = std::chrono::seconds(2);

    Layer layer() const { return Layer::tool; }
    Stage stage() const { return Stage::pace; }
    void inject(ToolScript& script, net::Instant release) const;
    std::optional<std::string> proof(const ToolSent& sent) const;
};

Entry tool_slow_entry();

}  // namespace chaos::mock_providers::faults
