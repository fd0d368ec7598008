// tool_huge_result: the tool acts, and its result is far too long.
#pragma once

#include <cstdint>
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

struct ToolHugeResult {
    std::uint64_t size = 1024 * 1024;

    Layer layer() const { return Layer::tool; }
    Stage stage() const { return Stage::answer; }
    void inject(ToolScript& script, net::Instant release) const;
    std::optional<std::string> proof(const ToolSent& sent) const;
};

Entry tool_huge_result_entry();

}  // namespace chaos::mock_providers::faults
