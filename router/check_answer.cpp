// The checks of a 200, in the order in which they can be made.
#include "router/check_answer.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "net/json.hpp"
#include "router/apis/api.hpp"
#include "router/classify.hpp"
#include "wire/json_splice.hpp"

namespace chaos::router {
namespace {

using wire::FinishReason;

Outcome fail(OutcomeClass what, std::string why)
{
    Outcome outcome;
    outcome.what = what;
    outcome.status = 200;
    outcome.why = std::move(why);
    return outcome;
}

bool is_white_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trim_white_space(std::string_view text)
{
    while (!text.empty() && is_white_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_white_space(text.back())) text.remove_suffix(1);
    return text;
}

bool same_type(std::string_view type, std::string_view known)
{
    return type == known || net::http::same_name(type, known);
}

constexpr std::array<std::string_view, 5> call_markers{"<tool_call>", "<|tool_call|>", "<function=", "<tool_calls>",
                                                       "[TOOL_CALLS]"};

/// Reasons some servers give for an answer that is none.
bool says_failed(const std::string& reason)
{
    return reason == "error" || reason == "abort" || reason == "insufficient_system_resource";
}

/// How Gemini says that the model wrote a call which nobody can read, or one of a tool that there is not.
bool says_broken_call(const std::string& reason)
{
    return reason == "MALFORMED_FUNCTION_CALL" || reason == "UNEXPECTED_TOOL_CALL" || reason == "TOO_MANY_TOOL_CALLS";
}

Outcome error_in_success(std::string_view body)
{
    Outcome outcome = classify_error_body(200, body);
    outcome.why = "an error in a body with status 200: " + outcome.why;
    return outcome;
}

std::string problem_of_call(const wire::ToolCall& call, const RequestFacts& facts)
{
    if (call.id.empty()) return "a tool call has no id";
    if (call.name.empty()) return "a tool call has no name";
    if (!facts.open_tools && !facts.declares(call.name))
        return "it calls '" + call.name + "', a tool that was not offered";
    if (!facts.open_tools && !arguments_are_valid(call.arguments)) {
        return "the arguments of '" + call.name + "' are not a JSON object";
    }
    return {};
}

std::string problem_of_calls(const wire::ChatAnswer& answer, const RequestFacts& facts)
{
    for (std::size_t i = 0; i < answer.tool_calls.size(); ++i) {
        std::string problem = problem_of_call(answer.tool_calls[i], facts);
        if (!problem.empty()) {
            if (answer.finish == FinishReason::length) problem += " (cut off by the limit on output tokens)";
            return problem;
        }
        for (std::size_t j = 0; j < i; ++j) {
            if (answer.tool_calls[j].id == answer.tool_calls[i].id) return "two tool calls share one id";
        }
    }
    return {};
}

bool is_empty_turn(const wire::ChatAnswer& answer, const RequestFacts& facts)
{
    if (facts.open_tools) return false;  // a legacy function_call or a custom call is invisible to us
    if (!answer.tool_calls.empty()) return false;
    if (answer.finish == FinishReason::tool_calls) return true;
    if (facts.after_terminal_tool) return false;
    if (!trim_white_space(answer.text).empty() || !answer.refusal.empty()) return false;
    if (answer.finish == FinishReason::content_filter) return false;
    const bool after_tool = facts.offers_tools && facts.last_is_tool_result;
    return after_tool || answer.finish != FinishReason::length;
}

}  // namespace

BodyKind body_kind(std::string_view content_type)
{
    constexpr std::string_view suffix = "+json";
    const std::string_view type = trim_white_space(content_type.substr(0, content_type.find(';')));
    const auto is = [type](std::string_view known) { return same_type(type, known); };
    if (type.empty() || is("text/plain")) return BodyKind::unsaid;
    if (is("application/json") || is("text/json")) return BodyKind::json;
    if (type.size() >= suffix.size() && same_type(type.substr(type.size() - suffix.size()), suffix))
        return BodyKind::json;
    if (is("text/event-stream")) return BodyKind::events;
    if (is("application/x-ndjson") || is("application/ndjson")) return BodyKind::lines;
    if (is("text/html") || is("application/xhtml+xml")) return BodyKind::html;
    return BodyKind::other;
}

bool arguments_are_valid(std::string_view arguments)
{
    const std::string_view text = trim_white_space(arguments);
    if (text.empty()) return true;
    return text.front() == '{' && net::json_problem(text).empty();
}

namespace {

/// {"name": one of `tools`, "arguments": ...}. Some models say "parameters".
bool is_call_in_json(std::string_view text, const std::vector<std::string>& tools)
{
    const std::string_view json = trim_white_space(text);
    if (json.empty() || json.front() != '{' || !net::json_problem(json).empty()) return false;
    const auto name = wire::json::decoded(wire::json::raw_member(json, "name"));
    if (!name || std::find(tools.begin(), tools.end(), *name) == tools.end()) return false;
    return !wire::json::raw_member(json, "arguments").empty() || !wire::json::raw_member(json, "parameters").empty();
}

bool ends_with_tagged_call(std::string_view text, const std::vector<std::string>& tools)
{
    constexpr std::string_view open = "<tool_call>";
    constexpr std::string_view close = "</tool_call>";
    const std::string_view whole = trim_white_space(text);
    const auto at = whole.rfind(open);
    if (at == std::string_view::npos || !whole.ends_with(close)) return false;
    const std::string_view tagged = whole.substr(at + open.size());
    return is_call_in_json(tagged.substr(0, tagged.size() - close.size()), tools);
}

/// What stands in a fence that is the whole text; the text itself if it is none.
std::string_view without_fence(std::string_view text)
{
    constexpr std::string_view fence = "```";
    const std::string_view whole = trim_white_space(text);
    const auto first_line = whole.find('\n');
    if (!whole.starts_with(fence) || first_line == std::string_view::npos || !whole.ends_with(fence)) return whole;
    return whole.substr(first_line, whole.size() - first_line - fence.size());
}

/// Whether one of the two is a beginning of the other.
bool agree_so_far(std::string_view text, std::string_view whole)
{
    return text.size() < whole.size() ? whole.starts_with(text) : text.starts_with(whole);
}

}  // namespace

bool looks_like_call_as_text(std::string_view text, const std::vector<std::string>& tools)
{
    const std::string_view start = trim_white_space(text);
    return std::any_of(call_markers.begin(), call_markers.end(),
                       [start](std::string_view marker) { return start.starts_with(marker); }) ||
           ends_with_tagged_call(text, tools) || is_call_in_json(without_fence(text), tools);
}

bool may_become_call_as_text(std::string_view text, const std::vector<std::string>& tools)
{
    constexpr std::size_t longest_start = 128;  // longer than any fence, key and name of a tool
    std::string start;
    for (const char c : text) {
        if (start.size() == longest_start) break;
        if (!is_white_space(c)) start += c;
    }
    const auto agrees = [&start](std::string_view whole) { return agree_so_far(start, whole); };
    if (std::any_of(call_markers.begin(), call_markers.end(), agrees)) return true;
    for (const char* opening : {"", "```", "```json"}) {
        const std::string key = std::string(opening) + R"({"name":")";
        const auto calls = [&](const std::string& tool) { return agrees(key + tool + '"'); };
        if (std::any_of(tools.begin(), tools.end(), calls)) return true;
    }
    return false;
}

