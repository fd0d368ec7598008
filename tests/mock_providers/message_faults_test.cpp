// What a model or a server in front of it says wrongly although HTTP and framing are right: the bytes in both worlds,
// the proof, and which dialect can say it at all.
#include <nlohmann/json.hpp>

#include "mock_providers/faults/deed.hpp"
#include "mock_providers/written.hpp"
#include "net/json.hpp"
#include "tests/mock_providers/stage.hpp"
#include "wire/sse.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

constexpr int call_turn = 0;  ///< no step is done: the model calls a tool
constexpr int last_turn = 3;  ///< every step is done: the model answers
constexpr bool streamed = true;
constexpr bool whole = false;

wire::ChatAnswer assembled_events(const std::string& body)
{
    wire::SseReader reader;
    std::vector<wire::SseEvent> events;
    reader.feed(body, events);
    wire::AnswerAssembler assembler;
    std::vector<wire::Delta> deltas;
    for (const auto& event : events) {
        wire::openai_chat::read_chunk(event, deltas);
    }
    for (const auto& delta : deltas) {
        assembler.add(delta);
    }
    return assembler.answer();
}

wire::ChatAnswer message_in(const Heard& heard)
{
    return heard.body.starts_with("data:") ? assembled_events(heard.body)
                                           : wire::openai_chat::read_answer(heard.body).value->answer;
}

template <class World>
class MessageFault : public ::testing::Test {
protected:
    Heard meet(const std::string& inject, int done, bool stream)
    {
        told_ = tell(world_.runtime, {"{target: primary, inject: " + inject + "}"}, {post(chat_body(done, stream))});
        return told_.heard.at(0);
    }

    /// What the one fault is proven by, up to the count of bytes.
    std::string proof() const
    {
        for (const std::string& line : told_.notes) {
            const std::size_t said = line.find(" delivered to primary#1: HTTP 200, ");
            if (said != std::string::npos) {
                return line.substr(said + 35, line.rfind(" (") - said - 35);
            }
        }
        return "nothing";
    }

    World world_;
    Told told_;
};
TYPED_TEST_SUITE(MessageFault, BothWorlds, WorldNames);

struct Bytes {
    const char* inject;
    int done;
    bool stream;
    std::vector<std::string> has;
    std::vector<std::string> has_not;
    const char* proof;
};

