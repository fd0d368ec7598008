// stale_keep_alive: a kept-alive connection is closed while it rests, or just as it is used again.
#pragma once

#include "mock_providers/faults/line.hpp"

namespace chaos::mock_providers::faults {

struct Entry;

struct StaleKeepAlive {
    std::optional<net::Duration> idle;  ///< nothing: it is reset by the first bytes of the next request
    Directions directions;              ///< has none of its own: it is the connection that ends

    Layer layer() const { return Layer::connection; }
    Stage stage() const { return Stage::connection; }
    net::faults::Effect effect() const;
};

Entry stale_keep_alive_entry();

}  // namespace chaos::mock_providers::faults
