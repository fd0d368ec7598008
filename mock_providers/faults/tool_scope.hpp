// Where a tool fault can happen: through which doors, at tools that declare what. Asked of the fault itself.
#pragma once

#include <string>
#include <vector>

#include "mock_providers/faults/vocabulary.hpp"

namespace chaos::mock_providers::faults {

/// "every call of a tool", "calls by MCP", "calls of tools with an `output`".
std::string tool_scope_in_words(const Parameters& parameters);

/// The doors that calls come through: agents of a run use the plain one alone.
enum class Doors { http_alone, every };

/// Complains about a tool fault that can never happen: no tool it is aimed at declares what it breaks, or nobody comes
/// through the door it acts at. Faults of other layers are left alone.
void check_tool_scope(const FaultSpec& fault, const std::vector<ToolSpec>& tools, Doors doors,
                      config::Complaints& complaints);

}  // namespace chaos::mock_providers::faults
