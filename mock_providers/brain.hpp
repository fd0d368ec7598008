// The brain: what a model says next, as a pure function of the conversation it is sent and the name of the attempt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mock_providers/brain_script.hpp"
#include "mock_providers/brief.hpp"
#include "wire/chat.hpp"

namespace chaos::mock_providers {

/// What a conversation says about its task. Receipts count as they are seen, right or wrong, lost or not: the brain has
/// no other memory, so harm done to the conversation on its way shows in what it does next.
struct Situation {
    std::optional<Brief> brief;  ///< nothing: a stranger's conversation
    int step = 0;                ///< the lowest step without a receipt; steps + 1: all are there; 0: a stranger's
    std::vector<std::string> canaries;  ///< of steps 1, 2, ... as seen in tool results; empty: none yet
    bool any_result = false;            ///< the conversation holds a tool result
    bool after_tool = false;            ///< its last message is one

    bool all_done() const { return brief && step > brief->steps; }
};
Situation understand(const wire::ChatRequest& request);

/// The next turn, without `created`. With a brief: the call of the step that is due, or at the end the digest over the
/// canaries as seen. Without: a friendly model that calls the first offered tool once and then answers.
/// Every answer bears the attempt's mark, in its text or in a text argument. `answer_tokens`: length of the filler in
/// answers. An answer longer than the request's max_tokens ends with finish reason length.
/// Ids come without the vendor's prefix. With a script it is the script's turn, which bears a mark only where the script
/// has one; a call of a tool that was not offered becomes words about it, and where the script has no more to say the
/// friendly model thanks.
wire::ChatAnswer next_turn(const Situation& situation, const wire::ChatRequest& request, std::string_view attempt_name,
                           std::int64_t answer_tokens, const BrainScript& script = {});

/// The call of the step after the one that is due, in the words of the same attempt; without a brief, a second call of
/// the same tool; with a script, the first call of its next turn. Nothing if there is no such step, tool or turn.
std::optional<wire::ToolCall> following_call(const Situation& situation, const wire::ChatRequest& request,
                                             std::string_view attempt_name, const BrainScript& script = {});

/// About one token for four bytes, plus four a message: the usual rule of thumb, and equal everywhere.
std::int64_t estimate_tokens(const wire::ChatRequest& request);

}  // namespace chaos::mock_providers
