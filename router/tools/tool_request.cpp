// Lists of headers, and the form of a call in the store.
#include "router/tools/tool_request.hpp"

#include <algorithm>
#include <array>

#include "store/record.hpp"

namespace chaos::router {
namespace {

constexpr std::int64_t tool_request_format = 1;

constexpr std::array<std::string_view, 10> passed_on{
    "content-type", "content-encoding", "accept",         "accept-language",      "prefer",
    "traceparent",  "tracestate",       "mcp-session-id", "mcp-protocol-version", "if-match"};

constexpr std::array<std::string_view, 10> not_handed_back{
    "connection", "keep-alive", "transfer-encoding",  "content-length",   "trailer",
    "upgrade",    "date",       "proxy-authenticate", "proxy-connection", "te"};

constexpr std::array<std::string_view, 6> tool_methods{"POST", "PUT", "PATCH", "DELETE", "GET", "HEAD"};

/// "..", also in escapes.
bool climbs(std::string_view path)
{
    std::string plain;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const bool dot = path.substr(i, 3) == "%2e" || path.substr(i, 3) == "%2E";
        const bool slash = path.substr(i, 3) == "%2f" || path.substr(i, 3) == "%2F" || path[i] == '\\';
        plain += dot ? '.' : slash ? '/' : path[i];
        if (path[i] == '%' && (dot || slash)) i += 2;
    }
    return (plain + "/").find("/../") != std::string::npos;
}

void strike_out(std::string& text, std::string_view secret)
{
    constexpr std::string_view instead = "[redacted]";
    if (secret.empty()) return;
    // Behind what was put in its place, which may contain the secret.
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + instead.size()))
        text.replace(at, secret.size(), instead);
}

std::string_view query_of(std::string_view target)
{
    const auto mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view() : target.substr(mark);
}

}  // namespace

const Dependency* find_tool(const Dependencies& dependencies, std::string_view path)
{
    const Dependency* best = nullptr;
    for (const Dependency& one : dependencies.all) {
        if (one.kind != DependencyKind::tool || !path.starts_with(one.path)) continue;
        if (path.size() > one.path.size() && path[one.path.size()] != '/') continue;
        if (best == nullptr || one.path.size() > best->path.size()) best = &one;
    }
    return best;
}

std::string tool_request_problem(const net::http::RequestHead& head, const Dependency& tool)
{
    if (std::find(tool_methods.begin(), tool_methods.end(), head.method) == tool_methods.end())
        return "tools are asked by POST, PUT, PATCH, DELETE, GET or HEAD";
    const std::string_view below = net::http::path_of(head.target).substr(tool.path.size());
    return climbs(below) ? "the path leads out of the tool's own" : "";
}

ToolRequest tool_request_of(const net::http::Request& request, const Dependency& tool)
{
    ToolRequest call;
    call.method = request.head.method;
    call.below = net::http::path_of(request.head.target).substr(tool.path.size());
    call.below += query_of(request.head.target);
    for (const std::string_view name : passed_on) {
        if (const auto value = request.head.headers.find(name))
            call.headers.add(name, *value);
    }
    call.body = request.body;
    return call;
}

net::http::Request for_endpoint(const ToolRequest& call, const Dependency& tool, std::size_t endpoint)
{
    net::http::Request request;
    request.head.method = call.method;
    request.head.target = tool.endpoints.at(endpoint).base_path + call.below;
    if (!request.head.target.starts_with('/')) request.head.target.insert(0, "/");
    request.head.headers = call.headers;
    if (!call.key.empty()) request.head.headers.set("idempotency-key", call.key);
    if (!tool.api_key.empty()) {
        const bool bearer = net::http::same_name(tool.key_header, "authorization");
        request.head.headers.set(tool.key_header, bearer ? "Bearer " + tool.api_key : tool.api_key);
    }
    request.body = call.body;
    return request;
}

net::http::Response without_secrets(net::http::Response response, const Dependency& tool)
{
    net::http::Headers kept;
    for (const net::http::Header& header : response.head.headers) {
        const bool dropped = std::any_of(not_handed_back.begin(), not_handed_back.end(), [&](std::string_view name) {
            return net::http::same_name(name, header.name);
        });
        if (dropped) continue;
        std::string value(header.value);
        strike_out(value, tool.api_key);
        kept.add(header.name, value);
    }
    response.head.headers = std::move(kept);
    strike_out(response.body, tool.api_key);
    return response;
}

std::string write_tool_request(const ToolRequest& call)
{
    store::RecordWriter record;
    record.number(tool_request_format).text(call.method).text(call.below).text(call.key).text(call.body);
    for (const net::http::Header& header : call.headers) record.text(header.name).text(header.value);
    return record.take();
}

std::optional<ToolRequest> read_tool_request(std::string_view bytes)
{
    store::RecordReader record(bytes);
    if (record.number() != tool_request_format) return std::nullopt;
    ToolRequest call;
    call.method = record.text();
    call.below = record.text();
    call.key = record.text();
    call.body = record.text();
    while (record.good() && !record.at_end()) {
        const std::string name = record.text();
        call.headers.add(name, record.text());
    }
    return record.good() ? std::optional(std::move(call)) : std::nullopt;
}

}  // namespace chaos::router
