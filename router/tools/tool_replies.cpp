// Texts and records of answers.
#include "router/tools/tool_replies.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "net/json.hpp"
#include "net/utf8.hpp"
#include "store/record.hpp"

namespace chaos::router {
namespace {

constexpr std::int64_t tool_result_format = 1;
constexpr const char* left_out_header = "x-chaos-body-left-out";

net::http::Response tool_json(int status, std::string body)
{
    net::http::Response response;
    response.head.status = status;
    response.head.headers.add("content-type", "application/json");
    response.body = std::move(body);
    return response;
}

void append_member(std::string& out, std::string_view name, std::string_view text)
{
    out += out.back() == '{' ? "\"" : ",\"";
    out.append(name).append("\":");
    net::append_json_string(out, text);
}

/// As JSON where it is JSON, else as text.
void append_body(std::string& out, const std::string& body)
{
    if (!body.empty() && net::json_problem(body).empty()) {
        out.append(",\"body\":").append(body);
    } else {
        append_member(out, "text", body);
    }
}

void append_result(std::string& out, const net::http::Response& result)
{
    out += fmt::format(R"(,"result":{{"status":{})", result.head.status);
    out += ",\"headers\":{";
    for (const net::http::Header& header : result.head.headers) append_member(out, header.name, header.value);
    out += '}';
    append_body(out, result.body);
    out += '}';
}

void append_call(std::string& out, const QueuedCall& call)
{
    out += '{';
    append_member(out, "id", call.id);
    append_member(out, "tool", call.tool);
    append_member(out, "state", spelling(call.state));
    out += fmt::format(R"(,"attempts":{})", call.attempts);
    append_member(out, "accepted_at", net::rfc3339(call.accepted_at));
    if (call.state == CallState::done || call.state == CallState::dead)
        append_member(out, "finished_at", net::rfc3339(call.finished_at));
    if (!call.why.empty()) append_member(out, "why", call.why);
}

void append_for_operator(std::string& out, const QueuedCall& call)
{
    append_member(out, "caller", call.caller);
    out += fmt::format(R"(,"in_flight":{},"keyed":{},"bytes":{})", call.state == CallState::in_flight, call.keyed,
                       call.bytes);
    if (call.state == CallState::waiting) append_member(out, "next_attempt_at", net::rfc3339(call.due_at));
}

}  // namespace

net::http::Response tool_error(int status, std::string_view code, std::string_view message,
                               std::optional<net::Duration> retry_after)
{
    std::string body = R"({"error":{)";
    append_member(body, "message", message);
    append_member(body, "type", status >= 500 ? "server_error" : "invalid_request_error");
    append_member(body, "code", code);
    net::http::Response response = tool_json(status, body + "}}");
    if (retry_after) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(*retry_after).count();
        response.head.headers.add("retry-after", std::to_string(std::max<std::int64_t>(1, seconds)));
    }
    return response;
}

net::http::Response accepted_reply(const QueuedCall& call)
{
    std::string body;
    append_call(body, call);
    const std::string where = "/queue/" + call.id;
    append_member(body, "ask", where);
    net::http::Response response = tool_json(202, body + "}");
    response.head.headers.add("location", where);
    return response;
}

std::string call_in_json(const QueuedCall& call, const std::optional<net::http::Response>& result, ToldTo whom)
{
    std::string json;
    append_call(json, call);
    if (whom == ToldTo::operators) append_for_operator(json, call);
    if (result && whom == ToldTo::operators) {
        json += fmt::format(R"(,"result":{{"status":{}}})", result->head.status);
    } else if (result) {
        append_result(json, *result);
    }
    return json + '}';
}

std::string calls_in_json(const std::vector<const QueuedCall*>& calls, std::size_t left_out, ToldTo whom)
{
    std::string json = R"({"calls":[)";
    for (const QueuedCall* call : calls) {
        if (json.back() != '[') json += ',';
        append_call(json, *call);
        if (whom == ToldTo::operators) append_for_operator(json, *call);
        json += '}';
    }
    json += ']';
    if (left_out > 0) json += fmt::format(R"(,"left_out":{})", left_out);
    return json + '}';
}

std::string write_tool_result(const net::http::Response& response)
{
    const bool too_long = response.body.size() > longest_kept_result;
    store::RecordWriter record;
    record.number(tool_result_format).number(response.head.status).text(too_long ? std::string() : response.body);
    if (too_long) record.text(left_out_header).text(std::to_string(response.body.size()));
    for (const net::http::Header& header : response.head.headers) record.text(header.name).text(header.value);
    return record.take();
}

std::optional<net::http::Response> read_tool_result(std::string_view bytes)
{
    store::RecordReader record(bytes);
    if (record.number() != tool_result_format) return std::nullopt;
    net::http::Response response;
    response.head.status = static_cast<int>(record.number());
    response.body = record.text();
    while (record.good() && !record.at_end()) {
        const std::string name = record.text();
        response.head.headers.add(name, record.text());
    }
    return record.good() ? std::optional(std::move(response)) : std::nullopt;
}

}  // namespace chaos::router
