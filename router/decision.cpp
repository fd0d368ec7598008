// The reasons of decisions, by what happened.
#include "router/decision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace chaos::router {
namespace {

using enum OutcomeClass;

constexpr std::size_t longest_code = 64;

/// Why nobody waits and tries again at the one that failed.
std::string_view reason_to_move_on(OutcomeClass what)
{
    switch (what) {
        case rate_limit:
            return "a rate limit: to ask another costs the caller less than to wait";
        case quota:
            return "the account is exhausted, and no retry fills it";
        case credential:
            return "the key is not accepted, and no retry mends it";
        case model_gone:
            return "the provider does not have this model";
        case timeout:
            return "it took too long";
        case context_overflow:
            return "the conversation is too long for this model";
        case invalid_200:
            return "a success that is no answer";
        case empty_turn:
            return "the model answered nothing";
        case malformed_tool:
            return "a tool call that nobody could execute";
        case overloaded:
        case transient:
            return "it failed as often as one provider may";
        case maybe_executed:
            return "the answer was lost";
        default:
            return "it cannot answer";
    }
}

std::string_view reason_to_give_up(const Outcome& outcome)
{
    switch (outcome.what) {
        case caller_fault:
            return "the request itself is at fault, and would be anywhere";
        case content_filter:
            return "refused because of its content";
        case client_abort:
            return "the caller left";
        default:
            return "nobody is left to ask in the time and the attempts there are";
    }
}

/// A provider's word, if it looks like one.
std::string code_word(std::string_view code)
{
    const bool plain =
        !code.empty() && code.size() <= longest_code && std::all_of(code.begin(), code.end(), [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
        });
    return plain ? " " + std::string(code) : "";
}

std::string without_quotations(std::string_view text)
{
    std::string kept;
    bool quoted = false;
    for (const char c : text) {
        if (c == '\'' || c == '"') {
            quoted = !quoted;
            if (quoted) kept += "(...)";
        } else if (!quoted) {
            kept += c;
        }
    }
    return kept;
}

}  // namespace

std::string_view spelling(DecisionKind kind)
{
    switch (kind) {
        case DecisionKind::reply:
            return "reply";
        case DecisionKind::reconnect:
            return "reconnect";
        case DecisionKind::repair:
            return "repair";
        case DecisionKind::retry:
            return "retry";
        case DecisionKind::failover:
            return "failover";
        case DecisionKind::yield:
            return "yield";
        case DecisionKind::wait:
            return "wait";
        case DecisionKind::give_up:
            return "give_up";
    }
    return "unknown";
}

Decision decision_of(const Step& step, const Outcome& outcome, std::size_t current, const std::vector<Target>& targets,
                     net::Instant now)
{
    Decision decision;
    if (const auto* repair = std::get_if<step::Repair>(&step)) {
        decision = {DecisionKind::repair,
                    targets[repair->target].name,
                    {},
                    repair->strip_reasoning
                        ? "the conversation holds thoughts that this provider cannot read: without them"
                        : "the model answered nothing: a nudge mends it most times"};
    } else if (const auto* wait = std::get_if<step::Wait>(&step)) {
        decision = {DecisionKind::wait, {}, std::max(net::Duration{}, wait->until - now), "after a pause"};
        decision.reason =
            outcome.retry.after ? "the provider asked for a pause" : "a pause before anybody is asked again";
    } else if (const auto* once = std::get_if<step::Try>(&step)) {
        decision.target = targets[once->target].name;
        if (once->target != current) {
            decision.kind = DecisionKind::failover;
            decision.reason = reason_to_move_on(outcome.what);
        } else if (outcome.dead_pooled) {
            decision.kind = DecisionKind::reconnect;
            decision.reason = "a kept connection had died, which says nothing about the provider";
        } else if (outcome.what == rate_limit || outcome.what == quota || outcome.what == credential) {
            decision.kind = DecisionKind::retry;
            decision.reason = "another key of the same provider";
        } else {
            decision.kind = DecisionKind::retry;
            decision.reason = "most failures of the moment are gone in a moment";
        }
    } else if (const auto* yield = std::get_if<step::Yield>(&step)) {
        decision.kind = DecisionKind::yield;
        decision.target = targets[yield->to].name;
        decision.reason = outcome.what == lost_race ? "whoever has something valid to give first goes on alone"
                                                    : "an error never wins: the other attempt goes on";
    } else if (std::holds_alternative<step::GiveUp>(step)) {
        decision.kind = DecisionKind::give_up;
        decision.reason = reason_to_give_up(outcome);
    }
    return decision;
}

std::string own_words(const Outcome& outcome)
{
    if (outcome.what == ok) return {};
    if (outcome.error.message.empty() && outcome.error.code.empty() && outcome.error.type.empty())
        return without_quotations(outcome.why);
    return fmt::format("the provider answered {}{}{}", outcome.status, code_word(outcome.error.type),
                       code_word(outcome.error.code));
}

}  // namespace chaos::router
