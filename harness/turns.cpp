#include "harness/turns.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "net/chance.hpp"
#include "net/json.hpp"
#include "wire/json_document.hpp"

namespace chaos::harness {
namespace {

constexpr std::size_t remembered_arguments = 100'000;
constexpr std::size_t label_bytes = 72;

void append_normal(std::string& out, wire::json::Element value);

// A whole double and the integer of the same value are one number to every JSON reader that matters here.
void append_number(std::string& out, double number)
{
    if (std::trunc(number) == number && std::abs(number) < 9e15) {
        fmt::format_to(std::back_inserter(out), "{}", static_cast<std::int64_t>(number));
    } else {
        fmt::format_to(std::back_inserter(out), "{}", number);
    }
}

// Keys sorted; of duplicates the last counts.
void append_object(std::string& out, const simdjson::dom::object& object)
{
    std::map<std::string_view, wire::json::Element> members;
    for (const auto member : object) members.insert_or_assign(member.key, member.value);
    char before = '{';
    for (const auto& [key, value] : members) {
        out += before;
        net::append_json_string(out, key);
        out += ':';
        append_normal(out, value);
        before = ',';
    }
    out += members.empty() ? "{}" : "}";
}

void append_array(std::string& out, const simdjson::dom::array& array)
{
    out += '[';
    bool first = true;
    for (const wire::json::Element item : array) {
        if (!first) out += ',';
        append_normal(out, item);
        first = false;
    }
    out += ']';
}

void append_normal(std::string& out, wire::json::Element value)
{
    if (const auto object = wire::json::object(value)) return append_object(out, *object);
    if (const auto array = wire::json::array(value)) return append_array(out, *array);
    if (const auto text = wire::json::text(value)) return net::append_json_string(out, *text);
    if (value.is_double()) return append_number(out, value.get_double().value_unsafe());
    out += wire::json::dumped(value);
}

std::string_view role_name(wire::Role role)
{
    switch (role) {
        case wire::Role::system: return "system";
        case wire::Role::user: return "user";
        case wire::Role::assistant: return "assistant";
        case wire::Role::tool: return "tool";
    }
    return "?";
}

// Cut on a code point, so that a label is always valid UTF-8.
std::string label_of(std::string_view text)
{
    if (text.size() <= label_bytes) return std::string(text);
    std::size_t end = label_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return std::string(text.substr(0, end)) + "...";
}

}  // namespace

std::string normal_json(std::string_view text)
{
    if (text.empty() || text == "null") return "{}";
    const wire::json::Document document(text, {});
    if (!document.problem().empty()) return std::string(text);
    if (!document.root()) return "{}";
    std::string normal;
    append_normal(normal, *document.root());
    return normal;
}

const std::string& TurnReader::normal_arguments(const std::string& arguments)
{
    const auto known = normal_.find(arguments);
    if (known != normal_.end()) return known->second;
    if (normal_.size() >= remembered_arguments) normal_.clear();
    return normal_.emplace(arguments, normal_json(arguments)).first->second;
}

history::Turn TurnReader::turn_of(const wire::Message& message)
{
    history::Turn turn;
    turn.role = role_name(message.role);
    std::string text = message.text();
    for (const wire::Part& part : message.content) {
        if (part.kind == wire::Part::Kind::image) text += " [image " + part.text + "]";
    }
    for (const wire::ToolCall& call : message.tool_calls) {
        if (!text.empty()) text += ' ';
        text += call.name;
        text += normal_arguments(call.arguments);
    }
    turn.digest = net::stable_hash(text);
    turn.label = label_of(text);
    return turn;
}

std::vector<history::Turn> TurnReader::turns_of(const std::vector<wire::Message>& messages)
{
    std::vector<history::Turn> turns;
    turns.reserve(messages.size());
    for (const wire::Message& message : messages) turns.push_back(turn_of(message));
    return turns;
}

}  // namespace chaos::harness
