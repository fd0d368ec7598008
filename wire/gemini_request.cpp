// Gemini requests, read strictly, as the vendor would.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "wire/gemini.hpp"
#include "wire/gemini_fields.hpp"
#include "wire/gemini_schema.hpp"

namespace chaos::wire::gemini {

namespace {

using json::Field;
using json::take_text;
using simdjson::dom::object;

constexpr std::array<std::string_view, 10> request_fields = {
    "model",          "contents",         "systemInstruction", "tools", "toolConfig",
    "safetySettings", "generationConfig", "cachedContent",     "store", "serviceTier"};

/// Gives calls without ids theirs, and results without ids those of their calls.
class Pairing {
public:
    void begin_content(bool of_model)
    {
        if (of_model && !in_turn_) {
            ++turn_;
            calls_ = 0;
            open_.clear();
        }
        in_turn_ = of_model;
    }
    void name_call(ToolCall& call)
    {
        ++calls_;
        if (call.id.empty()) call.id = id_by_place(turn_, calls_);
        open_.push_back(call);
    }
    /// The id of the call that a result of this name is about; empty if it is about none.
    std::string take_call(std::string_view name, std::string_view given_id)
    {
        auto is_meant = [&](const ToolCall& call) {
            return given_id.empty() ? call.name == name : call.id == given_id;
        };
        auto call = std::find_if(open_.begin(), open_.end(), is_meant);
        if (call == open_.end()) return std::string(given_id);
        std::string id = call->id;
        open_.erase(call);
        return id;
    }

private:
    std::size_t turn_ = 0;
    std::size_t calls_ = 0;
    bool in_turn_ = false;
    std::vector<ToolCall> open_;  ///< of the last turn, without a result so far
};

/// The text in a function's response; a response that says more, as JSON.
std::string result_text(const json::Element& response, const object& members)
{
    auto [result, output] = fields(members, {"result", "output"});
    std::optional<std::string_view> text = json::text(result ? result : output);
    bool is_all = members.size() == 1;
    return text && is_all ? std::string(*text) : json::dumped(response);
}

/// Reads one body; the first thing that is wrong ends it.
class RequestReader {
public:
    /// False once something is wrong; then problem() says what.
    bool read(const Field& root, ChatRequest& request);
    /// Contents without the rest.
    bool read_contents(const Field& contents, std::vector<Message>& out);
    const std::string& problem() const { return problem_; }

private:
    bool fail(std::string_view path, std::string_view expected)
    {
        problem_ = fmt::format("{}: expected {}", path, expected);
        return false;
    }
    /// The path of a member of the part being read.
    std::string here(std::string_view name) const { return fmt::format("{}.parts[{}]{}", content_, part_, name); }

    bool read_known_fields(const object& body);
    bool read_system(const Field& field, std::vector<Message>& out);
    bool read_content(const json::Element& element, std::vector<Message>& out);
    bool read_role(const Field& field, bool& of_model);
    bool read_part(const json::Element& element, bool of_model, std::vector<Message>& out);
    bool read_call(const Field& call, bool of_model, Message& out);
    bool read_result(const Field& result, bool of_model, std::vector<Message>& out);
    bool read_result_parts(const Field& parts, Message& out);
    bool read_said(const json::Element& element, const object& part, std::vector<Part>& out);
    bool read_data(const json::Element& element, const Field& inline_data, const Field& file_data, Part& out);
    Message& current(bool of_model, std::vector<Message>& out) const;
    bool read_tools(const Field& field, std::vector<ToolSpec>& out);
    bool read_declaration(const json::Element& element, const std::string& path, ToolSpec& out);
    bool read_tool_config(const Field& field, ToolChoice& out);
    bool read_mode(std::string_view mode, const Field& allowed, ToolChoice& out);
    bool read_generation_config(const Field& field, ChatRequest& out);
    static void read_manner(const Field& config, ChatRequest& out);

