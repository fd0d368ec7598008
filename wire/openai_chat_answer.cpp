// Chat Completions answers as a server writes them, fields in the order of the vendor's own servers.
#include <fmt/format.h>
#include <fmt/format.h>

#include "wire/openai_chat.hpp"
#include "wire/overloaded.hpp"

namespace chaos::wire::openai_chat {

namespace {

/// Fixed: it stands for the backend's configuration, and ours does not change.
constexpr std::string_view fingerprint = R"("service_tier":"default","system_fingerprint":"fp_chaos")";

void append(std::string& out, std::string_view text)
{
    out += text;
}

/// `text` as a JSON string, or null if it is empty.
void append_or_null(std::string& out, std::string_view text)
{
    if (text.empty()) return append(out, "null");
    net::append_json_string(out, text);
}

void write_finish(std::string& out, FinishReason reason, std::string_view as_spelt)
{
    append(out, R"("finish_reason":)");
    append_or_null(out, as_spelt.empty() ? spelling(reason) : as_spelt);
}

void write_usage(std::string& out, const Usage& usage)
{
    fmt::format_to(std::back_inserter(out), R"("usage":{{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{},)",
                   usage.prompt_tokens, usage.completion_tokens, usage.prompt_tokens + usage.completion_tokens);
    append(out, R"("prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},)");
    append(out, R"("completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,)");
    append(out, R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}})");
}

void write_whole_call(std::string& out, const ToolCall& call)
{
    append(out, R"({"id":)");
    net::append_json_string(out, call.id);
    append(out, R"(,"type":"function","function":{"name":)");
    net::append_json_string(out, call.name);
    append(out, R"(,"arguments":)");
    net::append_json_string(out, call.arguments);
    append(out, "}}");
}

void write_answer_message(std::string& out, const ChatAnswer& answer)
{
    append(out, R"("message":{"role":"assistant","content":)");
    bool nothing_said = answer.text.empty() && !(answer.tool_calls.empty() && answer.refusal.empty());
    nothing_said ? append(out, "null") : net::append_json_string(out, answer.text);
    if (!answer.reasoning.empty()) {
        append(out, R"(,"reasoning_content":)");
        net::append_json_string(out, answer.reasoning);
    }
    if (!answer.tool_calls.empty()) {
        append(out, R"(,"tool_calls":[)");
        for (const ToolCall& call : answer.tool_calls) {
            if (&call != &answer.tool_calls.front()) append(out, ",");
            write_whole_call(out, call);
        }
        append(out, "]");
    }
    append(out, R"(,"refusal":)");
    append_or_null(out, answer.refusal);
    append(out, R"(,"annotations":[]})");
}

/// What every body and chunk of one answer begins with.
void write_identity(std::string& out, std::string_view object, const delta::Start& identity)
{
    append(out, R"({"id":)");
    net::append_json_string(out, identity.id);
    append(out, R"(,"object":")");
    append(out, object);
    append(out, R"(","created":)");
    const fmt::format_int created(identity.created);
    append(out, {created.data(), created.size()});
    append(out, R"(,"model":)");
    net::append_json_string(out, identity.model);
    append(out, ",");
}

/// The piece of a call; `type` goes with the id, as in the first piece of a real one.
void write_call_piece(std::string& out, const delta::Call& piece)
{
    append(out, R"({"tool_calls":[{)");
    if (piece.index >= 0) fmt::format_to(std::back_inserter(out), R"("index":{},)", piece.index);
    if (!piece.id.empty()) {
        append(out, R"("id":)");
        net::append_json_string(out, piece.id);
        append(out, R"(,"type":"function",)");
    }
    append(out, R"("function":{)");
    if (!piece.name.empty()) {
        append(out, R"("name":)");
        net::append_json_string(out, piece.name);
        append(out, ",");
    }
    append(out, R"("arguments":)");
    net::append_json_string(out, piece.arguments);
    append(out, "}}]}");
}

void write_member(std::string& out, std::string_view name, std::string_view text)
{
    append(out, R"({")");
    append(out, name);
    append(out, R"(":)");
    net::append_json_string(out, text);
    append(out, "}");
}

/// A chunk whose one choice has the delta that `write_delta` adds.
template <class WriteDelta>
std::string chunk(const delta::Start& identity, bool include_usage, const delta::Finish& finish, WriteDelta write_delta)
{
    std::string out;
    out.reserve(512);
    write_identity(out, "chat.completion.chunk", identity);
    append(out, fingerprint);
    append(out, R"(,"choices":[{"index":0,"delta":)");
    write_delta(out);
    append(out, R"(,"logprobs":null,)");
    write_finish(out, finish.reason, finish.text);
    append(out, include_usage ? R"(}],"usage":null})" : "}]}");
    return out;
}

