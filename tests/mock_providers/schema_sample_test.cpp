// Schemas beside the arguments a friendly model makes of them.
#include "mock_providers/schema_sample.hpp"

#include <gtest/gtest.h>

namespace chaos::mock_providers {
namespace {

TEST(SchemaSample, satisfies_each_keyword)
{
    const std::pair<const char*, const char*> rows[] = {
        {R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"boolean"}}})",
         R"({"a":"text","b":true})"},
        {R"({"type":"object","required":["b"],"properties":{"a":{"type":"string"},"b":{"type":"boolean"}}})",
         R"({"b":true})"},
        {R"({"type":"object","required":[],"properties":{"a":{"type":"string"}}})", "{}"},
        {R"({"properties":{"unit":{"enum":["celsius","kelvin"]}}})", R"({"unit":"celsius"})"},
        {R"({"properties":{"c":{"const":7},"d":{"default":[1]}}})", R"({"c":7,"d":[1]})"},
        {R"({"properties":{"n":{"type":"integer","minimum":5},"m":{"type":"number","maximum":0.5},"o":{"type":"number"}}})",
         R"({"n":5,"m":0.5,"o":1})"},
        {R"({"properties":{"l":{"type":"array","items":{"type":"integer"}}}})", R"({"l":[1]})"},
        {R"({"properties":{"l":{"type":"array","minItems":2,"items":{"type":"string","maxLength":2}}}})",
         R"({"l":["te","te"]})"},
        {R"({"properties":{"s":{"type":"string","minLength":6}}})", R"({"s":"text.."})"},
        {R"({"properties":{"s":{"type":["string","null"]},"z":{"type":"null"}}})", R"({"s":"text","z":null})"},
        {R"({"properties":{"s":{"anyOf":[{"type":"integer"},{"type":"null"}]}}})", R"({"s":1})"},
        {R"({"properties":{"s":{"type":"string","format":"date"}}})", R"({"s":"2026-01-01"})"},
        {R"({"properties":{"p":{"$ref":"#/$defs/P"}},"$defs":{"P":{"type":"object","properties":{"x":{"type":"integer"}}}}})",
         R"({"p":{"x":1}})"},
        {R"({"properties":{"p":{"$ref":"#/nowhere"}}})", R"({"p":"text"})"},
        {"", "{}"},
        {"[]", "{}"},
        {"not JSON", "{}"},
        {R"({"type":"string"})", "{}"},
        {R"({"properties":[1]})", "{}"},
    };
    for (const auto& [schema, arguments] : rows) {
        EXPECT_EQ(sample_arguments(schema, "text"), arguments) << schema;
    }
}

TEST(SchemaSample, ends_for_schemas_that_refer_to_themselves)
{
    EXPECT_FALSE(sample_arguments(R"({"properties":{"again":{"$ref":"#"}}})", "text").empty());
    const std::string endless =
        sample_arguments(R"({"$defs":{"A":{"properties":{"a":{"$ref":"#/$defs/A"}}}},"$ref":"#/$defs/A"})", "x");
    EXPECT_LT(endless.size(), 200U);
}

}  // namespace
}  // namespace chaos::mock_providers
