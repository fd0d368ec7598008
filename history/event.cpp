// How the words of an event are spelt in files and reports, and an event as one line for people.
#include "history/event.hpp"

#include <fmt/format.h>

#include <iterator>

namespace chaos::history {
namespace {

// Each table stands in the order of its enumerators: the value is the index.
constexpr std::string_view actors[] = {"harness", "agent", "provider", "tool_server"};
constexpr std::string_view outcomes[] = {"none", "ok", "failed", "unknown"};
constexpr std::string_view endings[] = {"none",   "complete",    "cut_fin",   "cut_reset",
                                        "silent", "client_left", "timed_out", "refused"};
constexpr std::string_view evidences[] = {"none", "delivered", "contacted", "armed"};
constexpr std::string_view kinds[] = {
    "run_started",    "control_ended",     "clock_zero",       "run_ended",         "rig_lagged",
    "task_started",   "request_sent",      "first_output",     "request_ended",     "tool_sent",
    "tool_ended",     "task_ended",        "attempt_received", "output_started",    "attempt_ended",
    "stray_received", "connection_opened", "fault_armed",      "fault_opportunity", "fault_delivered",
    "fault_released", "tool_received",     "effect_performed", "effect_replayed",   "tool_answered",
};
static_assert(std::size(actors) == static_cast<std::size_t>(Actor::tool_server) + 1);
static_assert(std::size(outcomes) == static_cast<std::size_t>(Outcome::unknown) + 1);
static_assert(std::size(endings) == static_cast<std::size_t>(Ending::refused) + 1);
static_assert(std::size(evidences) == static_cast<std::size_t>(Evidence::armed) + 1);
static_assert(std::size(kinds) == static_cast<std::size_t>(Kind::tool_answered) + 1);

template <std::size_t size, class Enum>
bool read_from(const std::string_view (&table)[size], std::string_view text, Enum& value)
{
    for (std::size_t i = 0; i < size; ++i) {
        if (table[i] == text) {
            value = static_cast<Enum>(i);
            return true;
        }
    }
    return false;
}

std::string_view ending_in_words(Ending ending)
{
    switch (ending) {
        case Ending::none:
            return "without an ending";
        case Ending::complete:
            return "complete";
        case Ending::cut_fin:
            return "cut off (FIN before the proper end)";
        case Ending::cut_reset:
            return "cut off (RST)";
        case Ending::silent:
            return "silent until it was let go";
        case Ending::client_left:
            return "the other side closed first";
        case Ending::timed_out:
            return "timed out";
        case Ending::refused:
            return "no connection";
    }
    return "";
}

std::string status_in_words(int status)
{
    return status == 0 ? std::string("no status") : fmt::format("status {}", status);
}

/// ": text", shortened; nothing for an empty text.
std::string tail(std::string_view text)
{
    constexpr std::size_t most = 80;
    if (text.empty()) return "";
    if (text.size() <= most) return fmt::format(": {}", text);
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not inside a character
    return fmt::format(": {}…", text.substr(0, end));
}

std::string who(const Event& event)
{
    if (!event.attempt.empty()) return event.attempt;
    return event.provider.empty() ? std::string("tools") : event.provider;
}

std::string harness_in_words(const Event& event)
{
    switch (event.kind) {
        case Kind::run_started:
            return "run started" + tail(event.text);
        case Kind::control_ended:
            return (event.flag ? "control run passed" : "control run failed") + tail(event.text);
        case Kind::clock_zero:
            return "time zero: the first caller request";
        case Kind::run_ended:
            return "run ended" + tail(event.text);
        default:
            return fmt::format("the rig lagged by {}", net::to_string(net::Duration(event.value)));
    }
}

std::string agent_in_words(const Event& event)
{
    switch (event.kind) {
        case Kind::task_started:
            return fmt::format("task {} started", event.task);
        case Kind::request_sent:
            return fmt::format("{}: request sent ({} turns)", event.request, event.turns.size());
        case Kind::first_output:
            return fmt::format("{}: first output", event.request);
        case Kind::request_ended: {
            const std::string type = event.error_type.empty() ? "" : fmt::format(", {}", event.error_type);
            return fmt::format("{}: request {} ({}, {}{}){}", event.request, spelling(event.outcome),
                               status_in_words(event.status), ending_in_words(event.ending), type, tail(event.text));
        }
        case Kind::tool_sent:
            return fmt::format("{}: calls {} for {}", event.request, event.tool, event.effect);
        case Kind::tool_ended:
            return fmt::format("{} for {}: {}{}", event.tool, event.effect, spelling(event.outcome), tail(event.text));
        default:
            return fmt::format("task {} ended: {}{}", event.task, spelling(event.outcome), tail(event.text));
    }
}

std::string provider_in_words(const Event& event)
{
    switch (event.kind) {
        case Kind::attempt_received:
            return fmt::format("{}: received step {} of {} ({} turns)", event.attempt, event.step, event.task,
                               event.turns.size());
        case Kind::output_started:
            return fmt::format("{}: first token written", event.attempt);
        case Kind::attempt_ended:
            return fmt::format("{}: response ended: {} ({})", event.attempt, ending_in_words(event.ending),
                               status_in_words(event.status));
        case Kind::stray_received:
            return fmt::format("{}: stray request{}", who(event), tail(event.text));
        default:
            return fmt::format("{}: connection {} opened", event.provider, event.ordinal);
    }
}

std::string fault_in_words(const Event& event)
{
    switch (event.kind) {
        case Kind::fault_armed:
            return fmt::format("{}: fault {} armed{}", who(event), event.fault, tail(event.text));
        case Kind::fault_opportunity:
            return fmt::format("{}: fault {} {}", who(event), event.fault, event.flag ? "falls due" : "does not fall");
        case Kind::fault_delivered:
            return fmt::format("{}: fault {} {}{}", who(event), event.fault, spelling(event.evidence),
                               tail(event.text));
        default:
            return fmt::format("{}: fault {} released", who(event), event.fault);
    }
}

std::string tool_in_words(const Event& event)
{
    switch (event.kind) {
        case Kind::tool_received:
            return fmt::format("tools: {} received for {}", event.tool, event.effect);
        case Kind::effect_performed:
            return fmt::format("tools: {} performed {}", event.tool, event.effect);
        case Kind::effect_replayed:
            return fmt::format("tools: {} known for {}, stored result given", event.tool, event.effect);
        default:
            return fmt::format("tools: {} answered for {}: {} ({})", event.tool, event.effect,
                               status_in_words(event.status), ending_in_words(event.ending));
    }
}

}  // namespace

std::string_view spelling(Actor value)
{
    return actors[static_cast<std::size_t>(value)];
}
std::string_view spelling(Outcome value)
{
    return outcomes[static_cast<std::size_t>(value)];
}
std::string_view spelling(Ending value)
{
    return endings[static_cast<std::size_t>(value)];
}
std::string_view spelling(Kind value)
{
    return kinds[static_cast<std::size_t>(value)];
}
std::string_view spelling(Evidence value)
{
    return evidences[static_cast<std::size_t>(value)];
}

bool read_spelling(std::string_view text, Actor& value)
{
    return read_from(actors, text, value);
}
bool read_spelling(std::string_view text, Outcome& value)
{
    return read_from(outcomes, text, value);
}
bool read_spelling(std::string_view text, Ending& value)
{
    return read_from(endings, text, value);
}
bool read_spelling(std::string_view text, Kind& value)
{
    return read_from(kinds, text, value);
}
bool read_spelling(std::string_view text, Evidence& value)
{
    return read_from(evidences, text, value);
}

std::string in_words(const Event& event)
{
    if (event.kind <= Kind::rig_lagged) return harness_in_words(event);
    if (event.kind <= Kind::task_ended) return agent_in_words(event);
    if (event.kind <= Kind::connection_opened) return provider_in_words(event);
    if (event.kind <= Kind::fault_released) return fault_in_words(event);
    return tool_in_words(event);
}

}  // namespace chaos::history
