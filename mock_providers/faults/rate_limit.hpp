// rate_limit: a 429 that says when to come back: honestly, in odd spellings, or in prose alone.
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

struct RateLimit {
    std::optional<net::Duration> retry_after = std::chrono::seconds(1);  ///< nothing: no wait is named
    std::optional<std::string> spelt;  ///< sent as Retry-After as it is, in place of any wait
    bool in_prose = false;             ///< the body alone says the wait, no header does

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::opening; }
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry rate_limit_entry();

}  // namespace chaos::mock_providers::faults
