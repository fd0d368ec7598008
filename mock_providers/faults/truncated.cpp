// The first tokens, and a reason that tells or hides it.
#include "mock_providers/faults/truncated.hpp"

#include <fmt/format.h>

#include <vector>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read(const config::Node& value, config::Complaints& complaints)
{
    Truncated fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "truncated");
    fault.after_tokens = map.integer("after_tokens", fault.after_tokens, 0, 1'000'000);
    fault.admits = map.boolean("admits", fault.admits);
    map.finish();
    return fault;
}

}  // namespace

bool Truncated::applies_to(const Script& script) const
{
    return count_tokens(script.answer) > after_tokens;
}

void Truncated::inject(Script& script, net::Instant) const
{
    const std::vector<wire::ToolCall> whole = script.answer.tool_calls;
    keep_tokens(script.answer, after_tokens);
    std::vector<wire::ToolCall>& calls = script.answer.tool_calls;
    const bool broken = !calls.empty() && calls.back() != whole[calls.size() - 1];
    if (broken && !script.api->arguments_are_text(script.stream)) {
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
    return whole_answer(sent, fmt::format("an answer of {} token{}, finish reason {}", after_tokens,
                                          after_tokens == 1 ? "" : "s", admits ? "length" : "as of a whole one"));
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
        {"admits", "false: the finish reason is that of the whole answer; default true, then it is length", "false"}};
    entry.read = &read;
    return entry;
}

}  // namespace chaos::mock_providers::faults
