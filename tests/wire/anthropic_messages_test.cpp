// Anthropic Messages: bytes beside what they mean, and back.
#include "wire/anthropic_messages.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace chaos::wire::anthropic {
namespace {

std::string body_with(const std::string& members)
{
    return R"({"model":"claude","max_tokens":100,"messages":[{"role":"user","content":"hi"}])" + members + "}";
}

struct Refused {
    const char* name;
    const char* body;
    const char* problem;
};

class Requests : public ::testing::TestWithParam<Refused> {};

TEST_P(Requests, AreRefusedInTheVendorsWords) { EXPECT_EQ(read_request(GetParam().body).problem, GetParam().problem); }

INSTANTIATE_TEST_SUITE_P(
    Rows, Requests,
    ::testing::Values(
        Refused{"no_model", R"({"max_tokens":1,"messages":[]})", "model: Field required"},
        Refused{"no_max_tokens", R"({"model":"m","messages":[]})", "max_tokens: Field required"},
        Refused{"text_for_max_tokens", R"({"model":"m","max_tokens":"9","messages":[]})",
                "max_tokens: Input should be a valid integer"},
        Refused{"no_messages", R"({"model":"m","max_tokens":1})", "messages: Field required"},
        Refused{"empty_messages", R"({"model":"m","max_tokens":1,"messages":[]})",
                "messages: at least one message is required"},
        Refused{"odd_role", R"({"model":"m","max_tokens":1,"messages":[{"role":"tool","content":"x"}]})",
                "messages.0.role: Input should be 'user', 'assistant' or 'system'"},
        Refused{"empty_text", R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":""}]}]})",
                "messages.0.content.0: text content blocks must be non-empty"},
        Refused{"call_by_a_user",
                R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"tool_use"}]}]})",
                "messages.0.content.0: `tool_use` blocks can only be in `assistant` messages"},
        Refused{"input_as_text",
                R"({"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":"{}"}]}]})",
                "messages.0.content.0.tool_use.input: Input should be an object"},
        Refused{"tool_without_schema",
                R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f"}]})",
                "tools.0.custom.input_schema: Field required"},
        Refused{"not_an_object", "[]", "the body: Input should be an object"}),
    [](const auto& info) { return info.param.name; });

TEST(Request, CountingNeedsNoMaxTokens)
{
    const std::string body = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
    EXPECT_FALSE(read_request(body));
    EXPECT_TRUE(read_request(body, true));
}

TEST(Request, SystemIsTheFirstMessage)
{
    const auto text = read_request(body_with(R"(,"system":"be brief")"));
    ASSERT_TRUE(text) << text.problem;
    EXPECT_EQ(text.value->messages.front(), message(Role::system, "be brief"));
    const auto blocks = read_request(body_with(R"(,"system":[{"type":"text","text":"be "},{"type":"text","text":"brief"}])"));
    ASSERT_TRUE(blocks) << blocks.problem;
    EXPECT_EQ(blocks.value->messages.front().text(), "be brief");
}

TEST(Request, ResultsBecomeMessagesOfTheirOwnInTheirPlace)
{
    const auto read = read_request(R"({"model":"m","max_tokens":1,"messages":[
        {"role":"user","content":"go"},
        {"role":"assistant","content":[{"type":"text","text":"ok"},
            {"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}},
            {"type":"tool_use","id":"toolu_2","name":"g","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"one"},
            {"type":"tool_result","tool_use_id":"toolu_2","content":[{"type":"text","text":"two"}],"is_error":true},
            {"type":"text","text":"and now?"}]}]})");
    ASSERT_TRUE(read) << read.problem;
    const std::vector<Message>& messages = read.value->messages;
    ASSERT_EQ(messages.size(), 5u);
    EXPECT_EQ(messages[1].tool_calls, (std::vector<ToolCall>{{"toolu_1", "f", R"({"a":1})"}, {"toolu_2", "g", "{}"}}));
    EXPECT_EQ(messages[2].tool_call_id, "toolu_1");
    EXPECT_EQ(messages[3].text(), "two");
    EXPECT_EQ(messages[4], message(Role::user, "and now?"));
}

