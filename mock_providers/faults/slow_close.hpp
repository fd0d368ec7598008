// slow_close: the end of a connection comes late.
#pragma once

#include "mock_providers/faults/line.hpp"

namespace chaos::mock_providers::faults {

struct Entry;

struct SlowClose {
    net::Duration by = std::chrono::seconds(5);
    Directions directions;

    Layer layer() const { return Layer::connection; }
    Stage stage() const { return Stage::connection; }
    net::faults::Effect effect() const;
};

Entry slow_close_entry();

}  // namespace chaos::mock_providers::faults
