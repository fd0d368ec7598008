// Keyed chance: a die is named by what it is about, so that adding or removing one re-rolls no other.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "net/time.hpp"

namespace chaos::net {

/// A pure function from (seed, key) to numbers; equal on every machine and compiler. Holds no state: asking twice with
/// the same key gives the same answer.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : seed_(seed) {}

    /// A chance whose every key is also about `topic` (a provider's name, "jitter", ...).
    Chance about(std::string_view topic) const;
    Chance about(std::uint64_t ordinal) const;

    /// 64 even bits for this key.
    std::uint64_t bits() const;
    /// Even in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound) const;
    /// True in `parts_per_million` of all keys.
    bool happens(std::uint32_t parts_per_million) const;
    /// Even in [low, high].
    Duration between(Duration low, Duration high) const;

    std::uint64_t seed() const { return seed_; }

private:
    std::uint64_t seed_;
};

/// A stable 64-bit hash of text (not for hash tables fed by strangers); equal on every machine.
std::uint64_t stable_hash(std::string_view text, std::uint64_t seed = 0);

}  // namespace chaos::net
