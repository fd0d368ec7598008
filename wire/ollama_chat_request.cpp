// Requests to Ollama: read strictly, as the server would, and written.
#include <fmt/format.h>

#include <algorithm>

#include "wire/json_document.hpp"
#include "wire/ollama_chat.hpp"

namespace chaos::wire::ollama_chat {

namespace {

using json::Field;
using simdjson::dom::array;
using simdjson::dom::object;

/// Assigns a field that is text or absent; false if it is something else.
bool take_optional_text(const Field& field, std::string& out)
{
    std::optional<std::string_view> text = json::text(field);
    if (text) out = *text;
    return text.has_value() || !field;
}

bool is_base64(std::string_view text)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (text.size() % 4 != 0) return false;
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    return text.find_first_not_of(alphabet) == std::string_view::npos;
}

/// The data URL of an image; its kind is told by how the base64 of its first bytes begins.
std::string data_url(std::string_view base64)
{
    constexpr std::pair<std::string_view, std::string_view> kinds[] = {
        {"/9j/", "image/jpeg"}, {"iVBORw0KGgo", "image/png"}, {"UklGR", "image/webp"}, {"R0lGOD", "image/gif"}};
    std::string_view kind;
    for (const auto& [beginning, name] : kinds) {
        if (base64.starts_with(beginning)) kind = name;
    }
    return fmt::format("data:{};base64,{}", kind, base64);
}

/// A call of the last assistant turn, and whether a result was found for it.
struct Asked {
    const ToolCall* call = nullptr;
    bool answered = false;
};

/// The id of the call that a result is for: by its own id, else by the tool's name.
std::string answered_id(std::vector<Asked>& turn, const std::string& id, const std::string& tool_name)
{
    for (Asked& asked : turn) {
        const bool meant = id.empty() ? !asked.answered && asked.call->name == tool_name : asked.call->id == id;
        if (!meant) continue;
        asked.answered = true;
        return asked.call->id;
    }
    return id;
}

/// Reads one body; the first thing that is wrong ends it.
class RequestReader {
public:
    /// False once something is wrong; then problem() says what.
    bool read(Endpoint endpoint, const Field& root, ChatRequest& request);
    const std::string& problem() const { return problem_; }

private:
    bool fail(std::string_view path, std::string_view expected)
    {
        problem_ = fmt::format("{}: expected {}", path, expected);
        return false;
    }
    /// The path of a member of the message or tool being read.
    std::string here(std::string_view name) const { return fmt::format("{}[{}]{}", list_, index_, name); }

    bool read_common(const object& body, ChatRequest& out);
    bool read_model(const Field& field, ChatRequest& out);
    bool read_options(const Field& options, ChatRequest& out);
    bool read_think(const Field& think, ChatRequest& out);
    bool read_manner(const Field& format, const Field& keep_alive, ResponseFormat& out);
    bool read_prompt(const object& body, ChatRequest& out);
    bool read_messages(const Field& field, std::vector<Message>& out);
    bool read_message(const json::Element& element, Message& out);
    bool read_role(const Field& field, Role& out);
    bool read_content(const Field& content, const Field& images, std::vector<Part>& out);
    bool read_images(const Field& images, const std::string& path, std::vector<Part>& out);
    bool read_calls(const Field& calls, std::vector<ToolCall>& out);
    bool read_call(const json::Element& element, std::size_t index, ToolCall& out);
    bool read_tools(const Field& tools, std::vector<ToolSpec>& out);
    bool read_tool(const json::Element& element, ToolSpec& out);
    void pair_results(std::vector<Message>& messages) const;

