// The MCP door to the tools: Streamable HTTP, one message a POST. A request in, a call or an answer out; no I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mock_providers/mcp/sessions.hpp"
#include "mock_providers/tool_call.hpp"
#include "net/chance.hpp"

namespace chaos::mock_providers::mcp {

inline constexpr std::string_view path = "/mcp";

/// How answers to requests go out: one JSON object, or a stream of one event.
enum class Answers { json, events };

/// By the revision of 2025-06-18, and of 2025-03-26 for clients that ask for it; what it refuses and how is told in
/// docs/mocks.md. The idempotency key is `_meta["idempotency-key"]` of a call, or the header Idempotency-Key.
class Door {
public:
    /// The tools outlive it.
    Door(const std::vector<ToolSpec>& tools, Answers answers, net::Chance chance)
        : tools_(tools), answers_(answers), sessions_(chance)
    {
    }

    Asked read(const net::http::Request& request);
    void forget(std::string_view session) { sessions_.forget(session); }

private:
    Asked read_post(const net::http::Request& request);
    net::http::Response end_session(const net::http::Request& request);

    const std::vector<ToolSpec>& tools_;
    Answers answers_;
    Sessions sessions_;
};

}  // namespace chaos::mock_providers::mcp
