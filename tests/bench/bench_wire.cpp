// What it costs to read, look into and write the bodies of a usual agent turn.
#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>

#include "wire/openai_chat.hpp"

namespace {

using namespace chaos;
using namespace chaos::wire;

/// About 2.5 KB: an agent four tool steps into its task.
ChatRequest usual_request()
{
    ChatRequest request;
    request.model = "agent";
    request.messages = {message(Role::system,
                                "You are a careful assistant. Use the tools step by step, one call per turn, and "
                                "answer with the digest of everything you have seen when you are done."),
                        message(Role::user,
                                "Please carry out task amber-falcon-river: collect the four reports, write each "
                                "of them down, and send one summary to the team.")};
    for (int step = 1; step <= 4; ++step) {
        std::string id = "call_" + std::to_string(step);
        Message call = message(Role::assistant, "");
        call.tool_calls = {{id, "write_file",
                            R"({"path":"reports/step.txt","text":"effect quiet-lemon-harbour, the third of them"})"}};
        Message result = message(
            Role::tool, "written: 2 lines, canary velvet-orchid-lantern; the next report lies in the shared folder.");
        result.tool_call_id = id;
        request.messages.push_back(call);
        request.messages.push_back(result);
    }
    request.tools = {
        {"write_file", "Writes text to a file.",
         R"({"type":"object","properties":{"path":{"type":"string"},"text":{"type":"string"}},"required":["path","text"]})"},
        {"send_email", "Sends one email. Cannot be undone.",
         R"({"type":"object","properties":{"to":{"type":"string"},"body":{"type":"string"}},"required":["to","body"]})"}};
    request.stream = true;
    request.include_usage = true;
    return request;
}

std::string usual_body()
{
    return openai_chat::write_request(usual_request());
}

void count_bytes(benchmark::State& state, std::size_t bytes)
{
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

void read_request(benchmark::State& state)
{
    std::string body = usual_body();
    for (auto _ : state) benchmark::DoNotOptimize(openai_chat::read_request(body));
    count_bytes(state, body.size());
    state.SetLabel(std::to_string(body.size()) + " bytes");
}
BENCHMARK(read_request);

/// For comparison: the general parser alone.
void parse_with_nlohmann(benchmark::State& state)
{
    std::string body = usual_body();
    for (auto _ : state) benchmark::DoNotOptimize(nlohmann::ordered_json::parse(body));
    count_bytes(state, body.size());
}
BENCHMARK(parse_with_nlohmann);

void write_request(benchmark::State& state)
{
    ChatRequest request = usual_request();
    for (auto _ : state) benchmark::DoNotOptimize(openai_chat::write_request(request));
}
BENCHMARK(write_request);

void peek(benchmark::State& state)
{
    std::string body = usual_body();
    for (auto _ : state) benchmark::DoNotOptimize(openai_chat::peek(body));
    count_bytes(state, body.size());
}
BENCHMARK(peek);

void replace_model(benchmark::State& state)
{
    std::string body = usual_body();
    for (auto _ : state) benchmark::DoNotOptimize(openai_chat::replace_model(body, "gpt-4o"));
    count_bytes(state, body.size());
}
BENCHMARK(replace_model);

const delta::Start identity{"chatcmpl-B9", "gpt-4o", 1741569952};

void write_chunk(benchmark::State& state)
{
    Delta delta = delta::Text{"word "};
    for (auto _ : state) benchmark::DoNotOptimize(openai_chat::write_chunk(identity, delta));
}
BENCHMARK(write_chunk);

void read_chunk(benchmark::State& state)
{
    SseEvent event{"", openai_chat::write_chunk(identity, delta::Text{"word "}), ""};
    std::vector<Delta> deltas;
    for (auto _ : state) {
        deltas.clear();
        openai_chat::read_chunk(event, deltas);
        benchmark::DoNotOptimize(deltas);
    }
}
BENCHMARK(read_chunk);

/// A stream of 24 words: framed, read, decoded and assembled.
void read_stream(benchmark::State& state)
{
    std::string stream;
    for (int i = 0; i < 24; ++i) stream += encode_sse(openai_chat::write_chunk(identity, delta::Text{"word "}));
    stream += encode_sse("[DONE]");
    for (auto _ : state) {
        SseReader reader;
        std::vector<SseEvent> events;
        reader.feed(stream, events);
        std::vector<Delta> deltas;
        for (const SseEvent& event : events) openai_chat::read_chunk(event, deltas);
        AnswerAssembler assembler;
        for (const Delta& delta : deltas) assembler.add(delta);
        benchmark::DoNotOptimize(assembler.answer());
    }
    count_bytes(state, stream.size());
}
BENCHMARK(read_stream);

void read_answer(benchmark::State& state)
{
    ChatAnswer answer;
    answer.id = identity.id;
    answer.model = identity.model;
    answer.text = std::string(400, 'x');
    answer.finish = FinishReason::stop;
    answer.usage = Usage{500, 100};
    std::string body = openai_chat::write_answer(answer);
    for (auto _ : state) benchmark::DoNotOptimize(openai_chat::read_answer(body));
}
BENCHMARK(read_answer);

}  // namespace
