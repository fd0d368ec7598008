// The receipt, and behind it more words than anybody wants.
#include "mock_providers/faults/tool_huge_result.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/tool_script.hpp"

namespace chaos::mock_providers::faults {

namespace {

constexpr std::uint64_t largest_result = 16 * 1024 * 1024;

Parameters read_tool_huge_result(const config::Node& value, config::Complaints& complaints)
{
    ToolHugeResult fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "tool_huge_result");
    fault.size = map.size("size").value_or(fault.size);
    if (fault.size < 1024 || fault.size > largest_result) {
        complaints.add(map.at("size"), "size: expected 1 KiB to 16 MiB");
    }
    map.finish();
    return fault;
}

}  // namespace

void ToolHugeResult::inject(ToolScript& script, net::Instant) const
{
    script.padded_to = size;
}

std::optional<std::string> ToolHugeResult::proof(const ToolSent& sent) const
{
    if (!sent.acted() || sent.text_bytes < size || !sent.answered()) {
        return std::nullopt;
    }
    return fmt::format("it happened, and a result with {} bytes of text went out", sent.text_bytes);
}

Entry tool_huge_result_entry()
{
    Entry entry;
    entry.name = "tool_huge_result";
    entry.layer = Layer::tool;
    entry.summary = "The tool acts, and the text of its result is as long as nobody expects.";
    entry.evidence = "Delivered: the ledger shows the effect, and the whole result went out, measured at the server.";
    entry.remedy = "Bound what goes into the conversation: cut it with a word about it, or give the model a summary.";
    entry.parameters = {{"size", "of the text, 1 KiB to 16 MiB; default 1 MiB", "5 MiB"}};
    entry.read = &read_tool_huge_result;
    return entry;
}

}  // namespace chaos::mock_providers::faults
