// odd_events: a stream says the right things, in events that lack something or that nobody announced.
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

struct OddEvents {
    enum class Shape {
        empty_choices,       ///< first of all an event whose list of choices is empty
        no_delta,            ///< after the first an event whose choice has no delta
        no_finish_key,       ///< the finish reason is not null but missing wherever there is none yet
        unknown_type,        ///< after the first an event of a type that no documentation names
        no_sequence_number,  ///< none of the events is numbered
    };
    Shape shape = Shape::unknown_type;

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    /// Only where a stream's events have such members or types.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry odd_events_entry();

}  // namespace chaos::mock_providers::faults
