// Choosing the status and the words of a surfaced error.
#include "router/surface.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace chaos::router {
namespace {

using enum OutcomeClass;

constexpr std::size_t quoted_words = 400;  ///< of a provider's message within ours

bool is_timeout(const Outcome& outcome)
{
    if (outcome.what == timeout) return true;
    return outcome.what == maybe_executed && (outcome.status == 504 || outcome.status == 524);
}

bool waiting_does_not_help(const Outcome& outcome)
{
    return outcome.what == quota || outcome.what == credential || outcome.what == model_gone ||
           outcome.what == context_overflow;
}

template <class Predicate>
bool any_failed(const Exhaustion& exhaustion, Predicate predicate)
{
    return std::any_of(exhaustion.failed.begin(), exhaustion.failed.end(),
                       [&](const FailedAttempt& attempt) { return predicate(attempt.outcome); });
}

bool any_skipped(const Exhaustion& exhaustion, Skipped why)
{
    return std::any_of(exhaustion.skipped.begin(), exhaustion.skipped.end(),
                       [why](const SkippedProvider& provider) { return provider.why == why; });
}

bool fits_nowhere(const Exhaustion& exhaustion)
{
    const auto could_fit = [](const SkippedProvider& provider) { return provider.why != Skipped::window_too_small; };
    if (std::any_of(exhaustion.skipped.begin(), exhaustion.skipped.end(), could_fit)) return false;
    if (any_failed(exhaustion, [](const Outcome& outcome) { return outcome.what != context_overflow; })) return false;
    return !exhaustion.failed.empty() || !exhaustion.skipped.empty();
}

/// Nobody was asked, and for everybody it is the request that is the reason.
bool suits_nobody(const Exhaustion& exhaustion)
{
    const auto is_suited = [](const SkippedProvider& provider) {
        return provider.why != Skipped::lacks_capability && provider.why != Skipped::window_too_small;
    };
    return exhaustion.failed.empty() && any_skipped(exhaustion, Skipped::lacks_capability) &&
           std::none_of(exhaustion.skipped.begin(), exhaustion.skipped.end(), is_suited);
}

bool needs_only_waiting(const Exhaustion& exhaustion)
{
    const bool limited = any_skipped(exhaustion, Skipped::resting) ||
                         any_failed(exhaustion, [](const Outcome& outcome) { return outcome.what == rate_limit; });
    const bool otherwise = any_skipped(exhaustion, Skipped::breaker_open) ||
                           any_skipped(exhaustion, Skipped::not_reached) ||
                           any_failed(exhaustion, [](const Outcome& outcome) {
                               return outcome.what != rate_limit && !waiting_does_not_help(outcome);
                           });
    return limited && !otherwise;
}

bool some_are_unavailable(const Exhaustion& exhaustion)
{
    return !exhaustion.skipped.empty() || any_failed(exhaustion, [](const Outcome& outcome) {
        return outcome.what == overloaded || outcome.what == rate_limit;
    });
}

bool all_timed_out(const Exhaustion& exhaustion)
{
    return exhaustion.skipped.empty() && !exhaustion.failed.empty() &&
           !any_failed(exhaustion, [](const Outcome& outcome) { return !is_timeout(outcome); });
}

std::string_view in_words(Skipped why)
{
    switch (why) {
        case Skipped::breaker_open:
            return "not asked, it failed too often";
        case Skipped::resting:
            return "not asked, it wants to be left alone for a while";
        case Skipped::window_too_small:
            return "not asked, the conversation is too long for its context window";
        case Skipped::lacks_capability:
            return "not asked, it lacks something that the request needs";
        case Skipped::not_reached:
            return "not asked, neither time nor attempts were left";
    }
    return "not asked";
}

std::string account_of(const Exhaustion& exhaustion)
{
    std::string words;
    for (const FailedAttempt& attempt : exhaustion.failed) {
        words += fmt::format("{}{}: {}: {}", words.empty() ? "" : "; ", attempt.provider, in_words(attempt.outcome),
                             std::string_view(attempt.outcome.why).substr(0, quoted_words));
    }
    for (const SkippedProvider& provider : exhaustion.skipped) {
        words += fmt::format("{}{}: {}", words.empty() ? "" : "; ", provider.provider, in_words(provider.why));
        if (!provider.lacks.empty()) words += fmt::format(" ({})", provider.lacks);
    }
    return words;
}

SurfacedError named(int status, std::string type, std::string code, std::string message)
{
    SurfacedError error;
    error.status = status;
    error.type = std::move(type);
    error.code = std::move(code);
    error.message = std::move(message);
    return error;
}

SurfacedError too_long(const Exhaustion& exhaustion)
{
    if (!exhaustion.failed.empty()) return surface_fault(exhaustion.failed.front().outcome);
    return named(
        400, "invalid_request_error", "context_length_exceeded",
        fmt::format("the conversation (about {} tokens, and the output asked for) is longer than the context window of "
                    "every provider of '{}'",
                    exhaustion.estimated_tokens, exhaustion.model));
}

SurfacedError status_and_words_of(const Exhaustion& exhaustion)
{
    const std::string account = account_of(exhaustion);
    if (exhaustion.not_repeatable) {
        return named(504, "server_error", "maybe_executed",
                     "the answer was lost and the request must not be sent twice. " + account);
    }
    if (exhaustion.deadline_passed) {
        return named(504, "server_error", "upstream_timeout",
                     fmt::format("no answer for '{}' within the deadline. {}", exhaustion.model, account));
    }
    if (suits_nobody(exhaustion)) {
        return named(400, "invalid_request_error", "unsupported_request",
                     fmt::format("no provider of '{}' can be sent this request. {}", exhaustion.model, account));
    }
    if (fits_nowhere(exhaustion)) return too_long(exhaustion);
    const std::string message = fmt::format("no provider of '{}' could answer. {}", exhaustion.model, account);
    if (needs_only_waiting(exhaustion)) {
        SurfacedError error = named(429, "rate_limit_error", "rate_limit_exceeded", message);
        error.retry_after = exhaustion.remaining_wait;
        return error;
    }
    if (all_timed_out(exhaustion)) return named(504, "server_error", "upstream_timeout", message);
    if (some_are_unavailable(exhaustion)) {
        SurfacedError error = named(503, "server_error", "upstream_unavailable", message);
        error.retry_after = exhaustion.remaining_wait;
        return error;
    }
    return named(502, "server_error", "upstream_error", message);
}

}  // namespace

