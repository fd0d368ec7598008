// Judging a value by a schema: one rule a keyword, the first that is broken is told.
#include "mock_providers/json_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "net/json.hpp"

namespace chaos::mock_providers {

namespace {

using Json = nlohmann::ordered_json;

/// "'a.b[2]'", or "it" at the root.
std::string spelt(const std::string& place)
{
    return place.empty() ? "it" : fmt::format("'{}'", place);
}

std::string_view type_in_words(const Json& value)
{
    switch (value.type()) {
        case Json::value_t::null:
            return "null";
        case Json::value_t::boolean:
            return "a boolean";
        case Json::value_t::string:
            return "text";
        case Json::value_t::array:
            return "a list";
        case Json::value_t::object:
            return "an object";
        default:
            return "a number";
    }
}

std::string_view wanted_in_words(std::string_view type)
{
    constexpr std::pair<std::string_view, std::string_view> words[] = {
        {"object", "an object"}, {"array", "a list"},      {"string", "text"}, {"integer", "an integer"},
        {"number", "a number"},  {"boolean", "a boolean"}, {"null", "null"}};
    const auto row =
        std::find_if(std::begin(words), std::end(words), [&](const auto& pair) { return pair.first == type; });
    return row == std::end(words) ? type : row->second;
}

/// An integer may be spelt with a fraction of zero.
bool is_of_type(const Json& value, std::string_view type)
{
    if (type == "integer") {
        return value.is_number_integer() ||
               (value.is_number_float() && std::floor(value.get<double>()) == value.get<double>());
    }
    return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
           (type == "string" && value.is_string()) || (type == "number" && value.is_number()) ||
           (type == "boolean" && value.is_boolean()) || (type == "null" && value.is_null());
}

/// Without regard to the order of members.
bool same_value(const Json& a, const Json& b)
{
    return nlohmann::json(a) == nlohmann::json(b);
}

std::size_t code_points(const std::string& text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Null if the keyword is absent.
const Json* keyword(const Json& schema, const char* name)
{
    const auto found = schema.find(name);
    return found == schema.end() ? nullptr : &*found;
}

std::string violation(const Json& schema, const Json& value, const std::string& place);

std::string breaks_type(const Json& schema, const Json& value, const std::string& place)
{
    const Json* type = keyword(schema, "type");
    if (type == nullptr) {
        return "";
    }
    const std::vector<std::string> types =
        type->is_array() ? type->get<std::vector<std::string>>() : std::vector{type->get<std::string>()};
    std::string wanted;
    for (const std::string& one : types) {
        if (is_of_type(value, one)) {
            return "";
        }
        wanted += fmt::format("{}{}", wanted.empty() ? "" : " or ", wanted_in_words(one));
    }
    return fmt::format("{} must be {}, but is {}", spelt(place), wanted, type_in_words(value));
}

std::string breaks_choice(const Json& schema, const Json& value, const std::string& place)
{
    if (const Json* only = keyword(schema, "const"); only != nullptr && !same_value(*only, value)) {
        return fmt::format("{} must be {}", spelt(place), net::dump_json(*only));
    }
    if (const Json* choices = keyword(schema, "enum")) {
        const bool known = std::any_of(choices->begin(), choices->end(),
                                       [&](const Json& choice) { return same_value(choice, value); });
        if (!known) {
            return fmt::format("{} must be one of {}", spelt(place), net::dump_json(*choices));
        }
    }
    return "";
}

std::string breaks_any_of(const Json& schema, const Json& value, const std::string& place)
{
    const Json* alternatives = keyword(schema, "anyOf");
    if (alternatives == nullptr) {
        return "";
    }
    std::string first;
    for (const Json& alternative : *alternatives) {
        std::string why = violation(alternative, value, place);
        if (why.empty()) {
            return "";
        }
        first = first.empty() ? std::move(why) : first;
    }
    return fmt::format("{} is nothing of what it may be: {}", spelt(place), first);
}

std::string breaks_number(const Json& schema, const Json& value, const std::string& place)
{
    const double number = value.get<double>();
    struct Bound {
        const char* name;
        bool (*kept)(double, double);
        std::string_view words;
    };
    constexpr Bound bounds[] = {{"minimum", [](double n, double bound) { return n >= bound; }, "at least"},
                                {"maximum", [](double n, double bound) { return n <= bound; }, "at most"},
                                {"exclusiveMinimum", [](double n, double bound) { return n > bound; }, "more than"},
                                {"exclusiveMaximum", [](double n, double bound) { return n < bound; }, "less than"}};
    for (const Bound& bound : bounds) {
        const Json* limit = keyword(schema, bound.name);
        if (limit != nullptr && !bound.kept(number, limit->get<double>())) {
            return fmt::format("{} must be {} {}", spelt(place), bound.words, net::dump_json(*limit));
        }
    }
    return "";
}

std::string breaks_size(const Json& schema, std::size_t size, const char* least, const char* most,
                        std::string_view unit, const std::string& place)
{
    if (const Json* low = keyword(schema, least); low != nullptr && size < low->get<std::size_t>()) {
        return fmt::format("{} must have at least {} {}, but has {}", spelt(place), low->get<std::size_t>(), unit,
                           size);
    }
    if (const Json* high = keyword(schema, most); high != nullptr && size > high->get<std::size_t>()) {
        return fmt::format("{} must have at most {} {}, but has {}", spelt(place), high->get<std::size_t>(), unit,
                           size);
    }
    return "";
}

std::string breaks_list(const Json& schema, const Json& value, const std::string& place)
{
    std::string why = breaks_size(schema, value.size(), "minItems", "maxItems", "items", place);
    const Json* items = keyword(schema, "items");
    for (std::size_t n = 0; why.empty() && items != nullptr && n < value.size(); ++n) {
        why = violation(*items, value[n], fmt::format("{}[{}]", place, n));
    }
    return why;
}

std::string breaks_member(const Json& schema, const std::string& name, const Json& value, const std::string& place)
{
    const std::string inside = place.empty() ? name : fmt::format("{}.{}", place, name);
    if (const Json* properties = keyword(schema, "properties"); properties != nullptr && properties->contains(name)) {
        return violation((*properties)[name], value, inside);
    }
    const Json* others = keyword(schema, "additionalProperties");
    if (others == nullptr || others->is_object()) {
        return others == nullptr ? "" : violation(*others, value, inside);
    }
    return others->get<bool>() ? "" : fmt::format("'{}' is not declared", inside);
}

std::string breaks_object(const Json& schema, const Json& value, const std::string& place)
{
    if (const Json* required = keyword(schema, "required")) {
        for (const Json& name : *required) {
            if (!value.contains(name.get<std::string>())) {
                return fmt::format("'{}{}{}' is missing", place, place.empty() ? "" : ".", name.get<std::string>());
            }
        }
    }
    for (const auto& [name, member] : value.items()) {
        std::string why = breaks_member(schema, name, member, place);
        if (!why.empty()) {
            return why;
        }
    }
    return "";
}

std::string breaks_content(const Json& schema, const Json& value, const std::string& place)
{
    if (value.is_number()) {
        return breaks_number(schema, value, place);
    }
    if (value.is_string()) {
        return breaks_size(schema, code_points(value.get_ref<const std::string&>()), "minLength", "maxLength",
                           "characters", place);
    }
    if (value.is_array()) {
        return breaks_list(schema, value, place);
    }
    return value.is_object() ? breaks_object(schema, value, place) : "";
}

std::string violation(const Json& schema, const Json& value, const std::string& place)
{
    for (const auto rule : {&breaks_type, &breaks_choice, &breaks_any_of, &breaks_content}) {
        std::string why = rule(schema, value, place);
        if (!why.empty()) {
            return why;
        }
    }
    return "";
}

}  // namespace

std::string schema_violation(std::string_view schema, std::string_view value)
{
    const auto parsed = net::parse_json(value);
    if (!parsed) {
        return fmt::format("it is no JSON: {}", net::json_problem(value));
    }
    return violation(*net::parse_json(schema), *parsed, "");
}

std::optional<std::string> property_of(std::string_view schema, std::string_view name)
{
    const auto parsed = net::parse_json(schema);
    const Json* properties = parsed && parsed->is_object() ? keyword(*parsed, "properties") : nullptr;
    if (properties == nullptr || !properties->is_object() || !properties->contains(name)) {
        return std::nullopt;
    }
    return net::dump_json((*properties)[std::string(name)]);
}

}  // namespace chaos::mock_providers