const std::vector<Bytes> all_bytes = {
    // Reasons.
    {"finish_reason",
     call_turn,
     streamed,
     {R"("delta":{},"logprobs":null,"finish_reason":"stop")", "call_primary-1-1"},
     {R"("finish_reason":"tool_calls")"},
     "finish reason 'stop'"},
    {"{finish_reason: {as: end_turn}}",
     last_turn,
     whole,
     {R"("finish_reason":"end_turn")"},
     {},
     "finish reason 'end_turn'"},
    {"{finish_reason: {as: none}}",
     last_turn,
     streamed,
     {R"("delta":{},"logprobs":null,"finish_reason":null)", "[DONE]"},
     {R"("finish_reason":")"},
     "no finish reason"},
    {"{finish_reason: {as: none}}",
     call_turn,
     whole,
     {R"("finish_reason":null)", "call_primary-1-1"},
     {},
     "no finish reason"},
    {"{finish_reason: {as: \"\"}}",
     last_turn,
     streamed,
     {R"("delta":{},"logprobs":null,"finish_reason":"")"},
     {R"("finish_reason":null)", R"("finish_reason":"stop")"},
     "finish reason ''"},
    // The end of the answer.
    {"{truncated: {after_tokens: 3}}",
     last_turn,
     whole,
     {R"("content":"(as primary-1) Task")", R"("finish_reason":"length")", R"("completion_tokens":3,)"},
     {},
     "an answer of 3 tokens, finish reason length"},
    {"{truncated: {after_tokens: 1, admits: false}}",
     last_turn,
     streamed,
     {R"("delta":{"content":"(as")", R"("finish_reason":"stop")", "[DONE]"},
     {"primary-1)", "length"},
     "an answer of 1 token, finish reason as of a whole one"},
    {"{truncated: {after_tokens: 2, admits: false}}",
     call_turn,
     whole,
     {R"("arguments":"{\"reference\":)", R"("finish_reason":"tool_calls")"},
     {"content\\\"", "length"},
     "an answer of 2 tokens, finish reason as of a whole one"},
    {"reasoning_only",
     last_turn,
     whole,
     {R"("content":"","reasoning_content":"(as primary-1) Task)", R"("finish_reason":"stop")"},
     {},
     "reasoning alone, finish reason stop"},
    {"{reasoning_only: {finish: length}}",
     call_turn,
     streamed,
     {R"({"reasoning_content":"The"})", R"("finish_reason":"length")"},
     {"tool_calls", R"("delta":{"content":)"},
     "reasoning alone, finish reason length"},
    {"refusal",
     call_turn,
     streamed,
     {R"({"refusal":"I'm"})", R"("finish_reason":"stop")"},
     {"tool_calls"},
     "a refusal"},
    {"{refusal: {after_tokens: 2}}",
     last_turn,
     whole,
     {R"~("content":"(as primary-1)")~", R"("refusal":"I'm sorry, but I can't help with that.")"},
     {},
     "a refusal after at most 2 tokens of text"},
    {"{refusal: {as: content_filter, after_tokens: 3}}",
     last_turn,
     streamed,
     {R"({"content":" Task"})", R"("finish_reason":"content_filter")"},
     {R"({"refusal":)"},
     "an end by the content filter after at most 3 tokens of text"},
    {"{repetition: {times: 3}}",
     last_turn,
     whole,
     {" the the the\"", R"("finish_reason":"length")", R"("completion_tokens":7,)"},
     {},
     "3 times the same in its text, finish reason length"},
    {"{repetition: {of: \"\\n\", times: 50, finish: stop}}",
     call_turn,
     streamed,
     {R"("finish_reason":"stop")"},
     {"tool_calls"},
     "50 times the same in its text, finish reason stop"},
    {"{repetition: {of: \"!\", times: 4, inside: reasoning}}",
     call_turn,
     whole,
     {R"("reasoning_content":"!!!!")", "call_primary-1-1", R"("finish_reason":"tool_calls")"},
     {},
     "4 times the same in its reasoning"},
    // Arguments.
    {"arguments",
     call_turn,
     whole,
     {R"("arguments":"")", R"("finish_reason":"tool_calls")"},
     {},
     "a tool call whose arguments are empty"},
    {"{arguments: {shape: null}}",
     call_turn,
     streamed,
     {R"("name":"write_file","arguments":null)"},
     {R"("arguments":")"},
     "a tool call whose arguments are null"},
    {"{arguments: {shape: null_text}}",
     call_turn,
     whole,
     {R"("arguments":"null")"},
     {},
     "a tool call whose arguments are the text null"},
    {"{arguments: {shape: object}}",
     call_turn,
     streamed,
     {R"("name":"write_file","arguments":{"reference":")"},
     {R"("arguments":")"},
     "a tool call whose arguments are an object instead of its text"},
    {"{arguments: {shape: object}}",
     call_turn,
     whole,
     {R"("arguments":{"reference":")"},
     {R"("arguments":")"},
     "a tool call whose arguments are an object instead of its text"},
    {"{arguments: {shape: concatenated}}",
     call_turn,
     whole,
     {R"(}{\"reference\":)"},
     {},
     "a tool call whose arguments are two objects in a row"},
    // Pieces of calls.
    {"call_deltas",
     call_turn,
     streamed,
     {R"("tool_calls":[{"id":"call_primary-1-1","type":"function")"},
     {R"("tool_calls":[{"index")"},
     "a streamed call with no index"},
    {"{call_deltas: {index: all_zero}}",
     call_turn,
     streamed,
     {R"("tool_calls":[{"index":0,"id":"call_primary-1-1")", R"("tool_calls":[{"index":0,"id":"call_primary-1-2")",
      R"("name":"send_email")"},
     {R"("tool_calls":[{"index":1)"},
     "a streamed call with index 0 for every call"},
    {"{call_deltas: {index: from_one}}",
     call_turn,
     streamed,
     {R"("tool_calls":[{"index":1,"id":"call_primary-1-1")"},
     {R"("tool_calls":[{"index":0)"},
     "a streamed call with indices from 1"},
    {"{call_deltas: {index: shifting}}",
     call_turn,
     streamed,
     {R"("tool_calls":[{"index":0,"id":"call_primary-1-1")", R"("tool_calls":[{"index":1,"function":{"arguments":"{)"},
     {R"("tool_calls":[{"index":0,"function")"},
     "a streamed call with arguments at another index"},
    {"{call_deltas: {name: repeated}}",
     call_turn,
     streamed,
     {R"("tool_calls":[{"index":0,"function":{"name":"write_file","arguments":"{)"},
     {R"("function":{"arguments")"},
     "a streamed call with its name in every piece"},
    {"{call_deltas: {name: split}}",
     call_turn,
     streamed,
     {R"("name":"write","arguments":"")", R"("name":"_file","arguments":"{)"},
     {"write_file"},
     "a streamed call with its name in two pieces"},
    {"{call_deltas: {name: late, index: missing}}",
     call_turn,
     streamed,
     {R"("tool_calls":[{"id":"call_primary-1-1","type":"function","function":{"arguments":""}}])", R"(\"}"}}])"},
     {R"("name":"write_file","arguments":"")"},
     "a streamed call with no index and its name in the last piece"},
    // Calls.
    {"call_id",
     call_turn,
     streamed,
     {R"("tool_calls":[{"index":0,"function":{"name":"write_file")"},
     {"call_primary"},
     "a tool call without an id"},
    {"call_id",
     call_turn,
     whole,
     {R"("tool_calls":[{"id":"","type":"function")"},
     {"call_primary"},
     "a tool call without an id"},
    {"{call_id: {as: duplicated}}",
     call_turn,
     streamed,
     {R"("index":1,"id":"call_primary-1-1")", R"("name":"send_email")"},
     {"call_primary-1-2"},
     "two tool calls of one id"},
    {"{call_id: {as: reused}}",
     call_turn,
     whole,
     {R"("id":"call_0")"},
     {},
     "a tool call with an id that every turn uses again"},
    {"unknown_tool", call_turn, streamed, {R"("name":"write_file_v2")"}, {}, "a call of a tool '..._v2'"},
    {"{unknown_tool: {name: search_web}}",
     call_turn,
     whole,
     {R"("name":"search_web")"},
     {"write_file"},
     "a call of the tool 'search_web'"},
    {"call_as_text",
     call_turn,
     whole,
     {R"("content":"<tool_call>\n{\"name\": \"write_file\", \"arguments\": {\"reference\":)", R"(}}\n</tool_call>")",
      R"("finish_reason":"stop")"},
     {"tool_calls"},
     "a tool call as <tool_call> markup in the text"},
    {"{call_as_text: {as: json}}",
     call_turn,
     streamed,
     {R"({"content":"{\"name\":"})", R"("finish_reason":"stop")"},
     {"tool_call"},
     "a tool call as JSON in the text"},
    {"{call_as_text: {as: unclosed}}",
     call_turn,
     whole,
     {R"(<tool_call>\n)"},
     {"</tool_call>"},
     "a tool call as <tool_call> markup that is not closed in the text"},
    {"repeated_call",
     call_turn,
     whole,
     {R"("id":"call_primary-1-1")", R"("id":"call_primary-1-1-again")"},
     {"send_email"},
     "a tool call twice under two ids"},
    {"{repeated_call: {as: cumulative}}",
     call_turn,
     streamed,
     {R"("index":0,"id":"call_primary-1-1")", R"("index":1,"id":"call_primary-1-1")",
      R"("index":2,"id":"call_primary-1-2")"},
     {},
     "a tool call sent again whole"},
};

TYPED_TEST(MessageFault, puts_these_bytes_on_the_wire)
{
    for (const Bytes& row : all_bytes) {
        const Heard heard = this->meet(row.inject, row.done, row.stream);
        EXPECT_EQ(heard.status, 200) << row.inject;
        EXPECT_TRUE(heard.whole) << row.inject;
        for (const std::string& bytes : row.has) {
            EXPECT_NE(heard.body.find(bytes), std::string::npos) << row.inject << " has no " << bytes << " in\n"
                                                                 << heard.body;
        }
        for (const std::string& bytes : row.has_not) {
            EXPECT_EQ(heard.body.find(bytes), std::string::npos) << row.inject << " has " << bytes << " in\n"
                                                                 << heard.body;
        }
        EXPECT_EQ(this->proof(), row.proof) << row.inject;
    }
}

TYPED_TEST(MessageFault, each_event_is_still_json)
{
    for (const Bytes& row : all_bytes) {
        const Heard heard = this->meet(row.inject, row.done, row.stream);
        if (!row.stream) {
            EXPECT_EQ(net::json_problem(heard.body), "") << row.inject;
            continue;
        }
        wire::SseReader reader;
        std::vector<wire::SseEvent> events;
        ASSERT_TRUE(reader.feed(heard.body, events));
        for (const wire::SseEvent& event : events) {
            EXPECT_TRUE(event.data == "[DONE]" || net::json_problem(event.data).empty())
                << row.inject << ": " << event.data;
        }
    }
}

TYPED_TEST(MessageFault, a_call_cut_at_the_limit_is_broken_json)
{
    for (const bool stream : {true, false}) {
        const wire::ChatAnswer answer = message_in(this->meet("{truncated: {admits: false}}", call_turn, stream));
        ASSERT_EQ(answer.tool_calls.size(), 1U);
        EXPECT_EQ(answer.tool_calls[0].arguments.size(), 72U) << "the head and three fragments";
        EXPECT_FALSE(net::parse_json(answer.tool_calls[0].arguments));
        EXPECT_EQ(answer.finish, wire::FinishReason::tool_calls);
    }
}

TYPED_TEST(MessageFault, an_answer_that_is_short_enough_is_not_truncated)
{
    this->meet("{truncated: {after_tokens: 1000}}", last_turn, streamed);
    EXPECT_EQ(this->told_.notes.size(), 3U) << "no opportunity";
}

TYPED_TEST(MessageFault, every_repetition_is_a_token_that_takes_its_time)
{
    const Heard heard = this->meet("{repetition: {of: \"\\n\", times: 60}}", last_turn, streamed);
    EXPECT_EQ(count(heard.body, R"({"content":"\n"})"), 60U);
    EXPECT_GE(heard.took, milliseconds(6));
    EXPECT_TRUE(this->told_.noted("primary#1 ended: 200 complete 64"));
}

TYPED_TEST(MessageFault, what_else_was_said_stays_as_it_was)
{
    for (const char* inject :
         {"{finish_reason: {as: end_turn}}", "{finish_reason: {as: \"\"}}", "{repetition: {inside: reasoning}}"}) {
        const Heard heard = this->meet(inject, last_turn, streamed);
        EXPECT_TRUE(contains_token(message_in(heard).text, expected_digest(some_task()))) << inject;
    }
    const Told healthy = tell(this->world_.runtime, {}, {post(chat_body(call_turn, streamed))});
    const std::string arguments = message_in(healthy.heard.at(0)).tool_calls.at(0).arguments;
    for (const char* inject : {"call_deltas", "{call_deltas: {index: all_zero}}", "{call_deltas: {name: repeated}}",
                               "{call_deltas: {name: split}}", "{call_deltas: {name: late}}", "{call_id: {as: reused}}",
                               "{arguments: {shape: object}}"}) {
        const wire::ChatAnswer answer = message_in(this->meet(inject, call_turn, streamed));
        ASSERT_FALSE(answer.tool_calls.empty()) << inject;
        EXPECT_EQ(answer.tool_calls[0].name, "write_file") << inject;
        EXPECT_EQ(answer.tool_calls[0].arguments, arguments) << inject;
    }
}

}  // namespace
}  // namespace chaos::mock_providers
