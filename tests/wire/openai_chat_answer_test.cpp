// Chat Completions answers and streams: the bytes a server writes, and what a patient client makes of everybody's.
#include <gtest/gtest.h>

#include <tuple>

#include "wire/openai_chat.hpp"

namespace chaos::wire::openai_chat {
namespace {

using Deltas = std::vector<Delta>;
using delta::Call;
using delta::Done;
using delta::Failed;
using delta::Finish;
using delta::Malformed;
using delta::Reasoning;
using delta::Refusal;
using delta::Start;
using delta::Text;
using delta::UsageReport;

ChatAnswer text_answer()
{
    ChatAnswer answer;
    answer.id = "chatcmpl-B9";
    answer.model = "gpt-x-2026-01-01";
    answer.created = 1741569952;
    answer.text = "Hi \"you\"\n";
    answer.finish = FinishReason::stop;
    answer.finish_text = "stop";
    answer.usage = Usage{19, 10};
    return answer;
}

ChatAnswer tool_answer()
{
    ChatAnswer answer = text_answer();
    answer.text.clear();
    answer.tool_calls = {{"call_9", "get_weather", R"({"city":"Oslo"})"}, {"call_10", "get_time", ""}};
    answer.finish = FinishReason::tool_calls;
    answer.finish_text = "tool_calls";
    answer.usage.reset();
    return answer;
}

TEST(WriteAnswer, IsByteExactForText)
{
    EXPECT_EQ(
        write_answer(text_answer()),
        R"({"id":"chatcmpl-B9","object":"chat.completion","created":1741569952,"model":"gpt-x-2026-01-01",)"
        R"("choices":[{"index":0,"message":{"role":"assistant","content":"Hi \"you\"\n","refusal":null,"annotations":[]},)"
        R"("logprobs":null,"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,)"
        R"("prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},)"
        R"("completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,)"
        R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},)"
        R"("service_tier":"default","system_fingerprint":"fp_chaos"})");
}

TEST(WriteAnswer, IsByteExactForToolCalls)
{
    EXPECT_EQ(
        write_answer(tool_answer()),
        R"({"id":"chatcmpl-B9","object":"chat.completion","created":1741569952,"model":"gpt-x-2026-01-01",)"
        R"("choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[)"
        R"({"id":"call_9","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Oslo\"}"}},)"
        R"({"id":"call_10","type":"function","function":{"name":"get_time","arguments":""}}],)"
        R"("refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"tool_calls"}],)"
        R"("service_tier":"default","system_fingerprint":"fp_chaos"})");
}

