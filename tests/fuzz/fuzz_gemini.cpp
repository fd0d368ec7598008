// Gemini: targets, requests, answers, stream events and errors.
#include "tests/fuzz/fuzz.hpp"
#include "wire/gemini.hpp"

namespace chaos::fuzz {
namespace {

using namespace wire::gemini;

const Target target{"gemini-x", "generateContent", false, false};

void check_target(std::string_view text)
{
    const auto read = read_target(text);
    if (!read || read->model.empty()) return;
    wire::ChatRequest request;
    request.model = read->model;
    const auto again = read_target(write_target(request));
    demand(again && again->model == read->model, "a model's name reads back from a target", text);
}

void check_answer(std::string_view bytes)
{
    const auto read = read_answer(bytes);
    if (!was_read(read, bytes)) return;
    const wire::ChatAnswer said = sayable(read.value->answer);
    const std::string written = write_answer(said);
    demand_json(written);
    const auto again = read_answer(written);
    demand(again.value.has_value(), "an answer that is written can be read: " + again.problem, written);
    demand(again.value->answer.text == said.text, "a text reads back", written);
    demand(again.value->answer.tool_calls == said.tool_calls, "calls read back", written);
}

void check_stream(std::string_view bytes)
{
    ChunkReader reader;
    std::vector<wire::Delta> deltas;
    const wire::AnswerAssembler whole = assembled(reader, bytes, deltas);
    if (whole.malformed()) return;
    for (const Framing framing : {Framing::sse, Framing::array}) {
        ChunkWriter writer({}, std::nullopt, framing);
        std::string written;
        for (const wire::Delta& delta : deltas) writer.write(written, delta);
        if (framing == Framing::array) continue;
        for (const wire::SseEvent& event : events_of(written)) demand_json(event.data);
    }
}

void check_error(std::string_view bytes)
{
    const ErrorBody read = read_error(500, bytes);
    demand(!read.error.message.empty(), "an error has a message", bytes);
    demand_json(write_error(read.error));
    demand_json(write_quota_error(read.error, "m", read.retry_delay));
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
        check_error(input.rest);
    } else if (input.label == "target") {
        check_target(input.rest);
    } else if (input.label == "count") {
        was_read(read_count_request(input.rest, target), input.rest);
    } else {
        // Contents of one role become one, and results find their calls by their ids; a second time nothing changes.
        check_request(
            input.rest, false, [](std::string_view bytes) { return read_request(bytes, target); }, write_request);
    }
    return 0;
}
