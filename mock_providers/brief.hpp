// The brief of a task: the words that agents, brains and tool servers share, so that any provider can take over anywhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/chat.hpp"

namespace chaos::mock_providers {

/// Everything a brain needs to know, and all of it stands in the first user message.
struct Brief {
    std::string run;    ///< generation of the run, word-like; late traffic of another run is a stray
    std::string task;   ///< task token, word-like, contains the run: "amber-otter-t07"
    int steps = 0;
    std::vector<std::string> tools;  ///< the tool of step n is tools[(n-1) % size]
};

/// Word-like, derived from (seed, number); unique per task of a run.
std::string run_token(std::uint64_t seed);
std::string task_token(std::string_view run, int number);

/// The first user message of a task, and the brief found again in a conversation (anywhere in its user messages).
std::string task_text(const Brief& brief);
std::optional<Brief> find_brief(const wire::ChatRequest& request);
std::optional<Brief> find_brief(std::string_view user_text);

/// What the tool of `step` returns when it worked: a sentence around the canary.
std::string canary(const Brief& brief, int step);
std::string tool_result_text(std::string_view task, int step);
/// The answer a finished task must give: a digest over every canary, word-like.
std::string expected_digest(const Brief& brief);

/// "task/step/call": identity of an effect; never the tool call's id, and not the arguments.
std::string effect_token(std::string_view task, int step, int call);
struct EffectIdentity {
    std::string task;
    int step = 0;
    int call = 0;
};
std::optional<EffectIdentity> parse_effect_token(std::string_view token);

/// The mark of an attempt in whatever the brain says besides, and every mark found in a text.
std::string mark(std::string_view attempt_name);
std::vector<std::string> find_marks(std::string_view text);

}  // namespace chaos::mock_providers
