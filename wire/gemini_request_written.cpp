// Gemini requests as a client writes them.
#include <fmt/format.h>

#include <array>

#include "wire/gemini.hpp"
#include "wire/gemini_fields.hpp"

namespace chaos::wire::gemini {

namespace {

bool is_object_of_result(std::string_view text)
{
    json::Document document(text, {});
    return json::object(document.root()).has_value();
}

/// Whether a response with just this in it would be read as mere text.
bool looks_wrapped(std::string_view text)
{
    json::Document document(text, {});
    std::optional<simdjson::dom::object> members = json::object(document.root());
    if (!members || members->size() != 1) return false;
    return json::text(field(document.root(), "result")) || json::text(field(document.root(), "output"));
}

void append_field(std::string& out, std::string_view name, std::string_view text)
{
    out.append("\"").append(name).append("\":");
    net::append_json_string(out, text);
}

/// Of a file that is only named; the API wants to be told.
std::string_view mime_type_of(std::string_view uri)
{
    uri = uri.substr(0, uri.find('?'));
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> types = {{{".png", "image/png"},
                                                                                     {".webp", "image/webp"},
                                                                                     {".gif", "image/gif"},
                                                                                     {".heic", "image/heic"},
                                                                                     {".heif", "image/heif"}}};
    for (const auto& [ending, type] : types) {
        if (uri.ends_with(ending)) return type;
    }
    return "image/jpeg";
}

/// `otherwise`: the type of a file that is only named.
void write_media(std::string& out, std::string_view url, std::string_view otherwise)
{
    constexpr std::string_view base64 = ";base64,";
    std::size_t comma = url.find(base64);
    bool is_data = url.starts_with("data:") && comma != std::string_view::npos;
    out += is_data ? R"({"inlineData":{)" : R"({"fileData":{)";
    append_field(out, "mimeType", is_data ? url.substr(5, comma - 5) : otherwise);
    out += ',';
    append_field(out, is_data ? "data" : "fileUri", is_data ? url.substr(comma + base64.size()) : url);
    out += "}}";
}

void write_part(std::string& out, const Part& part)
{
    switch (part.kind) {
        case Part::Kind::text:
            out += '{';
            append_field(out, "text", part.text);
            out += '}';
            break;
        case Part::Kind::image:
        case Part::Kind::audio:
            write_media(out, part.text, mime_type_of(part.text));
            break;
        case Part::Kind::document:
            write_media(out, part.text, "application/pdf");
            break;
        case Part::Kind::other:
            out += part.text;
            break;
    }
}

void write_call(std::string& out, const ToolCall& call)
{
    out += R"({"functionCall":{)";
    if (!call.id.empty()) {
        append_field(out, "id", call.id);
        out += ',';
    }
    append_field(out, "name", call.name);
    out.append(R"(,"args":)").append(is_object_of_result(call.arguments) ? call.arguments : "{}").append("}}");
}

/// Writes the contents of one request, run after run of messages of one role.
class ContentsWriter {
public:
    explicit ContentsWriter(std::string& out) : out_(out) {}

    void write(const std::vector<Message>& messages)
    {
        for (const Message& message : messages) {
            if (message.role != Role::system) write(message);
        }
        // There must be a content, also where all are system messages.
        if (role_.empty()) write(wire::message(Role::user, "(empty)"));
        end_content();
    }

private:
    void write(const Message& message)
    {
        std::string_view role = message.role == Role::assistant ? "model" : "user";
        if (role != role_) {
            end_content();
            out_ += role_.empty() ? "" : ",";
            out_.append(R"({"role":")").append(role).append(R"(","parts":[)");
            role_ = role;
            is_first_ = true;
        }
        if (message.role == Role::tool) return write_result(message);
        for (const Part& part : message.content) write_part(next_part(), part);
        for (const ToolCall& call : message.tool_calls) write_call(next_part(), call);
        calls_.insert(calls_.end(), message.tool_calls.begin(), message.tool_calls.end());
    }

    void write_result(const Message& message)
    {
        std::string& out = next_part();
        out += R"({"functionResponse":{)";
        if (!message.tool_call_id.empty()) {
            append_field(out, "id", message.tool_call_id);
            out += ',';
        }
        append_field(out, "name", name_of(message.tool_call_id));
        out += R"(,"response":)";
        std::string text = message.text();
        if (message.is_error) {
            out += '{';
            append_field(out, "error", text);
            out += '}';
        } else if (is_object_of_result(text) && !looks_wrapped(text)) {
            out += text;
        } else {
            out += '{';
            append_field(out, "result", text);
            out += '}';
        }
        write_rest(out, message);
        out += "}}";
    }

    /// What a result brings besides its text.
    static void write_rest(std::string& out, const Message& message)
    {
        std::string parts;
        for (const Part& part : message.content) {
            if (part.kind == Part::Kind::text) continue;
            parts += parts.empty() ? "" : ",";
            write_part(parts, part);
        }
        if (!parts.empty()) out.append(R"(,"parts":[)").append(parts).append("]");
    }

