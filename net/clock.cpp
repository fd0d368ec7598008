// Sleeping, over any clock.
#include "net/clock.hpp"

#include <boost/asio/this_coro.hpp>

#include "net/waiter.hpp"

namespace chaos::net {

Task<void> sleep_until(Clock& clock, Instant at)
{
    const Executor executor = co_await asio::this_coro::executor;
    Waiter waiter(executor, "sleep");
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
