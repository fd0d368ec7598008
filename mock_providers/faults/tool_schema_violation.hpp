// tool_schema_violation: the tool acts, and its result is not what was declared of it.
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

struct ToolSchemaViolation {
    /// `any`: the output where one is declared, else the content.
    enum class As { any, output, missing, content };
    As as = As::any;

    Layer layer() const { return Layer::tool; }
    Stage stage() const { return Stage::answer; }
    /// What is not declared cannot be broken.
    bool applies_to(const ToolScript& script) const;
    void inject(ToolScript& script, net::Instant release) const;
    std::optional<std::string> proof(const ToolSent& sent) const;
};

Entry tool_schema_violation_entry();

}  // namespace chaos::mock_providers::faults
