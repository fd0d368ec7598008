// Chat Completions requests: read strictly, as the vendor would, and written.
#include <fmt/format.h>

#include "wire/json_document.hpp"
#include "wire/openai_chat.hpp"
#include "wire/openai_sound.hpp"

namespace chaos::wire::openai_chat {

namespace {

using json::Field;
using json::take_text;
using simdjson::dom::array;
using simdjson::dom::object;

/// A sound or a file that comes with its bytes; false if it is neither.
bool read_attachment(std::string_view kind, const Field& content, Part& out)
{
    if (kind == "input_audio") return openai::read_sound(content, out);
    const auto data = kind == "file" ? json::text(json::member(content, "file_data")) : std::nullopt;
    if (!data) return false;
    out.kind = Part::Kind::document;
    out.text = data->starts_with("data:") ? std::string(*data) : fmt::format("data:application/pdf;base64,{}", *data);
    out.name = json::text_or_empty(json::member(content, "filename"));
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
    /// The path of a member of the message or tool being read.
    std::string here(std::string_view name) const { return fmt::format("{}[{}]{}", list_, index_, name); }

    bool read_messages(const Field& field, std::vector<Message>& out);
    bool read_message(const json::Element& element, Message& out);
    bool read_role(const Field& field, Message& out);
    bool read_content(const Field& content, std::vector<Part>& out);
    bool read_part(const json::Element& element, std::size_t index, std::vector<Part>& out);
    bool read_calls(const Field& calls, std::vector<ToolCall>& out);
    bool read_call(const json::Element& element, std::size_t index, ToolCall& out);
    bool read_tools(const Field& tools, std::vector<ToolSpec>& out);
    bool read_tool(const json::Element& element, ToolSpec& out);
    bool read_tool_choice(const Field& choice, ToolChoice& out);
    bool read_choice_word(std::string_view word, ToolChoice& out);
    bool read_stream(const Field& stream, const Field& options, ChatRequest& out);
    static void read_format(const Field& field, ResponseFormat& out);
    static void read_manner(const object& body, ChatRequest& out);
    bool read_max_tokens(const Field& field, std::string_view name, std::optional<std::int64_t>& out);

    std::string_view list_ = "messages";
    std::size_t index_ = 0;
    std::string problem_;
};

bool RequestReader::read(const Field& root, ChatRequest& request)
{
    std::optional<object> body = json::object(root);
    if (!body) return fail("the body", "a JSON object");
    auto [model, messages, tools, tool_choice, stream, stream_options, max_tokens, max_completion_tokens] =
        json::members(*body, {"model", "messages", "tools", "tool_choice", "stream", "stream_options", "max_tokens",
                              "max_completion_tokens"});
    if (!take_text(model, request.model)) return fail("model", "text");
    read_manner(*body, request);
    read_format(json::member(root, "response_format"), request.format);
    return read_messages(messages, request.messages) && read_tools(tools, request.tools) &&
           read_tool_choice(tool_choice, request.tool_choice) && read_stream(stream, stream_options, request) &&
           read_max_tokens(max_tokens, "max_tokens", request.max_tokens) &&
           read_max_tokens(max_completion_tokens, "max_completion_tokens", request.max_tokens);
}

/// What shapes an answer without being its content; of another type than it should be, it is as good as absent.
void RequestReader::read_manner(const object& body, ChatRequest& out)
{
    static const std::vector<std::string_view> known{"model",
                                                     "messages",
                                                     "tools",
                                                     "tool_choice",
                                                     "stream",
                                                     "stream_options",
                                                     "max_tokens",
                                                     "max_completion_tokens",
                                                     "response_format",
                                                     "temperature",
                                                     "top_p",
                                                     "top_k",
                                                     "seed",
                                                     "presence_penalty",
                                                     "frequency_penalty",
                                                     "stop",
                                                     "parallel_tool_calls",
                                                     "reasoning_effort",
                                                     "user",
                                                     "n",
                                                     "logprobs",
                                                     "top_logprobs",
                                                     "web_search_options"};
    auto [temperature, top_p, top_k, seed, presence, frequency, stop, parallel, effort, user, n, logprobs, search] =
        json::members(body, {"temperature", "top_p", "top_k", "seed", "presence_penalty", "frequency_penalty", "stop",
                             "parallel_tool_calls", "reasoning_effort", "user", "n", "logprobs", "web_search_options"});
    out.sampling = {json::number(temperature), json::number(top_p),    json::integer(top_k),
                    json::integer(seed),       json::number(presence), json::number(frequency)};
    out.stop = json::texts(stop);
    out.parallel_tool_calls = json::boolean(parallel);
    out.reasoning_effort = json::text_or_empty(effort);
    out.user = json::text_or_empty(user);
    out.choices = json::integer(n).value_or(1);
    out.logprobs = json::boolean(logprobs).value_or(false);
    if (search) out.hosted_tools.emplace_back("web_search");
    out.unknown = json::other_members(body, known);
}

void RequestReader::read_format(const Field& field, ResponseFormat& out)
{
    const std::string_view type = json::text(json::member(field, "type")).value_or("");
    if (type == "json_object") out.kind = ResponseFormat::Kind::json_object;
    if (type != "json_schema") return;
    const Field wrapper = json::member(field, "json_schema");
    const Field schema = json::member(wrapper, "schema");
    out.kind = ResponseFormat::Kind::json_schema;
    out.name = json::text_or_empty(json::member(wrapper, "name"));
    out.strict = json::boolean(json::member(wrapper, "strict"));
    if (schema) out.schema = json::dumped(*schema);
}

bool RequestReader::read_messages(const Field& field, std::vector<Message>& out)
{
    std::optional<array> messages = json::array(field);
    if (!messages || messages->begin() == messages->end()) return fail("messages", "a list of at least one message");
    list_ = "messages";
    index_ = 0;
    out.reserve(messages->size());
    for (json::Element message : *messages) {
        if (!read_message(message, out.emplace_back())) return false;
        ++index_;
    }
    return true;
}

bool RequestReader::read_message(const json::Element& element, Message& out)
{
    std::optional<object> message = json::object(element);
    if (!message) return fail(here(""), "an object");
    auto [role, content, tool_calls, tool_call_id, refusal, reasoning] =
        json::members(*message, {"role", "content", "tool_calls", "tool_call_id", "refusal", "reasoning_content"});
    if (!read_role(role, out)) return false;
    bool assistant = out.role == Role::assistant;
    if (assistant && !read_calls(tool_calls, out.tool_calls)) return false;
    if (assistant && !json::text(reasoning).value_or("").empty()) {
        out.reasoning.push_back({std::string(*json::text(reasoning))});
    }
    if (out.role == Role::tool && !take_text(tool_call_id, out.tool_call_id))
        return fail(here(".tool_call_id"), "text");
    // What an assistant refused is sent back with content null.
    bool refused = assistant && !content && refusal;
    if (refused) return read_content(refusal, out.content);
    bool may_be_absent = assistant && !out.tool_calls.empty();
    if (!content && may_be_absent) return true;
    return read_content(content, out.content);
}

bool RequestReader::read_role(const Field& field, Message& out)
{
    std::string_view role = json::text(field).value_or("");
    if (role == "user") {
        out.role = Role::user;
    } else if (role == "assistant") {
        out.role = Role::assistant;
    } else if (role == "tool") {
        out.role = Role::tool;
    } else if (role == "system" || role == "developer") {
        out.role = Role::system;
    } else {
        return fail(here(".role"), "one of system, developer, user, assistant, tool");
    }
    return true;
}

bool RequestReader::read_content(const Field& content, std::vector<Part>& out)
{
    if (std::optional<std::string_view> text = json::text(content)) {
        if (!text->empty()) out.push_back({Part::Kind::text, std::string(*text)});
        return true;
    }
    std::optional<array> parts = json::array(content);
    if (!parts) return fail(here(".content"), "text or a list of parts");
    std::size_t index = 0;
    for (json::Element part : *parts) {
        if (!read_part(part, index, out)) return false;
        ++index;
    }
    return true;
}

bool RequestReader::read_part(const json::Element& element, std::size_t index, std::vector<Part>& out)
{
    auto path = [&](std::string_view name) { return here(fmt::format(".content[{}]{}", index, name)); };
    std::optional<object> part = json::object(element);
    if (!part) return fail(path(""), "an object");
    auto [type, text, refusal, image] = json::members(*part, {"type", "text", "refusal", "image_url"});
    std::optional<std::string_view> kind = json::text(type);
    if (!kind) return fail(path(".type"), "text");
    Part& read = out.emplace_back();
    if (*kind == "text") return take_text(text, read.text) || fail(path(".text"), "text");
    if (*kind == "refusal") return take_text(refusal, read.text) || fail(path(".refusal"), "text");
    if (*kind == "image_url") {
        read.kind = Part::Kind::image;
        read.detail = json::text_or_empty(json::member(image, "detail"));
        bool has_url = take_text(image, read.text) || take_text(json::member(image, "url"), read.text);
        return has_url || fail(path(".image_url.url"), "text");
    }
    if (read_attachment(*kind, json::member(element, *kind), read)) return true;
    read = {Part::Kind::other, json::dumped(element)};
    return true;
}

bool RequestReader::read_calls(const Field& field, std::vector<ToolCall>& out)
{
    if (!field) return true;
    std::optional<array> calls = json::array(field);
    if (!calls) return fail(here(".tool_calls"), "a list");
    for (json::Element call : *calls) {
        std::size_t index = out.size();
        if (!read_call(call, index, out.emplace_back())) return false;
    }
    return true;
}

bool RequestReader::read_call(const json::Element& element, std::size_t index, ToolCall& out)
{
    auto path = [&](std::string_view name) { return here(fmt::format(".tool_calls[{}]{}", index, name)); };
    std::optional<object> call = json::object(element);
    if (!call) return fail(path(""), "an object");
    auto [id, type, function, custom] = json::members(*call, {"id", "type", "function", "custom"});
    if (!take_text(id, out.id)) return fail(path(".id"), "text");
    if (json::text(type) == "custom") {
        if (!take_text(json::member(custom, "name"), out.name)) return fail(path(".custom.name"), "text");
        return take_text(json::member(custom, "input"), out.arguments) || fail(path(".custom.input"), "text");
    }
    if (!take_text(json::member(function, "name"), out.name)) return fail(path(".function.name"), "text");
    return take_text(json::member(function, "arguments"), out.arguments) || fail(path(".function.arguments"), "text");
}

bool RequestReader::read_tools(const Field& field, std::vector<ToolSpec>& out)
{
    if (!field) return true;
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
    auto [type, function, custom] = json::members(*tool, {"type", "function", "custom"});
    bool is_custom = json::text(type) == "custom";
    std::optional<object> declared = json::object(is_custom ? custom : function);
    std::string_view kind = is_custom ? ".custom" : ".function";
    if (!declared) return fail(here(kind), "an object");
    auto [name, description, parameters, strict] =
        json::members(*declared, {"name", "description", "parameters", "strict"});
    out.strict = json::boolean(strict);
    out.freeform = is_custom;
    if (!take_text(name, out.name)) return fail(here(fmt::format("{}.name", kind)), "text");
    out.description = json::text(description).value_or("");
    if (parameters && !json::object(parameters)) return fail(here(fmt::format("{}.parameters", kind)), "a JSON Schema");
    if (parameters) out.parameters = json::dumped(*parameters);
    return true;
}

bool RequestReader::read_tool_choice(const Field& choice, ToolChoice& out)
{
    if (!choice) return true;
    if (std::optional<std::string_view> word = json::text(choice)) return read_choice_word(*word, out);
    std::string_view type = json::text(json::member(choice, "type")).value_or("");
    if (type == "allowed_tools") {
        Field mode = json::member(json::member(choice, "allowed_tools"), "mode");
        return read_choice_word(json::text(mode).value_or(""), out);
    }
    std::string_view kind = type == "custom" ? "custom" : "function";
    out.kind = ToolChoice::Kind::named;
    bool has_name = take_text(json::member(json::member(choice, kind), "name"), out.name);
    return has_name || fail(fmt::format("tool_choice.{}.name", kind), "text");
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

bool RequestReader::read_stream(const Field& stream, const Field& options, ChatRequest& out)
{
    if (stream && !json::boolean(stream)) return fail("stream", "true or false");
    out.stream = json::boolean(stream).value_or(false);
    if (options && !json::object(options)) return fail("stream_options", "an object");
    Field include_usage = json::member(options, "include_usage");
    if (include_usage && !json::boolean(include_usage)) return fail("stream_options.include_usage", "true or false");
    out.include_usage = json::boolean(include_usage).value_or(false);
    return true;
}

bool RequestReader::read_max_tokens(const Field& field, std::string_view name, std::optional<std::int64_t>& out)
{
    if (!field) return true;
    std::optional<std::int64_t> tokens = json::integer(field);
    if (!tokens || *tokens < 1) return fail(name, "a whole number of at least 1");
    out = tokens;
    return true;
}

std::string_view spelling(Role role)
{
    switch (role) {
        case Role::system:
            return "system";
        case Role::user:
            return "user";
        case Role::assistant:
            return "assistant";
        case Role::tool:
            return "tool";
    }
    return "user";
}

void write_part(std::string& out, const Part& part)
{
    switch (part.kind) {
        case Part::Kind::text:
            out += R"({"type":"text","text":)";
            net::append_json_string(out, part.text);
            out += '}';
            break;
        case Part::Kind::image:
            out += R"({"type":"image_url","image_url":{"url":)";
            net::append_json_string(out, part.text);
            if (!part.detail.empty()) {
                out += R"(,"detail":)";
                net::append_json_string(out, part.detail);
            }
            out += "}}";
            break;
        case Part::Kind::document:
            out += R"({"type":"file","file":{"filename":)";
            net::append_json_string(out, part.name.empty() ? "file.pdf" : part.name);
            out += R"(,"file_data":)";
            net::append_json_string(out, part.text);
            out += "}}";
            break;
        case Part::Kind::audio:
            openai::write_sound(out, part);
            break;
        case Part::Kind::other:
            out += part.text;
            break;
    }
}

void write_content(std::string& out, const Message& message)
{
    const std::vector<Part>& parts = message.content;
    bool plain = parts.size() == 1 && parts.front().kind == Part::Kind::text && !parts.front().text.empty();
    if (parts.empty()) {
        out += message.tool_calls.empty() ? "\"\"" : "null";
    } else if (plain) {
        net::append_json_string(out, parts.front().text);
    } else {
        out += '[';
        for (const Part& part : parts) {
            if (&part != &parts.front()) out += ',';
            write_part(out, part);
        }
        out += ']';
    }
}

void write_call(std::string& out, const ToolCall& call)
{
    out += R"({"id":)";
    net::append_json_string(out, call.id);
    out += R"(,"type":"function","function":{"name":)";
    net::append_json_string(out, call.name);
    out += R"(,"arguments":)";
    net::append_json_string(out, call.arguments);
    out += "}}";
}

void write_request_message(std::string& out, const Message& message)
{
    out += R"({"role":")";
    out += spelling(message.role);
    out += '"';
    if (message.role == Role::tool) {
        out += R"(,"tool_call_id":)";
        net::append_json_string(out, message.tool_call_id);
    }
    out += R"(,"content":)";
    message.is_error ? net::append_json_string(out, result_in_words(message)) : write_content(out, message);
    for (const Reasoning& thought : message.reasoning) {
        if (thought.bound_to != Vendor::none || thought.text.empty()) continue;
        out += R"(,"reasoning_content":)";
        net::append_json_string(out, thought.text);
        break;
    }
    if (!message.tool_calls.empty()) {
        out += R"(,"tool_calls":[)";
        for (const ToolCall& call : message.tool_calls) {
            if (&call != &message.tool_calls.front()) out += ',';
            write_call(out, call);
        }
        out += ']';
    }
    out += '}';
}

void write_tool(std::string& out, const ToolSpec& tool)
{
    out += tool.freeform ? R"({"type":"custom","custom":{"name":)" : R"({"type":"function","function":{"name":)";
    net::append_json_string(out, tool.name);
    if (!tool.description.empty()) {
        out += R"(,"description":)";
        net::append_json_string(out, tool.description);
    }
    if (!tool.parameters.empty()) out.append(R"(,"parameters":)").append(tool.parameters);
    if (tool.strict) out += *tool.strict ? R"(,"strict":true)" : R"(,"strict":false)";
    out += "}}";
}

void write_number(std::string& out, std::string_view name, const std::optional<double>& value)
{
    if (value) out += fmt::format(R"(,"{}":{})", name, *value);
}

void write_format(std::string& out, const ResponseFormat& format)
{
    if (format.kind == ResponseFormat::Kind::text) return;
    if (format.kind == ResponseFormat::Kind::json_object) {
        out += R"(,"response_format":{"type":"json_object"})";
        return;
    }
    out += R"(,"response_format":{"type":"json_schema","json_schema":{"name":)";
    net::append_json_string(out, format.name.empty() ? "answer" : format.name);
    if (!format.schema.empty()) out.append(R"(,"schema":)").append(format.schema);
    if (format.strict) out += *format.strict ? R"(,"strict":true)" : R"(,"strict":false)";
    out += "}}";
}

void write_manner(std::string& out, const ChatRequest& request)
{
    const Sampling& sampling = request.sampling;
    write_number(out, "temperature", sampling.temperature);
    write_number(out, "top_p", sampling.top_p);
    write_number(out, "presence_penalty", sampling.presence_penalty);
    write_number(out, "frequency_penalty", sampling.frequency_penalty);
    if (sampling.seed) out += fmt::format(R"(,"seed":{})", *sampling.seed);
    if (!request.stop.empty()) {
        out += R"(,"stop":[)";
        for (const std::string& stop : request.stop) {
            if (&stop != &request.stop.front()) out += ',';
            net::append_json_string(out, stop);
        }
        out += ']';
    }
    if (request.parallel_tool_calls) {
        out += fmt::format(R"(,"parallel_tool_calls":{})", *request.parallel_tool_calls);
    }
    for (const auto& [name, text] :
         {std::pair<std::string_view, const std::string&>{"reasoning_effort", request.reasoning_effort},
          {"user", request.user}}) {
        if (text.empty()) continue;
        out.append(",\"").append(name).append("\":");
        net::append_json_string(out, text);
    }
    write_format(out, request.format);
}

void write_tool_choice(std::string& out, const ToolChoice& choice)
{
    switch (choice.kind) {
        case ToolChoice::Kind::automatic:
            return;  // the default, with and without tools
        case ToolChoice::Kind::none:
            out += R"(,"tool_choice":"none")";
            return;
        case ToolChoice::Kind::required:
            out += R"(,"tool_choice":"required")";
            return;
        case ToolChoice::Kind::named:
            break;
    }
    out += R"(,"tool_choice":{"type":"function","function":{"name":)";
    net::append_json_string(out, choice.name);
    out += "}}";
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

std::string write_request(const ChatRequest& request)
{
    std::string out;
    out.reserve(4096);
    out += R"({"model":)";
    net::append_json_string(out, request.model);
    out += R"(,"messages":[)";
    for (const Message& message : request.messages) {
        if (&message != &request.messages.front()) out += ',';
        write_request_message(out, message);
    }
    out += ']';
    if (!request.tools.empty()) {
        out += R"(,"tools":[)";
        for (const ToolSpec& tool : request.tools) {
            if (&tool != &request.tools.front()) out += ',';
            write_tool(out, tool);
        }
        out += ']';
    }
    write_tool_choice(out, request.tool_choice);
    if (request.max_tokens) out += fmt::format(R"(,"max_tokens":{})", *request.max_tokens);
    write_manner(out, request);
    if (request.stream) out += R"(,"stream":true)";
    if (request.include_usage) out += R"(,"stream_options":{"include_usage":true})";
    out += '}';
    return out;
}

}  // namespace chaos::wire::openai_chat
