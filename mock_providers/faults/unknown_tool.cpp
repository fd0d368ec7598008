// The name of another tool.
#include "mock_providers/faults/unknown_tool.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_unknown_tool(const config::Node& value, config::Complaints& complaints)
{
    UnknownTool fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "unknown_tool");
    fault.name = map.text("name");
    if (fault.name && fault.name->empty()) {
        complaints.add(map.at("name"), "name must not be empty");
    }
    map.finish();
    return fault;
}

}  // namespace

bool UnknownTool::applies_to(const Script& script) const
{
    return script.calls_a_tool() && shows(*this, script);
}

void UnknownTool::inject(Script& script, net::Instant) const
{
    std::string& called = script.answer.tool_calls.front().name;
    called = name.value_or(called + "_v2");
}

std::optional<std::string> UnknownTool::proof(const Sent& sent) const
{
    return whole_answer(sent, name ? fmt::format("a call of the tool '{}'", *name) : "a call of a tool '..._v2'");
}

Entry unknown_tool_entry()
{
    Entry entry;
    entry.name = "unknown_tool";
    entry.layer = Layer::request;
    entry.summary = "The model calls a tool that was not offered to it.";
    entry.evidence = "Delivered: the whole answer with the call of this tool went out to a recognised attempt.";
    entry.remedy =
        "Compare the name with those that were offered; ask again or go on with another provider, and run nothing that "
        "only looks alike.";
    entry.parameters = {{"name",
                         "the tool that is called, which should not be one that is offered; default: the name of the "
                         "right one with _v2 behind it",
                         "search_web"}};
    entry.read = &read_unknown_tool;
    return entry;
}

}  // namespace chaos::mock_providers::faults
