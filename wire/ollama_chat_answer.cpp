// Answers as Ollama writes them: lines of a stream, whole bodies, errors, and the pages about models.
#include <fmt/format.h>
#include <fmt/format.h>

#include <chrono>

#include "net/chance.hpp"
#include "net/time.hpp"
#include "wire/ollama_chat.hpp"
#include "wire/overloaded.hpp"

namespace chaos::wire::ollama_chat {

namespace {

// A modest machine: equal counts take equal times.
constexpr std::int64_t load_duration = 41'295'167;
constexpr std::int64_t prompt_token_duration = 145'403;
constexpr std::int64_t token_duration = 7'730'605;

/// What `ollama list` shows for a model of middle size.
constexpr std::string_view details =
    R"("details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],)"
    R"("parameter_size":"3.2B","quantization_level":"Q4_K_M"})";
constexpr std::int64_t model_size = 2'019'393'189;

template <class... Values>
void append(std::string& out, fmt::format_string<Values...> format, Values&&... values)
{
    fmt::format_to(std::back_inserter(out), format, std::forward<Values>(values)...);
}

std::string timestamp(std::int64_t seconds)
{
    return net::rfc3339(net::wall_time_of(seconds));
}

/// {"model":...,"created_at":"...",
void append_identity(std::string& out, const delta::Start& identity)
{
    out += R"({"model":)";
    net::append_json_string(out, identity.model);
    append(out, R"(,"created_at":"{}",)", timestamp(identity.created));
}

/// {"id":...,"function":{"index":0,"name":...,"arguments":
void append_call_head(std::string& out, int index, const ToolCall& call)
{
    out += R"({"id":)";
    net::append_json_string(out, call.id);
    append(out, R"(,"function":{{"index":{},"name":)", index);
    net::append_json_string(out, call.name);
    out += R"(,"arguments":)";
}

/// A JSON text may hold line breaks between its tokens; a line may not.
std::string on_one_line(std::string_view arguments)
{
    std::string line(arguments);
    for (char& c : line) {
        if (c == '\n' || c == '\r') c = ' ';
    }
    return line;
}

void append_call(std::string& out, int index, const ToolCall& call)
{
    append_call_head(out, index, call);
    out += is_json_object(call.arguments) ? on_one_line(call.arguments) : "{}";
    out += "}}";
}

/// The member that carries what is said; without calls.
void append_content(std::string& out, Endpoint endpoint, std::string_view content, std::string_view thinking)
{
    const bool chat = endpoint == Endpoint::chat;
    out += chat ? R"("message":{"role":"assistant","content":)" : R"("response":)";
    net::append_json_string(out, content);
    if (!thinking.empty()) {
        out += R"(,"thinking":)";
        net::append_json_string(out, thinking);
    }
    if (chat) out += '}';
}

void append_count(std::string& out, std::string_view name, std::int64_t tokens, std::int64_t duration_of_one)
{
    if (tokens > 0) append(out, R"(,"{0}_count":{1},"{0}_duration":{2})", name, tokens, tokens * duration_of_one);
}

/// The end of the last line, after the content: why it ended, and what it took.
void append_end(std::string& out, Endpoint endpoint, const delta::Finish& finish, const std::optional<Usage>& usage)
{
    const std::string_view reason = finish.text.empty() ? spelling(finish.reason) : std::string_view(finish.text);
    if (!reason.empty()) {
        out += R"(,"done_reason":)";
        net::append_json_string(out, reason);
    }
    out += R"(,"done":true)";
    const Usage counted = usage.value_or(Usage{});
    // A prompt is remembered in tokens; which numbers they have, nobody can know.
    if (endpoint == Endpoint::generate)
        append(out, R"(,"context":[{},{}])", counted.prompt_tokens, counted.completion_tokens);
    append(out, R"(,"total_duration":{},"load_duration":{})",
           load_duration + counted.prompt_tokens * prompt_token_duration + counted.completion_tokens * token_duration,
           load_duration);
    append_count(out, "prompt_eval", counted.prompt_tokens, prompt_token_duration);
    append_count(out, "eval", counted.completion_tokens, token_duration);
    out += '}';
}

/// The same for equal names on every machine.
std::string digest(std::string_view model)
{
    std::string digits;
    for (std::uint64_t part = 0; part < 4; ++part) append(digits, "{:016x}", net::stable_hash(model, part));
    return digits;
}

/// "name":...,"model":...
void append_names(std::string& out, std::string_view model)
{
    out += R"("name":)";
    net::append_json_string(out, model);
    out += R"(,"model":)";
    net::append_json_string(out, model);
}

}  // namespace

std::string write_answer(Endpoint endpoint, const ChatAnswer& answer)
{
    std::string out;
    out.reserve(answer.text.size() + answer.reasoning.size() + 1024);
    append_identity(out, {answer.id, answer.model, answer.created});
    append_content(out, endpoint, answer.text + answer.refusal, answer.reasoning);
    if (endpoint == Endpoint::chat && !answer.tool_calls.empty()) {
        out.back() = ',';  // the message goes on
        out += R"("tool_calls":[)";
        int index = 0;
        for (const ToolCall& call : answer.tool_calls) {
            if (index > 0) out += ',';
            append_call(out, index, call);
            ++index;
        }
        out += "]}";
    }
    append_end(out, endpoint, {answer.finish, answer.finish_text}, answer.usage);
    return out;
}

