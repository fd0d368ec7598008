// Schemas are read strictly; then the place of the effect token is looked for in the one of the arguments.
#include "mock_providers/read_tool_schemas.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mock_providers/brief.hpp"
#include "mock_providers/json_schema.hpp"
#include "mock_providers/schema_sample.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers {

namespace {

std::string read_schema(config::MapReader& map, std::string_view key)
{
    const auto node = map.take(key);
    if (!node) {
        return "";
    }
    const std::string what = fmt::format("{} of {}", key, map.what());
    const std::string schema = read_object_schema(*node, map.complaints(), what).value_or("");
    const std::string why = schema.empty() ? "" : schema_violation(schema, sample_arguments(schema, "sample"));
    if (!why.empty()) {
        map.complaints().add(node->at(), fmt::format("{}: no value that keeps to it could be made up: {}", what, why));
        return "";
    }
    return schema;
}

/// As long as tokens get.
std::string sample_token()
{
    return effect_token(task_token(run_token(1), 100'000), 50, 1);
}

/// Why the declared property cannot hold effect tokens; empty if it can.
std::string unfit_for_tokens(const std::string& property)
{
    std::string token;
    net::append_json_string(token, sample_token());
    const auto schema = net::parse_json(property);
    if (schema && (!schema->contains("type") || (*schema)["type"] != "string")) {
        return "it is not declared as text, `type: string`";
    }
    return schema_violation(property, token);
}

void check_token(config::MapReader& map, const ToolSpec& tool, bool named)
{
    const auto property = property_of(tool.input, tool.token_in);
    if (!property) {
        map.complaints().add(
            map.at(named ? "token_in" : "input"),
            named ? fmt::format("token_in: the input of {} has no property '{}'", map.what(), tool.token_in)
                  : fmt::format("{} has effects, and its input has no place for the token that tells them apart: "
                                "declare the text `reference`, or name another text with `token_in: NAME`, or say "
                                "`read_only: true`",
                                map.what()));
        return;
    }
    const std::string why = unfit_for_tokens(*property);
    if (!why.empty()) {
        map.complaints().add(map.at(named ? "token_in" : "input"),
                             fmt::format("'{}' of {} cannot hold an effect token such as '{}': {}", tool.token_in,
                                         map.what(), sample_token(), why));
    }
}

}  // namespace

void read_tool_schemas(config::MapReader& map, ToolSpec& tool)
{
    const bool declared = map.take("input").has_value();
    tool.input = read_schema(map, "input");
    tool.output = read_schema(map, "output");
    const auto named = map.text("token_in");
    if (named && !declared) {
        map.complaints().add(map.at("token_in"),
                             "token_in names a property of the tool's own `input`; the usual one has `reference`");
        return;
    }
    tool.token_in = named.value_or(tool.token_in);
    if (!declared || tool.input.empty()) {
        return;  // nothing to look in, or it could not be read
    }
    if (named || tool.kind != ToolKind::read_only) {
        check_token(map, tool, named.has_value());
    } else if (!property_of(tool.input, tool.token_in)) {
        tool.token_in.clear();
    }
}

}  // namespace chaos::mock_providers
