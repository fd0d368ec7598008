// A scripted brain: what a model says turn by turn, for agents that know nothing of briefs and receipts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/reader.hpp"
#include "wire/chat.hpp"

namespace chaos::mock_providers {

struct ScriptedCall {
    std::string tool;                      ///< empty: the first that is offered
    std::optional<std::string> arguments;  ///< JSON text of an object; nothing: a sample made from the tool's schema
    bool operator==(const ScriptedCall&) const = default;
};

/// Words, calls, or both. A turn without calls hands back to the user.
struct ScriptedTurn {
    std::string say;
    std::vector<ScriptedCall> calls;
    bool operator==(const ScriptedTurn&) const = default;
};

/// The turns in their order. Each that makes no call ends a part: the first part answers the user's first turn, the next
/// one the second, and the last one all that follow.
using BrainScript = std::vector<ScriptedTurn>;

/// Reads `brain:` of a provider: {script: [{say: ...}, {call: ...}, {calls: [...]}]}.
BrainScript read_brain(const config::Node& node, config::Complaints& complaints);

/// The turn that is due, by the conversation alone: the part is that of the newest user turn, the turn in it the number
/// of assistant turns since. Messages of one role in a row are one turn. Null where the script has no more to say.
const ScriptedTurn* due_turn(const BrainScript& script, const wire::ChatRequest& request);
/// The turn after that one, in the same part; null if there is none.
const ScriptedTurn* turn_after(const BrainScript& script, const wire::ChatRequest& request);

/// The word that the task gave: what stands behind "canary" (with a colon or without) in the first user message that has
/// one. Nothing if no user message does: then it was lost, or never given.
std::optional<std::string> task_canary(const wire::ChatRequest& request);

/// A text of the script with its placeholders filled in: {canary} by the task's canary or words that it is missing,
/// {result} by the text of the newest tool result (its first 1000 bytes), {mark} by the mark of the attempt.
std::string filled_in(std::string_view text, const wire::ChatRequest& request, std::string_view attempt_name);

/// The same for every text in a JSON object.
std::string arguments_filled_in(std::string_view arguments, const wire::ChatRequest& request,
                                std::string_view attempt_name);

}  // namespace chaos::mock_providers
