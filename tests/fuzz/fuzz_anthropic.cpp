// Anthropic Messages: requests, counts, answers, stream events and errors.
#include "tests/fuzz/fuzz.hpp"
#include "wire/anthropic_messages.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::fuzz {
namespace {

using namespace wire::anthropic;

/// What can be answered can be counted, and written in another dialect.
void check_uses(std::string_view bytes)
{
    const auto read = read_request(bytes);
    const auto counted = read_request(bytes, true);
    was_read(counted, bytes);
    if (!read) return;
    demand(counted.value.has_value(), "what can be answered can be counted: " + counted.problem, bytes);
    demand_json(wire::openai_chat::write_request(*read.value));
}

void check_answer(std::string_view bytes)
{
    const auto read = read_answer(bytes);
    if (!was_read(read, bytes)) return;
    const std::string written = write_answer(read.value->answer);
    demand_json(written);
    const auto again = read_answer(written);
    demand(again.value.has_value(), "an answer that is written can be read: " + again.problem, written);
    demand(again.value->answer.text == read.value->answer.text, "a text reads back", written);
    demand(again.value->answer.tool_calls.size() == read.value->answer.tool_calls.size(), "calls read back", written);
}

void check_stream(std::string_view bytes)
{
    EventReader reader;
    std::vector<wire::Delta> deltas;
    EventWriter writer(assembled(reader, bytes, deltas).answer());
    std::string written;
    bool malformed = false;
    for (const wire::Delta& delta : deltas) {
        malformed = malformed || std::holds_alternative<wire::delta::Malformed>(delta);
        writer.write(written, delta);
    }
    if (malformed) return;
    for (const wire::SseEvent& event : events_of(written)) demand_json(event.data);
}

}  // namespace
}  // namespace chaos::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace chaos::fuzz;
    const Labelled input = labelled(text_of(data, size));
    if (input.label == "answer") {
        check_answer(input.rest);
    } else if (input.label == "stream") {
        check_stream(input.rest);
    } else if (input.label == "error") {
        const chaos::wire::ProviderError error = read_error(500, input.rest);
        demand(!error.message.empty(), "an error has a message", input.rest);
        demand_json(write_error(error));
    } else {
        // Turns of one role become one with its results first, system messages go in front, and what this vendor has no
        // place for is left out; a second time nothing changes.
        check_request(
            input.rest, false, [](std::string_view bytes) { return read_request(bytes); }, write_request);
        check_uses(input.rest);
    }
    return 0;
}
