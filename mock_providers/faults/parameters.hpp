// The parameters a fault can have: one of the structs that the faults' own headers define.
#pragma once

#include <variant>

#include "mock_providers/faults/blackhole.hpp"
#include "mock_providers/faults/cut.hpp"
#include "mock_providers/faults/empty_answer.hpp"
#include "mock_providers/faults/empty_tool_turn.hpp"
#include "mock_providers/faults/malformed_arguments.hpp"
#include "mock_providers/faults/rate_limit.hpp"
#include "mock_providers/faults/refuse.hpp"
#include "mock_providers/faults/reset.hpp"
#include "mock_providers/faults/slow.hpp"
#include "mock_providers/faults/status.hpp"
#include "mock_providers/faults/timeout.hpp"
#include "mock_providers/faults/tool_drop_reply.hpp"
#include "mock_providers/faults/tool_error.hpp"
#include "mock_providers/faults/tool_slow.hpp"

namespace chaos::mock_providers {

using Parameters =
    std::variant<faults::Blackhole, faults::Timeout, faults::RateLimit, faults::Status, faults::EmptyToolTurn,
                 faults::EmptyAnswer, faults::Refuse, faults::Reset, faults::Cut, faults::Slow,
                 faults::MalformedArguments, faults::ToolError, faults::ToolSlow, faults::ToolDropReply>;

}  // namespace chaos::mock_providers
