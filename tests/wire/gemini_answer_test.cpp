// Gemini answers, streams and errors: the bytes a server writes, and what a patient client makes of everybody's.
#include <gtest/gtest.h>

#include "tests/support/mutations.hpp"
#include "wire/gemini.hpp"

namespace chaos::wire::gemini {
namespace {

using Deltas = std::vector<Delta>;
using delta::Call;
using delta::Done;
using delta::Failed;
using delta::Finish;
using delta::Malformed;
using delta::Reasoning;
using delta::Start;
using delta::Text;
using delta::UsageReport;

ChatAnswer text_answer()
{
    ChatAnswer answer;
    answer.id = "r1";
    answer.model = "gemini-x";
    answer.text = "Hi \"you\"\n";
    answer.finish = FinishReason::stop;
    answer.finish_text = "STOP";
    answer.usage = Usage{19, 10};
    return answer;
}

ChatAnswer tool_answer()
{
    ChatAnswer answer = text_answer();
    answer.text.clear();
    answer.tool_calls = {{"i1", "get_weather", R"({"city":"Oslo"})"}, {"i2", "get_time", "{}"}};
    answer.finish = FinishReason::tool_calls;
    return answer;
}

/// What every body ends with.
std::string tail(int prompt, int candidates)
{
    std::string counted = candidates > 0 ? R"(,"candidatesTokenCount":)" + std::to_string(candidates) : "";
    return R"(,"usageMetadata":{"promptTokenCount":)" + std::to_string(prompt) + counted + R"(,"totalTokenCount":)" +
           std::to_string(prompt + candidates) + R"(,"promptTokensDetails":[{"modality":"TEXT","tokenCount":)" +
           std::to_string(prompt) + R"(}]},"modelVersion":"gemini-x","responseId":"r1"})";
}

TEST(GeminiWriteAnswer, IsByteExact)
{
    EXPECT_EQ(write_answer(text_answer()),
              R"({"candidates":[{"content":{"parts":[{"text":"Hi \"you\"\n"}],"role":"model"},)"
              R"("finishReason":"STOP","index":0}])" +
                  tail(19, 10));
    EXPECT_EQ(write_answer(tool_answer()),
              R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"get_weather","args":{"city":"Oslo"},"id":"i1"}},)"
              R"({"functionCall":{"name":"get_time","args":{},"id":"i2"}}],"role":"model"},"finishReason":"STOP","index":0}])" +
                  tail(19, 10));
    ChatAnswer empty;
    empty.finish = FinishReason::stop;
    EXPECT_EQ(write_answer(empty),
              R"({"candidates":[{"content":{"role":"model"},"finishReason":"STOP","index":0}],"modelVersion":"","responseId":""})");
}

TEST(GeminiWriteAnswer, OwnsUpToCallsThatCannotBeSaid)
{
    for (std::string arguments : {"{\"city\": \"Os", "7", "null", "[]", "\"{}\""}) {
        ChatAnswer answer = tool_answer();
        answer.tool_calls[1].arguments = arguments;
        EXPECT_EQ(write_answer(answer), R"({"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","index":0,)"
                                        R"("finishMessage":"Malformed function call"}])" +
                                            tail(19, 10))
            << arguments;
    }
    ChatAnswer no_arguments = tool_answer();
    no_arguments.tool_calls[1].arguments.clear();
    EXPECT_EQ(write_answer(no_arguments), write_answer(tool_answer())) << "no arguments are none";
    EXPECT_EQ(sayable(text_answer()), text_answer());
}

