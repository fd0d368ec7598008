// The `brain:` of a provider, strictly: a script that could never be played as written is refused with its place.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mock_providers/brain_script.hpp"
#include "mock_providers/json_value.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers {

namespace {

using config::Node;
using config::NodeKind;

constexpr std::size_t most_turns = 1000;
constexpr std::size_t most_calls = 16;

/// {canry} is a mistake for {canary}; {x} is just text.
void check_placeholders(const Node& node, config::Complaints& complaints)
{
    static const std::vector<std::string> known = {"canary", "result", "mark"};
    const std::string& text = node.text();
    for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
        const std::size_t end = text.find('}', at);
        const std::string word = end == std::string::npos ? "" : text.substr(at + 1, end - at - 1);
        const auto meant = config::nearest(word, known);
        if (meant && *meant != word) {
            complaints.add(node.at(), fmt::format("nothing fills in '{{{}}}' (did you mean '{{{}}}'?)", word, *meant));
        }
    }
}

void check_texts(const Node& node, config::Complaints& complaints)
{
    if (node.kind() == NodeKind::scalar) {
        check_placeholders(node, complaints);
    }
    for (const Node& item : node.items()) {
        check_texts(item, complaints);
    }
    for (const auto& [key, value] : node.entries()) {
        check_texts(value, complaints);
    }
}

std::optional<std::string> read_arguments(config::MapReader& map)
{
    const auto node = map.take("arguments");
    if (!node) {
        return std::nullopt;
    }
    if (node->kind() != NodeKind::map) {
        map.complaints().add(node->at(),
                             fmt::format("arguments: expected a map, as calls have it, found {}{}", node->kind_name(),
                                         node->kind() == NodeKind::null ? " (an empty map is written {})" : ""));
        return std::nullopt;
    }
    check_texts(*node, map.complaints());
    return net::dump_json(json_of(*node));
}

ScriptedCall read_call(const Node& node, config::Complaints& complaints)
{
    ScriptedCall call;
    if (node.kind() == NodeKind::scalar && node.text() == "any") {
        return call;
    }
    if (node.kind() != NodeKind::map) {
        complaints.add(
            node.at(),
            fmt::format("a call is `any`, or a map such as {{tool: search, arguments: {{q: x}}}}, "
                        "but this is {}",
                        node.kind() == NodeKind::scalar ? "'" + node.text() + "'" : std::string(node.kind_name())));
        return call;
    }
    config::MapReader map(node, complaints, "call");
    if (const auto tool = map.require("tool")) {
        call.tool = config::read_text(*tool, complaints, "tool").value_or("");
        if (tool->kind() == NodeKind::scalar && call.tool.empty()) {
            complaints.add(tool->at(), "tool: expected a name; `call: any` is for the first that is offered");
        }
    }
    call.arguments = read_arguments(map);
    map.finish();
    return call;
}

std::vector<ScriptedCall> read_calls(const Node& node, config::Complaints& complaints)
{
    std::vector<ScriptedCall> calls;
    if (node.kind() != NodeKind::sequence || node.items().empty() || node.items().size() > most_calls) {
        complaints.add(node.at(), fmt::format("calls: expected a list of 1 to {} calls", most_calls));
        return calls;
    }
    for (const Node& item : node.items()) {
        calls.push_back(read_call(item, complaints));
    }
    return calls;
}

ScriptedTurn read_turn(const Node& node, config::Complaints& complaints)
{
    ScriptedTurn turn;
    config::MapReader map(node, complaints, "turn");
    if (const auto say = map.take("say")) {
        turn.say = config::read_text(*say, complaints, "say").value_or("");
        check_texts(*say, complaints);
    }
    const auto call = map.take("call");
    const auto calls = map.take("calls");
    if (call && calls) {
        complaints.add(map.at("calls"), "a turn has `call` or `calls`, not both");
    } else if (call) {
        turn.calls.push_back(read_call(*call, complaints));
    } else if (calls) {
        turn.calls = read_calls(*calls, complaints);
    } else if (map.valid() && turn.say.empty()) {
        complaints.add(map.at("say"),
                       "a turn says something or calls something: `say: text`, `call: any`, "
                       "`call: {tool: ..., arguments: {...}}` or `calls: [...]`");
    }
    map.finish();
    return turn;
}

}  // namespace

BrainScript read_brain(const Node& node, config::Complaints& complaints)
{
    BrainScript script;
    config::MapReader map(node, complaints, "brain");
    const auto turns = map.require("script");
    map.finish();
    if (!turns) {
        return script;
    }
    if (turns->kind() != NodeKind::sequence || turns->items().empty() || turns->items().size() > most_turns) {
        complaints.add(turns->at(), fmt::format("script: expected a list of 1 to {} turns", most_turns));
        return script;
    }
    for (const Node& item : turns->items()) {
        script.push_back(read_turn(item, complaints));
    }
    return script;
}

}  // namespace chaos::mock_providers
