// Chat Completions by Ollama, fields in the order of its own server.
#include "wire/ollama_openai.hpp"

#include <fmt/format.h>

#include "net/json.hpp"
#include "wire/json_document.hpp"
#include "wire/openai_chat.hpp"
#include "wire/overloaded.hpp"
#include "wire/sse.hpp"

namespace chaos::wire::ollama_openai {

namespace {

void append_identity(std::string& out, std::string_view object, const delta::Start& identity)
{
    out += R"({"id":)";
    net::append_json_string(out, identity.id);
    fmt::format_to(std::back_inserter(out), R"(,"object":"{}","created":{},"model":)", object, identity.created);
    net::append_json_string(out, identity.model);
    out += R"(,"system_fingerprint":"fp_ollama","choices":[)";
}

void append_usage(std::string& out, const Usage& usage)
{
    fmt::format_to(std::back_inserter(out),
                   R"("usage":{{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{}}})", usage.prompt_tokens,
                   usage.completion_tokens, usage.prompt_tokens + usage.completion_tokens);
}

/// The beginning of a call, up to its arguments, which are text in JSON.
void append_call_head(std::string& out, int index, const ToolCall& call)
{
    out += R"({"id":)";
    net::append_json_string(out, call.id);
    fmt::format_to(std::back_inserter(out), R"(,"index":{},"type":"function","function":{{"name":)", index);
    net::append_json_string(out, call.name);
    out += R"(,"arguments":)";
}

void append_call(std::string& out, int index, const ToolCall& call)
{
    append_call_head(out, index, call);
    net::append_json_string(out, is_json_object(call.arguments) ? call.arguments : "{}");
    out += "}}";
}

void append_member(std::string& out, std::string_view name, std::string_view text)
{
    fmt::format_to(std::back_inserter(out), R"("{}":)", name);
    net::append_json_string(out, text);
}

std::string_view finish_reason(FinishReason reason, bool any_calls)
{
    if (reason == FinishReason::length) return "length";
    return any_calls ? "tool_calls" : "stop";
}

}  // namespace

Read<ChatRequest> read_request(std::string_view body)
{
    Read<ChatRequest> read = openai_chat::read_request(body);
    if (!read) return read;
    const json::Document document(body, {});
    read.value->max_tokens = json::integer(json::member(document.root(), "max_tokens"));
    read.value->tool_choice = {};
    const std::optional<std::string_view> effort = json::text(json::member(document.root(), "reasoning_effort"));
    read.value->reasoning = effort && *effort != "none";
    return read;
}

std::string write_answer(const ChatAnswer& answer)
{
    std::string out;
    append_identity(out, "chat.completion", {answer.id, answer.model, answer.created});
    out += R"({"index":0,"message":{"role":"assistant",)";
    append_member(out, "content", answer.text + answer.refusal);
    if (!answer.reasoning.empty()) {
        out += ',';
        append_member(out, "reasoning", answer.reasoning);
    }
    int index = 0;
    for (const ToolCall& call : answer.tool_calls) {
        out += index == 0 ? R"(,"tool_calls":[)" : ",";
        append_call(out, index, call);
        ++index;
    }
    out += index > 0 ? "]}," : "},";
    append_member(out, "finish_reason", finish_reason(answer.finish, index > 0));
    out += "}],";
    append_usage(out, answer.usage.value_or(Usage{}));
    out += '}';
    return out;
}

/// A chunk up to the members of its delta.
std::string ChunkWriter::chunk_head() const
{
    std::string chunk;
    append_identity(chunk, "chat.completion.chunk", identity_);
    chunk += role_sent_ ? R"({"index":0,"delta":{)" : R"({"index":0,"delta":{"role":"assistant",)";
    return chunk;
}

void ChunkWriter::write_chunk(std::string& out, std::string_view members, std::string_view finish)
{
    std::string chunk = chunk_head();
    role_sent_ = true;
    chunk += members;
    chunk += R"(},"finish_reason":)";
    finish.empty() ? chunk.append("null") : chunk.append(1, '"').append(finish).append(1, '"');
    append_sse(out, chunk + "}]}");
}

void ChunkWriter::write_calls(std::string& out, const std::vector<ToolCall>& calls)
{
    for (const ToolCall& call : calls) {
        std::string members = role_sent_ ? R"("tool_calls":[)" : R"("content":"","tool_calls":[)";
        append_call(members, calls_sent_, call);
        ++calls_sent_;
        write_chunk(out, members + "]");
    }
}

void ChunkWriter::write_finish(std::string& out, const delta::Finish& finish)
{
    std::vector<ToolCall> whole;
    calls_.end(whole);
    write_calls(out, whole);
    const std::string_view reason = finish_reason(finish.reason, calls_sent_ > 0);
    write_chunk(out, role_sent_ ? "" : R"("content":"")", reason);
}

void ChunkWriter::break_off(std::string& out) const
{
    const ToolCall* open = calls_.open();
    if (open == nullptr) return;
    std::string chunk = chunk_head() + (role_sent_ ? R"("tool_calls":[)" : R"("content":"","tool_calls":[)");
    append_call_head(chunk, calls_sent_, *open);
    net::append_json_string(chunk, open->arguments);
    chunk.pop_back();  // the text goes on
    out += "data: " + chunk;
}

void ChunkWriter::write(std::string& out, const Delta& delta)
{
    const auto text = [&](std::string_view name, std::string_view content) {
        std::string members;
        append_member(members, name, content);
        write_chunk(out, members);
    };
    const auto call = [&](const delta::Call& piece) {
        std::vector<ToolCall> whole;
        calls_.add(piece, whole);
        write_calls(out, whole);
    };
    const auto usage = [&](const Usage& counted) {
        std::string chunk;
        append_identity(chunk, "chat.completion.chunk", identity_);
        chunk += "],";
        append_usage(chunk, counted);
        if (include_usage_) append_sse(out, chunk + "}");
    };
    std::visit(Overloaded{[](const delta::Start&) {}, [&](const delta::Text& piece) { text("content", piece.text); },
                          [&](const delta::Reasoning& piece) { text("reasoning", piece.text); },
                          [&](const delta::Refusal& piece) { text("content", piece.text); },
                          [&](const delta::Call& piece) { call(piece); },
                          [&](const delta::Finish& finish) { write_finish(out, finish); },
                          [&](const delta::UsageReport& report) { usage(report.usage); },
                          [&](const delta::Failed&) { text("content", ""); },
                          [&](const delta::Done&) { append_sse(out, "[DONE]"); },
                          [&](const delta::Malformed& malformed) { append_sse(out, malformed.data); }},
               delta);
}

std::string write_model(std::string_view model, std::int64_t created)
{
    std::string out = R"({"id":)";
    net::append_json_string(out, model);
    fmt::format_to(std::back_inserter(out), R"(,"object":"model","created":{},"owned_by":"library"}})", created);
    return out;
}

std::string write_models(const std::vector<std::string>& models, std::int64_t created)
{
    std::string out = R"({"object":"list","data":[)";
    for (const std::string& model : models) {
        if (&model != &models.front()) out += ',';
        out += write_model(model, created);
    }
    out += "]}";
    return out;
}

}  // namespace chaos::wire::ollama_openai