TEST(WriteAnswer, EmptyAnswersHaveEmptyTextAndRefusalsNone)
{
    ChatAnswer empty;
    EXPECT_NE(write_answer(empty).find(R"("content":"","refusal":null)"), std::string::npos);
    EXPECT_NE(write_answer(empty).find(R"("finish_reason":null)"), std::string::npos);
    ChatAnswer refused;
    refused.refusal = "I can't.";
    EXPECT_NE(write_answer(refused).find(R"("content":null,"refusal":"I can't.")"), std::string::npos);
}

TEST(ReadAnswer, EveryAnswerSurvives)
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
    both.finish = FinishReason::stop;
    both.finish_text = "stop";
    ChatAnswer unfinished = text_answer();
    unfinished.finish = FinishReason::none;
    unfinished.finish_text.clear();
    for (const ChatAnswer& answer : {text_answer(), tool_answer(), refused, reasoned, odd, both, unfinished}) {
        Read<AnswerBody> read = read_answer(write_answer(answer));
        ASSERT_TRUE(read) << read.problem;
        EXPECT_EQ(read.value->answer, answer);
        EXPECT_TRUE(read.value->has_choices);
        EXPECT_FALSE(read.value->error);
    }
}

TEST(ReadAnswer, EveryFinishReasonHasItsSpelling)
{
    const std::pair<std::string_view, FinishReason> table[] = {{"", FinishReason::none},
                                                               {"stop", FinishReason::stop},
                                                               {"length", FinishReason::length},
                                                               {"tool_calls", FinishReason::tool_calls},
                                                               {"function_call", FinishReason::tool_calls},
                                                               {"content_filter", FinishReason::content_filter},
                                                               {"end_turn", FinishReason::other},
                                                               {"insufficient_system_resource", FinishReason::other},
                                                               {"STOP", FinishReason::other}};
    for (const auto& [spelt, reason] : table) EXPECT_EQ(finish_reason(spelt), reason) << spelt;
    for (FinishReason reason : {FinishReason::none, FinishReason::stop, FinishReason::length, FinishReason::tool_calls,
                                FinishReason::content_filter, FinishReason::other}) {
        EXPECT_EQ(finish_reason(spelling(reason)), reason);
    }
}

/// The body read from `choice` as the only choice.
AnswerBody read_choice(std::string_view choice)
{
    Read<AnswerBody> read = read_answer(R"({"id":"x","choices":[)" + std::string(choice) + "]}");
    EXPECT_TRUE(read) << read.problem;
    return read.value.value_or(AnswerBody());
}

TEST(ReadAnswer, IsPatientWithOddMessages)
{
    using Calls = std::vector<ToolCall>;
    EXPECT_EQ(read_choice(R"({"message":{"content":"a"}})").answer.text, "a");
    EXPECT_EQ(
        read_choice(R"({"index":null,"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}})")
            .answer.text,
        "ab");
    EXPECT_EQ(read_choice(R"({"message":{"content":null}})").answer.text, "");
    EXPECT_EQ(
        read_choice(R"({"message":{"content":7,"refusal":false,"tool_calls":null},"finish_reason":3})").answer.finish,
        FinishReason::none);
    EXPECT_EQ(read_choice(R"({"message":{"reasoning":"r"}})").answer.reasoning, "r");
    EXPECT_EQ(read_choice(R"({"message":{"reasoning":"r","reasoning_content":"r"}})").answer.reasoning, "r");
    EXPECT_EQ(
        read_choice(R"({"message":{"tool_calls":[{"id":"c","function":{"name":"f","arguments":{"a":[1,"x"]}}}]}})")
            .answer.tool_calls,
        (Calls{{"c", "f", R"({"a":[1,"x"]})"}}));
    EXPECT_EQ(
        read_choice(
            R"({"message":{"tool_calls":[{"id":null,"function":{"name":"f","arguments":null}},{"function":null},7]}})")
            .answer.tool_calls,
        (Calls{{"", "f", ""}, {"", "", ""}, {"", "", ""}}));
    EXPECT_EQ(
        read_choice(R"({"message":{"tool_calls":[{"id":"c","type":"custom","custom":{"name":"f","input":"free"}}]}})")
            .answer.tool_calls,
        (Calls{{"c", "f", "free"}}));
    EXPECT_EQ(read_choice(R"({"message":{"content":"a"},"finish_reason":""})").answer.finish_text, "");
    EXPECT_EQ(read_choice(R"({"message":{"content":"half \ud83d pair"}})").answer.text, "half \xEF\xBF\xBD pair");
    EXPECT_EQ(read_choice(R"({"index":1,"message":{"content":"b"}},{"index":0,"message":{"content":"a"}})").answer.text,
              "a");
}

TEST(ReadAnswer, TellsTheFurtherChoicesApart)
{
    const AnswerBody body = read_choice(
        R"({"index":2,"message":{"content":"c"},"finish_reason":"length"},{"index":0,"message":{"content":"a"}},)"
        R"({"message":{"tool_calls":[{"id":"x","function":{"name":"f","arguments":"{}"}}]}},7)");
    EXPECT_EQ(body.answer.text, "a");
    ASSERT_EQ(body.others.size(), 2U);
    EXPECT_EQ(body.others[0].text, "c");
    EXPECT_EQ(body.others[0].finish, FinishReason::length);
    EXPECT_EQ(body.others[1].tool_calls, (std::vector<ToolCall>{{"x", "f", "{}"}}));
    EXPECT_TRUE(read_choice(R"({"message":{"content":"a"}})").others.empty());
    EXPECT_TRUE(read_choice(R"({"message":{}},{"message":{},"error":{"message":"it failed"}})").error);
}

