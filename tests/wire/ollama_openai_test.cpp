// Ollama's Chat Completions: every byte it writes, and that a client of Chat Completions reads the same from it.
#include "wire/ollama_openai.hpp"

#include <gtest/gtest.h>

#include "wire/openai_chat.hpp"
#include "wire/sse.hpp"

namespace chaos::wire::ollama_openai {
namespace {

constexpr std::string_view chunk_head =
    R"(data: {"id":"chatcmpl-7","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":"fp_ollama","choices":[)";

std::string chunk(std::string_view rest)
{
    return std::string(chunk_head) + std::string(rest) + "\n\n";
}

std::string events_of(const std::vector<Delta>& deltas, bool include_usage = false)
{
    ChunkWriter writer({"chatcmpl-7", "m", 5}, include_usage);
    std::string out;
    for (const Delta& delta : deltas) writer.write(out, delta);
    return out;
}

AnswerAssembler assembled(const std::string& events)
{
    SseReader sse;
    std::vector<SseEvent> read;
    sse.feed(events, read);
    AnswerAssembler assembler;
    std::vector<Delta> deltas;
    for (const SseEvent& event : read) openai_chat::read_chunk(event, deltas);
    for (const Delta& delta : deltas) assembler.add(delta);
    return assembler;
}

const std::vector<Delta> text_turn = {
    delta::Start{"chatcmpl-7", "m", 5},    delta::Text{"Hel"},         delta::Text{"lo"},
    delta::Finish{FinishReason::stop, ""}, delta::UsageReport{{9, 2}}, delta::Done{}};

const std::vector<Delta> tool_turn = {delta::Start{"chatcmpl-7", "m", 5},
                                      delta::Call{0, "call_x", "f", ""},
                                      delta::Call{0, "", "", R"({"a":)"},
                                      delta::Call{0, "", "", "1}"},
                                      delta::Call{1, "call_y", "g", ""},
                                      delta::Finish{FinishReason::tool_calls, ""},
                                      delta::Done{}};

TEST(OllamaChunks, of_text_are_written_byte_for_byte)
{
    const std::string content =
        chunk(R"({"index":0,"delta":{"role":"assistant","content":"Hel"},"finish_reason":null}]})") +
        chunk(R"({"index":0,"delta":{"content":"lo"},"finish_reason":null}]})") +
        chunk(R"({"index":0,"delta":{},"finish_reason":"stop"}]})");
    EXPECT_EQ(events_of(text_turn), content + "data: [DONE]\n\n");
    EXPECT_EQ(events_of(text_turn, true),
              content + chunk(R"(],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}})") +
                  "data: [DONE]\n\n");
}

TEST(OllamaChunks, of_calls_are_whole)
{
    EXPECT_EQ(events_of(tool_turn),
              chunk(R"({"index":0,"delta":{"role":"assistant","content":"","tool_calls":[{"id":"call_x","index":0,)"
                    R"("type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":null}]})") +
                  chunk(R"({"index":0,"delta":{"tool_calls":[{"id":"call_y","index":1,"type":"function",)"
                        R"("function":{"name":"g","arguments":"{}"}}]},"finish_reason":null}]})") +
                  chunk(R"({"index":0,"delta":{},"finish_reason":"tool_calls"}]})") + "data: [DONE]\n\n");
}

TEST(OllamaChunks, read_as_what_was_written)
{
    const AnswerAssembler text = assembled(events_of(text_turn, true));
    EXPECT_EQ(text.answer().text, "Hello");
    EXPECT_EQ(text.answer().finish, FinishReason::stop);
    EXPECT_EQ(text.answer().usage, (Usage{9, 2}));
    EXPECT_TRUE(text.done());
    const std::vector<ToolCall> calls = {{"call_x", "f", R"({"a":1})"}, {"call_y", "g", "{}"}};
    EXPECT_EQ(assembled(events_of(tool_turn)).answer().tool_calls, calls);
}

TEST(OllamaChunks, an_error_in_the_middle_is_swallowed)
{
    EXPECT_EQ(events_of({delta::Text{"a"}, delta::Failed{{500, "", "", "it broke"}}}),
              chunk(R"({"index":0,"delta":{"role":"assistant","content":"a"},"finish_reason":null}]})") +
                  chunk(R"({"index":0,"delta":{"content":""},"finish_reason":null}]})"));
}

TEST(OllamaChunks, a_promise_of_calls_without_any_is_a_plain_end)
{
    EXPECT_EQ(events_of({delta::Finish{FinishReason::tool_calls, ""}}),
              chunk(R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]})"));
    std::vector<Delta> cut_short = tool_turn;
    cut_short[5] = delta::Finish{FinishReason::length, ""};
    EXPECT_EQ(assembled(events_of(cut_short)).answer().finish, FinishReason::length);
}

TEST(OllamaChunks, a_stream_that_breaks_shows_half_a_call)
{
    ChunkWriter writer({"chatcmpl-7", "m", 5}, false);
    std::string out;
    writer.write(out, delta::Call{0, "call_x", "f", R"({"a":"b)"});
    EXPECT_EQ(out, "");
    writer.break_off(out);
    EXPECT_TRUE(out.ends_with(R"("function":{"name":"f","arguments":"{\"a\":\"b)")) << out;
}

TEST(OllamaCompletion, is_written_byte_for_byte)
{
    ChatAnswer answer;
    answer.id = "chatcmpl-7";
    answer.model = "m";
    answer.created = 5;
    answer.text = "Hi";
    answer.reasoning = "hm";
    answer.tool_calls = {{"call_x", "f", R"({"a":1})"}};
    answer.finish = FinishReason::tool_calls;
    answer.usage = Usage{9, 2};
    const std::string body = write_answer(answer);
    EXPECT_EQ(
        body,
        R"({"id":"chatcmpl-7","object":"chat.completion","created":5,"model":"m","system_fingerprint":"fp_ollama",)"
        R"("choices":[{"index":0,"message":{"role":"assistant","content":"Hi","reasoning":"hm","tool_calls":[)"
        R"({"id":"call_x","index":0,"type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},)"
        R"("finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}})");
    Read<openai_chat::AnswerBody> read = openai_chat::read_answer(body);
    ASSERT_TRUE(read) << read.problem;
    answer.finish_text = "tool_calls";
    EXPECT_EQ(read.value->answer, answer);
}

