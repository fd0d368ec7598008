// The tables behind classify_error, and the steps through them.
#include "router/classify.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "net/json.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::router {
namespace {

using enum OutcomeClass;

/// A set of classes, one bit each.
using Classes = std::uint32_t;
constexpr Classes one_of(std::initializer_list<OutcomeClass> classes)
{
    Classes set = 0;
    for (const OutcomeClass c : classes) set |= 1U << static_cast<unsigned>(c);
    return set;
}
constexpr bool contains(Classes set, OutcomeClass c)
{
    return (set & (1U << static_cast<unsigned>(c))) != 0;
}

/// What a status says by itself, and what a code or words may make of it.
struct StatusRule {
    int low, high;
    OutcomeClass otherwise;
    Classes open;
};

constexpr Classes request_shaped = one_of({context_overflow, content_filter, credential, quota, model_gone});
/// Proxies wrap any vendor error in a 5xx.
constexpr Classes server_side = request_shaped | one_of({overloaded, rate_limit, caller_fault});
constexpr Classes anything = server_side | one_of({transient, maybe_executed});

/// The first row that covers a status counts. 520..524 are the edge's own (Cloudflare): the origin may have worked.
constexpr std::array<StatusRule, 22> status_rules{{
    {200, 299, invalid_200, anything},
    {300, 399, transient, 0},
    {400, 400, caller_fault, request_shaped},
    {401, 401, credential, one_of({quota})},
    {402, 402, quota, 0},
    {403, 403, credential, one_of({quota, model_gone, content_filter, rate_limit})},
    {404, 404, caller_fault, one_of({model_gone, credential, quota, context_overflow})},
    {408, 408, transient, one_of({overloaded})},
    {409, 409, transient, 0},
    {410, 410, model_gone, 0},
    {413, 413, caller_fault, one_of({context_overflow})},
    {422, 422, caller_fault, request_shaped},
    {425, 425, transient, 0},
    {429, 429, rate_limit, one_of({quota, overloaded, context_overflow})},
    {400, 499, caller_fault, request_shaped},
    {502, 502, maybe_executed, server_side},
    {503, 503, overloaded, server_side},
    {504, 504, maybe_executed, server_side},
    {520, 520, maybe_executed, server_side},
    {524, 524, maybe_executed, server_side},
    {529, 529, overloaded, server_side},
    {500, 599, transient, server_side},
}};
constexpr StatusRule unknown_status{0, 0, transient, anything};

const StatusRule& rule_for(int status)
{
    const auto covers = [status](const StatusRule& rule) { return status >= rule.low && status <= rule.high; };
    const auto found = std::find_if(status_rules.begin(), status_rules.end(), covers);
    return found == status_rules.end() ? unknown_status : *found;
}

/// Machine-readable words as providers spell them in `code`, `type` or google.rpc `status`.
struct CodeRule {
    std::string_view code;
    OutcomeClass what;
};
constexpr std::array code_rules{
    CodeRule{"insufficient_quota", quota},
    CodeRule{"quota_exceeded", quota},
    CodeRule{"billing_hard_limit_reached", quota},
    CodeRule{"billing_not_active", quota},
    CodeRule{"billing_error", quota},
    CodeRule{"insufficient_credits", quota},
    CodeRule{"insufficient_balance", quota},
    CodeRule{"payment_required", quota},
    CodeRule{"invalid_api_key", credential},
    CodeRule{"invalid_authentication", credential},
    CodeRule{"authentication_error", credential},
    CodeRule{"account_deactivated", credential},
    CodeRule{"permission_error", credential},
    CodeRule{"permission_denied", credential},
    CodeRule{"request_forbidden", credential},
    CodeRule{"unauthenticated", credential},
    CodeRule{"unauthorized", credential},
    CodeRule{"api_key_invalid", credential},
    CodeRule{"unsupported_country_region_territory", credential},
    CodeRule{"model_not_found", model_gone},
    CodeRule{"model_not_available", model_gone},
    CodeRule{"model_deprecated", model_gone},
    CodeRule{"model_decommissioned", model_gone},
    CodeRule{"deploymentnotfound", model_gone},
    CodeRule{"not_found_error", model_gone},
    CodeRule{"context_length_exceeded", context_overflow},
    CodeRule{"context_window_exceeded", context_overflow},
    CodeRule{"model_context_window_exceeded", context_overflow},
    CodeRule{"exceed_context_size_error", context_overflow},
    CodeRule{"request_too_large", context_overflow},
    CodeRule{"content_filter", content_filter},
    CodeRule{"content_policy_violation", content_filter},
    CodeRule{"responsibleaipolicyviolation", content_filter},
    CodeRule{"rate_limit_exceeded", rate_limit},
    CodeRule{"rate_limit_error", rate_limit},
    CodeRule{"too_many_requests", rate_limit},
    CodeRule{"resource_exhausted", rate_limit},
    CodeRule{"overloaded_error", overloaded},
    CodeRule{"server_is_overloaded", overloaded},
    CodeRule{"engine_overloaded", overloaded},
    CodeRule{"service_unavailable_error", overloaded},
    CodeRule{"slow_down", overloaded},
    CodeRule{"unavailable", overloaded},
    CodeRule{"server_error", transient},
    CodeRule{"api_error", transient},
    CodeRule{"internal_error", transient},
    CodeRule{"internal", transient},
    CodeRule{"timeout", maybe_executed},
    CodeRule{"timeout_error", maybe_executed},
    CodeRule{"deadline_exceeded", maybe_executed},
    CodeRule{"invalid_request_error", caller_fault},
    CodeRule{"invalid_prompt", content_filter},
    CodeRule{"invalid_argument", caller_fault},
};

/// Words of an error message that choose within the group its status left open. Rows that would put a key or an account
/// to rest for a 4xx must begin the message: further inside may stand what the caller wrote.
enum class Where { begins, anywhere };
struct TextRule {
    OutcomeClass what;
    Where where;
    std::string_view words;
    std::string_view and_words = {};  ///< must occur as well
    Classes only_if = ~Classes{0};    ///< the status's own class must be one of these
};
constexpr Classes limit_like = one_of({rate_limit, quota, overloaded, transient, maybe_executed, invalid_200});
constexpr Classes server_like = one_of({overloaded, transient, maybe_executed, invalid_200});
constexpr std::array text_rules{
    TextRule{credential, Where::begins, "api key not valid"},
    TextRule{credential, Where::begins, "api key expired"},
    TextRule{credential, Where::begins, "incorrect api key"},
    TextRule{credential, Where::begins, "invalid api key"},
    TextRule{credential, Where::begins, "invalid authentication"},
    TextRule{quota, Where::begins, "your credit balance is too low"},
    TextRule{quota, Where::begins, "insufficient balance"},
    TextRule{quota, Where::begins, "you exceeded your current quota"},
    TextRule{quota, Where::begins, "this request requires more credits"},
    TextRule{context_overflow, Where::anywhere, "request too large for", {}, one_of({rate_limit})},
    TextRule{quota, Where::anywhere, "exceeded your current quota", {}, limit_like},
    TextRule{quota, Where::anywhere, "check your plan and billing", {}, limit_like},
    TextRule{quota, Where::anywhere, "quota exceeded", {}, limit_like},
    TextRule{quota, Where::anywhere, "insufficient quota", {}, limit_like},
    TextRule{quota, Where::anywhere, "insufficient_quota", {}, limit_like},
    TextRule{quota, Where::anywhere, "per day", {}, limit_like},
    TextRule{quota, Where::anywhere, "daily limit", {}, limit_like},
    TextRule{quota, Where::anywhere, "daily quota", {}, limit_like},
    TextRule{quota, Where::anywhere, "resource exhausted", {}, limit_like},
    TextRule{quota, Where::anywhere, "resource has been exhausted", {}, limit_like},
    TextRule{quota, Where::anywhere, "spending limit", {}, limit_like},
    TextRule{context_overflow, Where::anywhere, "maximum context length"},
    TextRule{context_overflow, Where::anywhere, "context length exceeded"},
    TextRule{context_overflow, Where::anywhere, "context_length_exceeded"},
    TextRule{context_overflow, Where::anywhere, "exceeds the available context"},
    TextRule{context_overflow, Where::anywhere, "exceeds the context window"},
    TextRule{context_overflow, Where::anywhere, "prompt is too long"},
    TextRule{context_overflow, Where::anywhere, "input is too long"},
    TextRule{context_overflow, Where::anywhere, "input token count", "exceeds"},
    TextRule{model_gone, Where::begins, "the model", "does not exist"},
    TextRule{model_gone, Where::begins, "the model", "has been deprecated"},
    TextRule{model_gone, Where::begins, "the model", "decommissioned"},
    TextRule{model_gone, Where::begins, "model ", "not found"},
    TextRule{model_gone, Where::begins, "model ", "does not exist"},
    TextRule{model_gone, Where::begins, "unknown model"},
    TextRule{content_filter, Where::anywhere, "content management policy"},
    TextRule{content_filter, Where::anywhere, "content policy"},
    TextRule{rate_limit, Where::anywhere, "rate limit", {}, server_like},
    TextRule{rate_limit, Where::anywhere, "too many requests", {}, server_like},
    TextRule{overloaded, Where::anywhere, "overloaded", {}, limit_like},
    TextRule{overloaded, Where::anywhere, "at capacity", {}, limit_like},
    TextRule{caller_fault, Where::anywhere, "invalid_request_error", {}, server_like},
    TextRule{caller_fault, Where::begins, "unsupported parameter", {}, server_like},
    TextRule{caller_fault, Where::begins, "unknown parameter", {}, server_like},
};

std::string lower_code(std::string_view text)
{
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

std::optional<OutcomeClass> by_code(std::string_view word, const StatusRule& rule)
{
    const std::string code = lower_code(word);
    for (const CodeRule& row : code_rules) {
        if (row.code == code && contains(rule.open, row.what)) return row.what;
    }
    return std::nullopt;
}

std::optional<OutcomeClass> by_text(const std::string& message, OutcomeClass so_far, Classes open)
{
    for (const TextRule& row : text_rules) {
        if (!contains(open, row.what) || !contains(row.only_if, so_far)) continue;
        const auto found = message.find(row.words);
        if (found == std::string::npos || (row.where == Where::begins && found != 0)) continue;
        if (!row.and_words.empty() && message.find(row.and_words) == std::string::npos) continue;
        return row.what;
    }
    return std::nullopt;
}

/// A status named in the body is believed where HTTP's own says nothing (200) or only that something behind broke
/// (5xx).
int telling_status(int http_status, int in_body)
{
    const bool http_is_vague = http_status < 400 || http_status >= 500;
    return http_is_vague && in_body >= 400 && in_body <= 599 ? in_body : http_status;
}

/// Classes that a more telling code or text may refine further, and to what.
Classes refinable(OutcomeClass so_far, const StatusRule& rule)
{
    if (so_far == rule.otherwise) return rule.open;
    if (so_far == rate_limit) return rule.open & one_of({quota, context_overflow});
    if (so_far == transient || so_far == caller_fault) return rule.open & request_shaped;
    return 0;
}

OutcomeClass decide(int status, const wire::ProviderError& error)
{
    const StatusRule& rule = rule_for(telling_status(status, error.status));
    OutcomeClass what = rule.otherwise;
    if (const auto narrowed = by_code(error.code, rule)) {
        what = *narrowed;
    } else if (const auto by_type = by_code(error.type, rule)) {
        what = *by_type;
    }
    return by_text(lower_code(error.message), what, refinable(what, rule)).value_or(what);
}

/// The JSON object inside a message such as `OpenAIException - {"error":{...}}`, if there is one.
std::optional<std::string> object_within(std::string_view text)
{
    const auto first = text.find('{');
    const auto last = text.rfind('}');
    if (first == std::string_view::npos || last == std::string_view::npos || last < first) return std::nullopt;
    std::string inner(text.substr(first, last - first + 1));
    if (!net::json_problem(inner).empty()) return std::nullopt;
    return inner;
}

/// OpenRouter keeps the vendor's own words in error.metadata.raw.
std::optional<std::string> metadata_raw(std::string_view body)
{
    const auto tree = net::parse_json(body);
    if (!tree || !tree->is_object() || !tree->contains("error")) return std::nullopt;
    const auto& error = (*tree)["error"];
    if (!error.is_object() || !error.contains("metadata") || !error["metadata"].is_object()) return std::nullopt;
    const auto& metadata = error["metadata"];
    if (!metadata.contains("raw")) return std::nullopt;
    return metadata["raw"].is_string() ? metadata["raw"].get<std::string>() : net::dump_json(metadata["raw"]);
}

bool is_vague(OutcomeClass what)
{
    return contains(one_of({transient, maybe_executed, caller_fault, invalid_200, overloaded, rate_limit}), what);
}

}  // namespace

Outcome classify_error(int status, const wire::ProviderError& error)
{
    Outcome outcome;
    outcome.what = decide(status, error);
    outcome.status = telling_status(status, error.status);
    outcome.error = error;
    outcome.why = error.message.empty() ? "status " + std::to_string(status) + " without a message" : error.message;
    return outcome;
}

Outcome classify_error_body(int status, std::string_view body)
{
    return classify_error_body(status, body, wire::openai_chat::read_error(status, body));
}

bool names_sealed_reasoning(const Outcome& outcome)
{
    if (outcome.status != 400 && outcome.status != 422) return false;
    if (outcome.error.code == "invalid_encrypted_content") return true;
    const std::string words = lower_code(outcome.error.message);
    const auto says = [&](std::string_view what) { return words.find(what) != std::string::npos; };
    return says("encrypted content") || says("encrypted_content") || (says("signature") && says("thinking")) ||
           says("thought_signature") || says("thought signature") || says("redacted_thinking") ||
           says("must start with a thinking block");
}

Outcome classify_error_body(int status, std::string_view body, const wire::ProviderError& read)
{
    Outcome outcome = classify_error(status, read);
    if (!is_vague(outcome.what)) return outcome;
    std::optional<std::string> inner = metadata_raw(body);
    if (!inner) inner = object_within(outcome.error.message);
    if (!inner) return outcome;
    const wire::ProviderError wrapped = wire::openai_chat::read_error(status, *inner);
    const Outcome within = classify_error(status, wrapped);
    if (within.what != rule_for(status).otherwise) outcome.what = within.what;
    if (outcome.status < 400) outcome.status = within.status;
    return outcome;
}

Outcome classify_transport(const net::http::Failure& failure)
{
    using net::http::Phase;
    Outcome outcome;
    outcome.dead_pooled = failure.pooled;
    outcome.no_connection = failure.phase == Phase::connect;
    if (failure.phase == Phase::connect && failure.error == boost::asio::error::timed_out) {
        outcome = timed_out(Timer::connect);
        outcome.no_connection = true;
        return outcome;
    }
    const bool was_sent = failure.phase == Phase::head || failure.phase == Phase::body;
    outcome.what = was_sent && !failure.pooled ? maybe_executed : transient;
    switch (failure.phase) {
        case Phase::connect:
            outcome.why = "no connection: " + failure.error.message();
            break;
        case Phase::send:
            outcome.why = "the connection broke while the request was sent: " + failure.error.message();
            break;
        case Phase::head:
            outcome.why = "the connection broke before any answer: " + failure.error.message();
            break;
        case Phase::body:
            outcome.why = "the connection broke in the middle of the answer: " + failure.error.message();
            break;
    }
    return outcome;
}

Outcome timed_out(Timer timer)
{
    Outcome outcome;
    outcome.what = timeout;
    outcome.timer = timer;
    switch (timer) {
        case Timer::connect:
            outcome.why = "no connection in time";
            break;
        case Timer::first_token:
            outcome.why = "no content in time";
            break;
        case Timer::idle:
            outcome.why = "the answer stalled";
            break;
        default:
            outcome.why = "the deadline of the whole request passed";
            break;
    }
    return outcome;
}

Outcome left_by_caller()
{
    Outcome outcome;
    outcome.what = client_abort;
    outcome.why = "the caller left";
    return outcome;
}

Outcome overtaken()
{
    Outcome outcome;
    outcome.what = lost_race;
    outcome.why = "another provider, asked beside it, had something valid to give first";
    return outcome;
}

Charge charge_of(const Outcome& outcome)
{
    switch (outcome.what) {
        case ok:
            return Charge::success;
        case caller_fault:
        case content_filter:
        case context_overflow:
        case client_abort:
        case lost_race:
            return Charge::neutral;
        default:
            return outcome.dead_pooled ? Charge::neutral : Charge::failure;
    }
}

}  // namespace chaos::router