TEST(ReadAnswer, KnowsWhetherThereWasAChoice)
{
    EXPECT_TRUE(read_choice(R"({"message":{}})").has_choices);
    EXPECT_FALSE(read_choice(R"({"message":null})").has_choices);
    EXPECT_FALSE(read_choice(R"({"delta":{}})").has_choices);
    EXPECT_FALSE(read_choice("").has_choices);
    EXPECT_FALSE(read_choice("5").has_choices);
    for (std::string_view body : {"{}", R"({"choices":null})", R"({"choices":{}})", R"({"choices":"x"})"}) {
        Read<AnswerBody> read = read_answer(body);
        ASSERT_TRUE(read) << body;
        EXPECT_FALSE(read.value->has_choices) << body;
        EXPECT_FALSE(read.value->error) << body;
    }
}

TEST(ReadAnswer, ReadsUsageIfThereIsAny)
{
    auto usage = [](std::string_view json) {
        return read_answer(R"({"usage":)" + std::string(json) + "}").value->answer.usage;
    };
    EXPECT_EQ(usage(R"({"prompt_tokens":3,"completion_tokens":4,"total_tokens":7})"), (Usage{3, 4}));
    EXPECT_EQ(usage(R"({"prompt_tokens":3.0})"), (Usage{3, 0}));
    EXPECT_EQ(usage("null"), std::nullopt);
    EXPECT_EQ(usage("{}"), std::nullopt);
    EXPECT_EQ(usage("[]"), std::nullopt);
    EXPECT_EQ(usage(R"({"prompt_tokens":"3"})"), std::nullopt);
}

TEST(ReadAnswer, FindsErrorsInBodiesThatSaidOk)
{
    const std::pair<std::string_view, ProviderError> table[] = {
        {R"({"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}})",
         {0, "requests", "rate_limit_exceeded", "slow down"}},
        {R"({"error":{"message":"slow down","code":429},"choices":[]})", {429, "", "429", "slow down"}},
        {R"({"error":"boom"})", {0, "", "", "boom"}},
        {R"([{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}])", {503, "UNAVAILABLE", "503", "busy"}},
        {R"({"choices":[{"message":{"content":null}}],"error":{"message":"late","code":502}})",
         {502, "", "502", "late"}},
        {R"({"choices":[{"message":{"content":""},"finish_reason":"error","error":{"message":"up","code":502}}]})",
         {502, "", "502", "up"}},
    };
    for (const auto& [body, error] : table) {
        Read<AnswerBody> read = read_answer(body);
        ASSERT_TRUE(read) << body;
        ASSERT_TRUE(read.value->error) << body;
        EXPECT_EQ(*read.value->error, error) << body;
    }
    for (std::string_view none : {"null", "false", "\"\"", "0"}) {
        Read<AnswerBody> read = read_answer(R"({"error":)" + std::string(none) + R"(,"choices":[]})");
        ASSERT_TRUE(read);
        EXPECT_FALSE(read.value->error) << none;
    }
}

TEST(ReadAnswer, SaysWhatIsNoAnswer)
{
    EXPECT_EQ(read_answer("").problem, "the body is not JSON: line 1, column 1: empty");
    EXPECT_EQ(read_answer("  \n").problem, "the body is not JSON: line 2, column 1: empty");
    EXPECT_EQ(read_answer("<html>").problem, "the body is not JSON: line 1, column 1: expected a value");
    EXPECT_EQ(read_answer("data: {}").problem, "the body is not JSON: line 1, column 1: expected a value");
    EXPECT_EQ(read_answer("[]").problem, "the body: expected a JSON object");
    EXPECT_EQ(read_answer("null").problem, "the body: expected a JSON object");
    EXPECT_EQ(read_answer("7").problem, "the body: expected a JSON object");
}

const Start identity{"chatcmpl-1", "gpt-x", 1694268190};

