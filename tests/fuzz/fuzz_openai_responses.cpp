// OpenAI Responses: requests, answers and stream events.
#include "tests/fuzz/fuzz.hpp"
#include "wire/openai_responses.hpp"

namespace chaos::fuzz {
namespace {

using namespace wire::openai_responses;

void check_answer(std::string_view bytes)
{
    const auto read = read_answer(bytes);
    if (!was_read(read, bytes)) return;
    const std::string written = write_answer(read.value->answer);
    demand_json(written);
    const auto again = read_answer(written);
    demand(again.value.has_value(), "an answer that is written can be read: " + again.problem, written);
    demand(again.value->answer.text == read.value->answer.text, "a text reads back", written);
    demand(again.value->answer.tool_calls == read.value->answer.tool_calls, "calls read back", written);
}

/// Whatever deltas come, what is written for them is a stream of events whose data is JSON.
void check_stream(std::string_view bytes)
{
    EventReader reader;
    std::vector<wire::Delta> deltas;
    assembled(reader, bytes, deltas);
    EventWriter writer;
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
    } else {
        check_request(
            input.rest, true, [](std::string_view bytes) { return read_request(bytes); }, write_request);
    }
    return 0;
}
