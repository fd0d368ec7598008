// What the faults that act on a connection's bytes have in common: their directions, and the rule they are for a link.
#pragma once

#include "config/reader.hpp"
#include "mock_providers/faults/terms.hpp"
#include "net/faults/effects.hpp"

namespace chaos::mock_providers::faults {

/// Whose bytes a fault meets: up is what the client sends, down what the provider does.
struct Directions {
    bool up = true;
    bool down = true;
};

/// `direction: both | up | down`
Directions read_directions(config::MapReader& map, std::string_view otherwise = "both");
extern const char* const directions_meaning;

}  // namespace chaos::mock_providers::faults
