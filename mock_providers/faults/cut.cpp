// A response without its end.
#include "mock_providers/faults/cut.hpp"

#include <fmt/format.h>
#include <utility>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read(const config::Node& value, config::Complaints& complaints)
{
    Cut fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "cut");
    const auto tokens = map.integer("after_tokens", 0, 1'000'000);
    fault.after_tokens = tokens.value_or(fault.after_tokens);
    const auto end = map.choice("end", {"fin", "reset"});
    fault.end = end == "fin" ? Stop::fin : Stop::reset;
    const auto inside = map.choice("inside", {"tool_call"});
    fault.inside_tool_call = inside.has_value();
    if (inside && tokens) {
        complaints.add(map.at("after_tokens"),
                       "after_tokens does not go with `inside: tool_call`, which says where to cut");
    }
    map.finish();
    return fault;
}

}  // namespace

bool Cut::applies_to(const Script& script) const
{
    return !inside_tool_call || script.calls_a_tool();
}

void Cut::inject(Script& script, net::Instant) const
{
    Break cut;
    cut.where = inside_tool_call ? Break::Where::tool_call : Break::Where::tokens;
    cut.after_tokens = after_tokens;
    cut.how = end;
    script.stop = std::move(cut);
}

std::optional<std::string> Cut::proof(const Sent& sent) const
{
    const WireEnd wanted = end == Stop::fin ? WireEnd::cut_fin : WireEnd::cut_reset;
    if (sent.end != wanted || sent.status == 0) {
        return std::nullopt;
    }
    const std::string_view inside = inside_tool_call ? " into a tool call" : "";
    return fmt::format("{}{}, then {}", amount(sent), inside, spelling(end));
}

Entry cut_entry()
{
    Entry entry;
    entry.name = "cut";
    entry.layer = Layer::request;
    entry.summary = "The response stops in the middle: its head promised more than came.";
    entry.evidence =
        "Delivered: so many bytes went out to a recognised attempt, then FIN or RST in place of the proper end.";
    entry.remedy =
        "Never take it for an answer: before anything was passed on, go on with another provider; afterwards, end with "
        "an error.";
    entry.parameters = {
        {"after_tokens",
         "how many tokens are sent before it stops; all of them if there are fewer, but not the proper end; default 4",
         "3"},
        {"end", "fin or reset (what was sent arrives first); default reset", "fin"},
        {"inside", "tool_call: in the middle of the first tool call's arguments, instead of after some tokens",
         "tool_call"}};
    entry.read = &read;
    return entry;
}

}  // namespace chaos::mock_providers::faults
