// One call, twice.
#include "mock_providers/faults/repeated_call.hpp"

#include <fmt/format.h>

#include <vector>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_repeated_call(const config::Node& value, config::Complaints& complaints)
{
    RepeatedCall fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "repeated_call");
    const auto as = map.choice("as", {"new_id", "cumulative"});
    fault.as = as == "cumulative" ? RepeatedCall::As::cumulative : RepeatedCall::As::new_id;
    map.finish();
    return fault;
}

}  // namespace

bool RepeatedCall::applies_to(const Script& script) const
{
    return script.calls_a_tool() && shows(*this, script);
}

void RepeatedCall::inject(Script& script, net::Instant) const
{
    std::vector<wire::ToolCall>& calls = script.answer.tool_calls;
    calls.push_back(calls.front());
    if (as == As::new_id) {
        calls.back().id += "-again";
    } else if (script.following_call) {
        calls.push_back(*script.following_call);
    }
}

std::optional<std::string> RepeatedCall::proof(const Sent& sent) const
{
    return whole_answer(sent, as == As::new_id ? "a tool call twice under two ids" : "a tool call sent again whole");
}

Entry repeated_call_entry()
{
    Entry entry;
    entry.name = "repeated_call";
    entry.layer = Layer::request;
    entry.summary = "One turn makes the same call twice: under another id, or sent again whole before the next call.";
    entry.evidence = "Delivered: the whole answer with both calls went out to a recognised attempt.";
    entry.remedy =
        "Drop a call whose id was there already, and keep one with an id of its own, also if it looks the same; the "
        "effect is made safe by its idempotency key.";
    entry.parameters = {{"as",
                         "new_id (the same call under another id), or cumulative (sent again under its id, and then "
                         "the next one); default new_id",
                         "cumulative"}};
    entry.forms = {"{as: cumulative}"};
    entry.read = &read_repeated_call;
    return entry;
}

}  // namespace chaos::mock_providers::faults
