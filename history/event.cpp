// How the words of an event are spelt in files and reports.
#include "history/event.hpp"

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
    "told_to_wait",   "upstream_failed",   "fault_skipped",
};
static_assert(std::size(actors) == static_cast<std::size_t>(Actor::tool_server) + 1);
static_assert(std::size(outcomes) == static_cast<std::size_t>(Outcome::unknown) + 1);
static_assert(std::size(endings) == static_cast<std::size_t>(Ending::refused) + 1);
static_assert(std::size(evidences) == static_cast<std::size_t>(Evidence::armed) + 1);
static_assert(std::size(kinds) == static_cast<std::size_t>(Kind::fault_skipped) + 1);

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

}  // namespace chaos::history
