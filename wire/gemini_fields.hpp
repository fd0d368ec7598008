// Members of a message as Google's servers find them: in camelCase or snake_case, a list or one of its elements. For
// the files of wire/gemini only.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "wire/json_document.hpp"

namespace chaos::wire::gemini {

/// Whether `name` is `camel_case`, or the same in snake_case.
inline bool is_field(std::string_view name, std::string_view camel_case)
{
    std::size_t at = 0;
    for (char c : camel_case) {
        bool capital = c >= 'A' && c <= 'Z';
        bool snake = capital && at + 1 < name.size() && name[at] == '_' && name[at + 1] == c - 'A' + 'a';
        if (!snake && (at >= name.size() || name[at] != c)) return false;
        at += snake ? 2 : 1;
    }
    return at == name.size();
}

/// The fields of `object` with these names (in camelCase), in their order; of duplicates the last counts.
template <std::size_t N>
std::array<json::Field, N> fields(const simdjson::dom::object& object, const std::string_view (&names)[N])
{
    std::array<json::Field, N> result;
    for (simdjson::dom::key_value_pair member : object) {
        for (std::size_t i = 0; i < N; ++i) {
            if (!is_field(member.key, names[i])) continue;
            result[i] = member.value.is_null() ? json::Field() : json::Field(member.value);
            break;
        }
    }
    return result;
}

/// The same for one name, and of something that may not be an object.
inline json::Field field(const json::Field& of, std::string_view name)
{
    std::optional<simdjson::dom::object> members = json::object(of);
    if (!members) return std::nullopt;
    const std::string_view names[] = {name};
    return fields(*members, names)[0];
}

/// The elements of a list; a value that is none stands for a list of one.
inline std::vector<json::Element> listed(const json::Field& field)
{
    std::vector<json::Element> result;
    if (std::optional<simdjson::dom::array> list = json::array(field)) {
        for (json::Element element : *list) result.push_back(element);
    } else if (field) {
        result.push_back(*field);
    }
    return result;
}

}  // namespace chaos::wire::gemini
