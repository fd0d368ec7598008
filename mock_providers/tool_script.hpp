// What the tool server is going to do with one call: a plain value which tool faults edit.
#pragma once

#include <optional>

#include "mock_providers/script.hpp"
#include "net/http/message.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {

struct ToolScript {
    net::Duration takes{};                             ///< from the request's last byte to the effect
    std::optional<net::http::Response> before_effect;  ///< the call fails with this, and nothing happened
    std::optional<Stop> drop_reply;                    ///< the effect happens, then the connection ends like this
    net::Instant release = net::never;                 ///< a silence ends here and the reply is given after all
};

/// What came of a call, measured by the server.
struct ToolSent {
    int status = 0;        ///< 0: no head was sent
    bool acted = false;    ///< the effect happened, or the stored result was found again
    bool dropped = false;  ///< the reply was dropped as a fault asked
    WireEnd end = WireEnd::silent;
    net::Duration took{};  ///< from the request's last byte to the reply's first, or to the end without one
};

}  // namespace chaos::mock_providers
