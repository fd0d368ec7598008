// OpenAI Chat Completions: requests, answers, stream events and errors, and the two light walks over a request's bytes.
#include "tests/fuzz/fuzz.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::fuzz {
namespace {

using namespace wire::openai_chat;

/// Where both can read it, the walk over the bytes and the tree agree.
void check_walks(std::string_view bytes)
{
    const auto whole = read_request(bytes);
    const auto seen = peek(bytes);
    const auto replaced = replace_model(bytes, "another \"model\"");
    was_read(seen, bytes);
    was_read(replaced, bytes);
    if (!whole) return;
    demand(seen.value.has_value() && replaced.value.has_value(), "what can be read can be walked over", bytes);
    demand(seen.value->model == whole.value->model && seen.value->stream == whole.value->stream &&
               seen.value->messages == whole.value->messages.size(),
           "a walk sees what is read", bytes);
    const auto spliced = read_request(*replaced.value);
    demand(spliced.value.has_value(), "a spliced request can be read: " + spliced.problem, *replaced.value);
    wire::ChatRequest expected = *whole.value;
    expected.model = "another \"model\"";
    demand(*spliced.value == expected, "only the model is another", *replaced.value);
}

void check_answer(std::string_view bytes)
{
    const auto read = read_answer(bytes);
    if (!was_read(read, bytes)) return;
    const std::string written = write_answer(read.value->answer);
    demand_json(written);
    const auto again = read_answer(written);
    demand(again && again.value->answer == read.value->answer, "an answer reads back as it was", written);
}

void check_stream(std::string_view bytes)
{
    ChunkReader reader;
    std::vector<wire::Delta> deltas;
    const wire::ChatAnswer answer = assembled(reader, bytes, deltas).answer();
    const wire::delta::Start identity{answer.id, answer.model, answer.created};
    for (const wire::Delta& delta : deltas) {
        if (std::holds_alternative<wire::delta::Malformed>(delta)) continue;
        const std::string chunk = write_chunk(identity, delta, true);
        if (!std::holds_alternative<wire::delta::Done>(delta)) demand_json(chunk);
    }
}

void check_error(std::string_view bytes)
{
    const wire::ProviderError error = read_error(500, bytes);
    demand(!error.message.empty() && error.message.size() <= 2003, "an error has a message of bounded length", bytes);
    demand(error.status >= 400 && error.status <= 599, "an error has a status of an error", bytes);
    demand_json(write_error(error));
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
    } else {
        check_request(
            input.rest, true, [](std::string_view bytes) { return read_request(bytes); }, write_request);
        check_walks(input.rest);
    }
    return 0;
}
