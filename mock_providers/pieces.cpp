// Where a stream is divided: text before its spaces, arguments every few bytes.
#include "mock_providers/pieces.hpp"

#include <algorithm>
#include <utility>

namespace chaos::mock_providers {

namespace {

constexpr std::size_t fragment_bytes = 24;

/// The end of the fragment that begins at `begin`, not inside a UTF-8 sequence.
std::size_t fragment_end(std::string_view arguments, std::size_t begin)
{
    std::size_t end = std::min(begin + fragment_bytes, arguments.size());
    while (end < arguments.size() && (static_cast<unsigned char>(arguments[end]) & 0xC0U) == 0x80U) {
        ++end;
    }
    return end;
}

/// Where the token that begins at `begin` ends: before the next space.
std::size_t token_end(std::string_view text, std::size_t begin)
{
    return std::min(text.find(' ', begin + 1), text.size());
}

/// Its head, and every fragment of its arguments.
std::int64_t tokens_of_call(const wire::ToolCall& call)
{
    std::int64_t count = 1;
    for (std::size_t at = 0; at < call.arguments.size(); at = fragment_end(call.arguments, at)) {
        ++count;
    }
    return count;
}

void keep_fragments(std::string& arguments, std::int64_t fragments)
{
    std::size_t end = 0;
    for (; fragments > 0 && end < arguments.size(); --fragments) {
        end = fragment_end(arguments, end);
    }
    arguments.resize(end);
}

}  // namespace

std::vector<std::string_view> tokens_of(std::string_view text)
{
    std::vector<std::string_view> tokens;
    while (!text.empty()) {
        const std::size_t end = token_end(text, 0);
        tokens.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return tokens;
}

std::string first_tokens(std::string_view text, std::int64_t tokens)
{
    const auto all = tokens_of(text);
    if (tokens >= static_cast<std::int64_t>(all.size())) {
        return std::string(text);
    }
    const auto first_beyond = all[static_cast<std::size_t>(std::max<std::int64_t>(tokens, 0))];
    return std::string(text.substr(0, static_cast<std::size_t>(first_beyond.data() - text.data())));
}

void keep_tokens(wire::ChatAnswer& answer, std::int64_t tokens)
{
    for (std::string* text : {&answer.reasoning, &answer.text, &answer.refusal}) {
        *text = first_tokens(*text, tokens);
        tokens -= static_cast<std::int64_t>(tokens_of(*text).size());
    }
    std::size_t calls = 0;
    for (; calls < answer.tool_calls.size() && tokens > 0; ++calls) {
        wire::ToolCall& call = answer.tool_calls[calls];
        keep_fragments(call.arguments, tokens - 1);
        tokens -= tokens_of_call(call);
    }
    answer.tool_calls.resize(calls);
}

std::optional<Piece> PieceReader::next()
{
    while (part_ != Part::over) {
        std::optional<Piece> piece = next_in_part();
        if (piece) return piece;
        part_ = static_cast<Part>(static_cast<int>(part_) + 1);
        at_ = 0;
    }
    return std::nullopt;
}

/// Nothing: the part is over.
std::optional<Piece> PieceReader::next_in_part()
{
    switch (part_) {
        case Part::start:
            return once(wire::delta::Start{answer_.id, answer_.model, answer_.created});
        case Part::reasoning:
            return next_token<wire::delta::Reasoning>(answer_.reasoning);
        case Part::text:
            return next_token<wire::delta::Text>(answer_.text);
        case Part::refusal:
            return next_token<wire::delta::Refusal>(answer_.refusal);
        case Part::calls:
            return next_of_call();
        case Part::finish:
            return once(wire::delta::Finish{answer_.finish, answer_.finish_text});
        case Part::usage:
            return include_usage_ && answer_.usage ? once(wire::delta::UsageReport{*answer_.usage}) : std::nullopt;
        case Part::done:
            return once(wire::delta::Done{});
        case Part::over:
            break;
    }
    return std::nullopt;
}

std::optional<Piece> PieceReader::once(wire::Delta delta)
{
    return std::exchange(at_, 1) == 0 ? std::optional(Piece{std::move(delta)}) : std::nullopt;
}

template <class Delta>
std::optional<Piece> PieceReader::next_token(const std::string& text)
{
    if (at_ == text.size()) return std::nullopt;
    const std::size_t begin = std::exchange(at_, token_end(text, at_));
    return Piece{Delta{text.substr(begin, at_ - begin)}, true};
}

/// A call's head, then its arguments in fragments; then the next call.
std::optional<Piece> PieceReader::next_of_call()
{
    if (call_ == answer_.tool_calls.size()) return std::nullopt;
    const wire::ToolCall& call = answer_.tool_calls[call_];
    const int index = static_cast<int>(call_);
    Piece piece{wire::delta::Call{index, call.id, call.name, ""}, true};
    if (std::exchange(call_begun_, true)) {
        const std::size_t begin = std::exchange(at_, fragment_end(call.arguments, at_));
        piece = Piece{wire::delta::Call{index, "", "", call.arguments.substr(begin, at_ - begin)}, true, true};
    }
    if (at_ == call.arguments.size()) {
        ++call_;
        call_begun_ = false;
        at_ = 0;
    }
    return piece;
}

std::vector<Piece> pieces_of(const wire::ChatAnswer& answer, bool include_usage)
{
    std::vector<Piece> pieces;
    PieceReader reader(answer, include_usage);
    while (auto piece = reader.next()) pieces.push_back(std::move(*piece));
    return pieces;
}

std::int64_t count_tokens(const wire::ChatAnswer& answer)
{
    std::int64_t count = 0;
    for (const std::string* text : {&answer.reasoning, &answer.text, &answer.refusal}) {
        count += static_cast<std::int64_t>(tokens_of(*text).size());
    }
    for (const wire::ToolCall& call : answer.tool_calls) {
        count += tokens_of_call(call);
    }
    return count;
}

}  // namespace chaos::mock_providers
