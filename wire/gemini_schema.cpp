// One walk over a schema; what stands for values in it is kept as it is.
#include "wire/gemini_schema.hpp"

#include <algorithm>
#include <array>

#include "net/json.hpp"

namespace chaos::wire::gemini {

namespace {

void append_schema(std::string& out, const json::Element& schema);

std::string lower(std::string_view text)
{
    std::string result(text);
    for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
}

bool holds_values(std::string_view keyword)
{
    constexpr std::array words = {"enum", "default", "example", "const"};
    return std::find(words.begin(), words.end(), keyword) != words.end();
}

void append_name(std::string& out, std::string_view name)
{
    if (!out.ends_with('{')) out += ',';
    net::append_json_string(out, name);
    out += ':';
}

/// The schemas of properties; their names are no keywords.
void append_properties(std::string& out, const simdjson::dom::object& properties)
{
    out += '{';
    for (simdjson::dom::key_value_pair property : properties) {
        append_name(out, property.key);
        append_schema(out, property.value);
    }
    out += '}';
}

void append_keyword(std::string& out, std::string_view keyword, const json::Element& value)
{
    append_name(out, keyword);
    std::optional<simdjson::dom::object> members = json::object(value);
    std::optional<std::string_view> text = json::text(value);
    if (keyword == "properties" && members) {
        append_properties(out, *members);
    } else if (keyword == "type" && text) {
        net::append_json_string(out, lower(*text));
    } else if (holds_values(keyword)) {
        out += json::dumped(value);
    } else {
        append_schema(out, value);
    }
}

void append_schema(std::string& out, const json::Element& schema)
{
    if (std::optional<simdjson::dom::object> members = json::object(schema)) {
        out += '{';
        for (simdjson::dom::key_value_pair member : *members) append_keyword(out, member.key, member.value);
        out += '}';
    } else if (std::optional<simdjson::dom::array> elements = json::array(schema)) {
        out += '[';
        for (json::Element element : *elements) {
            if (!out.ends_with('[')) out += ',';
            append_schema(out, element);
        }
        out += ']';
    } else {
        out += json::dumped(schema);
    }
}

}  // namespace

std::string json_schema_of(const json::Element& schema)
{
    std::string out;
    append_schema(out, schema);
    return out;
}

}  // namespace chaos::wire::gemini
