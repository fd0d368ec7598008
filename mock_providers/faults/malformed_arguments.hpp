// malformed_arguments: a tool call whose arguments stop in the middle, under a finish reason that admits nothing.
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

struct MalformedArguments {
    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    /// Only where there is a tool call.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry malformed_arguments_entry();

}  // namespace chaos::mock_providers::faults
