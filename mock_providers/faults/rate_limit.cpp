// The 429 and its headers.
#include "mock_providers/faults/rate_limit.hpp"

#include <fmt/format.h>
#include <utility>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/openai_errors.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read(const config::Node& value, config::Complaints& complaints)
{
    RateLimit fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "rate_limit");
    const auto wait = map.take("retry_after");
    if (wait && wait->kind() == config::NodeKind::scalar && wait->text() == "none") {
        fault.retry_after.reset();
    } else if (wait) {
        fault.retry_after = config::read_duration(*wait, complaints, "retry_after").value_or(*fault.retry_after);
    }
    map.finish();
    return fault;
}

}  // namespace

namespace {

/// Retry-After has whole seconds (RFC 9110, 10.2.3): rounded up, or a client that obeys it would come too early.
std::string whole_seconds(net::Duration wait)
{
    return fmt::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count());
}

std::string whole_milliseconds(net::Duration wait)
{
    return fmt::to_string(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
}

}  // namespace

void RateLimit::inject(Script& script, net::Instant) const
{
    wire::ProviderError error = openai_error(429, script.answer.model);
    if (retry_after) {
        error.message += fmt::format(" Please try again in {}.", net::to_string(*retry_after));
    }
    net::http::Response response = error_response(error);
    net::http::Headers& headers = response.head.headers;
    headers.set("x-ratelimit-remaining-requests", "0");
    if (retry_after) {
        headers.set("x-ratelimit-reset-requests", net::to_string(*retry_after));
        headers.set("retry-after", whole_seconds(*retry_after));
        headers.set("retry-after-ms", whole_milliseconds(*retry_after));
    }
    script.instead = std::move(response);
}

std::optional<std::string> RateLimit::proof(const Sent& sent) const
{
    if (!sent.sent(429)) {
        return std::nullopt;
    }
    const std::string wait =
        retry_after ? "retry-after: " + whole_seconds(*retry_after) : std::string("no retry-after");
    return fmt::format("HTTP 429 with {} ({} bytes of body)", wait, sent.body_bytes);
}

Entry rate_limit_entry()
{
    Entry entry;
    entry.name = "rate_limit";
    entry.layer = Layer::request;
    entry.summary = "The provider answers 429 and says how long to stay away.";
    entry.evidence = "Delivered: the whole 429 with its headers went out to a recognised attempt.";
    entry.remedy = "Go on with another provider at once, and leave this one alone until the wait is over.";
    entry.parameters = {{"retry_after",
                         "the wait it asks for, sent as Retry-After (whole seconds, rounded up) and retry-after-ms; "
                         "none leaves both out; default 1s",
                         "2s"}};
    entry.read = &read;
    return entry;
}

}  // namespace chaos::mock_providers::faults