    std::string_view list_ = "messages";
    std::size_t index_ = 0;
    std::vector<std::string> tool_names_;  ///< of the messages, beside them
    std::string problem_;
};

bool RequestReader::read(Endpoint endpoint, const Field& root, ChatRequest& request)
{
    std::optional<object> body = json::object(root);
    if (!body) return fail("the body", "a JSON object");
    if (!read_common(*body, request)) return false;
    if (endpoint == Endpoint::generate) return read_prompt(*body, request);
    auto [messages, tools] = json::members(*body, {"messages", "tools"});
    if (!read_messages(messages, request.messages) || !read_tools(tools, request.tools)) return false;
    pair_results(request.messages);
    return true;
}

bool RequestReader::read_common(const object& body, ChatRequest& out)
{
    auto [model, stream, options, think, format, keep_alive] =
        json::members(body, {"model", "stream", "options", "think", "format", "keep_alive"});
    if (!read_model(model, out)) return false;
    if (stream && !json::boolean(stream)) return fail("stream", "true or false");
    out.stream = json::boolean(stream).value_or(true);
    out.include_usage = out.stream;  // the last line always has the counts
    return read_options(options, out) && read_think(think, out) && read_manner(format, keep_alive, out.format);
}

bool RequestReader::read_model(const Field& field, ChatRequest& out)
{
    if (!take_optional_text(field, out.model)) return fail("model", "text");
    if (out.model.empty()) problem_ = "model is required";
    return !out.model.empty();
}

bool RequestReader::read_options(const Field& options, ChatRequest& out)
{
    if (options && !json::object(options)) return fail("options", "an object");
    const Field limit = json::member(options, "num_predict");
    const std::optional<std::int64_t> tokens = json::integer(limit);
    if (limit && !tokens) {
        problem_ = R"(option "num_predict" must be of type integer)";
        return false;
    }
    // Zero and below stand for no limit.
    if (tokens.value_or(0) > 0) out.max_tokens = tokens;
    const auto number = [&](std::string_view name) { return json::number(json::member(options, name)); };
    out.sampling = {number("temperature"),
                    number("top_p"),
                    json::integer(json::member(options, "top_k")),
                    json::integer(json::member(options, "seed")),
                    number("presence_penalty"),
                    number("frequency_penalty")};
    out.stop = json::texts(json::member(options, "stop"));
    return true;
}

bool RequestReader::read_think(const Field& think, ChatRequest& out)
{
    const std::string_view level = json::text(think).value_or("");
    const bool is_level = level == "high" || level == "medium" || level == "low" || level == "max";
    if (think && !json::boolean(think) && !is_level)
        return fail("think", "true, false, \"high\", \"medium\", \"low\" or \"max\"");
    out.reasoning = is_level || json::boolean(think).value_or(false);
    out.reasoning_effort = level;
    return true;
}

bool RequestReader::read_manner(const Field& format, const Field& keep_alive, ResponseFormat& out)
{
    const std::string_view word = json::text(format).value_or("json");
    const bool is_format = json::text(format) ? word == "json" || word.empty() : json::object(format).has_value();
    if (format && !is_format) return fail("format", "\"json\" or a JSON Schema");
    if (keep_alive && !json::text(keep_alive) && !keep_alive->is_number())
        return fail("keep_alive", "a duration (\"5m\") or seconds");
    if (json::object(format)) {
        out.kind = ResponseFormat::Kind::json_schema;
        out.schema = json::dumped(*format);
    } else if (format && word == "json") {
        out.kind = ResponseFormat::Kind::json_object;
    }
    return true;
}

bool RequestReader::read_prompt(const object& body, ChatRequest& out)
{
    auto [prompt, system, images] = json::members(body, {"prompt", "system", "images"});
    std::string instruction;
    std::string text;
    if (!take_optional_text(system, instruction)) return fail("system", "text");
    if (!take_optional_text(prompt, text)) return fail("prompt", "text");
    Message asked = message(Role::user, std::move(text));
    if (!read_images(images, "images", asked.content)) return false;
    if (asked.content.empty()) return true;
    if (!instruction.empty()) out.messages.push_back(message(Role::system, std::move(instruction)));
    out.messages.push_back(std::move(asked));
    return true;
}

bool RequestReader::read_messages(const Field& field, std::vector<Message>& out)
{
    if (!field) return true;
    std::optional<array> messages = json::array(field);
    if (!messages) return fail("messages", "a list");
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
    auto [role, content, images, tool_calls, tool_name, tool_call_id, thinking] =
        json::members(*message, {"role", "content", "images", "tool_calls", "tool_name", "tool_call_id", "thinking"});
    if (!read_role(role, out.role) || !read_content(content, images, out.content)) return false;
    if (!read_calls(tool_calls, out.tool_calls)) return false;
    if (out.role == Role::assistant && !json::text(thinking).value_or("").empty()) {
        out.reasoning.push_back({std::string(*json::text(thinking))});
    }
    if (!out.tool_calls.empty() && out.role != Role::assistant)
        return fail(here(".tool_calls"), "none but in a message of the assistant");
    if (!take_optional_text(tool_name, tool_names_.emplace_back())) return fail(here(".tool_name"), "text");
    std::string answered;
    if (!take_optional_text(tool_call_id, answered)) return fail(here(".tool_call_id"), "text");
    if (out.role == Role::tool) out.tool_call_id = std::move(answered);
    return true;
}

bool RequestReader::read_role(const Field& field, Role& out)
{
    std::string_view role = json::text(field).value_or("");
    if (role == "user") {
        out = Role::user;
    } else if (role == "assistant") {
        out = Role::assistant;
    } else if (role == "tool") {
        out = Role::tool;
    } else if (role == "system") {
        out = Role::system;
    } else {
        return fail(here(".role"), "one of system, user, assistant, tool");
    }
    return true;
}

bool RequestReader::read_content(const Field& content, const Field& images, std::vector<Part>& out)
{
    std::string text;
    if (!take_optional_text(content, text)) return fail(here(".content"), "text");
    if (!text.empty()) out.push_back({Part::Kind::text, std::move(text)});
    return read_images(images, here(".images"), out);
}

bool RequestReader::read_images(const Field& field, const std::string& path, std::vector<Part>& out)
{
    if (!field) return true;
    std::optional<array> images = json::array(field);
    if (!images) return fail(path, "a list");
    std::size_t index = 0;
    for (json::Element image : *images) {
        std::optional<std::string_view> text = json::text(image);
        if (!text || text->empty() || !is_base64(*text)) return fail(fmt::format("{}[{}]", path, index), "base64");
        out.push_back({Part::Kind::image, data_url(*text)});
        ++index;
    }
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
    auto [id, function] = json::members(*call, {"id", "function"});
    if (!take_optional_text(id, out.id)) return fail(path(".id"), "text");
    std::optional<object> called = json::object(function);
    if (!called) return fail(path(".function"), "an object");
    auto [name, arguments] = json::members(*called, {"name", "arguments"});
    if (!name || !take_optional_text(name, out.name)) return fail(path(".function.name"), "text");
    if (arguments && !json::object(arguments)) return fail(path(".function.arguments"), "an object");
    out.arguments = arguments ? json::dumped(*arguments) : "{}";
    return true;
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
    std::optional<object> declared = json::object(json::member(element, "function"));
    if (!declared) return fail(here(".function"), "an object");
    auto [name, description, parameters] = json::members(*declared, {"name", "description", "parameters"});
    if (!name || !take_optional_text(name, out.name)) return fail(here(".function.name"), "text");
    if (!take_optional_text(description, out.description)) return fail(here(".function.description"), "text");
    if (parameters && !json::object(parameters)) return fail(here(".function.parameters"), "a JSON Schema");
    if (parameters) out.parameters = json::dumped(*parameters);
    return true;
}

/// Gives every call an id, and every result the id of its call.
void RequestReader::pair_results(std::vector<Message>& messages) const
{
    std::vector<Asked> turn;
    int calls = 0;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        Message& message = messages[i];
        if (message.role == Role::tool) {
            message.tool_call_id = answered_id(turn, message.tool_call_id, tool_names_[i]);
            continue;
        }
        turn.clear();
        for (ToolCall& call : message.tool_calls) {
            ++calls;
            if (call.id.empty()) call.id = fmt::format("call_{}", calls);
            turn.push_back({&call});
        }
    }
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

void write_call(std::string& out, const ToolCall& call)
{
    out += R"({"id":)";
    net::append_json_string(out, call.id);
    out += R"(,"function":{"name":)";
    net::append_json_string(out, call.name);
    out += R"(,"arguments":)";
    out += is_json_object(call.arguments) ? call.arguments : "{}";
    out += "}}";
}

void write_images(std::string& out, const Message& message)
{
    bool any = false;
    for (const Part& part : message.content) {
        const std::size_t mark = part.text.find(";base64,");
        const bool sayable =
            part.kind == Part::Kind::image && part.text.starts_with("data:") && mark != std::string::npos;
        if (!sayable) continue;
        out += any ? "," : R"(,"images":[)";
        any = true;
        net::append_json_string(out, std::string_view(part.text).substr(mark + 8));
    }
    if (any) out += ']';
}

/// The name of the last call before `end` with this id; empty if there is none.
std::string_view tool_name(const std::vector<Message>& messages, std::size_t end, const std::string& id)
{
    for (std::size_t i = end; i > 0; --i) {
        for (const ToolCall& call : messages[i - 1].tool_calls) {
            if (call.id == id) return call.name;
        }
    }
    return "";
}

void write_message(std::string& out, const std::vector<Message>& messages, std::size_t index)
{
    const Message& message = messages[index];
    out += R"({"role":")";
    out += spelling(message.role);
    out += R"(","content":)";
    net::append_json_string(out, result_in_words(message));
    write_images(out, message);
    for (const Reasoning& thought : message.reasoning) {
        if (thought.bound_to != Vendor::none || thought.text.empty()) continue;
        out += R"(,"thinking":)";
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
    if (message.role == Role::tool) {
        out += R"(,"tool_name":)";
        net::append_json_string(out, tool_name(messages, index, message.tool_call_id));
        out += R"(,"tool_call_id":)";
        net::append_json_string(out, message.tool_call_id);
    }
    out += '}';
}

