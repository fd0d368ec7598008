// Writing surfaced errors.
#include "router/error_response.hpp"

#include <algorithm>

#include "wire/openai_chat.hpp"
#include "wire/sse.hpp"

namespace chaos::router {
namespace {

/// Rounded up: a wait is a floor.
std::string retry_after_text(net::Duration wait)
{
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    return std::to_string(std::max<std::int64_t>(1, seconds));
}

std::string in_dialect(const SurfacedError& error, const Redactor& redactor)
{
    return wire::openai_chat::write_error(wire::ProviderError{
        error.status, redactor.clean(error.type), redactor.clean(error.code), redactor.clean(error.message)});
}

}  // namespace

net::http::Response error_response(const SurfacedError& error, const Redactor& redactor)
{
    net::http::Response response;
    response.head.status = error.status;
    response.head.headers.add("content-type", "application/json");
    if (error.retry_after) response.head.headers.add("retry-after", retry_after_text(*error.retry_after));
    response.body = error.body.empty() ? in_dialect(error, redactor) : redactor.clean(error.body);
    return response;
}

std::string error_event(const SurfacedError& error, const Redactor& redactor)
{
    return wire::encode_sse(in_dialect(error, redactor));
}

}  // namespace chaos::router
