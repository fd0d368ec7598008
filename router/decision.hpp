// Puts a step of the failover machine into words: what it means after an outcome, and why it was taken.
#pragma once

#include "router/failover.hpp"
#include "router/observer.hpp"

namespace chaos::router {

/// Of the attempt at `current` that came to `outcome`. `targets`: by index.
Decision decision_of(const Step& step, const Outcome& outcome, std::size_t current, const std::vector<Target>& targets,
                     net::Instant now);

/// `outcome.why` without anybody else's words: an error of a provider by its status, type and code alone, and nothing
/// that stands in quotation marks.
std::string own_words(const Outcome& outcome);

}  // namespace chaos::router