void write_tool(std::string& out, const ToolSpec& tool)
{
    out += R"({"type":"function","function":{"name":)";
    net::append_json_string(out, tool.name);
    out += R"(,"description":)";
    net::append_json_string(out, tool.description);
    if (!tool.parameters.empty()) out.append(R"(,"parameters":)").append(tool.parameters);
    out += "}}";
}

void write_options(std::string& out, const ChatRequest& request)
{
    std::string options;
    const auto add = [&](std::string_view name, const auto& value) {
        if (!value) return;
        options += options.empty() ? "" : ",";
        options += fmt::format(R"("{}":{})", name, *value);
    };
    const Sampling& sampling = request.sampling;
    add("num_predict", request.max_tokens);
    add("temperature", sampling.temperature);
    add("top_p", sampling.top_p);
    add("top_k", sampling.top_k);
    add("seed", sampling.seed);
    add("presence_penalty", sampling.presence_penalty);
    add("frequency_penalty", sampling.frequency_penalty);
    if (!request.stop.empty()) {
        options += options.empty() ? R"("stop":[)" : R"(,"stop":[)";
        for (const std::string& stop : request.stop) {
            if (&stop != &request.stop.front()) options += ',';
            net::append_json_string(options, stop);
        }
        options += ']';
    }
    if (!options.empty()) out.append(R"(,"options":{)").append(options).append("}");
}