namespace {

Outcome judge_answer(const wire::ChatAnswer& answer, const RequestFacts& facts)
{
    if (answer.finish == FinishReason::none) return fail(OutcomeClass::invalid_200, "the answer has no finish reason");
    if (answer.finish == FinishReason::other && says_broken_call(answer.finish_text)) {
        return fail(OutcomeClass::malformed_tool, "the answer ended with finish reason '" + answer.finish_text + "'");
    }
    if (answer.finish == FinishReason::other && says_failed(answer.finish_text)) {
        return fail(OutcomeClass::invalid_200, "the answer ended with finish reason '" + answer.finish_text + "'");
    }
    if (std::string problem = problem_of_calls(answer, facts); !problem.empty()) {
        return fail(OutcomeClass::malformed_tool, std::move(problem));
    }
    if (is_empty_turn(answer, facts))
        return fail(OutcomeClass::empty_turn, "the answer has neither text nor a tool call");
    if (facts.offers_tools && answer.tool_calls.empty() && looks_like_call_as_text(answer.text, facts.tools)) {
        return fail(OutcomeClass::malformed_tool, "a tool call was written as text");
    }
    return Outcome{};
}

}  // namespace

Outcome check_answer(const wire::ChatAnswer& answer, const RequestFacts& facts)
{
    Outcome outcome = judge_answer(answer, facts);
    outcome.answer.id = answer.id;
    outcome.answer.model = answer.model;
    outcome.answer.finish = answer.finish_text;
    outcome.answer.usage = answer.usage;
    return outcome;
}

