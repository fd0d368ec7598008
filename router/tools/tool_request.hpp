// A call of a tool as it is passed on: what of the caller's request reaches the tool, and what does not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http/message.hpp"
#include "router/tools/dependencies.hpp"

namespace chaos::router {

struct ToolRequest {
    std::string method;
    std::string below;           ///< path and query after the tool's own path: "", "/drafts?x=1"
    net::http::Headers headers;  ///< those that tools need; never the caller's credentials
    std::string body;
    std::string key;  ///< of the caller, or made for it; empty: none
};

/// The tool whose path this is, or is above this; the longest counts. Null: none.
const Dependency* find_tool(const Dependencies& dependencies, std::string_view path);

/// Why a call is refused: a method no tool has, a path that leads out of the tool's own; nothing if it is well.
std::string tool_request_problem(const net::http::RequestHead& head, const Dependency& tool);

/// Precondition: the path is the tool's, and there is no problem. `key` is left empty.
ToolRequest tool_request_of(const net::http::Request& request, const Dependency& tool);

/// As it is sent to one of the tool's endpoints, with the tool's own key.
net::http::Request for_endpoint(const ToolRequest& request, const Dependency& tool, std::size_t endpoint);

/// A tool's answer without what belongs to one connection, and without the tool's key should it be quoted.
net::http::Response without_secrets(net::http::Response response, const Dependency& tool);

std::string write_tool_request(const ToolRequest& request);
std::optional<ToolRequest> read_tool_request(std::string_view bytes);

}  // namespace chaos::router