    Pairing pairing_;
    std::string content_;              ///< the path of the content being read
    std::size_t part_ = 0;             ///< and the index of its part
    std::size_t messages_before_ = 0;  ///< those of the contents before it
    std::string problem_;
};

bool RequestReader::read(const Field& root, ChatRequest& request)
{
    std::optional<object> body = json::object(root);
    if (!body) return fail("the body", "a JSON object");
    auto [contents, system, tools, tool_config, generation_config] =
        fields(*body, {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig"});
    return read_known_fields(*body) && read_system(system, request.messages) &&
           read_contents(contents, request.messages) && read_tools(tools, request.tools) &&
           read_tool_config(tool_config, request.tool_choice) && read_generation_config(generation_config, request);
}

bool RequestReader::read_known_fields(const object& body)
{
    for (simdjson::dom::key_value_pair member : body) {
        auto is_it = [&](std::string_view name) { return is_field(member.key, name); };
        if (std::any_of(request_fields.begin(), request_fields.end(), is_it)) continue;
        problem_ = fmt::format("Unknown name \"{}\": Cannot find field.", member.key);
        return false;
    }
    return true;
}

bool RequestReader::read_system(const Field& field, std::vector<Message>& out)
{
    if (!field) return true;
    content_ = "systemInstruction";
    std::optional<object> content = json::object(field);
    if (!content) return fail(content_, "a content with parts");
    auto [parts] = fields(*content, {"parts"});
    Message& message = out.emplace_back();
    message.role = Role::system;
    part_ = 0;
    for (json::Element part : listed(parts)) {
        std::optional<object> members = json::object(part);
        if (!members) return fail(here(""), "an object");
        if (!read_said(part, *members, message.content)) return false;
        ++part_;
    }
    return true;
}

bool RequestReader::read_contents(const Field& field, std::vector<Message>& out)
{
    std::vector<json::Element> contents = listed(field);
    if (contents.empty()) return fail("contents", "a list of at least one content");
    for (std::size_t i = 0; i < contents.size(); ++i) {
        content_ = fmt::format("contents[{}]", i);
        if (!read_content(contents[i], out)) return false;
    }
    return true;
}

bool RequestReader::read_content(const json::Element& element, std::vector<Message>& out)
{
    std::optional<object> content = json::object(element);
    if (!content) return fail(content_, "an object");
    auto [role, parts] = fields(*content, {"role", "parts"});
    bool of_model = false;
    if (!read_role(role, of_model)) return false;
    std::vector<json::Element> list = listed(parts);
    if (list.empty()) return fail(content_ + ".parts", "at least one part");
    pairing_.begin_content(of_model);
    messages_before_ = out.size();
    if (of_model) current(of_model, out);  // also if it holds nothing but thoughts
    for (part_ = 0; part_ < list.size(); ++part_) {
        if (!read_part(list[part_], of_model, out)) return false;
    }
    return true;
}

bool RequestReader::read_role(const Field& field, bool& of_model)
{
    // "function" is how results were sent in the API's first version.
    std::string_view role = field ? json::text(field).value_or("") : "user";
    of_model = role == "model";
    bool known = of_model || role == "user" || role == "function";
    return known || fail(content_ + ".role", "one of user, model");
}

/// The message of this content that what was said goes to: the model's only one, or the user's last if it is no result.
Message& RequestReader::current(bool of_model, std::vector<Message>& out) const
{
    Role role = of_model ? Role::assistant : Role::user;
    bool goes_on = out.size() > messages_before_ && out.back().role == role;
    Message& message = goes_on ? out.back() : out.emplace_back();
    message.role = role;
    return message;
}

bool RequestReader::read_part(const json::Element& element, bool of_model, std::vector<Message>& out)
{
    std::optional<object> part = json::object(element);
    if (!part) return fail(here(""), "an object");
    auto [call, result] = fields(*part, {"functionCall", "functionResponse"});
    if (call) return read_call(call, of_model, current(of_model, out));
    if (result) return read_result(result, of_model, out);
    return read_said(element, *part, current(of_model, out).content);
}

bool RequestReader::read_call(const Field& field, bool of_model, Message& out)
{
    if (!of_model) return fail(here(".functionCall"), "role model around it");
    std::optional<object> members = json::object(field);
    if (!members) return fail(here(".functionCall"), "an object");
    auto [id, name, args] = fields(*members, {"id", "name", "args"});
    ToolCall& call = out.tool_calls.emplace_back();
    if (!take_text(name, call.name) || call.name.empty()) return fail(here(".functionCall.name"), "text");
    if (id && !take_text(id, call.id)) return fail(here(".functionCall.id"), "text");
    if (args && !json::object(args)) return fail(here(".functionCall.args"), "an object");
    call.arguments = args ? json::dumped(*args) : "{}";
    pairing_.name_call(call);
    return true;
}

bool RequestReader::read_result(const Field& field, bool of_model, std::vector<Message>& out)
{
    if (of_model) return fail(here(".functionResponse"), "role user around it");
    std::optional<object> members = json::object(field);
    if (!members) return fail(here(".functionResponse"), "an object");
    auto [id, name, response, parts] = fields(*members, {"id", "name", "response", "parts"});
    std::string function;
    if (!take_text(name, function) || function.empty()) return fail(here(".functionResponse.name"), "text");
    if (id && !json::text(id)) return fail(here(".functionResponse.id"), "text");
    std::optional<object> said = json::object(response);
    if (!said) return fail(here(".functionResponse.response"), "an object");
    Message& message = out.emplace_back(wire::message(Role::tool, result_text(*response, *said)));
    message.tool_call_id = pairing_.take_call(function, json::text(id).value_or(""));
    return read_result_parts(parts, message);
}

/// What a result brings besides: images and files.
bool RequestReader::read_result_parts(const Field& parts, Message& out)
{
    for (json::Element element : listed(parts)) {
        std::optional<object> part = json::object(element);
        if (!part) return fail(here(".functionResponse.parts"), "a list of objects");
        if (!read_said(element, *part, out.content)) return false;
    }
    return true;
}

bool RequestReader::read_said(const json::Element& element, const object& part, std::vector<Part>& out)
{
    auto [text, thought, inline_data, file_data, code, code_result, signature] = fields(
        part,
        {"text", "thought", "inlineData", "fileData", "executableCode", "codeExecutionResult", "thoughtSignature"});
    if (inline_data || file_data) return read_data(element, inline_data, file_data, out.emplace_back());
    if (code || code_result) {
        out.push_back({Part::Kind::other, json::dumped(element)});
        return true;
    }
    bool only_signed = !text && signature;
    if (json::boolean(thought) == true || only_signed) return true;
    std::string said;
    if (!text) return fail(here(""), "one of text, inlineData, fileData, functionCall, functionResponse");
    if (!take_text(text, said)) return fail(here(".text"), "text");
    if (!said.empty()) out.push_back({Part::Kind::text, std::move(said)});
    return true;
}

bool RequestReader::read_data(const json::Element& element, const Field& inline_data, const Field& file_data, Part& out)
{
    const Field& source = inline_data ? inline_data : file_data;
    std::string_view type = json::text(field(source, "mimeType")).value_or("");
    std::optional<std::string_view> data = json::text(field(source, inline_data ? "data" : "fileUri"));
    if (inline_data && type.empty()) return fail(here(".inlineData.mimeType"), "text");
    if (!data) return fail(here(inline_data ? ".inlineData.data" : ".fileData.fileUri"), "text");
    const bool known = type.starts_with("image/") || type.starts_with("audio/") || type == "application/pdf";
    out.kind = type.starts_with("image/")   ? Part::Kind::image
               : type.starts_with("audio/") ? Part::Kind::audio
               : known                      ? Part::Kind::document
                                            : Part::Kind::other;
    if (!known) {
        out.text = json::dumped(element);
    } else if (inline_data) {
        out.text = fmt::format("data:{};base64,{}", type, *data);
    } else {
        out.text = *data;
    }
    return true;
}

bool RequestReader::read_tools(const Field& field, std::vector<ToolSpec>& out)
{
    std::vector<json::Element> tools = listed(field);
    for (std::size_t i = 0; i < tools.size(); ++i) {
        std::optional<object> tool = json::object(tools[i]);
        if (!tool) return fail(fmt::format("tools[{}]", i), "an object");
        auto [declarations] = fields(*tool, {"functionDeclarations"});
        std::size_t index = 0;
        for (json::Element declaration : listed(declarations)) {
            std::string path = fmt::format("tools[{}].functionDeclarations[{}]", i, index);
            if (!read_declaration(declaration, path, out.emplace_back())) return false;
            ++index;
        }
    }
    return true;
}

bool RequestReader::read_declaration(const json::Element& element, const std::string& path, ToolSpec& out)
{
    std::optional<object> declared = json::object(element);
    if (!declared) return fail(path, "an object");
    auto [name, description, parameters, json_schema] =
        fields(*declared, {"name", "description", "parameters", "parametersJsonSchema"});
    if (!take_text(name, out.name) || out.name.empty()) return fail(path + ".name", "text");
    out.description = json::text(description).value_or("");
    if (parameters && json_schema) return fail(path, "parameters or parametersJsonSchema, not both");
    if (parameters && !json::object(parameters)) return fail(path + ".parameters", "a schema");
    if (json_schema && !json::object(json_schema)) return fail(path + ".parametersJsonSchema", "a JSON Schema");
    if (parameters) out.parameters = json_schema_of(*parameters);
    if (json_schema) out.parameters = json::dumped(*json_schema);
    return true;
}

bool RequestReader::read_tool_config(const Field& config, ToolChoice& out)
{
    if (!config) return true;
    if (!json::object(config)) return fail("toolConfig", "an object");
    Field calling = field(config, "functionCallingConfig");
    if (!calling) return true;
    std::optional<std::string_view> mode = json::text(field(calling, "mode"));
    return read_mode(mode.value_or("AUTO"), field(calling, "allowedFunctionNames"), out);
}

bool RequestReader::read_mode(std::string_view mode, const Field& allowed, ToolChoice& out)
{
    auto is = [&](std::string_view upper, std::string_view lower) { return mode == upper || mode == lower; };
    std::vector<json::Element> names = listed(allowed);
    if (is("NONE", "none")) {
        out.kind = ToolChoice::Kind::none;
    } else if (is("ANY", "any")) {
        out.kind = names.size() == 1 ? ToolChoice::Kind::named : ToolChoice::Kind::required;
        out.name = names.size() == 1 ? json::text(names.front()).value_or("") : "";
    } else if (is("AUTO", "auto") || is("VALIDATED", "validated") || mode == "MODE_UNSPECIFIED") {
        out.kind = ToolChoice::Kind::automatic;
    } else {
        return fail("toolConfig.functionCallingConfig.mode", "one of AUTO, ANY, NONE, VALIDATED");
    }
    return true;
}

/// What shapes an answer without being its content; of another type than it should be, it is as good as absent.
void RequestReader::read_manner(const Field& config, ChatRequest& out)
{
    out.sampling = {json::number(field(config, "temperature")),     json::number(field(config, "topP")),
                    json::integer(field(config, "topK")),           json::integer(field(config, "seed")),
                    json::number(field(config, "presencePenalty")), json::number(field(config, "frequencyPenalty"))};
    out.stop = json::texts(field(config, "stopSequences"));
    out.choices = json::integer(field(config, "candidateCount")).value_or(1);
    const Field schema = field(config, "responseJsonSchema");
    if (schema) out.format.schema = json::dumped(*schema);
    if (json::text(field(config, "responseMimeType")) == "application/json") {
        out.format.kind = schema ? ResponseFormat::Kind::json_schema : ResponseFormat::Kind::json_object;
    }
}

bool RequestReader::read_generation_config(const Field& config, ChatRequest& out)
{
    if (!config) return true;
    if (!json::object(config)) return fail("generationConfig", "an object");
    Field thinking = field(config, "thinkingConfig");
    if (thinking && !json::object(thinking)) return fail("generationConfig.thinkingConfig", "an object");
    out.reasoning = json::boolean(field(thinking, "includeThoughts")).value_or(false);
    out.reasoning_budget = json::integer(field(thinking, "thinkingBudget"));
    out.reasoning_effort = json::text_or_empty(field(thinking, "thinkingLevel"));
    read_manner(config, out);
    Field most = field(config, "maxOutputTokens");
    if (!most) return true;
    out.max_tokens = json::integer(most);
    bool fine = out.max_tokens && *out.max_tokens >= 1;
    return fine || fail("generationConfig.maxOutputTokens", "a whole number of at least 1");
}

void take_target(const Target& target, ChatRequest& request)
{
    request.model = target.model;
    request.stream = target.method == "streamGenerateContent";
    // Nobody needs to ask: every stream tells.
    request.include_usage = request.stream;
}

}  // namespace

Read<ChatRequest> read_request(std::string_view body, const Target& target, const net::JsonLimits& limits)
{
    json::Document document(body, limits);
    if (!document.problem().empty()) return {std::nullopt, "the body is not JSON: " + document.problem()};
    Read<ChatRequest> result;
    RequestReader reader;
    take_target(target, result.value.emplace());
    if (!reader.read(document.root(), *result.value)) return {std::nullopt, reader.problem()};
    return result;
}

Read<ChatRequest> read_count_request(std::string_view body, const Target& target, const net::JsonLimits& limits)
{
    json::Document document(body, limits);
    if (!document.problem().empty()) return {std::nullopt, "the body is not JSON: " + document.problem()};
    Read<ChatRequest> result;
    RequestReader reader;
    take_target(target, result.value.emplace());
    Field whole = field(document.root(), "generateContentRequest");
    bool fine = whole ? reader.read(whole, *result.value)
                      : reader.read_contents(field(document.root(), "contents"), result.value->messages);
    if (!fine) return {std::nullopt, reader.problem()};
    return result;
}

}  // namespace chaos::wire::gemini
