// arguments: a call whose arguments are not the JSON text of one object.
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

struct WrongArguments {
    enum class Shape { empty, null, null_text, object, concatenated };
    Shape shape = Shape::empty;

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    /// Only where there is a call, and where the API has room for the shape.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry arguments_entry();

}  // namespace chaos::mock_providers::faults
