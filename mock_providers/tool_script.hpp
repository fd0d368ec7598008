// What the tool server is going to do with one call: plain values which tool faults edit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mock_providers/script.hpp"
#include "net/time.hpp"

namespace chaos::mock_providers {

/// Which way a call came in.
enum class ToolDoor { http, mcp };

/// What a call comes to, before its door puts it into words.
struct ToolReply {
    std::string text;                   ///< for the model
    std::string structured;             ///< the object of the output schema, as JSON text; empty: none
    bool text_is_an_object = false;     ///< the text comes as something that no client expects in its place
    bool operator==(const ToolReply&) const = default;
};

/// Why a call comes to nothing, and how MCP says so; plain HTTP has only its status.
struct ToolFailure {
    enum class As {
        result,        ///< a result that says isError
        protocol,      ///< an error of JSON-RPC in place of a result
        http,          ///< an HTTP status
        session_lost,  ///< HTTP 404: the server does not know the session any more
    };
    As as = As::result;
    int status = 500;
    int code = -32603;  ///< of JSON-RPC
    std::string message;
};

/// How a result breaks what was declared of it.
enum class BrokenResult { output, missing, content };

struct ToolScript {
    ToolDoor door = ToolDoor::http;
    std::string output;                          ///< the tool's output schema; empty: none, or the caller sees none
    net::Duration takes{};                       ///< from the request's last byte to the effect
    std::optional<ToolFailure> before_effect;    ///< the call fails like this, and nothing happened
    std::string second_delivery;                 ///< the fault that delivers the call twice; empty: it comes once
    std::optional<BrokenResult> broken;          ///< it acts, and its result is spoilt on the way out
    std::optional<std::uint64_t> padded_to;      ///< it acts, and its text is as many bytes long
    std::optional<Stop> drop_reply;              ///< the effect happens, then the connection ends like this
    net::Instant release = net::never;           ///< a silence ends here and the reply is given after all
};

/// What came of a call, measured by the server.
struct ToolSent {
    ToolDoor door = ToolDoor::http;
    int status = 0;                      ///< 0: no head was sent
    std::optional<ToolFailure> failure;  ///< what was answered in place of a result
    enum class Deed { none, performed, replayed };
    Deed deed = Deed::none;              ///< the effect happened, or the stored result was found again
    Deed second_deed = Deed::none;       ///< the same of the call's second delivery
    bool dropped = false;                ///< the reply was dropped as a fault asked
    std::string broken;                  ///< in words how the result broke what was declared; empty: it did not
    std::uint64_t text_bytes = 0;        ///< of the result's text
    WireEnd end = WireEnd::silent;
    net::Duration took{};  ///< from the request's last byte to the reply's first, or to the end without one

    bool acted() const { return deed != Deed::none; }
    bool answered() const { return status != 0 && end == WireEnd::complete; }
};

}  // namespace chaos::mock_providers
