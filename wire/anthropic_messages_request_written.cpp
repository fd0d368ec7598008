// Messages requests as a client writes them.
#include <fmt/format.h>

#include <algorithm>

#include "wire/anthropic_messages.hpp"
#include "wire/data_url.hpp"
#include "wire/whole_calls.hpp"

namespace chaos::wire::anthropic {

namespace {

/// What every model of the vendor can write, for callers who do not say how much they want.
constexpr std::int64_t usual_max_tokens = 4096;

void append_text_member(std::string& out, std::string_view name, std::string_view text)
{
    out.append(",\"").append(name).append("\":");
    net::append_json_string(out, text);
}

/// {"type":KIND,"source":{...}}
void write_sourced(std::string& out, std::string_view kind, const Part& part)
{
    out.append(R"({"type":")").append(kind).append(R"(","source":{"type":)");
    if (const DataUrl data = read_data_url(part.text)) {
        out += R"("base64")";
        append_text_member(out, "media_type", data.media_type);
        append_text_member(out, "data", data.base64);
    } else {
        out += R"("url")";
        append_text_member(out, "url", part.text);
    }
    out += '}';
    if (!part.name.empty()) append_text_member(out, "title", part.name);
    out += '}';
}

void write_text_block(std::string& out, std::string_view text)
{
    out += R"({"type":"text")";
    append_text_member(out, "text", text);
    out += '}';
}

/// False if the API has nothing for it, or for a text with nothing in it.
bool write_block(std::string& out, const Part& part)
{
    switch (part.kind) {
        case Part::Kind::text:
            if (part.text.empty()) return false;
            write_text_block(out, part.text);
            return true;
        case Part::Kind::image:
            write_sourced(out, "image", part);
            return true;
        case Part::Kind::document:
            write_sourced(out, "document", part);
            return true;
        case Part::Kind::audio:
        case Part::Kind::other:
            break;
    }
    return false;
}

/// Writes a list whose elements may turn out to be nothing.
class BlockList {
public:
    explicit BlockList(std::string& out) : out_(out) {}
    template <class Write>
    void add(Write write)
    {
        const std::size_t before = out_.size();
        if (!empty_) out_ += ',';
        const std::size_t start = out_.size();
        write(out_);
        if (out_.size() == start) {
            out_.resize(before);
        } else {
            empty_ = false;
        }
    }
    bool empty() const { return empty_; }

private:
    std::string& out_;
    bool empty_ = true;
};

void write_thought(std::string& out, const Reasoning& thought)
{
    if (thought.bound_to != Vendor::anthropic) return;
    if (thought.redacted) {
        out += R"({"type":"redacted_thinking")";
        append_text_member(out, "data", thought.seal);
    } else {
        out += R"({"type":"thinking")";
        append_text_member(out, "thinking", thought.text);
        append_text_member(out, "signature", thought.seal);
    }
    out += '}';
}

void write_use(std::string& out, const ToolCall& call)
{
    out += R"({"type":"tool_use")";
    append_text_member(out, "id", call.id);
    append_text_member(out, "name", call.name);
    out.append(R"(,"input":)").append(is_json_object(call.arguments) ? call.arguments : "{}").append("}");
}

void write_result(std::string& out, const Message& message)
{
    out += R"({"type":"tool_result")";
    append_text_member(out, "tool_use_id", message.tool_call_id);
    out += R"(,"content":)";
    const bool plain = std::all_of(message.content.begin(), message.content.end(),
                                   [](const Part& part) { return part.kind == Part::Kind::text; });
    if (plain) {
        net::append_json_string(out, message.text());
    } else {
        out += '[';
        BlockList blocks(out);
        for (const Part& part : message.content) blocks.add([&](std::string& to) { write_block(to, part); });
        out += ']';
    }
    if (message.is_error) out += R"(,"is_error":true)";
    out += '}';
}

/// Messages as the API counts turns: the results of a turn first, then what the user says.
class TurnsWriter {
public:
    explicit TurnsWriter(std::string& out) : out_(out) {}

    void write(const std::vector<Message>& messages)
    {
        std::size_t i = 0;
        while (i < messages.size()) {
            if (messages[i].role == Role::system) {
                ++i;
                continue;
            }
            const bool of_model = messages[i].role == Role::assistant;
            std::size_t end = i;
            while (end < messages.size() &&
                   (messages[end].role == Role::system || (messages[end].role == Role::assistant) == of_model)) {
                ++end;
            }
            write_turn(messages, i, end, of_model);
            i = end;
        }
        // System messages alone, or turns in which nothing is said: there must be one.
        if (first_) write_turn(messages, 0, 0, false);
    }

private:
    void write_turn(const std::vector<Message>& messages, std::size_t begin, std::size_t end, bool of_model)
    {
        std::string content;
        BlockList blocks(content);
        for (std::size_t i = begin; i < end; ++i) {
            if (messages[i].role == Role::tool) blocks.add([&](std::string& out) { write_result(out, messages[i]); });
        }
        for (std::size_t i = begin; i < end; ++i) {
            const Message& message = messages[i];
            if (message.role == Role::tool || message.role == Role::system) continue;
            for (const Reasoning& thought : message.reasoning) {
                blocks.add([&](std::string& out) { write_thought(out, thought); });
            }
            for (const Part& part : message.content) blocks.add([&](std::string& out) { write_block(out, part); });
            for (const ToolCall& call : message.tool_calls) blocks.add([&](std::string& out) { write_use(out, call); });
        }
        // A turn without content is refused; an assistant's is as if it had not been, a user's must stand.
        if (blocks.empty() && of_model) return;
        if (blocks.empty()) write_text_block(content, "(empty)");
        out_ += first_ ? "" : ",";
        first_ = false;
        out_.append(of_model ? R"({"role":"assistant","content":[)" : R"({"role":"user","content":[)");
        out_.append(content).append("]}");
    }