void write_format(std::string& out, const ResponseFormat& format)
{
    const bool schema = format.kind == ResponseFormat::Kind::json_schema && !format.schema.empty();
    if (schema) {
        out.append(R"(,"format":)").append(format.schema);
    } else if (format.kind != ResponseFormat::Kind::text) {
        out += R"(,"format":"json")";
    }
}

/// Levels that this API does not have become the nearest it has.
std::string_view effort_word(std::string_view effort)
{
    if (effort == "minimal") return "low";
    if (effort == "xhigh") return "max";
    return effort == "low" || effort == "medium" || effort == "max" ? effort : "high";
}

}  // namespace

Read<ChatRequest> read_request(Endpoint endpoint, std::string_view body, const net::JsonLimits& limits)
{
    if (body.empty()) return {std::nullopt, "missing request body"};
    json::Document document(body, limits);
    if (!document.problem().empty()) return {std::nullopt, "the body is not JSON: " + document.problem()};
    Read<ChatRequest> result;
    RequestReader reader;
    if (!reader.read(endpoint, document.root(), result.value.emplace())) return {std::nullopt, reader.problem()};
    return result;
}

bool asks_to_unload(std::string_view body)
{
    const json::Document document(body, {});
    const Field keep_alive = json::member(document.root(), "keep_alive");
    const std::string_view text = json::text(keep_alive).value_or("");
    return json::integer(keep_alive) == 0 || text == "0" || text == "0s";
}

std::string write_request(const ChatRequest& request)
{
    std::string out;
    out.reserve(4096);
    out += R"({"model":)";
    net::append_json_string(out, request.model);
    out += R"(,"messages":[)";
    for (std::size_t i = 0; i < request.messages.size(); ++i) {
        if (i > 0) out += ',';
        write_message(out, request.messages, i);
    }
    out += ']';
    if (!request.tools.empty() && request.tool_choice.kind != ToolChoice::Kind::none) {
        out += R"(,"tools":[)";
        for (const ToolSpec& tool : request.tools) {
            if (&tool != &request.tools.front()) out += ',';
            write_tool(out, tool);
        }
        out += ']';
    }
    write_options(out, request);
    write_format(out, request.format);
    if (request.reasoning && request.reasoning_effort.empty()) out += R"(,"think":true)";
    if (request.reasoning_effort == "none") {
        out += R"(,"think":false)";
    } else if (!request.reasoning_effort.empty()) {
        out.append(R"(,"think":")").append(effort_word(request.reasoning_effort)).append("\"");
    }
    out += request.stream ? R"(,"stream":true})" : R"(,"stream":false})";
    return out;
}

}  // namespace chaos::wire::ollama_chat
