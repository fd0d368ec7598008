// Thoughts without an answer.
#include "mock_providers/faults/reasoning_only.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_reasoning_only(const config::Node& value, config::Complaints& complaints)
{
    ReasoningOnly fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "reasoning_only");
    fault.at_limit = map.choice("finish", {"stop", "length"}) == "length";
    map.finish();
    return fault;
}

}  // namespace

bool ReasoningOnly::applies_to(const Script& script) const
{
    return shows(*this, script);
}

void ReasoningOnly::inject(Script& script, net::Instant) const
{
    wire::ChatAnswer& answer = script.answer;
    const std::string said = answer.tool_calls.empty()
                                 ? answer.text
                                 : fmt::format("The next step calls for {}.", answer.tool_calls.front().name);
    answer.reasoning += (answer.reasoning.empty() ? "" : " ") + said;
    answer.text.clear();
    answer.tool_calls.clear();
    answer.finish = at_limit ? wire::FinishReason::length : wire::FinishReason::stop;
}

std::optional<std::string> ReasoningOnly::proof(const Sent& sent) const
{
    return whole_answer(sent, fmt::format("reasoning alone, finish reason {}", at_limit ? "length" : "stop"));
}

Entry reasoning_only_entry()
{
    Entry entry;
    entry.name = "reasoning_only";
    entry.layer = Layer::request;
    entry.summary =
        "The model thinks and then neither says nor calls anything; what it would have said stands in its reasoning.";
    entry.evidence = "Delivered: the whole answer, reasoning alone, went out to a recognised attempt.";
    entry.remedy =
        "Take it for an empty answer: ask again, with more room if the reason is length, or go on with another "
        "provider.";
    entry.parameters = {
        {"finish", "the finish reason: stop, or length (every token went into reasoning); default stop", "length"}};
    entry.read = &read_reasoning_only;
    return entry;
}

}  // namespace chaos::mock_providers::faults
