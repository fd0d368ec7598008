// Responses requests, read strictly, as the vendor would.
#include <fmt/format.h>

#include <algorithm>

#include "wire/json_document.hpp"
#include "wire/openai_responses.hpp"
#include "wire/openai_sound.hpp"

namespace chaos::wire::openai_responses {

namespace {

using json::Field;
using json::take_text;
using simdjson::dom::array;
using simdjson::dom::object;

/// A file with its bytes or its address; false if it is only named.
bool read_file(const json::Element& element, Part& out)
{
    const auto data = json::text(json::member(element, "file_data"));
    const auto url = json::text(json::member(element, "file_url"));
    if (!data && !url) return false;
    out.kind = Part::Kind::document;
    out.text = data ? *data : *url;
    if (data && !data->starts_with("data:")) out.text = fmt::format("data:application/pdf;base64,{}", *data);
    out.name = json::text_or_empty(json::member(element, "filename"));
    return true;
}

/// Reads one body; the first thing that is wrong ends it.
class RequestReader {
public:
    /// False once something is wrong; then problem() says what.
    bool read(const Field& root, ChatRequest& request);
    const std::string& problem() const { return problem_; }

private:
    bool fail(std::string_view path, std::string_view expected)
    {
        problem_ = fmt::format("{}: expected {}", path, expected);
        return false;
    }
    /// The path of a member of the item or tool being read.
    std::string here(std::string_view name) const { return fmt::format("{}[{}]{}", list_, index_, name); }

    static void read_manner(const object& body, ChatRequest& out);
    bool read_options(const object& body, ChatRequest& out);
    bool read_instructions(const Field& field, std::vector<Message>& out);
    bool read_input(const Field& field, std::vector<Message>& out);
    bool read_item(const json::Element& element, std::vector<Message>& out);
    bool read_message(const object& item, std::vector<Message>& out);
    bool read_role(const Field& field, Message& out);
    bool read_call(const object& item, std::string_view arguments, std::vector<Message>& out);
    bool read_output(const object& item, Message& out);
    bool read_reasoning(const object& item, std::vector<Message>& out);
    bool read_content(const Field& content, std::string_view name, Message& out);
    bool read_part(const json::Element& element, const std::string& path, Message& out);
    bool read_input_part(const json::Element& element, std::string_view kind, const std::string& path, Part& out);
    bool read_said_part(const json::Element& element, std::string_view kind, const std::string& path, Part& out);
    bool read_tools(const Field& tools, ChatRequest& request);
    bool read_tool(const json::Element& element, ToolSpec& out);
    bool read_tool_choice(const Field& choice, ToolChoice& out);
    bool read_choice_word(std::string_view word, ToolChoice& out);

