// Chat Completions answers as a patient client reads them: whole bodies and stream events.
#include <algorithm>
#include <limits>

#include "wire/json_document.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::wire::openai_chat {

namespace {

using json::Field;
using json::text_or_empty;
using simdjson::dom::array;
using simdjson::dom::object;

/// Text, or the text parts of a list joined (some servers send lists).
std::string content_text(const Field& content)
{
    std::optional<array> parts = json::array(content);
    if (!parts) return text_or_empty(content);
    std::string result;
    for (json::Element part : *parts) result += json::text(json::member(part, "text")).value_or("");
    return result;
}

/// Call arguments should be text; an object sent instead becomes its JSON text.
std::string arguments_text(const Field& arguments)
{
    if (!arguments) return "";
    if (std::optional<std::string_view> text = json::text(arguments)) return std::string(*text);
    return json::dumped(*arguments);
}

std::optional<Usage> read_usage(const Field& field)
{
    std::optional<object> usage = json::object(field);
    if (!usage) return std::nullopt;
    auto [prompt, completion] = json::members(*usage, {"prompt_tokens", "completion_tokens"});
    std::optional<std::int64_t> prompt_tokens = json::integer(prompt);
    std::optional<std::int64_t> completion_tokens = json::integer(completion);
    if (!prompt_tokens && !completion_tokens) return std::nullopt;
    return Usage{prompt_tokens.value_or(0), completion_tokens.value_or(0)};
}

/// The error that a body or event with `error: ...` reports. Null, false, "" and 0 are no errors: some servers send
/// them with every chunk.
std::optional<ProviderError> reported_error(const Field& error, std::string_view whole)
{
    if (!error || error->is_number() || json::boolean(error) == false || json::text(error) == "") return std::nullopt;
    return read_error(0, whole);
}

delta::Call read_call(const json::Element& element)
{
    delta::Call result;
    result.index = -1;
    std::optional<object> call = json::object(element);
    if (!call) return result;
    auto [index, id, function, custom] = json::members(*call, {"index", "id", "function", "custom"});
    std::optional<std::int64_t> position = json::integer(index);
    bool sane = position && *position >= 0 && *position <= std::numeric_limits<int>::max();
    if (sane) result.index = static_cast<int>(*position);
    result.id = text_or_empty(id);
    const Field& called = function ? function : custom;
    result.name = text_or_empty(json::member(called, "name"));
    result.arguments = arguments_text(json::member(called, function ? "arguments" : "input"));
    return result;
}

/// What a message (or the delta of a chunk) holds, whoever sent it.
struct MessageFields {
    std::string text;
    std::string reasoning;
    std::string refusal;
    std::vector<delta::Call> calls;
};

MessageFields read_message(const Field& field)
{
    MessageFields result;
    std::optional<object> message = json::object(field);
    if (!message) return result;
    auto [content, reasoning_content, reasoning, refusal, tool_calls] =
        json::members(*message, {"content", "reasoning_content", "reasoning", "refusal", "tool_calls"});
    result.text = content_text(content);
    result.refusal = text_or_empty(refusal);
    result.reasoning = text_or_empty(reasoning_content);
    // Some servers send the same text under both names.
    if (result.reasoning.empty()) result.reasoning = text_or_empty(reasoning);
    if (std::optional<array> calls = json::array(tool_calls)) {
        for (json::Element call : *calls) result.calls.push_back(read_call(call));
    }
    return result;
}

/// The choice with index 0, or the first without an index; and the further ones.
struct Choices {
    std::optional<object> first;
    std::vector<std::pair<std::int64_t, object>> others;
};

Choices read_choices(const Field& field)
{
    Choices result;
    std::optional<array> choices = json::array(field);
    if (!choices) return result;
    std::int64_t place = 0;
    for (json::Element choice : *choices) {
        std::optional<object> members = json::object(choice);
        std::optional<std::int64_t> index = members ? json::integer(json::member(choice, "index")) : std::nullopt;
        bool is_first = members && !result.first && index.value_or(0) == 0;
        if (is_first) result.first = members;
        if (members && !is_first) result.others.emplace_back(index.value_or(place), *members);
        ++place;
    }
    return result;
}

ToolCall whole_call(delta::Call call)
{
    return {std::move(call.id), std::move(call.name), std::move(call.arguments)};
}

/// What a choice says goes into `answer`; an error of it into `body`. True if it has a message.
bool read_choice(const object& choice, ChatAnswer& answer, AnswerBody& body)
{
    auto [message, finish, error] = json::members(choice, {"message", "finish_reason", "error"});
    MessageFields fields = read_message(message);
    answer.text = std::move(fields.text);
    answer.reasoning = std::move(fields.reasoning);
    answer.refusal = std::move(fields.refusal);
    for (delta::Call& call : fields.calls) answer.tool_calls.push_back(whole_call(std::move(call)));
    answer.finish_text = text_or_empty(finish);
    answer.finish = finish_reason(answer.finish_text);
    if (json::object(error)) body.error = read_error(0, R"({"error":)" + json::dumped(*error) + "}");
    return json::object(message).has_value();
}

void read_all_choices(const Field& field, AnswerBody& out)
{
    Choices choices = read_choices(field);
    if (choices.first) out.has_choices = read_choice(*choices.first, out.answer, out);
    for (const auto& [place, choice] : choices.others) read_choice(choice, out.others.emplace_back(), out);
}

/// Appends the deltas of one chunk, in the order in which they take effect.
class DeltasOfChunk {
public:
    DeltasOfChunk(std::string_view data, std::vector<Delta>& deltas, std::vector<ChoiceDeltas>& others)
        : data_(data), deltas_(deltas), others_(others)
    {
    }

