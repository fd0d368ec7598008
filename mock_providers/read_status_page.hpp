// Reads the `status_page:` map of a scenario.
#pragma once

#include <string>
#include <vector>

#include "config/reader.hpp"
#include "mock_providers/status_page_spec.hpp"

namespace chaos::mock_providers {

/// `providers`: the components there are. Complains about entries that say nothing, empty windows and unknown components.
StatusPageSpec read_status_page(const config::Node& node, config::Complaints& complaints,
                                const std::vector<std::string>& providers);

}  // namespace chaos::mock_providers
