// One direction of a connection: what is on its way, shaped by the rules, in order. Time is handed in; no I/O.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "net/faults/shaper.hpp"
#include "net/task.hpp"

namespace chaos::net::faults {

/// Something on its way: bytes, or how its direction ends.
struct Parcel {
    enum class End : unsigned char { none, fin, close, reset };

    std::string bytes;
    End end = End::none;
    Error error{};
    Instant due{};
    Instant arrived{};
    std::uint64_t number = 0;  ///< of what arrived together
};

/// What passed since the lane was last empty.
struct Burst {
    std::size_t bytes = 0;
    std::size_t pieces = 0;
    std::size_t cuts = 0;  ///< pieces more than arrived
    Duration held{};       ///< the longest
    Duration end_held{};
    Instant began{};
    Duration took{};  ///< up to the last byte
};

class Lane {
public:
    Lane(Direction direction, std::uint64_t connection) : direction_(direction), shaper_(direction, connection) {}

    Direction direction() const { return direction_; }
    /// What is held is shaped anew.
    void set_rules(const std::vector<SharedRule>& rules, Instant now);
    bool shapes() const { return !shaper_.idle(); }
    const std::vector<SharedRule>& rules() const { return shaper_.rules(); }

    void put(std::string bytes, Instant now);
    void put_end(Parcel::End end, Error error, Instant now);

    bool empty() const { return held_.empty(); }
    std::size_t held_bytes() const { return held_bytes_; }
    std::size_t most_held() const { return shaper_.most_held(); }
    bool slices() const { return shaper_.slices(); }
    /// Of the first parcel; `never` without one.
    Instant next_due() const { return empty() ? never : held_.front().due; }
    /// Some of it will never pass as long as the rules stay.
    bool stuck() const { return !empty() && held_.back().due == never; }
    Parcel take(Instant now);
    void clear();

    /// Of what is held, or was last.
    const Burst& burst() const;

private:
    void shape(std::string bytes, Instant arrived, std::uint64_t number);

    Direction direction_;
    Shaper shaper_;
    std::list<Parcel> held_;  ///< mostly empty, and then no memory
    std::size_t held_bytes_ = 0;
    std::uint64_t parcels_ = 0;
    std::unique_ptr<Burst> burst_;  ///< null: nothing has been held yet
};

}  // namespace chaos::net::faults
