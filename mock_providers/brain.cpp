// Reading a conversation, and the one turn that follows from it.
#include "mock_providers/brain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mock_providers/pieces.hpp"
#include "mock_providers/schema_sample.hpp"
#include "mock_providers/tool_declaration.hpp"
#include "mock_providers/words.hpp"
#include "net/chance.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers {

namespace {

using Json = nlohmann::ordered_json;

void take_receipts(const wire::Message& message, Situation& situation)
{
    for (const wire::Part& part : message.content) {
        if (part.kind != wire::Part::Kind::text) {
            continue;
        }
        for (Receipt& receipt : find_receipts(part.text)) {
            if (receipt.task == situation.brief->task && receipt.step >= 1 && receipt.step <= situation.brief->steps) {
                // Of two receipts for one step the newer counts, as it would for a reader.
                situation.canaries[static_cast<std::size_t>(receipt.step) - 1] = std::move(receipt.canary);
            }
        }
    }
}

void read_results(const wire::ChatRequest& request, Situation& situation)
{
    for (const wire::Message& message : request.messages) {
        if (message.role == wire::Role::tool) {
            take_receipts(message, situation);
        }
    }
}

int lowest_open_step(const Situation& situation)
{
    const auto open = std::find(situation.canaries.begin(), situation.canaries.end(), std::string());
    return static_cast<int>(open - situation.canaries.begin()) + 1;
}

/// "primary-17-1": legal for every client (letters, digits, '_' and '-'), also behind a prefix (at most 40 in all).
std::string bare_id(std::string_view attempt_name, int nth = 1)
{
    std::string id;
    for (const char c : attempt_name) {
        id += c == '#' || c == '.' ? '-' : c;
    }
    return fmt::format("{}-{}", id, nth);
}

wire::ChatAnswer text_answer(std::string text)
{
    wire::ChatAnswer answer;
    answer.text = std::move(text);
    answer.finish = wire::FinishReason::stop;
    return answer;
}

wire::ChatAnswer call_answer(wire::ToolCall call)
{
    wire::ChatAnswer answer;
    answer.tool_calls.push_back(std::move(call));
    answer.finish = wire::FinishReason::tool_calls;
    return answer;
}

/// Plain words, equal for equal attempts.
void append_filler(std::string& text, std::string_view attempt_name, std::int64_t tokens)
{
    std::uint64_t bits = net::stable_hash(attempt_name);
    for (std::int64_t n = 0; n < tokens; ++n) {
        bits = bits * 6364136223846793005U + 1442695040888963407U;  // Knuth's MMIX generator; its high bits are good
        text += ' ';
        text += filler_word(bits >> 58);
    }
}

/// For the usual tool, and for a declaration that has no place for a reference.
std::string usual_arguments(const std::string& effect, std::string_view text)
{
    std::string arguments = R"({"reference":)";
    net::append_json_string(arguments, effect);
    arguments += R"(,"content":)";
    net::append_json_string(arguments, text);
    return arguments + '}';
}

/// Arguments that keep to the tool's schema, with the effect token in its place.
std::string arguments_for(std::string_view parameters, const std::string& effect, std::string_view text)
{
    const auto place = reference_place(parameters);
    auto arguments = place ? net::parse_json(sample_arguments(parameters, text)) : net::Result<Json>(Json());
    if (!place || !arguments || !arguments->is_object()) {
        return usual_arguments(effect, text);
    }
    (*arguments)[*place] = effect;
    return net::dump_json(*arguments);
}

std::string without_words(std::string text, std::string_view words)
{
    for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at)) {
        text.erase(at, words.size());
    }
    return text;
}

const wire::ToolSpec* declared(const wire::ChatRequest& request, std::string_view name)
{
    const auto found = std::find_if(request.tools.begin(), request.tools.end(),
                                    [&](const wire::ToolSpec& tool) { return tool.name == name; });
    return found == request.tools.end() ? nullptr : &*found;
}

// The same step has the same arguments whenever it is asked for and by whomever, but for the mark: a call with other
// arguments under the same reference would be an altered one. A schema that bounds its texts may cut the mark or make
// room for it: then the arguments go without.
wire::ToolCall call_of_step(const Brief& brief, int step, std::string id, std::string_view attempt_name,
                            const wire::ChatRequest& request)
{
    const std::string own = mark(attempt_name);
    const std::string text = fmt::format("Step {} of {} {}.", step, brief.steps, own);
    const std::string effect = effect_token(brief.task, step, 1);
    const wire::ToolSpec* tool = declared(request, tool_of(brief, step));
    const std::string_view parameters = tool == nullptr ? std::string_view() : tool->parameters;
    if (is_usual_input(parameters)) {
        return {std::move(id), std::string(tool_of(brief, step)), usual_arguments(effect, text)};
    }
    std::string marked = arguments_for(parameters, effect, text);
    std::string plain = arguments_for(parameters, effect, without_words(text, own));
    const bool as_well = without_words(marked, own) == plain;
    return {std::move(id), std::string(tool_of(brief, step)), as_well ? std::move(marked) : std::move(plain)};
}

