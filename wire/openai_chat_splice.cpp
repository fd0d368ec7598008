// Looking into a request body and changing its model without reading the rest.
#include "wire/json_splice.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::wire::openai_chat {

Read<std::string> replace_model(std::string_view body, std::string_view model)
{
    std::string literal;
    net::append_json_string(literal, model);
    return json::with_members(body, {{"model", std::move(literal)}});
}

Read<Peek> peek(std::string_view body, const net::JsonLimits& limits)
{
    if (body.size() > limits.max_bytes) {
        return {std::nullopt, "the body: larger than " + std::to_string(limits.max_bytes) + " bytes"};
    }
    Peek seen;
    const bool is_object = json::for_each_member(body, [&](std::string_view name, json::Span value) {
        const std::string_view text = json::piece(body, value);
        if (json::means(name, "model")) seen.model = json::decoded(text).value_or("");
        if (json::means(name, "stream")) seen.stream = text == "true";
        if (json::means(name, "messages")) {
            seen.messages = 0;
            json::for_each_element(text, [&](json::Span) { ++seen.messages; });
        }
    });
    if (!is_object) return {std::nullopt, "the body: expected a JSON object"};
    return {std::move(seen), ""};
}

}  // namespace chaos::wire::openai_chat
