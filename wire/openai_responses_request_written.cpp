// Responses requests as a client writes them.
#include <fmt/format.h>

#include <algorithm>

#include "wire/data_url.hpp"
#include "wire/json_document.hpp"
#include "wire/openai_responses.hpp"
#include "wire/openai_sound.hpp"

namespace chaos::wire::openai_responses {

namespace {

using items::append_member;

void write_part(std::string& out, const Part& part, bool said)
{
    switch (part.kind) {
        case Part::Kind::text:
            out += said ? R"({"type":"output_text")" : R"({"type":"input_text")";
            append_member(out, "text", part.text);
            out += '}';
            break;
        case Part::Kind::image:
            out += R"({"type":"input_image")";
            append_member(out, "image_url", part.text);
            if (!part.detail.empty()) append_member(out, "detail", part.detail);
            out += '}';
            break;
        case Part::Kind::document:
            out += R"({"type":"input_file")";
            if (read_data_url(part.text)) append_member(out, "filename", part.name.empty() ? "file.pdf" : part.name);
            append_member(out, read_data_url(part.text) ? "file_data" : "file_url", part.text);
            out += '}';
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
    const bool plain = parts.size() == 1 && parts.front().kind == Part::Kind::text && !parts.front().text.empty();
    if (parts.empty() || plain) {
        net::append_json_string(out, plain ? parts.front().text : "");
        return;
    }
    out += '[';
    for (const Part& part : parts) {
        if (&part != &parts.front()) out += ',';
        write_part(out, part, message.role == Role::assistant);
    }
    out += ']';
}

std::string_view spelling(Role role)
{
    switch (role) {
        case Role::system:
            return "system";
        case Role::assistant:
            return "assistant";
        case Role::user:
        case Role::tool:
            break;
    }
    return "user";
}

void write_call(std::string& out, const ToolCall& call)
{
    out += R"({"type":"function_call")";
    append_member(out, "call_id", call.id);
    append_member(out, "name", call.name);
    append_member(out, "arguments", call.arguments);
    out += "},";
}

/// What another vendor thought has no place here.
void write_thought(std::string& out, const Reasoning& thought)
{
    if (thought.bound_to != Vendor::openai) return;
    out += R"({"type":"reasoning")";
    if (!thought.id.empty()) append_member(out, "id", thought.id);
    out += R"(,"summary":[)";
    if (!thought.text.empty()) {
        out += R"({"type":"summary_text")";
        append_member(out, "text", thought.text);
        out += '}';
    }
    out += ']';
    if (!thought.seal.empty()) append_member(out, "encrypted_content", thought.seal);
    out += "},";
}

/// The items of a message, each with a comma after it.
void write_items(std::string& out, const Message& message)
{
    if (message.role == Role::tool) {
        out += R"({"type":"function_call_output")";
        append_member(out, "call_id", message.tool_call_id);
        out += R"(,"output":)";
        write_content(out, message);
        if (message.is_error) out += R"(,"status":"incomplete")";
        out += "},";
        return;
    }
    for (const Reasoning& thought : message.reasoning) write_thought(out, thought);
    const bool only_calls = message.content.empty() && (!message.tool_calls.empty() || !message.reasoning.empty());
    if (!only_calls) {
        out += R"({"role":")";
        out += spelling(message.role);
        out += R"(","content":)";
        write_content(out, message);
        out += "},";
    }
    for (const ToolCall& call : message.tool_calls) write_call(out, call);
}

/// Whether the first message can be said as `instructions`: text, and something is left for the input.
bool begins_with_instructions(const std::vector<Message>& messages)
{
    if (messages.size() < 2 || messages.front().role != Role::system) return false;
    const std::vector<Part>& parts = messages.front().content;
    return parts.size() == 1 && parts.front().kind == Part::Kind::text && !parts.front().text.empty();
}

void write_input(std::string& out, const std::vector<Message>& messages)
{
    const bool instructed = begins_with_instructions(messages);
    if (instructed) append_member(out, "instructions", messages.front().content.front().text);
    out += R"(,"input":[)";
    for (std::size_t i = instructed ? 1 : 0; i < messages.size(); ++i) write_items(out, messages[i]);
    if (out.back() == ',') out.pop_back();
    out += ']';
}

void write_tool(std::string& out, const ToolSpec& tool)
{
    out += tool.freeform ? R"({"type":"custom")" : R"({"type":"function")";
    append_member(out, "name", tool.name);
    if (!tool.description.empty()) append_member(out, "description", tool.description);
    if (tool.freeform) {
        out += '}';
        return;
    }
    out.append(R"(,"parameters":)").append(tool.parameters.empty() ? "null" : tool.parameters);
    // Here the default is true, which refuses most schemas.
    out += tool.strict == true ? R"(,"strict":true})" : R"(,"strict":false})";
}

void write_tool_choice(std::string& out, const ToolChoice& choice)
{
    switch (choice.kind) {
        case ToolChoice::Kind::automatic:
            return;  // the default, with and without tools
        case ToolChoice::Kind::none:
            append_member(out, "tool_choice", "none");
            return;
        case ToolChoice::Kind::required:
            append_member(out, "tool_choice", "required");
            return;
        case ToolChoice::Kind::named:
            break;
    }
    out += R"(,"tool_choice":{"type":"function")";
    append_member(out, "name", choice.name);
    out += '}';
}

void write_format(std::string& out, const ResponseFormat& format)
{
    if (format.kind == ResponseFormat::Kind::text) return;
    if (format.kind == ResponseFormat::Kind::json_object) {
        out += R"(,"text":{"format":{"type":"json_object"}})";
        return;
    }
    out += R"(,"text":{"format":{"type":"json_schema")";
    append_member(out, "name", format.name.empty() ? "answer" : format.name);
    if (!format.schema.empty()) out.append(R"(,"schema":)").append(format.schema);
    if (format.strict) out += *format.strict ? R"(,"strict":true)" : R"(,"strict":false)";
    out += "}}";
}

void write_manner(std::string& out, const ChatRequest& request)
{
    if (request.sampling.temperature) out += fmt::format(R"(,"temperature":{})", *request.sampling.temperature);
    if (request.sampling.top_p) out += fmt::format(R"(,"top_p":{})", *request.sampling.top_p);
    if (request.parallel_tool_calls) {
        out += fmt::format(R"(,"parallel_tool_calls":{})", *request.parallel_tool_calls);
    }
    if (!request.reasoning_effort.empty()) {
        out += R"(,"reasoning":{"effort":)";
        net::append_json_string(out, request.reasoning_effort);
        out += '}';
    }
    if (!request.user.empty()) append_member(out, "user", request.user);
    write_format(out, request.format);
}

}  // namespace

std::string write_request(const ChatRequest& request)
{
    std::string out;
    out.reserve(4096);
    out += R"({"model":)";
    net::append_json_string(out, request.model);
    write_input(out, request.messages);
    if (!request.tools.empty()) {
        out += R"(,"tools":[)";
        for (const ToolSpec& tool : request.tools) {
            if (&tool != &request.tools.front()) out += ',';
            write_tool(out, tool);
        }
        out += ']';
    }
    write_tool_choice(out, request.tool_choice);
    if (!request.previous_answer.empty()) append_member(out, "previous_response_id", request.previous_answer);
    // The vendor refuses less; a little more is better than no answer.
    if (request.max_tokens) {
        out += fmt::format(R"(,"max_output_tokens":{})", std::max(*request.max_tokens, items::least_output_tokens));
    }
    write_manner(out, request);
    if (request.stream) out += R"(,"stream":true)";
    out += '}';
    return out;
}

}  // namespace chaos::wire::openai_responses
