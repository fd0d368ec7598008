// json_problem(): a validator that never recurses.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <vector>

#include "net/json.hpp"
#include "net/json_literal.hpp"
#include "net/utf8.hpp"

namespace chaos::net {

namespace {

bool is_json_digit(char c)
{
    return c >= '0' && c <= '9';
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
        } else if (const Utf8Sequence sequence = first_utf8(text_.substr(at_)); sequence.valid) {
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
        while (at_ < text_.size() && is_json_digit(text_[at_])) {
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
            column = c == '\n' ? 1 : column + (is_utf8_continuation(c) ? 0 : 1);
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

}  // namespace

std::string json_problem(std::string_view text, const JsonLimits& limits)
{
    return Validator(text, limits).problem();
}

}  // namespace chaos::net