TEST(OllamaCompletion, requests_lose_what_it_does_not_know)
{
    Read<ChatRequest> read = read_request(
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f"}}],)"
        R"("tool_choice":"none","max_completion_tokens":7,"reasoning_effort":"low"})");
    ASSERT_TRUE(read) << read.problem;
    EXPECT_EQ(read.value->tool_choice, ToolChoice());
    EXPECT_EQ(read.value->max_tokens, std::nullopt);
    EXPECT_TRUE(read.value->reasoning);
    read = read_request(
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":5,"max_completion_tokens":7})");
    EXPECT_EQ(read.value->max_tokens, 5);
    EXPECT_FALSE(read_request("{}"));
}

TEST(OllamaCompletion, models_belong_to_the_library)
{
    EXPECT_EQ(write_models({"a", "b"}, 5),
              R"({"object":"list","data":[{"id":"a","object":"model","created":5,"owned_by":"library"},)"
              R"({"id":"b","object":"model","created":5,"owned_by":"library"}]})");
}

TEST(WholeCalls, are_known_by_their_brackets)
{
    const std::pair<std::string_view, bool> table[] = {
        {"", false},
        {"{}", true},
        {"{", false},
        {R"({"a":"}"})", true},
        {R"({"a":"\"}"})", true},
        {R"({"a":"\\"})", true},
        {R"({"a":"\")", false},
        {R"({"a":[{}]})", true},
        {R"({"a":[{})", false},
        {" {} ", true},
    };
    for (const auto& [arguments, complete] : table) {
        WholeCalls calls;
        std::vector<ToolCall> whole;
        for (const char c : arguments) calls.add({0, "c", "f", std::string(1, c)}, whole);
        EXPECT_EQ(whole.size(), complete ? 1u : 0u) << arguments;
        EXPECT_EQ(calls.open() != nullptr, !complete && !arguments.empty()) << arguments;
    }
}

TEST(WholeCalls, are_told_apart_by_index_and_by_id)
{
    WholeCalls calls;
    std::vector<ToolCall> whole;
    calls.add({0, "a", "f", "{"}, whole);
    calls.add({1, "b", "f", "{}"}, whole);
    calls.add({1, "c", "g", "{}"}, whole);
    calls.add({1, "", "", " "}, whole);
    calls.end(whole);
    const std::vector<ToolCall> expected = {{"a", "f", "{"}, {"b", "f", "{}"}, {"c", "g", "{}"}};
    EXPECT_EQ(whole, expected);
}

}  // namespace
}  // namespace chaos::wire::ollama_openai
