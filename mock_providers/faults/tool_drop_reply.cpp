// An effect without a reply.
#include "mock_providers/faults/tool_drop_reply.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"
#include "mock_providers/tool_script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_tool_drop_reply(const config::Node& value, config::Complaints& complaints)
{
    ToolDropReply fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "tool_drop_reply");
    const auto end = map.choice("end", {"reset", "fin", "silent"});
    fault.end = end == "fin" ? Stop::fin : end == "silent" ? Stop::silence : Stop::reset;
    map.finish();
    return fault;
}

}  // namespace

void ToolDropReply::inject(ToolScript& script, net::Instant release) const
{
    script.drop_reply = end;
    script.release = release;
}

std::optional<std::string> ToolDropReply::proof(const ToolSent& sent) const
{
    if (!sent.acted() || !sent.dropped) {
        return std::nullopt;
    }
    return fmt::format("it happened, then {} in place of the reply", spelling(end));
}

Entry tool_drop_reply_entry()
{
    Entry entry;
    entry.name = "tool_drop_reply";
    entry.layer = Layer::tool;
    entry.summary = "The tool acts, and its reply is lost: the caller cannot know whether it happened.";
    entry.evidence = "Delivered: the ledger shows the effect, and no byte of a reply went out.";
    entry.remedy = "Treat the outcome as unknown; ask again only under the same idempotency key.";
    entry.parameters = {
        {"end", "reset, fin, or silent (the connection stays open without a word); default reset", "silent"}};
    entry.read = &read_tool_drop_reply;
    return entry;
}

}  // namespace chaos::mock_providers::faults
