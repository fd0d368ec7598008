// ratelimit_headers: a good answer whose headers about what is left make no sense.
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

struct RateLimitHeaders {
    enum class Shape {
        negative,    ///< limit and remaining -1, reset 0
        zero_reset,  ///< nothing left, and the reset is now
        past,        ///< nothing left, and the reset was a minute ago
        epoch,       ///< nothing left, and the reset is in seconds since 1970
    };
    Shape shape = Shape::negative;

    Layer layer() const { return Layer::request; }
    Stage stage() const { return Stage::form; }
    /// Only to vendors that have such headers.
    bool applies_to(const Script& script) const;
    void inject(Script& script, net::Instant release) const;
    std::optional<std::string> proof(const Sent& sent) const;
};

Entry ratelimit_headers_entry();

}  // namespace chaos::mock_providers::faults
