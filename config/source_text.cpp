// Checks on raw text and the index of its lines.
#include "config/source_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chaos::config {

namespace {

bool is_continuation(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// The bytes of the UTF-8 sequence at the start of `rest`, or 0 if it is malformed (RFC 3629: no overlong forms, no
/// surrogates, nothing above U+10FFFF).
std::size_t utf8_sequence(std::string_view rest)
{
    auto byte = [&](std::size_t i) { return i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0u; };
    auto follows = [&](std::size_t i) { return i < rest.size() && is_continuation(rest[i]); };
    unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        bool overlong = first == 0xE0 && byte(1) < 0xA0;
        bool surrogate = first == 0xED && byte(1) > 0x9F;
        return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        bool overlong = first == 0xF0 && byte(1) < 0x90;
        bool too_high = first == 0xF4 && byte(1) > 0x8F;
        return follows(1) && follows(2) && follows(3) && !overlong && !too_high ? 4 : 0;
    }
    return 0;
}

bool is_forbidden_control(char c)
{
    auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

}  // namespace

std::optional<TextProblem> text_problem(std::string_view text)
{
    if (text.size() > max_file_bytes) return TextProblem{{}, "the file is larger than 1 MiB"};
    Position at;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t bytes = utf8_sequence(text.substr(i));
        auto byte = static_cast<unsigned char>(text[i]);
        if (bytes == 0) return TextProblem{at, fmt::format("the file is not UTF-8 text (byte 0x{:02x})", byte)};
        if (is_forbidden_control(text[i])) {
            return TextProblem{at, fmt::format("the file is not text (control character 0x{:02x})", byte)};
        }
        at = text[i] == '\n' ? Position{at.line + 1, 1} : Position{at.line, at.column + 1};
        i += bytes;
    }
    return std::nullopt;
}

LineIndex::LineIndex(std::string_view text) : text_(text), starts_{0}
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n') starts_.push_back(i + 1);
    }
}

std::string_view LineIndex::line_text(std::size_t line) const
{
    std::size_t start = starts_[line];
    std::size_t end = line + 1 < starts_.size() ? starts_[line + 1] - 1 : text_.size();
    return text_.substr(start, end - start);
}

Position LineIndex::at(std::size_t line, std::size_t byte) const
{
    line = std::min(line, starts_.size() - 1);
    std::string_view before = line_text(line).substr(0, byte);
    auto continuations = std::count_if(before.begin(), before.end(), is_continuation);
    return {static_cast<int>(line) + 1, static_cast<int>(before.size() - static_cast<std::size_t>(continuations)) + 1};
}

std::size_t LineIndex::offset(std::size_t line, std::size_t byte) const
{
    line = std::min(line, starts_.size() - 1);
    return starts_[line] + std::min(byte, line_text(line).size());
}

Position LineIndex::content_before(std::size_t line) const
{
    line = std::min(line, starts_.size());
    while (line > 0) {
        --line;
        std::size_t first = line_text(line).find_first_not_of(" \t\r");
        if (first != std::string_view::npos && line_text(line)[first] != '#') return at(line, first);
    }
    return {};
}

}  // namespace chaos::config
