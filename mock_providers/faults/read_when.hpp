// Reads the selectors that are more than a word: what a fault waits for, its turns, its growing chance, headers.
#pragma once

#include <string>
#include <vector>

#include "config/reader.hpp"
#include "mock_providers/spec.hpp"

namespace chaos::mock_providers::faults {

/// `after`, `flap`, `ramp` and `header`, where the map has them.
void read_when(config::MapReader& map, const std::vector<std::string>& providers, const std::vector<std::string>& tools,
               Selector& when);

/// What makes no sense together: a ramp without a chance, flaps that turn once at most, a count of no provider's requests.
void check_when(const FaultSpec& fault, config::MapReader& map);

/// Complains about faults that wait for a fault that is not among them, for themselves, or for each other.
void check_waiting(const std::vector<FaultSpec>& faults, config::Complaints& complaints);

/// ", after fault 'dark', down for 2s and up for 3s by turns"
std::string in_words(const Selector& when);

}  // namespace chaos::mock_providers::faults
