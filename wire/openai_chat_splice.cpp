// Looking into a request body and changing its model without reading the rest: one walk over the bytes, no tree.
#include <algorithm>
#include <utility>

#include "wire/json_document.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::wire::openai_chat {

namespace {

/// A stretch of the body.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Walks over JSON text member by member. It finds where values end and trusts what is between: whoever needs more
/// reads the whole body.
class Walker {
public:
    explicit Walker(std::string_view text) : text_(text) {}

    /// True if the next byte (after blanks) is `c`, which is then passed.
    bool pass(char c)
    {
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    bool at_end()
    {
        skip_blanks();
        return at_ >= text_.size();
    }

    /// Passes one value of any kind, if there is one.
    std::optional<Span> value()
    {
        skip_blanks();
        Span span{at_, at_};
        bool passed = at_ < text_.size() && (text_[at_] == '"' ? pass_string() : pass_other());
        span.end = at_;
        return passed && span.end > span.begin ? std::optional(span) : std::nullopt;
    }

    std::size_t position() const { return at_; }

private:
    void skip_blanks()
    {
        constexpr std::string_view blanks = " \t\r\n";
        while (at_ < text_.size() && blanks.find(text_[at_]) != std::string_view::npos) ++at_;
    }

    bool pass_string()
    {
        ++at_;
        while (true) {
            std::size_t quote = text_.find('"', at_);
            if (quote == std::string_view::npos) return false;
            std::size_t backslashes = 0;
            while (quote - backslashes > at_ && text_[quote - backslashes - 1] == '\\') ++backslashes;
            at_ = quote + 1;
            if (backslashes % 2 == 0) return true;
        }
    }

    /// A list or an object to its closing bracket, or a word or number to what follows it.
    bool pass_other()
    {
        std::size_t depth = 0;
        while (at_ < text_.size()) {
            char c = text_[at_];
            bool opens = c == '{' || c == '[';
            bool closes = c == '}' || c == ']';
            bool ends_word = closes || c == ',' || c == ':' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
            if (depth == 0 && !opens && ends_word) return true;
            if (c == '"') {
                if (depth == 0 || !pass_string()) return false;
                continue;
            }
            ++at_;
            if (opens) ++depth;
            if (closes && --depth == 0) return true;
        }
        return depth == 0;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::string_view piece(std::string_view text, Span span)
{
    return text.substr(span.begin, span.end - span.begin);
}

/// What the string literal `literal` means; nothing if it is no string.
std::optional<std::string> decoded(std::string_view literal)
{
    if (literal.size() < 2 || literal.front() != '"') return std::nullopt;
    if (literal.find('\\') == std::string_view::npos) return std::string(literal.substr(1, literal.size() - 2));
    json::Document document(literal, {});
    std::optional<std::string_view> text = json::text(document.root());
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

/// Whether the string literal `literal` spells `name` (ASCII), plainly or with \u00XX escapes.
bool means(std::string_view literal, std::string_view name)
{
    constexpr std::string_view digits = "0123456789abcdef";
    literal = literal.substr(1, literal.size() - 2);
    for (char c : name) {
        if (literal.starts_with(c)) {
            literal.remove_prefix(1);
            continue;
        }
        auto byte = static_cast<unsigned char>(c);
        bool escaped = literal.size() >= 6 && literal.starts_with("\\u00") && literal[4] == digits[byte >> 4] &&
                       (literal[5] | 0x20) == (digits[byte & 0xF] | 0x20);
        if (!escaped) return false;
        literal.remove_prefix(6);
    }
    return literal.empty();
}

/// Calls `see(name literal, value)` for each member of the object that `body` is; false if it is no object.
template <class See>
bool for_each_member(std::string_view body, See see)
{
    Walker walker(body);
    if (!walker.pass('{')) return false;
    bool closed = walker.pass('}');
    while (!closed) {
        std::optional<Span> name = walker.value();
        if (!name || body[name->begin] != '"' || !walker.pass(':')) return false;
        std::optional<Span> value = walker.value();
        if (!value) return false;
        see(piece(body, *name), *value);
        closed = walker.pass('}');
        if (!closed && !walker.pass(',')) return false;
    }
    return walker.at_end();
}

/// How many elements the list `text` has; 0 if it is no list.
std::size_t count_elements(std::string_view text)
{
    Walker walker(text);
    if (!walker.pass('[') || walker.pass(']')) return 0;
    std::size_t count = 0;
    while (walker.value()) {
        ++count;
        if (!walker.pass(',')) break;
    }
    return count;
}

constexpr std::string_view not_an_object = "the body: expected a JSON object";

}  // namespace

Read<std::string> replace_model(std::string_view body, std::string_view model)
{
    std::vector<Span> values;
    bool is_object = for_each_member(body, [&](std::string_view name, Span value) {
        if (means(name, "model")) values.push_back(value);
    });
    if (!is_object) return {std::nullopt, std::string(not_an_object)};
    std::string literal;
    net::append_json_string(literal, model);
    std::string result;
    result.reserve(body.size() + literal.size() + 16);
    std::size_t copied = 0;
    for (Span value : values) {
        result.append(body.substr(copied, value.begin - copied)).append(literal);
        copied = value.end;
    }
    if (values.empty()) {
        copied = body.find('{') + 1;
        Walker rest(body.substr(copied));
        bool has_members = !rest.pass('}');
        result.append(body.substr(0, copied)).append("\"model\":").append(literal).append(has_members ? "," : "");
    }
    result.append(body.substr(copied));
    return {std::move(result), ""};
}

Read<Peek> peek(std::string_view body, const net::JsonLimits& limits)
{
    if (body.size() > limits.max_bytes) {
        return {std::nullopt, "the body: larger than " + std::to_string(limits.max_bytes) + " bytes"};
    }
    Peek seen;
    bool is_object = for_each_member(body, [&](std::string_view name, Span value) {
        std::string_view text = piece(body, value);
        if (means(name, "model")) seen.model = decoded(text).value_or("");
        if (means(name, "stream")) seen.stream = text == "true";
        if (means(name, "messages")) seen.messages = count_elements(text);
    });
    if (!is_object) return {std::nullopt, std::string(not_an_object)};
    return {std::move(seen), ""};
}

}  // namespace chaos::wire::openai_chat
