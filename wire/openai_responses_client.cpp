// Responses answers as a patient client reads them: whole bodies and stream events.
#include <map>
#include <utility>

#include "wire/json_document.hpp"
#include "wire/openai_chat.hpp"
#include "wire/openai_responses.hpp"

namespace chaos::wire::openai_responses {

namespace {

using json::Field;
using json::text_or_empty;
using simdjson::dom::array;
using simdjson::dom::object;

/// Places in an output, and in an item, that are told apart; answers have a handful.
constexpr std::int64_t most_places = 1000;

/// Call arguments should be text; an object sent instead becomes its JSON text.
std::string arguments_text(const Field& arguments)
{
    if (!arguments) return "";
    if (std::optional<std::string_view> text = json::text(arguments)) return std::string(*text);
    return json::dumped(*arguments);
}

/// The place, or -1 if there is none of sense.
std::int64_t place_in(const Field& field)
{
    const std::int64_t place = json::integer(field).value_or(-1);
    return place >= 0 && place < most_places ? place : -1;
}

/// Where a piece of content stands within its item: its place among the parts, or below zero among the summaries.
std::int64_t summary_place(std::int64_t place)
{
    return -2 - place;
}

/// A stretch of an item's content, as a delta.
struct Content {
    std::int64_t place = 0;
    Delta delta;
};

/// The content of a part; nothing if it is of an unknown type.
std::optional<Delta> content_of(const json::Element& part)
{
    const std::string_view type = json::text(json::member(part, "type")).value_or("");
    if (type == "refusal") return delta::Refusal{text_or_empty(json::member(part, "refusal"))};
    std::string text = text_or_empty(json::member(part, "text"));
    if (type == "reasoning_text" || type == "summary_text") return delta::Reasoning{std::move(text)};
    if (type == "output_text" || type == "text") return delta::Text{std::move(text)};
    return std::nullopt;
}

void add_contents(const Field& list, bool summaries, std::vector<Content>& contents)
{
    std::optional<array> parts = json::array(list);
    if (!parts) return;
    std::int64_t place = 0;
    for (json::Element part : *parts) {
        if (std::optional<Delta> delta = content_of(part)) {
            contents.push_back({summaries ? summary_place(place) : place, std::move(*delta)});
        }
        ++place;
    }
}

/// An item of the output: a call, or content.
struct ItemFields {
    std::optional<ToolCall> call;
    std::vector<Content> contents;
};

ItemFields read_item(const Field& field)
{
    ItemFields result;
    std::optional<object> item = json::object(field);
    if (!item) return result;
    auto [type, call_id, name, arguments, input, content, summary] =
        json::members(*item, {"type", "call_id", "name", "arguments", "input", "content", "summary"});
    const std::string_view kind = json::text(type).value_or("");
    if (kind == "function_call" || kind == "custom_tool_call") {
        const Field& said = kind == "function_call" ? arguments : input;
        result.call = ToolCall{text_or_empty(call_id), text_or_empty(name), arguments_text(said)};
    } else {
        add_contents(summary, true, result.contents);
        add_contents(content, false, result.contents);
    }
    return result;
}

void add_output(const Field& output, AnswerAssembler& assembler)
{
    std::optional<array> items = json::array(output);
    if (!items) return;
    int place = 0;
    for (json::Element element : *items) {
        ItemFields item = read_item(element);
        if (item.call) assembler.add(delta::Call{place, item.call->id, item.call->name, item.call->arguments});
        for (const Content& content : item.contents) assembler.add(content.delta);
        ++place;
    }
}

delta::Start read_start(const object& response)
{
    auto [id, model, created_at] = json::members(response, {"id", "model", "created_at"});
    return {text_or_empty(id), text_or_empty(model), json::integer(created_at).value_or(0)};
}

std::optional<Usage> read_usage(const Field& field)
{
    std::optional<object> usage = json::object(field);
    if (!usage) return std::nullopt;
    auto [input, output] = json::members(*usage, {"input_tokens", "output_tokens"});
    std::optional<std::int64_t> input_tokens = json::integer(input);
    std::optional<std::int64_t> output_tokens = json::integer(output);
    if (!input_tokens && !output_tokens) return std::nullopt;
    return Usage{input_tokens.value_or(0), output_tokens.value_or(0)};
}

/// What a status comes to; `incomplete_details` says why a response is incomplete.
delta::Finish finish_of(std::string_view status, const Field& incomplete_details, bool has_call)
{
    if (status == "completed") return {has_call ? FinishReason::tool_calls : FinishReason::stop, "completed"};
    if (status.empty() || status == "in_progress" || status == "queued") return {FinishReason::none, ""};
    if (status != "incomplete") return {FinishReason::other, std::string(status)};
    std::string reason = text_or_empty(json::member(incomplete_details, "reason"));
    if (reason == "max_output_tokens") return {FinishReason::length, std::move(reason)};
    if (reason == "content_filter") return {FinishReason::content_filter, std::move(reason)};
    return {FinishReason::other, reason.empty() ? "incomplete" : std::move(reason)};
}

std::optional<ProviderError> reported_error(const Field& error)
{
    const bool said = json::object(error) || !json::text(error).value_or("").empty();
    if (!said) return std::nullopt;
    return openai_chat::read_error(0, R"({"error":)" + json::dumped(*error) + "}");
}

/// The error of a failed response, which must have one.
ProviderError failure_of(const Field& response)
{
    if (std::optional<ProviderError> reported = reported_error(json::member(response, "error"))) return *reported;
    ProviderError unsaid;
    unsaid.message = "the response failed";
    return unsaid;
}

/// The data of an event as it was meant: a proxy that frames a framed stream once more leaves its prefix in the data.
std::string_view unframed(std::string_view data)
{
    constexpr std::string_view blank = " \t\r\n";
    while (true) {
        data.remove_prefix(std::min(data.find_first_not_of(blank), data.size()));
        if (!data.starts_with("data:")) break;
        data.remove_prefix(5);
    }
    const std::size_t last = data.find_last_not_of(blank);
    return data.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

Read<AnswerBody> read_answer(std::string_view body)
{
    json::Parser parser;
    return read_answer(body, parser);
}

Read<AnswerBody> read_answer(std::string_view body, json::Parser& parser)
{
    json::Document document(body, parser);
    if (!document.problem().empty()) return {std::nullopt, "the body is not JSON: " + document.problem()};
    std::optional<object> response = json::object(document.root());
    if (!response) return {std::nullopt, "the body: expected a JSON object"};
    auto [status, output, incomplete_details, usage, error] =
        json::members(*response, {"status", "output", "incomplete_details", "usage", "error"});
    AnswerAssembler assembler;
    assembler.add(read_start(*response));
    add_output(output, assembler);
    const bool has_call = !assembler.answer().tool_calls.empty();
    assembler.add(finish_of(json::text(status).value_or(""), incomplete_details, has_call));
    Read<AnswerBody> result;
    result.value = AnswerBody{assembler.answer(), reported_error(error), json::array(output).has_value()};
    result.value->answer.usage = read_usage(usage);
    return result;
}

/// Reads event after event, and knows what has been given.
class EventReader::State {
public:
    explicit State(const net::JsonLimits& limits) : limits_(limits) {}

    void read(const SseEvent& event, std::vector<Delta>& deltas);

private:
    void read_typed(std::string_view type, const object& event, std::vector<Delta>& deltas);
    void read_identity(const Field& response, std::vector<Delta>& deltas);
    bool read_content(std::string_view type, const object& event, std::vector<Delta>& deltas);
    bool read_arguments(std::string_view type, const object& event, std::vector<Delta>& deltas);
    void read_end(std::string_view status, const Field& response, std::vector<Delta>& deltas);
    void announce(std::int64_t place, const ToolCall& call, std::vector<Delta>& deltas);
    void tell_item(std::int64_t place, const Field& field, std::vector<Delta>& deltas);
    void tell(std::int64_t item, std::int64_t place, Delta delta, bool repeats, std::vector<Delta>& deltas);

    struct Told {
        bool call = false;
        bool content = false;
    };
    net::JsonLimits limits_;
    std::map<std::pair<std::int64_t, std::int64_t>, Told> told_;  ///< by places in the output and in the item
    bool started_ = false;
    bool any_call_ = false;
};

void EventReader::State::read(const SseEvent& event, std::vector<Delta>& deltas)
{
    const std::string_view data = unframed(event.data);
    const bool comment = data.starts_with(':');
    if (data.empty() || comment) return;
    if (data == "[DONE]") {
        deltas.push_back(delta::Done{});
        return;
    }
    json::Document document(data, limits_);
    std::optional<object> members = json::object(document.root());
    if (!members) {
        const std::string& problem = document.problem();
        deltas.push_back(delta::Malformed{problem.empty() ? "not an event: it is no object" : "not JSON: " + problem,
                                          std::string(data)});
        return;
    }
    auto [type_field, error] = json::members(*members, {"type", "error"});
    const std::string_view type = json::text(type_field).value_or(event.name);
    const bool failed = type == "error" || (!type.starts_with("response.") && reported_error(error));
    if (failed) {
        ProviderError said = openai_chat::read_error(0, data);
        if (said.type == "error") said.type.clear();  // the event's own
        deltas.push_back(delta::Failed{std::move(said)});
    } else if (type.empty()) {
        deltas.push_back(delta::Malformed{"not an event: it has no type", std::string(data)});
    } else {
        read_typed(type, *members, deltas);
    }
}

void EventReader::State::read_typed(std::string_view type, const object& event, std::vector<Delta>& deltas)
{
    auto [response, item, output_index] = json::members(event, {"response", "item", "output_index"});
    const std::int64_t place = place_in(output_index);
    read_identity(response, deltas);
    if (type == "response.output_item.added") {
        if (const ItemFields fields = read_item(item); fields.call) announce(place, *fields.call, deltas);
    } else if (type == "response.output_item.done") {
        tell_item(place, item, deltas);
    } else if (type == "response.completed" || type == "response.incomplete") {
        read_end(type.substr(type.find('.') + 1), response, deltas);
    } else if (type == "response.failed") {
        deltas.push_back(delta::Failed{failure_of(response)});
    } else if (!read_content(type, event, deltas)) {
        read_arguments(type, event, deltas);
    }
}

/// Whose stream it is, once: every event about the whole response says it.
void EventReader::State::read_identity(const Field& response, std::vector<Delta>& deltas)
{
    std::optional<object> members = json::object(response);
    if (started_ || !members) return;
    delta::Start start = read_start(*members);
    started_ = !start.id.empty();
    if (started_) deltas.push_back(std::move(start));
}

/// False if it is no piece of content.
bool EventReader::State::read_content(std::string_view type, const object& event, std::vector<Delta>& deltas)
{
    enum class Kind { text, refusal, reasoning, summary };
    struct Row {
        std::string_view type;
        Kind kind;
        std::string_view whole;  ///< the member of the event that repeats it
    };
    constexpr Row rows[] = {{"response.output_text.", Kind::text, "text"},
                            {"response.refusal.", Kind::refusal, "refusal"},
                            {"response.reasoning_text.", Kind::reasoning, "text"},
                            {"response.reasoning_summary_text.", Kind::summary, "text"}};
    for (const Row& row : rows) {
        const bool piece = type.starts_with(row.type) && type.substr(row.type.size()) == "delta";
        const bool repeats = type.starts_with(row.type) && type.substr(row.type.size()) == "done";
        if (!piece && !repeats) continue;
        const std::string_view names[] = {"output_index", "content_index", "summary_index", "delta", row.whole};
        auto [output_index, content_index, summary_index, said, whole] = json::members(event, names);
        std::string text = text_or_empty(piece ? said : whole);
        const bool summary = row.kind == Kind::summary;
        const std::int64_t place = summary ? summary_place(place_in(summary_index)) : place_in(content_index);
        Delta delta = delta::Reasoning{text};
        if (row.kind == Kind::text) delta = delta::Text{text};
        if (row.kind == Kind::refusal) delta = delta::Refusal{text};
        if (!text.empty()) tell(place_in(output_index), place, std::move(delta), repeats, deltas);
        return true;
    }
    return false;
}

/// False if it is no piece of a call.
bool EventReader::State::read_arguments(std::string_view type, const object& event, std::vector<Delta>& deltas)
{
    const bool function = type.starts_with("response.function_call_arguments.");
    const bool custom = type.starts_with("response.custom_tool_call_input.");
    if (!function && !custom) return false;
    auto [output_index, piece, arguments, input] =
        json::members(event, {"output_index", "delta", "arguments", "input"});
    const std::int64_t place = place_in(output_index);
    const bool repeats = type.ends_with(".done");
    std::string text = repeats ? arguments_text(function ? arguments : input) : text_or_empty(piece);
    if (!text.empty()) tell(place, 0, delta::Call{static_cast<int>(place), "", "", std::move(text)}, repeats, deltas);
    return true;
}

void EventReader::State::read_end(std::string_view status, const Field& response, std::vector<Delta>& deltas)
{
    if (std::optional<array> output = json::array(json::member(response, "output"))) {
        std::int64_t place = 0;
        for (json::Element item : *output) {
            tell_item(place < most_places ? place : -1, item, deltas);
            ++place;
        }
    }
    deltas.push_back(finish_of(status, json::member(response, "incomplete_details"), any_call_));
    if (std::optional<Usage> usage = read_usage(json::member(response, "usage"))) {
        deltas.push_back(delta::UsageReport{*usage});
    }
    deltas.push_back(delta::Done{});
}

/// The call's ids and name, once.
void EventReader::State::announce(std::int64_t place, const ToolCall& call, std::vector<Delta>& deltas)
{
    any_call_ = true;
    Told& told = told_[{place, 0}];
    if (told.call) return;
    told.call = true;
    deltas.push_back(delta::Call{static_cast<int>(place), call.id, call.name, ""});
}

/// What has not been given of a whole item.
void EventReader::State::tell_item(std::int64_t place, const Field& field, std::vector<Delta>& deltas)
{
    ItemFields item = read_item(field);
    if (item.call) {
        announce(place, *item.call, deltas);
        delta::Call rest{static_cast<int>(place), "", "", item.call->arguments};
        if (!rest.arguments.empty()) tell(place, 0, std::move(rest), true, deltas);
    }
    for (Content& content : item.contents) tell(place, content.place, std::move(content.delta), true, deltas);
}

/// Gives a delta, unless it `repeats` what has been given.
void EventReader::State::tell(std::int64_t item, std::int64_t place, Delta delta, bool repeats,
                              std::vector<Delta>& deltas)
{
    Told& told = told_[{item, place}];
    if (repeats && told.content) return;
    told.content = true;
    deltas.push_back(std::move(delta));
}

EventReader::EventReader(const net::JsonLimits& limits) : state_(std::make_unique<State>(limits)) {}
EventReader::~EventReader() = default;

void EventReader::read(const SseEvent& event, std::vector<Delta>& deltas)
{
    state_->read(event, deltas);
}

}  // namespace chaos::wire::openai_responses
