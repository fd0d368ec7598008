// The same again and again.
#include "mock_providers/faults/repetition.hpp"

#include <fmt/format.h>

#include <variant>
#include <vector>

#include "config/reader.hpp"
#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"

namespace chaos::mock_providers::faults {

namespace {

constexpr std::size_t longest_unit = 64;
constexpr std::int64_t tokens_before = 4;

using Inside = Repetition::Inside;

const Choices<Inside> repetition_insides = {
    {"text", Inside::text}, {"reasoning", Inside::reasoning}, {"arguments", Inside::arguments}};

/// The run goes behind the last piece of this kind.
bool goes_before_run(const Piece& piece, Inside inside)
{
    switch (inside) {
        case Inside::text:
            return std::holds_alternative<wire::delta::Text>(piece.delta) ||
                   std::holds_alternative<wire::delta::Reasoning>(piece.delta);
        case Inside::reasoning:
            return std::holds_alternative<wire::delta::Reasoning>(piece.delta);
        case Inside::arguments:
            return piece.inside_call;
    }
    return false;
}

Piece repeated_piece(const Repetition& fault)
{
    switch (fault.inside) {
        case Inside::text:
            return {wire::delta::Text{fault.of}, true};
        case Inside::reasoning:
            return {wire::delta::Reasoning{fault.of}, true};
        case Inside::arguments:
            break;
    }
    return {wire::delta::Call{0, "", "", fault.of}, true, true};
}

/// Without such a piece, behind the start.
void insert_run(std::vector<Piece>& pieces, const Repetition& fault)
{
    std::size_t at = 1;
    for (std::size_t n = 0; n < pieces.size(); ++n) {
        at = goes_before_run(pieces[n], fault.inside) ? n + 1 : at;
    }
    const Piece piece = repeated_piece(fault);
    pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::size_t>(fault.times), piece);
}

Parameters read_repetition(const config::Node& value, config::Complaints& complaints)
{
    Repetition fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "repetition");
    fault.of = map.text("of", fault.of);
    fault.times = map.integer("times", fault.times, 2, 100'000);
    fault.inside = read_choice(map, "inside", repetition_insides, fault.inside);
    const auto finish = map.choice("finish", {"length", "stop"});
    fault.at_limit = finish != "stop";
    if (fault.of.empty() || fault.of.size() > longest_unit) {
        complaints.add(map.at("of"), fmt::format("of: expected 1 to {} bytes of text", longest_unit));
    }
    if (finish && fault.inside != Inside::text) {
        complaints.add(map.at("finish"), fmt::format("finish does not go with `inside: {}`, whose end is fixed",
                                                     word_for(fault.inside, repetition_insides)));
    }
    map.finish();
    return fault;
}

}  // namespace

bool Repetition::applies_to(const Script& script) const
{
    const bool has_room = script.calls_a_tool() && script.api->arguments_are_text(script.stream);
    return (inside != Inside::arguments || has_room) && shows(*this, script);
}

void Repetition::inject(Script& script, net::Instant) const
{
    wire::ChatAnswer& answer = script.answer;
    if (inside == Inside::text) {
        answer.text = first_tokens(answer.text, tokens_before);
        answer.tool_calls.clear();
        answer.finish = at_limit ? wire::FinishReason::length : wire::FinishReason::stop;
    }
    if (inside == Inside::arguments) {
        answer.tool_calls.resize(1);
        answer.tool_calls.front().arguments.resize(1);
        answer.finish = wire::FinishReason::length;
    }
    if (answer.usage) {
        answer.usage->completion_tokens = count_tokens(answer) + times;
    }
    if (script.stream) {
        script.rearrange = [fault = *this](std::vector<Piece>& pieces) { insert_run(pieces, fault); };
        return;
    }
    std::string& run = inside == Inside::reasoning   ? answer.reasoning
                       : inside == Inside::arguments ? answer.tool_calls.front().arguments
                                                     : answer.text;
    for (std::int64_t n = 0; n < times; ++n) {
        run += of;
    }
}

std::optional<std::string> Repetition::proof(const Sent& sent) const
{
    return whole_answer(sent, fmt::format("{} times the same in its {}{}", times, word_for(inside, repetition_insides),
                                          inside == Inside::reasoning ? ""
                                          : at_limit                  ? ", finish reason length"
                                                                      : ", finish reason stop"));
}

Entry repetition_entry()
{
    Entry entry;
    entry.name = "repetition";
    entry.layer = Layer::request;
    entry.summary = "The model falls into a loop and repeats a word, white space or a sign up to its limit.";
    entry.evidence = "Delivered: the whole answer with so many repetitions went out to a recognised attempt.";
    entry.remedy =
        "Notice the loop and stop paying for it: cancel the request and go on with another provider; white space is no "
        "sign of life.";
    entry.parameters = {{"of", "what is repeated, exactly as it is, 1 to 64 bytes; default \" the\"", "\"\\n\""},
                        {"times", "how often; each is a token; default 200", "1000"},
                        {"inside",
                         "text (after its first words), reasoning (before a whole answer) or arguments (of the first "
                         "call, behind its opening "
                         "brace, where they are text); default text",
                         "reasoning"},
                        {"finish", "of a text: the finish reason, length or stop; default length", "stop"}};
    entry.forms = {"{inside: reasoning}", "{inside: arguments}"};
    entry.read = &read_repetition;
    return entry;
}

}  // namespace chaos::mock_providers::faults