TEST(GeminiReadAnswer, EveryAnswerSurvives)
{
    ChatAnswer reasoned = text_answer();
    reasoned.reasoning = "Hm.\n";
    ChatAnswer odd = text_answer();
    odd.text = std::string(1, '\0') + " \x7f \xF0\x9F\x98\x80 \\u0041";
    odd.finish = FinishReason::other;
    odd.finish_text = "LANGUAGE";
    ChatAnswer both = tool_answer();
    both.text = "Let me look.";
    ChatAnswer unfinished = text_answer();
    unfinished.finish = FinishReason::none;
    unfinished.finish_text.clear();
    for (const ChatAnswer& answer : {text_answer(), tool_answer(), reasoned, odd, both, unfinished}) {
        const auto read = read_answer(write_answer(answer));
        ASSERT_TRUE(read) << read.problem;
        EXPECT_EQ(read.value->answer, answer);
        EXPECT_TRUE(read.value->has_candidates);
        EXPECT_FALSE(read.value->error);
    }
}

TEST(GeminiReadAnswer, EveryFinishReasonHasItsMeaning)
{
    const std::pair<std::string_view, FinishReason> table[] = {
        {"", FinishReason::none},
        {"FINISH_REASON_UNSPECIFIED", FinishReason::none},
        {"STOP", FinishReason::stop},
        {"MAX_TOKENS", FinishReason::length},
        {"SAFETY", FinishReason::content_filter},
        {"RECITATION", FinishReason::content_filter},
        {"PROHIBITED_CONTENT", FinishReason::content_filter},
        {"BLOCKLIST", FinishReason::content_filter},
        {"SPII", FinishReason::content_filter},
        {"IMAGE_SAFETY", FinishReason::content_filter},
        {"MALFORMED_FUNCTION_CALL", FinishReason::other},
        {"UNEXPECTED_TOOL_CALL", FinishReason::other},
        {"OTHER", FinishReason::other},
        {"stop", FinishReason::other},
    };
    for (const auto& [spelt, reason] : table) EXPECT_EQ(finish_reason(spelt), reason) << spelt;
    for (FinishReason reason : {FinishReason::none, FinishReason::stop, FinishReason::length,
                                FinishReason::content_filter, FinishReason::other}) {
        EXPECT_EQ(finish_reason(spelling(reason)), reason);
    }
    EXPECT_EQ(spelling(FinishReason::tool_calls), "STOP") << "this API has no reason of its own for calls";
}

ChatAnswer read(std::string_view body)
{
    const auto answer = read_answer(body);
    EXPECT_TRUE(answer) << answer.problem;
    return answer ? answer.value->answer : ChatAnswer();
}

TEST(GeminiReadAnswer, IsPatientWithOddAnswers)
{
    const auto parts = [](std::string_view list) {
        return read(R"({"candidates":[{"content":{"parts":[)" + std::string(list) + "]}}]}");
    };
    EXPECT_EQ(parts(R"({"text":"a"},{"text":"b","thoughtSignature":"x"},{"text":7},7,{})").text, "ab");
    EXPECT_EQ(parts(R"({"text":"hm","thought":true},{"text":"a"})").reasoning, "hm");
    EXPECT_EQ(parts(R"({"functionCall":{"args":[1]}})").tool_calls,
              (std::vector<ToolCall>{{"call_1_1", "", "[1]"}}));
    EXPECT_EQ(read(R"({"candidates":[{"index":1,"content":{"parts":[{"text":"b"}]}},{"index":0,"content":{"parts":[{"text":"a"}]}}]})").text,
              "a");
    EXPECT_EQ(read(R"({"candidates":[{"content":{},"finishReason":"STOP"}]})").finish, FinishReason::stop);
    EXPECT_EQ(read(R"({"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"Malformed function call: x"}]})").finish_text,
              "MALFORMED_FUNCTION_CALL");
    EXPECT_EQ(read(R"([{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}])").text, "a");
}

TEST(GeminiReadAnswer, ABlockedPromptIsAContentFilter)
{
    const auto read = read_answer(R"({"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":8}})");
    ASSERT_TRUE(read);
    EXPECT_FALSE(read.value->has_candidates);
    EXPECT_EQ(read.value->answer.finish, FinishReason::content_filter);
    EXPECT_EQ(read.value->answer.finish_text, "PROHIBITED_CONTENT");
    EXPECT_EQ(read.value->answer.usage, (Usage{8, 0}));
}

