// Errors in every shape that real servers, gateways and edges give them.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "wire/json_document.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::wire::openai_chat {

namespace {

using json::Field;
using simdjson::dom::array;
using simdjson::dom::object;

/// Longer messages are cut: they end in logs, headers and other people's bodies.
constexpr std::size_t longest_message = 2000;
/// Error pages beyond this are not searched for structure.
constexpr std::size_t largest_structured_body = 1024 * 1024;
/// How often an error may be quoted inside the message of another.
constexpr int deepest_quotation = 3;

ProviderError read_quoted(int status, std::string_view body, int depth);

bool is_http_error(std::int64_t status)
{
    return status >= 400 && status <= 599;
}

std::string_view trimmed_error_text(std::string_view text)
{
    std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return "";
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// At most longest_message bytes, cut between characters.
std::string bounded(std::string_view text)
{
    if (text.size() <= longest_message) return std::string(text);
    std::size_t end = longest_message;
    auto is_continuation = [&](std::size_t i) { return (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80; };
    while (end > longest_message - 4 && is_continuation(end)) --end;
    return std::string(text.substr(0, end)) + "...";
}

/// A code or type: text as it is, numbers in digits.
std::string word(const Field& field)
{
    if (std::optional<std::string_view> text = json::text(field)) return bounded(*text);
    if (std::optional<std::int64_t> number = json::integer(field)) return std::to_string(*number);
    return "";
}

/// `field` as an HTTP status, if it is one.
std::optional<int> http_status(const Field& field)
{
    std::optional<std::int64_t> number = json::integer(field);
    if (!number) {
        std::string_view digits = json::text(field).value_or("");
        std::int64_t parsed = 0;
        auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed);
        if (error == std::errc() && end == digits.data() + digits.size()) number = parsed;
    }
    if (!number || !is_http_error(*number)) return std::nullopt;
    return static_cast<int>(*number);
}

/// Some gateways quote the error they got, as JSON, in the message of their own: what it says is worth more.
void unquote(ProviderError& error, int depth)
{
    std::string_view message = trimmed_error_text(error.message);
    bool quotes_json = depth < deepest_quotation && (message.starts_with('{') || message.starts_with('['));
    if (!quotes_json) return;
    ProviderError quoted = read_quoted(error.status, message, depth + 1);
    if (quoted.message == error.message) return;
    error.status = quoted.status;
    error.message = std::move(quoted.message);
    if (!quoted.type.empty()) error.type = std::move(quoted.type);
    if (!quoted.code.empty()) error.code = std::move(quoted.code);
}

/// OpenRouter hides what the upstream said in `metadata.raw`, below a message that says nothing.
void add_upstream_text(ProviderError& error, const Field& metadata, int depth)
{
    std::string_view raw = json::text(json::member(metadata, "raw")).value_or("");
    if (trimmed_error_text(raw).empty() || depth >= deepest_quotation) return;
    ProviderError upstream = read_quoted(error.status, raw, depth + 1);
    error.message = bounded(error.message.empty() ? upstream.message : error.message + ": " + upstream.message);
    if (error.type.empty()) error.type = std::move(upstream.type);
    bool code_says_nothing = error.code.empty() || error.code == std::to_string(error.status);
    if (code_says_nothing && !upstream.code.empty()) error.code = std::move(upstream.code);
}

/// {"message","type","code",...}: the inside of an envelope, or a body without one.
ProviderError read_flat(int status, const object& members, int depth)
{
    auto [message, msg, type, code, status_member, metadata, details] =
        json::members(members, {"message", "msg", "type", "code", "status", "metadata", "details"});
    ProviderError result;
    result.status = http_status(code).value_or(http_status(status_member).value_or(status));
    result.message = bounded(json::text(message ? message : msg).value_or(""));
    result.type = word(type);
    // Google's `status` is a word: RESOURCE_EXHAUSTED.
    if (result.type.empty() && json::text(status_member) && !http_status(status_member))
        result.type = word(status_member);
    result.code = word(code);
    if (result.code.empty()) result.code = word(json::member(details, "error_code"));
    unquote(result, depth);
    add_upstream_text(result, metadata, depth);
    return result;
}

/// {"detail":[{"loc":["body","messages",0],"msg":"field required","type":"missing"}]}, as FastAPI validates.
ProviderError read_detail(int status, const Field& detail)
{
    ProviderError result;
    result.status = status;
    if (std::optional<std::string_view> text = json::text(detail)) {
        result.message = bounded(*text);
        return result;
    }
    Field first = detail;
    if (std::optional<array> list = json::array(detail))
        first = list->begin() == list->end() ? Field() : *list->begin();
    std::string path;
    if (std::optional<array> location = json::array(json::member(first, "loc"))) {
        for (json::Element step : *location) path += (path.empty() ? "" : ".") + word(step);
    }
    std::string message(
        json::text(json::member(first, "msg")).value_or(json::text(json::member(first, "message")).value_or("")));
    result.message = bounded(path.empty() ? message : path + ": " + message);
    result.type = word(json::member(first, "type"));
    if (result.message.empty() && detail) result.message = bounded(json::dumped(*detail));
    return result;
}

/// {"error":"text"}; with a message beside it, the text is the kind of error.
ProviderError read_text_error(int status, std::string_view text, const object& members, int depth)
{
    ProviderError result = read_flat(status, members, depth);
    if (result.message.empty()) {
        result.message = bounded(text);
        unquote(result, depth);
    } else if (result.type.empty()) {
        result.type = bounded(text);
    }
    return result;
}

ProviderError read_object(int status, const object& members, int depth)
{
    auto [error, detail, errors] = json::members(members, {"error", "detail", "errors"});
    if (std::optional<object> envelope = json::object(error)) return read_flat(status, *envelope, depth);
    if (std::optional<std::string_view> text = json::text(error)) return read_text_error(status, *text, members, depth);
    ProviderError flat = read_flat(status, members, depth);
    if (!flat.message.empty()) return flat;
    if (detail || errors) {
        ProviderError detailed = read_detail(flat.status, detail ? detail : errors);
        if (detailed.type.empty()) detailed.type = std::move(flat.type);
        detailed.code = std::move(flat.code);
        return detailed;
    }
    return flat;
}

/// The text of the page's title, on one line.
std::string html_title(std::string_view page)
{
    std::string lower(page.substr(0, 16 * 1024));
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    std::size_t tag = lower.find("<title");
    std::size_t start = tag == std::string::npos ? tag : lower.find('>', tag);
    std::size_t end = start == std::string::npos ? start : lower.find("</title", start);
    if (end == std::string::npos) return "";
    std::string title;
    for (char c : trimmed_error_text(page.substr(start + 1, end - start - 1))) {
        bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!blank) title += c;
        if (blank && !title.ends_with(' ')) title += ' ';
    }
    return title;
}

/// The first number from 400 to 599 that stands alone: "502 Bad Gateway", "example.com | 520: Web server ...".
std::optional<int> status_in(std::string_view text)
{
    auto is_digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_digit(i)) continue;
        std::size_t start = i;
        while (is_digit(i)) ++i;
        int number = 0;
        if (i - start == 3) std::from_chars(text.data() + start, text.data() + i, number);
        if (is_http_error(number)) return number;
    }
    return std::nullopt;
}

