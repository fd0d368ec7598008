// Whole Responses answers: the bytes a server writes, and what a patient client makes of everybody's.
#include <gtest/gtest.h>

#include "tests/support/mutations.hpp"
#include "wire/openai_responses.hpp"

namespace chaos::wire::openai_responses {
namespace {

ChatAnswer text_answer()
{
    ChatAnswer answer;
    answer.id = "resp_67";
    answer.model = "gpt-x-2026-01-01";
    answer.created = 1741290958;
    answer.text = "Hi \"you\"\n";
    answer.finish = FinishReason::stop;
    answer.finish_text = "completed";
    answer.usage = Usage{37, 11};
    return answer;
}

ChatAnswer tool_answer()
{
    ChatAnswer answer = text_answer();
    answer.text.clear();
    answer.tool_calls = {{"call_9", "get_weather", R"({"city":"Oslo"})"}, {"call_10", "get_time", ""}};
    answer.finish = FinishReason::tool_calls;
    answer.usage.reset();
    return answer;
}

/// A response object of `gpt-x-2026-01-01`.
std::string object(std::string_view ending, std::string_view output, std::string_view usage)
{
    return R"({"id":"resp_67","object":"response","created_at":1741290958,)" + std::string(ending) +
           R"(,"instructions":null,"max_output_tokens":null,"model":"gpt-x-2026-01-01","output":[)" +
           std::string(output) +
           R"(],"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},)"
           R"("service_tier":"default","store":false,"temperature":1.0,"text":{"format":{"type":"text"}},)"
           R"("tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":)" +
           std::string(usage) + R"(,"user":null,"metadata":{}})";
}

constexpr std::string_view completed_response =
    R"("status":"completed","background":false,"error":null,"incomplete_details":null)";

TEST(ResponsesAnswer, IsByteExactForText)
{
    EXPECT_EQ(
        write_answer(text_answer()),
        object(completed_response,
               R"({"id":"msg_67_0","type":"message","status":"completed","content":[)"
               R"({"type":"output_text","annotations":[],"logprobs":[],"text":"Hi \"you\"\n"}],"role":"assistant"})",
               R"({"input_tokens":37,"input_tokens_details":{"cached_tokens":0},"output_tokens":11,)"
               R"("output_tokens_details":{"reasoning_tokens":0},"total_tokens":48})"));
}

TEST(ResponsesAnswer, IsByteExactForToolCalls)
{
    EXPECT_EQ(write_answer(tool_answer()),
              object(completed_response,
                     R"({"id":"fc_67_0","type":"function_call","status":"completed",)"
                     R"("arguments":"{\"city\":\"Oslo\"}","call_id":"call_9","name":"get_weather"},)"
                     R"({"id":"fc_67_1","type":"function_call","status":"completed",)"
                     R"("arguments":"","call_id":"call_10","name":"get_time"})",
                     "null"));
}

TEST(ResponsesAnswer, StatusSaysHowItEnded)
{
    struct Row {
        FinishReason reason;
        std::string spelt;
        std::string_view bytes;
    };
    const Row rows[] = {
        {FinishReason::none, "", R"("status":"in_progress","background":false,"error":null,"incomplete_details":null)"},
        {FinishReason::stop, "", completed_response},
        {FinishReason::tool_calls, "tool_calls", completed_response},
        {FinishReason::length, "",
         R"("status":"incomplete","background":false,"error":null,"incomplete_details":{"reason":"max_output_tokens"})"},
        {FinishReason::content_filter, "",
         R"("status":"incomplete","background":false,"error":null,"incomplete_details":{"reason":"content_filter"})"},
        {FinishReason::other, "eos",
         R"("status":"incomplete","background":false,"error":null,"incomplete_details":{"reason":"eos"})"},
    };
    for (const Row& row : rows) {
        ChatAnswer answer = text_answer();
        answer.text.clear();
        answer.usage.reset();
        answer.finish = row.reason;
        answer.finish_text = row.spelt;
        EXPECT_EQ(write_answer(answer), object(row.bytes, "", "null"));
    }
}

TEST(ResponsesAnswer, FailedOnesSayWhy)
{
    ChatAnswer answer = text_answer();
    answer.usage.reset();
    const std::string body = write_failed(answer, {500, "server_error", "", "Sorry."});
    EXPECT_EQ(
        body,
        object(R"("status":"failed","background":false,"error":{"code":"server_error","message":"Sorry."},)"
               R"("incomplete_details":null)",
               R"({"id":"msg_67_0","type":"message","status":"incomplete","content":[)"
               R"({"type":"output_text","annotations":[],"logprobs":[],"text":"Hi \"you\"\n"}],"role":"assistant"})",
               "null"));
    const Read<AnswerBody> read = read_answer(body);
    ASSERT_TRUE(read && read.value->error);
    EXPECT_EQ(read.value->error->code, "server_error");
    EXPECT_EQ(read.value->error->message, "Sorry.");
    EXPECT_EQ(read.value->answer.finish, FinishReason::other);
    EXPECT_EQ(read.value->answer.finish_text, "failed");
}

