// The plain door to the tools: POST /tools/NAME, arguments in, result out.
#pragma once

#include "mock_providers/tool_call.hpp"

namespace chaos::mock_providers {

/// 404 for a tool that is none, 405 for another method than POST, 400 for arguments that break the tool's schema.
/// The idempotency key is the header Idempotency-Key. Answers are {"result": text} (with an output schema also
/// "structured") and {"error": text}.
Asked read_http_call(const net::http::Request& request, const std::vector<ToolSpec>& tools);

}  // namespace chaos::mock_providers
