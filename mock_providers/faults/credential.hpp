// credential: the caller is refused, whatever the request is.
#pragma once

#include <optional>
#include <string>

#include "mock_providers/faults/terms.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {
enum class CredentialKind;
struct Script;
struct Sent;
}  // namespace chaos::mock_providers

namespace chaos::mock_providers::faults {

struct Entry;

struct Credential {
    CredentialKind as{};  ///< the first: invalid_key

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::opening; }
    /// Only to vendors that have words for it.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry credential_entry();

}  // namespace chaos::mock_providers::faults
