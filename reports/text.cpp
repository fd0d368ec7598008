// Cleans, cuts and wraps text.
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace chaos::reports {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

bool is_continuation(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::size_t announced_length(unsigned char first)
{
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return 2;
    if (first >= 0xE0 && first <= 0xEF) return 3;
    if (first >= 0xF0 && first <= 0xF4) return 4;
    return 0;
}

/// Overlong forms, surrogates, what lies beyond U+10FFFF, and the two that XML forbids.
bool is_allowed(std::uint32_t character, std::size_t length)
{
    if (length == 3 && character < 0x800) return false;
    if (length == 4 && character < 0x10000) return false;
    if (character >= 0xD800 && character <= 0xDFFF) return false;
    return character <= 0x10FFFF && character != 0xFFFE && character != 0xFFFF;
}

/// Length of the well-formed character at the front of `text`, 0 if there is none.
std::size_t character_length(std::string_view text)
{
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = announced_length(first);
    if (length <= 1) return length;
    if (text.size() < length) return 0;
    std::uint32_t character = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(text[i])) return 0;
        character = (character << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    return is_allowed(character, length) ? length : 0;
}

bool is_control(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7F;
}

/// Bytes of the first `count` characters of clean text.
std::size_t bytes_of(std::string_view text, std::size_t count)
{
    std::size_t at = 0;
    while (at < text.size() && count > 0) {
        ++at;
        while (at < text.size() && is_continuation(text[at])) ++at;
        --count;
    }
    return at;
}

/// Appends words to lines of a fixed width.
class Wrapper {
public:
    Wrapper(std::size_t indent, std::size_t room) : indent_(indent), room_(room) {}

    void word(std::string_view word)
    {
        const std::size_t needed = columns(word) + (used_ > 0 ? 1 : 0);
        if (used_ > 0 && used_ + needed > room_) {
            line_break();
        } else if (used_ > 0) {
            put(" ");
        }
        while (columns(word) > room_ - used_) {
            const std::size_t fits = bytes_of(word, room_ - used_);
            put(word.substr(0, fits));
            word.remove_prefix(fits);
            line_break();
        }
        put(word);
    }
    void line_break()
    {
        out_ += '\n';
        out_.append(indent_, ' ');
        used_ = 0;
    }
    std::string take() { return std::move(out_); }

private:
    void put(std::string_view text)
    {
        out_ += text;
        used_ += columns(text);
    }

    std::size_t indent_;
    std::size_t room_;
    std::size_t used_ = 0;
    std::string out_;
};

}  // namespace

std::string clean(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        if (length == 0) {
            out += replacement;
        } else if (!is_control(text.front())) {
            out += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::string one_line(std::string_view text, std::size_t most)
{
    std::string line = clean(text);
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    if (columns(line) <= most) return line;
    line.resize(bytes_of(line, most - 1));
    return line + "…";
}

std::size_t columns(std::string_view text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width)
{
    constexpr std::size_t narrowest = 20;  // below it nothing can be read anyway
    Wrapper wrapper(indent, std::max(width, indent + narrowest) - indent);
    const std::string cleaned = clean(text);
    std::string_view rest = cleaned;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find_first_of(" \t\n"), rest.size());
        if (end > 0) wrapper.word(rest.substr(0, end));
        if (end < rest.size() && rest[end] == '\n') wrapper.line_break();
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return wrapper.take();
}

std::string events_in_words(const history::Finding& finding, std::size_t most)
{
    if (finding.events.empty()) return "";
    const std::size_t shown = std::min(finding.events.size(), most);
    const auto first = finding.events.begin();
    return fmt::format("event{} {}{}", finding.events.size() == 1 ? "" : "s",
                       fmt::join(first, first + static_cast<std::ptrdiff_t>(shown), ", "),
                       shown < finding.events.size() ? ", ..." : "");
}

std::string decimal_seconds(net::Duration duration)
{
    const auto count = std::chrono::round<std::chrono::milliseconds>(duration).count();
    return fmt::format("{}{}.{:03}", count < 0 ? "-" : "", std::abs(count) / 1000, std::abs(count) % 1000);
}

}  // namespace chaos::reports
