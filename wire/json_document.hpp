// Reading JSON with simdjson: limits, members by name, and patience with what is JSON but not simdjson's.
#pragma once

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/json.hpp"

namespace chaos::wire::json {

using Element = simdjson::dom::element;
/// A member or element; nothing if absent or null: servers use both for the same.
using Field = std::optional<Element>;

/// Memory for documents that are read one after another: to come by it takes longer than to read a short text. What a
/// long text needed is let go of with its document.
class Parser {
public:
    explicit Parser(const net::JsonLimits& limits = {}) : limits_(limits) {}
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    const net::JsonLimits& limits() const { return limits_; }
    /// The longest text for which it holds memory.
    std::size_t capacity() const { return parser_.capacity(); }

private:
    friend class Document;
    bool make_room_for(std::size_t text);
    void let_go_of_much();

    net::JsonLimits limits_;
    simdjson::dom::parser parser_;
};

/// A parsed text.
class Document {
public:
    /// In memory of its own.
    Document(std::string_view text, const net::JsonLimits& limits);
    /// In that of `parser`, which outlives it and has no other document meanwhile.
    Document(std::string_view text, Parser& parser);

    /// Nothing if the text is not JSON, or is null.
    const Field& root() const { return root_; }
    /// Why the text is not JSON; empty if it is.
    const std::string& problem() const { return problem_; }

private:
    struct Done {
        void operator()(Parser* parser) const { parser->let_go_of_much(); }
    };
    void read(std::string_view text);
    bool parse(std::string_view text);

    std::unique_ptr<Parser> own_;           ///< null: the memory is somebody else's
    std::unique_ptr<Parser, Done> parser_;  ///< stays where it is: elements point into it
    Field root_;
    std::string problem_;
};

/// Each accessor gives nothing if the value is of another type.
std::optional<std::string_view> text(const Field& field);
std::string text_or_empty(const Field& field);
/// A text, or the texts of a list.
std::vector<std::string> texts(const Field& field);
/// Assigns a field that must be text; false if it is not.
bool take_text(const Field& field, std::string& out);
std::optional<bool> boolean(const Field& field);
/// Also of a float without a fraction.
std::optional<std::int64_t> integer(const Field& field);
/// Of any number.
std::optional<double> number(const Field& field);
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
            break;
        }
    }
    return result;
}

/// The names of members that are none of `known`; null, false and empty lists say nothing and are left out.
std::vector<std::string> other_members(const simdjson::dom::object& object, const std::vector<std::string_view>& known);

/// The same for one name, and of something that may not be an object.
Field member(const Field& field, std::string_view name);

}  // namespace chaos::wire::json
