// The words that mark the place of a reference survive every translation of a schema, since models read them.
#include "mock_providers/tool_declaration.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "net/json.hpp"

namespace chaos::mock_providers {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view reference_words = "The reference of this step, unchanged.";

constexpr std::string_view usual_input =
    R"({"type":"object","properties":{"reference":{"type":"string","description":"The reference of this )"
    R"(step, unchanged."},"content":{"type":"string","description":"What to do, in words."}},)"
    R"("required":["reference","content"],"additionalProperties":false})";

/// The declared schema, in which the place of the token says so.
std::string marked(const ToolSpec& tool)
{
    auto schema = net::parse_json(tool.input);
    if (!schema || tool.token_in.empty()) {
        return tool.input;
    }
    Json& property = (*schema)["properties"][tool.token_in];
    const std::string own = property.value("description", "");
    property["description"] = own.empty() ? std::string(reference_words) : fmt::format("{} {}", own, reference_words);
    return net::dump_json(*schema);
}

bool says_reference(const Json& property)
{
    return property.is_object() && property.contains("description") && property["description"].is_string() &&
           property["description"].get_ref<const std::string&>().find(reference_words) != std::string::npos;
}

}  // namespace

wire::ToolSpec declaration(const ToolSpec& tool)
{
    wire::ToolSpec declared;
    declared.name = tool.name;
    declared.description =
        tool.description.empty() ? fmt::format("Carries out one step with {}.", tool.name) : tool.description;
    declared.parameters = tool.input.empty() ? std::string(usual_input) : marked(tool);
    return declared;
}

bool is_usual_input(std::string_view parameters)
{
    return parameters == usual_input;
}

std::optional<std::string> reference_place(std::string_view parameters)
{
    const auto schema = net::parse_json(parameters);
    const Json properties =
        schema && schema->is_object() ? schema->value("properties", Json::object()) : Json::object();
    if (!properties.is_object()) {
        return std::nullopt;
    }
    for (const auto& [name, property] : properties.items()) {
        if (says_reference(property)) {
            return name;
        }
    }
    return properties.contains("reference") ? std::optional<std::string>("reference") : std::nullopt;
}

}  // namespace chaos::mock_providers