TEST(Request, ImagesAreUrls)
{
    const auto read = read_request(R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":[
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}},
        {"type":"image","source":{"type":"url","url":"https://x/y.png"}}]}]})");
    ASSERT_TRUE(read) << read.problem;
    EXPECT_EQ(read.value->messages[0].content,
              (std::vector<Part>{{Part::Kind::image, "data:image/png;base64,aGk="}, {Part::Kind::image, "https://x/y.png"}}));
}

struct Choice {
    const char* name;
    const char* choice;
    ToolChoice meaning;
};
class Choices : public ::testing::TestWithParam<Choice> {};
TEST_P(Choices, AreRead)
{
    const auto read = read_request(body_with(std::string(R"(,"tool_choice":)") + GetParam().choice));
    ASSERT_TRUE(read) << read.problem;
    EXPECT_EQ(read.value->tool_choice, GetParam().meaning);
}
INSTANTIATE_TEST_SUITE_P(Rows, Choices,
                         ::testing::Values(Choice{"automatic", R"({"type":"auto"})", {}},
                                           Choice{"any", R"({"type":"any"})", {ToolChoice::Kind::required, ""}},
                                           Choice{"none", R"({"type":"none"})", {ToolChoice::Kind::none, ""}},
                                           Choice{"one", R"({"type":"tool","name":"f"})", {ToolChoice::Kind::named, "f"}}),
                         [](const auto& info) { return info.param.name; });

ChatAnswer some_answer()
{
    ChatAnswer answer;
    answer.id = "msg_1";
    answer.model = "claude";
    answer.reasoning = "hm";
    answer.text = "I'll check.";
    answer.tool_calls = {{"toolu_1", "f", R"({"a":"b"})"}, {"toolu_2", "g", "{}"}};
    answer.finish = FinishReason::tool_calls;
    answer.usage = Usage{9, 4};
    return answer;
}

TEST(Answer, IsWrittenAsTheVendorWritesIt)
{
    ChatAnswer answer = some_answer();
    answer.reasoning.clear();
    answer.tool_calls.pop_back();
    EXPECT_EQ(write_answer(answer),
              R"({"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[)"
              R"({"type":"text","text":"I'll check."},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":"b"}}],)"
              R"("stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":9,"cache_creation_input_tokens":0,)"
              R"("cache_read_input_tokens":0,"output_tokens":4,"service_tier":"standard"}})");
}

TEST(Answer, ReadsBackAsItWasWritten)
{
    ChatAnswer answer = some_answer();
    auto read = read_answer(write_answer(answer));
    ASSERT_TRUE(read) << read.problem;
    EXPECT_FALSE(read.value->error);
    answer.finish_text = "tool_use";
    EXPECT_EQ(read.value->answer, answer);
}

TEST(Answer, EmptyContentWithANaturalEndIsLegal)
{
    const auto read = read_answer(R"({"type":"message","content":[],"stop_reason":"end_turn"})");
    ASSERT_TRUE(read);
    EXPECT_EQ(read.value->answer.finish, FinishReason::stop);
}

std::vector<SseEvent> events_of(const std::string& bytes)
{
    SseReader reader;
    std::vector<SseEvent> events;
    EXPECT_TRUE(reader.feed(bytes, events));
    EXPECT_FALSE(reader.in_the_middle());
    return events;
}

std::string stream_of(const ChatAnswer& answer, const std::vector<Delta>& deltas)
{
    EventWriter writer(answer);
    std::string bytes;
    for (const Delta& delta : deltas) writer.write(bytes, delta);
    return bytes;
}

std::vector<Delta> some_deltas()
{
    return {delta::Start{},
            delta::Reasoning{"h"},
            delta::Reasoning{"m"},
            delta::Text{"I'll "},
            delta::Text{"check."},
            delta::Call{0, "toolu_1", "f", ""},
            delta::Call{0, "", "", R"({"a":)"},
            delta::Call{0, "", "", R"("b"})"},
            delta::Call{1, "toolu_2", "g", ""},
            delta::Call{1, "", "", "{}"},
            delta::Finish{FinishReason::tool_calls, ""},
            delta::Done{}};
}

