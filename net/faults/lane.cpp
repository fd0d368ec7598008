// Queueing, and shaping anew what is queued.
#include "net/faults/lane.hpp"

#include <algorithm>
#include <utility>

namespace chaos::net::faults {

void Lane::set_rules(const std::vector<SharedRule>& rules, Instant now)
{
    if (!shaper_.set_rules(rules)) return;
    shaper_.rewind(now);
    std::list<Parcel> before = std::exchange(held_, {});
    held_bytes_ = 0;
    while (!before.empty()) {
        Parcel parcel = std::move(before.front());
        before.pop_front();
        if (parcel.end != Parcel::End::none) {
            parcel.due = shaper_.end(parcel.arrived, parcel.number);
            held_.push_back(std::move(parcel));
            continue;
        }
        while (!before.empty() && before.front().number == parcel.number) {
            parcel.bytes += before.front().bytes;
            before.pop_front();
        }
        shape(std::move(parcel.bytes), parcel.arrived, parcel.number);
    }
}

void Lane::shape(std::string bytes, Instant arrived, std::uint64_t number)
{
    held_bytes_ += bytes.size();
    std::size_t from = 0;
    for (const Piece& piece : shaper_.shape(bytes.size(), arrived, number)) {
        Parcel parcel;
        parcel.bytes = bytes.substr(from, piece.size);
        parcel.due = piece.due;
        parcel.arrived = arrived;
        parcel.number = number;
        held_.push_back(std::move(parcel));
        from += piece.size;
    }
}

void Lane::put(std::string bytes, Instant now)
{
    if (empty()) {
        burst_ = std::make_unique<Burst>();
        burst_->began = now;
    }
    const std::size_t before = held_.size();
    shape(std::move(bytes), now, ++parcels_);
    burst_->cuts += held_.size() - before - 1;
}

void Lane::put_end(Parcel::End end, Error error, Instant now)
{
    if (empty()) {
        burst_ = std::make_unique<Burst>();
        burst_->began = now;
    }
    Parcel parcel;
    parcel.end = end;
    parcel.error = error;
    parcel.arrived = now;
    parcel.number = ++parcels_;
    parcel.due = shaper_.end(now, parcel.number);
    held_.push_back(std::move(parcel));
}

Parcel Lane::take(Instant now)
{
    Parcel parcel = std::move(held_.front());
    held_.pop_front();
    held_bytes_ -= parcel.bytes.size();
    if (parcel.end != Parcel::End::none) {
        burst_->end_held = now - parcel.arrived;
        return parcel;
    }
    burst_->bytes += parcel.bytes.size();
    ++burst_->pieces;
    burst_->held = std::max(burst_->held, now - parcel.arrived);
    burst_->took = now - burst_->began;
    return parcel;
}

const Burst& Lane::burst() const
{
    static const Burst nothing;
    return burst_ ? *burst_ : nothing;
}

void Lane::clear()
{
    held_.clear();
    held_bytes_ = 0;
}

}  // namespace chaos::net::faults