TEST(GeminiReadAnswer, ThoughtsCountAsWritten)
{
    const auto usage = [](std::string_view json) {
        return read(R"({"candidates":[{"finishReason":"STOP"}],"usageMetadata":)" + std::string(json) + "}").usage;
    };
    EXPECT_EQ(usage(R"({"promptTokenCount":8,"candidatesTokenCount":5,"thoughtsTokenCount":3,"totalTokenCount":16})"), (Usage{8, 8}));
    EXPECT_EQ(usage(R"({"promptTokenCount":8})"), (Usage{8, 0}));
    EXPECT_EQ(usage("{}"), std::nullopt);
    EXPECT_EQ(usage("null"), std::nullopt);
}

TEST(GeminiReadAnswer, FindsErrorsInBodiesThatSaidOk)
{
    const auto read = read_answer(R"([{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}])");
    ASSERT_TRUE(read);
    EXPECT_EQ(read.value->error, (ProviderError{503, "UNAVAILABLE", "503", "busy"}));
    EXPECT_FALSE(read_answer(R"({"error":null,"candidates":[]})").value->error);
    EXPECT_EQ(read_answer("").problem, "the body is not JSON: line 1, column 1: empty");
    EXPECT_EQ(read_answer("[]").problem, "the body: expected a JSON object");
}

const Start identity{"r1", "gemini-x", 0};

/// The bytes of `deltas` in either framing.
std::string stream_of(const Deltas& deltas, Framing framing, std::optional<Usage> usage = Usage{8, 2})
{
    ChunkWriter writer(identity, usage, framing);
    std::string out;
    for (const Delta& delta : deltas) writer.write(out, delta);
    return out;
}

const Deltas some_text{identity, Text{"Hel"}, Text{"lo\n"}, Finish{FinishReason::stop, ""}, UsageReport{{8, 2}}, Done{}};

TEST(GeminiChunkWriter, WritesEventsWithCrlfAndWithoutAnEndMarker)
{
    EXPECT_EQ(stream_of(some_text, Framing::sse),
              R"(data: {"candidates":[{"content":{"parts":[{"text":"Hel"}],"role":"model"},"index":0}])" + tail(8, 0) +
                  "\r\n\r\n" R"(data: {"candidates":[{"content":{"parts":[{"text":"lo\n"}],"role":"model"},"index":0}])" +
                  tail(8, 0) +
                  "\r\n\r\n" R"(data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}])" +
                  tail(8, 2) + "\r\n\r\n");
}

TEST(GeminiChunkWriter, TheEndWaitsForUsageThatIsNotKnown)
{
    ChunkWriter writer(identity, std::nullopt, Framing::sse);
    std::string out;
    writer.write(out, Finish{FinishReason::stop, ""});
    EXPECT_EQ(out, "");
    writer.write(out, UsageReport{{8, 2}});
    EXPECT_EQ(out, R"(data: {"candidates":[{"content":{"role":"model"},"finishReason":"STOP","index":0}])" + tail(8, 2) + "\r\n\r\n");
    writer.write(out, Done{});
    EXPECT_TRUE(out.ends_with(tail(8, 2) + "\r\n\r\n"));
}

TEST(GeminiChunkWriter, WritesOneArray)
{
    EXPECT_EQ(stream_of({identity, Text{"a"}, Finish{FinishReason::length, ""}, Done{}}, Framing::array, std::nullopt),
              R"([{"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"index":0}],"modelVersion":"gemini-x","responseId":"r1"})"
              "\n,\r\n"
              R"({"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"MAX_TOKENS","index":0}],"modelVersion":"gemini-x","responseId":"r1"})"
              "\n]");
    EXPECT_EQ(stream_of({identity, Done{}}, Framing::array), "[]");
    EXPECT_EQ(stream_of({identity, Done{}}, Framing::sse), "");
}

