// repetition: a model that repeats itself until it reaches its limit of tokens.
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

struct Repetition {
    std::string of = " the";
    std::int64_t times = 200;
    enum class Inside {
        text,
        reasoning,  ///< alone: the answer behind it is whole
        arguments,  ///< of the first call, which does not go on
    };
    Inside inside = Inside::text;
    bool at_limit = true;  ///< the finish reason is length

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    /// To every answer; inside arguments where they are text.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry repetition_entry();

}  // namespace chaos::mock_providers::faults
