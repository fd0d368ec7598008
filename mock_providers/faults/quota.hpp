// quota: refused in words that mean that waiting does not help.
#pragma once

#include <optional>
#include <string>

#include "mock_providers/faults/terms.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {
enum class QuotaKind;
struct Script;
struct Sent;
}  // namespace chaos::mock_providers

namespace chaos::mock_providers::faults {

struct Entry;

struct Quota {
    QuotaKind kind{};  ///< the first: insufficient_quota

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::opening; }
    /// Only to vendors that have words for it.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry quota_entry();

}  // namespace chaos::mock_providers::faults
