// Responses streams: the events a server writes, in order, and what a patient client makes of everybody's.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/mutations.hpp"
#include "wire/openai_responses.hpp"

namespace chaos::wire::openai_responses {
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

const Start identity{"resp_1", "gpt-x", 1741290958};

std::string written(const Deltas& deltas)
{
    EventWriter writer;
    std::string out;
    for (const Delta& delta : deltas) writer.write(out, delta);
    return out;
}

std::vector<SseEvent> events_of(std::string_view bytes)
{
    SseReader reader;
    std::vector<SseEvent> events;
    reader.feed(bytes, events);
    EXPECT_FALSE(reader.in_the_middle());
    return events;
}

Deltas read_all(std::string_view bytes)
{
    EventReader reader;
    Deltas deltas;
    for (const SseEvent& event : events_of(bytes)) reader.read(event, deltas);
    return deltas;
}

AnswerAssembler assembled(const Deltas& deltas)
{
    AnswerAssembler assembler;
    for (const Delta& delta : deltas) assembler.add(delta);
    return assembler;
}

/// An event as it stands on the wire.
std::string event(std::string_view type, int sequence_number, std::string_view members)
{
    return fmt::format("event: {0}\ndata: {{\"type\":\"{0}\",\"sequence_number\":{1},{2}}}\n\n", type, sequence_number,
                       members);
}

/// The response object within an event.
std::string response(std::string_view ending, std::string_view output, std::string_view usage)
{
    return fmt::format(
        R"("response":{{"id":"resp_1","object":"response","created_at":1741290958,{},"instructions":null,)"
        R"("max_output_tokens":null,"model":"gpt-x","output":[{}],"parallel_tool_calls":true,)"
        R"("previous_response_id":null,"reasoning":{{"effort":null,"summary":null}},"service_tier":"default",)"
        R"("store":false,"temperature":1.0,"text":{{"format":{{"type":"text"}}}},"tool_choice":"auto","tools":[],)"
        R"("top_p":1.0,"truncation":"disabled","usage":{},"user":null,"metadata":{{}}}})",
        ending, output, usage);
}

constexpr std::string_view in_progress =
    R"("status":"in_progress","background":false,"error":null,"incomplete_details":null)";
constexpr std::string_view completed_event =
    R"("status":"completed","background":false,"error":null,"incomplete_details":null)";

std::string beginning()
{
    return event("response.created", 0, response(in_progress, "", "null")) +
           event("response.in_progress", 1, response(in_progress, "", "null"));
}

TEST(ResponsesStream, TextIsByteExact)
{
    const std::string place = R"("item_id":"msg_1_0","output_index":0)";
    const std::string message =
        R"({"id":"msg_1_0","type":"message","status":"completed","content":[)"
        R"({"type":"output_text","annotations":[],"logprobs":[],"text":"Hi \"you\""}],"role":"assistant"})";
    const std::string expected =
        beginning() +
        event("response.output_item.added", 2,
              R"("output_index":0,"item":{"id":"msg_1_0","type":"message","status":"in_progress","content":[],)"
              R"("role":"assistant"})") +
        event("response.content_part.added", 3,
              place + R"(,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""})") +
        event("response.output_text.delta", 4, place + R"(,"content_index":0,"delta":"Hi","logprobs":[])") +
        event("response.output_text.delta", 5, place + R"(,"content_index":0,"delta":" \"you\"","logprobs":[])") +
        event("response.output_text.done", 6, place + R"(,"content_index":0,"text":"Hi \"you\"","logprobs":[])") +
        event(
            "response.content_part.done", 7,
            place +
                R"(,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":"Hi \"you\""})") +
        event("response.output_item.done", 8, R"("output_index":0,"item":)" + message) +
        event("response.completed", 9,
              response(completed_event, message,
                       R"({"input_tokens":9,"input_tokens_details":{"cached_tokens":0},"output_tokens":2,)"
                       R"("output_tokens_details":{"reasoning_tokens":0},"total_tokens":11})"));
    EXPECT_EQ(
        written({identity, Text{"Hi"}, Text{" \"you\""}, Finish{FinishReason::stop, ""}, UsageReport{{9, 2}}, Done{}}),
        expected);
}