TEST(Stream, NamesEveryEventAndNeverInterleavesBlocks)
{
    std::string names;
    for (const SseEvent& event : events_of(stream_of(some_answer(), some_deltas()))) {
        names += event.name + "\n";
        // The official client goes by the event's name, others by the type in the data.
        EXPECT_NE(event.data.find("\"" + event.name + "\""), std::string::npos) << event.data;
    }
    EXPECT_EQ(names,
              "message_start\nping\n"
              "content_block_start\ncontent_block_delta\ncontent_block_delta\ncontent_block_delta\ncontent_block_stop\n"
              "content_block_start\ncontent_block_delta\ncontent_block_delta\ncontent_block_stop\n"
              "content_block_start\ncontent_block_delta\ncontent_block_delta\ncontent_block_delta\ncontent_block_stop\n"
              "content_block_start\ncontent_block_delta\ncontent_block_delta\ncontent_block_stop\n"
              "message_delta\nmessage_stop\n");
}

TEST(Stream, SignsAThinkingBlockBeforeItEnds)
{
    const auto events = events_of(stream_of(some_answer(), some_deltas()));
    EXPECT_EQ(events[5].data, R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":")" +
                                  signature_of("hm") + R"("}})");
    EXPECT_EQ(events[6].data, R"({"type":"content_block_stop","index":0})");
}

TEST(Stream, ReadsBackAsItWasWritten)
{
    AnswerAssembler assembler;
    EventReader reader;
    std::vector<Delta> deltas;
    for (const SseEvent& event : events_of(stream_of(some_answer(), some_deltas()))) reader.read(event, deltas);
    for (const Delta& delta : deltas) assembler.add(delta);
    ChatAnswer expected = some_answer();
    expected.finish_text = "tool_use";
    EXPECT_EQ(assembler.answer(), expected);
    EXPECT_TRUE(assembler.done());
    EXPECT_FALSE(assembler.error());
    EXPECT_FALSE(assembler.malformed());
}

TEST(Stream, AnErrorIsAnEventOfItsOwn)
{
    const std::string bytes = stream_of(some_answer(), {delta::Start{}, delta::Failed{{529, "overloaded_error", "", "Overloaded"}}});
    const SseEvent last = events_of(bytes).back();
    EXPECT_EQ(last.name, "error");
    EXPECT_EQ(last.data, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":null})");
    EventReader reader;
    std::vector<Delta> deltas;
    reader.read(last, deltas);
    EXPECT_EQ(std::get<delta::Failed>(deltas.at(0)).error.type, "overloaded_error");
}

TEST(Stream, UnknownEventsGiveNothingAndBrokenOnesAreTold)
{
    EventReader reader;
    std::vector<Delta> deltas;
    reader.read({"ping", R"({"type": "ping"})", ""}, deltas);
    reader.read({"new_thing", R"({"type":"new_thing","x":1})", ""}, deltas);
    EXPECT_TRUE(deltas.empty());
    reader.read({"content_block_delta", R"({"type":)", ""}, deltas);
    EXPECT_TRUE(std::holds_alternative<delta::Malformed>(deltas.at(0)));
}

TEST(Error, IsReadFromItsEnvelopeOrTakenAsText)
{
    const ProviderError error = read_error(402, write_error({402, "billing_error", "linked_organization_spend_limit_reached", "No."}));
    EXPECT_EQ(error.type, "billing_error");
    EXPECT_EQ(error.code, "linked_organization_spend_limit_reached");
    EXPECT_EQ(error.message, "No.");
    EXPECT_EQ(read_error(502, "<html>").message, "<html>");
    EXPECT_EQ(read_error(502, "").message, "empty body");
}

}  // namespace
}  // namespace chaos::wire::anthropic
