// An answer that promises calls and has none.
#include "mock_providers/faults/empty_tool_turn.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_empty_tool_turn(const config::Node& value, config::Complaints& complaints)
{
    if (value.kind() != config::NodeKind::null) {
        config::MapReader map(value, complaints, "empty_tool_turn");
        map.finish();
    }
    return EmptyToolTurn{};
}

}  // namespace

void EmptyToolTurn::inject(Script& script, net::Instant) const
{
    script.answer.text.clear();
    script.answer.tool_calls.clear();
    script.answer.finish = wire::FinishReason::tool_calls;
}

std::optional<std::string> EmptyToolTurn::proof(const Sent& sent) const
{
    if (!sent.sent(200)) {
        return std::nullopt;
    }
    return fmt::format("HTTP 200, a tool turn without a call ({} bytes of body)", sent.body_bytes);
}

Entry empty_tool_turn_entry()
{
    Entry entry;
    entry.name = "empty_tool_turn";
    entry.layer = Layer::request;
    entry.summary =
        "The answer ends as one with tool calls does (finish_reason tool_calls, if the vendor has such a reason) and "
        "contains neither a call nor text.";
    entry.evidence = "Delivered: the whole answer without calls went out to a recognised attempt.";
    entry.remedy =
        "Ask the same provider once more, then another one; the empty turn never reaches the caller as an answer.";
    entry.parameters = {};
    entry.read = &read_empty_tool_turn;
    return entry;
}

}  // namespace chaos::mock_providers::faults
