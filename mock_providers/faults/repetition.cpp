// The same again and again.
#include "mock_providers/faults/repetition.hpp"

#include <fmt/format.h>

#include <variant>
#include <vector>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"

namespace chaos::mock_providers::faults {

namespace {

constexpr std::size_t longest = 64;
constexpr std::int64_t tokens_before = 4;

/// Behind the last piece of reasoning or of text, else behind the start.
void insert_run(std::vector<Piece>& pieces, const Repetition& fault)
{
    std::size_t at = 1;
    for (std::size_t n = 0; n < pieces.size(); ++n) {
        const bool text = std::holds_alternative<wire::delta::Text>(pieces[n].delta) && !fault.in_reasoning;
        if (text || std::holds_alternative<wire::delta::Reasoning>(pieces[n].delta)) {
            at = n + 1;
        }
    }
    const wire::Delta delta =
        fault.in_reasoning ? wire::Delta(wire::delta::Reasoning{fault.of}) : wire::Delta(wire::delta::Text{fault.of});
    const Piece piece{delta, true};
    pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::size_t>(fault.times), piece);
}

Parameters read(const config::Node& value, config::Complaints& complaints)
{
    Repetition fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "repetition");
    fault.of = map.text("of", fault.of);
    fault.times = map.integer("times", fault.times, 2, 100'000);
    fault.in_reasoning = map.choice("inside", {"text", "reasoning"}) == "reasoning";
    const auto finish = map.choice("finish", {"length", "stop"});
    fault.at_limit = finish != "stop";
    if (fault.of.empty() || fault.of.size() > longest) {
        complaints.add(map.at("of"), fmt::format("of: expected 1 to {} bytes of text", longest));
    }
    if (finish && fault.in_reasoning) {
        complaints.add(map.at("finish"), "finish does not go with `inside: reasoning`: the answer ends as it would");
    }
    map.finish();
    return fault;
}

}  // namespace

bool Repetition::applies_to(const Script& script) const
{
    return shows(*this, script);
}

void Repetition::inject(Script& script, net::Instant) const
{
    wire::ChatAnswer& answer = script.answer;
    if (!in_reasoning) {
        answer.text = first_tokens(answer.text, tokens_before);
        answer.tool_calls.clear();
        answer.finish = at_limit ? wire::FinishReason::length : wire::FinishReason::stop;
    }
    if (answer.usage) {
        answer.usage->completion_tokens = count_tokens(answer) + times;
    }
    if (script.stream) {
        script.rearrange = [fault = *this](std::vector<Piece>& pieces) { insert_run(pieces, fault); };
        return;
    }
    std::string& run = in_reasoning ? answer.reasoning : answer.text;
    for (std::int64_t n = 0; n < times; ++n) {
        run += of;
    }
}

std::optional<std::string> Repetition::proof(const Sent& sent) const
{
    return whole_answer(sent, fmt::format("{} times the same in its {}{}", times, in_reasoning ? "reasoning" : "text",
                                          in_reasoning ? ""
                                          : at_limit   ? ", finish reason length"
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
    entry.parameters = {
        {"of", "what is repeated, exactly as it is, 1 to 64 bytes; default \" the\"", "\"\\n\""},
        {"times", "how often; each is a token; default 200", "1000"},
        {"inside", "text (after its first words) or reasoning (before a whole answer); default text", "reasoning"},
        {"finish", "of a text: the finish reason, length or stop; default length", "stop"}};
    entry.forms = {"{inside: reasoning}"};
    entry.read = &read;
    return entry;
}

}  // namespace chaos::mock_providers::faults
