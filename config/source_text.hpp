// The text of a file before anybody parses it: is it text at all, and where is which byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"

namespace chaos::config {

/// Files beyond this are refused; a scenario is a page, and the parser's cost is not linear in odd input.
inline constexpr std::size_t max_file_bytes = 1024 * 1024;

/// Why `text` is refused before parsing (too large, not UTF-8, control characters), or nothing.
struct TextProblem {
    Position at;
    std::string text;
};
std::optional<TextProblem> text_problem(std::string_view text);

/// Turns line and byte into positions as editors count them: columns are characters, not bytes.
class LineIndex {
public:
    /// `text` must outlive the index.
    explicit LineIndex(std::string_view text);

    /// The position of byte `byte` of line `line`, both from 0; beyond the end: the end.
    Position at(std::size_t line, std::size_t byte) const;
    /// The same place as an offset into the text.
    std::size_t offset(std::size_t line, std::size_t byte) const;
    /// The first character of the last line before line `line` that holds more than blanks and a comment.
    Position content_before(std::size_t line) const;

private:
    std::string_view line_text(std::size_t line) const;

    std::string_view text_;
    std::vector<std::size_t> starts_;
};

}  // namespace chaos::config
