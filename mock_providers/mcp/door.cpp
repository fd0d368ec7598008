// Headers, then the message, then its session, then its method: each may end in an answer.
#include "mock_providers/mcp/door.hpp"

#include <fmt/format.h>

#include "mock_providers/mcp/headers.hpp"
#include "mock_providers/mcp/results.hpp"
#include "net/json.hpp"
#include "wire/json_document.hpp"
#include "wire/json_rpc.hpp"
#include "wire/sse.hpp"

namespace chaos::mock_providers::mcp {

namespace {

namespace json = wire::json;
namespace rpc = wire::json_rpc;
using net::http::Response;
using Kind = rpc::Message::Kind;

// Codes of servers' own, those the official SDK's server has in these places.
constexpr int bad_request = -32000;
constexpr int session_not_found = -32001;

Response json_response(int status, std::string body)
{
    Response response;
    response.head.status = status;
    response.head.headers.add("content-type", "application/json");
    response.body = std::move(body);
    return response;
}

Response empty_response(int status)
{
    Response response;
    response.head.status = status;
    return response;
}

/// To what cannot be answered as a message.
Response refusal(int status, int code, std::string why)
{
    return json_response(status, rpc::write_error("", {code, std::move(why)}));
}

Response unknown_session()
{
    return refusal(404, session_not_found, "Session not found: initialize a new one");
}

/// How a request is answered: under its id, in the form the server is set to.
struct Channel {
    std::string id;
    Answers answers = Answers::json;
    std::string version;

    Response send(const std::string& message) const
    {
        if (answers == Answers::json) {
            return json_response(200, message);
        }
        Response response;
        response.head.headers.add("content-type", "text/event-stream");
        response.head.headers.add("cache-control", "no-cache");
        response.body = wire::encode_sse(message, "message");
        return response;
    }
    Response result(std::string_view result) const { return send(rpc::write_result(id, result)); }
    Response error(int code, std::string why) const { return send(rpc::write_error(id, {code, std::move(why)})); }
};

class CallForm final : public ReplyForm {
public:
    explicit CallForm(Channel channel) : channel_(std::move(channel)) {}

