// repeated_call: a turn that makes the same call twice.
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

struct RepeatedCall {
    enum class As { new_id, cumulative };
    As as = As::new_id;

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    /// Only where there is a call.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry repeated_call_entry();

}  // namespace chaos::mock_providers::faults
