// Arguments in the wrong shape.
#include "mock_providers/faults/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "config/reader.hpp"
#include "mock_providers/faults/respelling.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers::faults {

namespace {

using ArgumentsShape = WrongArguments::Shape;

constexpr std::string_view names[] = {"empty", "null", "null_text", "object", "concatenated"};
constexpr std::string_view words[] = {"empty", "null", "the text null", "an object instead of its text",
                                      "two objects in a row"};

std::string_view arguments_in_words(ArgumentsShape shape)
{
    return words[static_cast<std::size_t>(shape)];
}

/// The bare word null is YAML's own null.
ArgumentsShape read_shape(const config::Node& node, config::Complaints& complaints)
{
    if (node.kind() == config::NodeKind::null) {
        return ArgumentsShape::null;
    }
    const auto name = config::read_choice(node, complaints, "shape", {std::begin(names), std::end(names)});
    const auto* found = std::find(std::begin(names), std::end(names), name.value_or(""));
    return found == std::end(names) ? ArgumentsShape::empty : static_cast<ArgumentsShape>(found - std::begin(names));
}

std::string json_text(std::string_view text)
{
    std::string written;
    net::append_json_string(written, text);
    return written;
}

/// What the writers make of no arguments.
std::string null_for_nothing(std::string_view value)
{
    const bool nothing = value == R"("")" || value == "{}" || value == R"("{}")";
    return nothing ? "null" : std::string(value);
}

/// The arguments go with the head of their call.
void join_fragments(std::vector<Piece>& pieces)
{
    wire::delta::Call* head = nullptr;
    for (Piece& piece : pieces) {
        auto* call = std::get_if<wire::delta::Call>(&piece.delta);
        if (call != nullptr && piece.inside_call) {
            head->arguments += call->arguments;
        } else if (call != nullptr) {
            head = call;
        }
    }
    std::erase_if(pieces, [](const Piece& piece) { return piece.inside_call; });
}

/// Text can be anything; an object takes the place of text only where text is the rule.
bool has_room(const Script& script, ArgumentsShape shape)
{
    if (shape == ArgumentsShape::null) {
        return true;
    }
    if (shape != ArgumentsShape::object) {
        return script.api->arguments_are_text(script.stream);
    }
    const std::string text =
        std::string(script.api->arguments_key()) + json_text(script.answer.tool_calls.front().arguments);
    return script.api->write_answer(script.answer).find(text) != std::string::npos;
}

Parameters read_arguments(const config::Node& value, config::Complaints& complaints)
{
    WrongArguments fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "arguments");
    if (const auto shape = map.take("shape")) {
        fault.shape = read_shape(*shape, complaints);
    }
    map.finish();
    return fault;
}

}  // namespace

bool WrongArguments::applies_to(const Script& script) const
{
    return script.calls_a_tool() && has_room(script, shape) && shows(*this, script);
}

void WrongArguments::inject(Script& script, net::Instant) const
{
    wire::ToolCall& call = script.answer.tool_calls.front();
    switch (shape) {
        case ArgumentsShape::empty:
            call.arguments.clear();
            break;
        case ArgumentsShape::null:
            call.arguments.clear();
            script.respell = [key = std::string(script.api->arguments_key())](std::string& bytes) {
                respell_values(bytes, key, [](std::string_view value) { return null_for_nothing(value); });
            };
            break;
        case ArgumentsShape::null_text:
            call.arguments = "null";
            break;
        case ArgumentsShape::object:
            script.rearrange = &join_fragments;
            script.respell = [key = std::string(script.api->arguments_key()), call](std::string& bytes) {
                const std::string text = json_text(call.arguments);
                respell_values(bytes, key, [&](std::string_view value) {
                    return value == text ? call.arguments : std::string(value);
                });
            };
            break;
        case ArgumentsShape::concatenated:
            call.arguments += call.arguments;
            break;
    }
}

std::optional<std::string> WrongArguments::proof(const Sent& sent) const
{
    return whole_answer(sent, fmt::format("a tool call whose arguments are {}", arguments_in_words(shape)));
}

Entry arguments_entry()
{
    Entry entry;
    entry.name = "arguments";
    entry.layer = Layer::request;
    entry.summary =
        "The arguments of a call are no JSON text of one object: empty, null, an object that is not text, or several "
        "in a row.";
    entry.evidence = "Delivered: the whole answer with such a call went out to a recognised attempt.";
    entry.remedy =
        "Read an object or nothing for what was meant; pass on valid arguments only, and never part of what is not; "
        "ask again or elsewhere for the rest.";
    entry.parameters = {{"shape",
                         "empty, null, null_text (the text \"null\"), object (JSON itself instead of its text), or "
                         "concatenated (the object twice in a row); default empty",
                         "object"}};
    entry.forms = {"{shape: null}", "{shape: null_text}", "{shape: object}", "{shape: concatenated}"};
    entry.read = &read_arguments;
    return entry;
}

}  // namespace chaos::mock_providers::faults
