// Joining parts into text, and pieces of a stream into an answer.
#include "wire/chat.hpp"
#include "wire/overloaded.hpp"

#include <algorithm>

namespace chaos::wire {

namespace {

/// Some servers send the whole name with every piece, others send it in fragments: a fragment equal to what is held is
/// the name again.
void join_name(std::string& held, const std::string& fragment)
{
    if (fragment != held) held += fragment;
}

/// Whether `piece` cannot belong to `held`, although their indices agree.
bool begins_another_call(const ToolCall& held, const delta::Call& piece)
{
    bool other_id = !piece.id.empty() && !held.id.empty() && piece.id != held.id;
    if (other_id && !piece.name.empty()) return true;
    bool other_name = !piece.name.empty() && piece.name != held.name;
    bool no_index = piece.index < 0;
    return no_index && (other_id || (other_name && !held.arguments.empty()));
}

}  // namespace

std::string Message::text() const
{
    std::string result;
    for (const Part& part : content) {
        if (part.kind == Part::Kind::text) result += part.text;
    }
    return result;
}

std::string result_in_words(const Message& message)
{
    std::string text = message.text();
    const bool says_so = text.starts_with("Error") || text.starts_with("error") || text.starts_with("ERROR");
    return message.is_error && !says_so ? "Error: " + text : text;
}

Message message(Role role, std::string text)
{
    Message result;
    result.role = role;
    if (!text.empty()) result.content.push_back({Part::Kind::text, std::move(text)});
    return result;
}

ToolCall& AnswerAssembler::call_of(const delta::Call& piece)
{
    auto& calls = answer_.tool_calls;
    // Backwards: of several calls under one index, the last one is still being written.
    for (std::size_t i = calls.size(); i > 0; --i) {
        if (call_indices_[i - 1] != piece.index) continue;
        if (begins_another_call(calls[i - 1], piece)) break;
        return calls[i - 1];
    }
    call_indices_.push_back(piece.index);
    return calls.emplace_back();
}

void AnswerAssembler::add_call(const delta::Call& piece)
{
    ToolCall& call = call_of(piece);
    if (call.id.empty()) call.id = piece.id;
    join_name(call.name, piece.name);
    call.arguments += piece.arguments;
}

void AnswerAssembler::add_start(const delta::Start& start)
{
    if (!answer_.id.empty()) return;
    answer_.id = start.id;
    answer_.model = start.model;
    answer_.created = start.created;
}

void AnswerAssembler::add(const Delta& delta)
{
    std::visit(Overloaded{[&](const delta::Start& start) { add_start(start); },
                          [&](const delta::Text& piece) { answer_.text += piece.text; },
                          [&](const delta::Reasoning& piece) { answer_.reasoning += piece.text; },
                          [&](const delta::Refusal& piece) { answer_.refusal += piece.text; },
                          [&](const delta::Call& piece) { add_call(piece); },
                          [&](const delta::Finish& finish) {
                              answer_.finish = finish.reason;
                              answer_.finish_text = finish.text;
                          },
                          [&](const delta::UsageReport& report) { answer_.usage = report.usage; },
                          [&](const delta::Failed& failed) {
                              if (!error_) error_ = failed.error;
                          },
                          [&](const delta::Done&) { done_ = true; },
                          [&](const delta::Malformed& malformed) {
                              if (!malformed_) malformed_ = malformed.why;
                          }},
               delta);
}

bool declares(const std::vector<ToolSpec>& tools, std::string_view name)
{
    return std::any_of(tools.begin(), tools.end(), [&](const ToolSpec& tool) { return tool.name == name; });
}

}  // namespace chaos::wire