    /// Results go by the name of their call; without the call, by its id.
    std::string_view name_of(std::string_view id) const
    {
        for (auto call = calls_.rbegin(); call != calls_.rend(); ++call) {
            if (call->id == id) return call->name;
        }
        return id.empty() ? "unknown" : id;
    }

    std::string& next_part()
    {
        out_ += is_first_ ? "" : ",";
        is_first_ = false;
        return out_;
    }

    /// A content must have a part.
    void end_content()
    {
        if (role_.empty()) return;
        if (is_first_) out_ += R"({"text":""})";
        out_ += "]}";
    }

    std::string& out_;
    std::string_view role_;
    bool is_first_ = true;
    std::vector<ToolCall> calls_;
};

void write_system(std::string& out, const std::vector<Message>& messages)
{
    std::string parts;
    for (const Message& message : messages) {
        if (message.role != Role::system) continue;
        for (const Part& part : message.content) {
            parts += parts.empty() ? "" : ",";
            write_part(parts, part);
        }
    }
    if (!parts.empty()) out.append(R"(,"systemInstruction":{"parts":[)").append(parts).append("]}");
}

void write_tools(std::string& out, const std::vector<ToolSpec>& tools)
{
    if (tools.empty()) return;
    out += R"(,"tools":[{"functionDeclarations":[)";
    for (const ToolSpec& tool : tools) {
        out += &tool == &tools.front() ? "{" : ",{";
        append_field(out, "name", tool.name);
        if (!tool.description.empty()) {
            out += ',';
            append_field(out, "description", tool.description);
        }
        if (!tool.parameters.empty()) out.append(R"(,"parametersJsonSchema":)").append(tool.parameters);
        out += '}';
    }
    out += "]}]";
}

void write_tool_choice(std::string& out, const ToolChoice& choice)
{
    if (choice.kind == ToolChoice::Kind::automatic) return;  // the default
    bool none = choice.kind == ToolChoice::Kind::none;
    out.append(R"(,"toolConfig":{"functionCallingConfig":{"mode":)").append(none ? R"("NONE")" : R"("ANY")");
    if (choice.kind == ToolChoice::Kind::named) {
        out += R"(,"allowedFunctionNames":[)";
        net::append_json_string(out, choice.name);
        out += ']';
    }
    out += "}}";
}

/// What the API takes as thinkingLevel; others become the nearest.
std::string_view thinking_level(std::string_view effort)
{
    if (effort == "none" || effort == "minimal") return "minimal";
    return effort == "low" || effort == "medium" ? effort : "high";
}

/// Members of an object, with commas between them.
class ConfigMembers {
public:
    template <class Value>
    void add(std::string_view name, const std::optional<Value>& value)
    {
        if (value) raw(name, fmt::format("{}", *value));
    }
    void raw(std::string_view name, std::string_view json)
    {
        text_ += text_.empty() ? "\"" : ",\"";
        text_.append(name).append("\":").append(json);
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

void write_format(ConfigMembers& config, const ResponseFormat& format)
{
    if (format.kind == ResponseFormat::Kind::text) return;
    config.raw("responseMimeType", R"("application/json")");
    const bool schema = format.kind == ResponseFormat::Kind::json_schema && !format.schema.empty();
    if (schema) config.raw("responseJsonSchema", format.schema);
}

void write_generation_config(std::string& out, const ChatRequest& request)
{
    ConfigMembers config;
    config.add("maxOutputTokens", request.max_tokens);
    config.add("temperature", request.sampling.temperature);
    config.add("topP", request.sampling.top_p);
    config.add("topK", request.sampling.top_k);
    config.add("seed", request.sampling.seed);
    config.add("presencePenalty", request.sampling.presence_penalty);
    config.add("frequencyPenalty", request.sampling.frequency_penalty);
    if (!request.stop.empty()) {
        std::string stops = "[";
        for (const std::string& stop : request.stop) {
            if (&stop != &request.stop.front()) stops += ',';
            net::append_json_string(stops, stop);
        }
        config.raw("stopSequences", stops + "]");
    }
    write_format(config, request.format);
    ConfigMembers thinking;
    if (request.reasoning) thinking.raw("includeThoughts", "true");
    if (!request.reasoning_effort.empty()) {
        thinking.raw("thinkingLevel", fmt::format("\"{}\"", thinking_level(request.reasoning_effort)));
    }
    thinking.add("thinkingBudget", request.reasoning_budget);
    if (!thinking.text().empty()) config.raw("thinkingConfig", "{" + thinking.text() + "}");
    if (!config.text().empty()) out.append(R"(,"generationConfig":{)").append(config.text()).append("}");
}

}  // namespace

std::string write_request(const ChatRequest& request)
{
    std::string out;
    out.reserve(4096);
    out += R"({"contents":[)";
    ContentsWriter(out).write(request.messages);
    out += ']';
    write_system(out, request.messages);
    write_tools(out, request.tools);
    write_tool_choice(out, request.tool_choice);
    write_generation_config(out, request);
    out += '}';
    return out;
}

}  // namespace chaos::wire::gemini
