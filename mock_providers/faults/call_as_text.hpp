// call_as_text: a call that is written into the text, where nobody looks for it.
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

struct CallAsText {
    enum class As { json, markup, unclosed, announced };
    As as = As::markup;

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    /// Only where there is a call.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry call_as_text_entry();

}  // namespace chaos::mock_providers::faults