TEST(GeminiChunkWriter, AnAnswerThatSaidNothingHasNoParts)
{
    EXPECT_EQ(stream_of({identity, Finish{FinishReason::tool_calls, ""}, Done{}}, Framing::sse, std::nullopt),
              R"(data: {"candidates":[{"content":{"role":"model"},"finishReason":"STOP","index":0}],"modelVersion":"gemini-x","responseId":"r1"})"
              "\r\n\r\n");
}

TEST(GeminiChunkWriter, KeepsCallsOnOneLine)
{
    const std::string stream = stream_of({identity, Call{0, "i", "f", "{\n  \"a\": 1\n}"}}, Framing::sse, std::nullopt);
    EXPECT_EQ(stream, R"(data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":1},"id":"i"}}],"role":"model"},"index":0}],"modelVersion":"gemini-x","responseId":"r1"})"
                      "\r\n\r\n");
}

TEST(GeminiChunkWriter, WritesErrorsAndWhatIsBrokenOnPurpose)
{
    EXPECT_EQ(stream_of({Failed{{503, "UNAVAILABLE", "", "busy"}}}, Framing::sse),
              "data: " R"({"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}})" "\r\n\r\n");
    EXPECT_EQ(stream_of({Failed{{503, "UNAVAILABLE", "", "busy"}}}, Framing::array),
              "[" R"({"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}})" "\n]");
    EXPECT_EQ(stream_of({Malformed{"on purpose", "{\"a\":"}}, Framing::sse), "data: {\"a\":\r\n\r\n");
}

Deltas read_stream(std::string_view bytes)
{
    SseReader sse;
    std::vector<SseEvent> events;
    EXPECT_TRUE(sse.feed(bytes, events));
    ChunkReader reader;
    Deltas deltas;
    for (const SseEvent& event : events) reader.read(event, deltas);
    return deltas;
}

ChatAnswer assembled(const Deltas& deltas)
{
    AnswerAssembler assembler;
    for (const Delta& delta : deltas) assembler.add(delta);
    return assembler.answer();
}

TEST(GeminiStream, EveryAnswerSurvives)
{
    ChatAnswer reasoned = text_answer();
    reasoned.reasoning = "Hm. Well.";
    ChatAnswer mixed = tool_answer();
    mixed.text = "Let me look.";
    for (const ChatAnswer& answer : {text_answer(), tool_answer(), reasoned, mixed}) {
        Deltas sent{Start{answer.id, answer.model, 0}};
        for (char c : answer.reasoning) sent.push_back(Reasoning{std::string(1, c)});
        for (char c : answer.text) sent.push_back(Text{std::string(1, c)});
        int index = 0;
        for (const ToolCall& call : answer.tool_calls) sent.push_back(Call{index++, call.id, call.name, call.arguments});
        sent.push_back(Finish{answer.finish, answer.finish_text});
        sent.push_back(UsageReport{*answer.usage});
        sent.push_back(Done{});
        EXPECT_EQ(assembled(read_stream(stream_of(sent, Framing::sse, answer.usage))), answer);
    }
}

TEST(GeminiChunkReader, GivesTheDeltasOfEachEventInTheirOrder)
{
    const Deltas deltas = read_stream(
        "data: " R"({"candidates":[{"content":{"parts":[{"text":"a"},{"functionCall":{"name":"f","args":{"x":1}}}]},"index":0}],"usageMetadata":{"promptTokenCount":8},"modelVersion":"m","responseId":"r"})" "\r\n\r\n"
        "data: " R"({"candidates":[{"content":{"parts":[{"functionCall":{"id":"own","name":"g"}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":8,"candidatesTokenCount":4}})" "\n\n");
    const Deltas expected{Start{"r", "m", 0},           Text{"a"},
                          Call{0, "call_1_1", "f", R"({"x":1})"}, Call{1, "own", "g", "{}"},
                          Finish{FinishReason::tool_calls, "STOP"}, UsageReport{{8, 4}}};
    EXPECT_EQ(deltas, expected);
}

