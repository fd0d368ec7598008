// refusal: the model or its filter refuses, in the form the API has for it.
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

struct Refusal {
    enum class As {
        refusal,
        content_filter,
        prompt,  ///< not the answer: the prompt is blocked, and there is no candidate
    };
    As as = As::refusal;
    std::int64_t after_tokens = 0;

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    /// A filter only where the API has a finish reason for it, a blocked prompt only where it answers with candidates.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry refusal_entry();

}  // namespace chaos::mock_providers::faults
