// Messages answers as a patient client reads them: whole bodies and stream events.
#include <map>

#include "wire/anthropic_messages.hpp"
#include "wire/json_document.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::wire::anthropic {

namespace {

using json::Field;
using json::text_or_empty;
using simdjson::dom::array;
using simdjson::dom::object;

/// Prompt tokens are the sum of what was read, written to the cache, and read from it.
void add_usage(const Field& field, Usage& usage)
{
    const std::optional<object> members_of = json::object(field);
    if (!members_of) return;
    auto [input, created, read, output] = json::members(
        *members_of, {"input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens"});
    const auto count = [](const Field& number) { return json::integer(number).value_or(0); };
    const std::int64_t prompt = count(input) + count(created) + count(read);
    if (prompt > 0) usage.prompt_tokens = prompt;
    // Cumulative: a later count replaces an earlier one.
    if (json::integer(output)) usage.completion_tokens = *json::integer(output);
}

std::optional<ProviderError> error_in(const Field& root)
{
    const std::optional<object> error = json::object(json::member(root, "error"));
    if (!error) return std::nullopt;
    auto [type, message, details] = json::members(*error, {"type", "message", "details"});
    ProviderError result;
    result.type = text_or_empty(type);
    result.message = text_or_empty(message);
    result.code = text_or_empty(json::member(details, "error_code"));
    return result;
}

void read_block(const json::Element& block, ChatAnswer& answer)
{
    const std::string_view kind = json::text(json::member(block, "type")).value_or("");
    if (kind == "text") {
        answer.text += text_or_empty(json::member(block, "text"));
    } else if (kind == "thinking") {
        answer.reasoning += text_or_empty(json::member(block, "thinking"));
    } else if (kind == "tool_use") {
        const Field input = json::member(block, "input");
        answer.tool_calls.push_back({text_or_empty(json::member(block, "id")),
                                     text_or_empty(json::member(block, "name")), input ? json::dumped(*input) : "{}"});
    }
}

}  // namespace

Read<AnswerBody> read_answer(std::string_view body)
{
    json::Parser parser;
    return read_answer(body, parser);
}

Read<AnswerBody> read_answer(std::string_view body, json::Parser& parser)
{
    const json::Document document(body, parser);
    if (!document.problem().empty()) return {std::nullopt, "the body is not JSON: " + document.problem()};
    const std::optional<object> root = json::object(document.root());
    if (!root) return {std::nullopt, "the body: expected a JSON object"};
    auto [id, model, content, stop_reason, usage] =
        json::members(*root, {"id", "model", "content", "stop_reason", "usage"});
    Read<AnswerBody> result;
    AnswerBody& out = result.value.emplace();
    out.error = error_in(document.root());
    out.answer.id = text_or_empty(id);
    out.answer.model = text_or_empty(model);
    if (const std::optional<array> blocks = json::array(content)) {
        out.has_content = true;
        for (const json::Element block : *blocks) read_block(block, out.answer);
    }
    out.answer.finish_text = text_or_empty(stop_reason);
    out.answer.finish = finish_reason(out.answer.finish_text);
    if (usage) add_usage(usage, out.answer.usage.emplace());
    return result;
}

ProviderError read_error(int status, std::string_view body)
{
    const json::Document document(body, {});
    ProviderError error = error_in(document.root()).value_or(ProviderError{});
    error.status = status;
    // Proxies before the vendor answer in shapes of their own, or with nothing at all.
    if (error.message.empty()) error.message = openai_chat::read_error(status, body).message;
    return error;
}

struct EventReader::State {
    std::map<std::int64_t, int> calls;  ///< block index -> which call
    Usage usage;

    void read_start(const Field& message, std::vector<Delta>& deltas)
    {
        add_usage(json::member(message, "usage"), usage);
        deltas.push_back(
            delta::Start{text_or_empty(json::member(message, "id")), text_or_empty(json::member(message, "model")), 0});
    }

    void read_block_start(std::int64_t index, const Field& block, std::vector<Delta>& deltas)
    {
        if (json::text(json::member(block, "type")) != "tool_use") return;
        const int call = static_cast<int>(calls.size());
        calls[index] = call;
        deltas.push_back(delta::Call{call, text_or_empty(json::member(block, "id")),
                                     text_or_empty(json::member(block, "name")), ""});
    }

    void read_delta(std::int64_t index, const Field& piece, std::vector<Delta>& deltas)
    {
        const std::string_view kind = json::text(json::member(piece, "type")).value_or("");
        if (kind == "text_delta") {
            deltas.push_back(delta::Text{text_or_empty(json::member(piece, "text"))});
        } else if (kind == "thinking_delta") {
            deltas.push_back(delta::Reasoning{text_or_empty(json::member(piece, "thinking"))});
        } else if (kind == "input_json_delta") {
            const auto call = calls.find(index);
            std::string fragment = text_or_empty(json::member(piece, "partial_json"));
            if (!fragment.empty()) {
                deltas.push_back(delta::Call{call == calls.end() ? -1 : call->second, "", "", std::move(fragment)});
            }
        }
    }

    void read_message_delta(const Field& piece, const Field& counted, std::vector<Delta>& deltas)
    {
        add_usage(counted, usage);
        const std::string reason = text_or_empty(json::member(piece, "stop_reason"));
        if (!reason.empty()) deltas.push_back(delta::Finish{finish_reason(reason), reason});
        deltas.push_back(delta::UsageReport{usage});
    }

    void read(const Field& root, std::vector<Delta>& deltas)
    {
        const std::string_view type = json::text(json::member(root, "type")).value_or("");
        const std::int64_t index = json::integer(json::member(root, "index")).value_or(-1);
        if (type == "message_start") {
            read_start(json::member(root, "message"), deltas);
        } else if (type == "content_block_start") {
            read_block_start(index, json::member(root, "content_block"), deltas);
        } else if (type == "content_block_delta") {
            read_delta(index, json::member(root, "delta"), deltas);
        } else if (type == "message_delta") {
            read_message_delta(json::member(root, "delta"), json::member(root, "usage"), deltas);
        } else if (type == "message_stop") {
            deltas.push_back(delta::Done{});
        } else if (type == "error") {
            deltas.push_back(delta::Failed{error_in(root).value_or(ProviderError{})});
        }
    }
};

EventReader::EventReader() : state_(std::make_unique<State>()) {}
EventReader::~EventReader() = default;

const Usage& EventReader::counted() const
{
    return state_->usage;
}

void EventReader::read(const SseEvent& event, std::vector<Delta>& deltas)
{
    const json::Document document(event.data, {});
    if (!document.problem().empty()) {
        deltas.push_back(delta::Malformed{"not JSON: " + document.problem(), event.data});
        return;
    }
    state_->read(document.root(), deltas);
}

}  // namespace chaos::wire::anthropic