TEST(GeminiChunkReader, ReportsWhatIsNoChunk)
{
    const std::pair<std::string_view, Delta> table[] = {
        {R"({"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED"}})",
         Failed{{429, "RESOURCE_EXHAUSTED", "429", "slow"}}},
        {R"([{"error":{"code":500,"message":"x","status":"INTERNAL"}}])", Failed{{500, "INTERNAL", "500", "x"}}},
        {"[DONE]", Malformed{"not JSON: line 1, column 2: expected a value", "[DONE]"}},
        {"7", Malformed{"not a chunk: it has no candidates", "7"}},
        {R"({"choices":[]})", Malformed{"not a chunk: it has no candidates", R"({"choices":[]})"}},
    };
    for (const auto& [data, delta] : table) {
        Deltas deltas;
        ChunkReader().read({"", std::string(data), ""}, deltas);
        EXPECT_EQ(deltas, Deltas{delta}) << data;
    }
    Deltas none;
    ChunkReader().read({"", " ", ""}, none);
    EXPECT_TRUE(none.empty());
}

TEST(GeminiErrors, AreGoogleRpcStatuses)
{
    EXPECT_EQ(write_error({404, "NOT_FOUND", "", "no \"x\""}), R"({"error":{"code":404,"message":"no \"x\"","status":"NOT_FOUND"}})");
    EXPECT_EQ(write_error({404, "NOT_FOUND", "404", "x"}), R"({"error":{"code":404,"message":"x","status":"NOT_FOUND"}})");
    EXPECT_EQ(write_error({400, "INVALID_ARGUMENT", "API_KEY_INVALID", "x"}),
              R"({"error":{"code":400,"message":"x","status":"INVALID_ARGUMENT","details":[)"
              R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com",)"
              R"("metadata":{"service":"generativelanguage.googleapis.com"}}]}})");
    EXPECT_EQ(write_quota_error({429, "RESOURCE_EXHAUSTED", "", "slow"}, "gemini-x", std::chrono::milliseconds(2500)),
              R"({"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED","details":[)"
              R"({"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[)"
              R"({"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests",)"
              R"("quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier",)"
              R"("quotaDimensions":{"location":"global","model":"gemini-x"},"quotaValue":"10"}]},)"
              R"({"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Learn more about Gemini API quotas",)"
              R"("url":"https://ai.google.dev/gemini-api/docs/rate-limits"}]},)"
              R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2.500s"}]}})");
}

TEST(GeminiErrors, AreReadAgain)
{
    for (const ProviderError& error : {ProviderError{503, "UNAVAILABLE", "503", "busy"},
                                       ProviderError{400, "INVALID_ARGUMENT", "API_KEY_INVALID", "API key not valid."}}) {
        EXPECT_EQ(read_error(error.status, write_error(error)).error, error);
        EXPECT_EQ(read_error(error.status, "[" + write_error(error) + "]").error, error);
    }
    const ErrorBody quota = read_error(
        429, write_quota_error({429, "RESOURCE_EXHAUSTED", "", "slow"}, "g", std::chrono::nanoseconds(34'074'824'224)));
    EXPECT_EQ(quota.retry_delay, std::chrono::nanoseconds(34'074'824'224));
    EXPECT_EQ(quota.quota_ids, std::vector<std::string>{"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"});
    EXPECT_EQ(quota.error.type, "RESOURCE_EXHAUSTED");
    EXPECT_EQ(read_error(502, "<html><title>Bad</title>").error.type, "html");
    for (std::string_view delay : {"26", "26ms", "s", "-1s", "soon"}) {
        std::string body = R"({"error":{"code":429,"message":"m","details":[{"@type":"x/google.rpc.RetryInfo","retryDelay":")" +
                           std::string(delay) + R"("}]}})";
        EXPECT_EQ(read_error(429, body).retry_delay, std::nullopt) << delay;
    }
}

