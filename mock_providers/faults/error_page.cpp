// One function a body.
#include "mock_providers/faults/error_page.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "net/json.hpp"

namespace chaos::mock_providers::faults {

namespace {

constexpr std::string_view host = "api.example.com";

net::http::Response page(int status, std::string_view content_type, std::string body)
{
    net::http::Response response;
    response.head.status = status;
    response.head.headers.add("content-type", content_type);
    response.body = std::move(body);
    return response;
}

net::http::Response from_cdn(net::http::Response response)
{
    response.head.headers.add("server", "cloudflare");
    response.head.headers.add("cf-ray", "8f2c1d4e5a6b7c8d-FRA");
    return response;
}

/// What Cloudflare calls its own statuses; empty: it is none of them.
std::string_view cdn_title(int status)
{
    switch (status) {
        case 520: return "Web server is returning an unknown error";
        case 521: return "Web server is down";
        case 522: return "Connection timed out";
        case 523: return "Origin is unreachable";
        case 524: return "A timeout occurred";
        case 525: return "SSL handshake failed";
        case 526: return "Invalid SSL certificate";
        default: return "";
    }
}

/// Its own statuses have a page with the host in the title; for all others it has the shortest of pages.
std::string html(int status)
{
    if (const std::string_view title = cdn_title(status); !title.empty()) {
        return fmt::format("<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n<title>{0} | {1}: {2}</title>\n"
                           "<meta charset=\"UTF-8\" />\n</head>\n<body>\n<div id=\"cf-wrapper\">\n<h1>{2} "
                           "<span>Error code {1}</span></h1>\n<p>Visit cloudflare.com for more information.</p>\n"
                           "</div>\n</body>\n</html>\n",
                           host, status, title);
    }
    const std::string_view reason = net::http::standard_reason(status);
    const std::string title = fmt::format("{}{}{}", status, reason.empty() ? "" : " ", reason);
    return fmt::format("<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
                       "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n",
                       title);
}

/// 1015 is how the CDN calls its own limit of requests.
std::string plain(int status) { return fmt::format("error code: {}\n", status == 429 ? 1015 : status); }

std::string detail(const wire::ProviderError& error)
{
    const nlohmann::ordered_json problem = {
        {"type", "value_error"}, {"loc", {"body", "messages"}}, {"msg", error.message}, {"input", nullptr}};
    return net::dump_json({{"detail", nlohmann::ordered_json::array({problem})}});
}

std::string in_metadata(const wire::ProviderError& error, const Api& api)
{
    const nlohmann::ordered_json outer = {
        {"message", "Provider returned error"},
        {"code", error.status},
        {"metadata", {{"raw", api.write_error(error)}, {"provider_name", "Mock"}}}};
    return net::dump_json({{"error", outer}});
}

std::string nested(wire::ProviderError error, const Api& api)
{
    error.message = api.write_error(error);
    return api.write_error(error);
}

}  // namespace

const Choices<ErrorBody>& error_bodies()
{
    static const Choices<ErrorBody> bodies = {
        {"vendor", ErrorBody::vendor},     {"empty", ErrorBody::empty},   {"html", ErrorBody::html},
        {"plain", ErrorBody::plain},       {"cdn_json", ErrorBody::cdn_json}, {"fastapi", ErrorBody::fastapi},
        {"array", ErrorBody::array},       {"nested", ErrorBody::nested}, {"metadata", ErrorBody::metadata}};
    return bodies;
}

bool has_message(ErrorBody body)
{
    return body != ErrorBody::empty && body != ErrorBody::html && body != ErrorBody::plain && body != ErrorBody::cdn_json;
}

net::http::Response error_page(ErrorBody body, const wire::ProviderError& error, const Api& api)
{
    constexpr std::string_view json = "application/json";
    const int status = error.status;
    switch (body) {
        case ErrorBody::vendor: break;
        case ErrorBody::empty: {
            net::http::Response response;
            response.head.status = status;
            return response;
        }
        case ErrorBody::html: return from_cdn(page(status, "text/html; charset=UTF-8", html(status)));
        case ErrorBody::plain: return from_cdn(page(status, "text/plain; charset=UTF-8", plain(status)));
        case ErrorBody::cdn_json:
            return from_cdn(page(status, json, fmt::format(R"({{"cloudflare_error":true,"status":{}}})", status)));
        case ErrorBody::fastapi: return page(status, json, detail(error));
        case ErrorBody::array: return page(status, json, "[" + api.write_error(error) + "]");
        case ErrorBody::nested: return page(status, json, nested(error, api));
        case ErrorBody::metadata: return page(status, json, in_metadata(error, api));
    }
    return error_response(api, error);
}

}  // namespace chaos::mock_providers::faults
