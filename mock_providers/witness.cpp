// Each call is passed on first, so that what follows from it is told after it.
#include "mock_providers/witness.hpp"

namespace chaos::mock_providers {

void Witness::start_clock(net::Instant zero)
{
    zero_ = zero;
    milestones_.forget();
}

void Witness::note(void (Milestones::*what)(std::string_view, net::Duration), std::string_view name)
{
    if (!zero_) {
        return;
    }
    (milestones_.*what)(name, clock_.now() - *zero_);
    for (const auto& listener : listeners_) {
        listener();
    }
}

void Witness::connection_opened(std::string_view provider, std::uint64_t ordinal)
{
    watcher_.connection_opened(provider, ordinal);
}

void Witness::attempt_received(const Attempt& attempt, const wire::ChatRequest& request)
{
    watcher_.attempt_received(attempt, request);
    note(&Milestones::request_received, attempt.provider);
}

void Witness::output_started(const Attempt& attempt)
{
    watcher_.output_started(attempt);
}

void Witness::attempt_ended(const Attempt& attempt, int status, WireEnd end, std::int64_t tokens)
{
    watcher_.attempt_ended(attempt, status, end, tokens);
}

void Witness::told_to_wait(const Attempt& attempt, net::Duration wait, std::string_view why)
{
    watcher_.told_to_wait(attempt, wait, why);
}

void Witness::upstream_failed(const Attempt& attempt, std::string_view why)
{
    watcher_.upstream_failed(attempt, why);
}

void Witness::stray_received(std::string_view where, std::string_view why)
{
    watcher_.stray_received(where, why);
}

void Witness::fault_armed(std::string_view fault, std::string_view target, std::string_view probe)
{
    watcher_.fault_armed(fault, target, probe);
    note(&Milestones::fault_happened, fault);
}

void Witness::fault_skipped(std::string_view fault, std::string_view target, std::string_view why)
{
    watcher_.fault_skipped(fault, target, why);
}

void Witness::fault_opportunity(std::string_view fault, const Attempt& attempt, bool fell)
{
    watcher_.fault_opportunity(fault, attempt, fell);
}

void Witness::fault_delivered(std::string_view fault, const Attempt& attempt, Proof proof, std::string_view what)
{
    watcher_.fault_delivered(fault, attempt, proof, what);
    note(&Milestones::fault_happened, fault);
}

void Witness::fault_released(std::string_view fault, std::string_view target)
{
    watcher_.fault_released(fault, target);
}

void Witness::tool_received(const ToolUse& use)
{
    watcher_.tool_received(use);
}

void Witness::effect_performed(const ToolUse& use)
{
    watcher_.effect_performed(use);
    note(&Milestones::effect_performed, use.tool);
}

void Witness::effect_replayed(const ToolUse& use)
{
    watcher_.effect_replayed(use);
}

void Witness::tool_answered(const ToolUse& use, int status, WireEnd end)
{
    watcher_.tool_answered(use, status, end);
}

void Witness::tool_fault(std::string_view fault, const ToolUse& use, bool fell, std::string_view what)
{
    watcher_.tool_fault(fault, use, fell, what);
    if (fell && !what.empty()) {
        note(&Milestones::fault_happened, fault);
    }
}

}  // namespace chaos::mock_providers