TEST(ResponsesStream, CallsAreByteExact)
{
    const auto call = [](int place, std::string_view id, std::string_view name, std::string_view status,
                         std::string_view arguments) {
        return fmt::format(R"("output_index":{0},"item":{{"id":"fc_1_{0}","type":"function_call","status":"{1}",)"
                           R"("arguments":"{2}","call_id":"{3}","name":"{4}"}})",
                           place, status, arguments, id, name);
    };
    const auto item = [&](const std::string& members) { return members.substr(members.find('{')); };
    const std::string first = call(0, "call_A", "get_weather", "completed", R"({\"ci\":1})");
    const std::string second = call(1, "call_B", "get_time", "completed", "");
    const std::string expected =
        beginning() + event("response.output_item.added", 2, call(0, "call_A", "get_weather", "in_progress", "")) +
        event("response.function_call_arguments.delta", 3, R"("item_id":"fc_1_0","output_index":0,"delta":"{\"ci")") +
        event("response.function_call_arguments.delta", 4, R"("item_id":"fc_1_0","output_index":0,"delta":"\":1}")") +
        event("response.function_call_arguments.done", 5,
              R"("item_id":"fc_1_0","output_index":0,"name":"get_weather","arguments":"{\"ci\":1}")") +
        event("response.output_item.done", 6, first) +
        event("response.output_item.added", 7, call(1, "call_B", "get_time", "in_progress", "")) +
        event("response.function_call_arguments.done", 8,
              R"("item_id":"fc_1_1","output_index":1,"name":"get_time","arguments":"")") +
        event("response.output_item.done", 9, second) +
        event("response.completed", 10, response(completed_event, item(first) + "," + item(second), "null"));
    EXPECT_EQ(
        written({identity, Call{0, "call_A", "get_weather", ""}, Call{0, "", "", "{\"ci"}, Call{0, "", "", "\":1}"},
                 Call{1, "call_B", "get_time", ""}, Finish{FinishReason::tool_calls, ""}, Done{}}),
        expected);
}

TEST(ResponsesStream, EmptyTurnsHaveAnEmptyOutput)
{
    EXPECT_EQ(written({identity, Finish{FinishReason::tool_calls, ""}, Done{}}),
              beginning() + event("response.completed", 2, response(completed_event, "", "null")));
}

TEST(ResponsesStream, ErrorsAreNestedAndThenTheResponseFails)
{
    const std::string expected =
        beginning() +
        event("response.output_item.added", 2,
              R"("output_index":0,"item":{"id":"fc_1_0","type":"function_call","status":"in_progress",)"
              R"("arguments":"","call_id":"call_A","name":"f"})") +
        event("error", 3,
              R"("error":{"type":"tokens","code":"rate_limit_exceeded","message":"Too \"much\".","param":null})") +
        event("response.failed", 4,
              response(R"("status":"failed","background":false,"error":{"code":"rate_limit_exceeded",)"
                       R"("message":"Too \"much\"."},"incomplete_details":null)",
                       R"({"id":"fc_1_0","type":"function_call","status":"incomplete","arguments":"",)"
                       R"("call_id":"call_A","name":"f"})",
                       "null"));
    const ProviderError error{429, "tokens", "rate_limit_exceeded", "Too \"much\"."};
    EXPECT_EQ(written({identity, Call{0, "call_A", "f", ""}, Failed{error}, Finish{FinishReason::stop, ""}, Done{}}),
              expected)
        << "nothing follows";
    const AnswerAssembler read = assembled(read_all(expected));
    ASSERT_TRUE(read.error());
    EXPECT_EQ(*read.error(), (ProviderError{0, "tokens", "rate_limit_exceeded", "Too \"much\"."}));
    EXPECT_FALSE(read.finished());
    EXPECT_FALSE(read.done());
}

/// The names of the events in order.
std::string types_in(const std::string& bytes)
{
    std::string types;
    for (const SseEvent& event : events_of(bytes)) {
        std::string_view type = event.name;
        if (type.starts_with("response.")) type.remove_prefix(9);
        types.append(types.empty() ? "" : " ").append(type);
    }
    return types;
}

TEST(ResponsesStream, EveryItemAndPartHasItsBeginningAndItsEnd)
{
    EXPECT_EQ(types_in(written({identity, Reasoning{"Hm"}, Text{"a"}, Refusal{"No"}, Call{0, "call_A", "f", "{}"},
                                Text{"b"}, Finish{FinishReason::length, ""}, UsageReport{{1, 1}}, Done{}, Done{}})),
              "created in_progress "
              "output_item.added content_part.added reasoning_text.delta reasoning_text.done content_part.done "
              "output_item.done "
              "output_item.added content_part.added output_text.delta output_text.done content_part.done "
              "content_part.added refusal.delta refusal.done content_part.done output_item.done "
              "output_item.added function_call_arguments.delta function_call_arguments.done output_item.done "
              "output_item.added content_part.added output_text.delta output_text.done content_part.done "
              "output_item.done incomplete");
}

