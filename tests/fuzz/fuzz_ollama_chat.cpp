// Ollama's own API: requests of both endpoints, answers, and streams of lines.
#include "tests/fuzz/fuzz.hpp"
#include "wire/ndjson.hpp"
#include "wire/ollama_chat.hpp"

namespace chaos::fuzz {
namespace {

using namespace wire::ollama_chat;

std::vector<std::string> lines_of(std::string_view bytes)
{
    wire::NdjsonReader reader;
    std::vector<std::string> lines;
    reader.feed(bytes, lines);
    return lines;
}

void check_answer(std::string_view bytes)
{
    const auto read = read_answer(bytes);
    if (!was_read(read, bytes)) return;
    for (const Endpoint endpoint : {Endpoint::chat, Endpoint::generate}) {
        const std::string written = write_answer(endpoint, read.value->answer);
        demand_json(written);
        const auto again = read_answer(written);
        demand(again.value.has_value(), "an answer that is written can be read: " + again.problem, written);
        demand(again.value->answer.text == read.value->answer.text, "a text reads back", written);
    }
}

void check_stream(std::string_view bytes)
{
    LineReader reader;
    std::vector<wire::Delta> deltas;
    for (const std::string& line : lines_of(bytes)) reader.read(line, deltas);
    wire::AnswerAssembler assembler;
    for (const wire::Delta& delta : deltas) assembler.add(delta);
    if (assembler.malformed()) return;
    LineWriter writer(Endpoint::chat, {});
    std::string written;
    for (const wire::Delta& delta : deltas) writer.write(written, delta);
    for (const std::string& line : lines_of(written)) demand_json(line);
    LineReader second;
    wire::AnswerAssembler again;
    std::vector<wire::Delta> read_again;
    for (const std::string& line : lines_of(written)) second.read(line, read_again);
    for (const wire::Delta& delta : read_again) again.add(delta);
    demand(again.answer().text == assembler.answer().text, "a streamed text reads back", written);
    demand(again.answer().tool_calls.size() <= assembler.answer().tool_calls.size(), "no call is invented", written);
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
    } else if (input.label == "generate") {
        was_read(read_request(Endpoint::generate, input.rest), input.rest);
        asks_to_unload(input.rest);
    } else {
        // Ids that contradict each other, and parameters respelt once, are all that may differ.
        check_request(
            input.rest, false, [](std::string_view bytes) { return read_request(Endpoint::chat, bytes); },
            write_request);
    }
    return 0;
}