bool has_object_arguments(std::string_view json)
{
    constexpr std::string_view key = "\"arguments\"";
    for (auto at = json.find(key); at != std::string_view::npos; at = json.find(key, at + key.size())) {
        const auto colon = json.find_first_not_of(" \t\r\n", at + key.size());
        if (colon == std::string_view::npos || json[colon] != ':') continue;
        const auto value = json.find_first_not_of(" \t\r\n", colon + 1);
        if (value != std::string_view::npos && json[value] == '{') return true;
    }
    return false;
}

/// Of the first that is bad.
static Outcome check_choices(const WholeAnswer& read, const RequestFacts& facts)
{
    Outcome outcome = check_answer(read.answer, facts);
    if (facts.choices == 1) return outcome;
    const AnswerFacts account = outcome.answer;
    for (const wire::ChatAnswer& choice : read.others) {
        if (outcome.what == OutcomeClass::ok) outcome = check_answer(choice, facts);
    }
    if (outcome.what == OutcomeClass::ok && read.must_rewrite)
        outcome = fail(OutcomeClass::malformed_tool, "in several choices, arguments of calls that are not text");
    outcome.answer = account;
    return outcome;
}

Outcome check_whole(BodyKind kind, std::string_view body, const WholeAnswer& read, const RequestFacts& facts)
{
    if (kind == BodyKind::html) return fail(OutcomeClass::invalid_200, "a web page instead of an answer");
    if (kind == BodyKind::events)
        return fail(OutcomeClass::invalid_200, "a stream of events where one body was asked for");
    if (trim_white_space(body).empty()) return fail(OutcomeClass::invalid_200, "an empty body");
    if (!read.problem.empty()) return fail(OutcomeClass::invalid_200, read.problem);
    if (read.error) return error_in_success(body);
    if (!read.has_content) return fail(OutcomeClass::invalid_200, "the answer has no choices");
    return check_choices(read, facts);
}

Outcome check_embeddings(BodyKind kind, std::string_view body)
{
    if (kind == BodyKind::html) return fail(OutcomeClass::invalid_200, "a web page instead of embeddings");
    if (std::string problem = net::json_problem(body); !problem.empty()) {
        return fail(OutcomeClass::invalid_200, "the body is not JSON: " + problem);
    }
    const std::string_view error = wire::json::raw_member(body, "error");
    if (!error.empty() && error != "null") return error_in_success(body);
    std::size_t vectors = 0;
    wire::json::for_each_element(wire::json::raw_member(body, "data"), [&](wire::json::Span) { ++vectors; });
    return vectors > 0 ? Outcome{} : fail(OutcomeClass::invalid_200, "the answer has no embeddings");
}

Outcome check_unstreamed(BodyKind kind, std::string_view body, const WholeAnswer& read)
{
    if (kind == BodyKind::html) return fail(OutcomeClass::invalid_200, "a web page instead of a stream");
    if (read.problem.empty() && read.error) return error_in_success(body);
    return fail(OutcomeClass::invalid_200, "one body instead of a stream");
}

}  // namespace chaos::router