/// A chunk of `identity` whose choices are `choices`.
std::string chunk(std::string_view choices, std::string_view after = "")
{
    return R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1694268190,"model":"gpt-x",)"
           R"("service_tier":"default","system_fingerprint":"fp_chaos","choices":[)" +
           std::string(choices) + "]" + std::string(after) + "}";
}

std::string unfinished(std::string_view delta)
{
    return R"({"index":0,"delta":)" + std::string(delta) + R"(,"logprobs":null,"finish_reason":null})";
}

Deltas read(std::string_view data, std::string name = "")
{
    Deltas deltas;
    read_chunk({std::move(name), std::string(data), ""}, deltas);
    return deltas;
}

struct ChunkCase {
    Delta delta;
    std::string bytes;
};

std::vector<ChunkCase> chunk_table()
{
    return {
        {identity, chunk(unfinished(R"({"role":"assistant","content":"","refusal":null})"))},
        {Text{"Hello \"you\"\n"}, chunk(unfinished(R"({"content":"Hello \"you\"\n"})"))},
        {Reasoning{"Hm"}, chunk(unfinished(R"({"reasoning_content":"Hm"})"))},
        {Refusal{"No"}, chunk(unfinished(R"({"refusal":"No"})"))},
        {Call{0, "call_A", "get_weather", ""},
         chunk(unfinished(
             R"({"tool_calls":[{"index":0,"id":"call_A","type":"function","function":{"name":"get_weather","arguments":""}}]})"))},
        {Call{1, "", "", "{\"ci"},
         chunk(unfinished(R"({"tool_calls":[{"index":1,"function":{"arguments":"{\"ci"}}]})"))},
        {Call{-1, "", "get_time", "{}"},
         chunk(unfinished(R"({"tool_calls":[{"function":{"name":"get_time","arguments":"{}"}}]})"))},
        {Finish{FinishReason::stop, "stop"}, chunk(R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"})")},
        {Finish{FinishReason::other, "eos"}, chunk(R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"eos"})")},
        {UsageReport{{9, 1}}, chunk("", R"(,"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10,)"
                                        R"("prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},)"
                                        R"("completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,)"
                                        R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}})")},
        {Failed{{0, "server_error", "", "The server had an error"}},
         R"({"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}})"},
        {Failed{{0, "", "rate_limit_exceeded", ""}},
         R"({"error":{"message":"","type":null,"param":null,"code":"rate_limit_exceeded"}})"},
        {Done{}, "[DONE]"},
    };
}

TEST(WriteChunk, IsByteExact)
{
    for (const ChunkCase& c : chunk_table()) EXPECT_EQ(write_chunk(identity, c.delta), c.bytes);
    EXPECT_EQ(write_chunk(identity, Finish{FinishReason::length, ""}),
              chunk(R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"length"})"));
    EXPECT_EQ(write_chunk(identity, Malformed{"broken on purpose", "{\"a\":"}), "{\"a\":");
}

TEST(WriteChunk, WithUsageEveryChunkHasTheMember)
{
    EXPECT_EQ(write_chunk(identity, Text{"a"}, true), chunk(unfinished(R"({"content":"a"})"), R"(,"usage":null)"));
    EXPECT_EQ(write_chunk(identity, identity, true),
              chunk(unfinished(R"({"role":"assistant","content":"","refusal":null})"), R"(,"usage":null)"));
    EXPECT_EQ(write_chunk(identity, UsageReport{{9, 1}}, true), write_chunk(identity, UsageReport{{9, 1}}, false));
    EXPECT_EQ(write_chunk(identity, Done{}, true), "[DONE]");
}

TEST(ReadChunk, EveryDeltaSurvives)
{
    for (const ChunkCase& c : chunk_table()) {
        for (bool include_usage : {false, true}) {
            Deltas deltas = read(write_chunk(identity, c.delta, include_usage));
            ASSERT_FALSE(deltas.empty()) << c.bytes;
            // Every chunk says whose it is first.
            bool is_chunk = c.bytes.starts_with("{\"id\"");
            Deltas expected = is_chunk ? Deltas{identity} : Deltas{};
            if (!std::holds_alternative<Start>(c.delta)) expected.push_back(c.delta);
            // An error without words is quoted whole.
            if (c.bytes.find(R"("message":"",)") != std::string::npos)
                std::get<Failed>(expected.back()).error.message = c.bytes;
            EXPECT_EQ(deltas, expected) << c.bytes;
        }
    }
}

