// One function a rule.
#include "mock_providers/strictness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace chaos::mock_providers {

namespace {

const std::vector<std::pair<std::string, Strictness>> names = {{"empty_turns", Strictness::empty_turns},
                                                               {"repeated_roles", Strictness::repeated_roles},
                                                               {"foreign_ids", Strictness::foreign_ids}};

bool is_empty_turn(const wire::Message& message)
{
    return message.role == wire::Role::assistant && message.content.empty() && message.tool_calls.empty();
}

/// Whether two turns of one side follow each other. Results of tools are neither side's.
bool repeats_a_role(const wire::ChatRequest& request)
{
    std::optional<wire::Role> before;
    for (const wire::Message& message : request.messages) {
        const bool spoken = message.role == wire::Role::user || message.role == wire::Role::assistant;
        if (spoken && before == message.role) return true;
        before = spoken ? std::optional(message.role) : std::nullopt;
    }
    return false;
}

bool is_own_id(const std::string& id)
{
    const auto is_sign = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return id.size() == 9 && std::all_of(id.begin(), id.end(), is_sign);
}

std::optional<std::string> foreign_id(const wire::ChatRequest& request)
{
    for (const wire::Message& message : request.messages) {
        for (const wire::ToolCall& call : message.tool_calls) {
            if (!is_own_id(call.id)) return call.id;
        }
    }
    return std::nullopt;
}

std::optional<std::string> objection(Strictness rule, const wire::ChatRequest& request)
{
    switch (rule) {
        case Strictness::empty_turns:
            if (std::any_of(request.messages.begin(), request.messages.end(), is_empty_turn)) {
                return "Assistant message must have either content or tool_calls, but not none.";
            }
            break;
        case Strictness::repeated_roles:
            if (repeats_a_role(request)) return "Conversation roles must alternate user/assistant/user/assistant/...";
            break;
        case Strictness::foreign_ids:
            if (const auto id = foreign_id(request)) {
                return fmt::format("Tool call id was {} but must be a-z, A-Z, 0-9, with a length of 9.", *id);
            }
            break;
    }
    return std::nullopt;
}

}  // namespace

std::vector<std::string> strictness_names()
{
    std::vector<std::string> words;
    for (const auto& [word, rule] : names) words.push_back(word);
    return words;
}

Strictness strictness(const std::string& name)
{
    return std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == name; })->second;
}

std::optional<std::string> objection(const std::vector<Strictness>& strict, const wire::ChatRequest& request)
{
    for (const Strictness rule : strict) {
        if (auto sentence = objection(rule, request)) return sentence;
    }
    return std::nullopt;
}

}  // namespace chaos::mock_providers
