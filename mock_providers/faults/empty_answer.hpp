// empty_answer: a natural end after no content at all.
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

struct EmptyAnswer {
    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry empty_answer_entry();

}  // namespace chaos::mock_providers::faults
