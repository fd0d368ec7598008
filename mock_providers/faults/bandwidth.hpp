// bandwidth: only so many bytes a second pass.
#pragma once

#include "mock_providers/faults/line.hpp"

namespace chaos::mock_providers::faults {

struct Entry;

struct Bandwidth {
    std::uint64_t bytes_per_second = 16 * 1024;
    Directions directions;

    Layer layer() const { return Layer::connection; }
    Stage stage() const { return Stage::connection; }
    net::faults::Effect effect() const;
};

Entry bandwidth_entry();

}  // namespace chaos::mock_providers::faults
