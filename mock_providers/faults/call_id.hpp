// call_id: calls whose ids are missing or not their own.
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

struct WrongCallId {
    enum class As { missing, duplicated, reused };
    As as = As::missing;

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::answer; }
    /// Only where there is a call and the API gives it an id; `duplicated` where a second call can be made.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry call_id_entry();

}  // namespace chaos::mock_providers::faults
