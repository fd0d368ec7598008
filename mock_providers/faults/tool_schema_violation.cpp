// Which part of a result breaks, and what proves that it did.
#include "mock_providers/faults/tool_schema_violation.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/tool_script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_tool_schema_violation(const config::Node& value, config::Complaints& complaints)
{
    using As = ToolSchemaViolation::As;
    ToolSchemaViolation fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "tool_schema_violation");
    const auto as = map.choice("as", {"output", "missing", "content"});
    fault.as = as == "output" ? As::output : as == "missing" ? As::missing : as == "content" ? As::content : As::any;
    map.finish();
    return fault;
}

}  // namespace

bool ToolSchemaViolation::applies_to(const ToolScript& script) const
{
    return as == As::any || as == As::content || !script.output.empty();
}

void ToolSchemaViolation::inject(ToolScript& script, net::Instant) const
{
    const bool output = as == As::output || (as == As::any && !script.output.empty());
    script.broken = output ? BrokenResult::output : as == As::missing ? BrokenResult::missing : BrokenResult::content;
}

std::optional<std::string> ToolSchemaViolation::proof(const ToolSent& sent) const
{
    if (!sent.acted() || sent.broken.empty() || !sent.answered()) {
        return std::nullopt;
    }
    return fmt::format("it happened, and of the result that went out: {}", sent.broken);
}

Entry tool_schema_violation_entry()
{
    Entry entry;
    entry.name = "tool_schema_violation";
    entry.layer = Layer::tool;
    entry.summary = "The tool acts, and its result is not what was declared of it.";
    entry.evidence = "Delivered: the ledger shows the effect, and the whole broken result went out.";
    entry.remedy =
        "Check results before the model reads them; the effect happened, so ask again only under the same key.";
    entry.parameters = {
        {"as",
         "output (the structured result breaks its schema), missing (it is left out) or content (an object where the "
         "text belongs); default output where a tool declares one, else content",
         "output"}};
    entry.forms = {"{as: output}", "{as: missing}"};
    entry.read = &read_tool_schema_violation;
    return entry;
}

}  // namespace chaos::mock_providers::faults
