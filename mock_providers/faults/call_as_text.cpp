// A call in words.
#include "mock_providers/faults/call_as_text.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers::faults {

namespace {

using CallTextSpelling = CallAsText::As;

const Choices<CallTextSpelling> call_text_spellings = {{"json", CallTextSpelling::json},
                                                       {"markup", CallTextSpelling::markup},
                                                       {"unclosed", CallTextSpelling::unclosed},
                                                       {"announced", CallTextSpelling::announced}};

std::string spelt(const wire::ToolCall& call, CallTextSpelling as)
{
    if (as == CallTextSpelling::announced) {
        return fmt::format("I will now call {}.", call.name);
    }
    std::string json = R"({"name": )";
    net::append_json_string(json, call.name);
    json += R"(, "arguments": )" + call.arguments + "}";
    if (as == CallTextSpelling::json) {
        return json;
    }
    return "<tool_call>\n" + json + (as == CallTextSpelling::markup ? "\n</tool_call>" : "");
}

Parameters read_call_as_text(const config::Node& value, config::Complaints& complaints)
{
    CallAsText fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "call_as_text");
    fault.as = read_choice(map, "as", call_text_spellings, fault.as);
    map.finish();
    return fault;
}

}  // namespace

bool CallAsText::applies_to(const Script& script) const
{
    return script.calls_a_tool() && shows(*this, script);
}

void CallAsText::inject(Script& script, net::Instant) const
{
    wire::ChatAnswer& answer = script.answer;
    answer.text += spelt(answer.tool_calls.front(), as);
    answer.tool_calls.clear();
    answer.finish = as == CallTextSpelling::announced ? wire::FinishReason::none : wire::FinishReason::stop;
}

std::optional<std::string> CallAsText::proof(const Sent& sent) const
{
    constexpr std::string_view words[] = {"a tool call as JSON in the text",
                                          "a tool call as <tool_call> markup in the text",
                                          "a tool call as <tool_call> markup that is not closed in the text",
                                          "a tool call announced in the text, and no finish reason"};
    return whole_answer(sent, words[static_cast<std::size_t>(as)]);
}

Entry call_as_text_entry()
{
    Entry entry;
    entry.name = "call_as_text";
    entry.layer = Layer::request;
    entry.summary =
        "The call stands in the text, as JSON or as the markup of the model, and the answer ends as if it were one; or "
        "the "
        "text only says that it is coming.";
    entry.evidence = "Delivered: the whole answer with the call in its text went out to a recognised attempt.";
    entry.remedy =
        "Know the markup where tools were offered, and never pass it on as an answer: ask again, or go on with another "
        "provider.";
    entry.parameters = {{"as",
                         "json, markup (<tool_call> around the JSON), unclosed (markup without its end), or announced "
                         "(\"I will now call "
                         "write_file.\", no call, and no finish reason); default markup",
                         "json"}};
    entry.forms = {"{as: json}"};
    entry.read = &read_call_as_text;
    return entry;
}

}  // namespace chaos::mock_providers::faults
