// Writing JSON string literals, and finding the bytes that need no thought.
#include "net/json_literal.hpp"

#include <cstdint>
#include <cstring>

#include "net/json.hpp"
#include "net/utf8.hpp"

namespace chaos::net {

namespace {

/// True for bytes that stand for themselves in a string literal: ASCII but quote, backslash and controls.
bool is_plain(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

/// True if any of eight bytes is not plain. Each term sets the high bit of a byte that is below 0x20, a quote, or a
/// backslash; carries may report a byte too many, never one too few.
bool any_special(std::uint64_t word)
{
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t highs = 0x8080808080808080;
    const std::uint64_t quote = word ^ (ones * '"');
    const std::uint64_t backslash = word ^ (ones * '\\');
    return (((word - ones * 0x20) | (quote - ones) | (backslash - ones) | word) & highs) != 0;
}

void append_escaped(std::string& out, char c)
{
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    out.append("\\u00").append(1, digits[static_cast<unsigned char>(c) >> 4]).append(1, digits[c & 0xf]);
}

/// Appends the special byte or sequence at the front of `text`; returns how many bytes that was.
std::size_t append_special(std::string& out, std::string_view text)
{
    if (static_cast<unsigned char>(text.front()) < 0x80) {
        append_escaped(out, text.front());
        return 1;
    }
    const Utf8Sequence sequence = first_utf8(text);
    out.append(sequence.valid ? text.substr(0, sequence.length) : utf8_replacement);
    return sequence.length;
}

}  // namespace

std::size_t plain_prefix(std::string_view text)
{
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word;
        std::memcpy(&word, text.data() + i, sizeof word);
        if (any_special(word)) {
            break;
        }
    }
    while (i < text.size() && is_plain(text[i])) {
        ++i;
    }
    return i;
}

void append_json_string(std::string& out, std::string_view text)
{
    out.reserve(out.size() + text.size() + 2);
    out += '"';
    while (!text.empty()) {
        const std::size_t plain = plain_prefix(text);
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (!text.empty()) {
            text.remove_prefix(append_special(out, text));
        }
    }
    out += '"';
}

}  // namespace chaos::net
