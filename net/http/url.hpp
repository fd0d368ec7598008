// Base URLs as people configure them: "http://127.0.0.1:8080/v1" into scheme, endpoint and path.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

#include "net/network.hpp"

namespace chaos::net::http {

enum class Scheme { http, https };

struct Url {
    Scheme scheme = Scheme::http;
    Endpoint endpoint;  ///< the port is the scheme's own (80, 443) where none is written
    std::string path;   ///< what request paths are appended to: "" or "/v1", never with a slash at its end
};

/// Why a text is not a base URL, in words for the person who wrote it; never repeats a password.
struct UrlProblem {
    std::string text;
};

/// Reads an absolute http or https URL. Refused, with the reason: another or no scheme, no host, a bad port, a user
/// name or password, a query, a fragment, spaces and control characters.
boost::system::result<Url, UrlProblem> parse_url(std::string_view text);

/// "http://127.0.0.1:8080/v1"; a port that is the scheme's own is left out.
std::string to_string(const Url& url);

[[noreturn]] void throw_exception_from_error(const UrlProblem& problem, const boost::source_location& where);

}  // namespace chaos::net::http