wire::ChatAnswer final_answer(const Situation& situation, std::string_view attempt_name, std::int64_t answer_tokens)
{
    const Brief& brief = *situation.brief;
    std::string text = fmt::format("{} Task {} is done:", mark(attempt_name), brief.task);
    append_filler(text, attempt_name, answer_tokens);
    text += fmt::format(". The {} receipts add up to {}.", brief.steps, digest_over(situation.canaries));
    return text_answer(std::move(text));
}

bool is_offered(const wire::ChatRequest& request, std::string_view tool)
{
    return wire::declares(request.tools, tool) && request.tool_choice.kind != wire::ToolChoice::Kind::none;
}

wire::ChatAnswer briefed_turn(const Situation& situation, const wire::ChatRequest& request,
                              std::string_view attempt_name, std::int64_t answer_tokens)
{
    if (situation.all_done()) {
        return final_answer(situation, attempt_name, answer_tokens);
    }
    const std::string_view tool = tool_of(*situation.brief, situation.step);
    if (!is_offered(request, tool)) {
        return text_answer(fmt::format("{} Step {} needs the tool '{}', and I was not offered it.", mark(attempt_name),
                                       situation.step, tool));
    }
    wire::ChatAnswer answer =
        call_answer(call_of_step(*situation.brief, situation.step, bare_id(attempt_name), attempt_name, request));
    if (find_marks(answer.tool_calls.front().arguments).empty()) {
        answer.text = fmt::format("{} One moment.", mark(attempt_name));
    }
    return answer;
}

/// The tool a friendly model would take: the one it is told to, else the first.
const wire::ToolSpec* tool_for_stranger(const Situation& situation, const wire::ChatRequest& request)
{
    if (request.tools.empty() || situation.after_tool || request.tool_choice.kind == wire::ToolChoice::Kind::none) {
        return nullptr;
    }
    for (const wire::ToolSpec& tool : request.tools) {
        if (request.tool_choice.kind == wire::ToolChoice::Kind::named && tool.name == request.tool_choice.name) {
            return &tool;
        }
    }
    return &request.tools.front();
}

wire::ChatAnswer thanks(const Situation& situation, std::string_view attempt_name, std::int64_t answer_tokens)
{
    std::string text =
        fmt::format("{} {}", mark(attempt_name), situation.any_result ? "Thank you, noted:" : "Hello, gladly:");
    append_filler(text, attempt_name, answer_tokens);
    return text_answer(text + ".");
}

/// The tool a scripted call is for, if it is offered.
const wire::ToolSpec* tool_for(const ScriptedCall& call, const wire::ChatRequest& request)
{
    if (request.tools.empty() || request.tool_choice.kind == wire::ToolChoice::Kind::none) {
        return nullptr;
    }
    return call.tool.empty() ? &request.tools.front() : declared(request, call.tool);
}

wire::ToolCall scripted_call(const ScriptedCall& call, const wire::ToolSpec& tool, std::string id,
                             const wire::ChatRequest& request, std::string_view attempt_name)
{
    std::string arguments = call.arguments ? arguments_filled_in(*call.arguments, request, attempt_name)
                                           : sample_arguments(tool.parameters, "sample " + mark(attempt_name));
    return {std::move(id), tool.name, std::move(arguments)};
}

wire::ChatAnswer scripted_turn(const ScriptedTurn& turn, const wire::ChatRequest& request,
                               std::string_view attempt_name)
{
    wire::ChatAnswer answer = text_answer(filled_in(turn.say, request, attempt_name));
    for (const ScriptedCall& call : turn.calls) {
        const wire::ToolSpec* tool = tool_for(call, request);
        if (tool == nullptr) {
            return text_answer(fmt::format("{} My script calls {}, and I was not offered {}.", mark(attempt_name),
                                           call.tool.empty() ? "a tool" : "the tool '" + call.tool + "'",
                                           call.tool.empty() ? "any" : "it"));
        }
        const int nth = static_cast<int>(answer.tool_calls.size()) + 1;
        answer.tool_calls.push_back(scripted_call(call, *tool, bare_id(attempt_name, nth), request, attempt_name));
        answer.finish = wire::FinishReason::tool_calls;
    }
    return answer;
}

/// The step after `step` that has no receipt yet; beyond the last if there is none.
int next_open_step(const Situation& situation)
{
    const auto after = situation.canaries.begin() + std::min(situation.step, situation.brief->steps);
    const auto open = std::find(after, situation.canaries.end(), std::string());
    return static_cast<int>(open - situation.canaries.begin()) + 1;
}

