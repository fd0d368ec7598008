// Which faults can honestly be applied to an answer that only passes by.
#pragma once

#include <string>

#include "mock_providers/faults/parameters.hpp"

namespace chaos::mock_providers::faults {

/// Why a fault cannot act where a real endpoint, or a recording, answers in place of a script; empty: it can. Those can
/// that act on connections, that stand in place of the answer, that hold it back, or that stop it after so many events.
std::string why_not_passing(const Parameters& parameters);

}  // namespace chaos::mock_providers::faults
