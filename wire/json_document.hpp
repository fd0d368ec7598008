// Reading JSON with simdjson: limits, members by name, and patience with what is JSON but not simdjson's.
#pragma once

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/json.hpp"

namespace chaos::wire::json {

using Element = simdjson::dom::element;
/// A member or element; nothing if absent or null: servers use both for the same.
using Field = std::optional<Element>;

/// A parsed text and the memory its elements live in. The parser belongs to the document: one allocation per text costs
/// less than a microsecond, and nothing is shared between worlds or threads.
class Document {
public:
    Document(std::string_view text, const net::JsonLimits& limits);

    /// Nothing if the text is not JSON, or is null.
    const Field& root() const { return root_; }
    /// Why the text is not JSON; empty if it is.
    const std::string& problem() const { return problem_; }

private:
    bool parse(std::string_view text, const net::JsonLimits& limits);

    simdjson::dom::parser parser_;
    Field root_;
    std::string problem_;
};

/// Each accessor gives nothing if the value is of another type.
std::optional<std::string_view> text(const Field& field);
std::optional<bool> boolean(const Field& field);
/// Also of a float without a fraction.
std::optional<std::int64_t> integer(const Field& field);
std::optional<simdjson::dom::array> array(const Field& field);
std::optional<simdjson::dom::object> object(const Field& field);

/// The element as JSON text on one line. Numbers may be respelt (1e2 becomes 100.0).
std::string dumped(const Element& element);

/// The members of `object` with these names, in their order; of duplicates the last counts.
template <std::size_t N>
std::array<Field, N> members(const simdjson::dom::object& object, const std::string_view (&names)[N])
{
    std::array<Field, N> result;
    for (simdjson::dom::key_value_pair member : object) {
        for (std::size_t i = 0; i < N; ++i) {
            if (member.key != names[i]) continue;
            result[i] = member.value.is_null() ? Field() : Field(member.value);
        }
    }
    return result;
}

/// The same for one name, and of something that may not be an object.
Field member(const Field& field, std::string_view name);

}  // namespace chaos::wire::json
