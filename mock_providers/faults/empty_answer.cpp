// An answer without content.
#include "mock_providers/faults/empty_answer.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

Parameters read_empty_answer(const config::Node& value, config::Complaints& complaints)
{
    if (value.kind() != config::NodeKind::null) {
        config::MapReader map(value, complaints, "empty_answer");
        map.finish();
    }
    return EmptyAnswer{};
}

}  // namespace

void EmptyAnswer::inject(Script& script, net::Instant) const
{
    script.answer.text.clear();
    script.answer.tool_calls.clear();
    script.answer.finish = wire::FinishReason::stop;
}

std::optional<std::string> EmptyAnswer::proof(const Sent& sent) const
{
    if (!sent.sent(200)) {
        return std::nullopt;
    }
    return fmt::format("HTTP 200, a natural end without content ({} bytes of body)", sent.body_bytes);
}

Entry empty_answer_entry()
{
    Entry entry;
    entry.name = "empty_answer";
    entry.layer = Layer::request;
    entry.summary = "The answer ends naturally and contains nothing: no text, no call.";
    entry.evidence = "Delivered: the whole empty answer went out to a recognised attempt.";
    entry.remedy = "Treat it as a failed answer: ask again or go on with another provider.";
    entry.parameters = {};
    entry.read = &read_empty_answer;
    return entry;
}

}  // namespace chaos::mock_providers::faults
