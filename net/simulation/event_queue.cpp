// A binary heap whose elements know their place.
#include "net/simulation/event_queue.hpp"

namespace chaos::net::simulation {

Event::~Event()
{
    unschedule();
}

void Event::schedule(Instant at)
{
    schedule(at, queue_.next_number());
}

void Event::schedule(Instant at, std::uint64_t number)
{
    unschedule();
    queue_.insert({at, number, this});
}

void Event::unschedule()
{
    if (scheduled()) queue_.remove(place_);
}

Event& EventQueue::take()
{
    Event& first = *heap_.front().event;
    remove(0);
    return first;
}

void EventQueue::insert(const Entry& entry)
{
    heap_.push_back(entry);
    rise(heap_.size() - 1, entry);
}

void EventQueue::remove(std::size_t place)
{
    heap_[place].event->place_ = Event::nowhere;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (place == heap_.size()) return;
    if (place > 0 && last.before(heap_[(place - 1) / 2])) {
        rise(place, last);
    } else {
        sink(place, last);
    }
}

void EventQueue::put(std::size_t place, const Entry& entry)
{
    heap_[place] = entry;
    entry.event->place_ = place;
}

void EventQueue::rise(std::size_t place, const Entry& entry)
{
    while (place > 0) {
        const std::size_t parent = (place - 1) / 2;
        if (!entry.before(heap_[parent])) break;
        put(place, heap_[parent]);
        place = parent;
    }
    put(place, entry);
}

void EventQueue::sink(std::size_t place, const Entry& entry)
{
    for (;;) {
        std::size_t child = 2 * place + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
        if (!heap_[child].before(entry)) break;
        put(place, heap_[child]);
        place = child;
    }
    put(place, entry);
}

}  // namespace chaos::net::simulation