TEST(ResponsesAnswer, EveryAnswerSurvives)
{
    ChatAnswer refused = text_answer();
    refused.text.clear();
    refused.refusal = "No.";
    ChatAnswer reasoned = text_answer();
    reasoned.reasoning = "Hm.\n";
    ChatAnswer odd = text_answer();
    odd.text = std::string(1, '\0') + " \x7f \xF0\x9F\x98\x80 \\u0041";
    odd.finish = FinishReason::other;
    odd.finish_text = "eos";
    ChatAnswer both = tool_answer();
    both.text = "Let me look.";
    ChatAnswer filtered = text_answer();
    filtered.finish = FinishReason::content_filter;
    filtered.finish_text = "content_filter";
    ChatAnswer cut_short = text_answer();
    cut_short.finish = FinishReason::length;
    cut_short.finish_text = "max_output_tokens";
    ChatAnswer unfinished = text_answer();
    unfinished.finish = FinishReason::none;
    unfinished.finish_text.clear();
    ChatAnswer empty = text_answer();
    empty.text.clear();
    for (const ChatAnswer& answer :
         {text_answer(), tool_answer(), refused, reasoned, odd, both, filtered, cut_short, unfinished, empty}) {
        const Read<AnswerBody> read = read_answer(write_answer(answer));
        ASSERT_TRUE(read) << read.problem;
        EXPECT_EQ(read.value->answer, answer);
        EXPECT_TRUE(read.value->has_output);
        EXPECT_FALSE(read.value->error);
    }
}

TEST(ResponsesAnswer, IsPatientWithOddOnes)
{
    const auto answer_of = [](std::string_view body) {
        const Read<AnswerBody> read = read_answer(body);
        EXPECT_TRUE(read) << read.problem;
        return read ? *read.value : AnswerBody();
    };
    EXPECT_FALSE(answer_of("{}").has_output);
    EXPECT_FALSE(answer_of(R"({"status":"completed","output":null})").has_output);
    EXPECT_EQ(answer_of(R"({"status":"completed","output":[7,null,{},{"type":"web_search_call"}]})").answer.finish,
              FinishReason::stop);
    const AnswerBody odd = answer_of(
        R"({"created_at":1741290958.0,"status":"completed","output":[)"
        R"({"type":"reasoning","summary":[{"type":"summary_text","text":"a"}],"content":[{"type":"reasoning_text","text":"b"}]},)"
        R"({"type":"message","content":[{"type":"output_text","text":"c"},{"type":"output_text","text":"d"},7]},)"
        R"({"type":"function_call","call_id":"x","name":"f","arguments":{"a":1}},)"
        R"({"type":"custom_tool_call","call_id":"y","name":"g","input":"i"}],"usage":{"output_tokens":3}})");
    EXPECT_EQ(odd.answer.created, 1741290958);
    EXPECT_EQ(odd.answer.reasoning, "ab");
    EXPECT_EQ(odd.answer.text, "cd");
    EXPECT_EQ(odd.answer.tool_calls, (std::vector<ToolCall>{{"x", "f", R"({"a":1})"}, {"y", "g", "i"}}));
    EXPECT_EQ(odd.answer.finish, FinishReason::tool_calls);
    EXPECT_EQ(odd.answer.usage, (Usage{0, 3}));
    const AnswerBody enveloped = answer_of(R"({"error":{"message":"m","type":"t","code":"rate_limit_exceeded"}})");
    ASSERT_TRUE(enveloped.error);
    EXPECT_EQ(*enveloped.error, (ProviderError{0, "t", "rate_limit_exceeded", "m"}));
    EXPECT_FALSE(read_answer("<html>"));
    EXPECT_FALSE(read_answer("[]"));
}

TEST(ResponsesAnswer, DamagedBodiesAreReadOrRefused)
{
    const net::Chance chance(20261121);
    ChatAnswer rich = tool_answer();
    rich.text = "Let me look.";
    rich.reasoning = "Hm.";
    const std::string good = write_answer(rich);
    for (std::uint64_t round = 0; round < 2000; ++round) {
        const std::string body = tests::mutated(good, chance.about(round));
        const Read<AnswerBody> read = read_answer(body);
        EXPECT_EQ(read.problem.empty(), read.value.has_value()) << body;
        if (!read) continue;
        const Read<AnswerBody> again = read_answer(write_answer(read.value->answer));
        ASSERT_TRUE(again) << again.problem << body;
        EXPECT_EQ(again.value->answer.text, read.value->answer.text) << body;
        EXPECT_EQ(again.value->answer.tool_calls, read.value->answer.tool_calls) << body;
    }
}

}  // namespace
}  // namespace chaos::wire::openai_responses
