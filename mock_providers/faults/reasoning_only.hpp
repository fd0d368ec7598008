// reasoning_only: an answer that consists of reasoning and of nothing else.
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

struct ReasoningOnly {
    bool at_limit = false;  ///< the finish reason is length: every token went into reasoning

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    /// To every answer.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry reasoning_only_entry();

}  // namespace chaos::mock_providers::faults