    std::string_view list_ = "input";
    std::size_t index_ = 0;
    std::string problem_;
};

bool RequestReader::read(const Field& root, ChatRequest& request)
{
    std::optional<object> body = json::object(root);
    if (!body) return fail("the body", "a JSON object");
    auto [model, instructions, input, tools, tool_choice] =
        json::members(*body, {"model", "instructions", "input", "tools", "tool_choice"});
    if (!take_text(model, request.model)) return fail("model", "text");
    return read_instructions(instructions, request.messages) && read_input(input, request.messages) &&
           read_tools(tools, request) && read_tool_choice(tool_choice, request.tool_choice) &&
           read_options(*body, request);
}

bool RequestReader::read_options(const object& body, ChatRequest& out)
{
    auto [stream, max_tokens, previous, conversation, background] =
        json::members(body, {"stream", "max_output_tokens", "previous_response_id", "conversation", "background"});
    if (stream && !json::boolean(stream)) return fail("stream", "true or false");
    out.stream = json::boolean(stream).value_or(false);
    out.include_usage = true;
    read_manner(body, out);
    out.max_tokens = json::integer(max_tokens);
    const bool enough = out.max_tokens >= items::least_output_tokens;
    if (max_tokens && !enough) {
        return fail("max_output_tokens", fmt::format("a whole number of at least {}", items::least_output_tokens));
    }
    if (previous && !take_text(previous, out.previous_answer)) return fail("previous_response_id", "text");
    if (conversation) return fail("conversation", "none: no conversation is kept here");
    if (json::boolean(background) == true) return fail("background", "false: no response is kept here");
    return true;
}

/// What shapes an answer without being its content; of another type than it should be, it is as good as absent.
void RequestReader::read_manner(const object& body, ChatRequest& out)
{
    static const std::vector<std::string_view> known{"model",
                                                     "instructions",
                                                     "input",
                                                     "tools",
                                                     "tool_choice",
                                                     "stream",
                                                     "temperature",
                                                     "top_p",
                                                     "reasoning",
                                                     "top_logprobs",
                                                     "max_output_tokens",
                                                     "previous_response_id",
                                                     "text",
                                                     "user",
                                                     "parallel_tool_calls",
                                                     "include"};
    auto [temperature, top_p, parallel, reasoning, text, user, include] =
        json::members(body, {"temperature", "top_p", "parallel_tool_calls", "reasoning", "text", "user", "include"});
    out.sampling.temperature = json::number(temperature);
    out.sampling.top_p = json::number(top_p);
    out.parallel_tool_calls = json::boolean(parallel);
    out.reasoning_effort = json::text_or_empty(json::member(reasoning, "effort"));
    out.user = json::text_or_empty(user);
    for (const std::string& wish : json::texts(include)) {
        if (wish == "message.output_text.logprobs") out.logprobs = true;
    }
    const Field format = json::member(text, "format");
    const std::string_view type = json::text(json::member(format, "type")).value_or("");
    if (type == "json_object") out.format.kind = ResponseFormat::Kind::json_object;
    if (type == "json_schema") {
        const Field schema = json::member(format, "schema");
        out.format.kind = ResponseFormat::Kind::json_schema;
        out.format.name = json::text_or_empty(json::member(format, "name"));
        out.format.strict = json::boolean(json::member(format, "strict"));
        if (schema) out.format.schema = json::dumped(*schema);
    }
    out.unknown = json::other_members(body, known);
}

bool RequestReader::read_instructions(const Field& field, std::vector<Message>& out)
{
    if (!field) return true;
    std::optional<std::string_view> text = json::text(field);
    if (!text) return fail("instructions", "text");
    if (!text->empty()) out.push_back(message(Role::system, std::string(*text)));
    return true;
}

bool RequestReader::read_input(const Field& field, std::vector<Message>& out)
{
    if (std::optional<std::string_view> text = json::text(field)) {
        out.push_back(message(Role::user, std::string(*text)));
        return true;
    }
    const std::size_t before = out.size();
    std::optional<array> items = json::array(field);
    if (!items) return fail("input", "text or a list of items");
    list_ = "input";
    index_ = 0;
    for (json::Element item : *items) {
        if (!read_item(item, out)) return false;
        ++index_;
    }
    const auto says = [](const Message& message) {
        return message.reasoning.empty() || !message.content.empty() || !message.tool_calls.empty();
    };
    return std::any_of(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(), says) ||
           fail("input", "at least one message, call or output of a call");
}

bool RequestReader::read_item(const json::Element& element, std::vector<Message>& out)
{
    std::optional<object> item = json::object(element);
    if (!item) return fail(here(""), "an object");
    auto [type_field, role] = json::members(*item, {"type", "role"});
    if (type_field && !json::text(type_field)) return fail(here(".type"), "text");
    const std::string_view type = json::text(type_field).value_or(role ? "message" : "");
    if (type == "message") return read_message(*item, out);
    if (type == "function_call") return read_call(*item, "arguments", out);
    if (type == "custom_tool_call") return read_call(*item, "input", out);
    if (type == "function_call_output" || type == "custom_tool_call_output") {
        return read_output(*item, out.emplace_back());
    }
    if (type == "reasoning") return read_reasoning(*item, out);
    return fail(here(".type"), "message, function_call, function_call_output, or reasoning");
}

bool RequestReader::read_message(const object& item, std::vector<Message>& out)
{
    auto [role, content] = json::members(item, {"role", "content"});
    const bool thought_before = !out.empty() && out.back().role == Role::assistant && !out.back().reasoning.empty() &&
                                out.back().content.empty() && out.back().tool_calls.empty();
    const bool joins = thought_before && json::text(role) == "assistant";
    Message& message = joins ? out.back() : out.emplace_back();
    return read_role(role, message) && read_content(content, ".content", message);
}

bool RequestReader::read_role(const Field& field, Message& out)
{
    std::string_view role = json::text(field).value_or("");
    if (role == "user") {
        out.role = Role::user;
    } else if (role == "assistant") {
        out.role = Role::assistant;
    } else if (role == "system" || role == "developer") {
        out.role = Role::system;
    } else {
        return fail(here(".role"), "one of system, developer, user, assistant");
    }
    return true;
}

bool RequestReader::read_call(const object& item, std::string_view arguments_name, std::vector<Message>& out)
{
    const std::string_view names[] = {"call_id", "name", arguments_name};
    auto [call_id, name, arguments] = json::members(item, names);
    ToolCall call;
    if (!take_text(call_id, call.id)) return fail(here(".call_id"), "text");
    if (!take_text(name, call.name)) return fail(here(".name"), "text");
    if (!take_text(arguments, call.arguments)) return fail(here(fmt::format(".{}", arguments_name)), "text");
    const bool joins = !out.empty() && out.back().role == Role::assistant;
    if (!joins) out.emplace_back().role = Role::assistant;
    out.back().tool_calls.push_back(std::move(call));
    return true;
}

bool RequestReader::read_output(const object& item, Message& out)
{
    out.role = Role::tool;
    auto [call_id, output, status] = json::members(item, {"call_id", "output", "status"});
    out.is_error = json::text(status) == "incomplete";
    if (!take_text(call_id, out.tool_call_id)) return fail(here(".call_id"), "text");
    return read_content(output, ".output", out);
}

/// It joins the turn under way, or begins one that the items after it join.
bool RequestReader::read_reasoning(const object& item, std::vector<Message>& out)
{
    auto [id, summary, content, encrypted] = json::members(item, {"id", "summary", "content", "encrypted_content"});
    if (id && !json::text(id)) return fail(here(".id"), "text");
    const std::optional<array> parts = json::array(summary);
    if (!parts) return fail(here(".summary"), "a list");
    Reasoning thought;
    thought.id = json::text_or_empty(id);
    thought.seal = json::text_or_empty(encrypted);
    thought.bound_to = Vendor::openai;
    for (const json::Element part : *parts) thought.text += json::text_or_empty(json::member(part, "text"));
    if (const std::optional<array> said = json::array(content)) {
        for (const json::Element part : *said) thought.text += json::text_or_empty(json::member(part, "text"));
    }
    const bool joins = !out.empty() && out.back().role == Role::assistant && out.back().tool_calls.empty();
    if (!joins) out.emplace_back().role = Role::assistant;
    out.back().reasoning.push_back(std::move(thought));
    return true;
}

bool RequestReader::read_content(const Field& content, std::string_view name, Message& out)
{
    if (std::optional<std::string_view> text = json::text(content)) {
        if (!text->empty()) out.content.push_back({Part::Kind::text, std::string(*text)});
        return true;
    }
    std::optional<array> parts = json::array(content);
    if (!parts) return fail(here(name), "text or a list of parts");
    std::size_t index = 0;
    for (json::Element part : *parts) {
        if (!read_part(part, here(fmt::format("{}[{}]", name, index)), out)) return false;
        ++index;
    }
    return true;
}

bool RequestReader::read_part(const json::Element& element, const std::string& path, Message& out)
{
    if (!json::object(element)) return fail(path, "an object");
    const std::string_view kind = json::text(json::member(element, "type")).value_or("");
    Part& part = out.content.emplace_back();
    return out.role == Role::assistant ? read_said_part(element, kind, path, part)
                                       : read_input_part(element, kind, path, part);
}

bool RequestReader::read_input_part(const json::Element& element, std::string_view kind, const std::string& path,
                                    Part& out)
{
    if (kind == "input_text") return take_text(json::member(element, "text"), out.text) || fail(path + ".text", "text");
    if (kind != "input_image" && kind != "input_file" && kind != "input_audio") {
        return fail(path + ".type", "input_text, input_image, input_file, or input_audio");
    }
    const bool is_url = kind == "input_image" && take_text(json::member(element, "image_url"), out.text);
    if (is_url) {
        out.kind = Part::Kind::image;
        out.detail = json::text_or_empty(json::member(element, "detail"));
        return true;
    }
    if (kind == "input_file" && read_file(element, out)) return true;
    if (kind == "input_audio" && openai::read_sound(json::member(element, "input_audio"), out)) return true;
    if (kind == "input_image" && !json::text(json::member(element, "file_id"))) {
        return fail(path + ".image_url", "text");
    }
    out = {Part::Kind::other, json::dumped(element)};
    return true;
}

bool RequestReader::read_said_part(const json::Element& element, std::string_view kind, const std::string& path,
                                   Part& out)
{
    if (kind == "output_text") {
        return take_text(json::member(element, "text"), out.text) || fail(path + ".text", "text");
    }
    if (kind == "refusal") {
        return take_text(json::member(element, "refusal"), out.text) || fail(path + ".refusal", "text");
    }
    return fail(path + ".type", "output_text or refusal");
}

bool RequestReader::read_tools(const Field& field, ChatRequest& request)
{
    if (!field) return true;
    std::vector<ToolSpec>& out = request.tools;
    std::optional<array> tools = json::array(field);
    if (!tools) return fail("tools", "a list");
    list_ = "tools";
    index_ = 0;
    out.reserve(tools->size());
    for (json::Element tool : *tools) {
        if (!read_tool(tool, out.emplace_back())) return false;
        ++index_;
    }
    return true;
}

bool RequestReader::read_tool(const json::Element& element, ToolSpec& out)
{
    std::optional<object> tool = json::object(element);
    if (!tool) return fail(here(""), "an object");
    auto [type, name, description, parameters, strict] =
        json::members(*tool, {"type", "name", "description", "parameters", "strict"});
    const std::string_view kind = json::text(type).value_or("");
    if (kind != "function" && kind != "custom") return fail(here(".type"), "function or custom");
    if (!take_text(name, out.name)) return fail(here(".name"), "text");
    out.description = json::text(description).value_or("");
    if (json::boolean(strict) == true) out.strict = true;
    out.freeform = kind == "custom";
    if (parameters && !json::object(parameters)) return fail(here(".parameters"), "a JSON Schema");
    if (parameters && !out.freeform) out.parameters = json::dumped(*parameters);
    if (out.freeform) out.strict.reset();
    return true;
}

bool RequestReader::read_tool_choice(const Field& choice, ToolChoice& out)
{
    if (!choice) return true;
    if (std::optional<std::string_view> word = json::text(choice)) return read_choice_word(*word, out);
    const std::string_view type = json::text(json::member(choice, "type")).value_or("");
    if (type == "allowed_tools") {
        return read_choice_word(json::text(json::member(choice, "mode")).value_or(""), out);
    }
    if (type != "function" && type != "custom") return fail("tool_choice.type", "function, custom, or allowed_tools");
    out.kind = ToolChoice::Kind::named;
    return take_text(json::member(choice, "name"), out.name) || fail("tool_choice.name", "text");
}

bool RequestReader::read_choice_word(std::string_view word, ToolChoice& out)
{
    if (word == "auto") {
        out.kind = ToolChoice::Kind::automatic;
    } else if (word == "none") {
        out.kind = ToolChoice::Kind::none;
    } else if (word == "required") {
        out.kind = ToolChoice::Kind::required;
    } else {
        return fail("tool_choice", "none, auto, required, or a function");
    }
    return true;
}

}  // namespace

Read<ChatRequest> read_request(std::string_view body, const net::JsonLimits& limits)
{
    json::Document document(body, limits);
    if (!document.problem().empty()) return {std::nullopt, "the body is not JSON: " + document.problem()};
    Read<ChatRequest> result;
    RequestReader reader;
    if (!reader.read(document.root(), result.value.emplace())) return {std::nullopt, reader.problem()};
    return result;
}

}  // namespace chaos::wire::openai_responses
