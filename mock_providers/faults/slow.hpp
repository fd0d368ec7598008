// slow: the answer comes, but late or haltingly.
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

struct Slow {
    std::optional<net::Duration> first_token;  ///< from the request's last byte
    std::optional<net::Duration> between_tokens;
    std::optional<net::Duration> keep_alive;  ///< a sign of life so often while it waits

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::pace; }
    /// With signs of life only where a stream has one.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry slow_entry();

}  // namespace chaos::mock_providers::faults
