// Gemini answers as the server writes them: whole ones, chunks of a stream, models and counts.
#include <fmt/format.h>
#include <fmt/format.h>

#include <algorithm>

#include "wire/gemini.hpp"
#include "wire/json_document.hpp"
#include "wire/overloaded.hpp"

namespace chaos::wire::gemini {

namespace {

constexpr std::string_view malformed_call = "MALFORMED_FUNCTION_CALL";

void append_text_part(std::string& parts, std::string_view text, bool thought)
{
    parts += parts.empty() ? "" : ",";
    parts += R"({"text":)";
    net::append_json_string(parts, text);
    parts += thought ? R"(,"thought":true})" : "}";
}

/// JSON text without line breaks: in a stream of events they would end the line.
std::string on_one_line(std::string_view text)
{
    if (text.find_first_of("\r\n") == std::string_view::npos) return std::string(text);
    json::Document document(text, {});
    return document.root() ? json::dumped(*document.root()) : "{}";
}

void append_call_part(std::string& parts, std::string_view id, std::string_view name, std::string_view arguments)
{
    parts += parts.empty() ? "" : ",";
    parts += R"({"functionCall":{"name":)";
    net::append_json_string(parts, name);
    parts.append(R"(,"args":)").append(arguments.empty() ? "{}" : on_one_line(arguments));
    if (!id.empty()) {
        parts += R"(,"id":)";
        net::append_json_string(parts, id);
    }
    parts += "}}";
}

std::string parts_of(const ChatAnswer& answer)
{
    std::string parts;
    if (!answer.reasoning.empty()) append_text_part(parts, answer.reasoning, true);
    if (!answer.text.empty()) append_text_part(parts, answer.text, false);
    // The API has no place of its own for what a model refuses.
    if (!answer.refusal.empty()) append_text_part(parts, answer.refusal, false);
    for (const ToolCall& call : answer.tool_calls) append_call_part(parts, call.id, call.name, call.arguments);
    return parts;
}

std::string_view spelt(const delta::Finish& finish)
{
    return finish.text.empty() ? spelling(finish.reason) : std::string_view(finish.text);
}

/// Without parts the content is there all the same; only an answer that went wrong has none.
void write_candidate(std::string& out, std::string_view parts, std::string_view finish)
{
    out += R"({"candidates":[{)";
    if (!parts.empty()) {
        out.append(R"("content":{"parts":[)").append(parts).append(R"(],"role":"model"},)");
    } else if (finish != malformed_call) {
        out += R"("content":{"role":"model"},)";
    }
    if (!finish.empty()) {
        out += R"("finishReason":)";
        net::append_json_string(out, finish);
        out += ',';
    }
    out += R"("index":0)";
    if (finish == malformed_call) out += R"(,"finishMessage":"Malformed function call")";
    out += "}]";
}

/// Like the API, leaves out what is not counted yet.
void write_usage(std::string& out, const Usage& usage)
{
    fmt::format_to(std::back_inserter(out), R"(,"usageMetadata":{{"promptTokenCount":{})", usage.prompt_tokens);
    if (usage.completion_tokens > 0) {
        fmt::format_to(std::back_inserter(out), R"(,"candidatesTokenCount":{})", usage.completion_tokens);
    }
    fmt::format_to(std::back_inserter(out),
                   R"(,"totalTokenCount":{},)"
                   R"("promptTokensDetails":[{{"modality":"TEXT","tokenCount":{}}}]}})",
                   usage.prompt_tokens + usage.completion_tokens, usage.prompt_tokens);
}

void write_identity(std::string& out, std::string_view id, std::string_view model)
{
    out += R"(,"modelVersion":)";
    net::append_json_string(out, model);
    out += R"(,"responseId":)";
    net::append_json_string(out, id);
    out += '}';
}

bool is_object_of_arguments(const std::string& text)
{
    json::Document document(text, {});
    return json::object(document.root()).has_value();
}

}  // namespace

ChatAnswer sayable(ChatAnswer answer)
{
    bool can_be_said = std::all_of(answer.tool_calls.begin(), answer.tool_calls.end(), [](const ToolCall& call) {
        return call.arguments.empty() || is_object_of_arguments(call.arguments);
    });
    if (can_be_said) return answer;
    answer.tool_calls.clear();
    answer.finish = FinishReason::other;
    answer.finish_text = malformed_call;
    return answer;
}

std::string write_answer(const ChatAnswer& given)
{
    ChatAnswer answer = sayable(given);
    std::string out;
    out.reserve(answer.text.size() + 512);
    write_candidate(out, parts_of(answer), spelt({answer.finish, answer.finish_text}));
    if (answer.usage) write_usage(out, *answer.usage);
    write_identity(out, answer.id, answer.model);
    return out;
}

ChunkWriter::ChunkWriter(delta::Start identity, std::optional<Usage> usage, Framing framing)
    : identity_(std::move(identity)), usage_(usage), framing_(framing)
{
}

void ChunkWriter::write(std::string& out, const Delta& delta)
{
    auto text = [&](std::string_view said, bool thought) {
        std::string parts;
        append_text_part(parts, said, thought);
        write_parts(out, parts);
    };
    auto call = [&](const delta::Call& whole) {
        std::string parts;
        append_call_part(parts, whole.id, whole.name, whole.arguments);
        write_parts(out, parts);
    };
    std::visit(Overloaded{[&](const delta::Start&) {}, [&](const delta::Text& piece) { text(piece.text, false); },
                          [&](const delta::Reasoning& piece) { text(piece.text, true); },
                          [&](const delta::Refusal& piece) { text(piece.text, false); },
                          [&](const delta::Call& piece) { call(piece); },
                          [&](const delta::Finish& finish) {
                              finish_ = finish;
                              if (usage_) write_finish(out);
                          },
                          [&](const delta::UsageReport& report) {
                              usage_ = report.usage;
                              write_finish(out);
                          },
                          [&](const delta::Failed& failed) {
                              write_unit(out, write_error(failed.error));
                              write_end(out);
                          },
                          [&](const delta::Done&) {
                              write_finish(out);
                              write_end(out);
                          },
                          [&](const delta::Malformed& malformed) { write_unit(out, malformed.data); }},
               delta);
}

void ChunkWriter::write_parts(std::string& out, std::string_view parts)
{
    std::string json;
    json.reserve(512);
    write_candidate(json, parts, "");
    if (usage_) write_usage(json, {usage_->prompt_tokens, 0});
    write_identity(json, identity_.id, identity_.model);
    said_something_ = true;
    write_unit(out, json);
}

void ChunkWriter::write_finish(std::string& out)
{
    if (!finish_) return;
    std::string json;
    write_candidate(json, said_something_ ? R"({"text":""})" : "", spelt(*finish_));
    if (usage_) write_usage(json, *usage_);
    write_identity(json, identity_.id, identity_.model);
    write_unit(out, json);
    finish_.reset();
}

void ChunkWriter::write_end(std::string& out)
{
    if (framing_ == Framing::array) out += opened_ ? "]" : "[]";
}

void ChunkWriter::write_unit(std::string& out, std::string_view json)
{
    if (framing_ == Framing::sse) {
        out.append("data: ").append(json).append("\r\n\r\n");
    } else {
        out.append(opened_ ? ",\r\n" : "[").append(json).append("\n");
    }
    opened_ = true;
}

std::string write_model(std::string_view model, std::int64_t input_token_limit)
{
    std::string out = R"({"name":)";
    net::append_json_string(out, fmt::format("models/{}", model));
    out += R"(,"version":"001","displayName":)";
    net::append_json_string(out, model);
    out += fmt::format(R"(,"inputTokenLimit":{},"outputTokenLimit":65536,)", input_token_limit);
    out += R"("supportedGenerationMethods":["generateContent","countTokens"]})";
    return out;
}

std::string write_models(const std::vector<std::string>& models, std::int64_t input_token_limit)
{
    std::string out = R"({"models":[)";
    for (const std::string& model : models) {
        if (&model != &models.front()) out += ',';
        out += write_model(model, input_token_limit);
    }
    return out + "]}";
}

std::string write_token_count(std::int64_t tokens)
{
    return fmt::format(R"({{"totalTokens":{},"promptTokensDetails":[{{"modality":"TEXT","tokenCount":{}}}]}})", tokens,
                       tokens);
}

std::string_view spelling(FinishReason reason)
{
    switch (reason) {
        case FinishReason::none:
            return "";
        case FinishReason::stop:
        case FinishReason::tool_calls:
            return "STOP";
        case FinishReason::length:
            return "MAX_TOKENS";
        case FinishReason::content_filter:
            return "SAFETY";
        case FinishReason::other:
            return "OTHER";
    }
    return "";
}

FinishReason finish_reason(std::string_view spelling)
{
    if (spelling.empty() || spelling == "FINISH_REASON_UNSPECIFIED") return FinishReason::none;
    if (spelling == "STOP") return FinishReason::stop;
    if (spelling == "MAX_TOKENS") return FinishReason::length;
    constexpr std::string_view filters[] = {
        "SAFETY",       "RECITATION",         "BLOCKLIST",        "SPII",
        "IMAGE_SAFETY", "PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_PROHIBITED_CONTENT"};
    bool filtered = std::find(std::begin(filters), std::end(filters), spelling) != std::end(filters);
    return filtered ? FinishReason::content_filter : FinishReason::other;
}

}  // namespace chaos::wire::gemini
