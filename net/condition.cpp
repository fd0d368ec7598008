// Condition: a queue of waiters.
#include "net/condition.hpp"

namespace chaos::net {

Condition::Condition(Executor executor, const char* purpose)
    : executor_(std::move(executor)), waits_(Waits::of(executor_)), purpose_(purpose)
{
}

Condition::~Condition()
{
    while (Waiter* waiter = Waiter::first_of(queue_)) waiter->wake(Wake::aborted);
}

Task<Wake> Condition::wait_quietly(Waiter::Shield shield)
{
    Waiter waiter(waits_, executor_, purpose_);
    waiter.stand_in(queue_);
    co_return co_await waiter.wait(shield);
}

Task<void> Condition::wait()
{
    Waiter waiter(waits_, executor_, purpose_);
    waiter.stand_in(queue_);
    const Wake wake = co_await waiter.wait();
    if (wake == Wake::aborted) throw_aborted();
}

void Condition::notify_one()
{
    if (Waiter* waiter = Waiter::first_of(queue_)) waiter->wake(Wake::notified);
}

void Condition::notify_all()
{
    while (Waiter* waiter = Waiter::first_of(queue_)) waiter->wake(Wake::notified);
}

}  // namespace chaos::net