    ToolDoor door() const override { return ToolDoor::mcp; }
    bool has_structure() const override { return has_structured_content(channel_.version); }
    Response result(const ToolReply& reply) const override
    {
        return channel_.result(call_result(reply, channel_.version));
    }
    Response failure(const ToolFailure& failure) const override
    {
        switch (failure.as) {
            case ToolFailure::As::result:
                return channel_.result(error_result(failure.message));
            case ToolFailure::As::protocol:
                return channel_.error(failure.code, failure.message);
            case ToolFailure::As::http:
                return refusal(failure.status, failure.code, failure.message);
            case ToolFailure::As::session_lost:
                return unknown_session();
        }
        return unknown_session();
    }

private:
    Channel channel_;
};

/// What is wrong with the introduction of a client, or nothing.
std::string_view wrong_introduction(const json::Field& params)
{
    if (!json::text(json::member(params, "protocolVersion"))) {
        return "initialize needs `protocolVersion`, as text";
    }
    if (!json::object(json::member(params, "capabilities"))) {
        return "initialize needs `capabilities`, as an object";
    }
    const json::Field client = json::member(params, "clientInfo");
    const bool named = json::text(json::member(client, "name")) && json::text(json::member(client, "version"));
    return named ? "" : "initialize needs `clientInfo` with `name` and `version`, as text";
}

Response initialize(const rpc::Message& message, Channel channel, Sessions& sessions)
{
    const json::Document params(message.params, {});
    const std::string_view wrong = wrong_introduction(params.root());
    if (!wrong.empty()) {
        return channel.error(rpc::invalid_params, std::string(wrong));
    }
    channel.version = agreed_version(*json::text(json::member(params.root(), "protocolVersion")));
    Response response = channel.result(initialize_result(channel.version));
    response.head.headers.add("mcp-session-id", sessions.open(channel.version));
    return response;
}

/// The key a call brings in its message, else the header's.
std::string key_of(const json::Field& params, const net::http::Headers& headers)
{
    const auto in_message = json::text(json::member(json::member(params, "_meta"), "idempotency-key"));
    return std::string(in_message ? *in_message : headers.find("idempotency-key").value_or(""));
}

Asked call_tool(const rpc::Message& message, const Channel& channel, const net::http::Headers& headers,
                const std::vector<ToolSpec>& tools)
{
    const json::Document params(message.params, {});
    const auto name = json::text(json::member(params.root(), "name"));
    if (!name) {
        return channel.error(rpc::invalid_params, "tools/call needs `name`, as text");
    }
    ToolCall call;
    call.tool = find_tool(tools, *name);
    if (call.tool == nullptr) {
        return channel.error(rpc::invalid_params, fmt::format("Unknown tool: {}", *name));
    }
    const json::Field arguments = json::member(params.root(), "arguments");
    const std::string why = take_arguments(call, arguments ? json::dumped(*arguments) : "{}");
    if (!why.empty()) {
        return channel.error(rpc::invalid_params, why);
    }
    call.key = key_of(params.root(), headers);
    if (call.key.size() > longest_key) {
        return channel.error(rpc::invalid_params,
                             fmt::format("the idempotency key is longer than {} bytes", longest_key));
    }
    call.form = std::make_shared<CallForm>(channel);
    return call;
}

Response list_tools(const rpc::Message& message, const Channel& channel, const std::vector<ToolSpec>& tools)
{
    const json::Document params(message.params, {});
    if (json::member(params.root(), "cursor")) {
        return channel.error(rpc::invalid_params, "there is no such page: every tool is on the first");
    }
    return channel.result(list_result(tools, channel.version));
}

/// A request within a session.
Asked answer(const rpc::Message& message, const Channel& channel, const net::http::Headers& headers,
             const std::vector<ToolSpec>& tools)
{
    if (message.method == "ping") {
        return channel.result("{}");
    }
    if (message.method == "tools/list") {
        return list_tools(message, channel, tools);
    }
    if (message.method == "tools/call") {
        return call_tool(message, channel, headers, tools);
    }
    if (message.method == "initialize") {
        return refusal(400, rpc::invalid_request, "this session is initialized already");
    }
    return channel.error(rpc::method_not_found, fmt::format("Method not found: {}", message.method));
}

}  // namespace

Asked Door::read(const net::http::Request& request)
{
    if (const auto problem = header_problem(request.head)) {
        Response response = refusal(problem->status, bad_request, problem->why);
        if (problem->status == 405) {
            response.head.headers.add("allow", "POST, DELETE");
        }
        return response;
    }
    return request.head.method == "DELETE" ? Asked(end_session(request)) : read_post(request);
}

Response Door::end_session(const net::http::Request& request)
{
    const auto id = request.head.headers.find("mcp-session-id");
    if (!id) {
        return refusal(400, bad_request, "Mcp-Session-Id is missing");
    }
    if (sessions_.find(*id) == nullptr) {
        return unknown_session();
    }
    sessions_.forget(*id);
    return empty_response(204);
}

Asked Door::read_post(const net::http::Request& request)
{
    const rpc::ReadMessage read = rpc::read_message(request.body);
    if (!read) {
        return json_response(400, rpc::write_error("", read.error));
    }
    const rpc::Message& message = *read.value;
    const auto id = request.head.headers.find("mcp-session-id");
    Channel channel{message.id, answers_, ""};
    if (message.kind == Kind::request && message.method == "initialize" && !id) {
        return initialize(message, channel, sessions_);
    }
    if (!id) {
        return refusal(400, bad_request, "Mcp-Session-Id is missing: initialize first");
    }
    const Session* session = sessions_.find(*id);
    if (session == nullptr) {
        return unknown_session();
    }
    const std::string version(request.head.headers.find("mcp-protocol-version").value_or(session->version));
    if (!is_supported(version)) {
        return refusal(400, bad_request,
                       fmt::format("MCP-Protocol-Version '{}' is not supported; {} and {} are", version, newest_version,
                                   oldest_version));
    }
    channel.version = session->version;
    Asked asked = message.kind == Kind::request ? answer(message, channel, request.head.headers, tools_)
                                                : Asked(empty_response(202));
    if (ToolCall* call = std::get_if<ToolCall>(&asked)) {
        call->session = *id;
    }
    return asked;
}

}  // namespace chaos::mock_providers::mcp
