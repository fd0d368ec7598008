// JSON-RPC 2.0: one message read, and answers written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/json.hpp"

namespace chaos::wire::json_rpc {

/// https://www.jsonrpc.org/specification#error_object; from -32000 down to -32099 servers have codes of their own.
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal_error = -32603;

struct Message {
    enum class Kind { request, notification, response };
    Kind kind = Kind::request;
    std::string id;  ///< as JSON text: `7` or `"a"`; of a notification empty
    std::string method;
    std::string params;  ///< as JSON text; empty: none
    bool operator==(const Message&) const = default;
};

struct Error {
    int code = 0;
    std::string message;
    bool operator==(const Error&) const = default;
};

/// A message, or the error it is answered with: parse_error if it is no JSON within the limits, invalid_request if it
/// is no message. Ids are text or numbers, as MCP has them, never null; params are an object or a list. A batch is
/// none.
struct ReadMessage {
    std::optional<Message> value;
    Error error;
    explicit operator bool() const { return value.has_value(); }
};
ReadMessage read_message(std::string_view text, const net::JsonLimits& limits = {});

/// `id` and `result` are JSON text.
std::string write_result(std::string_view id, std::string_view result);
/// An empty `id` is written as null: it could not be read.
std::string write_error(std::string_view id, const Error& error);

}  // namespace chaos::wire::json_rpc