    void read(const object& root, bool named_error);

private:
    void read_start(const Field& id, const Field& model, const Field& created);
    void read_choice(const object& choice, std::vector<Delta>& deltas);

    std::string_view data_;
    std::vector<Delta>& deltas_;
    std::vector<ChoiceDeltas>& others_;
    bool failed_ = false;
};

void DeltasOfChunk::read(const object& root, bool named_error)
{
    std::size_t before = deltas_.size();
    auto [id, model, created, choices, usage, error, message, object_kind] =
        json::members(root, {"id", "model", "created", "choices", "usage", "error", "message", "object"});
    std::optional<ProviderError> reported = reported_error(error, data_);
    // Without an `error` member an error is known by the event's name, or by the kind some servers give it.
    bool flat_error = !error && !choices && json::text(message) && (named_error || json::text(object_kind) == "error");
    if (flat_error) reported = read_error(0, data_);
    failed_ = reported.has_value();
    read_start(id, model, created);
    Choices told = read_choices(choices);
    if (told.first) read_choice(*told.first, deltas_);
    for (const auto& [place, choice] : told.others) {
        others_.push_back({place, {}});
        read_choice(choice, others_.back().deltas);
    }
    if (reported) deltas_.push_back(delta::Failed{std::move(*reported)});
    if (std::optional<Usage> counted = read_usage(usage)) deltas_.push_back(delta::UsageReport{*counted});
    bool recognised = deltas_.size() > before || json::array(choices);
    if (!recognised) deltas_.push_back(delta::Malformed{"not a chunk: it has no choices", std::string(data_)});
}

void DeltasOfChunk::read_start(const Field& id, const Field& model, const Field& created)
{
    std::string_view text = json::text(id).value_or("");
    bool chunk_id = !text.empty() && !(failed_ && !model);
    if (!chunk_id) return;
    deltas_.push_back(delta::Start{std::string(text), text_or_empty(model), json::integer(created).value_or(0)});
}

void DeltasOfChunk::read_choice(const object& choice, std::vector<Delta>& deltas)
{
    auto [delta, message, finish, error] = json::members(choice, {"delta", "message", "finish_reason", "error"});
    MessageFields fields = read_message(delta ? delta : message);
    if (!fields.reasoning.empty()) deltas.push_back(delta::Reasoning{std::move(fields.reasoning)});
    if (!fields.text.empty()) deltas.push_back(delta::Text{std::move(fields.text)});
    if (!fields.refusal.empty()) deltas.push_back(delta::Refusal{std::move(fields.refusal)});
    for (delta::Call& call : fields.calls) deltas.push_back(std::move(call));
    if (!failed_ && json::object(error)) {
        failed_ = true;
        deltas.push_back(delta::Failed{read_error(0, R"({"error":)" + json::dumped(*error) + "}")});
    }
    // "" and null say that it goes on; a reason beside an error is no end to be trusted.
    std::string reason = text_or_empty(finish);
    if (!failed_ && !reason.empty()) deltas.push_back(delta::Finish{finish_reason(reason), reason});
}

std::string_view trimmed_body(std::string_view text)
{
    std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return "";
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Whatever goes wrong is in `result`, too.
void read_body(Field root, std::string_view body, Read<AnswerBody>& result)
{
    // Google wraps errors in a list.
    if (std::optional<array> list = json::array(root); list && list->begin() != list->end()) root = *list->begin();
    std::optional<object> members = json::object(root);
    if (!members) {
        result.problem = "the body: expected a JSON object";
        return;
    }
    auto [id, model, created, choices, usage, error] =
        json::members(*members, {"id", "model", "created", "choices", "usage", "error"});
    AnswerBody& out = result.value.emplace();
    out.answer.id = text_or_empty(id);
    out.answer.model = text_or_empty(model);
    out.answer.created = json::integer(created).value_or(0);
    out.answer.usage = read_usage(usage);
    read_all_choices(choices, out);
    if (std::optional<ProviderError> reported = reported_error(error, body)) out.error = std::move(reported);
}

}  // namespace

Read<AnswerBody> read_answer(std::string_view body)
{
    json::Parser parser;
    return read_answer(body, parser);
}

Read<AnswerBody> read_answer(std::string_view body, json::Parser& parser)
{
    Read<AnswerBody> result;
    const json::Document document(body, parser);
    if (document.problem().empty()) {
        read_body(document.root(), body, result);
    } else {
        result.problem = "the body is not JSON: " + document.problem();
    }
    return result;
}

ChunkReader::ChunkReader(const net::JsonLimits& limits) : limits_(limits) {}

void ChunkReader::read(const SseEvent& event, std::vector<Delta>& deltas, std::vector<ChoiceDeltas>& others)
{
    std::string_view data = trimmed_body(event.data);
    // A proxy that frames a framed stream once more leaves its own prefix in the data.
    while (data.starts_with("data:")) data = trimmed_body(data.substr(5));
    bool comment = data.starts_with(':');
    if (data.empty() || comment) return;
    if (data == "[DONE]") {
        deltas.push_back(delta::Done{});
        return;
    }
    json::Document document(data, limits_);
    if (!document.problem().empty()) {
        deltas.push_back(delta::Malformed{"not JSON: " + document.problem(), std::string(data)});
        return;
    }
    Field root = document.root();
    if (std::optional<array> list = json::array(root); list && list->begin() != list->end()) root = *list->begin();
    std::optional<object> members = json::object(root);
    if (!members) {
        deltas.push_back(delta::Malformed{"not a chunk: it is no object", std::string(data)});
        return;
    }
    DeltasOfChunk(data, deltas, others).read(*members, event.name == "error");
}

void ChunkReader::read(const SseEvent& event, std::vector<Delta>& deltas)
{
    std::vector<ChoiceDeltas> others;
    read(event, deltas, others);
}

void read_chunk(const SseEvent& event, std::vector<Delta>& deltas, const net::JsonLimits& limits)
{
    ChunkReader(limits).read(event, deltas);
}

}  // namespace chaos::wire::openai_chat
