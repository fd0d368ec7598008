// What an MCP server says, as JSON text of results: https://modelcontextprotocol.io/specification/2025-06-18
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mock_providers/spec.hpp"
#include "mock_providers/tool_script.hpp"

namespace chaos::mock_providers::mcp {

/// Revisions of the protocol, by their dates.
inline constexpr std::string_view newest_version = "2025-06-18";
inline constexpr std::string_view oldest_version = "2025-03-26";

bool is_supported(std::string_view version);
/// The one the client asked for if it is supported, else the newest (the client may then leave).
std::string_view agreed_version(std::string_view asked);
/// Output schemas and structured content came with the revision of June 2025.
bool has_structured_content(std::string_view version);

std::string initialize_result(std::string_view version);
/// Every tool, on one page.
std::string list_result(const std::vector<ToolSpec>& tools, std::string_view version);
/// The text, and the structured content beside it; of this the text says the same once more, for clients that only read
/// text, and where the receipt is not in it, too, a second text does.
std::string call_result(const ToolReply& reply, std::string_view version);
std::string error_result(std::string_view text);

}  // namespace chaos::mock_providers::mcp
