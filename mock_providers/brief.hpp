// The brief of a task: the words that agents, brains and tool servers share, so that any provider can take over
// anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/chat.hpp"

namespace chaos::mock_providers {

/// Everything a brain needs to know, and all of it stands in the first user message.
struct Brief {
    std::string run;   ///< generation of the run, word-like; late traffic of another run is a stray
    std::string task;  ///< task token, word-like, contains the run: "quiet-amber-otter-t07"
    int steps = 0;
    std::vector<std::string> tools;  ///< the tool of step n is tools[(n-1) % size]
    bool operator==(const Brief&) const = default;
};

/// Word-like, derived from (seed, number); unique per task of a run.
std::string run_token(std::uint64_t seed);
std::string task_token(std::string_view run, int number);
/// The run a task token belongs to: "quiet-amber-otter" of "quiet-amber-otter-t07"; empty if it is no task token.
std::string_view run_of(std::string_view task);
/// Its number: 7 of "quiet-amber-otter-t07"; nothing if it is no task token.
std::optional<std::int64_t> task_number(std::string_view task);
/// The tool of `step`, from 1; empty if the brief names no tools.
std::string_view tool_of(const Brief& brief, int step);

/// The first user message of a task, and the brief found again in a conversation (anywhere in its user messages; of
/// several, the newest).
std::string task_text(const Brief& brief);
std::optional<Brief> find_brief(const wire::ChatRequest& request);
std::optional<Brief> find_brief(std::string_view user_text);

/// What only the tool of `step` knows, and the sentence around it that the tool returns when it worked.
std::string canary(const Brief& brief, int step);
std::string canary(std::string_view task, int step);
std::string tool_result_text(std::string_view task, int step);
/// One such sentence, as found in a tool result.
struct Receipt {
    std::string task;
    int step = 0;
    std::string canary;
    bool operator==(const Receipt&) const = default;
};
/// Every receipt in a text, in its order.
std::vector<Receipt> find_receipts(std::string_view text);

/// What an agent writes as the result of a call whose reply was lost: it may have happened.
inline constexpr std::string_view lost_reply_text = "The reply was lost: whether it happened is unknown.";

/// A digest over canaries in the order of steps, word-like.
std::string digest_over(const std::vector<std::string>& canaries);
/// The answer a finished task must give: the digest over every canary.
std::string expected_digest(const Brief& brief);
/// True if `token` stands in `text` as a whole word, not as a part of a longer token.
bool contains_token(std::string_view text, std::string_view token);

/// "task/step/call": identity of an effect; never the tool call's id, and not the arguments.
std::string effect_token(std::string_view task, int step, int call);
struct EffectIdentity {
    std::string task;
    int step = 0;
    int call = 0;
};
std::optional<EffectIdentity> parse_effect_token(std::string_view token);

/// The mark of an attempt in whatever the brain says besides: "(as primary-17)" for the attempt "primary#17". Plain
/// characters only, so that it survives JSON escaping.
std::string mark(std::string_view attempt_name);
/// The names of the attempts whose marks stand in a text ("primary#17"), each once, in the order of their first marks.
std::vector<std::string> find_marks(std::string_view text);

}  // namespace chaos::mock_providers