    std::string& out_;
    bool first_ = true;
};

void write_system(std::string& out, const std::vector<Message>& messages)
{
    std::string content;
    BlockList blocks(content);
    for (const Message& message : messages) {
        if (message.role != Role::system) continue;
        for (const Part& part : message.content) blocks.add([&](std::string& to) { write_block(to, part); });
    }
    if (!blocks.empty()) out.append(R"(,"system":[)").append(content).append("]");
}

void write_tools(std::string& out, const std::vector<ToolSpec>& tools)
{
    if (tools.empty()) return;
    out += R"(,"tools":[)";
    for (const ToolSpec& tool : tools) {
        out += &tool == &tools.front() ? R"({"name":)" : R"(,{"name":)";
        net::append_json_string(out, tool.name);
        if (!tool.description.empty()) append_text_member(out, "description", tool.description);
        out.append(R"(,"input_schema":)")
            .append(tool.parameters.empty() ? R"({"type":"object","properties":{}})" : tool.parameters);
        if (tool.strict == true) out += R"(,"strict":true)";
        out += '}';
    }
    out += ']';
}

std::string_view choice_word(ToolChoice::Kind kind)
{
    switch (kind) {
        case ToolChoice::Kind::automatic:
            return "auto";
        case ToolChoice::Kind::none:
            return "none";
        case ToolChoice::Kind::required:
            return "any";
        case ToolChoice::Kind::named:
            return "tool";
    }
    return "auto";
}

/// Whether calls may come together is part of the choice here, and the choice only allowed with tools.
void write_tool_choice(std::string& out, const ChatRequest& request)
{
    const ToolChoice& choice = request.tool_choice;
    const bool one_by_one = request.parallel_tool_calls == false && choice.kind != ToolChoice::Kind::none;
    const bool usual = choice.kind == ToolChoice::Kind::automatic && !one_by_one;
    if (request.tools.empty() || usual) return;
    out.append(R"(,"tool_choice":{"type":")").append(choice_word(choice.kind)).append("\"");
    if (choice.kind == ToolChoice::Kind::named) append_text_member(out, "name", choice.name);
    if (one_by_one) out += R"(,"disable_parallel_tool_use":true)";
    out += '}';
}

void write_manner(std::string& out, const ChatRequest& request)
{
    const Sampling& sampling = request.sampling;
    // Here the scale ends at 1.
    if (sampling.temperature) out += fmt::format(R"(,"temperature":{})", std::clamp(*sampling.temperature, 0.0, 1.0));
    if (sampling.top_p) out += fmt::format(R"(,"top_p":{})", *sampling.top_p);
    if (sampling.top_k) out += fmt::format(R"(,"top_k":{})", *sampling.top_k);
    std::string stops;
    for (const std::string& stop : request.stop) {
        if (stop.find_first_not_of(" \t\r\n") == std::string::npos) continue;  // refused
        if (!stops.empty()) stops += ',';
        net::append_json_string(stops, stop);
    }
    if (!stops.empty()) out.append(R"(,"stop_sequences":[)").append(stops).append("]");
    if (!request.user.empty()) {
        out += R"(,"metadata":{"user_id":)";
        net::append_json_string(out, request.user);
        out += '}';
    }
}

/// Levels that this vendor does not have become the nearest it has.
std::string_view effort_word(std::string_view effort)
{
    if (effort == "minimal" || effort == "none") return "low";
    return effort == "low" || effort == "medium" || effort == "max" ? effort : "high";
}

void write_output_config(std::string& out, const ChatRequest& request)
{
    const bool schema = request.format.kind == ResponseFormat::Kind::json_schema && !request.format.schema.empty();
    if (!schema && request.reasoning_effort.empty()) return;
    out += R"(,"output_config":{)";
    if (!request.reasoning_effort.empty()) {
        out.append(R"("effort":")").append(effort_word(request.reasoning_effort)).append("\"");
    }
    if (schema) {
        out += request.reasoning_effort.empty() ? "" : ",";
        out.append(R"("format":{"type":"json_schema","schema":)").append(request.format.schema).append("}");
    }
    out += '}';
}

/// A budget must leave room for an answer.
void write_thinking(std::string& out, const ChatRequest& request, std::int64_t max_tokens)
{
    constexpr std::int64_t least_budget = 1024;
    if (!request.reasoning_budget || max_tokens <= least_budget) return;
    const std::int64_t budget = std::clamp(*request.reasoning_budget, least_budget, max_tokens - 1);
    out += fmt::format(R"(,"thinking":{{"type":"enabled","budget_tokens":{}}})", budget);
}

}  // namespace

std::string write_request(const ChatRequest& request)
{
    const std::int64_t max_tokens = request.max_tokens.value_or(usual_max_tokens);
    std::string out;
    out.reserve(4096);
    out += R"({"model":)";
    net::append_json_string(out, request.model);
    out += fmt::format(R"(,"max_tokens":{})", max_tokens);
    write_system(out, request.messages);
    out += R"(,"messages":[)";
    TurnsWriter(out).write(request.messages);
    out += ']';
    write_tools(out, request.tools);
    write_tool_choice(out, request);
    write_manner(out, request);
    write_output_config(out, request);
    write_thinking(out, request, max_tokens);
    if (request.stream) out += R"(,"stream":true)";
    out += '}';
    return out;
}

}  // namespace chaos::wire::anthropic
