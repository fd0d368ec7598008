// The ids of calls.
#include "mock_providers/faults/call_id.hpp"

#include <fmt/format.h>

#include <vector>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"

namespace chaos::mock_providers::faults {

namespace {

using CallIdSpelling = WrongCallId::As;

bool gives_ids(const Script& script)
{
    return written(script).find(script.answer.tool_calls.front().id) != std::string::npos;
}

Parameters read_call_id(const config::Node& value, config::Complaints& complaints)
{
    WrongCallId fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "call_id");
    const auto as = map.choice("as", {"missing", "duplicated", "reused"});
    fault.as = as == "duplicated" ? CallIdSpelling::duplicated
               : as == "reused"   ? CallIdSpelling::reused
                                  : CallIdSpelling::missing;
    map.finish();
    return fault;
}

}  // namespace

bool WrongCallId::applies_to(const Script& script) const
{
    const bool enough = as != CallIdSpelling::duplicated || script.following_call;
    return script.calls_a_tool() && enough && gives_ids(script);
}

void WrongCallId::inject(Script& script, net::Instant) const
{
    std::vector<wire::ToolCall>& calls = script.answer.tool_calls;
    if (as == CallIdSpelling::duplicated) {
        calls.push_back(*script.following_call);
        calls.back().id = calls.front().id;
    } else {
        calls.front().id = as == CallIdSpelling::missing ? "" : std::string(script.api->id_prefixes().call) + "0";
    }
}

std::optional<std::string> WrongCallId::proof(const Sent& sent) const
{
    constexpr std::string_view words[] = {"a tool call without an id", "two tool calls of one id",
                                          "a tool call with an id that every turn uses again"};
    return whole_answer(sent, words[static_cast<std::size_t>(as)]);
}

Entry call_id_entry()
{
    Entry entry;
    entry.name = "call_id";
    entry.layer = Layer::request;
    entry.summary = "A call has no id, two calls have the same one, or every turn uses one id again.";
    entry.evidence = "Delivered: the whole answer with this id went out to a recognised attempt.";
    entry.remedy =
        "Give the calls ids of its own before it passes them on, and keep to them; results are paired by id.";
    entry.parameters = {
        {"as", "missing, duplicated (two calls in one turn), or reused (the same id in every turn); default missing",
         "duplicated"}};
    entry.forms = {"{as: duplicated}", "{as: reused}"};
    entry.read = &read_call_id;
    return entry;
}

}  // namespace chaos::mock_providers::faults
