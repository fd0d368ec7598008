// Messages requests, read strictly.
#include <fmt/format.h>

#include "wire/anthropic_messages.hpp"
#include "wire/json_document.hpp"

namespace chaos::wire::anthropic {

namespace {

using json::Field;
using simdjson::dom::array;
using simdjson::dom::object;

constexpr std::string_view field_required = "Field required";

/// Reads one body; the first thing that is wrong ends it.
class RequestReader {
public:
    explicit RequestReader(bool count_only) : count_only_(count_only) {}

    /// False once something is wrong; then problem() says what.
    bool read(const Field& root, ChatRequest& request);
    const std::string& problem() const { return problem_; }

private:
    bool fail(std::string_view path, std::string_view what)
    {
        problem_ = fmt::format("{}: {}", path, what);
        return false;
    }
    std::string here() const { return fmt::format("messages.{}", index_); }

    static void read_manner(const object& body, ChatRequest& out);
    bool read_max_tokens(const Field& field, ChatRequest& out);
    bool read_system(const Field& field, std::vector<Message>& out);
    bool read_messages(const Field& field, std::vector<Message>& out);
    bool read_message(const json::Element& element, std::vector<Message>& out);
    bool read_block(const json::Element& element, const std::string& path, std::vector<Message>& out, Message& rest);
    static void read_thought(const object& block, std::string_view kind, Message& rest);
    static bool read_document(const object& block, const Field& source, Message& rest);
    bool read_image(const Field& source, const std::string& path, Message& rest);
    bool read_call(const object& block, const std::string& path, Message& rest);
    bool read_result(const object& block, const std::string& path, std::vector<Message>& out);
    bool read_text_block(const Field& text, const std::string& path, std::vector<Part>& out);
    bool read_tools(const Field& field, ChatRequest& request);
    bool read_tool_choice(const Field& field, ChatRequest& request);
    bool read_stream(const Field& field, ChatRequest& out);