std::string_view spelling(Skipped why)
{
    switch (why) {
        case Skipped::breaker_open:
            return "breaker_open";
        case Skipped::resting:
            return "resting";
        case Skipped::window_too_small:
            return "window_too_small";
        case Skipped::lacks_capability:
            return "lacks_capability";
        case Skipped::not_reached:
            return "not_reached";
    }
    return "unknown";
}

SurfacedError surface_fault(const Outcome& outcome)
{
    const bool client_status = outcome.status >= 400 && outcome.status < 500;
    SurfacedError error =
        named(client_status ? outcome.status : 400, outcome.error.type, outcome.error.code, outcome.why);
    if (error.type.empty()) error.type = "invalid_request_error";
    if (error.code.empty() && outcome.what == context_overflow) error.code = "context_length_exceeded";
    if (error.code.empty() && outcome.what == content_filter) error.code = "content_filter";
    if (client_status) error.body = outcome.body;
    return error;
}

SurfacedError surface_exhaustion(const Exhaustion& exhaustion)
{
    SurfacedError error = status_and_words_of(exhaustion);
    error.worth_retrying = error.retry_after && *error.retry_after <= longest_wait_of_sdks;
    return error;
}

SurfacedError surface_broken_stream(std::string_view provider, const Outcome& outcome)
{
    const bool late = is_timeout(outcome);
    return named(late ? 504 : 502, "server_error", late ? "upstream_timeout" : "upstream_error",
                 fmt::format("the answer of {} broke off: {}: {}", provider, in_words(outcome),
                             std::string_view(outcome.why).substr(0, quoted_words)));
}

SurfacedError surface_rate_of_caller(std::string_view caller, int per_minute, net::Duration come_back)
{
    SurfacedError error = named(429, "rate_limit_error", "rate_limit_exceeded",
                                fmt::format("caller '{}' may ask {} times a minute here", caller, per_minute));
    error.retry_after = come_back;
    return error;
}

SurfacedError surface_unknown_model(std::string_view model, const std::vector<std::string>& known)
{
    return named(404, "invalid_request_error", "model_not_found",
                 fmt::format("the model '{}' does not exist here; there are: {}", model, fmt::join(known, ", ")));
}

}  // namespace chaos::router
