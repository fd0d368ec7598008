// no_read: connections are accepted, and nothing is read from them.
#pragma once

#include "mock_providers/faults/line.hpp"

namespace chaos::mock_providers::faults {

struct Entry;

struct NoRead {
    Directions directions;  ///< has none of its own: what is not read is not answered

    Layer layer() const { return Layer::connection; }
    Stage stage() const { return Stage::connection; }
    net::faults::Effect effect() const;
};

Entry no_read_entry();

}  // namespace chaos::mock_providers::faults
