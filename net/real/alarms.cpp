// A binary heap whose members know their places in it.
#include "net/real/alarms.hpp"

#include <utility>

namespace chaos::net::real {

bool Alarms::Alarm::before(const Alarm& other) const
{
    return std::pair(due_, number_) < std::pair(other.due_, other.number_);
}

void Alarms::set(Alarm& alarm, Time due, std::function<void()> ring)
{
    remove(alarm);
    alarm.due_ = due;
    alarm.number_ = ++settings_;
    alarm.ring_ = std::move(ring);
    heap_.push_back(nullptr);
    put(heap_.size() - 1, &alarm);
    settle(alarm.place_);
    set_timer();
}

void Alarms::remove(Alarm& alarm)
{
    if (alarm.place_ != Alarm::nowhere) take_out(alarm);
    alarm.ring_ = nullptr;
}

void Alarms::take_out(Alarm& alarm)
{
    const std::size_t place = std::exchange(alarm.place_, Alarm::nowhere);
    Alarm* last = heap_.back();
    heap_.pop_back();
    if (last == &alarm) return;
    put(place, last);
    settle(place);
}

void Alarms::put(std::size_t place, Alarm* alarm)
{
    heap_[place] = alarm;
    alarm->place_ = place;
}

/// Moves whoever is at `place` up or down to where it belongs.
void Alarms::settle(std::size_t place)
{
    Alarm* const moving = heap_[place];
    while (place > 0 && moving->before(*heap_[(place - 1) / 2])) {
        put(place, heap_[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
        if (child + 1 < heap_.size() && heap_[child + 1]->before(*heap_[child])) ++child;
        if (!heap_[child]->before(*moving)) break;
        put(place, heap_[child]);
        place = child;
    }
    put(place, moving);
}

/// Only towards an earlier time: a timer that comes too soon costs less than one that is set for each request.
void Alarms::set_timer()
{
    if (!timer_ || heap_.empty() || heap_.front()->due_ >= timer_set_for_) return;
    timer_set_for_ = heap_.front()->due_;
    timer_->expires_at(timer_set_for_);
    timer_->async_wait([this](Error replaced) {
        if (replaced) return;
        timer_set_for_ = Time::max();
        ring_due();
    });
}

/// Those that were set before it began: one that is set again and again for the past does not keep the loop from its
/// other work.
void Alarms::ring_due()
{
    const Time now = std::chrono::steady_clock::now();
    const std::uint64_t last = settings_;
    while (!heap_.empty() && heap_.front()->due_ <= now && heap_.front()->number_ <= last) {
        Alarm& alarm = *heap_.front();
        take_out(alarm);
        const std::function<void()> ring = std::exchange(alarm.ring_, nullptr);
        set_timer();  // before what may throw
        ring();
    }
    set_timer();
}

}  // namespace chaos::net::real
