// The parameters a fault can have: one of the structs that the faults' own headers define.
#pragma once

#include <variant>

#include "mock_providers/faults/arguments.hpp"
#include "mock_providers/faults/bandwidth.hpp"
#include "mock_providers/faults/blackhole.hpp"
#include "mock_providers/faults/call_as_text.hpp"
#include "mock_providers/faults/call_deltas.hpp"
#include "mock_providers/faults/call_id.hpp"
#include "mock_providers/faults/content_type.hpp"
#include "mock_providers/faults/credential.hpp"
#include "mock_providers/faults/cut.hpp"
#include "mock_providers/faults/dns_failure.hpp"
#include "mock_providers/faults/empty_answer.hpp"
#include "mock_providers/faults/empty_tool_turn.hpp"
#include "mock_providers/faults/error_in_200.hpp"
#include "mock_providers/faults/finish_reason.hpp"
#include "mock_providers/faults/framing.hpp"
#include "mock_providers/faults/gzip.hpp"
#include "mock_providers/faults/latency.hpp"
#include "mock_providers/faults/limit_data.hpp"
#include "mock_providers/faults/malformed_arguments.hpp"
#include "mock_providers/faults/no_read.hpp"
#include "mock_providers/faults/odd_events.hpp"
#include "mock_providers/faults/quota.hpp"
#include "mock_providers/faults/rate_limit.hpp"
#include "mock_providers/faults/ratelimit_headers.hpp"
#include "mock_providers/faults/reasoning_only.hpp"
#include "mock_providers/faults/refusal.hpp"
#include "mock_providers/faults/refuse.hpp"
#include "mock_providers/faults/repeated_call.hpp"
#include "mock_providers/faults/repetition.hpp"
#include "mock_providers/faults/reset.hpp"
#include "mock_providers/faults/slices.hpp"
#include "mock_providers/faults/slow.hpp"
#include "mock_providers/faults/slow_close.hpp"
#include "mock_providers/faults/stale_keep_alive.hpp"
#include "mock_providers/faults/status.hpp"
#include "mock_providers/faults/timeout.hpp"
#include "mock_providers/faults/tls.hpp"
#include "mock_providers/faults/tool_drop_reply.hpp"
#include "mock_providers/faults/tool_duplicate_delivery.hpp"
#include "mock_providers/faults/tool_error.hpp"
#include "mock_providers/faults/tool_huge_result.hpp"
#include "mock_providers/faults/tool_schema_violation.hpp"
#include "mock_providers/faults/tool_session_lost.hpp"
#include "mock_providers/faults/tool_slow.hpp"
#include "mock_providers/faults/truncated.hpp"
#include "mock_providers/faults/unknown_tool.hpp"

namespace chaos::mock_providers {

using Parameters =
    std::variant<faults::Blackhole, faults::Timeout, faults::RateLimit, faults::Status, faults::EmptyToolTurn,
                 faults::EmptyAnswer, faults::Refuse, faults::Reset, faults::Cut, faults::Slow,
                 faults::MalformedArguments, faults::ToolError, faults::ToolSlow, faults::ToolDropReply,
                 faults::WrongFinishReason, faults::Truncated, faults::WrongArguments, faults::CallDeltas,
                 faults::WrongCallId, faults::UnknownTool, faults::CallAsText, faults::RepeatedCall, faults::Refusal,
                 faults::ReasoningOnly, faults::Repetition, faults::ErrorIn200, faults::ContentType,
                 faults::Framing, faults::Gzip, faults::Quota, faults::Tls, faults::Credential, faults::RateLimitHeaders,
                 faults::ToolDuplicateDelivery, faults::ToolSchemaViolation, faults::ToolHugeResult, faults::ToolSessionLost,
                 faults::Latency, faults::Bandwidth, faults::Slices, faults::SlowClose, faults::LimitData, faults::DnsFailure, faults::NoRead, faults::StaleKeepAlive, faults::OddEvents>;

}  // namespace chaos::mock_providers
