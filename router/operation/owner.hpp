// Requests that only one of several event loops may serve, since what they are about is kept there: the others pass them on.
#pragma once

#include "net/clock.hpp"
#include "net/http/client.hpp"
#include "net/http/server.hpp"

namespace chaos::router {

/// True for a request whose result is kept: with an Idempotency-Key.
bool is_keyed(const net::http::Request& request);

/// Asks at `owner`, which is this very router on another loop, and passes its answer on as it comes. A caller that
/// leaves, or that no longer reads, ends the request there, too.
net::Task<void> pass_to_owner(net::http::ServerExchange& exchange, net::http::Client& client, net::Clock& clock,
                              net::Endpoint owner);

}  // namespace chaos::router
