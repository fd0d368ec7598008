// Reads base URLs (RFC 3986, the part of it that a base URL needs).
#include "net/http/url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

#include "net/http/message.hpp"

namespace chaos::net::http {

namespace {

constexpr std::string_view scheme_end = "://";

std::uint16_t default_port(Scheme scheme)
{
    return scheme == Scheme::http ? 80 : 443;
}

std::string quoted(std::string_view text)
{
    return std::string("'").append(text).append("'");
}

bool is_space_or_control(char c)
{
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
}

bool is_host_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
}

bool is_address_character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

/// The text up to any of `ends`, removed from the front of `rest`.
std::string_view take_until(std::string_view& rest, std::string_view ends)
{
    const std::size_t end = std::min(rest.find_first_of(ends), rest.size());
    const std::string_view taken = rest.substr(0, end);
    rest.remove_prefix(end);
    return taken;
}

/// "host", "host:8080", "[::1]:8080" taken apart.
struct Authority {
    std::string_view host;
    std::optional<std::string_view> port;
    bool bracketed = false;
};

Authority split(std::string_view authority)
{
    Authority parts;
    std::string_view rest = authority;
    if (rest.starts_with('[') && rest.find(']') != std::string_view::npos) {
        rest.remove_prefix(1);
        parts.host = take_until(rest, "]");
        parts.bracketed = true;
        rest.remove_prefix(1);
    } else {
        parts.host = take_until(rest, ":");
    }
    if (!rest.empty()) {
        parts.port = rest.substr(rest.front() == ':' ? 1 : 0);
    }
    return parts;
}

bool is_host(const Authority& authority)
{
    const auto allowed = authority.bracketed ? is_address_character : is_host_character;
    return !authority.host.empty() && std::all_of(authority.host.begin(), authority.host.end(), allowed);
}

std::optional<std::uint16_t> read_port(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && port > 0 ? std::optional(port) : std::nullopt;
}

std::optional<Scheme> read_scheme(std::string_view text)
{
    if (same_name(text, "http")) {
        return Scheme::http;
    }
    return same_name(text, "https") ? std::optional(Scheme::https) : std::nullopt;
}

bool has_credentials(std::string_view text)
{
    const std::size_t colon = text.find(scheme_end);
    std::string_view rest = text.substr(colon == std::string_view::npos ? 0 : colon + scheme_end.size());
    return take_until(rest, "/?#").find('@') != std::string_view::npos;
}

std::string without_trailing_slashes(std::string_view path)
{
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    return std::string(path);
}

UrlProblem no_scheme(std::string_view text)
{
    return {quoted(text) + " is not a URL: it has no scheme (did you mean " + quoted("http://" + std::string(text)) +
            "?)"};
}

}  // namespace

boost::system::result<Url, UrlProblem> parse_url(std::string_view text)
{
    if (text.empty()) {
        return UrlProblem{"a URL is missing: expected something like 'http://127.0.0.1:8080/v1'"};
    }
    if (has_credentials(text)) {  // first of all, so that no other message can repeat a password
        return UrlProblem{"a URL must not contain a user name or password"};
    }
    if (std::any_of(text.begin(), text.end(), is_space_or_control)) {
        return UrlProblem{quoted(text) + " is not a URL: it contains a space or a control character"};
    }
    const std::size_t colon = text.find(scheme_end);
    if (colon == std::string_view::npos) {
        return no_scheme(text);
    }
    const std::optional<Scheme> scheme = read_scheme(text.substr(0, colon));
    if (!scheme) {
        return UrlProblem{quoted(text) + ": unknown scheme " + quoted(text.substr(0, colon)) +
                          ", expected http or https"};
    }
    std::string_view rest = text.substr(colon + scheme_end.size());
    const Authority authority = split(take_until(rest, "/?#"));
    if (!is_host(authority)) {
        return UrlProblem{quoted(text) + ": expected a host name or address after " +
                          quoted(text.substr(0, colon + 3))};
    }
    const std::optional<std::uint16_t> port =
        authority.port ? read_port(*authority.port) : std::optional(default_port(*scheme));
    if (!port) {
        return UrlProblem{quoted(text) + ": " + quoted(*authority.port) + " is not a port, expected 1 to 65535"};
    }
    if (rest.find_first_of("?#") != std::string_view::npos) {
        return UrlProblem{quoted(text) + ": a base URL must not have a query or a fragment ('?', '#')"};
    }
    return Url{*scheme, Endpoint{std::string(authority.host), *port}, without_trailing_slashes(rest)};
}

std::string to_string(const Url& url)
{
    const bool address = url.endpoint.host.find(':') != std::string::npos;
    std::string text = url.scheme == Scheme::http ? "http://" : "https://";
    text += address ? "[" + url.endpoint.host + "]" : url.endpoint.host;
    if (url.endpoint.port != default_port(url.scheme)) {
        text += ":" + std::to_string(url.endpoint.port);
    }
    return text + url.path;
}

void throw_exception_from_error(const UrlProblem& problem, const boost::source_location&)
{
    throw std::invalid_argument(problem.text);
}

}  // namespace chaos::net::http
