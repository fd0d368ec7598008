// Errors of Google's APIs: google.rpc.Status and its details, written and read.
#include <fmt/format.h>

#include <algorithm>

#include "wire/gemini.hpp"
#include "wire/gemini_fields.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::wire::gemini {

namespace {

constexpr std::string_view type_prefix = "type.googleapis.com/google.rpc.";

bool has_letters(std::string_view text)
{
    auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    return std::any_of(text.begin(), text.end(), is_letter);
}

std::string write_status(const ProviderError& error, std::string_view details)
{
    std::string out = fmt::format(R"({{"error":{{"code":{},"message":)", error.status);
    net::append_json_string(out, error.message);
    out += R"(,"status":)";
    net::append_json_string(out, error.type);
    if (!details.empty()) out.append(R"(,"details":[)").append(details).append("]");
    return out + "}}";
}

std::string error_info(std::string_view reason)
{
    std::string out = fmt::format(R"({{"@type":"{}ErrorInfo","reason":)", type_prefix);
    net::append_json_string(out, reason);
    return out + R"(,"domain":"googleapis.com","metadata":{"service":"generativelanguage.googleapis.com"}})";
}

std::string quota_failure(std::string_view model, const Quota& quota)
{
    std::string out = fmt::format(R"({{"@type":"{}QuotaFailure","violations":[{{)", type_prefix);
    out += fmt::format(R"("quotaMetric":"{}","quotaId":"{}",)", quota.metric, quota.id);
    out += R"("quotaDimensions":{"location":"global","model":)";
    net::append_json_string(out, model);
    return out + fmt::format(R"(}},"quotaValue":"{}"}}]}})", quota.value);
}

std::string help()
{
    return fmt::format(R"({{"@type":"{}Help","links":[{{"description":"Learn more about Gemini API quotas",)"
                       R"("url":"https://ai.google.dev/gemini-api/docs/rate-limits"}}]}})",
                       type_prefix);
}

/// Seconds only: "26s", "34.074824224s".
std::optional<net::Duration> read_duration(std::string_view text)
{
    auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    bool in_seconds = text.size() > 1 && text.back() == 's' && is_digit(text[text.size() - 2]);
    return in_seconds ? net::parse_duration(text) : std::nullopt;
}

void read_detail(const json::Element& detail, ErrorBody& out)
{
    std::string_view type = json::text(field(detail, "@type")).value_or("");
    if (type.ends_with("RetryInfo")) {
        out.retry_delay = read_duration(json::text(field(detail, "retryDelay")).value_or(""));
    } else if (type.ends_with("QuotaFailure")) {
        for (json::Element violation : listed(field(detail, "violations"))) {
            std::optional<std::string_view> id = json::text(field(violation, "quotaId"));
            if (id) out.quota_ids.emplace_back(*id);
        }
    } else if (type.ends_with("ErrorInfo")) {
        std::optional<std::string_view> reason = json::text(field(detail, "reason"));
        if (reason) out.error.code = *reason;
    }
}

}  // namespace

std::string duration_text(net::Duration duration)
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
    const auto nanoseconds = (duration - seconds).count();
    if (nanoseconds == 0) return fmt::format("{}s", seconds.count());
    if (nanoseconds % 1'000'000 == 0) return fmt::format("{}.{:03}s", seconds.count(), nanoseconds / 1'000'000);
    if (nanoseconds % 1'000 == 0) return fmt::format("{}.{:06}s", seconds.count(), nanoseconds / 1'000);
    return fmt::format("{}.{:09}s", seconds.count(), nanoseconds);
}

std::string write_error(const ProviderError& error)
{
    return write_status(error, has_letters(error.code) ? error_info(error.code) : "");
}

std::string write_quota_error(const ProviderError& error, std::string_view model,
                              std::optional<net::Duration> retry_delay, const Quota& quota)
{
    std::string details = quota_failure(model, quota) + "," + help();
    if (retry_delay) {
        std::string delay = duration_text(*retry_delay);
        details += fmt::format(R"(,{{"@type":"{}RetryInfo","retryDelay":"{}"}})", type_prefix, delay);
    }
    return write_status(error, details);
}

ErrorBody read_error(int status, std::string_view body)
{
    ErrorBody result;
    result.error = openai_chat::read_error(status, body);
    json::Document document(body, {});
    for (json::Element element : listed(document.root())) {
        for (json::Element detail : listed(field(field(element, "error"), "details"))) read_detail(detail, result);
    }
    return result;
}

}  // namespace chaos::wire::gemini
