// What a link can do to the bytes and the ends of a connection, and the rules that say to which connections it does it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "net/chance.hpp"
#include "net/faults/latency.hpp"
#include "net/stream.hpp"
#include "net/time.hpp"

namespace chaos::net::faults {

/// Up: from the client to the owner of the listener; down: back.
enum class Direction : unsigned char { up, down };

/// At most so many bytes a second, paced evenly; 0: nothing passes.
struct Bandwidth {
    std::uint64_t bytes_per_second = 0;
};

/// What arrives together goes on in slices of `size` bytes, give or take `variation`, with a pause after each.
struct Slices {
    std::size_t size = 1;  ///< more than `variation`
    std::size_t variation = 0;
    Duration pause{};
};

/// The end of a direction is held this much longer than the bytes before it.
struct SlowClose {
    Duration by{};
};

/// After so many bytes of a direction (counted from when the rule met the connection) the connection ends; they arrive
/// before it does.
struct LimitData {
    std::uint64_t bytes = 0;
    Close how = Close::fin;
};

/// Bytes are lost. The connection ends this long after the last that were lost, or never.
struct Swallow {
    std::optional<Duration> ends_after;
};

/// The connection is reset this long after the first bytes in a direction, which are lost.
struct ResetPeer {
    Duration after{};
};

/// The connection is accepted, and nothing is read from it: what the client writes fills the buffers.
struct NoRead {};

/// A connection that rests between two exchanges (Link::exchange_ended) is closed by fin after `idle`; without it, it
/// is reset by the first bytes of the next exchange.
struct StaleKeepAlive {
    std::optional<Duration> idle;
};

using Effect =
    std::variant<Latency, Bandwidth, Slices, SlowClose, LimitData, Swallow, ResetPeer, NoRead, StaleKeepAlive>;

/// An effect on some connections of a link. Rules act in the order in which they are given.
struct Rule {
    std::string name;  ///< its identity: what it counted on a connection stays when it is given other numbers
    Effect effect;
    bool up = true;
    bool down = true;
    std::uint64_t first_connection = 1;
    std::optional<std::uint64_t> last_connection;
    std::uint32_t likelihood = 1'000'000;  ///< of a connection to be picked, in parts per million
    Chance chance{0};                      ///< keyed by the connection's ordinal, and for draws by direction and parcel

    bool acts(Direction direction) const { return direction == Direction::up ? up : down; }
};
using SharedRule = std::shared_ptr<const Rule>;

inline bool is_same(const Rule& a, const Rule& b)
{
    return a.name == b.name && a.effect.index() == b.effect.index();
}

inline bool is_candidate(const Rule& rule, std::uint64_t connection)
{
    return connection >= rule.first_connection && (!rule.last_connection || connection <= *rule.last_connection);
}

inline bool picks(const Rule& rule, std::uint64_t connection)
{
    return is_candidate(rule, connection) && rule.chance.about(connection).happens(rule.likelihood);
}

/// What a rule really did to a connection, as the link counted it.
struct Done {
    std::uint64_t connection = 0;
    bool fell = true;  ///< false: its likelihood spared the connection, whose bytes passed
    Direction direction = Direction::up;
    std::size_t bytes = 0;           ///< that passed, or were lost
    std::size_t pieces = 0;          ///< in so many pieces
    Duration held{};                 ///< the longest that one of them, or the end, was held
    Duration took{};                 ///< from the first one's arrival to the last one's delivery
    std::optional<Close> ended{};    ///< how the rule ended the connection
};

using OnDone = std::function<void(const Rule& rule, const Done& done)>;

}  // namespace chaos::net::faults
