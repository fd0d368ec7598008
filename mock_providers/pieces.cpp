// Where a stream is divided: text before its spaces, arguments every few bytes.
#include "mock_providers/pieces.hpp"

#include <algorithm>

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

void add_call(std::vector<Piece>& pieces, const wire::ToolCall& call, int index)
{
    pieces.push_back({wire::delta::Call{index, call.id, call.name, ""}, true, false});
    for (std::size_t at = 0; at < call.arguments.size();) {
        const std::size_t end = fragment_end(call.arguments, at);
        pieces.push_back({wire::delta::Call{index, "", "", call.arguments.substr(at, end - at)}, true, true});
        at = end;
    }
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
        const std::size_t end = std::min(text.find(' ', 1), text.size());
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

std::vector<Piece> pieces_of(const wire::ChatAnswer& answer, bool include_usage)
{
    std::vector<Piece> pieces;
    pieces.push_back({wire::delta::Start{answer.id, answer.model, answer.created}});
    for (const std::string_view token : tokens_of(answer.reasoning)) {
        pieces.push_back({wire::delta::Reasoning{std::string(token)}, true});
    }
    for (const std::string_view token : tokens_of(answer.text)) {
        pieces.push_back({wire::delta::Text{std::string(token)}, true});
    }
    for (const std::string_view token : tokens_of(answer.refusal)) {
        pieces.push_back({wire::delta::Refusal{std::string(token)}, true});
    }
    int index = 0;
    for (const wire::ToolCall& call : answer.tool_calls) {
        add_call(pieces, call, index);
        ++index;
    }
    pieces.push_back({wire::delta::Finish{answer.finish, answer.finish_text}});
    if (include_usage && answer.usage) {
        pieces.push_back({wire::delta::UsageReport{*answer.usage}});
    }
    pieces.push_back({wire::delta::Done{}});
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
