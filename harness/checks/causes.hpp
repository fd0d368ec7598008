// What follows from what: one table that makes exactly one of several related findings the primary one.
#pragma once

#include <string_view>
#include <vector>

#include "history/verdict.hpp"

namespace chaos::harness {

/// How near two findings must be for one to explain the other.
enum class Nearness {
    request,  ///< the same caller request
    task,     ///< the same task, and the cause was seen before the effect's last event
};

/// A finding of `effect` is explained by one of `cause`.
struct Cause {
    std::string_view effect;
    std::string_view cause;
    Nearness nearness;
    /// Once it explains one finding, it explains the effect's other findings too: the same deed where it did less harm.
    bool spreads = false;
};
/// For each effect the deeper cause stands first; the first row that applies is the one that counts.
const std::vector<Cause>& causes();

/// Fills `follows_from` of every finding that another one explains. Only failed checks cause or follow.
void settle_causes(history::Judgement& judgement);

}  // namespace chaos::harness
