// How long something takes on its way, drawn from a distribution in integer arithmetic: equal on every machine and
// compiler.
#pragma once

#include <cstdint>

#include "net/chance.hpp"
#include "net/time.hpp"

namespace chaos::net::faults {

enum class Distribution : unsigned char {
    fixed,      ///< `of`
    uniform,    ///< `of`, give or take up to `jitter`
    normal,     ///< mean `of`, standard deviation `jitter`; never below zero
    lognormal,  ///< median `of`; one in six takes longer than `of + jitter` (one sigma up)
    pareto,     ///< never below `of`; one in two takes longer than `of + jitter`, one in four than the same ratio again
};

struct Latency {
    Duration of{};
    Duration jitter{};
    Distribution distribution = Distribution::fixed;
};

/// Heavy tails are cut off at so many times `of`.
inline constexpr int longest_draw = 1'000;

/// A pure function of the latency and the key of `chance`.
Duration draw(const Latency& latency, const Chance& chance);

/// Fixed point with 32 binary places, for the draws: log2(x) for x > 0, and 2^x.
std::int64_t log2_fixed(std::uint64_t x);
std::uint64_t exp2_fixed(std::int64_t x);

}  // namespace chaos::net::faults
