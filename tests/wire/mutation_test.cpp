// Thousands of damaged bodies, chunks and streams: every reader says something sensible and none falls over.
#include <gtest/gtest.h>

#include "tests/support/mutations.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::wire::openai_chat {
namespace {

constexpr std::uint64_t rounds = 1000;

const std::vector<std::string>& good_bodies()
{
    static const std::vector<std::string> bodies{
        R"({"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},"max_tokens":5,"messages":[)"
        R"({"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"hi \u00e9\ud83d\ude00"},)"
        R"({"type":"image_url","image_url":{"url":"https://a/b.png"}},{"type":"file","file":{"file_id":"f"}}]},)"
        R"({"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},)"
        R"({"role":"tool","tool_call_id":"call_1","content":"done"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],)"
        R"("tool_choice":{"type":"function","function":{"name":"f"}}})",
        R"({"id":"chatcmpl-1","object":"chat.completion","created":1741569952,"model":"m","choices":[{"index":0,"message":)"
        R"({"role":"assistant","content":"Hi","reasoning":"r","refusal":null,"tool_calls":[{"index":0,"id":"c","type":"function",)"
        R"("function":{"name":"f","arguments":{"a":[1,2.5,-3e7,true,null]}}}]},"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29}})",
        R"({"id":"x","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"a","tool_calls":)"
        R"([{"index":0,"id":"c","function":{"name":"f","arguments":"{\"a"}}]},"finish_reason":null}],"usage":null})",
        R"({"error":{"message":"{\"error\":{\"message\":\"in\",\"code\":503}}","type":"server_error","code":429,"metadata":{"raw":"x"}}})",
        R"({"detail":[{"loc":["body","messages",0],"msg":"field required","type":"missing"}]})",
        "<html><head><title>\n520: odd </title></head></html>",
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r\n: comment\r\nevent: error\ndata: x\ndata: "
        "y\n\n\ndata: [DONE]\n\n",
    };
    return bodies;
}

/// What a reader left must be whole: written again it is JSON of the dialect, and reads as the same.
void expect_request_is_sound(const std::string& body)
{
    Read<ChatRequest> read = read_request(body);
    EXPECT_EQ(read.problem.empty(), read.value.has_value()) << body;
    if (!read) return;
    Read<ChatRequest> again = read_request(write_request(*read.value));
    ASSERT_TRUE(again) << again.problem << body;
    // What only the vendor knows is named, and not written.
    read.value->unknown.clear();
    again.value->unknown.clear();
    read.value->logprobs = false;
    read.value->hosted_tools.clear();
    read.value->choices = 1;
    EXPECT_EQ(*again.value, *read.value) << body;
}

void expect_answer_is_sound(const std::string& body)
{
    Read<AnswerBody> read = read_answer(body);
    EXPECT_EQ(read.problem.empty(), read.value.has_value()) << body;
    if (!read) return;
    Read<AnswerBody> again = read_answer(write_answer(read.value->answer));
    ASSERT_TRUE(again) << again.problem << body;
    EXPECT_EQ(again.value->answer, read.value->answer) << body;
}

/// Where both can read it, the walk over the bytes and the tree agree.
void expect_peek_agrees(const std::string& body)
{
    Read<Peek> seen = peek(body);
    Read<ChatRequest> whole = read_request(body);
    EXPECT_FALSE(whole && !seen) << body;
    if (!whole || !seen) return;
    EXPECT_EQ(seen.value->model, whole.value->model) << body;
    EXPECT_EQ(seen.value->stream, whole.value->stream) << body;
    EXPECT_EQ(seen.value->messages, whole.value->messages.size()) << body;
    Read<std::string> replaced = replace_model(body, "spliced \"in\"");
    ASSERT_TRUE(replaced) << body;
    ChatRequest expected = *whole.value;
    expected.model = "spliced \"in\"";
    Read<ChatRequest> spliced = read_request(*replaced.value);
    ASSERT_TRUE(spliced) << spliced.problem << *replaced.value;
    EXPECT_EQ(*spliced.value, expected) << body;
}

void expect_stream_is_sound(const std::string& bytes, net::Chance chance)
{
    // However the bytes are cut, the events are the same.
    SseReader whole(1024);
    SseReader cut(1024);
    std::vector<SseEvent> events;
    std::vector<SseEvent> events_of_cut;
    std::size_t at = chance.about("cut").below(bytes.size() + 1);
    whole.feed(bytes, events);
    cut.feed(std::string_view(bytes).substr(0, at), events_of_cut);
    cut.feed(std::string_view(bytes).substr(at), events_of_cut);
    EXPECT_EQ(events, events_of_cut) << bytes;
    AnswerAssembler assembler;
    for (const SseEvent& event : events) {
        std::vector<Delta> deltas;
        read_chunk(event, deltas);
        for (const Delta& delta : deltas) assembler.add(delta);
    }
}

void expect_error_is_sound(const std::string& body)
{
    ProviderError error = read_error(500, body);
    EXPECT_FALSE(error.message.empty()) << body;
    EXPECT_LE(error.message.size(), 2003u);
    EXPECT_TRUE(error.status >= 400 && error.status <= 599) << body;
    EXPECT_EQ(net::json_problem(write_error(error)), "") << body;
}

void expect_all_is_sound(const std::string& bytes, net::Chance chance)
{
    expect_request_is_sound(bytes);
    expect_answer_is_sound(bytes);
    expect_peek_agrees(bytes);
    expect_error_is_sound(bytes);
    expect_stream_is_sound(bytes, chance);
    expect_stream_is_sound("data: " + bytes + "\n\n", chance);
}

TEST(Mutations, DamagedBodiesAreReadOrRefused)
{
    net::Chance chance(20260301);
    std::size_t requests_read = 0;
    for (std::size_t body = 0; body < good_bodies().size(); ++body) {
        expect_all_is_sound(good_bodies()[body], chance);
        for (std::uint64_t round = 0; round < rounds; ++round) {
            net::Chance here = chance.about(body).about(round);
            std::string bytes = tests::mutated(good_bodies()[body], here);
            expect_all_is_sound(bytes, here);
            if (read_request(bytes)) ++requests_read;
        }
    }
    // Neither is all of it refused nor none: the damage is of a size that tests something.
    EXPECT_GT(requests_read, rounds / 20);
    EXPECT_LT(requests_read, rounds);
}

TEST(Mutations, GarbageIsRefused)
{
    net::Chance chance(7);
    for (std::uint64_t round = 0; round < rounds; ++round) {
        net::Chance here = chance.about(round);
        std::string bytes = tests::garbage(here.about("length").below(200), here);
        expect_all_is_sound(bytes, here);
        expect_all_is_sound("{" + bytes + "}", here);
    }
}

TEST(Mutations, DepthKillsNobody)
{
    for (std::string_view opener : {"[", "{\"a\":", "[[],", "{\"error\":", "{\"messages\":[", "[{\"detail\":"}) {
        std::string deep;
        while (deep.size() < 300'000) deep += opener;
        expect_all_is_sound(deep, net::Chance(1));
    }
}

}  // namespace
}  // namespace chaos::wire::openai_chat