TEST(GeminiDurations, HaveNoDigitsThreeSixOrNine)
{
    using namespace std::chrono_literals;
    EXPECT_EQ(duration_text(26s), "26s");
    EXPECT_EQ(duration_text(0s), "0s");
    EXPECT_EQ(duration_text(2500ms), "2.500s");
    EXPECT_EQ(duration_text(7ms), "0.007s");
    EXPECT_EQ(duration_text(1000001us), "1.000001s");
    EXPECT_EQ(duration_text(34'074'824'224ns), "34.074824224s");
}

/// What a reader left must be whole: written again it reads as the same.
void expect_sound(const std::string& bytes)
{
    const Target target{"gemini-x", "generateContent", false, false};
    const auto request = read_request(bytes, target);
    EXPECT_EQ(request.problem.empty(), request.value.has_value()) << bytes;
    if (request) {
        const auto again = read_request(write_request(*request.value), target);
        ASSERT_TRUE(again) << again.problem << bytes;
        // Contents of one role become one, and results find their calls by their ids; a second time nothing changes.
        const auto third = read_request(write_request(*again.value), target);
        ASSERT_TRUE(third) << third.problem << bytes;
        EXPECT_EQ(*third.value, *again.value) << bytes;
    }
    const auto answer = read_answer(bytes);
    EXPECT_EQ(answer.problem.empty(), answer.value.has_value()) << bytes;
    if (answer) {
        const ChatAnswer said = sayable(answer.value->answer);
        const auto again = read_answer(write_answer(said));
        ASSERT_TRUE(again) << again.problem << bytes;
        EXPECT_EQ(again.value->answer.text, said.text) << bytes;
        EXPECT_EQ(again.value->answer.tool_calls, said.tool_calls) << bytes;
    }
    EXPECT_FALSE(read_error(500, bytes).error.message.empty()) << bytes;
    Deltas deltas;
    ChunkReader().read({"", bytes, ""}, deltas);
}

TEST(GeminiMutations, damaged_bodies_are_read_or_refused)
{
    const std::string good[] = {
        R"({"contents":[{"role":"user","parts":[{"text":"hi \u00e9\ud83d\ude00"},{"inlineData":{"mimeType":"image/png","data":"AA"}}]},)"
        R"({"role":"model","parts":[{"functionCall":{"id":"i","name":"f","args":{"a":[1,2.5,true,null]}}},{"functionCall":{"name":"g"}}]},)"
        R"({"role":"user","parts":[{"functionResponse":{"id":"i","name":"f","response":{"result":"r"}}},)"
        R"({"functionResponse":{"name":"g","response":{"a":1}}}]}],"systemInstruction":{"parts":[{"text":"s"}]},)"
        R"("tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"type":"ARRAY"}}}}]}],)"
        R"("toolConfig":{"functionCallingConfig":{"mode":"ANY"}},"generationConfig":{"maxOutputTokens":5}})",
        write_answer(text_answer()), write_answer(tool_answer()),
        write_quota_error({429, "RESOURCE_EXHAUSTED", "", "slow"}, "g", std::chrono::seconds(26))};
    std::size_t requests_read = 0;
    for (std::size_t body = 0; body < std::size(good); ++body) {
        expect_sound(good[body]);
        for (std::uint64_t round = 0; round < 1000; ++round) {
            const std::string bytes = tests::mutated(good[body], net::Chance(20261120).about(body).about(round));
            expect_sound(bytes);
            if (body == 0 && read_request(bytes, {"g", "generateContent", false, false})) ++requests_read;
        }
    }
    EXPECT_GT(requests_read, 50U);
    EXPECT_LT(requests_read, 1000U);
}

}  // namespace
}  // namespace chaos::wire::gemini
