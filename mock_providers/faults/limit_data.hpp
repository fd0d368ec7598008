// limit_data: a connection ends after exactly so many bytes.
#pragma once

#include "mock_providers/faults/line.hpp"

namespace chaos::mock_providers::faults {

struct Entry;

struct LimitData {
    std::uint64_t bytes = 1024;
    net::Close end = net::Close::fin;
    Directions directions;

    Layer layer() const { return Layer::connection; }
    Stage stage() const { return Stage::connection; }
    net::faults::Effect effect() const;
};

Entry limit_data_entry();

}  // namespace chaos::mock_providers::faults
