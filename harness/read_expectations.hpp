// Reads the `expect:` map of a scenario.
#pragma once

#include "harness/scenario.hpp"

namespace chaos::harness {

/// Complains about unknown expectations and about a map that expects nothing.
Expectations read_expectations(const config::Node& node, config::Complaints& complaints);

}  // namespace chaos::harness
