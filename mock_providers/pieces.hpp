// An answer in the pieces a stream brings: the role, token after token, the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/chat.hpp"

namespace chaos::mock_providers {

struct Piece {
    wire::Delta delta;
    bool token = false;                                        ///< content that takes time to generate
    bool inside_call = false;                                  ///< a fragment of a call's arguments
    std::optional<wire::delta::Finish> finish = std::nullopt;  ///< said in the same event, which has a place for it
};

/// Start, content, Finish, a usage report if asked for, Done.
std::vector<Piece> pieces_of(const wire::ChatAnswer& answer, bool include_usage);

/// Text split before its spaces, so that the pieces joined are the text.
std::vector<std::string_view> tokens_of(std::string_view text);

/// The first `tokens` of them, joined.
std::string first_tokens(std::string_view text, std::int64_t tokens);

/// Cuts the answer off after its first `tokens`: reasoning, text, refusal, then call after call, of which the last may
/// keep a part of its arguments.
void keep_tokens(wire::ChatAnswer& answer, std::int64_t tokens);

/// How many pieces of an answer are tokens.
std::int64_t count_tokens(const wire::ChatAnswer& answer);

}  // namespace chaos::mock_providers
