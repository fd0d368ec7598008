// The answer stays; the reason changes.
#include "mock_providers/faults/finish_reason.hpp"

#include <fmt/format.h>

#include "config/reader.hpp"
#include "mock_providers/faults/respelling.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/faults/wording.hpp"
#include "mock_providers/written.hpp"
#include "net/json.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::mock_providers::faults {

namespace {

/// An empty reason stands on every chunk, any other where a reason would.
std::string respelt(std::string_view value, std::string_view as)
{
    if (value == "null" && !as.empty()) {
        return std::string(value);
    }
    std::string text;
    net::append_json_string(text, as);
    return text;
}

Parameters read(const config::Node& value, config::Complaints& complaints)
{
    WrongFinishReason fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "finish_reason");
    if (const auto as = map.text("as")) {
        fault.as = *as == "none" ? std::nullopt : as;
    }
    map.finish();
    return fault;
}

}  // namespace

bool WrongFinishReason::applies_to(const Script& script) const
{
    const bool cannot_be_empty = script.api->finish_key().empty();
    return !(as && as->empty() && cannot_be_empty) && shows(*this, script);
}

void WrongFinishReason::inject(Script& script, net::Instant) const
{
    if (!as || !as->empty()) {
        script.answer.finish = wire::openai_chat::finish_reason(as.value_or(""));
        script.answer.finish_text = as.value_or("");
    }
    if (as && !script.api->finish_key().empty()) {
        script.respell = [key = std::string(script.api->finish_key()), as = *as](std::string& bytes) {
            respell_values(bytes, key, [&as](std::string_view value) { return respelt(value, as); });
        };
    }
}

std::optional<std::string> WrongFinishReason::proof(const Sent& sent) const
{
    return whole_answer(sent, as ? fmt::format("finish reason '{}'", *as) : "no finish reason");
}

Entry finish_reason_entry()
{
    Entry entry;
    entry.name = "finish_reason";
    entry.layer = Layer::request;
    entry.summary = "The answer is whole, but its finish reason is another one, unknown, empty or missing.";
    entry.evidence = "Delivered: the whole answer with this finish reason went out to a recognised attempt.";
    entry.remedy =
        "Tell a tool turn by its calls and never by the reason; take an unknown reason for a normal end, and none for "
        "no end at all.";
    entry.parameters = {{"as",
                         "the reason in the words of the wire, also one the API does not have, or \"\" (then on every "
                         "chunk); none: null or left out; default stop",
                         "end_turn"}};
    entry.forms = {"{as: none}", "{as: \"\"}", "{as: length}"};
    entry.read = &read;
    return entry;
}

}  // namespace chaos::mock_providers::faults
