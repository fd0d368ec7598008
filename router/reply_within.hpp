// A whole answer for a caller who may not read it.
#pragma once

#include "net/clock.hpp"
#include "net/http/server.hpp"

namespace chaos::router {

/// For a caller to take in an answer that the router gives at once, such as a refusal.
inline constexpr net::Duration short_answer_patience = std::chrono::seconds(5);

/// Whoever has not taken it in by then is let go, or it would hold its connection for ever. Both outlive the call.
net::Task<void> reply_within(net::Duration patience, net::http::ServerExchange& exchange, net::Clock& clock,
                             net::http::Response response);

}  // namespace chaos::router
