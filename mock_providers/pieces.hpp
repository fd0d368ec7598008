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

/// The pieces one after the other: Start, content, Finish, a usage report if asked for, Done. The answer, which must outlive
/// this, is all the memory they take.
class PieceReader {
public:
    PieceReader(const wire::ChatAnswer& answer, bool include_usage) : answer_(answer), include_usage_(include_usage) {}
    /// Nothing after Done.
    std::optional<Piece> next();

private:
    enum class Part { start, reasoning, text, refusal, calls, finish, usage, done, over };

    std::optional<Piece> once(wire::Delta delta);
    template <class Delta>
    std::optional<Piece> next_token(const std::string& text);
    std::optional<Piece> next_of_call();
    std::optional<Piece> next_in_part();

    const wire::ChatAnswer& answer_;
    bool include_usage_;
    Part part_ = Part::start;
    std::size_t call_ = 0;
    bool call_begun_ = false;
    std::size_t at_ = 0;  ///< in the text, or in the arguments; of a part of one piece: 1 once it was given
};

/// All of them.
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
