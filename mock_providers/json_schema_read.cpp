// Reading a schema: one row a keyword, with what its value has to be.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "config/reader.hpp"
#include "mock_providers/json_schema.hpp"
#include "mock_providers/json_value.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers {

namespace {

using Json = nlohmann::ordered_json;
using config::Node;
using config::NodeKind;

/// Reads one schema and all in it; `path` is where it stands, for messages.
class SchemaReader {
public:
    explicit SchemaReader(config::Complaints& complaints) : complaints_(complaints) {}

    void check(const Node& schema, const std::string& path);

private:
    using Rule = void (SchemaReader::*)(const Node& value, const std::string& path);
    struct Keyword {
        std::string_view name;
        Rule rule;
    };
    static const std::array<Keyword, 24>& keywords();

    void annotation(const Node&, const std::string&) {}
    void type(const Node& value, const std::string& path);
    void properties(const Node& value, const std::string& path);
    void names(const Node& value, const std::string& path);
    void subschema(const Node& value, const std::string& path) { check(value, path); }
    void subschemas(const Node& value, const std::string& path);
    void additional(const Node& value, const std::string& path);
    void choices(const Node& value, const std::string& path);
    void number(const Node& value, const std::string& path);
    void count(const Node& value, const std::string& path);

    void check_required(const Node& schema, const std::string& path);
    void check_bounds(const Node& schema, const std::string& path, std::string_view least, std::string_view most);
    void complain(const Node& node, std::string text) { complaints_.add(node.at(), std::move(text)); }

