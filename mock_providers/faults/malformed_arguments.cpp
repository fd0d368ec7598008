// Half of the arguments.
#include "mock_providers/faults/malformed_arguments.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_malformed_arguments(const config::Node& value, config::Complaints& complaints)
{
    if (value.kind() != config::NodeKind::null) {
        config::MapReader map(value, complaints, "malformed_arguments");
        map.finish();
    }
    return MalformedArguments{};
}

}  // namespace

namespace {

/// The first half, without tearing a UTF-8 sequence. Half an object is never JSON: its closing brace is gone.
std::string first_half(const std::string& text)
{
    std::size_t length = text.size() / 2;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
        --length;
    }
    return text.substr(0, length);
}

}  // namespace

bool MalformedArguments::applies_to(const Script& script) const
{
    return script.calls_a_tool() && script.api->shows_broken_arguments(script.stream);
}

void MalformedArguments::inject(Script& script, net::Instant) const
{
    wire::ToolCall& call = script.answer.tool_calls.front();
    call.arguments = first_half(call.arguments);
}

std::optional<std::string> MalformedArguments::proof(const Sent& sent) const
{
    if (!sent.sent(200)) {
        return std::nullopt;
    }
    return fmt::format("HTTP 200, broken arguments in the API's own form ({} bytes of body)", sent.body_bytes);
}

Entry malformed_arguments_entry()
{
    Entry entry;
    entry.name = "malformed_arguments";
    entry.layer = Layer::request;
    entry.summary =
        "A tool call whose arguments are truncated JSON, while the finish reason still says tool_calls; gemini owns up "
        "to it: finishReason MALFORMED_FUNCTION_CALL and no call.";
    entry.evidence = "Delivered: the whole answer with the broken call went out to a recognised attempt.";
    entry.remedy =
        "Hold each call until it is complete and valid; ask again or go on with another provider, and never repair by "
        "guessing.";
    entry.parameters = {};
    entry.read = &read_malformed_arguments;
    return entry;
}

}  // namespace chaos::mock_providers::faults
