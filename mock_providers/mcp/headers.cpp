// One rule a header.
#include "mock_providers/mcp/headers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chaos::mock_providers::mcp {

namespace {

std::string lower(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

/// Whether a list of media types names this one, or all of its kind.
bool accepts(const net::http::Headers& headers, std::string_view kind, std::string_view type)
{
    for (const net::http::Header& header : headers) {
        if (!net::http::same_name(header.name, "accept")) {
            continue;
        }
        const std::string value = lower(header.value);
        const auto lists = [&](std::string_view media) { return value.find(media) != std::string::npos; };
        if (lists(type) || lists(fmt::format("{}/*", kind)) || lists("*/*")) {
            return true;
        }
    }
    return false;
}

bool is_json(const net::http::Headers& headers)
{
    const std::string type = lower(headers.find("content-type").value_or(""));
    const std::string essence = type.substr(0, type.find_first_of("; \t"));
    return essence == "application/json";
}

}  // namespace

bool is_local_origin(std::string_view origin)
{
    const std::size_t scheme = origin.find("://");
    if (scheme == std::string_view::npos) {
        return false;
    }
    std::string_view host = origin.substr(scheme + 3);
    const bool bracketed = host.starts_with('[');
    host = host.substr(0, bracketed ? std::min(host.find(']'), host.size() - 1) + 1 : host.find(':'));
    return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

std::optional<HeaderProblem> header_problem(const net::http::RequestHead& head)
{
    const auto origin = head.headers.find("origin");
    if (origin && !is_local_origin(*origin)) {
        return HeaderProblem{403, "requests of web pages are refused, but for those of this machine"};
    }
    if (head.method == "DELETE") {
        return std::nullopt;
    }
    if (head.method != "POST") {
        return HeaderProblem{405, "messages are sent by POST, sessions are ended by DELETE; there is no stream to GET"};
    }
    if (!is_json(head.headers)) {
        return HeaderProblem{415, "Content-Type must be application/json"};
    }
    if (!accepts(head.headers, "application", "application/json") ||
        !accepts(head.headers, "text", "text/event-stream")) {
        return HeaderProblem{406, "Accept must list both application/json and text/event-stream"};
    }
    return std::nullopt;
}

}  // namespace chaos::mock_providers::mcp
