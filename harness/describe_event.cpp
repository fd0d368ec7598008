// Events as short sentences: the words of timelines.
#include <fmt/format.h>

#include "harness/account_of.hpp"

namespace chaos::harness {
namespace {

using history::Event;
using history::Kind;

std::string at_step(const Event& event)
{
    std::string where = event.task;
    if (event.step > 0) where += fmt::format(" step {}", event.step);
    return where;
}

std::string quoted(const std::string& text)
{
    constexpr std::size_t longest = 80;
    return text.size() <= longest ? "\"" + text + "\"" : "\"" + text.substr(0, longest) + "...\"";
}

std::string delivered_again(const Event& event)
{
    return event.fault.empty() ? "" : fmt::format(", delivered once more by {}", event.fault);
}

}  // namespace

std::string in_words(const Event& event)
{
    switch (event.kind) {
        case Kind::run_started: return "run started";
        case Kind::control_ended: return event.flag ? "control run passed" : "control run failed: " + event.text;
        case Kind::clock_zero: return "clock zero";
        case Kind::run_ended: return event.text.empty() ? "run ended" : "run ended: " + event.text;
        case Kind::rig_lagged: return "the rig was late by " + net::to_string(net::Duration(event.value));
        case Kind::task_started: return "task " + event.task + " started";
        case Kind::request_sent: return fmt::format("agent asks ({}, request {})", at_step(event), event.request);
        case Kind::first_output: return fmt::format("agent reads the first output of {}", event.request);
        case Kind::request_ended:
            return fmt::format("request {} ended {} ({}, status {}): {}", event.request, spelling(event.outcome),
                               spelling(event.ending), event.status, quoted(event.text));
        case Kind::tool_sent: return fmt::format("agent calls {} for {} (key {})", event.tool, event.effect, event.key);
        case Kind::tool_ended: return fmt::format("agent's call for {} ended {}", event.effect, spelling(event.outcome));
        case Kind::task_ended: return fmt::format("task {} ended {}: {}", event.task, spelling(event.outcome), quoted(event.text));
        case Kind::attempt_received: return fmt::format("{} received {}", event.attempt, at_step(event));
        case Kind::output_started: return fmt::format("{} wrote its first content", event.attempt);
        case Kind::attempt_ended:
            return fmt::format("{} ended {} (status {}, {} tokens)", event.attempt, spelling(event.ending), event.status, event.value);
        case Kind::upstream_failed: return fmt::format("{}: the endpoint behind it {}", event.attempt, event.text);
        case Kind::stray_received: return fmt::format("{} received a stray: {}", event.provider, event.text);
        case Kind::connection_opened: return fmt::format("{} accepted connection {}", event.provider, event.ordinal);
        case Kind::fault_armed: return fmt::format("fault {} armed on {}: {}", event.fault, event.provider, event.text);
        case Kind::fault_skipped: return fmt::format("fault {} skipped on {}: {}", event.fault, event.provider, event.text);
        case Kind::fault_opportunity:
            return fmt::format("fault {} had an opportunity and {}", event.fault, event.flag ? "fell" : "did not fall");
        case Kind::fault_delivered: return fmt::format("fault {} {} {}: {}", event.fault, spelling(event.evidence), event.attempt, event.text);
        case Kind::fault_released: return fmt::format("fault {} released on {}", event.fault, event.provider);
        case Kind::tool_received: return fmt::format("tool server received {} for {} (key {})", event.tool, event.effect, event.key);
        case Kind::effect_performed:
            return fmt::format("EFFECT {} {} performed (key {}){}", event.tool, event.effect, event.key, delivered_again(event));
        case Kind::effect_replayed:
            return fmt::format("effect {} replayed from its key, nothing happened{}", event.effect, delivered_again(event));
        case Kind::tool_answered: return fmt::format("tool server answered {} with status {} ({})", event.effect, event.status, spelling(event.ending));
        case Kind::told_to_wait:
            return fmt::format("{} was told to stay away for {}{}", event.attempt, net::to_string(net::Duration(event.value)),
                               event.text.empty() ? "" : ": " + event.text);
    }
    return std::string(spelling(event.kind));
}

}  // namespace chaos::harness
