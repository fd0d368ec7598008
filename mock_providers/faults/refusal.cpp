// No answer, said politely or not at all.
#include "mock_providers/faults/refusal.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"

namespace chaos::mock_providers::faults {

namespace {

using As = Refusal::As;

bool tells_of_filters(const Script& script)
{
    wire::ChatAnswer filtered = script.answer;
    wire::ChatAnswer ended = script.answer;
    filtered.finish = wire::FinishReason::content_filter;
    ended.finish = wire::FinishReason::stop;
    filtered.tool_calls.clear();
    ended.tool_calls.clear();
    return script.api->write_answer(filtered) != script.api->write_answer(ended);
}

Parameters read(const config::Node& value, config::Complaints& complaints)
{
    Refusal fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "refusal");
    const auto as = map.choice("as", {"refusal", "content_filter"});
    fault.as = as == "content_filter" ? As::content_filter : As::refusal;
    fault.after_tokens = map.integer("after_tokens", fault.after_tokens, 0, 1'000'000);
    map.finish();
    return fault;
}

}  // namespace

bool Refusal::applies_to(const Script& script) const
{
    return as == As::refusal || tells_of_filters(script);
}

void Refusal::inject(Script& script, net::Instant) const
{
    wire::ChatAnswer& answer = script.answer;
    answer.text = first_tokens(answer.text, after_tokens);
    answer.tool_calls.clear();
    answer.finish = as == As::refusal ? script.api->refusal_reason() : wire::FinishReason::content_filter;
    if (answer.finish == wire::FinishReason::stop) {
        answer.refusal = "I'm sorry, but I can't help with that.";
    }
    if (answer.usage) {
        answer.usage->completion_tokens = count_tokens(answer);
    }
}

std::optional<std::string> Refusal::proof(const Sent& sent) const
{
    const std::string after = fmt::format(" after at most {} tokens of text", after_tokens);
    return whole_answer(sent, (as == As::refusal ? "a refusal" : "an end by the content filter") +
                                  (after_tokens > 0 ? after : std::string()));
}

Entry refusal_entry()
{
    Entry entry;
    entry.name = "refusal";
    entry.layer = Layer::request;
    entry.summary = "The model refuses, or a filter ends its answer, perhaps after some of the text.";
    entry.evidence = "Delivered: the whole refusal went out to a recognised attempt.";
    entry.remedy =
        "Never take what came before it for an answer; tell the caller that it was refused, and do not ask again as if "
        "it were an outage.";
    entry.parameters = {{"as",
                         "refusal (in its own field, by its own finish reason, or as text, as the API has it) or "
                         "content_filter (the finish reason alone); default refusal",
                         "content_filter"},
                        {"after_tokens", "how many tokens of text come before it; default 0", "5"}};
    entry.forms = {"{as: content_filter}"};
    entry.read = &read;
    return entry;
}

}  // namespace chaos::mock_providers::faults
