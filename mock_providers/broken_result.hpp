// Results that a tool must not give: against its own schema, of the wrong shape, or far too long.
#pragma once

#include <cstdint>
#include <string>

#include "mock_providers/tool_script.hpp"

namespace chaos::mock_providers {

/// Spoils the reply and says in words what is wrong with it now. `output` is the schema it breaks.
std::string break_result(ToolReply& reply, BrokenResult how, const std::string& output);

/// Adds plain words behind the text until it is `bytes` long; a longer one stays as it is.
void pad_text(ToolReply& reply, std::uint64_t bytes);

}  // namespace chaos::mock_providers
