// The first tokens, and a reason that tells or hides it.
#include "mock_providers/faults/truncated.hpp"

#include <fmt/format.h>

#include <vector>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"
#include "wire/whole_calls.hpp"

namespace chaos::mock_providers::faults {

namespace {

/// What opened and was not closed is closed.
std::string closed(std::string text)
{
    std::string open;
    bool in_text = false;
    for (std::size_t n = 0; n < text.size(); ++n) {
        const char c = text[n];
        if (in_text && c == '\\') {
            ++n;
        } else if (c == '"') {
            in_text = !in_text;
        } else if (!in_text && (c == '{' || c == '[')) {
            open += c == '{' ? '}' : ']';
        } else if (!in_text && (c == '}' || c == ']')) {
            open.pop_back();
        }
    }
    return text + (in_text ? "\"" : "") + std::string(open.rbegin(), open.rend());
}

/// As gateways repair it: as much of the object as can be closed; "{}" if nothing can.
std::string repaired_object(const std::string& cut_off)
{
    for (std::size_t length = cut_off.size(); length > 1; --length) {
        std::string candidate = closed(cut_off.substr(0, length));
        if (wire::is_json_object(candidate)) {
            return candidate;
        }
    }
    return "{}";
}

bool cuts_arguments(const Script& script, std::int64_t after_tokens)
{
    wire::ChatAnswer kept = script.answer;
    keep_tokens(kept, after_tokens);
    const std::size_t calls = kept.tool_calls.size();
    return calls > 0 && kept.tool_calls.back() != script.answer.tool_calls[calls - 1];
}

Parameters read_truncated(const config::Node& value, config::Complaints& complaints)
{
    Truncated fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "truncated");
    fault.after_tokens = map.integer("after_tokens", fault.after_tokens, 0, 1'000'000);
    const bool says_admits = map.take("admits").has_value();
    fault.admits = map.boolean("admits", fault.admits);
    fault.repaired = map.boolean("repaired", fault.repaired);
    if (fault.repaired && says_admits) {
        complaints.add(map.at("admits"), "admits does not go with `repaired: true`, which hides it");
    }
    fault.admits = fault.admits && !fault.repaired;
    map.finish();
    return fault;
}

}  // namespace

bool Truncated::applies_to(const Script& script) const
{
    return repaired ? cuts_arguments(script, after_tokens) : count_tokens(script.answer) > after_tokens;
}

void Truncated::inject(Script& script, net::Instant) const
{
    const std::vector<wire::ToolCall> whole = script.answer.tool_calls;
    keep_tokens(script.answer, after_tokens);
    std::vector<wire::ToolCall>& calls = script.answer.tool_calls;
    const bool broken = !calls.empty() && calls.back() != whole[calls.size() - 1];
    if (broken && repaired) {
        calls.back().arguments = repaired_object(calls.back().arguments);
    } else if (broken && !script.api->arguments_are_text(script.stream)) {
        calls.pop_back();
    }
    if (admits) {
        script.answer.finish = wire::FinishReason::length;
    }
    if (script.answer.usage) {
        script.answer.usage->completion_tokens = after_tokens;
    }
}

std::optional<std::string> Truncated::proof(const Sent& sent) const
{
    return whole_answer(
        sent, fmt::format("an answer of {} token{}{}, finish reason {}", after_tokens, after_tokens == 1 ? "" : "s",
                          repaired ? " made valid JSON again" : "", admits ? "length" : "as of a whole one"));
}

Entry truncated_entry()
{
    Entry entry;
    entry.name = "truncated";
    entry.layer = Layer::request;
    entry.summary =
        "The model reached its limit of tokens: the answer, or the arguments of its call, stop in the middle, and the "
        "message ends properly.";
    entry.evidence = "Delivered: so many tokens and a proper end of the message went out to a recognised attempt.";
    entry.remedy =
        "Never run a call that was cut off, whatever the reason says: arguments are whole when they are valid and fit "
        "the schema; never repair them by guessing.";
    entry.parameters = {
        {"after_tokens",
         "how many tokens are left; a call whose arguments are an object is whole or not there; default 4", "3"},
        {"admits", "false: the finish reason is that of the whole answer; default true, then it is length", "false"},
        {"repaired",
         "true: the arguments that were cut off are closed again, as gateways do it: valid JSON, and not what was "
         "meant; "
         "default false",
         "true"}};
    entry.forms = {"{repaired: true}"};
    entry.read = &read_truncated;
    return entry;
}

}  // namespace chaos::mock_providers::faults
