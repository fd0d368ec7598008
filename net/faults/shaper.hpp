// When the bytes of one direction of a connection may go on, and in what pieces: rules in, instants out, no I/O.
#pragma once

#include <vector>

#include "net/faults/effects.hpp"

namespace chaos::net::faults {

/// A part of what arrived together, and when it may go on; `never`: not as long as the rules stay.
struct Piece {
    std::size_t size = 0;
    Instant due;
};

/// Latency, bandwidth, slices and slow close act one after the other, in the order of the rules, as links in a row
/// would; what came first goes first.
class Shaper {
public:
    Shaper(Direction direction, std::uint64_t connection) : direction_(direction), connection_(connection) {}

    /// Of these it takes those that shape this direction. A rule that stays keeps its place in time. False if nothing
    /// changed.
    bool set_rules(const std::vector<SharedRule>& rules);
    bool idle() const { return stages_.empty(); }
    const std::vector<SharedRule>& rules() const { return rules_; }

    /// `parcel` is the ordinal of what arrived together, the key of its dice.
    std::vector<Piece> shape(std::size_t size, Instant arrived, std::uint64_t parcel);
    /// When an end may go on.
    Instant end(Instant arrived, std::uint64_t parcel);
    /// What is still held will be shaped anew: nothing is promised beyond `now`.
    void rewind(Instant now);

    /// How many bytes the direction holds before the sender has to wait: a quarter of a second of a narrow line, as
    /// much as a long one has in flight, or what a socket's buffer takes.
    std::size_t most_held() const;
    /// Each slice is handed on by itself.
    bool slices() const;

private:
    struct Stage {
        SharedRule rule;
        Instant free;  ///< the stage has nothing to do from here on
    };

    Chance dice(const Stage& stage, std::uint64_t parcel) const;

    Direction direction_;
    std::uint64_t connection_;
    std::vector<SharedRule> rules_;
    std::vector<Stage> stages_;
};

/// Saturates at `never`.
Instant later(Instant at, Duration by);

}  // namespace chaos::net::faults
