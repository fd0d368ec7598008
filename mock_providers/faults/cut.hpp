// cut: the response stops before its end, at any place and in any way.
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
    /// Where: after so much time or so many tokens, inside something, or before something.
    enum class Place { age, tokens, tool_call, event, code_point, finish, terminator };
    Place place = Place::tokens;
    std::int64_t after_tokens = 4;  ///< also counts to the event or character that is torn
    net::Duration age{};            ///< from the request's last byte
    Stop end = Stop::reset;

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::ending; }
    /// Only where there is such a place: a tool call, a character in text, an event, an answer that takes so long; and
    /// clean ends only in streams.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry cut_entry();

}  // namespace chaos::mock_providers::faults