std::string write_load(Endpoint endpoint, std::string_view model, std::int64_t created, bool unload)
{
    std::string out;
    append_identity(out, {"", std::string(model), created});
    append_content(out, endpoint, "", "");
    append(out, R"(,"done_reason":"{}","done":true}})", unload ? "unload" : "load");
    return out;
}

void LineWriter::write_text(std::string& out, std::string_view content, std::string_view thinking)
{
    append_identity(out, identity_);
    append_content(out, endpoint_, content, thinking);
    out += ",\"done\":false}\n";
}

void LineWriter::write_calls(std::string& out, const std::vector<ToolCall>& calls)
{
    for (const ToolCall& call : calls) {
        append_identity(out, identity_);
        out += R"("message":{"role":"assistant","content":"","tool_calls":[)";
        append_call(out, calls_sent_, call);
        out += "]},\"done\":false}\n";
        ++calls_sent_;
    }
}

void LineWriter::end_calls(std::string& out)
{
    std::vector<ToolCall> whole;
    calls_.end(whole);
    write_calls(out, whole);
}

void LineWriter::break_off(std::string& out) const
{
    const ToolCall* open = calls_.open();
    if (open == nullptr) return;
    append_identity(out, identity_);
    out += R"("message":{"role":"assistant","content":"","tool_calls":[)";
    append_call_head(out, calls_sent_, *open);
    out += on_one_line(open->arguments);
}

void LineWriter::write(std::string& out, const Delta& delta)
{
    const auto done = [&] {
        if (finish_.reason == FinishReason::none && finish_.text.empty()) return;
        append_identity(out, identity_);
        append_content(out, endpoint_, "", "");
        append_end(out, endpoint_, finish_, usage_);
        out += '\n';
    };
    const auto text = [&](std::string_view content, std::string_view thinking) {
        end_calls(out);
        write_text(out, content, thinking);
    };
    const auto call = [&](const delta::Call& piece) {
        if (endpoint_ == Endpoint::generate) return;
        std::vector<ToolCall> whole;
        calls_.add(piece, whole);
        write_calls(out, whole);
    };
    std::visit(Overloaded{[](const delta::Start&) {}, [&](const delta::Text& piece) { text(piece.text, ""); },
                          [&](const delta::Reasoning& piece) { text("", piece.text); },
                          [&](const delta::Refusal& piece) { text(piece.text, ""); },
                          [&](const delta::Call& piece) { call(piece); },
                          [&](const delta::Finish& finish) {
                              end_calls(out);
                              finish_ = finish;
                          },
                          [&](const delta::UsageReport& report) { usage_ = report.usage; },
                          [&](const delta::Failed& failed) { out += write_error(failed.error) + '\n'; },
                          [&](const delta::Done&) { done(); },
                          [&](const delta::Malformed& malformed) { out += malformed.data + '\n'; }},
               delta);
}

std::string write_error(const ProviderError& error)
{
    std::string out = R"({"error":)";
    net::append_json_string(out, error.message);
    out += '}';
    return out;
}

std::string write_version(std::string_view version)
{
    std::string out = R"({"version":)";
    net::append_json_string(out, version);
    out += '}';
    return out;
}

std::string write_tags(const std::vector<std::string>& models, std::int64_t created)
{
    std::string out = R"({"models":[)";
    for (const std::string& model : models) {
        out += &model == &models.front() ? "{" : ",{";
        append_names(out, model);
        append(out, R"(,"modified_at":"{}","size":{},"digest":"{}",{}}})", timestamp(created), model_size,
               digest(model), details);
    }
    out += "]}";
    return out;
}

std::string write_ps(const std::vector<std::string>& models, std::int64_t now, std::int64_t context_length)
{
    constexpr std::int64_t five_minutes = 300;
    std::string out = R"({"models":[)";
    for (const std::string& model : models) {
        out += &model == &models.front() ? "{" : ",{";
        append_names(out, model);
        append(out, R"(,"size":{},"digest":"{}",{},"expires_at":"{}","size_vram":{},"context_length":{}}})", model_size,
               digest(model), details, timestamp(now + five_minutes), model_size, context_length);
    }
    out += "]}";
    return out;
}

std::string write_show(std::string_view model, std::int64_t created, std::int64_t context_length)
{
    std::string out = R"({"modelfile":)";
    net::append_json_string(out, fmt::format("FROM {}\nTEMPLATE {{{{ .Prompt }}}}\n", model));
    append(out, R"(,"parameters":"num_ctx {}","template":"{{{{ .Prompt }}}}",{},)", context_length, details);
    append(out, R"("model_info":{{"general.architecture":"llama","llama.context_length":{}}},)", context_length);
    append(out, R"("capabilities":["completion","tools"],"modified_at":"{}"}})", timestamp(created));
    return out;
}

std::string_view spelling(FinishReason reason)
{
    switch (reason) {
        case FinishReason::none:
            return "";
        case FinishReason::length:
            return "length";
        case FinishReason::stop:
        case FinishReason::tool_calls:
        case FinishReason::content_filter:
        case FinishReason::other:
            return "stop";
    }
    return "";
}

FinishReason finish_reason(std::string_view spelling)
{
    // Older servers do not say why they are done.
    if (spelling == "stop" || spelling.empty()) return FinishReason::stop;
    return spelling == "length" ? FinishReason::length : FinishReason::other;
}

}  // namespace chaos::wire::ollama_chat
