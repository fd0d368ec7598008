// One row a vendor and kind.
#include "mock_providers/dialects/quota_errors.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

namespace chaos::mock_providers {

namespace {

struct QuotaErrorRow {
    std::string_view dialect;
    QuotaKind kind;
    int status;
    std::string_view type;  ///< empty: the usual one of the status
    std::string_view code;
    std::string_view message;  ///< "{}" stands for the model
};

constexpr std::array quota_error_rows = {
    QuotaErrorRow{
        "openai", QuotaKind::insufficient_quota, 429, "insufficient_quota", "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details. For more information on this "
        "error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."},
    QuotaErrorRow{"openai", QuotaKind::daily, 429, "requests", "rate_limit_exceeded",
                  "Rate limit reached for {} in organization org-mock on requests per day (RPD): Limit 200, Used 200, "
                  "Requested 1. "
                  "Please try again in 7m12s."},
    QuotaErrorRow{
        "openai", QuotaKind::request_too_large, 429, "tokens", "rate_limit_exceeded",
        "Request too large for {} in organization org-mock on tokens per min (TPM): Limit 30000, Requested 35364. The "
        "input or output tokens must be reduced in order to run successfully."},
    QuotaErrorRow{"openai", QuotaKind::spend_limit, 429, "insufficient_quota", "billing_hard_limit_reached",
                  "Billing hard limit has been reached."},
    QuotaErrorRow{"openai", QuotaKind::affordable, 402, "insufficient_quota", "402",
                  "This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can "
                  "only afford "
                  "3395."},
    QuotaErrorRow{"anthropic", QuotaKind::insufficient_quota, 400, "invalid_request_error", "",
                  "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade "
                  "or purchase "
                  "credits."},
    QuotaErrorRow{
        "anthropic", QuotaKind::daily, 429, "", "",
        "Number of request tokens has exceeded your daily rate limit; see the response headers for current usage. "
        "Please reduce the prompt length or the maximum tokens requested, or try again later."},
    QuotaErrorRow{
        "anthropic", QuotaKind::request_too_large, 429, "", "",
        "This request would exceed your organization's rate limit of 30,000 input tokens per minute for {}. Please "
        "reduce the prompt length or the maximum tokens requested."},
    QuotaErrorRow{
        "anthropic", QuotaKind::spend_limit, 429, "", "enforced_spend_limit_reached",
        "You have reached your specified API usage limits. You will regain access on the first of next month."},
    QuotaErrorRow{
        "gemini", QuotaKind::insufficient_quota, 429, "", "",
        "You exceeded your current quota, please check your plan and billing details. For more information on this "
        "error, head over to: https://ai.google.dev/gemini-api/docs/rate-limits."},
    QuotaErrorRow{
        "gemini", QuotaKind::daily, 429, "", "",
        "You exceeded your current quota, please check your plan and billing details. Quota exceeded for metric: "
        "generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 50, quotaId: "
        "GenerateRequestsPerDayPerProjectPerModel-FreeTier, model: {}"},
    QuotaErrorRow{
        "gemini", QuotaKind::request_too_large, 429, "", "",
        "You exceeded your current quota, please check your plan and billing details. Quota exceeded for metric: "
        "generativelanguage.googleapis.com/generate_content_free_tier_input_token_count, limit: 0, model: {}"},
    QuotaErrorRow{"gemini", QuotaKind::spend_limit, 429, "", "", "Your project has exceeded its monthly spending cap."},
    QuotaErrorRow{"ollama", QuotaKind::insufficient_quota, 429, "", "",
                  "you have reached your hourly usage limit, please upgrade to continue"},
    QuotaErrorRow{"ollama", QuotaKind::daily, 429, "", "",
                  "you have reached your weekly usage limit, please upgrade to continue"},
};

}  // namespace

std::optional<wire::ProviderError> quota_error(const Dialect& dialect, QuotaKind kind, std::string_view model)
{
    for (const QuotaErrorRow& row : quota_error_rows) {
        if (row.dialect != dialect.name() || row.kind != kind) continue;
        wire::ProviderError error = dialect.usual_error(row.status, model);
        if (!row.type.empty()) error.type = row.type;
        if (!row.code.empty()) error.code = row.code;
        error.message = fmt::format(fmt::runtime(row.message), model);
        return error;
    }
    return std::nullopt;
}

}  // namespace chaos::mock_providers
