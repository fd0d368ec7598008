// One call as a door of the tool server read it, and how that door words the answer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mock_providers/spec.hpp"
#include "mock_providers/tool_script.hpp"
#include "net/http/message.hpp"

namespace chaos::mock_providers {

/// Words what a call came to, as its door does.
class ReplyForm {
public:
    virtual ~ReplyForm() = default;
    virtual ToolDoor door() const = 0;
    /// Whether a structured result goes out beside the text.
    virtual bool has_structure() const = 0;
    virtual net::http::Response result(const ToolReply& reply) const = 0;
    virtual net::http::Response failure(const ToolFailure& failure) const = 0;
};

struct ToolCall {
    const ToolSpec* tool = nullptr;
    std::string arguments;  ///< JSON text of an object
    std::string effect;     ///< the effect token among them; empty if the tool has no place for one
    std::string key;        ///< idempotency key; empty: none
    std::string session;    ///< of MCP
    std::shared_ptr<const ReplyForm> form;
};

/// A call, or the answer to what is none.
using Asked = std::variant<ToolCall, net::http::Response>;

/// Null if no tool has that name.
const ToolSpec* find_tool(const std::vector<ToolSpec>& tools, std::string_view name);

/// Fills in `arguments` and `effect`. What is wrong with them, or nothing: they are no JSON object, have no effect
/// token where the tool has its place, or break the declared schema.
std::string take_arguments(ToolCall& call, std::string arguments);

/// Longer idempotency keys are refused.
inline constexpr std::size_t longest_key = 1024;

}  // namespace chaos::mock_providers