wire::ChatAnswer friendly_turn(const Situation& situation, const wire::ChatRequest& request,
                               std::string_view attempt_name, std::int64_t answer_tokens)
{
    if (const wire::ToolSpec* tool = tool_for_stranger(situation, request)) {
        std::string arguments = sample_arguments(tool->parameters, "sample " + mark(attempt_name));
        return call_answer({bare_id(attempt_name), tool->name, std::move(arguments)});
    }
    return thanks(situation, attempt_name, answer_tokens);
}

std::optional<wire::ToolCall> following_scripted_call(const BrainScript& script, const wire::ChatRequest& request,
                                                      std::string_view attempt_name)
{
    const ScriptedTurn* due = due_turn(script, request);
    const ScriptedTurn* next = turn_after(script, request);
    if (due == nullptr || next == nullptr || next->calls.empty()) {
        return std::nullopt;
    }
    const wire::ToolSpec* tool = tool_for(next->calls.front(), request);
    const int nth = static_cast<int>(due->calls.size()) + 1;
    return tool == nullptr ? std::nullopt
                           : std::optional(scripted_call(next->calls.front(), *tool, bare_id(attempt_name, nth),
                                                         request, attempt_name));
}

void keep_to_max_tokens(wire::ChatAnswer& answer, std::optional<std::int64_t> max_tokens)
{
    if (!max_tokens || answer.text.empty()) {
        return;
    }
    const std::size_t length = answer.text.size();
    answer.text = first_tokens(answer.text, *max_tokens);
    if (answer.text.size() < length) {
        answer.finish = wire::FinishReason::length;
        answer.tool_calls.clear();  // they would have come behind the text
    }
}

std::size_t bytes_of_message(const wire::Message& message)
{
    std::size_t bytes = message.tool_call_id.size();
    for (const wire::Part& part : message.content) {
        bytes += part.text.size();
    }
    for (const wire::ToolCall& call : message.tool_calls) {
        bytes += call.name.size() + call.arguments.size();
    }
    return bytes;
}

}  // namespace

Situation understand(const wire::ChatRequest& request)
{
    Situation situation;
    situation.brief = find_brief(request);
    situation.after_tool = !request.messages.empty() && request.messages.back().role == wire::Role::tool;
    situation.any_result = std::any_of(request.messages.begin(), request.messages.end(),
                                       [](const wire::Message& message) { return message.role == wire::Role::tool; });
    if (situation.brief) {
        situation.canaries.resize(static_cast<std::size_t>(situation.brief->steps));
        read_results(request, situation);
        situation.step = lowest_open_step(situation);
    }
    return situation;
}

std::int64_t estimate_tokens(const wire::ChatRequest& request)
{
    std::size_t bytes = 0;
    for (const wire::Message& message : request.messages) {
        bytes += bytes_of_message(message);
    }
    for (const wire::ToolSpec& tool : request.tools) {
        bytes += tool.name.size() + tool.description.size() + tool.parameters.size();
    }
    return static_cast<std::int64_t>(bytes / 4 + 4 * request.messages.size());
}

std::optional<wire::ToolCall> following_call(const Situation& situation, const wire::ChatRequest& request,
                                             std::string_view attempt_name, const BrainScript& script)
{
    if (!script.empty()) {
        return following_scripted_call(script, request, attempt_name);
    }
    const std::string id = bare_id(attempt_name, 2);
    if (!situation.brief) {
        const wire::ToolSpec* tool = tool_for_stranger(situation, request);
        return tool == nullptr
                   ? std::nullopt
                   : std::optional(wire::ToolCall{id, tool->name,
                                                  sample_arguments(tool->parameters, "again " + mark(attempt_name))});
    }
    const int step = next_open_step(situation);
    if (step > situation.brief->steps || !is_offered(request, tool_of(*situation.brief, step))) {
        return std::nullopt;
    }
    return call_of_step(*situation.brief, step, id, attempt_name, request);
}

wire::ChatAnswer next_turn(const Situation& situation, const wire::ChatRequest& request, std::string_view attempt_name,
                           std::int64_t answer_tokens, const BrainScript& script)
{
    const ScriptedTurn* scripted = due_turn(script, request);
    wire::ChatAnswer answer = scripted != nullptr ? scripted_turn(*scripted, request, attempt_name)
                              : !script.empty()   ? thanks(situation, attempt_name, answer_tokens)
                              : situation.brief   ? briefed_turn(situation, request, attempt_name, answer_tokens)
                                                  : friendly_turn(situation, request, attempt_name, answer_tokens);
    keep_to_max_tokens(answer, request.max_tokens);
    if (request.reasoning) {
        answer.reasoning = situation.all_done() ? "Every step is done." : "One step at a time.";
    }
    answer.id = bare_id(attempt_name);
    answer.model = request.model;
    answer.usage = wire::Usage{estimate_tokens(request), count_tokens(answer)};
    return answer;
}

}  // namespace chaos::mock_providers
