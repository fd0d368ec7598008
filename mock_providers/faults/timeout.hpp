// timeout: the answer never comes, though the provider is there and notices a client that leaves.
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

struct Timeout {
    std::optional<net::Duration> hold;  ///< so long, then an error; nothing: until the client leaves
    int code = 504;                     ///< of that error; those of CDNs (520 to 526) come with a CDN's page

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::opening; }
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry timeout_entry();

}  // namespace chaos::mock_providers::faults
