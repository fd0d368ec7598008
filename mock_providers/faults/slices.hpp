// slices: what is sent together arrives in small pieces.
#pragma once

#include "mock_providers/faults/line.hpp"

namespace chaos::mock_providers::faults {

struct Entry;

struct Slices {
    net::faults::Slices sizes = {64, 0, std::chrono::milliseconds(2)};
    Directions directions;

    Layer layer() const { return Layer::connection; }
    Stage stage() const { return Stage::connection; }
    net::faults::Effect effect() const;
};

Entry slices_entry();

}  // namespace chaos::mock_providers::faults
