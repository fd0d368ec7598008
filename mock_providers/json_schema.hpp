// JSON Schema, as much of it as tools are commonly declared with: read from YAML strictly, and asked whether a value
// keeps to it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/document.hpp"

namespace chaos::mock_providers {

/// The schema of an object, as JSON text. Complains about every keyword that schema_violation() does not judge by
/// (`pattern`, `$ref`, `oneOf`, ...), about values a keyword cannot have, about bounds that nothing can keep, about
/// required members that are not declared, and if it is not `type: object`. Annotations (title, description, default,
/// examples, format) are kept and judge nothing. `what` names it in messages: "input of tool 'x'".
std::optional<std::string> read_object_schema(const config::Node& node, config::Complaints& complaints,
                                              std::string_view what);

/// What of `value` breaks `schema` first, with its place: "'count' must be an integer, but is text"; empty if nothing
/// does. Both are JSON text; a value that is none breaks every schema. Judges by type, properties, required,
/// additionalProperties, items, enum, const, anyOf, and the bounds of numbers, texts (in code points) and lists.
std::string schema_violation(std::string_view schema, std::string_view value);

/// The declared property of that name as schema text, or nothing.
std::optional<std::string> property_of(std::string_view schema, std::string_view name);

}  // namespace chaos::mock_providers