TEST(ResponsesStream, OnlyAFinishedStreamHasATerminalEvent)
{
    EXPECT_EQ(types_in(written({identity, Done{}})), "created in_progress");
    EXPECT_EQ(types_in(written({identity, Finish{FinishReason::content_filter, ""}, Done{}})),
              "created in_progress incomplete");
    const std::string cut = written({identity, Text{"a"}});
    EXPECT_FALSE(assembled(read_all(cut)).finished());
    EXPECT_FALSE(assembled(read_all(cut)).done());
    EXPECT_EQ(written({identity, Malformed{"on purpose", "{\"type\":"}}), beginning() + "data: {\"type\":\n\n");
}

TEST(ResponsesStream, SequenceNumbersCountFromZero)
{
    const std::string bytes = written({identity, Text{"a"}, Finish{FinishReason::stop, ""}, Done{}});
    int expected = 0;
    for (const SseEvent& event : events_of(bytes)) {
        EXPECT_TRUE(event.data.starts_with(fmt::format(R"({{"type":"{}","sequence_number":{},)", event.name, expected)))
            << event.data;
        ++expected;
    }
    EXPECT_EQ(expected, 9);
}

TEST(ResponsesStream, EveryAnswerSurvives)
{
    const Finish stop{FinishReason::stop, "completed"};
    const Finish called{FinishReason::tool_calls, "completed"};
    const Deltas table[] = {
        {identity, stop, Done{}},
        {identity, Text{"Hi"}, Text{" \n\xF0\x9F\x98\x80"}, stop, UsageReport{{9, 2}}, Done{}},
        {identity, Refusal{"No"}, Refusal{"."}, stop, Done{}},
        {identity, Reasoning{"Hm"}, Text{"a"}, stop, Done{}},
        {identity, Text{"a"}, Call{1, "call_A", "f", ""}, Call{1, "", "", "{\"a"}, Call{1, "", "", "\":1}"}, called,
         Done{}},
        {identity, Call{0, "call_A", "f", ""}, Call{0, "", "", "{}"}, Call{1, "call_B", "f", ""}, called, Done{}},
        {identity, Text{"a"}, Finish{FinishReason::length, "max_output_tokens"}, Done{}},
        {identity, Text{"a"}, Finish{FinishReason::content_filter, "content_filter"}, Done{}},
        {identity, Text{"a"}, Finish{FinishReason::other, "eos"}, Done{}},
    };
    for (const Deltas& deltas : table) {
        EXPECT_EQ(read_all(written(deltas)), deltas) << written(deltas);
    }
}

TEST(ResponsesStream, CallsOfOneIndexAreToldApartByTheirIds)
{
    const Deltas both = read_all(written({identity, Call{0, "call_A", "f", "{}"}, Call{0, "call_B", "f", "{}"},
                                          Finish{FinishReason::tool_calls, ""}, Done{}}));
    EXPECT_EQ(assembled(both).answer().tool_calls,
              (std::vector<ToolCall>{{"call_A", "f", "{}"}, {"call_B", "f", "{}"}}));
}

Deltas read_events(const std::vector<std::string_view>& datas)
{
    EventReader reader;
    Deltas deltas;
    for (std::string_view data : datas) reader.read({"", std::string(data), ""}, deltas);
    return deltas;
}

