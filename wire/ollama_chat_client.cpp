// Ollama's answers as a patient client reads them: lines of a stream and whole bodies.
#include <charconv>
#include <chrono>

#include "wire/json_document.hpp"
#include "wire/ollama_chat.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::wire::ollama_chat {

namespace {

using json::Field;
using json::text_or_empty;
using simdjson::dom::array;
using simdjson::dom::object;

/// Takes `digits` digits off the front of `text`; -1 if they are not there.
int take_number(std::string_view& text, std::size_t digits)
{
    int value = 0;
    if (text.size() < digits) return -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
    if (error != std::errc() || end != text.data() + digits || value < 0) return -1;
    text.remove_prefix(digits);
    return value;
}

/// Takes `mark` off the front; false if it is not there.
bool pass(std::string_view& text, char mark)
{
    if (!text.starts_with(mark)) return false;
    text.remove_prefix(1);
    return true;
}

/// "Z", "+02:00" or "-07:00" in seconds; 0 for anything else.
std::int64_t offset_of(std::string_view text)
{
    const std::int64_t sign = text.starts_with('-') ? -1 : 1;
    if (!pass(text, '+') && !pass(text, '-')) return 0;
    const int hours = take_number(text, 2);
    if (hours < 0 || !pass(text, ':')) return 0;
    const int minutes = take_number(text, 2);
    return minutes < 0 ? 0 : sign * (hours * 3600 + minutes * 60);
}

/// A timestamp of RFC 3339, with any fraction and offset, in whole seconds since 1970; 0 if it is not one.
std::int64_t seconds_of(std::string_view text)
{
    const int year = take_number(text, 4);
    const bool dash = pass(text, '-');
    const int month = take_number(text, 2);
    const bool second_dash = pass(text, '-');
    const int day = take_number(text, 2);
    const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (year < 0 || month < 0 || day < 0 || !dash || !second_dash || !date.ok() || !pass(text, 'T')) return 0;
    const int hour = take_number(text, 2);
    const bool colon = pass(text, ':');
    const int minute = take_number(text, 2);
    const bool second_colon = pass(text, ':');
    const int second = take_number(text, 2);
    if (hour < 0 || minute < 0 || second < 0 || !colon || !second_colon) return 0;
    if (pass(text, '.')) text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
    const auto days = std::chrono::sys_days(date).time_since_epoch();
    return std::chrono::seconds(days).count() + hour * 3600 + minute * 60 + second - offset_of(text);
}

std::optional<Usage> read_usage(const object& line)
{
    auto [prompt, completion] = json::members(line, {"prompt_eval_count", "eval_count"});
    const std::optional<std::int64_t> prompt_tokens = json::integer(prompt);
    const std::optional<std::int64_t> completion_tokens = json::integer(completion);
    if (!prompt_tokens && !completion_tokens) return std::nullopt;
    return Usage{prompt_tokens.value_or(0), completion_tokens.value_or(0)};
}

/// The calls of a message, each whole, counted on from `calls`.
void read_calls(const Field& field, int& calls, std::vector<Delta>& deltas)
{
    std::optional<array> list = json::array(field);
    if (!list) return;
    for (json::Element element : *list) {
        const Field function = json::member(element, "function");
        const Field arguments = json::member(function, "arguments");
        delta::Call call;
        call.index = calls;
        call.id = text_or_empty(json::member(element, "id"));
        call.name = text_or_empty(json::member(function, "name"));
        // Some servers that copy the API send text here.
        const std::optional<std::string_view> as_text = json::text(arguments);
        call.arguments = as_text ? std::string(*as_text) : arguments ? json::dumped(*arguments) : "{}";
        deltas.push_back(std::move(call));
        ++calls;
    }
}

void read_text(const Field& content, const Field& thinking, std::vector<Delta>& deltas)
{
    std::string thought = text_or_empty(thinking);
    if (!thought.empty()) deltas.push_back(delta::Reasoning{std::move(thought)});
    std::string said = text_or_empty(content);
    if (!said.empty()) deltas.push_back(delta::Text{std::move(said)});
}

delta::Finish read_finish(const Field& done_reason, int calls)
{
    std::string spelt = text_or_empty(done_reason);
    const FinishReason reason = finish_reason(spelt);
    const bool tool_turn = reason == FinishReason::stop && calls > 0;
    return {tool_turn ? FinishReason::tool_calls : reason, std::move(spelt)};
}

/// What is reported; null, false and "" are no errors.
bool reports_error(const Field& error)
{
    return error && !error->is_number() && json::boolean(error) != false && json::text(error) != "";
}

}  // namespace

LineReader::LineReader(const net::JsonLimits& limits) : limits_(limits) {}

void LineReader::read(std::string_view line, std::vector<Delta>& deltas)
{
    if (line.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    json::Document document(line, limits_);
    if (!document.problem().empty()) {
        deltas.push_back(delta::Malformed{"not JSON: " + document.problem(), std::string(line)});
        return;
    }
    std::optional<object> members = json::object(document.root());
    if (!members) {
        deltas.push_back(delta::Malformed{"not a line of an answer: it is no object", std::string(line)});
        return;
    }
    auto [model, created_at, message, response, thinking, done, done_reason, error] = json::members(
        *members, {"model", "created_at", "message", "response", "thinking", "done", "done_reason", "error"});
    if (reports_error(error)) {
        deltas.push_back(delta::Failed{openai_chat::read_error(0, line)});
        return;
    }
    const bool is_done = json::boolean(done).value_or(false);
    if (!json::object(message) && !json::text(response) && !is_done) {
        deltas.push_back(delta::Malformed{"not a line of an answer: it has no message", std::string(line)});
        return;
    }
    if (!started_) {
        started_ = true;
        const std::int64_t created = seconds_of(json::text(created_at).value_or(""));
        deltas.push_back(delta::Start{"", text_or_empty(model), created});
    }
    read_text(response, thinking, deltas);
    read_text(json::member(message, "content"), json::member(message, "thinking"), deltas);
    read_calls(json::member(message, "tool_calls"), calls_, deltas);
    if (!is_done) return;
    deltas.push_back(read_finish(done_reason, calls_));
    if (std::optional<Usage> usage = read_usage(*members)) deltas.push_back(delta::UsageReport{*usage});
    deltas.push_back(delta::Done{});
}

Read<AnswerBody> read_answer(std::string_view body)
{
    json::Parser parser;
    return read_answer(body, parser);
}

Read<AnswerBody> read_answer(std::string_view body, json::Parser& parser)
{
    json::Document document(body, parser);
    if (!document.problem().empty()) return {std::nullopt, "the body is not JSON: " + document.problem()};
    if (!json::object(document.root())) return {std::nullopt, "the body: expected a JSON object"};
    Read<AnswerBody> result;
    AnswerBody& out = result.value.emplace();
    out.has_content =
        json::object(json::member(document.root(), "message")) || json::text(json::member(document.root(), "response"));
    // A whole answer is a line that says everything.
    std::vector<Delta> deltas;
    LineReader(parser.limits()).read(body, deltas);
    AnswerAssembler assembler;
    for (const Delta& delta : deltas) assembler.add(delta);
    out.answer = assembler.answer();
    out.error = assembler.error();
    return result;
}

}  // namespace chaos::wire::ollama_chat
