// Limits in Google's words: no headers; QuotaFailure and RetryInfo in the body say everything.
#include <fmt/format.h>

#include "mock_providers/dialects/gemini.hpp"
#include "wire/gemini.hpp"

namespace chaos::mock_providers {

namespace {

wire::gemini::Quota quota_of(const OverLimit& over)
{
    wire::gemini::Quota quota;
    quota.value = over.limit;
    if (over.kind == LimitKind::tokens_per_minute) {
        quota.metric = "generativelanguage.googleapis.com/generate_content_free_tier_input_token_count";
        quota.id = "GenerateContentInputTokensPerModelPerMinute-FreeTier";
    } else if (over.kind == LimitKind::requests_per_day) {
        quota.id = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
    }
    return quota;
}

}  // namespace

net::http::Response Gemini::over_limit(const Api& api, std::string_view model, const OverLimit& over) const
{
    if (over.kind == LimitKind::concurrent) {
        return error_response(api, usual_error(503, model));
    }
    const wire::gemini::Quota quota = quota_of(over);
    wire::ProviderError error = usual_error(429, model);
    error.message += fmt::format("\n* Quota exceeded for metric: {}, limit: {}, model: {}", quota.metric, quota.value, model);
    if (over.wait) {
        error.message += fmt::format("\nPlease retry in {}.", wire::gemini::duration_text(*over.wait));
    }
    net::http::Response response = error_response(api, error);
    response.body = static_cast<const GenerateContent&>(api).framed(
        wire::gemini::write_quota_error(error, model, over.wait, quota));
    return response;
}

}  // namespace chaos::mock_providers
