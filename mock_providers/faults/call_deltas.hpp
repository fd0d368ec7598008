// call_deltas: a streamed call whose pieces do not say properly what they belong to.
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

struct CallDeltas {
    enum class Index { missing, all_zero, from_one, shifting };
    enum class Name { repeated, split, late };
    std::optional<Index> index;
    std::optional<Name> name;
    bool two_in_one = false;  ///< the first chunk has two entries of one index: the name, and the first arguments

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    /// Only to streamed calls, in an API whose pieces have indices; `all_zero` where a second call can be made.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry call_deltas_entry();

}  // namespace chaos::mock_providers::faults
