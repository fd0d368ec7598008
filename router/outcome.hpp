// What an attempt came to: the classes every decision of the router is made of.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/time.hpp"
#include "wire/chat.hpp"

namespace chaos::router {

enum class OutcomeClass {
    ok,
    invalid_200,       ///< a success status with something that is no answer: HTML, no choices, no finish reason
    empty_turn,        ///< neither text nor call where one was due, or reason and payload disagree
    malformed_tool,    ///< a tool call nobody could execute: broken arguments, an undeclared name
    rate_limit,        ///< too fast; waiting helps
    quota,             ///< the account is exhausted; waiting a little does not help
    credential,        ///< the key is not accepted
    model_gone,        ///< the provider does not have this model (any more)
    overloaded,        ///< the provider has too much to do
    transient,         ///< an error of the moment
    timeout,           ///< one of our timers ended it: see Timer
    context_overflow,  ///< the conversation is too long for this model
    content_filter,    ///< refused because of its content
    caller_fault,      ///< the request itself is wrong and would be wrong anywhere
    maybe_executed,    ///< the request was delivered and the answer lost: it may have been carried out and billed
    client_abort,      ///< the caller left
    lost_race,         ///< another attempt for the same request had something valid to give first
};

/// The timer that ended an attempt.
enum class Timer { none, connect, first_token, idle, total };

/// What a provider says about trying again.
struct RetryHint {
    std::optional<net::Duration> after;  ///< a floor: never sooner
    std::optional<bool> should_retry;    ///< x-should-retry
    bool operator==(const RetryHint&) const = default;
};

/// What an answer says of itself: for logs and metrics.
struct AnswerFacts {
    std::string id;
    std::string model;
    std::string finish;  ///< the reason as it was spelt
    std::optional<wire::Usage> usage;
};

struct Outcome {
    OutcomeClass what = OutcomeClass::ok;
    Timer timer = Timer::none;
    int status = 0;             ///< what the provider answered with; 0: no answer
    wire::ProviderError error;  ///< as the provider worded it; may quote anything, so redact before showing
    std::string body;           ///< the error body as it came, if it was JSON; same warning
    RetryHint retry;
    bool no_connection = false;  ///< nothing was sent: no connection was had
    bool dead_pooled = false;    ///< a reused connection broke before any response byte: it may simply have been dead
    bool sealed_reasoning = false;  ///< refused for what another vendor sealed in it; without that it may be taken
    std::string why;                ///< one sentence of our own
    AnswerFacts answer;             ///< also of one that was not good enough: it was billed all the same
};

inline constexpr std::size_t outcome_classes = static_cast<std::size_t>(OutcomeClass::lost_race) + 1;

/// Neither a success nor having lost a race is one.
bool is_failure(OutcomeClass what);
std::string_view spelling(OutcomeClass what);
std::string_view spelling(Timer timer);
/// "timeout(first_token)", "rate_limit 429", "ok".
std::string in_words(const Outcome& outcome);

}  // namespace chaos::router
