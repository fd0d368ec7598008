// JSON with limits: a validator that never recurses, in front of nlohmann/json; and a fast writer of string literals.
#include "net/json.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace chaos::net {

namespace {

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_continuation(char c)
{
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

struct Sequence {
    bool valid = false;
    std::size_t length = 1;  ///< of an invalid one: its maximal prefix, which one U+FFFD replaces (Unicode 15, 3.9)
};

/// The UTF-8 sequence at the front of `text` (not empty), by table 3-7 of the Unicode standard.
Sequence decode_utf8(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) {
        return {true, 1};
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return {false, 1};
    }
    const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (text.size() < 2 || byte(1) < low || byte(1) > high) {
        return {false, 1};
    }
    for (std::size_t i = 2; i < length; ++i) {
        if (i >= text.size() || !is_continuation(text[i])) {
            return {false, i};
        }
    }
    return {true, length};
}

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

/// How many plain bytes `text` starts with.
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

/// One pass over a text: a state machine with an explicit stack of open brackets.
class Validator {
public:
    Validator(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

    std::string problem()
    {
        if (text_.size() > limits_.max_bytes) {
            return "larger than " + std::to_string(limits_.max_bytes) + " bytes";
        }
        while (problem_.empty() && !(expect_ == Expect::end && at_end())) {
            step();
        }
        return problem_;
    }

private:
    enum class Expect { value, value_or_end, key, key_or_end, comma_or_end, end };

    struct Level {
        bool object = false;
        std::size_t members = 0;
    };

    void step()
    {
        if (at_end()) {
            fail(text_.find_first_not_of(" \t\r\n") == std::string_view::npos ? "empty" : "ends in the middle");
            return;
        }
        switch (expect_) {
            case Expect::value:
                value();
                break;
            case Expect::value_or_end:
                next() == ']' ? close() : value();
                break;
            case Expect::key:
                key();
                break;
            case Expect::key_or_end:
                next() == '}' ? close() : key();
                break;
            case Expect::comma_or_end:
                comma_or_end();
                break;
            case Expect::end:
                fail("something follows the value");
                break;
        }
    }

    void value()
    {
        switch (next()) {
            case '{':
                open(true);
                break;
            case '[':
                open(false);
                break;
            case '"':
                string();
                after_value();
                break;
            case 't':
                literal("true");
                break;
            case 'f':
                literal("false");
                break;
            case 'n':
                literal("null");
                break;
            default:
                number();
                break;
        }
    }

    void open(bool object)
    {
        if (levels_.size() >= limits_.max_depth) {
            problem_ = "nested deeper than " + std::to_string(limits_.max_depth);
            return;
        }
        ++at_;
        levels_.push_back({object, 0});
        expect_ = object ? Expect::key_or_end : Expect::value_or_end;
    }

    void close()
    {
        ++at_;
        levels_.pop_back();
        after_value();
    }

    void after_value() { expect_ = levels_.empty() ? Expect::end : Expect::comma_or_end; }

    void comma_or_end()
    {
        const bool object = levels_.back().object;
        if (next() == (object ? '}' : ']')) {
            close();
        } else if (next() == ',') {
            ++at_;
            expect_ = object ? Expect::key : Expect::value;
        } else {
            fail(object ? "expected ',' or '}'" : "expected ',' or ']'");
        }
    }

    void key()
    {
        if (next() != '"') {
            return fail("expected a member name in quotes");
        }
        if (++levels_.back().members > limits_.max_members) {
            problem_ = "an object with more than " + std::to_string(limits_.max_members) + " members";
            return;
        }
        string();
        if (!problem_.empty()) {
            return;
        }
        if (at_end() || next() != ':') {
            return fail("expected ':'");
        }
        ++at_;
        expect_ = Expect::value;
    }

    void literal(std::string_view word)
    {
        if (!text_.substr(at_).starts_with(word)) {
            return fail("expected a value");
        }
        at_ += word.size();
        after_value();
    }

    void string()
    {
        ++at_;
        while (problem_.empty()) {
            at_ += plain_prefix(text_.substr(at_));
            if (at_ >= text_.size()) {
                return fail("a string is not closed");
            }
            if (next() == '"') {
                ++at_;
                return;
            }
            special();
        }
    }

    /// A byte in a string that does not stand for itself.
    void special()
    {
        if (next() == '\\') {
            escape();
        } else if (static_cast<unsigned char>(next()) < 0x20) {
            fail("a control character in a string (it must be escaped)");
        } else if (const Sequence sequence = decode_utf8(text_.substr(at_)); sequence.valid) {
            at_ += sequence.length;
        } else {
            fail("not UTF-8");
        }
    }

    void escape()
    {
        const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (c == 'u') {
            unicode_escape();
        } else if (c != '\0' && std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) {
            at_ += 2;
        } else {
            fail("not an escape sequence");
        }
    }

    void unicode_escape()
    {
        const std::optional<unsigned> unit = code_unit();
        const bool high_surrogate = unit && *unit >= 0xd800 && *unit < 0xdc00;
        const bool low_surrogate = unit && *unit >= 0xdc00 && *unit < 0xe000;
        if (!unit || low_surrogate) {
            return fail(unit ? "half a surrogate pair" : "not an escape sequence");
        }
        at_ += 6;
        if (!high_surrogate) {
            return;
        }
        const std::optional<unsigned> second = code_unit();
        if (!second || *second < 0xdc00 || *second >= 0xe000) {
            return fail("half a surrogate pair");
        }
        at_ += 6;
    }

    /// The value of the \uXXXX at this place.
    std::optional<unsigned> code_unit() const
    {
        const std::string_view escape = text_.substr(at_, 6);
        unsigned unit = 0;
        if (escape.size() < 6 || !escape.starts_with("\\u")) {
            return std::nullopt;
        }
        const auto [end, error] = std::from_chars(escape.data() + 2, escape.data() + 6, unit, 16);
        return error == std::errc() && end == escape.data() + 6 ? std::optional(unit) : std::nullopt;
    }

    void number()
    {
        const std::size_t start = at_;
        skip_if("-");
        if (!skip_if("0") && !skip_digits()) {
            at_ = start;
            return fail("expected a value");
        }
        const bool fraction = skip_if(".");
        if (fraction && !skip_digits()) {
            return fail("expected a digit after '.'");
        }
        const bool exponent = skip_if("eE");
        if (exponent) {
            skip_if("+-");
            if (!skip_digits()) {
                return fail("expected a digit in the exponent");
            }
        }
        if (overflows(text_.substr(start, at_ - start), exponent)) {
            at_ = start;
            return fail("a number too large for a double");
        }
        after_value();
    }

    /// Only a large exponent or hundreds of digits can; everything else is not worth converting.
    static bool overflows(std::string_view number, bool exponent)
    {
        if (!exponent && number.size() < 300) {
            return false;
        }
        return std::abs(std::strtod(std::string(number).c_str(), nullptr)) == HUGE_VAL;
    }

    bool skip_if(std::string_view any_of)
    {
        const bool there = at_ < text_.size() && any_of.find(text_[at_]) != std::string_view::npos;
        at_ += there ? 1 : 0;
        return there;
    }

    bool skip_digits()
    {
        const std::size_t start = at_;
        while (at_ < text_.size() && is_digit(text_[at_])) {
            ++at_;
        }
        return at_ > start;
    }

    char next() const { return text_[at_]; }

    /// Skips white space first.
    bool at_end()
    {
        while (at_ < text_.size() && (next() == ' ' || next() == '\n' || next() == '\r' || next() == '\t')) {
            ++at_;
        }
        return at_ >= text_.size();
    }

    void fail(std::string_view why)
    {
        std::size_t line = 1;
        std::size_t column = 1;
        for (const char c : text_.substr(0, at_)) {
            line += c == '\n' ? 1 : 0;
            column = c == '\n' ? 1 : column + (is_continuation(c) ? 0 : 1);
        }
        problem_ = "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + std::string(why);
    }

    std::string_view text_;
    JsonLimits limits_;
    std::size_t at_ = 0;
    Expect expect_ = Expect::value;
    std::vector<Level> levels_;
    std::string problem_;
};

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
    const Sequence sequence = decode_utf8(text);
    out.append(sequence.valid ? text.substr(0, sequence.length) : "\xef\xbf\xbd");
    return sequence.length;
}

}  // namespace

std::string json_problem(std::string_view text, const JsonLimits& limits)
{
    return Validator(text, limits).problem();
}

Result<nlohmann::ordered_json> parse_json(std::string_view text, const JsonLimits& limits)
{
    if (!json_problem(text, limits).empty()) {
        return boost::system::errc::make_error_code(boost::system::errc::bad_message);
    }
    auto tree = nlohmann::ordered_json::parse(text, nullptr, false);
    if (tree.is_discarded()) {
        return boost::system::errc::make_error_code(boost::system::errc::bad_message);
    }
    return tree;
}

std::string dump_json(const nlohmann::ordered_json& value)
{
    return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
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
