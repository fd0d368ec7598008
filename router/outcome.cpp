// Spellings of outcomes, for notes and headers.
#include "router/outcome.hpp"

namespace chaos::router {

bool is_failure(OutcomeClass what)
{
    return what != OutcomeClass::ok && what != OutcomeClass::lost_race;
}

std::string_view spelling(OutcomeClass what)
{
    switch (what) {
        case OutcomeClass::ok:
            return "ok";
        case OutcomeClass::invalid_200:
            return "invalid_200";
        case OutcomeClass::empty_turn:
            return "empty_turn";
        case OutcomeClass::malformed_tool:
            return "malformed_tool";
        case OutcomeClass::rate_limit:
            return "rate_limit";
        case OutcomeClass::quota:
            return "quota";
        case OutcomeClass::credential:
            return "credential";
        case OutcomeClass::model_gone:
            return "model_gone";
        case OutcomeClass::overloaded:
            return "overloaded";
        case OutcomeClass::transient:
            return "transient";
        case OutcomeClass::timeout:
            return "timeout";
        case OutcomeClass::context_overflow:
            return "context_overflow";
        case OutcomeClass::content_filter:
            return "content_filter";
        case OutcomeClass::caller_fault:
            return "caller_fault";
        case OutcomeClass::maybe_executed:
            return "maybe_executed";
        case OutcomeClass::client_abort:
            return "client_abort";
        case OutcomeClass::lost_race:
            return "lost_race";
    }
    return "unknown";
}

std::string_view spelling(Timer timer)
{
    switch (timer) {
        case Timer::none:
            return "none";
        case Timer::connect:
            return "connect";
        case Timer::first_token:
            return "first_token";
        case Timer::idle:
            return "idle";
        case Timer::total:
            return "total";
    }
    return "unknown";
}

std::string in_words(const Outcome& outcome)
{
    std::string words(spelling(outcome.what));
    if (outcome.timer != Timer::none) words.append("(").append(spelling(outcome.timer)).append(")");
    if (outcome.status != 0 && outcome.what != OutcomeClass::ok)
        words.append(" ").append(std::to_string(outcome.status));
    return words;
}

}  // namespace chaos::router
