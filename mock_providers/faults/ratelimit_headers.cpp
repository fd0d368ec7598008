// The same nonsense for requests and for tokens.
#include "mock_providers/faults/ratelimit_headers.hpp"

#include <fmt/format.h>

#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

using HeadersShape = RateLimitHeaders::Shape;

const Choices<HeadersShape> headers_shapes = {{"negative", HeadersShape::negative},
                                              {"zero_reset", HeadersShape::zero_reset},
                                              {"past", HeadersShape::past},
                                              {"epoch", HeadersShape::epoch}};

Parameters read_ratelimit_headers(const config::Node& value, config::Complaints& complaints)
{
    RateLimitHeaders fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "ratelimit_headers");
    fault.shape = read_choice(map, "shape", headers_shapes, fault.shape);
    map.finish();
    return fault;
}

bool names_moments(const Dialect& dialect)
{
    return dialect.name() == "anthropic";
}

/// The reset as the vendor would spell it, but for what is wrong with it. `now`: seconds since 1970.
std::string reset_of(HeadersShape shape, const Dialect& dialect, std::int64_t now)
{
    constexpr std::int64_t a_minute = 60;
    if (shape == HeadersShape::epoch) return fmt::to_string(now + a_minute);
    if (shape != HeadersShape::past) return "0";
    return names_moments(dialect) ? net::rfc3339(net::WallTime(std::chrono::seconds(now - a_minute))) : "-1m0s";
}

std::string header_name(const Dialect& dialect, std::string_view what, std::string_view of)
{
    return names_moments(dialect) ? fmt::format("anthropic-ratelimit-{}-{}", of, what)
                                  : fmt::format("x-ratelimit-{}-{}", what, of);
}

}  // namespace

bool RateLimitHeaders::applies_to(const Script& script) const
{
    return script.dialect->name() == "openai" || names_moments(*script.dialect);
}

void RateLimitHeaders::inject(Script& script, net::Instant) const
{
    const Dialect& dialect = *script.dialect;
    for (const char* of : {"requests", "tokens"}) {
        if (shape == HeadersShape::negative) script.headers.set(header_name(dialect, "limit", of), "-1");
        script.headers.set(header_name(dialect, "remaining", of), shape == HeadersShape::negative ? "-1" : "0");
        script.headers.set(header_name(dialect, "reset", of), reset_of(shape, dialect, script.answer.created));
    }
}

std::optional<std::string> RateLimitHeaders::proof(const Sent& sent) const
{
    if (sent.status != 200) return std::nullopt;
    return fmt::format("HTTP 200, ratelimit headers: {} ({} bytes of body)", word_for(shape, headers_shapes),
                       sent.body_bytes);
}

Entry ratelimit_headers_entry()
{
    Entry entry;
    entry.name = "ratelimit_headers";
    entry.layer = Layer::request;
    entry.summary = "A good answer comes with headers about what is left that make no sense.";
    entry.evidence = "Delivered: the head with these headers went out to a recognised attempt.";
    entry.remedy =
        "Believe the answer: headers that cannot be read, or lie in the past, say nothing; never divide by them, wait "
        "for "
        "them, or let a provider rest because of them alone.";
    entry.parameters = {{"shape",
                         "negative (limit and remaining -1, reset 0, as some deployments without limits send), "
                         "zero_reset (nothing left, "
                         "reset 0), past (nothing left, and the reset was a minute ago) or epoch (seconds since 1970 "
                         "where a duration or a "
                         "date belongs); only of vendors that have such headers; default negative",
                         "past"}};
    entry.read = &read_ratelimit_headers;
    return entry;
}

}  // namespace chaos::mock_providers::faults