ProviderError read_html(int status, std::string_view page)
{
    ProviderError result;
    result.status = status;
    result.type = "html";
    std::string title = html_title(page);
    result.message = bounded(title.empty() ? page : title);
    // Only where the status says nothing: a title may name the origin's error, the status is the edge's.
    if (!is_http_error(status)) result.status = status_in(title).value_or(status);
    return result;
}

ProviderError read_plain(int status, std::string_view text)
{
    ProviderError result;
    result.status = status;
    result.message = text.empty() ? "empty body" : bounded(text);
    // Cloudflare's edge: "error code: 1015".
    constexpr std::string_view edge = "error code: ";
    if (text.starts_with(edge)) result.code = bounded(trimmed_error_text(text.substr(edge.size())));
    return result;
}

ProviderError read_quoted(int status, std::string_view body, int depth)
{
    std::string_view text = trimmed_error_text(body);
    if (text.starts_with('<')) return read_html(status, text);
    bool structured = (text.starts_with('{') || text.starts_with('[')) && text.size() <= largest_structured_body;
    if (!structured) return read_plain(status, text);
    json::Document document(text, {});
    Field root = document.root();
    if (std::optional<array> list = json::array(root); list && list->begin() != list->end()) root = *list->begin();
    std::optional<object> members = json::object(root);
    if (!members) return read_plain(status, text);
    ProviderError result = read_object(status, *members, depth);
    // Better the whole than nothing.
    if (result.message.empty()) result.message = bounded(text);
    return result;
}

}  // namespace

ProviderError read_error(int status, std::string_view body)
{
    return read_quoted(status, body, 0);
}

}  // namespace chaos::wire::openai_chat
