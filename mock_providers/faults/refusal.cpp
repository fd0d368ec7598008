// No answer, said politely or not at all.
#include "mock_providers/faults/refusal.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "config/reader.hpp"
#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers::faults {

namespace {

using RefusalForm = Refusal::As;

const Choices<RefusalForm> refusal_forms = {{"refusal", RefusalForm::refusal},
                                            {"content_filter", RefusalForm::content_filter},
                                            {"prompt", RefusalForm::prompt}};

/// The answer to a prompt that is blocked; nothing if the API has none.
std::optional<std::string> blocked_prompt(const Script& script)
{
    nlohmann::ordered_json answer = *net::parse_json(script.api->write_answer(script.answer));
    if (answer.erase("candidates") == 0) {
        return std::nullopt;
    }
    nlohmann::ordered_json blocked = {{"promptFeedback", {{"blockReason", "PROHIBITED_CONTENT"}}}};
    blocked.update(answer);
    return net::dump_json(blocked);
}

void block_prompt(Script& script)
{
    const std::string blocked = blocked_prompt(script).value();
    script.respell = [blocked](std::string& body) { body = blocked; };
    if (!script.stream) {
        return;
    }
    script.respell = nullptr;
    script.rearrange = [blocked](std::vector<Piece>& pieces) {
        pieces = {pieces.front(), {wire::delta::Malformed{"no candidates", blocked}}, {wire::delta::Done{}}};
    };
}

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

Parameters read_refusal(const config::Node& value, config::Complaints& complaints)
{
    Refusal fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "refusal");
    fault.as = read_choice(map, "as", refusal_forms, fault.as);
    if (fault.as == RefusalForm::prompt && map.take("after_tokens")) {
        complaints.add(map.at("after_tokens"), "after_tokens does not go with `as: prompt`: nothing is said");
    }
    fault.after_tokens = map.integer("after_tokens", fault.after_tokens, 0, 1'000'000);
    map.finish();
    return fault;
}

}  // namespace

bool Refusal::applies_to(const Script& script) const
{
    if (as == RefusalForm::prompt) {
        return blocked_prompt(script).has_value();
    }
    return as == RefusalForm::refusal || tells_of_filters(script);
}

void Refusal::inject(Script& script, net::Instant) const
{
    wire::ChatAnswer& answer = script.answer;
    answer.text = first_tokens(answer.text, after_tokens);
    answer.tool_calls.clear();
    answer.finish = as == RefusalForm::refusal ? script.api->refusal_reason() : wire::FinishReason::content_filter;
    if (answer.finish == wire::FinishReason::stop) {
        answer.refusal = "I'm sorry, but I can't help with that.";
    }
    if (answer.usage) {
        answer.usage->completion_tokens = count_tokens(answer);
    }
    if (as == RefusalForm::prompt) {
        block_prompt(script);
    }
}

std::optional<std::string> Refusal::proof(const Sent& sent) const
{
    const std::string after = fmt::format(" after at most {} tokens of text", after_tokens);
    if (as == RefusalForm::prompt) {
        return whole_answer(sent, "a blocked prompt and no candidates");
    }
    return whole_answer(sent, (as == RefusalForm::refusal ? "a refusal" : "an end by the content filter") +
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
                         "refusal (in its own field, by its own finish reason, or as text, as the API has it), "
                         "content_filter (the finish reason alone), or prompt (the prompt is blocked, there are no "
                         "candidates; gemini alone); default refusal",
                         "content_filter"},
                        {"after_tokens", "how many tokens of text come before it; default 0", "5"}};
    entry.forms = {"{as: content_filter}", "{as: prompt}"};
    entry.read = &read_refusal;
    return entry;
}

}  // namespace chaos::mock_providers::faults
