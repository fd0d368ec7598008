// What the router itself says about tools and their queue, as JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http/message.hpp"
#include "router/tools/queue_book.hpp"
#include "router/tools/tool_decision.hpp"

namespace chaos::router {

/// {"error": {"message", "type", "code"}}; Retry-After in whole seconds, rounded up, where a wait is known.
net::http::Response tool_error(int status, std::string_view code, std::string_view message,
                               std::optional<net::Duration> retry_after = std::nullopt);

/// 202 with the id and where to ask.
net::http::Response accepted_reply(const QueuedCall& call);

/// An operator is told besides whose a call is and whether it may be sent again; and of its result, the status alone.
enum class ToldTo { caller, operators };

/// The state of a call; with its result, if there is one.
std::string call_in_json(const QueuedCall& call, const std::optional<net::http::Response>& result, ToldTo whom);

/// {"calls": [...]}, without results; `left_out`: how many more there are, which is told if there are any.
std::string calls_in_json(const std::vector<const QueuedCall*>& calls, std::size_t left_out, ToldTo whom);

/// An answer in the store. Longer bodies than this are left out of it.
inline constexpr std::size_t longest_kept_result = 1024 * 1024;
std::string write_tool_result(const net::http::Response& response);
std::optional<net::http::Response> read_tool_result(std::string_view bytes);

}  // namespace chaos::router
