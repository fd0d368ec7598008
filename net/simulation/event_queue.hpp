// What is going to happen in a simulated world, in order: an indexed heap of (time, arrival number).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "net/time.hpp"

namespace chaos::net::simulation {

class EventQueue;

/// Something that happens at an instant. Embedded in what it happens to: scheduling allocates nothing, and destroying
/// it takes it off the queue.
class Event {
public:
    explicit Event(EventQueue& queue) : queue_(queue) {}
    virtual ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    virtual void happen() = 0;

    /// Replaces any earlier setting. Events of one instant happen in the order of scheduling.
    void schedule(Instant at);
    /// With an arrival number that was taken earlier, see EventQueue::next_number().
    void schedule(Instant at, std::uint64_t number);
    void unschedule();
    bool scheduled() const { return place_ != nowhere; }

private:
    friend class EventQueue;
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    EventQueue& queue_;
    std::size_t place_ = nowhere;
};

class EventQueue {
public:
    EventQueue() = default;
    EventQueue(const EventQueue&) = delete;
    EventQueue& operator=(const EventQueue&) = delete;

    bool empty() const { return heap_.empty(); }
    std::size_t size() const { return heap_.size(); }
    /// Precondition for both: not empty.
    Instant next_at() const { return heap_.front().at; }
    Event& take();

    std::uint64_t next_number() { return ++last_number_; }

private:
    friend class Event;

    struct Entry {
        Instant at;
        std::uint64_t number;
        Event* event;
        bool before(const Entry& other) const { return at != other.at ? at < other.at : number < other.number; }
    };

    void insert(const Entry& entry);
    void remove(std::size_t place);
    void put(std::size_t place, const Entry& entry);
    void rise(std::size_t place, const Entry& entry);
    void sink(std::size_t place, const Entry& entry);

    std::vector<Entry> heap_;
    std::uint64_t last_number_ = 0;
};

}  // namespace chaos::net::simulation