TEST(ReadChunk, TellsTheFurtherChoicesApart)
{
    using Others = std::vector<ChoiceDeltas>;
    const std::tuple<std::string_view, Deltas, Others> table[] = {
        {R"({"id":"x","choices":[{"index":1,"delta":{"content":"b"}}]})", {Start{"x", "", 0}}, {{1, {Text{"b"}}}}},
        {R"({"choices":[{"index":0,"delta":{"content":"a"}},{"index":2,"delta":{"content":"c"},"finish_reason":"stop"}]})",
         {Text{"a"}},
         {{2, {Text{"c"}, Finish{FinishReason::stop, "stop"}}}}},
        {R"({"choices":[{"delta":{"content":"a"}},{"delta":{"content":"b"}}]})", {Text{"a"}}, {{1, {Text{"b"}}}}},
        {R"({"choices":[{"index":-1,"delta":{}}]})", {}, {{-1, {}}}},
    };
    for (const auto& [data, first, others] : table) {
        Deltas read;
        Others read_of_others;
        ChunkReader().read({"", std::string(data), ""}, read, read_of_others);
        EXPECT_EQ(read, first) << data;
        EXPECT_EQ(read_of_others, others) << data;
    }
}

TEST(ReadChunk, IsPatient)
{
    const std::pair<std::string_view, Deltas> table[] = {
        // ids and choices
        {R"({"id":"","model":"","choices":[],"prompt_filter_results":[]})", {}},
        {R"({"choices":[]})", {}},
        {R"({"id":"x","choices":null})", {Start{"x", "", 0}}},
        {R"({"id":"x","created":5.0,"model":"m"})", {Start{"x", "m", 5}}},
        {R"({"id":7,"choices":[{"delta":{"content":"a"}}]})", {Text{"a"}}},
        {R"({"choices":[{"index":1,"delta":{"content":"other"}}]})", {}},
        {R"({"choices":[{"index":null,"delta":{"content":"a"}}]})", {Text{"a"}}},
        {R"({"choices":[{"delta":null,"finish_reason":"stop"}]})", {Finish{FinishReason::stop, "stop"}}},
        {R"({"choices":[{"finish_reason":"stop"}]})", {Finish{FinishReason::stop, "stop"}}},
        {R"({"choices":[{"message":{"content":"a"}}]})", {Text{"a"}}},
        {R"([{"choices":[{"delta":{"content":"a"}}]}])", {Text{"a"}}},
        // content
        {R"({"choices":[{"delta":{"content":""}}]})", {}},
        {R"({"choices":[{"delta":{"content":null}}]})", {}},
        {R"({"choices":[{"delta":{"content":[{"type":"text","text":"a"}]}}]})", {Text{"a"}}},
        {R"({"choices":[{"delta":{"reasoning_content":"r","content":"a"}}]})", {Reasoning{"r"}, Text{"a"}}},
        {R"({"choices":[{"delta":{"reasoning":"r","reasoning_details":[{}]}}]})", {Reasoning{"r"}}},
        {R"({"choices":[{"delta":{"reasoning":"r","reasoning_content":"r"}}]})", {Reasoning{"r"}}},
        {"{\"choices\":[{\"delta\":{\"content\":\"half \\udc00\"}}]}", {Text{"half \xEF\xBF\xBD"}}},
        // ends
        {R"({"choices":[{"delta":{"content":"a"},"finish_reason":""}]})", {Text{"a"}}},
        {R"({"choices":[{"delta":{"content":"a"},"finish_reason":"length"}]})",
         {Text{"a"}, Finish{FinishReason::length, "length"}}},
        {R"({"choices":[{"delta":{},"finish_reason":"error"}]})", {Finish{FinishReason::other, "error"}}},
        {R"({"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}})",
         {Finish{FinishReason::stop, "stop"}, UsageReport{{1, 2}}}},
        {R"({"usage":{"prompt_tokens":1,"completion_tokens":2}})", {UsageReport{{1, 2}}}},
        {R"({"choices":[{"delta":{"content":"a"}}],"usage":null,"error":null})", {Text{"a"}}},
        // calls
        {R"({"choices":[{"delta":{"tool_calls":[{"index":null,"id":"","function":{"name":null,"arguments":null}}]}}]})",
         {Call{-1, "", "", ""}}},
        {R"({"choices":[{"delta":{"tool_calls":[{"index":-3,"function":{"arguments":{"a":1}}}]}}]})",
         {Call{-1, "", "", R"({"a":1})"}}},
        {R"({"choices":[{"delta":{"tool_calls":[{"index":99999999999}]}}]})", {Call{-1, "", "", ""}}},
        {R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f"}},{"index":0,"function":{"arguments":"{}"}}]}}]})",
         {Call{0, "a", "f", ""}, Call{0, "", "", "{}"}}},
        {R"({"choices":[{"delta":{"tool_calls":null}}]})", {}},
        // framing leftovers
        {"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}", {Text{"a"}}},
        {"data: data: [DONE]", {Done{}}},
        {" [DONE] ", {Done{}}},
        {": OPENROUTER PROCESSING", {}},
        {"", {}},
        {"  ", {}},
    };
    for (const auto& [data, expected] : table) EXPECT_EQ(read(data), expected) << data;
}

