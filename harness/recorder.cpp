#include "harness/recorder.hpp"

#include <fmt/format.h>

#include "mock_providers/brief.hpp"
#include "net/chance.hpp"

namespace chaos::harness {
namespace {

using history::Actor;
using history::Event;
using history::Kind;
using mock_providers::Attempt;

Event event_of(Actor actor, Kind kind)
{
    Event event;
    event.actor = actor;
    event.kind = kind;
    return event;
}

Event about(Kind kind, const Attempt& attempt)
{
    Event event = event_of(Actor::provider, kind);
    event.provider = attempt.provider;
    event.attempt = attempt.name;
    event.task = attempt.task;
    event.step = attempt.step;
    event.ordinal = attempt.ordinal;
    return event;
}

Event about(Kind kind, const mock_providers::Observer::ToolUse& use)
{
    Event event = event_of(Actor::tool_server, kind);
    event.task = use.task;
    event.step = use.step;
    event.tool = use.tool;
    event.effect = use.effect;
    event.key = use.key;
    event.fault = use.fault;
    return event;
}

history::Ending ending_of(mock_providers::WireEnd end)
{
    switch (end) {
        case mock_providers::WireEnd::complete: return history::Ending::complete;
        case mock_providers::WireEnd::cut_fin: return history::Ending::cut_fin;
        case mock_providers::WireEnd::cut_reset: return history::Ending::cut_reset;
        case mock_providers::WireEnd::silent: return history::Ending::silent;
        case mock_providers::WireEnd::client_left: return history::Ending::client_left;
    }
    return history::Ending::none;
}

history::Evidence evidence_of(mock_providers::Proof proof)
{
    switch (proof) {
        case mock_providers::Proof::delivered: return history::Evidence::delivered;
        case mock_providers::Proof::contacted: return history::Evidence::contacted;
        case mock_providers::Proof::armed: return history::Evidence::armed;
    }
    return history::Evidence::none;
}

// The mark of an attempt stands in an argument, so two attempts' arguments differ in it alone: it is not what "altered"
// means.
std::string digest_without_marks(std::string text)
{
    for (const std::string& mark : mock_providers::find_marks(text)) {
        const std::string spelt = mock_providers::mark(mark);
        for (auto at = text.find(spelt); at != std::string::npos; at = text.find(spelt, at)) text.erase(at, spelt.size());
    }
    return fmt::format("{:016x}", net::stable_hash(text));
}

}  // namespace

void Recorder::record(Event event)
{
    event.number = ++recorded_;
    event.at = clock_.now();
    if (!keeps_) history_.events.clear();
    history_.events.push_back(std::move(event));
    if (watcher_) watcher_(history_.events.back());
}

void Recorder::connection_opened(std::string_view provider, std::uint64_t ordinal)
{
    Event event = event_of(Actor::provider, Kind::connection_opened);
    event.provider = provider;
    event.ordinal = ordinal;
    record(std::move(event));
}

void Recorder::attempt_received(const Attempt& attempt, const wire::ChatRequest& request)
{
    Event event = about(Kind::attempt_received, attempt);
    event.caller = attempt.caller;
    event.flag = request.stream;
    event.turns = turns_.turns_of(request.messages);
    record(std::move(event));
}

void Recorder::output_started(const Attempt& attempt) { record(about(Kind::output_started, attempt)); }

void Recorder::attempt_ended(const Attempt& attempt, int status, mock_providers::WireEnd end, std::int64_t tokens)
{
    Event event = about(Kind::attempt_ended, attempt);
    event.status = status;
    event.ending = ending_of(end);
    event.value = tokens;
    record(std::move(event));
}

void Recorder::told_to_wait(const Attempt& attempt, net::Duration wait, std::string_view why)
{
    Event event = about(Kind::told_to_wait, attempt);
    event.caller = attempt.caller;
    event.value = wait.count();
    event.text = why;
    record(std::move(event));
}

void Recorder::upstream_failed(const Attempt& attempt, std::string_view why)
{
    Event event = about(Kind::upstream_failed, attempt);
    event.text = why;
    record(std::move(event));
}

void Recorder::stray_received(std::string_view where, std::string_view why)
{
    Event event = event_of(Actor::provider, Kind::stray_received);
    event.provider = where;
    event.text = why;
    record(std::move(event));
}

void Recorder::fault_armed(std::string_view fault, std::string_view target, std::string_view probe)
{
    Event event = event_of(Actor::provider, Kind::fault_armed);
    event.fault = fault;
    event.provider = target;
    event.text = probe;
    event.evidence = history::Evidence::armed;
    record(std::move(event));
}

void Recorder::fault_skipped(std::string_view fault, std::string_view target, std::string_view why)
{
    Event event = event_of(Actor::provider, Kind::fault_skipped);
    event.fault = fault;
    event.provider = target;
    event.text = why;
    record(std::move(event));
}

void Recorder::fault_opportunity(std::string_view fault, const Attempt& attempt, bool fell)
{
    Event event = about(Kind::fault_opportunity, attempt);
    event.fault = fault;
    event.flag = fell;
    record(std::move(event));
}

void Recorder::fault_delivered(std::string_view fault, const Attempt& attempt, mock_providers::Proof proof,
                               std::string_view what)
{
    Event event = about(Kind::fault_delivered, attempt);
    event.fault = fault;
    event.evidence = evidence_of(proof);
    event.text = what;
    record(std::move(event));
}

void Recorder::fault_released(std::string_view fault, std::string_view target)
{
    Event event = event_of(Actor::provider, Kind::fault_released);
    event.fault = fault;
    event.provider = target;
    record(std::move(event));
}

void Recorder::tool_received(const ToolUse& use) { record(about(Kind::tool_received, use)); }

void Recorder::effect_performed(const ToolUse& use)
{
    Event event = about(Kind::effect_performed, use);
    event.text = digest_without_marks(turns_.normal_arguments(use.arguments));
    record(std::move(event));
}

void Recorder::effect_replayed(const ToolUse& use)
{
    Event event = about(Kind::effect_replayed, use);
    event.text = digest_without_marks(turns_.normal_arguments(use.arguments));
    record(std::move(event));
}

void Recorder::tool_answered(const ToolUse& use, int status, mock_providers::WireEnd end)
{
    Event event = about(Kind::tool_answered, use);
    event.status = status;
    event.ending = ending_of(end);
    record(std::move(event));
}

void Recorder::tool_fault(std::string_view fault, const ToolUse& use, bool fell, std::string_view what)
{
    Event opportunity = about(Kind::fault_opportunity, use);
    opportunity.fault = fault;
    opportunity.flag = fell;
    record(std::move(opportunity));
    if (!fell || what.empty()) return;  // due, but it never came to the deed
    Event delivered = about(Kind::fault_delivered, use);
    delivered.fault = fault;
    delivered.evidence = history::Evidence::delivered;
    delivered.text = what;
    record(std::move(delivered));
}

void Recorder::attempt_began(const router::AttemptStart& attempt)
{
    note(attempt.request, attempt.target, "attempt", attempt.hedge ? "hedge" : attempt.repair ? "repair" : attempt.fresh_connection ? "fresh connection" : "");
}

void Recorder::attempt_ended(const router::AttemptEnd& end)
{
    const router::AttemptRecord& attempt = end.record;
    const router::Decision& decision = attempt.decision;
    const std::string took = net::to_string(std::chrono::floor<std::chrono::microseconds>(attempt.took));
    if (attempt.what == router::OutcomeClass::ok) {
        note(attempt.request, attempt.target, "outcome", "ok in " + took);
        return;
    }
    router::Outcome outcome;
    outcome.what = attempt.what;
    outcome.timer = attempt.timer;
    outcome.status = attempt.status;
    note(attempt.request, attempt.target, "outcome", fmt::format("{} in {}: {}", router::in_words(outcome), took, end.words));
    std::string decided(spelling(decision.kind));
    if (decision.kind == router::DecisionKind::wait) {
        decided += " " + net::to_string(std::chrono::ceil<std::chrono::microseconds>(decision.wait));
    }
    note(attempt.request, decision.target, "decision", fmt::format("{}: {}", decided, decision.reason));
}

void Recorder::breaker_changed(const router::BreakerChange& change)
{
    note(change.request, change.target, "breaker", std::string(change.state));
}

void Recorder::request_ended(const router::RequestRecord& request)
{
    std::string said = request.status == 0 ? "nothing" : std::to_string(request.status);
    if (!request.error_code.empty()) said += " " + request.error_code;
    if (request.broken) said += ", after the answer had begun";
    if (request.client_left) said += ", the caller left";
    note(request.id, request.served_by, "reply", std::move(said));
}

void Recorder::note(std::string_view request, std::string_view target, std::string_view kind, std::string text)
{
    history::Note note;
    note.at = clock_.now();
    note.source = "router";
    note.request = request;
    note.provider = target;
    note.kind = kind;
    note.text = std::move(text);
    history_.notes.push_back(std::move(note));
}

}  // namespace chaos::harness
