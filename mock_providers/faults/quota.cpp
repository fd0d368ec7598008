// The refusal in its vendor's words.
#include "mock_providers/faults/quota.hpp"

#include <fmt/format.h>

#include "mock_providers/dialects/quota_errors.hpp"
#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

const Choices<QuotaKind> quota_kinds = {{"insufficient_quota", QuotaKind::insufficient_quota},
                                        {"daily", QuotaKind::daily},
                                        {"request_too_large", QuotaKind::request_too_large},
                                        {"spend_limit", QuotaKind::spend_limit},
                                        {"affordable", QuotaKind::affordable}};

Parameters read_quota(const config::Node& value, config::Complaints& complaints)
{
    Quota fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "quota");
    fault.kind = read_choice(map, "kind", quota_kinds, fault.kind);
    map.finish();
    return fault;
}

}  // namespace

bool Quota::applies_to(const Script& script) const
{
    return quota_error(*script.dialect, kind, script.answer.model).has_value();
}

void Quota::inject(Script& script, net::Instant) const
{
    if (const auto error = quota_error(*script.dialect, kind, script.answer.model)) {
        script.instead = script.error_response(*error);
    }
}

std::optional<std::string> Quota::proof(const Sent& sent) const
{
    if (sent.status < 400 || sent.end != WireEnd::complete) return std::nullopt;
    return fmt::format("HTTP {}, quota: {} ({} bytes of body)", sent.status, word_for(kind, quota_kinds),
                       sent.body_bytes);
}

Entry quota_entry()
{
    Entry entry;
    entry.name = "quota";
    entry.layer = Layer::request;
    entry.summary = "The provider refuses, mostly with 429, in words that mean that waiting does not help.";
    entry.evidence = "Delivered: the whole refusal, without a wait in its headers, went out to a recognised attempt.";
    entry.remedy =
        "Tell it from a rate limit: go on with another provider at once and do not come back with the same request; "
        "request_too_large and affordable are about this request alone.";
    entry.parameters = {
        {"kind",
         "insufficient_quota (anthropic: a 400), daily, request_too_large, spend_limit, or affordable (402: fewer "
         "tokens "
         "would pass; openai alone); only of vendors that have words for it; default insufficient_quota",
         "daily"}};
    entry.forms = {"{kind: daily}", "{kind: request_too_large}", "{kind: spend_limit}", "{kind: affordable}"};
    entry.read = &read_quota;
    return entry;
}

}  // namespace chaos::mock_providers::faults
