// Holding, flowing and ending.
#include "router/stream_gate.hpp"

#include <algorithm>

#include "router/check_answer.hpp"
#include "router/classify.hpp"

namespace chaos::router {
namespace {

namespace delta = wire::delta;

constexpr std::string_view end_marker = "[DONE]";

Outcome invalid(std::string why)
{
    Outcome outcome;
    outcome.what = OutcomeClass::invalid_200;
    outcome.status = 200;
    outcome.why = std::move(why);
    return outcome;
}

bool is_blank(std::string_view text)
{
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

StreamGate::StreamGate(const RequestFacts& facts, GateLimits limits) : facts_(facts), limits_(limits) {}

bool StreamGate::see(const wire::SseEvent& event, net::Instant now, std::string& out)
{
    if (over()) return false;
    deltas_.clear();
    reader_.read(event, deltas_);
    if (deltas_.empty() && event.data.find("choices") == std::string::npos) return false;  // a comment in disguise
    ++events_;
    last_had_content_ = false;
    const bool had_calls = calls_;
    for (const wire::Delta& delta : deltas_) take(delta);
    if (calls_ && (!had_calls || !untidy_) && has_object_arguments(event.data)) untidy_ = true;
    if (assembler_.done() || failure_) return last_had_content_;
    decide(event, now, out);
    return last_had_content_;
}

void StreamGate::take(const wire::Delta& delta)
{
    if (const auto* failed = std::get_if<delta::Failed>(&delta)) {
        if (!failure_) failure_ = classify_error(200, failed->error);
        return;
    }
    if (const auto* malformed = std::get_if<delta::Malformed>(&delta)) {
        if (!failure_) failure_ = invalid("an event of the stream cannot be read: " + malformed->why);
        return;
    }
    if (const auto* call = std::get_if<delta::Call>(&delta)) take_call(*call);
    const bool bare = std::holds_alternative<delta::Start>(delta) || std::holds_alternative<delta::Done>(delta) ||
                      std::holds_alternative<delta::UsageReport>(delta);
    last_had_content_ = last_had_content_ || !bare;
    assembler_.add(delta);
}

/// Tidy pieces: indices 0, 1, 2 ... in order, id and name once and with the first piece.
void StreamGate::take_call(const delta::Call& piece)
{
    calls_ = true;
    const auto index = static_cast<std::size_t>(piece.index);
    const bool next = piece.index >= 0 && index == call_ids_.size();
    if (next) {
        untidy_ = untidy_ || piece.id.empty() || piece.name.empty();
        call_ids_.push_back(piece.id);
        return;
    }
    const bool known = piece.index >= 0 && index < call_ids_.size();
    untidy_ = untidy_ || !known || !piece.name.empty() || (!piece.id.empty() && piece.id != call_ids_[index]);
}

void StreamGate::decide(const wire::SseEvent& event, net::Instant now, std::string& out)
{
    const wire::ChatAnswer& answer = assembler_.answer();
    if (!reasoning_since_ && !answer.reasoning.empty()) reasoning_since_ = now;
    if (must_hold(now)) {
        hold(event);
        return;
    }
    flush(out);
    wire::append_sse(out, event.data, event.name);
    committed_ = true;
}

bool StreamGate::must_hold(net::Instant now) const
{
    if (calls_) return true;
    const wire::ChatAnswer& answer = assembler_.answer();
    if (finished() && check_answer(answer, facts_).what != OutcomeClass::ok) return true;
    if (committed_) return false;
    if (!answer.refusal.empty()) return false;
    if (!is_blank(answer.text)) return facts_.offers_tools && may_become_call_as_text(answer.text);
    if (finished() || !reasoning_since_) return true;
    return answer.reasoning.size() <= limits_.reasoning_bytes && now - *reasoning_since_ < limits_.reasoning_time;
}

void StreamGate::hold(const wire::SseEvent& event)
{
    held_.push_back(event);
    held_bytes_ += event.data.size();
    if (held_bytes_ > limits_.held_bytes) failure_ = invalid("the stream held back more than it may");
}

void StreamGate::flush(std::string& out)
{
    if (untidy_) {
        flush_rewritten(out);
    } else {
        for (const wire::SseEvent& event : held_) wire::append_sse(out, event.data, event.name);
    }
    held_.clear();
    held_bytes_ = 0;
}

/// Calls whole and in order, everything else delta by delta.
void StreamGate::flush_rewritten(std::string& out)
{
    const wire::ChatAnswer& answer = assembler_.answer();
    const delta::Start identity{answer.id, answer.model, answer.created};
    const auto write = [&](const wire::Delta& delta) {
        out += wire::encode_sse(wire::openai_chat::write_chunk(identity, delta));
    };
    if (!committed_) write(identity);
    bool calls_written = false;
    std::vector<wire::Delta> deltas;
    for (const wire::SseEvent& event : held_) reader_.read(event, deltas);
    for (const wire::Delta& delta : deltas) {
        if (std::holds_alternative<delta::Start>(delta) || std::holds_alternative<delta::Call>(delta)) continue;
        if (std::holds_alternative<delta::Finish>(delta) && !calls_written) {
            write_calls(identity, out);
            calls_written = true;
        }
        write(delta);
    }
    if (!calls_written) write_calls(identity, out);
}

void StreamGate::write_calls(const delta::Start& identity, std::string& out) const
{
    int index = 0;
    for (const wire::ToolCall& call : assembler_.answer().tool_calls) {
        const delta::Call whole{index++, call.id, call.name, call.arguments};
        out += wire::encode_sse(wire::openai_chat::write_chunk(identity, whole));
    }
}

Outcome StreamGate::end(const std::optional<Outcome>& broken, std::string& out)
{
    if (!finished()) {
        if (failure_) return *failure_;
        if (broken) return *broken;
        return invalid(events_ == 0 ? "an empty stream" : "the stream ended without a finish reason");
    }
    if (held_bytes_ > limits_.held_bytes) return *failure_;
    Outcome outcome = check_answer(assembler_.answer(), facts_);
    if (outcome.what != OutcomeClass::ok) return outcome;
    flush(out);
    committed_ = true;
    out += wire::encode_sse(end_marker);
    return outcome;
}

}  // namespace chaos::router
