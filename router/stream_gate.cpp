// Holding, flowing and ending.
#include "router/stream_gate.hpp"

#include <algorithm>

#include "router/check_answer.hpp"
#include "router/classify.hpp"

namespace chaos::router {
namespace {

namespace delta = wire::delta;

Outcome invalid_stream(std::string why)
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

/// Besides, a frame may hold the end marker and nothing else: the caller's own is written in its place.
bool only_ends(const StreamUnit& unit)
{
    return std::all_of(unit.deltas.begin(), unit.deltas.end(),
                       [](const wire::Delta& delta) { return std::holds_alternative<delta::Done>(delta); });
}

std::size_t size_of(const StreamUnit& unit)
{
    std::size_t bytes = unit.raw.size();
    for (const wire::Delta& delta : unit.deltas) {
        if (const auto* text = std::get_if<delta::Text>(&delta)) bytes += text->text.size();
        if (const auto* thought = std::get_if<delta::Reasoning>(&delta)) bytes += thought->text.size();
        if (const auto* call = std::get_if<delta::Call>(&delta)) bytes += call->arguments.size();
    }
    return bytes;
}

}  // namespace

StreamGate::StreamGate(const RequestFacts& facts, Passage passage, GateLimits limits)
    : facts_(facts), passage_(passage), limits_(limits)
{
}

bool StreamGate::see(StreamUnit unit, net::Instant now, std::string& out)
{
    if (over() || unit.idle) return false;
    ++units_;
    last_had_content_ = false;
    untidy_ = untidy_ || unit.untidy;
    if (unit.counted) counted_ = unit.counted;
    for (const wire::Delta& delta : unit.deltas) take(delta, assembler_);
    if (facts_.choices > 1) take_others(unit.others);
    if (failure_) return last_had_content_;
    if (assembler_.done()) {
        if (!only_ends(unit)) hold(std::move(unit));
        return last_had_content_;
    }
    if (passage_.drop_usage && unit.only_usage) return false;
    decide(std::move(unit), now, out);
    return last_had_content_;
}

void StreamGate::take_others(const std::vector<wire::ChoiceDeltas>& others)
{
    for (const wire::ChoiceDeltas& other : others) {
        if (other.choice < 1 || other.choice >= facts_.choices) {
            if (!failure_) failure_ = invalid_stream("a choice that was not asked for");
            return;
        }
        for (const wire::Delta& delta : other.deltas) take(delta, others_[other.choice]);
    }
}

void StreamGate::take(const wire::Delta& delta, wire::AnswerAssembler& choice)
{
    if (const auto* failed = std::get_if<delta::Failed>(&delta)) {
        if (!failure_) failure_ = classify_error(200, failed->error);
        return;
    }
    if (const auto* malformed = std::get_if<delta::Malformed>(&delta)) {
        if (!failure_) failure_ = invalid_stream("an event of the stream cannot be read: " + malformed->why);
        return;
    }
    calls_ = calls_ || std::holds_alternative<delta::Call>(delta);
    const bool bare = std::holds_alternative<delta::Start>(delta) || std::holds_alternative<delta::Done>(delta) ||
                      std::holds_alternative<delta::UsageReport>(delta);
    last_had_content_ = last_had_content_ || !bare;
    choice.add(delta);
}

void StreamGate::decide(StreamUnit unit, net::Instant now, std::string& out)
{
    const auto thinks = [](const wire::AnswerAssembler& choice) { return !choice.answer().reasoning.empty(); };
    if (!reasoning_since_ && any_choice(thinks)) reasoning_since_ = now;
    if (must_hold(now)) {
        hold(std::move(unit));
        return;
    }
    flush(out);
    let_through(unit, out);
    committed_ = true;
}

template <class Predicate>
bool StreamGate::any_choice(Predicate predicate) const
{
    return predicate(assembler_) ||
           std::any_of(others_.begin(), others_.end(), [&](const auto& other) { return predicate(other.second); });
}

bool StreamGate::is_bad_end(const wire::AnswerAssembler& choice) const
{
    return choice.finished() && check_answer(choice.answer(), facts_).what != OutcomeClass::ok;
}

bool StreamGate::must_hold(net::Instant now) const
{
    if (calls_ || passage_.hold_turn) return true;
    if (any_choice([this](const wire::AnswerAssembler& choice) { return is_bad_end(choice); })) return true;
    if (committed_ && facts_.choices == 1) return false;
    const auto may_become_call = [this](const wire::AnswerAssembler& choice) {
        const wire::ChatAnswer& answer = choice.answer();
        return answer.refusal.empty() && !is_blank(answer.text) && may_become_call_as_text(answer.text, facts_.tools);
    };
    if (facts_.offers_tools && any_choice(may_become_call)) return true;
    const auto says_something = [](const wire::AnswerAssembler& choice) {
        return !choice.answer().refusal.empty() || !is_blank(choice.answer().text);
    };
    if (committed_ || any_choice(says_something)) return false;
    if (finished() || !reasoning_since_) return true;
    const auto thinks_long = [this](const wire::AnswerAssembler& choice) {
        return choice.answer().reasoning.size() > limits_.reasoning_bytes;
    };
    return !any_choice(thinks_long) && now - *reasoning_since_ < limits_.reasoning_time;
}

void StreamGate::hold(StreamUnit unit)
{
    held_bytes_ += size_of(unit);
    held_.push_back(std::move(unit));
    if (held_bytes_ > limits_.held_bytes) failure_ = invalid_stream("the stream held back more than it may");
}

void StreamGate::let_through(const StreamUnit& unit, std::string& out)
{
    if (passage_.inward == nullptr && !untidy_) {
        out += unit.raw;
        passage_.writer.passed(unit);
        return;
    }
    for (const wire::Delta& delta : unit.deltas) {
        if (std::holds_alternative<delta::Call>(delta)) continue;  // written whole
        if (std::holds_alternative<delta::Finish>(delta)) write_calls(out);
        write(delta, out);
    }
}

void StreamGate::write(wire::Delta delta, std::string& out)
{
    const bool unsayable = std::holds_alternative<delta::Done>(delta) || std::holds_alternative<delta::Failed>(delta) ||
                           std::holds_alternative<delta::Malformed>(delta);
    if (unsayable || (passage_.inward != nullptr && !passage_.inward->delta(delta))) return;
    if (passage_.joint != nullptr && !goes_on(delta)) return;
    if (const auto* text = std::get_if<delta::Text>(&delta)) told_ += text->text;
    passage_.writer.write(out, delta);
}

/// Of a continuation only what is new is for the caller: no second beginning, no second thoughts, no word twice.
bool StreamGate::goes_on(wire::Delta& delta)
{
    if (std::holds_alternative<delta::Start>(delta) || std::holds_alternative<delta::Reasoning>(delta)) return false;
    auto* text = std::get_if<delta::Text>(&delta);
    if (text == nullptr) return true;
    text->text = passage_.joint->add(text->text);
    if (passage_.joint->failed() && !failure_)
        failure_ = invalid_stream("the continuation does not join what was said");
    return !text->text.empty();
}

void StreamGate::flush(std::string& out)
{
    for (const StreamUnit& unit : held_) let_through(unit, out);
    held_.clear();
    held_bytes_ = 0;
}

/// Whole and in order.
void StreamGate::write_calls(std::string& out)
{
    if (calls_written_) return;
    calls_written_ = true;
    int index = 0;
    for (const wire::ToolCall& call : assembler_.answer().tool_calls) {
        write(delta::Call{index++, call.id, call.name, call.arguments}, out);
    }
}

Outcome StreamGate::end(const net::Rare<Outcome>& broken, std::string& out)
{
    Outcome outcome = judge_end(broken, out);
    outcome.answer = account();
    return outcome;
}

AnswerFacts StreamGate::account() const
{
    const wire::ChatAnswer& answer = assembler_.answer();
    return {answer.id, answer.model, answer.finish_text, answer.usage ? answer.usage : counted_};
}

bool StreamGate::all_begun_are_finished() const
{
    return !any_choice([](const wire::AnswerAssembler& choice) { return !choice.finished(); });
}

/// Of the first that is bad; its account is not filled in.
Outcome StreamGate::check_choices() const
{
    Outcome outcome = check_answer(assembler_.answer(), facts_);
    for (const auto& [place, choice] : others_) {
        if (outcome.what == OutcomeClass::ok) outcome = check_answer(choice.answer(), facts_);
    }
    const bool rewritten = untidy_ && facts_.choices > 1;
    if (outcome.what == OutcomeClass::ok && rewritten) {
        outcome.what = OutcomeClass::malformed_tool;
        outcome.status = 200;
        outcome.why = "pieces of calls in several choices that clients would join wrongly";
    }
    return outcome;
}

Outcome StreamGate::judge_end(const net::Rare<Outcome>& broken, std::string& out)
{
    // Who gives fewer choices than were asked for, and says that this is all, has said so.
    const bool whole = finished() || (all_begun_are_finished() && assembler_.done());
    if (!whole) {
        if (failure_) return *failure_;
        if (broken) return *broken;
        return invalid_stream(units_ == 0 ? "an empty stream" : "the stream ended without a finish reason");
    }
    const bool joins = passage_.joint == nullptr || !passage_.joint->failed();
    if (held_bytes_ > limits_.held_bytes || !joins) return *failure_;
    Outcome outcome = check_choices();
    if (outcome.what != OutcomeClass::ok) return outcome;
    flush(out);
    if (passage_.joint != nullptr && !passage_.joint->complete())
        return invalid_stream("the continuation does not join what was said");
    committed_ = true;
    passage_.writer.end(out);
    return outcome;
}

}  // namespace chaos::router
