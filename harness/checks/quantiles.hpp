// Nearest-rank quantiles of times, and the results that compare them with their limits.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario.hpp"
#include "history/verdict.hpp"

namespace chaos::harness {

/// A time that was measured, with what must be said about it if it is too long.
struct Sample {
    net::Duration took{};
    history::Finding finding;
};

/// "p99", "max".
std::string_view name_of(Quantile quantile);

/// How many samples a quantile needs: 1 / (1 - q), so that at least one sample lies at or beyond it (p50 2, p90 10, p95 20,
/// p99 100); max needs one.
std::size_t samples_needed(Quantile quantile);

/// Index into sorted samples, nearest rank: the smallest value with at least q of all samples at or below it. `count` > 0.
std::size_t nearest_rank(Quantile quantile, std::size_t count);

/// One result a limit: unknown with too few samples; failed ones list every sample beyond the limit, slowest first.
/// `what` completes "p99 of ...". Samples are sorted in place.
std::vector<history::CheckResult> judge_quantiles(std::string_view check, std::string_view what,
                                                  const QuantileLimits& limits, std::vector<Sample>& samples);

}  // namespace chaos::harness