    bool count_only_;
    bool cache_hints_ = false;
    std::size_t index_ = 0;
    std::string problem_;
};

bool RequestReader::read(const Field& root, ChatRequest& request)
{
    const std::optional<object> body = json::object(root);
    if (!body) return fail("the body", "Input should be an object");
    auto [model, max_tokens, messages, system, tools, tool_choice, stream, thinking] = json::members(
        *body, {"model", "max_tokens", "messages", "system", "tools", "tool_choice", "stream", "thinking"});
    if (!model) return fail("model", field_required);
    if (!json::text(model)) return fail("model", "Input should be a valid string");
    request.model = *json::text(model);
    request.include_usage = true;  // every stream of this dialect reports it
    request.reasoning = thinking && json::text(json::member(thinking, "type")) != "disabled";
    request.reasoning_budget = json::integer(json::member(thinking, "budget_tokens"));
    read_manner(*body, request);
    const bool fine = read_max_tokens(max_tokens, request) && read_system(system, request.messages) &&
                      read_messages(messages, request.messages) && read_tools(tools, request) &&
                      read_tool_choice(tool_choice, request) && read_stream(stream, request);
    request.cache_hints = request.cache_hints || cache_hints_;
    return fine;
}

/// What shapes an answer without being its content; of another type than it should be, it is as good as absent.
void RequestReader::read_manner(const object& body, ChatRequest& out)
{
    static const std::vector<std::string_view> known{"model",       "max_tokens",    "messages",     "system",
                                                     "tools",       "tool_choice",   "stream",       "thinking",
                                                     "temperature", "top_p",         "top_k",        "stop_sequences",
                                                     "metadata",    "output_config", "output_format"};
    auto [temperature, top_p, top_k, stop, metadata, output_config, output_format] = json::members(
        body, {"temperature", "top_p", "top_k", "stop_sequences", "metadata", "output_config", "output_format"});
    out.sampling.temperature = json::number(temperature);
    out.sampling.top_p = json::number(top_p);
    out.sampling.top_k = json::integer(top_k);
    out.stop = json::texts(stop);
    out.user = json::text_or_empty(json::member(metadata, "user_id"));
    out.reasoning_effort = json::text_or_empty(json::member(output_config, "effort"));
    const Field in_config = json::member(output_config, "format");
    const Field format = in_config ? in_config : output_format;
    if (json::text(json::member(format, "type")) == "json_schema") {
        const Field schema = json::member(format, "schema");
        out.format.kind = ResponseFormat::Kind::json_schema;
        if (schema) out.format.schema = json::dumped(*schema);
    }
    out.unknown = json::other_members(body, known);
}

bool RequestReader::read_max_tokens(const Field& field, ChatRequest& out)
{
    if (!field && count_only_) return true;
    if (!field) return fail("max_tokens", field_required);
    const std::optional<std::int64_t> tokens = json::integer(field);
    if (!tokens) return fail("max_tokens", "Input should be a valid integer");
    if (*tokens < 0) return fail("max_tokens", "Input should be greater than or equal to 0");
    out.max_tokens = tokens;
    return true;
}

bool RequestReader::read_system(const Field& field, std::vector<Message>& out)
{
    if (!field) return true;
    if (const auto text = json::text(field)) {
        out.push_back(message(Role::system, std::string(*text)));
        return true;
    }
    const std::optional<array> blocks = json::array(field);
    if (!blocks) return fail("system", "Input should be a valid string or a list of text blocks");
    Message system = message(Role::system, "");
    std::size_t index = 0;
    for (const json::Element block : *blocks) {
        cache_hints_ = cache_hints_ || json::member(block, "cache_control");
        if (!read_text_block(json::member(block, "text"), fmt::format("system.{}", index), system.content))
            return false;
        ++index;
    }
    out.push_back(std::move(system));
    return true;
}

bool RequestReader::read_messages(const Field& field, std::vector<Message>& out)
{
    if (!field) return fail("messages", field_required);
    const std::optional<array> messages = json::array(field);
    if (!messages) return fail("messages", "Input should be a valid list");
    if (messages->begin() == messages->end()) return fail("messages", "at least one message is required");
    for (const json::Element message : *messages) {
        if (!read_message(message, out)) return false;
        ++index_;
    }
    return true;
}

bool RequestReader::read_message(const json::Element& element, std::vector<Message>& out)
{
    const std::optional<object> fields = json::object(element);
    if (!fields) return fail(here(), "Input should be an object");
    auto [role, content] = json::members(*fields, {"role", "content"});
    const std::string_view who = json::text(role).value_or("");
    Message rest;
    if (who == "assistant") {
        rest.role = Role::assistant;
    } else if (who == "system") {
        rest.role = Role::system;
    } else if (who != "user") {
        return fail(here() + ".role", "Input should be 'user', 'assistant' or 'system'");
    }
    if (const auto text = json::text(content)) {
        if (text->empty())
            return fail(here(),
                        "all messages must have non-empty content except for the optional final assistant message");
        rest.content.push_back({Part::Kind::text, std::string(*text)});
        out.push_back(std::move(rest));
        return true;
    }
    const std::optional<array> blocks = json::array(content);
    if (!blocks) return fail(here() + ".content", content ? "Input should be a valid string or list" : field_required);
    std::size_t nth = 0;
    for (const json::Element block : *blocks) {
        if (!read_block(block, fmt::format("{}.content.{}", here(), nth), out, rest)) return false;
        ++nth;
    }
    if (!rest.content.empty() || !rest.tool_calls.empty() || !rest.reasoning.empty()) out.push_back(std::move(rest));
    return true;
}

bool RequestReader::read_block(const json::Element& element, const std::string& path, std::vector<Message>& out,
                               Message& rest)
{
    const std::optional<object> block = json::object(element);
    if (!block) return fail(path, "Input should be an object");
    auto [type, text, source, cache] = json::members(*block, {"type", "text", "source", "cache_control"});
    cache_hints_ = cache_hints_ || cache;
    const std::string_view kind = json::text(type).value_or("");
    if (kind == "text") return read_text_block(text, path, rest.content);
    if (kind == "image") return read_image(source, path, rest);
    if (kind == "tool_use" && rest.role == Role::assistant) return read_call(*block, path, rest);
    if (kind == "tool_result" && rest.role == Role::user) return read_result(*block, path, out);
    if (kind == "tool_use" || kind == "tool_result") {
        return fail(path, fmt::format("`{}` blocks can only be in `{}` messages", kind,
                                      kind == "tool_use" ? "assistant" : "user"));
    }
    if (kind.empty()) return fail(path + ".type", field_required);
    if (kind == "thinking" || kind == "redacted_thinking") {
        read_thought(*block, kind, rest);
        return true;
    }
    if (kind == "document" && read_document(*block, source, rest)) return true;
    rest.content.push_back({Part::Kind::other, json::dumped(element)});
    return true;
}

void RequestReader::read_thought(const object& block, std::string_view kind, Message& rest)
{
    auto [thinking, signature, data] = json::members(block, {"thinking", "signature", "data"});
    Reasoning& thought = rest.reasoning.emplace_back();
    thought.redacted = kind == "redacted_thinking";
    thought.text = json::text_or_empty(thinking);
    thought.seal = json::text_or_empty(thought.redacted ? data : signature);
    thought.bound_to = Vendor::anthropic;
}

/// False if it has no neutral form: a file that the vendor keeps, or content in blocks.
bool RequestReader::read_document(const object& block, const Field& source, Message& rest)
{
    const std::string_view kind = json::text(json::member(source, "type")).value_or("");
    const auto data = json::text(json::member(source, kind == "url" ? "url" : "data"));
    if (!data || (kind != "base64" && kind != "url" && kind != "text")) return false;
    auto [title] = json::members(block, {"title"});
    if (kind == "text") {
        rest.content.push_back({Part::Kind::text, std::string(*data)});
        return true;
    }
    const std::string_view type = json::text(json::member(source, "media_type")).value_or("application/pdf");
    Part& part = rest.content.emplace_back();
    part.kind = Part::Kind::document;
    part.text = kind == "url" ? std::string(*data) : fmt::format("data:{};base64,{}", type, *data);
    part.name = json::text_or_empty(title);
    return true;
}

bool RequestReader::read_text_block(const Field& text, const std::string& path, std::vector<Part>& out)
{
    const auto value = json::text(text);
    if (!value) return fail(path + ".text", text ? "Input should be a valid string" : field_required);
    if (value->empty()) return fail(path, "text content blocks must be non-empty");
    out.push_back({Part::Kind::text, std::string(*value)});
    return true;
}

/// As the URL it would be elsewhere: a base64 source becomes a data URL.
bool RequestReader::read_image(const Field& source, const std::string& path, Message& rest)
{
    const std::string_view kind = json::text(json::member(source, "type")).value_or("");
    if (kind == "base64") {
        const auto media_type = json::text(json::member(source, "media_type"));
        const auto data = json::text(json::member(source, "data"));
        if (!media_type || !data) return fail(path + ".source.base64", field_required);
        rest.content.push_back({Part::Kind::image, fmt::format("data:{};base64,{}", *media_type, *data)});
        return true;
    }
    const auto place = json::text(json::member(source, kind == "file" ? "file_id" : "url"));
    if (!place) return fail(path + ".source", "Input should be a base64, url or file source");
    rest.content.push_back({Part::Kind::image, std::string(*place)});
    return true;
}

bool RequestReader::read_call(const object& block, const std::string& path, Message& rest)
{
    auto [id, name, input] = json::members(block, {"id", "name", "input"});
    if (!json::text(id)) return fail(path + ".tool_use.id", field_required);
    if (!json::text(name)) return fail(path + ".tool_use.name", field_required);
    if (!json::object(input)) return fail(path + ".tool_use.input", "Input should be an object");
    rest.tool_calls.push_back({std::string(*json::text(id)), std::string(*json::text(name)), json::dumped(*input)});
    return true;
}

bool RequestReader::read_result(const object& block, const std::string& path, std::vector<Message>& out)
{
    auto [id, content, is_error] = json::members(block, {"tool_use_id", "content", "is_error"});
    if (!json::text(id)) return fail(path + ".tool_result.tool_use_id", field_required);
    Message result = message(Role::tool, std::string(json::text(content).value_or("")));
    result.tool_call_id = *json::text(id);
    result.is_error = json::boolean(is_error).value_or(false);
    if (const std::optional<array> parts = json::array(content)) {
        std::size_t nth = 0;
        for (const json::Element part : *parts) {
            if (!read_block(part, fmt::format("{}.content.{}", path, nth), out, result)) return false;
            ++nth;
        }
    }
    out.push_back(std::move(result));
    return true;
}

bool RequestReader::read_tools(const Field& field, ChatRequest& request)
{
    if (!field) return true;
    std::vector<ToolSpec>& out = request.tools;
    const std::optional<array> tools = json::array(field);
    if (!tools) return fail("tools", "Input should be a valid list");
    for (const json::Element tool : *tools) {
        const std::string path = fmt::format("tools.{}", out.size());
        const std::optional<object> fields = json::object(tool);
        if (!fields) return fail(path, "Input should be an object");
        auto [type, name, description, schema, strict, cache] =
            json::members(*fields, {"type", "name", "description", "input_schema", "strict", "cache_control"});
        if (!json::text(name)) return fail(path + ".custom.name", field_required);
        const bool of_the_server = json::text(type).value_or("custom") != "custom";
        if (!of_the_server && !json::object(schema)) return fail(path + ".custom.input_schema", field_required);
        request.cache_hints = request.cache_hints || cache;
        if (of_the_server && !schema) request.hosted_tools.emplace_back(*json::text(type));
        ToolSpec& spec = out.emplace_back();
        spec.strict = json::boolean(strict);
        spec.name = *json::text(name);
        spec.description = json::text(description).value_or("");
        if (schema) spec.parameters = json::dumped(*schema);
    }
    return true;
}

bool RequestReader::read_tool_choice(const Field& field, ChatRequest& request)
{
    if (!field) return true;
    ToolChoice& out = request.tool_choice;
    const std::optional<bool> one_by_one = json::boolean(json::member(field, "disable_parallel_tool_use"));
    if (one_by_one) request.parallel_tool_calls = !*one_by_one;
    const std::string_view kind = json::text(json::member(field, "type")).value_or("");
    if (kind == "auto") return true;
    if (kind == "any") {
        out.kind = ToolChoice::Kind::required;
    } else if (kind == "none") {
        out.kind = ToolChoice::Kind::none;
    } else if (kind == "tool") {
        const auto name = json::text(json::member(field, "name"));
        if (!name) return fail("tool_choice.tool.name", field_required);
        out = {ToolChoice::Kind::named, std::string(*name)};
    } else {
        return fail("tool_choice", "Input tag should be one of 'auto', 'any', 'tool', 'none'");
    }
    return true;
}

bool RequestReader::read_stream(const Field& field, ChatRequest& out)
{
    if (field && !json::boolean(field)) return fail("stream", "Input should be a valid boolean");
    out.stream = json::boolean(field).value_or(false);
    return true;
}

}  // namespace

Read<ChatRequest> read_request(std::string_view body, bool count_only, const net::JsonLimits& limits)
{
    const json::Document document(body, limits);
    if (!document.problem().empty()) return {std::nullopt, "The request body is not valid JSON: " + document.problem()};
    Read<ChatRequest> result;
    RequestReader reader(count_only);
    if (reader.read(document.root(), result.value.emplace())) return result;
    return {std::nullopt, reader.problem()};
}

}  // namespace chaos::wire::anthropic
