// Messages answers, streams and errors as a server writes them, fields in the order of the vendor's own.
#include <fmt/format.h>
#include <fmt/format.h>

#include "net/chance.hpp"
#include "wire/anthropic_messages.hpp"
#include "wire/json_document.hpp"
#include "wire/overloaded.hpp"

namespace chaos::wire::anthropic {

namespace {

/// {"name":"text"} without its closing brace.
void open_member(std::string& out, std::string_view name, std::string_view text)
{
    out.append("{\"").append(name).append("\":");
    net::append_json_string(out, text);
}

/// The arguments as the object they should be.
std::string_view as_object(std::string_view arguments)
{
    const json::Document document(arguments, {});
    return json::object(document.root()) ? arguments : "{}";
}

void append_usage(std::string& out, std::int64_t input, std::int64_t output)
{
    fmt::format_to(std::back_inserter(out),
                   R"("usage":{{"input_tokens":{},"cache_creation_input_tokens":0,"cache_read_input_tokens":0,)"
                   R"("output_tokens":{},"service_tier":"standard"}})",
                   input, output);
}

void append_head(std::string& out, const ChatAnswer& answer)
{
    out += R"({"id":)";
    net::append_json_string(out, answer.id);
    out += R"(,"type":"message","role":"assistant","model":)";
    net::append_json_string(out, answer.model);
    out += R"(,"content":[)";
}

std::string thinking_block(std::string_view text, std::string_view signature)
{
    std::string out = R"({"type":"thinking","thinking":)";
    net::append_json_string(out, text);
    out += R"(,"signature":)";
    net::append_json_string(out, signature);
    return out + "}";
}

std::string call_block(const ToolCall& call, std::string_view input)
{
    std::string out = R"({"type":"tool_use","id":)";
    net::append_json_string(out, call.id);
    out += R"(,"name":)";
    net::append_json_string(out, call.name);
    out.append(R"(,"input":)").append(input);
    return out + "}";
}

std::string text_block(std::string_view text)
{
    std::string out = R"({"type":"text","text":)";
    net::append_json_string(out, text);
    return out + "}";
}

void append_content(std::string& out, const ChatAnswer& answer, Thinking thinking)
{
    std::vector<std::string> blocks;
    if (!answer.reasoning.empty()) {
        const std::string signature = thinking == Thinking::own ? signature_of(answer.reasoning) : "";
        blocks.push_back(thinking_block(answer.reasoning, signature));
    }
    const std::string text = answer.text + answer.refusal;
    if (!text.empty()) blocks.push_back(text_block(text));
    for (const ToolCall& call : answer.tool_calls) blocks.push_back(call_block(call, as_object(call.arguments)));
    out += fmt::format("{}", fmt::join(blocks, ","));
}

void append_stop(std::string& out, FinishReason reason, std::string_view as_spelt)
{
    out += R"("stop_reason":)";
    const std::string_view word = as_spelt.empty() ? spelling(reason) : as_spelt;
    word.empty() ? void(out += "null") : net::append_json_string(out, word);
    out += R"(,"stop_sequence":null)";
}

std::string_view type_of_status(int status)
{
    switch (status) {
        case 401:
            return "authentication_error";
        case 402:
            return "billing_error";
        case 403:
            return "permission_error";
        case 404:
            return "not_found_error";
        case 409:
            return "conflict_error";
        case 413:
            return "request_too_large";
        case 429:
            return "rate_limit_error";
        case 504:
            return "timeout_error";
        case 529:
            return "overloaded_error";
        default:
            return status >= 500 ? "api_error" : "invalid_request_error";
    }
}

}  // namespace

std::string signature_of(std::string_view thinking)
{
    return fmt::format("sig{:016x}{:016x}", net::stable_hash(thinking), net::stable_hash(thinking, 1));
}

std::string write_answer(const ChatAnswer& answer, Thinking thinking)
{
    std::string out;
    append_head(out, answer);
    append_content(out, answer, thinking);
    out += "],";
    append_stop(out, answer.finish, answer.finish_text);
    out += ',';
    const Usage usage = answer.usage.value_or(Usage{});
    append_usage(out, usage.prompt_tokens, usage.completion_tokens);
    return out + "}";
}

std::string write_error(const ProviderError& error)
{
    std::string out = R"({"type":"error","error":{"type":)";
    net::append_json_string(out, error.type.empty() ? type_of_status(error.status) : error.type);
    out += R"(,"message":)";
    net::append_json_string(out, error.message);
    if (!error.code.empty()) {
        out += R"(,"details":{"error_code":)";
        net::append_json_string(out, error.code);
        out += '}';
    }
    return out + R"(},"request_id":null})";
}

std::string write_model(std::string_view model)
{
    std::string out = R"({"type":"model")";
    out += R"(,"id":)";
    net::append_json_string(out, model);
    out += R"(,"display_name":)";
    net::append_json_string(out, model);
    return out + R"(,"created_at":"2025-01-01T00:00:00Z"})";
}

std::string write_models(const std::vector<std::string>& models)
{
    std::vector<std::string> entries;
    for (const std::string& model : models) entries.push_back(write_model(model));
    std::string out = fmt::format(R"({{"data":[{}],"has_more":false,"first_id":)", fmt::join(entries, ","));
    models.empty() ? void(out += "null") : net::append_json_string(out, models.front());
    out += R"(,"last_id":)";
    models.empty() ? void(out += "null") : net::append_json_string(out, models.back());
    return out + "}";
}

std::string write_token_count(std::int64_t tokens)
{
    return fmt::format(R"({{"input_tokens":{}}})", tokens);
}

EventWriter::EventWriter(const ChatAnswer& answer, Thinking thinking) : answer_(answer), whose_thinking_(thinking) {}

void EventWriter::write(std::string& out, const Delta& delta)
{
    std::visit(
        Overloaded{[&](const delta::Start&) { start(out); },
                   [&](const delta::Text& piece) { write_text(out, piece.text); },
                   [&](const delta::Reasoning& piece) { write_thinking(out, piece.text); },
                   [&](const delta::Refusal& piece) { write_text(out, piece.text); },
                   [&](const delta::Call& piece) { write_call(out, piece); },
                   [&](const delta::Finish& piece) { finish(out, piece); },
                   [&](const delta::UsageReport&) {},  // went with message_delta
                   [&](const delta::Failed& failed) { append_sse(out, write_error(failed.error), "error"); },
                   [&](const delta::Done&) { append_sse(out, R"({"type":"message_stop"})", "message_stop"); },
                   [&](const delta::Malformed& malformed) { append_sse(out, malformed.data, "content_block_delta"); }},
        delta);
}

void EventWriter::start(std::string& out)
{
    std::string data = R"({"type":"message_start","message":)";
    append_head(data, answer_);
    data += R"(],"stop_reason":null,"stop_sequence":null,)";
    append_usage(data, answer_.usage.value_or(Usage{}).prompt_tokens, 1);
    data += "}}";
    append_sse(out, data, "message_start");
    append_sse(out, R"({"type": "ping"})", "ping");
}

void EventWriter::open_block(std::string& out, std::string_view kind, std::string_view content_block)
{
    close_block(out);
    open_kind_ = kind;
    append_sse(
        out,
        fmt::format(R"({{"type":"content_block_start","index":{},"content_block":{}}})", next_index_, content_block),
        "content_block_start");
}

namespace {

/// {"type":"content_block_delta","index":n,"delta":{"type":kind,member:text}}
void append_delta(std::string& out, int index, std::string_view kind, std::string_view member, std::string_view text)
{
    std::string data = fmt::format(R"({{"type":"content_block_delta","index":{},"delta":)", index);
    open_member(data, "type", kind);
    data.append(",\"").append(member).append("\":");
    net::append_json_string(data, text);
    data += "}}";
    append_sse(out, data, "content_block_delta");
}

}  // namespace

void EventWriter::close_block(std::string& out)
{
    if (open_kind_.empty()) return;
    if (open_kind_ == "thinking" && whose_thinking_ == Thinking::own) {
        append_delta(out, next_index_, "signature_delta", "signature", signature_of(thinking_));
    }
    append_sse(out, fmt::format(R"({{"type":"content_block_stop","index":{}}})", next_index_), "content_block_stop");
    open_kind_.clear();
    open_call_ = -1;
    ++next_index_;
}

void EventWriter::write_text(std::string& out, std::string_view text)
{
    if (open_kind_ != "text") open_block(out, "text", text_block(""));
    append_delta(out, next_index_, "text_delta", "text", text);
}

void EventWriter::write_thinking(std::string& out, std::string_view text)
{
    if (open_kind_ != "thinking") {
        thinking_.clear();
        open_block(out, "thinking", thinking_block("", ""));
    }
    thinking_ += text;
    append_delta(out, next_index_, "thinking_delta", "thinking", text);
}

void EventWriter::write_call(std::string& out, const delta::Call& piece)
{
    if (open_kind_ != "tool_use" || open_call_ != piece.index) {
        open_block(out, "tool_use", call_block({piece.id, piece.name, ""}, "{}"));
        open_call_ = piece.index;
    }
    append_delta(out, next_index_, "input_json_delta", "partial_json", piece.arguments);
}

void EventWriter::finish(std::string& out, const delta::Finish& finish)
{
    close_block(out);
    std::string data = R"({"type":"message_delta","delta":{)";
    append_stop(data, finish.reason, finish.text);
    data += fmt::format(R"(}},"usage":{{"output_tokens":{}}}}})", answer_.usage.value_or(Usage{}).completion_tokens);
    append_sse(out, data, "message_delta");
}

void EventWriter::finish_with(std::string& out, const delta::Finish& finish, const Usage& usage)
{
    close_block(out);
    std::string data = R"({"type":"message_delta","delta":{)";
    append_stop(data, finish.reason, finish.text);
    data += fmt::format(R"(}},"usage":{{"input_tokens":{},"output_tokens":{}}}}})", usage.prompt_tokens,
                        usage.completion_tokens);
    append_sse(out, data, "message_delta");
}

std::string_view spelling(FinishReason reason)
{
    switch (reason) {
        case FinishReason::none:
            return "";
        case FinishReason::stop:
            return "end_turn";
        case FinishReason::length:
            return "max_tokens";
        case FinishReason::tool_calls:
            return "tool_use";
        case FinishReason::content_filter:
            return "refusal";
        case FinishReason::other:
            return "pause_turn";
    }
    return "";
}

FinishReason finish_reason(std::string_view spelling)
{
    if (spelling.empty()) return FinishReason::none;
    if (spelling == "end_turn" || spelling == "stop_sequence") return FinishReason::stop;
    if (spelling == "max_tokens" || spelling == "model_context_window_exceeded") return FinishReason::length;
    if (spelling == "tool_use") return FinishReason::tool_calls;
    if (spelling == "refusal") return FinishReason::content_filter;
    return FinishReason::other;
}

}  // namespace chaos::wire::anthropic
