// latency: everything that passes takes so long on its way.
#pragma once

#include "mock_providers/faults/line.hpp"

namespace chaos::mock_providers::faults {

struct Entry;

struct Latency {
    net::faults::Latency drawn = {std::chrono::milliseconds(100), {}, net::faults::Distribution::fixed};
    Directions directions;

    Layer layer() const { return Layer::connection; }
    Stage stage() const { return Stage::connection; }
    net::faults::Effect effect() const;
};

Entry latency_entry();

}  // namespace chaos::mock_providers::faults
