// Changing single members of a JSON object and keeping every other byte: one light walk, no tree.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/read.hpp"

namespace chaos::wire::json {

/// A stretch of a text.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};
inline std::string_view piece(std::string_view text, Span span)
{
    return text.substr(span.begin, span.end - span.begin);
}

/// Calls `see(name literal, value)` for each member of the object that `body` is; false if it is no object. Finds where
/// values end and trusts what is between.
bool for_each_member(std::string_view body, const std::function<void(std::string_view name, Span value)>& see);
/// The same for the elements of a list.
bool for_each_element(std::string_view list, const std::function<void(Span value)>& see);
/// Whether the string literal `literal` spells `name` (ASCII), plainly or with \u00XX escapes.
bool means(std::string_view literal, std::string_view name);
/// What the string literal `literal` means; nothing if it is no string.
std::optional<std::string> decoded(std::string_view literal);
/// The raw text of a member's value; of duplicates the last. Empty: there is none.
std::string_view raw_member(std::string_view body, std::string_view name);

/// A top-level member and the JSON text it shall have.
struct Edit {
    std::string name;
    std::string value;
};
/// The members of an object as edits; none if it is no object.
std::vector<Edit> edits_of(std::string_view object);
/// `body` with these members replaced (every one, if there are several of a name) or, if absent, inserted in front; all
/// other bytes kept. Not a full check of the JSON: what lies inside of other values is not looked at.
Read<std::string> with_members(std::string_view body, const std::vector<Edit>& edits);
/// `list` (the text of a JSON list) with one more element at its end; nothing if it is no list.
std::optional<std::string> with_element(std::string_view list, std::string_view element);

}  // namespace chaos::wire::json
