// One function per question.
#include "router/tools/tool_decision.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chaos::router {
namespace {

std::string tool_outcome_in_words(const ToolOutcome& outcome)
{
    return outcome.what == ToolOutcome::What::answered ? fmt::format("it answered {}", outcome.status) : outcome.why;
}

tool_step::GiveUp tool_given_up(const ToolOutcome& outcome, std::string_view reason)
{
    tool_step::GiveUp end;
    end.why = fmt::format("{}; {}", tool_outcome_in_words(outcome), reason);
    end.maybe_executed = executed(outcome) == Executed::maybe;
    return end;
}

}  // namespace

Executed executed(const ToolOutcome& outcome)
{
    switch (outcome.what) {
        case ToolOutcome::What::not_sent:
            return Executed::no;
        case ToolOutcome::What::no_answer:
            return Executed::maybe;
        case ToolOutcome::What::answered:
            break;
    }
    if (outcome.status >= 500) return Executed::maybe;
    return outcome.status >= 300 ? Executed::no : Executed::yes;
}

bool worth_repeating(const ToolOutcome& outcome, bool keyed)
{
    if (outcome.what != ToolOutcome::What::answered) return true;
    switch (outcome.status) {
        case 408:
        case 425:
        case 429:
            return true;
        case 409:
            return keyed;
        case 501:
        case 505:
            return false;
        default:
            return outcome.status >= 500;
    }
}

net::Duration tool_backoff(const ToolRetry& retry, int attempts, net::Chance chance)
{
    net::Duration longest = retry.backoff;
    for (int i = 1; i < attempts && longest < retry.backoff_cap; ++i) longest *= 2;
    return chance.between(net::Duration{}, std::min(longest, retry.backoff_cap));
}

ToolStep after_attempt(const Dependency& tool, const ToolCallFacts& facts, const ToolOutcome& outcome,
                       net::Chance chance)
{
    if (!worth_repeating(outcome, facts.keyed)) return tool_step::Deliver{};
    if (executed(outcome) != Executed::no && !facts.keyed && !facts.safe)
        return tool_given_up(outcome, "it may have been done, and without a key it is not sent again");
    tool_step::Again again;
    if (tool.strategy == Strategy::immediate_failover) {
        again.endpoint = facts.endpoint + 1;
        if (again.endpoint >= tool.endpoints.size()) return tool_given_up(outcome, "there is no other endpoint");
    } else {
        if (facts.attempts >= tool.retry.max_attempts)
            return tool_given_up(outcome, fmt::format("that was attempt {}, the last", facts.attempts));
        again.endpoint =
            tool.strategy == Strategy::queue_and_retry ? (facts.endpoint + 1) % tool.endpoints.size() : facts.endpoint;
        again.wait =
            std::max(tool_backoff(tool.retry, facts.attempts, chance), outcome.retry_after.value_or(net::Duration{}));
    }
    if (facts.time_left && again.wait >= *facts.time_left)
        return tool_given_up(outcome, "another attempt does not fit into the time that is left");
    return again;
}

}  // namespace chaos::router
