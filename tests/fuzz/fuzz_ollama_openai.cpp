// Ollama's OpenAI-compatible API: requests, and what it writes for the answers and streams of Chat Completions.
#include "tests/fuzz/fuzz.hpp"
#include "wire/ollama_openai.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::fuzz {
namespace {

void check_answer(std::string_view bytes)
{
    const auto read = wire::openai_chat::read_answer(bytes);
    if (!read) return;
    const std::string written = wire::ollama_openai::write_answer(read.value->answer);
    demand_json(written);
    const auto again = wire::openai_chat::read_answer(written);
    demand(again.value.has_value(), "an answer that is written can be read: " + again.problem, written);
    demand(again.value->answer.text == read.value->answer.text, "a text reads back", written);
}

void check_stream(std::string_view bytes)
{
    wire::openai_chat::ChunkReader reader;
    std::vector<wire::Delta> deltas;
    const wire::AnswerAssembler whole = assembled(reader, bytes, deltas);
    if (whole.malformed()) return;
    wire::ollama_openai::ChunkWriter writer({whole.answer().id, whole.answer().model, whole.answer().created}, true);
    std::string written;
    for (const wire::Delta& delta : deltas) writer.write(written, delta);
    for (const wire::SseEvent& event : events_of(written)) {
        if (event.data != "[DONE]") demand_json(event.data);
    }
    wire::openai_chat::ChunkReader second;
    std::vector<wire::Delta> read_again;
    const wire::AnswerAssembler again = assembled(second, written, read_again);
    demand(again.answer().text == whole.answer().text, "a streamed text reads back", written);
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
        was_read(chaos::wire::ollama_openai::read_request(input.rest), input.rest);
    }
    return 0;
}
