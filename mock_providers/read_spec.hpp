// Reads the `providers:` and `tools:` maps of a scenario.
#pragma once

#include "mock_providers/spec.hpp"

namespace chaos::mock_providers {

std::vector<ProviderSpec> read_providers(const config::Node& node, config::Complaints& complaints);
std::vector<ToolSpec> read_tools(const config::Node& node, config::Complaints& complaints);
ToolServerSpec read_tool_server(const config::Node& node, config::Complaints& complaints);

}  // namespace chaos::mock_providers
