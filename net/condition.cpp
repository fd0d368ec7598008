// Condition: a queue of waiters.
#include "net/condition.hpp"

namespace chaos::net {

Condition::~Condition()
{
    while (queue_.linked()) wake(static_cast<Place&>(*queue_.next()), Wake::aborted);
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
