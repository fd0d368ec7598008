// More time before the effect.
#include "mock_providers/faults/tool_slow.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"
#include "mock_providers/tool_script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_tool_slow(const config::Node& value, config::Complaints& complaints)
{
    ToolSlow fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "tool_slow");
    fault.by = map.duration("by", fault.by);
    map.finish();
    return fault;
}

}  // namespace

void ToolSlow::inject(ToolScript& script, net::Instant) const
{
    script.takes += by;
}

std::optional<std::string> ToolSlow::proof(const ToolSent& sent) const
{
    if (sent.took < by) {
        return std::nullopt;
    }
    return fmt::format("took {}", rounded(sent.took));
}

Entry tool_slow_entry()
{
    Entry entry;
    entry.name = "tool_slow";
    entry.layer = Layer::tool;
    entry.summary = "The tool does its work, but takes longer than usual.";
    entry.evidence = "Delivered: measured at the tool server, the call took at least that much.";
    entry.remedy = "Wait as long as the tool may take, and do not call it a second time meanwhile.";
    entry.parameters = {{"by", "how much longer it takes; default 2s", "2s"}};
    entry.read = &read_tool_slow;
    return entry;
}

}  // namespace chaos::mock_providers::faults
