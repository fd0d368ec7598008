// One watchdog around one write.
#include "router/reply_within.hpp"

#include "net/watchdog.hpp"

namespace chaos::router {

net::Task<void> reply_within(net::Duration patience, net::http::ServerExchange& exchange, net::Clock& clock,
                             net::http::Response response)
{
    net::Watchdog watchdog(clock, [&exchange] { exchange.close(net::Close::reset); });
    watchdog.arm(clock.now() + patience);
    const net::Error failed = co_await exchange.respond(std::move(response));
    if (failed) exchange.close(net::Close::reset);
}

}  // namespace chaos::router