    config::Complaints& complaints_;
};

const std::array<SchemaReader::Keyword, 24>& SchemaReader::keywords()
{
    using R = SchemaReader;
    static constexpr std::array<Keyword, 24> rows = {{
        {"type", &R::type},
        {"properties", &R::properties},
        {"required", &R::names},
        {"additionalProperties", &R::additional},
        {"items", &R::subschema},
        {"anyOf", &R::subschemas},
        {"enum", &R::choices},
        {"const", &R::annotation},  // any value is good
        {"minimum", &R::number},
        {"maximum", &R::number},
        {"exclusiveMinimum", &R::number},
        {"exclusiveMaximum", &R::number},
        {"minLength", &R::count},
        {"maxLength", &R::count},
        {"minItems", &R::count},
        {"maxItems", &R::count},
        {"title", &R::annotation},
        {"description", &R::annotation},
        {"default", &R::annotation},
        {"examples", &R::annotation},
        {"format", &R::annotation},
        {"deprecated", &R::annotation},
        {"$schema", &R::annotation},
        {"$comment", &R::annotation},
    }};
    return rows;
}

const Node* member(const Node& map, std::string_view name)
{
    for (const auto& [key, value] : map.entries()) {
        if (key.text() == name) {
            return &value;
        }
    }
    return nullptr;
}

std::vector<std::string> names_in(const Node* map)
{
    std::vector<std::string> names;
    if (map != nullptr && map->kind() == NodeKind::map) {
        for (const auto& [key, value] : map->entries()) {
            names.push_back(key.text());
        }
    }
    return names;
}

void SchemaReader::check(const Node& schema, const std::string& path)
{
    if (schema.kind() != NodeKind::map) {
        return complain(schema, fmt::format("{}: a schema is a map such as {{type: string}}, but this is {}", path,
                                            schema.kind_name()));
    }
    for (const auto& [key, value] : schema.entries()) {
        const auto& rows = keywords();
        const auto row = std::find_if(rows.begin(), rows.end(),
                                      [&key = key](const Keyword& keyword) { return keyword.name == key.text(); });
        if (row != rows.end()) {
            (this->*row->rule)(value, fmt::format("{}.{}", path, key.text()));
            continue;
        }
        std::vector<std::string> known;
        for (const Keyword& keyword : rows) {
            known.emplace_back(keyword.name);
        }
        complaints_.add(key.at(), fmt::format("{}: `{}` is no keyword that values are judged by here{}", path,
                                              key.text(), config::did_you_mean(key.text(), known)));
    }
    check_required(schema, path);
    check_bounds(schema, path, "minimum", "maximum");
    check_bounds(schema, path, "minLength", "maxLength");
    check_bounds(schema, path, "minItems", "maxItems");
}

void SchemaReader::type(const Node& value, const std::string& path)
{
    static const std::vector<std::string> types = {"object", "array", "string", "integer", "number", "boolean", "null"};
    // The type is the text 'null', which YAML without quotes reads as nothing.
    const auto check_one = [&](const Node& one) {
        if (one.kind() == NodeKind::null) {
            complain(one, fmt::format("{}: write \"null\" in quotes; without them it is nothing", path));
        } else {
            config::read_choice(one, complaints_, path, types);
        }
    };
    if (value.kind() != NodeKind::sequence) {
        return check_one(value);
    }
    std::for_each(value.items().begin(), value.items().end(), check_one);
    if (value.items().empty()) {
        complain(value, fmt::format("{}: an empty list of types lets nothing in", path));
    }
}

void SchemaReader::properties(const Node& value, const std::string& path)
{
    if (value.kind() != NodeKind::map) {
        return complain(value,
                        fmt::format("{}: expected a map from names to schemas, found {}", path, value.kind_name()));
    }
    for (const auto& [name, schema] : value.entries()) {
        check(schema, fmt::format("{}.{}", path, name.text()));
    }
}

void SchemaReader::names(const Node& value, const std::string& path)
{
    if (value.kind() != NodeKind::sequence) {
        return complain(value, fmt::format("{}: expected a list of names, found {}", path, value.kind_name()));
    }
    for (const Node& name : value.items()) {
        config::read_text(name, complaints_, path);
    }
}

void SchemaReader::subschemas(const Node& value, const std::string& path)
{
    if (value.kind() != NodeKind::sequence || value.items().empty()) {
        return complain(value, fmt::format("{}: expected a list of schemas", path));
    }
    for (const Node& schema : value.items()) {
        check(schema, path);
    }
}

void SchemaReader::additional(const Node& value, const std::string& path)
{
    if (value.kind() == NodeKind::map) {
        return check(value, path);
    }
    config::read_boolean(value, complaints_, path);
}

void SchemaReader::choices(const Node& value, const std::string& path)
{
    if (value.kind() != NodeKind::sequence || value.items().empty()) {
        complain(value, fmt::format("{}: expected a list of the values that are allowed", path));
    }
}

void SchemaReader::number(const Node& value, const std::string& path)
{
    if (!json_of(value).is_number()) {
        complain(value, fmt::format("{}: expected a number", path));
    }
}

void SchemaReader::count(const Node& value, const std::string& path)
{
    config::read_integer(value, complaints_, path, 0, 100'000'000);
}

void SchemaReader::check_required(const Node& schema, const std::string& path)
{
    const Node* required = member(schema, "required");
    if (required == nullptr || required->kind() != NodeKind::sequence) {
        return;
    }
    const std::vector<std::string> declared = names_in(member(schema, "properties"));
    for (const Node& name : required->items()) {
        if (std::find(declared.begin(), declared.end(), name.text()) == declared.end()) {
            complain(name, fmt::format("{}.required: '{}' is not among its properties{}", path, name.text(),
                                       config::did_you_mean(name.text(), declared)));
        }
    }
}

void SchemaReader::check_bounds(const Node& schema, const std::string& path, std::string_view least,
                                std::string_view most)
{
    const Node* low = member(schema, least);
    const Node* high = member(schema, most);
    if (low == nullptr || high == nullptr) {
        return;
    }
    const Json from = json_of(*low);
    const Json to = json_of(*high);
    if (from.is_number() && to.is_number() && from > to) {
        complain(*high, fmt::format("{}: nothing is both at least {} and at most {}", path, low->text(), high->text()));
    }
}

}  // namespace

std::optional<std::string> read_object_schema(const Node& node, config::Complaints& complaints, std::string_view what)
{
    const auto before = complaints.sorted().size();
    SchemaReader(complaints).check(node, std::string(what));
    if (node.kind() == NodeKind::map) {
        const Node* type = member(node, "type");
        if (type == nullptr || type->kind() != NodeKind::scalar || type->text() != "object") {
            complaints.add(type != nullptr ? type->at() : node.at(),
                           fmt::format("{} is an object: say `type: object`", what));
        }
    }
    return complaints.sorted().size() == before ? std::optional(net::dump_json(json_of(node))) : std::nullopt;
}

}  // namespace chaos::mock_providers
