// A call in words.
#include "mock_providers/faults/call_as_text.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers::faults {

namespace {

using As = CallAsText::As;

std::string spelt(const wire::ToolCall& call, As as)
{
    std::string json = R"({"name": )";
    net::append_json_string(json, call.name);
    json += R"(, "arguments": )" + call.arguments + "}";
    if (as == As::json) {
        return json;
    }
    return "<tool_call>\n" + json + (as == As::markup ? "\n</tool_call>" : "");
}

Parameters read(const config::Node& value, config::Complaints& complaints)
{
    CallAsText fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "call_as_text");
    const auto as = map.choice("as", {"json", "markup", "unclosed"});
    fault.as = as == "json" ? As::json : as == "unclosed" ? As::unclosed : As::markup;
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
    answer.finish = wire::FinishReason::stop;
}

std::optional<std::string> CallAsText::proof(const Sent& sent) const
{
    constexpr std::string_view words[] = {"JSON", "<tool_call> markup", "<tool_call> markup that is not closed"};
    return whole_answer(sent, fmt::format("a tool call as {} in the text", words[static_cast<std::size_t>(as)]));
}

Entry call_as_text_entry()
{
    Entry entry;
    entry.name = "call_as_text";
    entry.layer = Layer::request;
    entry.summary =
        "The call stands in the text, as JSON or as the markup of the model, and the answer ends as if it were one.";
    entry.evidence = "Delivered: the whole answer with the call in its text went out to a recognised attempt.";
    entry.remedy =
        "Know the markup where tools were offered, and never pass it on as an answer: ask again, or go on with another "
        "provider.";
    entry.parameters = {
        {"as", "json, markup (<tool_call> around the JSON), or unclosed (markup without its end); default markup",
         "json"}};
    entry.forms = {"{as: json}"};
    entry.read = &read;
    return entry;
}

}  // namespace chaos::mock_providers::faults
