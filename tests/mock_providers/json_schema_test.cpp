// Schemas as they are written in YAML, what is refused of them, and what they refuse.
#include "mock_providers/json_schema.hpp"

#include <gtest/gtest.h>

#include "mock_providers/schema_sample.hpp"

namespace chaos::mock_providers {
namespace {

/// The schema as JSON, or the first complaint as "line:column: text".
std::string schema_complaint(const std::string& yaml)
{
    config::Complaints complaints("test.yaml");
    const auto node = config::parse(yaml, complaints);
    const auto schema = node ? read_object_schema(*node, complaints, "input") : std::nullopt;
    EXPECT_EQ(schema.has_value(), complaints.empty());
    if (complaints.empty()) {
        return schema.value_or("");
    }
    const config::Complaint first = complaints.sorted().front();
    return std::to_string(first.at.line) + ":" + std::to_string(first.at.column) + ": " + first.text;
}

TEST(JsonSchema, is_read_with_the_types_that_YAML_spells)
{
    EXPECT_EQ(
        schema_complaint(
            "{type: object, properties: {q: {type: string, minLength: 1}, n: {type: integer, default: 5}}, "
            "required: [q], additionalProperties: false}"),
        R"({"type":"object","properties":{"q":{"type":"string","minLength":1},"n":{"type":"integer","default":5}},)"
        R"("required":["q"],"additionalProperties":false})");
    EXPECT_EQ(
        schema_complaint(
            "{type: object, properties: {a: {enum: [1, \"1\", true, null, 2.5]}, b: {type: [string, \"null\"]}}}"),
        R"({"type":"object","properties":{"a":{"enum":[1,"1",true,null,2.5]},"b":{"type":["string","null"]}}})");
}

TEST(JsonSchema, is_refused_with_its_place)
{
    const std::pair<const char*, const char*> rows[] = {
        {"[1]", "1:1: input: a schema is a map such as {type: string}, but this is a list"},
        {"{type: string}", "1:8: input is an object: say `type: object`"},
        {"{properties: {}}", "1:1: input is an object: say `type: object`"},
        {"{type: object, pattern: x}", "1:16: input: `pattern` is no keyword that values are judged by here"},
        {"{type: object, propertes: {}}",
         "1:16: input: `propertes` is no keyword that values are judged by here (did you mean 'properties'?)"},
        {"{type: object, properties: {a: {$ref: x}}}",
         "1:33: input.properties.a: `$ref` is no keyword that values are judged by here"},
        {"{type: object, properties: {a: {type: strin}}}", "1:39: input.properties.a.type: "},
        {"{type: object, properties: {a: {type: null}}}",
         "1:39: input.properties.a.type: write \"null\" in quotes; without them it is nothing"},
        {"{type: object, properties: {a: {type: []}}}", "1:39: input.properties.a.type: an empty list of types"},
        {"{type: object, properties: [a]}",
         "1:28: input.properties: expected a map from names to schemas, found a list"},
        {"{type: object, required: [a]}", "1:27: input.required: 'a' is not among its properties"},
        {"{type: object, properties: {city: {}}, required: [cty]}",
         "1:51: input.required: 'cty' is not among its properties (did you mean 'city'?)"},
        {"{type: object, required: a}", "1:26: input.required: expected a list of names, found text"},
        {"{type: object, properties: {a: {enum: []}}}", "1:39: input.properties.a.enum: expected a list"},
        {"{type: object, properties: {a: {anyOf: {}}}}", "1:40: input.properties.a.anyOf: expected a list of schemas"},
        {"{type: object, properties: {a: {minimum: few}}}", "1:42: input.properties.a.minimum: expected a number"},
        {"{type: object, properties: {a: {minLength: -1}}}", "1:44: input.properties.a.minLength: "},
        {"{type: object, properties: {a: {minimum: 3, maximum: 2}}}",
         "1:54: input.properties.a: nothing is both at least 3 and at most 2"},
        {"{type: object, additionalProperties: maybe}", "1:38: input.additionalProperties: "},
        {"{type: object, properties: {a: {items: [1]}}}", "1:40: input.properties.a.items: a schema is a map"},
    };
    for (const auto& [yaml, complaint] : rows) {
        EXPECT_EQ(schema_complaint(yaml).substr(0, std::string(complaint).size()), complaint) << yaml;
    }
}

TEST(JsonSchema, judges_values)
{
    struct Row {
        const char* schema;
        const char* value;
        const char* broken;
    };
    const Row rows[] = {
        {R"({"type":"object"})", "{}", ""},
        {R"({"type":"object"})", "[]", "it must be an object, but is a list"},
        {R"({"type":"object"})", "{", "it is no JSON: "},
        {R"({"required":["a"]})", R"({"b":1})", "'a' is missing"},
        {R"({"properties":{"o":{"required":["a"]}}})", R"({"o":{}})", "'o.a' is missing"},
        {R"({"properties":{"a":{"type":"integer"}}})", R"({"a":"1"})", "'a' must be an integer, but is text"},
        {R"({"properties":{"a":{"type":"integer"}}})", R"({"a":1.0})", ""},
        {R"({"properties":{"a":{"type":"integer"}}})", R"({"a":1.5})", "'a' must be an integer, but is a number"},
        {R"({"properties":{"a":{"type":"number"}}})", R"({"a":1})", ""},
        {R"({"properties":{"a":{"type":["string","null"]}}})", R"({"a":null})", ""},
        {R"({"properties":{"a":{"type":["string","null"]}}})", R"({"a":true})",
         "'a' must be text or null, but is a boolean"},
        {R"({"properties":{"a":{}},"additionalProperties":false})", R"({"a":1,"b":2})", "'b' is not declared"},
        {R"({"additionalProperties":{"type":"string"}})", R"({"b":2})", "'b' must be text, but is a number"},
        {R"({"properties":{"l":{"items":{"type":"string"}}}})", R"({"l":["a",2]})",
         "'l[1]' must be text, but is a number"},
        {R"({"properties":{"l":{"minItems":1}}})", R"({"l":[]})", "'l' must have at least 1 items, but has 0"},
        {R"({"properties":{"l":{"maxItems":1}}})", R"({"l":[1,2]})", "'l' must have at most 1 items, but has 2"},
        {R"({"properties":{"u":{"enum":["c","k"]}}})", R"({"u":"f"})", R"('u' must be one of ["c","k"])"},
        {R"({"properties":{"u":{"enum":[{"x":1,"y":2}]}}})", R"({"u":{"y":2,"x":1}})", ""},
        {R"({"properties":{"u":{"const":7}}})", R"({"u":8})", "'u' must be 7"},
        {R"({"properties":{"n":{"minimum":1,"maximum":3}}})", R"({"n":0})", "'n' must be at least 1"},
        {R"({"properties":{"n":{"minimum":1,"maximum":3}}})", R"({"n":4})", "'n' must be at most 3"},
        {R"({"properties":{"n":{"exclusiveMinimum":1}}})", R"({"n":1})", "'n' must be more than 1"},
        {R"({"properties":{"n":{"exclusiveMaximum":1}}})", R"({"n":1})", "'n' must be less than 1"},
        {R"({"properties":{"n":{"minimum":1}}})", R"({"n":"no number"})", ""},
        {R"({"properties":{"s":{"minLength":2}}})", R"({"s":"a"})", "'s' must have at least 2 characters, but has 1"},
        {R"({"properties":{"s":{"maxLength":2}}})", R"({"s":"äöü"})", "'s' must have at most 2 characters, but has 3"},
        {R"({"properties":{"s":{"maxLength":3}}})", R"({"s":"äöü"})", ""},
        {R"({"properties":{"s":{"anyOf":[{"type":"integer"},{"type":"null"}]}}})", R"({"s":null})", ""},
        {R"({"properties":{"s":{"anyOf":[{"type":"integer"},{"type":"null"}]}}})", R"({"s":"x"})",
         "'s' is nothing of what it may be: 's' must be an integer, but is text"},
    };
    for (const Row& row : rows) {
        const std::string said = schema_violation(row.schema, row.value);
        EXPECT_EQ(std::string(row.broken).empty() ? said : said.substr(0, std::string(row.broken).size()), row.broken)
            << row.schema << " and " << row.value;
    }
}

TEST(JsonSchema, is_kept_by_the_samples_made_of_it)
{
    const char* schemas[] = {
        R"({"type":"object","properties":{"a":{"type":"string","maxLength":3},"b":{"type":"boolean"}}})",
        R"({"type":"object","properties":{"n":{"type":"integer","exclusiveMinimum":4}}})",
        R"({"type":"object","properties":{"n":{"type":"integer","minimum":1.5}}})",
        R"({"type":"object","properties":{"n":{"type":"integer","maximum":-2}}})",
        R"({"type":"object","properties":{"n":{"type":"number","exclusiveMaximum":0.5}}})",
        R"({"type":"object","properties":{"n":{"type":"number","exclusiveMaximum":1}}})",
        R"({"type":"object","properties":{"l":{"type":"array","minItems":3,"items":{"type":"null"}}}})",
        R"({"type":"object","properties":{"s":{"type":"string","minLength":100}},"additionalProperties":false})",
        R"({"type":"object","properties":{"u":{"enum":["c"]},"v":{"anyOf":[{"type":"integer"},{"type":"null"}]}}})",
    };
    for (const char* schema : schemas) {
        EXPECT_EQ(schema_violation(schema, sample_arguments(schema, "some text")), "") << schema;
    }
}

TEST(JsonSchema, finds_a_property)
{
    const char* schema = R"({"properties":{"a":{"type":"string"}}})";
    EXPECT_EQ(property_of(schema, "a"), R"({"type":"string"})");
    EXPECT_EQ(property_of(schema, "b"), std::nullopt);
    EXPECT_EQ(property_of("[]", "b"), std::nullopt);
}

}  // namespace
}  // namespace chaos::mock_providers