TEST(ResponsesStream, IsPatient)
{
    const std::string_view call_added =
        R"({"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":""}})";
    const std::string_view call_done =
        R"({"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{}"}})";
    const std::pair<std::vector<std::string_view>, Deltas> table[] = {
        // what is no news
        {{"", " ", ": a comment", "data: : one more", R"({"type":"keepalive","sequence_number":3})",
          R"({"type":"response.web_search_call.in_progress","output_index":0})",
          R"({"type":"response.output_item.added","output_index":0,"item":{"type":"message","content":[]}})"},
         {}},
        {{R"({"type":"response.queued","response":{"id":"resp_1","model":"m","created_at":5.0}})"},
         {Start{"resp_1", "m", 5}}},
        {{R"(data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"a"})"},
         {Text{"a"}}},
        {{R"({"type":"response.output_text.delta","delta":"a"})", R"({"type":"response.output_text.delta","delta":7})"},
         {Text{"a"}}},
        // what is repeated is news only if it had not been said
        {{R"({"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"a"})",
          R"({"type":"response.output_text.done","output_index":0,"content_index":0,"text":"a"})",
          R"({"type":"response.output_text.done","output_index":0,"content_index":1,"text":"b"})",
          R"({"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":"a"},{"type":"output_text","text":"b"},{"type":"refusal","refusal":"c"}]}})"},
         {Text{"a"}, Text{"b"}, Refusal{"c"}}},
        {{call_added, call_done}, {Call{1, "c", "f", ""}, Call{1, "", "", "{}"}}},
        {{call_added, R"({"type":"response.function_call_arguments.done","output_index":1,"arguments":"{}"})",
          call_done},
         {Call{1, "c", "f", ""}, Call{1, "", "", "{}"}}},
        {{call_added, R"({"type":"response.function_call_arguments.delta","output_index":1,"delta":"{}"})", call_done},
         {Call{1, "c", "f", ""}, Call{1, "", "", "{}"}}},
        {{R"({"type":"response.function_call_arguments.delta","output_index":1,"delta":"{}"})", call_done},
         {Call{1, "", "", "{}"}, Call{1, "c", "f", ""}}},
        {{R"({"type":"response.custom_tool_call_input.delta","output_index":0,"delta":"x"})"}, {Call{0, "", "", "x"}}},
        {{R"({"type":"response.function_call_arguments.delta","output_index":-5,"delta":"x"})"},
         {Call{-1, "", "", "x"}}},
        {{R"({"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"a"})",
          R"({"type":"response.reasoning_text.delta","output_index":0,"content_index":0,"delta":"b"})",
          R"({"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","summary":[{"type":"summary_text","text":"a"}],"content":[{"type":"reasoning_text","text":"b"}]}})"},
         {Reasoning{"a"}, Reasoning{"b"}}},
        // a stream that is all in its last event
        {{R"({"type":"response.completed","response":{"id":"r","model":"m","created_at":1,"output":[{"type":"message","content":[{"type":"output_text","text":"a"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}],"usage":{"input_tokens":1,"output_tokens":2}}})"},
         {Start{"r", "m", 1}, Text{"a"}, Call{1, "c", "f", ""}, Call{1, "", "", "{}"},
          Finish{FinishReason::tool_calls, "completed"}, UsageReport{{1, 2}}, Done{}}},
        {{R"({"type":"response.completed"})", "[DONE]"}, {Finish{FinishReason::stop, "completed"}, Done{}, Done{}}},
        {{R"({"type":"response.incomplete","response":{}})"}, {Finish{FinishReason::other, "incomplete"}, Done{}}},
        // errors, as documented, as sent, and as others send them
        {{R"({"type":"error","code":"server_is_overloaded","message":"m","param":null,"sequence_number":1})"},
         {Failed{{0, "", "server_is_overloaded", "m"}}}},
        {{R"({"type":"error","sequence_number":2,"error":{"type":"tokens","code":"rate_limit_exceeded","message":"m","param":null}})"},
         {Failed{{0, "tokens", "rate_limit_exceeded", "m"}}}},
        {{R"({"error":{"message":"m","type":"server_error","code":500}})"},
         {Failed{{500, "server_error", "500", "m"}}}},
        {{R"({"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"m"}}})"},
         {Failed{{0, "", "server_error", "m"}}}},
        {{R"({"type":"response.failed"})"}, {Failed{{0, "", "", "the response failed"}}}},
        {{R"({"type":"response.output_text.delta","error":null,"delta":"a"})"}, {Text{"a"}}},
        // what cannot be read
        {{R"({"a":1})"}, {Malformed{"not an event: it has no type", R"({"a":1})"}}},
        {{"7"}, {Malformed{"not an event: it is no object", "7"}}},
    };
    for (const auto& [datas, deltas] : table)
        EXPECT_EQ(read_events(datas), deltas) << fmt::format("{}", fmt::join(datas, "\n"));
    const Deltas broken = read_events({R"({"type":)"});
    ASSERT_EQ(broken.size(), 1U);
    EXPECT_TRUE(std::get<Malformed>(broken[0]).why.starts_with("not JSON: "));
}

TEST(ResponsesStream, AnEventMayBeTypedByItsNameAlone)
{
    EventReader reader;
    Deltas deltas;
    reader.read({"response.output_text.delta", R"({"delta":"a"})", ""}, deltas);
    reader.read({"error", R"({"message":"m"})", ""}, deltas);
    EXPECT_EQ(deltas, (Deltas{Text{"a"}, Failed{{0, "", "", "m"}}}));
}

TEST(ResponsesStream, DamagedStreamsKillNobody)
{
    const net::Chance chance(20261122);
    const std::string good = written({identity, Reasoning{"Hm"}, Text{"a"}, Call{0, "call_A", "f", "{}"},
                                      Finish{FinishReason::tool_calls, ""}, UsageReport{{1, 2}}, Done{}});
    std::size_t whole = 0;
    for (std::uint64_t round = 0; round < 1000; ++round) {
        SseReader sse;
        std::vector<SseEvent> events;
        sse.feed(tests::mutated(good, chance.about(round)), events);
        EventReader reader;
        Deltas deltas;
        for (const SseEvent& event : events) reader.read(event, deltas);
        const AnswerAssembler read = assembled(deltas);
        if (read.finished() && read.done()) ++whole;
    }
    EXPECT_GT(whole, 0U);
    EXPECT_LT(whole, 1000U);
}

}  // namespace
}  // namespace chaos::wire::openai_responses
