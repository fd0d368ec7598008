// Counting turns, and filling in what a script leaves open.
#include "mock_providers/brain_script.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mock_providers/brief.hpp"
#include "mock_providers/words.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view canary_word = "canary";
constexpr std::string_view no_canary = "(no canary in this conversation)";
constexpr std::string_view no_result = "(no tool result in this conversation)";
constexpr std::size_t longest_result = 1000;

/// Where a conversation stands: how many turns the user has had, and the assistant since the newest of them.
struct Place {
    std::size_t user_turns = 0;
    std::size_t assistant_turns = 0;
};

Place place_in(const wire::ChatRequest& request)
{
    Place place;
    wire::Role before = wire::Role::system;
    for (const wire::Message& message : request.messages) {
        if (message.role == wire::Role::user && before != wire::Role::user) {
            ++place.user_turns;
            place.assistant_turns = 0;
        }
        if (message.role == wire::Role::assistant && before != wire::Role::assistant) {
            ++place.assistant_turns;
        }
        before = message.role;
    }
    return place;
}

/// Where the nth part begins (from 1); of a script with fewer parts the last.
std::size_t begin_of_part(const BrainScript& script, std::size_t nth)
{
    std::size_t begin = 0;
    std::size_t part = 1;
    for (std::size_t turn = 0; part < nth && turn + 1 < script.size(); ++turn) {
        if (script[turn].calls.empty()) {
            begin = turn + 1;
            ++part;
        }
    }
    return begin;
}

const ScriptedTurn* turn_in_part(const BrainScript& script, std::size_t begin, std::size_t nth)
{
    for (std::size_t turn = begin; turn < script.size(); ++turn) {
        if (turn == begin + nth) {
            return &script[turn];
        }
        if (script[turn].calls.empty()) {
            break;
        }
    }
    return nullptr;
}

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The word behind "canary", if this text has both.
std::optional<std::string> canary_in(std::string_view text)
{
    std::string small(text);
    std::transform(small.begin(), small.end(), small.begin(), lower);
    for (std::size_t at = small.find(canary_word); at != std::string::npos; at = small.find(canary_word, at + 1)) {
        std::size_t begin = at + canary_word.size();
        begin += begin < text.size() && text[begin] == ':' ? 1 : 0;
        if (begin >= text.size() || text[begin] != ' ') {
            continue;
        }
        begin = std::min(text.find_first_not_of(' ', begin), text.size());
        std::size_t end = begin;
        while (end < text.size() && is_token_character(text[end])) {
            ++end;
        }
        while (end > begin && text[end - 1] == '.') {
            --end;  // the sentence's, not the word's
        }
        if (end > begin) {
            return std::string(text.substr(begin, end - begin));
        }
    }
    return std::nullopt;
}

std::string newest_result(const wire::ChatRequest& request)
{
    for (auto message = request.messages.rbegin(); message != request.messages.rend(); ++message) {
        if (message->role == wire::Role::tool) {
            const std::string text = message->text();
            std::size_t end = std::min(text.size(), longest_result);
            while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
                --end;  // never in the middle of a character
            }
            return text.substr(0, end);
        }
    }
    return std::string(no_result);
}

}  // namespace

const ScriptedTurn* due_turn(const BrainScript& script, const wire::ChatRequest& request)
{
    const Place place = place_in(request);
    return turn_in_part(script, begin_of_part(script, place.user_turns), place.assistant_turns);
}

const ScriptedTurn* turn_after(const BrainScript& script, const wire::ChatRequest& request)
{
    const Place place = place_in(request);
    return turn_in_part(script, begin_of_part(script, place.user_turns), place.assistant_turns + 1);
}

std::optional<std::string> task_canary(const wire::ChatRequest& request)
{
    for (const wire::Message& message : request.messages) {
        if (message.role != wire::Role::user) {
            continue;
        }
        if (auto canary = canary_in(message.text())) {
            return canary;
        }
    }
    return std::nullopt;
}

std::string filled_in(std::string_view text, const wire::ChatRequest& request, std::string_view attempt_name)
{
    std::string result;
    while (!text.empty()) {
        const std::size_t open = std::min(text.find('{'), text.size());
        result += text.substr(0, open);
        text.remove_prefix(open);
        if (text.starts_with("{canary}")) {
            result += task_canary(request).value_or(std::string(no_canary));
            text.remove_prefix(std::string_view("{canary}").size());
        } else if (text.starts_with("{result}")) {
            result += newest_result(request);
            text.remove_prefix(std::string_view("{result}").size());
        } else if (text.starts_with("{mark}")) {
            result += mark(attempt_name);
            text.remove_prefix(std::string_view("{mark}").size());
        } else if (!text.empty()) {
            result += text.front();
            text.remove_prefix(1);
        }
    }
    return result;
}

namespace {

Json with_texts_filled_in(const Json& value, const wire::ChatRequest& request, std::string_view attempt_name)
{
    if (value.is_string()) {
        return Json(filled_in(std::string_view(value.get_ref<const std::string&>()), request, attempt_name));
    }
    Json result = value;
    if (value.is_structured()) {
        for (Json& inner : result) {
            inner = with_texts_filled_in(Json(inner), request, attempt_name);
        }
    }
    return result;
}

}  // namespace

std::string arguments_filled_in(std::string_view arguments, const wire::ChatRequest& request,
                                std::string_view attempt_name)
{
    const auto parsed = net::parse_json(arguments);
    return parsed ? net::dump_json(with_texts_filled_in(*parsed, request, attempt_name)) : std::string(arguments);
}

}  // namespace chaos::mock_providers
