// Errors as the caller reads them: OpenAI's shape, secrets struck out.
#pragma once

#include <string>

#include "net/http/message.hpp"
#include "router/redact.hpp"
#include "router/surface.hpp"

namespace chaos::router {

/// {"error": {...}} with its status, and Retry-After in whole seconds where a wait is known.
net::http::Response error_response(const SurfacedError& error, const Redactor& redactor);

/// The same as the last event of a stream that has begun.
std::string error_event(const SurfacedError& error, const Redactor& redactor);

}  // namespace chaos::router
