#include "harness/turns.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "net/chance.hpp"
#include "net/json.hpp"

namespace chaos::harness {
namespace {

constexpr std::size_t remembered_arguments = 100'000;
constexpr std::size_t label_bytes = 72;

// A whole double and the integer of the same value are one number to every JSON reader that matters here.
nlohmann::json with_integers(const nlohmann::ordered_json& value)
{
    if (value.is_object()) {
        nlohmann::json sorted = nlohmann::json::object();
        for (const auto& [key, member] : value.items()) sorted[key] = with_integers(member);
        return sorted;
    }
    if (value.is_array()) {
        nlohmann::json items = nlohmann::json::array();
        for (const auto& item : value) items.push_back(with_integers(item));
        return items;
    }
    if (value.is_number_float()) {
        const double number = value.get<double>();
        if (std::trunc(number) == number && std::abs(number) < 9e15) return static_cast<std::int64_t>(number);
        return number;
    }
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    if (value.is_number_integer()) return value.get<std::int64_t>();
    return nullptr;
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
    const auto tree = net::parse_json(text);
    if (!tree) return std::string(text);
    return with_integers(*tree).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
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
