// Limits in OpenAI's words: x-ratelimit headers with Go's durations, and the sentence about limit, used and requested.
#include <fmt/format.h>

#include "mock_providers/dialects/limit_words.hpp"
#include "mock_providers/dialects/openai.hpp"
#include "mock_providers/dialects/retry_after.hpp"

namespace chaos::mock_providers {

namespace {

std::string_view measure(LimitKind kind)
{
    switch (kind) {
        case LimitKind::requests_per_minute:
            return "requests per min (RPM)";
        case LimitKind::tokens_per_minute:
            return "tokens per min (TPM)";
        case LimitKind::requests_per_day:
            return "requests per day (RPD)";
        case LimitKind::concurrent:
            return "concurrent requests";
    }
    return "";
}

std::string openai_limit_sentence(const OverLimit& over, std::string_view model)
{
    const std::string where =
        fmt::format("for {} in organization org-mock on {}: Limit {}", model, measure(over.kind), over.limit);
    if (over.never_fits()) {
        return fmt::format(
            "Request too large {}, Requested {}. The input or output tokens must be reduced in order to run "
            "successfully. Visit https://platform.openai.com/account/rate-limits to learn more.",
            where, over.requested);
    }
    const std::string again = over.wait ? fmt::format(" Please try again in {}.", go_duration(*over.wait)) : "";
    return fmt::format(
        "Rate limit reached {}, Used {}, Requested {}.{} Visit https://platform.openai.com/account/rate-limits to "
        "learn more.",
        where, over.used, over.requested, again);
}

void add_openai_standing(net::http::Headers& headers, std::string_view of, const Standing* standing)
{
    const auto name = [of](std::string_view what) { return fmt::format("x-ratelimit-{}-{}", what, of); };
    for (const std::string_view what : {"limit", "remaining", "reset"}) {
        headers.remove(name(what));
    }
    if (standing != nullptr) {
        headers.add(name("limit"), fmt::to_string(standing->limit));
        headers.add(name("remaining"), fmt::to_string(standing->remaining));
        headers.add(name("reset"), go_duration(standing->reset));
    }
}

}  // namespace

net::Duration OpenAi::told_wait(net::Duration wait) const
{
    return std::chrono::ceil<std::chrono::milliseconds>(wait);
}

net::http::Response OpenAi::over_limit(const Api& api, std::string_view model, const OverLimit& over) const
{
    wire::ProviderError error = usual_error(429, model);
    error.type = over.kind == LimitKind::tokens_per_minute ? "tokens" : "requests";
    error.message = openai_limit_sentence(over, model);
    net::http::Response response = error_response(api, error);
    if (over.wait) {
        response.head.headers.set("retry-after", whole_seconds(*over.wait));
        response.head.headers.set("retry-after-ms", whole_milliseconds(*over.wait));
    }
    return response;
}

void OpenAi::add_standing(net::http::Headers& headers, const std::vector<Standing>& standing, net::WallTime) const
{
    add_openai_standing(headers, "requests", of_requests(standing));
    add_openai_standing(headers, "tokens", of_tokens(standing));
}

}  // namespace chaos::mock_providers
