// Condition: a queue of waiters.
#include "net/condition.hpp"

namespace chaos::net {

Condition::Condition(Executor executor, const char* purpose) : waits_(Waits::of(executor)), purpose_(purpose) {}

Condition::~Condition()
{
    while (queue_.linked()) wake(static_cast<Place&>(*queue_.next()), Wake::aborted);
}

Task<Wake> Condition::wait_quietly(Waiter::Shield shield)
{
    Place place(*this);
    co_return co_await place.waiter.wait(shield);
}

Task<void> Condition::wait()
{
    Place place(*this);
    const Wake wake = co_await place.waiter.wait();
    if (wake == Wake::aborted) throw_aborted();
}

Condition::Place* Condition::first_waiting() const
{
    for (ListHook* at = queue_.next(); at != &queue_; at = at->next()) {
        Place* place = static_cast<Place*>(at);
        if (place->waiter.waiting()) return place;
    }
    return nullptr;
}

void Condition::wake(Place& place, Wake why)
{
    place.unlink();
    place.waiter.wake(why);
}

void Condition::notify_one()
{
    if (Place* first = first_waiting()) wake(*first, Wake::notified);
}

void Condition::notify_all()
{
    while (queue_.linked()) wake(static_cast<Place&>(*queue_.next()), Wake::notified);
}

}  // namespace chaos::net
