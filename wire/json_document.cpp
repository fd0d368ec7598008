// Parsing with limits, and access to values by type.
#include "wire/json_document.hpp"

#include <algorithm>
#include <cmath>

namespace chaos::wire::json {

namespace {

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// The code unit of a \uXXXX escape at the start of `rest`, or 0.
unsigned code_unit(std::string_view rest)
{
    if (rest.size() < 6 || !rest.starts_with("\\u")) return 0;
    unsigned value = 0;
    for (char c : rest.substr(2, 4)) {
        unsigned digit = is_digit(c)            ? static_cast<unsigned>(c - '0')
                         : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A') + 10
                                                : 16;
        if (digit > 15) return 0;
        value = value * 16 + digit;
    }
    return value;
}

bool is_high_surrogate(unsigned unit)
{
    return unit >= 0xD800 && unit < 0xDC00;
}

bool is_low_surrogate(unsigned unit)
{
    return unit >= 0xDC00 && unit < 0xE000;
}

/// Copies the escape at the start of `rest`, half a surrogate pair as U+FFFD; returns its length.
std::size_t copy_escape(std::string& out, std::string_view rest)
{
    unsigned unit = code_unit(rest);
    bool pair = is_high_surrogate(unit) && is_low_surrogate(code_unit(rest.substr(6)));
    bool half = !pair && (is_high_surrogate(unit) || is_low_surrogate(unit));
    std::size_t length = pair ? 12 : half ? 6 : std::min<std::size_t>(2, rest.size());
    out.append(half ? "\\ufffd" : rest.substr(0, length));
    return length;
}

/// Copies the string literal at the start of `rest`; returns its length.
std::size_t copy_string(std::string& out, std::string_view rest)
{
    out += '"';
    std::size_t i = 1;
    while (i < rest.size() && rest[i] != '"') {
        if (rest[i] == '\\') {
            i += copy_escape(out, rest.substr(i));
        } else {
            out += rest[i++];
        }
    }
    if (i >= rest.size()) return rest.size();
    out += '"';
    return i + 1;
}

/// Copies the digits at the start of `rest`; a whole number too long for 64 bits gets an exponent, which makes it a
/// double. Returns how many.
std::size_t copy_digits(std::string& out, std::string_view rest)
{
    std::size_t digits = 0;
    while (digits < rest.size() && is_digit(rest[digits])) ++digits;
    out.append(rest.substr(0, digits));
    char after_last = digits < rest.size() ? rest[digits] : ' ';
    char before_first = out.size() > digits ? out[out.size() - digits - 1] : ' ';
    bool whole = after_last != '.' && after_last != 'e' && after_last != 'E' && before_first != '.';
    if (whole && digits >= 19 && before_first != 'e' && before_first != '+') out += "e0";
    return digits;
}

/// `text` with two things replaced that are JSON but that simdjson refuses: halves of surrogate pairs (servers that cut
/// text by UTF-16 units send them) and whole numbers beyond 64 bits.
std::string softened(std::string_view text)
{
    std::string result;
    result.reserve(text.size() + 16);
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == '"') {
            i += copy_string(result, text.substr(i));
        } else if (is_digit(text[i])) {
            i += copy_digits(result, text.substr(i));
        } else {
            result += text[i++];
        }
    }
    return result;
}

constexpr std::size_t usual_length = 16 * 1024;  ///< room for less is not kept for others: they would have to ask again
/// Longer texts are rare, and the memory for one is many times as much.
constexpr std::size_t longest_kept = 64 * 1024;

}  // namespace

bool Parser::make_room_for(std::size_t text)
{
    // simdjson counts the document itself as a level.
    return parser_.capacity() >= text || parser_.allocate(text, limits_.max_depth + 1) == simdjson::SUCCESS;
}

void Parser::let_go_of_much()
{
    if (parser_.capacity() > longest_kept) parser_ = simdjson::dom::parser();
}

Document::Document(std::string_view text, const net::JsonLimits& limits)
    : own_(std::make_unique<Parser>(limits)), parser_(own_.get())
{
    read(text);
}

Document::Document(std::string_view text, Parser& parser) : parser_(&parser)
{
    if (text.size() <= usual_length) parser.make_room_for(usual_length);
    read(text);
}

void Document::read(std::string_view text)
{
    const net::JsonLimits& limits = parser_->limits();
    if (text.size() > limits.max_bytes) {
        problem_ = "larger than " + std::to_string(limits.max_bytes) + " bytes";
        return;
    }
    if (parse(text) || parse(softened(text))) return;
    problem_ = net::json_problem(text, limits);
    if (problem_.empty()) problem_ = "not JSON";
}

bool Document::parse(std::string_view text)
{
    if (!parser_->make_room_for(text.size())) return false;
    Element element;
    if (parser_->parser_.parse(text.data(), text.size()).get(element) != simdjson::SUCCESS) return false;
    if (!element.is_null()) root_ = element;
    return true;
}

std::optional<std::string_view> text(const Field& field)
{
    std::string_view value;
    if (!field || field->get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
}

std::string text_or_empty(const Field& field)
{
    return std::string(text(field).value_or(""));
}

std::vector<std::string> texts(const Field& field)
{
    std::vector<std::string> result;
    if (const std::optional<std::string_view> one = text(field)) result.emplace_back(*one);
    const std::optional<simdjson::dom::array> list = array(field);
    if (!list) return result;
    for (Element element : *list) {
        if (const std::optional<std::string_view> one = text(element)) result.emplace_back(*one);
    }
    return result;
}

bool take_text(const Field& field, std::string& out)
{
    const std::optional<std::string_view> value = text(field);
    if (value) out = *value;
    return value.has_value();
}

std::optional<bool> boolean(const Field& field)
{
    bool value = false;
    if (!field || field->get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
}

std::optional<std::int64_t> integer(const Field& field)
{
    if (!field) return std::nullopt;
    std::int64_t whole = 0;
    if (field->get(whole) == simdjson::SUCCESS) return whole;
    double number = 0;
    bool is_double = field->is_double() && field->get(number) == simdjson::SUCCESS;
    constexpr double most = 9007199254740992.0;  // 2^53: beyond it doubles skip whole numbers
    if (!is_double || std::abs(number) > most || number != std::trunc(number)) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

std::optional<double> number(const Field& field)
{
    double value = 0;
    return field && !field->get(value) ? std::optional(value) : std::nullopt;
}

std::vector<std::string> other_members(const simdjson::dom::object& object, const std::vector<std::string_view>& known)
{
    std::vector<std::string> names;
    for (simdjson::dom::key_value_pair member : object) {
        const std::optional<simdjson::dom::array> list = array(member.value);
        const bool says_nothing =
            member.value.is_null() || boolean(member.value) == false || (list && list->begin() == list->end());
        if (says_nothing || std::find(known.begin(), known.end(), member.key) != known.end()) continue;
        if (std::find(names.begin(), names.end(), member.key) == names.end()) names.emplace_back(member.key);
    }
    return names;
}

std::optional<simdjson::dom::array> array(const Field& field)
{
    simdjson::dom::array value;
    if (!field || field->get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
}

std::optional<simdjson::dom::object> object(const Field& field)
{
    simdjson::dom::object value;
    if (!field || field->get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
}

std::string dumped(const Element& element)
{
    return simdjson::to_string(element);
}

Field member(const Field& field, std::string_view name)
{
    std::optional<simdjson::dom::object> members_of = object(field);
    if (!members_of) return std::nullopt;
    const std::string_view names[] = {name};
    return members(*members_of, names)[0];
}

}  // namespace chaos::wire::json
