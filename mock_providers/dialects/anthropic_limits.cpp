// Limits in Anthropic's words: anthropic-ratelimit headers whose resets are moments, and whole seconds to wait.
#include <fmt/format.h>

#include "mock_providers/dialects/anthropic.hpp"
#include "mock_providers/dialects/limit_words.hpp"
#include "mock_providers/dialects/retry_after.hpp"

namespace chaos::mock_providers {

namespace {

std::string anthropic_limit_sentence(const OverLimit& over, std::string_view model)
{
    switch (over.kind) {
        case LimitKind::requests_per_minute:
        case LimitKind::tokens_per_minute:
            return fmt::format(
                "This request would exceed your organization's rate limit of {} {} per minute for {}. For details, "
                "refer to: https://docs.claude.com/en/api/rate-limits. You can see the response headers for current "
                "usage. Please reduce the prompt length or the maximum tokens requested, or try again later.",
                with_commas(over.limit), over.kind == LimitKind::requests_per_minute ? "requests" : "tokens", model);
        case LimitKind::requests_per_day:
            return fmt::format(
                "Number of requests has exceeded your daily rate limit of {} requests; see the response headers for "
                "current usage. Please try again later.",
                with_commas(over.limit));
        case LimitKind::concurrent:
            return "Number of concurrent connections has exceeded your rate limit. Please try again later or contact "
                   "sales at https://claude.com/contact-sales to discuss your options for a rate limit increase.";
    }
    return "";
}

/// The moment, and never one before it: whole seconds, rounded up.
std::string moment(net::WallTime at)
{
    return net::rfc3339(std::chrono::ceil<std::chrono::seconds>(at));
}

void add_anthropic_standing(net::http::Headers& headers, std::string_view of, const Standing* standing,
                            net::WallTime now)
{
    const auto name = [of](std::string_view what) { return fmt::format("anthropic-ratelimit-{}-{}", of, what); };
    for (const std::string_view what : {"limit", "remaining", "reset"}) {
        headers.remove(name(what));
    }
    if (standing != nullptr) {
        headers.add(name("limit"), fmt::to_string(standing->limit));
        headers.add(name("remaining"), fmt::to_string(standing->remaining));
        headers.add(name("reset"), moment(now + standing->reset));
    }
}

}  // namespace

net::http::Response Anthropic::over_limit(const Api& api, std::string_view model, const OverLimit& over) const
{
    wire::ProviderError error = usual_error(429, model);
    error.message = anthropic_limit_sentence(over, model);
    net::http::Response response = error_response(api, error);
    if (over.wait) {
        response.head.headers.set("retry-after", whole_seconds(*over.wait));
    }
    return response;
}

void Anthropic::add_standing(net::http::Headers& headers, const std::vector<Standing>& standing,
                             net::WallTime now) const
{
    add_anthropic_standing(headers, "requests", of_requests(standing), now);
    add_anthropic_standing(headers, "tokens", of_tokens(standing), now);
}

}  // namespace chaos::mock_providers
