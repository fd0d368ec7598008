// truncated: an answer that stops at a limit of tokens, admitted or not.
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

struct Truncated {
    std::int64_t after_tokens = 4;
    bool admits = true;     ///< the finish reason says length; otherwise it stays what it was
    bool repaired = false;  ///< the arguments that were cut off are made valid JSON again, as if nothing had happened

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    /// Where the answer is longer; `repaired`: where that cuts the arguments of a call.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry truncated_entry();

}  // namespace chaos::mock_providers::faults