std::string usage_chunk(const delta::Start& identity, const Usage& usage)
{
    std::string out;
    write_identity(out, "chat.completion.chunk", identity);
    append(out, fingerprint);
    append(out, R"(,"choices":[],)");
    write_usage(out, usage);
    append(out, "}");
    return out;
}

}  // namespace

std::string write_answer(const ChatAnswer& answer)
{
    std::string out;
    out.reserve(answer.text.size() + answer.reasoning.size() + 1024);
    write_identity(out, "chat.completion", {answer.id, answer.model, answer.created});
    append(out, R"("choices":[{"index":0,)");
    write_answer_message(out, answer);
    append(out, R"(,"logprobs":null,)");
    write_finish(out, answer.finish, answer.finish_text);
    append(out, "}],");
    if (answer.usage) {
        write_usage(out, *answer.usage);
        append(out, ",");
    }
    append(out, fingerprint);
    append(out, "}");
    return out;
}

std::string write_chunk(const delta::Start& identity, const Delta& delta, bool include_usage)
{
    const delta::Finish unfinished{FinishReason::none, ""};
    auto of_text = [&](std::string_view name, const std::string& text) {
        return chunk(identity, include_usage, unfinished, [&](std::string& out) { write_member(out, name, text); });
    };
    auto of_call = [&](const delta::Call& piece) {
        return chunk(identity, include_usage, unfinished, [&](std::string& out) { write_call_piece(out, piece); });
    };
    auto fixed = [&](std::string_view member, const delta::Finish& finish) {
        return chunk(identity, include_usage, finish, [&](std::string& out) { append(out, member); });
    };
    constexpr std::string_view role = R"({"role":"assistant","content":"","refusal":null})";
    return std::visit(
        Overloaded{[&](const delta::Start&) { return fixed(role, unfinished); },
                   [&](const delta::Text& piece) { return of_text("content", piece.text); },
                   [&](const delta::Reasoning& piece) { return of_text("reasoning_content", piece.text); },
                   [&](const delta::Refusal& piece) { return of_text("refusal", piece.text); },
                   [&](const delta::Call& piece) { return of_call(piece); },
                   [&](const delta::Finish& finish) { return fixed("{}", finish); },
                   [&](const delta::UsageReport& report) { return usage_chunk(identity, report.usage); },
                   [&](const delta::Failed& failed) { return write_error(failed.error); },
                   [&](const delta::Done&) { return std::string("[DONE]"); },
                   [&](const delta::Malformed& malformed) { return malformed.data; }},
        delta);
}

std::string write_error(const ProviderError& error)
{
    std::string out = R"({"error":{"message":)";
    net::append_json_string(out, error.message);
    append(out, R"(,"type":)");
    append_or_null(out, error.type);
    append(out, R"(,"param":null,"code":)");
    append_or_null(out, error.code);
    append(out, "}}");
    return out;
}

std::string write_model(std::string_view model, std::int64_t created)
{
    std::string out = R"({"id":)";
    net::append_json_string(out, model);
    fmt::format_to(std::back_inserter(out), R"(,"object":"model","created":{},"owned_by":"system"}})", created);
    return out;
}

std::string write_models(const std::vector<std::string>& models, std::int64_t created)
{
    std::string out = R"({"object":"list","data":[)";
    for (const std::string& model : models) {
        if (&model != &models.front()) append(out, ",");
        append(out, write_model(model, created));
    }
    append(out, "]}");
    return out;
}

std::string_view spelling(FinishReason reason)
{
    switch (reason) {
        case FinishReason::none:
            return "";
        case FinishReason::stop:
            return "stop";
        case FinishReason::length:
            return "length";
        case FinishReason::tool_calls:
            return "tool_calls";
        case FinishReason::content_filter:
            return "content_filter";
        case FinishReason::other:
            return "other";
    }
    return "";
}

FinishReason finish_reason(std::string_view spelling)
{
    if (spelling.empty()) return FinishReason::none;
    if (spelling == "stop") return FinishReason::stop;
    if (spelling == "length") return FinishReason::length;
    if (spelling == "tool_calls" || spelling == "function_call") return FinishReason::tool_calls;
    if (spelling == "content_filter") return FinishReason::content_filter;
    return FinishReason::other;
}

}  // namespace chaos::wire::openai_chat
