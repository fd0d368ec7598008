// cut: the response stops in the middle, and its framing shows it.
#pragma once

#include <cstdint>
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

struct Cut {
    std::int64_t after_tokens = 4;
    Stop end = Stop::reset;         ///< fin or reset
    bool inside_tool_call = false;  ///< in the middle of the first tool call's arguments, instead of after some tokens

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::ending; }
    /// Inside a tool call only where there is one.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry cut_entry();

}  // namespace chaos::mock_providers::faults