TEST(ReadChunk, KnowsEveryFormOfAnError)
{
    const ProviderError error{0, "server_error", "", "boom"};
    const std::string envelope = R"({"error":{"message":"boom","type":"server_error","param":null,"code":null}})";
    EXPECT_EQ(read(envelope), Deltas{Failed{error}});
    EXPECT_EQ(read(envelope, "error"), Deltas{Failed{error}});
    EXPECT_EQ(read(R"({"message":"boom","type":"server_error"})", "error"), Deltas{Failed{error}});
    EXPECT_EQ(read(R"({"object":"error","message":"boom","type":"server_error","code":400})"),
              (Deltas{Failed{{400, "server_error", "400", "boom"}}}));
    EXPECT_EQ(read(R"({"error":"boom"})"), (Deltas{Failed{{0, "", "", "boom"}}}));
    EXPECT_EQ(read(R"({"id":"x","model":"m","object":"chat.completion.chunk","error":{"code":502,"message":"boom"},)"
                   R"("choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]})"),
              (Deltas{Start{"x", "m", 0}, Failed{{502, "", "502", "boom"}}}));
    EXPECT_EQ(
        read(R"({"error":{"message":"boom"},"choices":[{"delta":{"content":"last words"},"finish_reason":"stop"}]})"),
        (Deltas{Text{"last words"}, Failed{{0, "", "", "boom"}}}));
    EXPECT_EQ(
        read(
            R"({"choices":[{"delta":{"content":"a"},"finish_reason":"error","error":{"code":502,"message":"boom"}}]})"),
        (Deltas{Text{"a"}, Failed{{502, "", "502", "boom"}}}));
    EXPECT_EQ(read(R"({"error":{}})"), (Deltas{Failed{{0, "", "", R"({"error":{}})"}}}));
    for (std::string_view none : {"null", "false", "\"\"", "0"}) {
        EXPECT_EQ(read(R"({"error":)" + std::string(none) + R"(,"choices":[{"delta":{"content":"a"}}]})"),
                  Deltas{Text{"a"}})
            << none;
    }
}

