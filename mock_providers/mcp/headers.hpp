// What Streamable HTTP demands of a request before anybody looks at its body.
#pragma once

#include <optional>
#include <string>

#include "net/http/message.hpp"

namespace chaos::mock_providers::mcp {

/// What is wrong, and the HTTP status that says so.
struct HeaderProblem {
    int status = 400;
    std::string why;
};

/// 403 for a page of another site, 405 for a method other than POST and DELETE (there is no stream to GET), and of a
/// POST 415 for a body that is no JSON and 406 if the client would not take both forms of an answer.
std::optional<HeaderProblem> header_problem(const net::http::RequestHead& head);

/// Whether a browser's Origin is a page of this machine; without one nobody's browser asked.
bool is_local_origin(std::string_view origin);

}  // namespace chaos::mock_providers::mcp
