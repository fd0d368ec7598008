// What a tool takes and gives: the keys `input`, `output` and `token_in` of a tool.
#pragma once

#include "config/reader.hpp"
#include "mock_providers/spec.hpp"

namespace chaos::mock_providers {

/// Fills in what the map says. A tool with effects needs a text argument that can hold an effect token: without one
/// nobody could tell two effects from one that happened twice.
void read_tool_schemas(config::MapReader& map, ToolSpec& tool);

}  // namespace chaos::mock_providers
