// Sleeping, over any clock.
#include "net/clock.hpp"

#include "net/waiter.hpp"

namespace chaos::net {

Task<void> sleep_until(Clock& clock, Instant at)
{
    Waiter waiter("sleep");
    const std::unique_ptr<Timer> timer = clock.make_timer();
    timer->arm(at, [&waiter] { waiter.wake(Wake::notified); });
    const Wake wake = co_await waiter.wait();
    if (wake == Wake::aborted) throw_aborted();
}

Task<void> sleep_for(Clock& clock, Duration d)
{
    return sleep_until(clock, clock.now() + d);
}

}  // namespace chaos::net
