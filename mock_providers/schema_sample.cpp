// One rule a keyword; depth is bounded, since schemas may refer to themselves.
#include "mock_providers/schema_sample.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "net/json.hpp"

namespace chaos::mock_providers {

namespace {

using Json = nlohmann::ordered_json;

constexpr int deepest = 12;
constexpr std::size_t longest_text = 4096;
constexpr std::size_t most_items = 8;

/// Samples of one schema document, whose root local references are about.
class Sampler {
public:
    Sampler(const Json& root, std::string_view text) : root_(root), text_(text) {}

    Json sample(const Json& schema, int depth) const
    {
        if (!schema.is_object() || depth > deepest) {
            return Json(nullptr);
        }
        for (const char* given : {"const", "default"}) {
            if (schema.contains(given)) {
                return schema[given];
            }
        }
        if (schema.contains("enum") && schema["enum"].is_array() && !schema["enum"].empty()) {
            return schema["enum"].front();
        }
        if (const Json* other = elsewhere(schema)) {
            return sample(*other, depth + 1);
        }
        return of_type(type_of(schema), schema, depth);
    }

private:
    /// The schema that this one hands over to, if it does.
    const Json* elsewhere(const Json& schema) const
    {
        if (schema.contains("$ref") && schema["$ref"].is_string()) {
            return referred(schema["$ref"].get_ref<const std::string&>());
        }
        for (const char* choice : {"anyOf", "oneOf", "allOf"}) {
            if (schema.contains(choice) && schema[choice].is_array() && !schema[choice].empty()) {
                return &schema[choice].front();
            }
        }
        return nullptr;
    }

    const Json* referred(const std::string& reference) const
    {
        if (!reference.starts_with("#/")) {
            return nullptr;
        }
        const Json* at = &root_;
        for (std::size_t begin = 2; begin <= reference.size();) {
            const std::size_t end = std::min(reference.find('/', begin), reference.size());
            const std::string name = reference.substr(begin, end - begin);
            if (!at->is_object() || !at->contains(name)) {
                return nullptr;
            }
            at = &(*at)[name];
            begin = end + 1;
        }
        return at;
    }

    static std::string type_of(const Json& schema)
    {
        const Json type = schema.value("type", Json());
        if (type.is_string()) {
            return type.get<std::string>();
        }
        if (type.is_array() && !type.empty() && type.front().is_string()) {
            return type.front().get<std::string>();
        }
        return schema.contains("properties") ? "object" : "string";
    }

    Json of_type(const std::string& type, const Json& schema, int depth) const
    {
        if (type == "object") {
            return object(schema, depth);
        }
        if (type == "array") {
            return array(schema, depth);
        }
        if (type == "integer" || type == "number") {
            return number(schema);
        }
        if (type == "boolean") {
            return Json(true);
        }
        return type == "null" ? Json(nullptr) : Json(string(schema));
    }

    Json object(const Json& schema, int depth) const
    {
        Json result = Json::object();
        const Json properties = schema.value("properties", Json::object());
        const Json required = schema.value("required", Json());
        if (!properties.is_object()) {
            return result;
        }
        for (const auto& [name, property] : properties.items()) {
            const bool wanted =
                !required.is_array() || std::find(required.begin(), required.end(), Json(name)) != required.end();
            if (wanted) {
                result[name] = sample(property, depth + 1);
            }
        }
        return result;
    }

    Json array(const Json& schema, int depth) const
    {
        Json result = Json::array();
        const Json least = schema.value("minItems", Json(1));
        const std::size_t count = least.is_number_unsigned() ? least.get<std::size_t>() : 1;
        for (std::size_t n = 0; n < std::min(count, most_items); ++n) {
            result.push_back(sample(schema.value("items", Json::object()), depth + 1));
        }
        return result;
    }

    /// The bound itself, a step inside it where it is exclusive, or 1 where no bound forbids it.
    static Json number(const Json& schema)
    {
        const bool whole = type_of(schema) == "integer";
        for (const auto& [bound, step] : {std::pair{"minimum", 0}, std::pair{"exclusiveMinimum", 1}}) {
            const Json least = schema.value(bound, Json());
            if (least.is_number_integer()) {
                return Json(least.get<std::int64_t>() + step);
            }
            if (least.is_number()) {
                const double value = least.get<double>() + step;
                return whole ? Json(static_cast<std::int64_t>(std::ceil(least.get<double>()))) : Json(value);
            }
        }
        for (const auto& [bound, step] : {std::pair{"maximum", 0}, std::pair{"exclusiveMaximum", 1}}) {
            const Json most = schema.value(bound, Json());
            if (most.is_number() && most.get<double>() - step < 1) {
                const double value = most.get<double>() - step;
                return whole || most.is_number_integer() ? Json(static_cast<std::int64_t>(std::floor(value)))
                                                         : Json(value);
            }
        }
        return Json(1);
    }

    std::string string(const Json& schema) const
    {
        const std::string format =
            schema.contains("format") && schema["format"].is_string() ? schema["format"].get<std::string>() : "";
        if (format == "date-time") {
            return "2026-01-01T12:00:00Z";
        }
        if (format == "date") {
            return "2026-01-01";
        }
        if (format == "email") {
            return "someone@example.com";
        }
        if (format == "uri") {
            return "https://example.com/";
        }
        return bounded(schema);
    }

    std::string bounded(const Json& schema) const
    {
        std::string result = text_;
        const Json least = schema.value("minLength", Json());
        if (least.is_number_unsigned()) {
            result.resize(std::max(result.size(), std::min(least.get<std::size_t>(), longest_text)), '.');
        }
        const Json most = schema.value("maxLength", Json());
        if (most.is_number_unsigned() && result.size() > most.get<std::size_t>()) {
            result.resize(most.get<std::size_t>());
        }
        return result;
    }

    const Json& root_;
    std::string text_;
};

}  // namespace

std::string sample_arguments(std::string_view schema, std::string_view text)
{
    const auto root = net::parse_json(schema);
    if (!root || !root->is_object()) {
        return "{}";
    }
    const Json arguments = Sampler(*root, text).sample(*root, 0);
    return arguments.is_object() ? net::dump_json(arguments) : "{}";
}

}  // namespace chaos::mock_providers