TEST(ReadChunk, WhatCannotBeReadIsMalformed)
{
    const std::pair<std::string_view, std::string_view> table[] = {
        {"error: upstream gave up", "not JSON: line 1, column 1: expected a value"},
        {R"({"choices":[{"delta":{"content":"a)", "not JSON: line 1, column 35: a string is not closed"},
        {R"({"choices":[]}{"choices":[]})", "not JSON: line 1, column 15: something follows the value"},
        {"7", "not a chunk: it is no object"},
        {"[]", "not a chunk: it is no object"},
        {"null", "not a chunk: it is no object"},
        {"{}", "not a chunk: it has no choices"},
        {R"({"choices":null})", "not a chunk: it has no choices"},
        {R"({"type":"ping"})", "not a chunk: it has no choices"},
        {R"({"message":"boom","type":"server_error"})", "not a chunk: it has no choices"},
    };
    for (const auto& [data, why] : table) {
        EXPECT_EQ(read(data), (Deltas{Malformed{std::string(why), std::string(data)}})) << data;
    }
    std::string deep = std::string(100'000, '[');
    ASSERT_EQ(read(deep).size(), 1u);
    EXPECT_EQ(std::get<Malformed>(read(deep).front()).why, "not JSON: nested deeper than 64");
}

TEST(ReadChunk, AppendsToWhatWasThere)
{
    Deltas deltas{Text{"before"}};
    read_chunk({"", R"({"type":"ping"})", ""}, deltas);
    read_chunk({"", "[DONE]", ""}, deltas);
    ASSERT_EQ(deltas.size(), 3u);
    EXPECT_TRUE(std::holds_alternative<Malformed>(deltas[1]));
}

ChatAnswer assembled(const Deltas& deltas)
{
    AnswerAssembler assembler;
    for (const Delta& delta : deltas) assembler.add(delta);
    return assembler.answer();
}

std::vector<ToolCall> calls_of(const Deltas& deltas)
{
    return assembled(deltas).tool_calls;
}

TEST(AnswerAssembler, JoinsPiecesIntoAnAnswer)
{
    AnswerAssembler assembler;
    const Deltas deltas{identity,    Reasoning{"H"}, Reasoning{"m"}, Text{"He"}, Start{"other", "other", 1},
                        Text{"llo"}, Refusal{"N"},   Refusal{"o"}};
    for (const Delta& delta : deltas) assembler.add(delta);
    EXPECT_FALSE(assembler.finished());
    assembler.add(Finish{FinishReason::length, "length"});
    EXPECT_TRUE(assembler.finished());
    assembler.add(UsageReport{{3, 4}});
    EXPECT_FALSE(assembler.done());
    assembler.add(Done{});
    EXPECT_TRUE(assembler.done());
    ChatAnswer expected{"chatcmpl-1", "gpt-x", 1694268190,           "Hello",  "Hm",
                        "No",         {},      FinishReason::length, "length", Usage{3, 4}};
    EXPECT_EQ(assembler.answer(), expected);
    EXPECT_FALSE(assembler.error());
    EXPECT_FALSE(assembler.malformed());
}

TEST(AnswerAssembler, KeepsTheFirstErrorAndTheFirstMalformedEvent)
{
    AnswerAssembler assembler;
    assembler.add(Failed{{500, "a", "", "first"}});
    assembler.add(Failed{{500, "b", "", "second"}});
    assembler.add(Malformed{"first", "{"});
    assembler.add(Malformed{"second", "}"});
    EXPECT_EQ(assembler.error()->message, "first");
    EXPECT_EQ(assembler.malformed(), "first");
    EXPECT_FALSE(assembler.finished());
}

TEST(AnswerAssembler, JoinsCallsHoweverTheyAreCut)
{
    using Calls = std::vector<ToolCall>;
    const std::pair<Deltas, Calls> table[] = {
        // two calls in order, and interleaved by index
        {{Call{0, "a", "f", ""}, Call{0, "", "", "{\"x\":"}, Call{0, "", "", "1}"}, Call{1, "b", "g", "{}"}},
         {{"a", "f", "{\"x\":1}"}, {"b", "g", "{}"}}},
        {{Call{0, "a", "f", ""}, Call{1, "b", "g", ""}, Call{0, "", "", "{\"x\""}, Call{1, "", "", "{\"y\""},
          Call{0, "", "", ":1}"}, Call{1, "", "", ":2}"}},
         {{"a", "f", "{\"x\":1}"}, {"b", "g", "{\"y\":2}"}}},
        // sparse indices keep the order of appearance
        {{Call{7, "a", "f", ""}, Call{3, "b", "g", ""}}, {{"a", "f", ""}, {"b", "g", ""}}},
        // the name again with every piece, the id too
        {{Call{0, "a", "read_file", ""}, Call{0, "a", "read_file", "{"}, Call{0, "", "read_file", "}"}},
         {{"a", "read_file", "{}"}}},
        // the name in fragments
        {{Call{0, "a", "edit_ex", ""}, Call{0, "", "isting_file", ""}, Call{0, "", "", "{}"}},
         {{"a", "edit_existing_file", "{}"}}},
        // the name after the arguments began
        {{Call{0, "a", "", "{"}, Call{0, "", "f", "}"}}, {{"a", "f", "{}"}}},
        // the first chunk holds the index twice
        {{Call{0, "a", "f", ""}, Call{0, "", "", "{}"}}, {{"a", "f", "{}"}}},
        // every call under index 0
        {{Call{0, "a", "f", "{\"x\":1}"}, Call{0, "b", "f", "{\"x\":"}, Call{0, "", "", "2}"}},
         {{"a", "f", "{\"x\":1}"}, {"b", "f", "{\"x\":2}"}}},
        // no index at all
        {{Call{-1, "a", "f", "{}"}, Call{-1, "b", "g", "{"}, Call{-1, "", "", "}"}},
         {{"a", "f", "{}"}, {"b", "g", "{}"}}},
        {{Call{-1, "", "f", "{}"}, Call{-1, "", "g", "{}"}}, {{"", "f", "{}"}, {"", "g", "{}"}}},
        {{Call{-1, "a", "f", "{"}, Call{-1, "a", "f", "}"}}, {{"a", "f", "{}"}}},
        // the id late
        {{Call{0, "", "f", ""}, Call{0, "a", "", "{}"}}, {{"a", "f", "{}"}}},
        // the same id twice under different indices stays two calls
        {{Call{0, "a", "f", "{}"}, Call{1, "a", "g", "{}"}}, {{"a", "f", "{}"}, {"a", "g", "{}"}}},
    };
    for (const auto& [deltas, calls] : table) EXPECT_EQ(calls_of(deltas), calls);
}

/// Every answer, streamed piece by piece and put together again.
TEST(Stream, EveryAnswerSurvives)
{
    for (const ChatAnswer& answer : {text_answer(), tool_answer()}) {
        Deltas sent{Start{answer.id, answer.model, answer.created}};
        for (char c : answer.text) sent.push_back(Text{std::string(1, c)});
        for (std::size_t i = 0; i < answer.tool_calls.size(); ++i) {
            const ToolCall& call = answer.tool_calls[i];
            sent.push_back(Call{static_cast<int>(i), call.id, call.name, ""});
            for (char c : call.arguments) sent.push_back(Call{static_cast<int>(i), "", "", std::string(1, c)});
        }
        sent.push_back(Finish{answer.finish, answer.finish_text});
        if (answer.usage) sent.push_back(UsageReport{*answer.usage});
        sent.push_back(Done{});

        std::string stream;
        for (const Delta& delta : sent) stream += encode_sse(write_chunk(std::get<Start>(sent.front()), delta, true));
        SseReader reader;
        std::vector<SseEvent> events;
        ASSERT_TRUE(reader.feed(stream, events));
        Deltas received;
        for (const SseEvent& event : events) read_chunk(event, received);
        EXPECT_EQ(assembled(received), answer);
        EXPECT_TRUE(std::holds_alternative<Done>(received.back()));
    }
}

TEST(WriteModels, IsByteExact)
{
    EXPECT_EQ(write_models({}, 5), R"({"object":"list","data":[]})");
    EXPECT_EQ(write_models({"a", "b\""}, 1686935002),
              R"({"object":"list","data":[{"id":"a","object":"model","created":1686935002,"owned_by":"system"},)"
              R"({"id":"b\"","object":"model","created":1686935002,"owned_by":"system"}]})");
}

}  // namespace
}  // namespace chaos::wire::openai_chat
