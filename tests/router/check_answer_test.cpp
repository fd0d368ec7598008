// A success status is checked: one row an answer that some real provider gave.
#include "router/check_answer.hpp"

#include <gtest/gtest.h>

#include "router/doors/door.hpp"

#include <vector>

namespace chaos::router {
namespace {

using enum OutcomeClass;
using wire::ChatAnswer;
using wire::FinishReason;

RequestFacts facts_without_tools()
{
    return {};
}

RequestFacts facts_with_tools(bool after_result = false)
{
    RequestFacts facts;
    facts.offers_tools = true;
    facts.tools = {"read", "write"};
    facts.last_is_tool_result = after_result;
    return facts;
}

RequestFacts legacy()
{
    RequestFacts facts = facts_with_tools();
    facts.open_tools = true;
    return facts;
}

ChatAnswer answer_with(std::string text, FinishReason finish, std::vector<wire::ToolCall> calls = {})
{
    ChatAnswer result;
    result.text = std::move(text);
    result.finish = finish;
    result.tool_calls = std::move(calls);
    return result;
}

ChatAnswer other(std::string reason)
{
    ChatAnswer result = answer_with("hello", FinishReason::other);
    result.finish_text = std::move(reason);
    return result;
}

ChatAnswer refusal()
{
    ChatAnswer result = answer_with("", FinishReason::stop);
    result.refusal = "I cannot";
    return result;
}

ChatAnswer reasoning_only(FinishReason finish)
{
    ChatAnswer result = answer_with("", finish);
    result.reasoning = "hmm";
    return result;
}

const wire::ToolCall good_call{"call_1", "read", R"({"path":"a"})"};

struct CallRow {
    const char* name;
    ChatAnswer answer;
    RequestFacts facts;
    OutcomeClass what;
};

const std::vector<CallRow> call_rows{
    {"text", answer_with("hello", FinishReason::stop), facts_without_tools(), ok},
    {"text, cut by length", answer_with("hel", FinishReason::length), facts_without_tools(), ok},
    {"text without a reason", answer_with("hello", FinishReason::none), facts_without_tools(), invalid_200},
    {"reason error", other("error"), facts_without_tools(), invalid_200},
    {"reason end_turn", other("end_turn"), facts_without_tools(), ok},
    {"nothing, stop", answer_with("", FinishReason::stop), facts_without_tools(), empty_turn},
    {"blanks, stop", answer_with(" \n", FinishReason::stop), facts_without_tools(), empty_turn},
    {"nothing, content_filter", answer_with("", FinishReason::content_filter), facts_without_tools(), ok},
    {"a refusal", refusal(), facts_without_tools(), ok},
    {"only reasoning", reasoning_only(FinishReason::stop), facts_without_tools(), empty_turn},
    {"the budget spent on reasoning", reasoning_only(FinishReason::length), facts_without_tools(), ok},
    {"the budget spent on reasoning after a tool", reasoning_only(FinishReason::length), facts_with_tools(true),
     empty_turn},
    {"nothing after a tool result", answer_with("", FinishReason::stop), facts_with_tools(true), empty_turn},
    {"tool_calls without calls", answer_with("", FinishReason::tool_calls), facts_with_tools(), empty_turn},
    {"tool_calls without calls but text", answer_with("I will call", FinishReason::tool_calls), facts_with_tools(),
     empty_turn},
    {"a call", answer_with("", FinishReason::tool_calls, {good_call}), facts_with_tools(), ok},
    {"a call after a result", answer_with("", FinishReason::tool_calls, {good_call}), facts_with_tools(true), ok},
    {"a call under stop", answer_with("", FinishReason::stop, {good_call}), facts_with_tools(), ok},
    {"text and a call", answer_with("so", FinishReason::tool_calls, {good_call}), facts_with_tools(), ok},
    {"no arguments at all", answer_with("", FinishReason::tool_calls, {{"c", "read", ""}}), facts_with_tools(), ok},
    {"broken arguments", answer_with("", FinishReason::tool_calls, {{"c", "read", R"({"path":"a)"}}),
     facts_with_tools(), malformed_tool},
    {"broken arguments under length", answer_with("", FinishReason::length, {{"c", "read", R"({"path":"a)"}}),
     facts_with_tools(), malformed_tool},
    {"whole arguments under length", answer_with("", FinishReason::length, {good_call}), facts_with_tools(), ok},
    {"two objects in one", answer_with("", FinishReason::tool_calls, {{"c", "read", R"({"a":1}{"b":2})"}}),
     facts_with_tools(), malformed_tool},
    {"arguments that are no object", answer_with("", FinishReason::tool_calls, {{"c", "read", "[1]"}}),
     facts_with_tools(), malformed_tool},
    {"arguments null", answer_with("", FinishReason::tool_calls, {{"c", "read", "null"}}), facts_with_tools(),
     malformed_tool},
    {"a tool nobody offered", answer_with("", FinishReason::tool_calls, {{"c", "delete", "{}"}}), facts_with_tools(),
     malformed_tool},
    {"a call where no tools were offered", answer_with("", FinishReason::tool_calls, {good_call}),
     facts_without_tools(), malformed_tool},
    {"a call without id", answer_with("", FinishReason::tool_calls, {{"", "read", "{}"}}), facts_with_tools(),
     malformed_tool},
    {"one id twice", answer_with("", FinishReason::tool_calls, {good_call, good_call}), facts_with_tools(),
     malformed_tool},
    {"second of two broken", answer_with("", FinishReason::tool_calls, {good_call, {"d", "write", "{"}}),
     facts_with_tools(), malformed_tool},
    {"a call as text", answer_with("\n<tool_call>{\"name\":", FinishReason::stop), facts_with_tools(), malformed_tool},
    {"words, then a call as text",
     answer_with("Let me look.\n<tool_call>\n{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}\n</tool_call>\n",
                 FinishReason::stop),
     facts_with_tools(), malformed_tool},
    {"words, then two calls as text",
     answer_with("So:<tool_call>{\"name\":\"write\",\"arguments\":{}}</tool_call>"
                 "<tool_call>{\"name\":\"read\",\"arguments\":\"{}\"}</tool_call>",
                 FinishReason::stop),
     facts_with_tools(), malformed_tool},
    {"a call in a fence",
     answer_with("```json\n{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}\n```", FinishReason::stop),
     facts_with_tools(), malformed_tool},
    {"a call with parameters in a fence",
     answer_with("```\n{\"name\":\"read\",\"parameters\":{}}\n```\n", FinishReason::stop), facts_with_tools(),
     malformed_tool},
    {"a call and nothing around it", answer_with(R"({"name": "read", "arguments": {"path": "a"}})", FinishReason::stop),
     facts_with_tools(), malformed_tool},
    {"JSON that names no tool of ours", answer_with(R"({"name": "Ada", "arguments": {}})", FinishReason::stop),
     facts_with_tools(), ok},
    {"JSON that names a tool and calls nothing", answer_with(R"({"name": "read", "age": 3})", FinishReason::stop),
     facts_with_tools(), ok},
    {"a fence within an explanation",
     answer_with("Such a call reads\n```json\n{\"name\":\"read\",\"arguments\":{}}\n```", FinishReason::stop),
     facts_with_tools(), ok},
    {"a fence of something else", answer_with("```json\n[1, 2]\n```", FinishReason::stop), facts_with_tools(), ok},
    {"a tag that closes around no call", answer_with("the tag is <tool_call>x</tool_call>", FinishReason::stop),
     facts_with_tools(), ok},
    {"a call as JSON where no tools were offered", answer_with(R"({"name":"read","arguments":{}})", FinishReason::stop),
     facts_without_tools(), ok},
    {"markup where no tools were offered", answer_with("<tool_call> is a tag", FinishReason::stop),
     facts_without_tools(), ok},
    {"markup later in the text", answer_with("use <tool_call>", FinishReason::stop), facts_with_tools(), ok},
    {"legacy functions are invisible to us", answer_with("", FinishReason::other), legacy(), ok},
};

TEST(CheckAnswer, every_answer_is_held_against_its_request)
{
    for (const CallRow& row : call_rows) {
        const Outcome outcome = check_answer(row.answer, row.facts);
        EXPECT_EQ(spelling(outcome.what), spelling(row.what)) << row.name << ": " << outcome.why;
        EXPECT_EQ(outcome.why.empty(), row.what == ok) << row.name;
    }
}

WholeAnswer read_chat(std::string_view body)
{
    return api_of(Protocol::openai_chat).read_answer(body, 1);
}

struct AnswerBodyRow {
    const char* name;
    BodyKind kind;
    const char* body;
    OutcomeClass what;
};

const char* const good_body =
    R"({"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]})";

const std::vector<AnswerBodyRow> answer_bodies{
    {"good", BodyKind::json, good_body, ok},
    {"good without a type", BodyKind::unsaid, good_body, ok},
    {"good under a strange type", BodyKind::other, good_body, ok},
    {"good under html", BodyKind::html, good_body, invalid_200},
    {"html", BodyKind::unsaid, "<html>login</html>", invalid_200},
    {"events", BodyKind::events, "data: {}\n\n", invalid_200},
    {"empty", BodyKind::json, "", invalid_200},
    {"blank", BodyKind::json, " \n ", invalid_200},
    {"not JSON", BodyKind::json, "{", invalid_200},
    {"no choices", BodyKind::json, R"({"choices":[]})", invalid_200},
    {"choices null", BodyKind::json, R"({"choices":null})", invalid_200},
    {"no object", BodyKind::json, "[]", invalid_200},
    {"error envelope", BodyKind::json, R"({"error":{"message":"slow","type":"","code":"rate_limit_exceeded"}})",
     rate_limit},
    {"error envelope by number", BodyKind::json, R"({"error":{"message":"slow","code":429}})", rate_limit},
    {"error beside choices", BodyKind::json,
     R"({"error":{"message":"Overloaded","type":"overloaded_error"},"choices":[{"message":{"content":null}}]})",
     overloaded},
    {"error null is none", BodyKind::json,
     R"({"error":null,"choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]})", ok},
    {"cut in the middle", BodyKind::json, R"({"id":"x","choices":[{"index":0,"message":{"role":"assist)", invalid_200},
};

TEST(CheckAnswer, bodies_of_every_kind)
{
    for (const AnswerBodyRow& row : answer_bodies) {
        const Outcome outcome = check_whole(row.kind, row.body, read_chat(row.body), facts_without_tools());
        EXPECT_EQ(spelling(outcome.what), spelling(row.what)) << row.name << ": " << outcome.why;
    }
}

TEST(CheckAnswer, arguments_given_as_an_object_are_put_right)
{
    const char* as_object =
        R"({"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function",)"
        R"("function":{"name":"read","arguments" : {"path":"a"}}}]},"finish_reason":"tool_calls"}]})";
    const WholeAnswer read = read_chat(as_object);
    EXPECT_EQ(check_whole(BodyKind::json, as_object, read, facts_with_tools()).what, ok);
    EXPECT_TRUE(read.must_rewrite);
    const std::string rewritten = door_of(Protocol::openai_chat).write_answer(read.answer);
    const WholeAnswer again = read_chat(rewritten);
    ASSERT_EQ(again.problem, "") << rewritten;
    EXPECT_EQ(again.answer.tool_calls.at(0).arguments, R"({"path":"a"})");
    EXPECT_FALSE(again.must_rewrite) << rewritten;
    EXPECT_FALSE(read_chat(good_body).must_rewrite);
    EXPECT_FALSE(has_object_arguments(R"({"text":"\"arguments\":{}","arguments":"{}"})"));
}

TEST(CheckAnswer, a_body_is_never_a_stream)
{
    const std::string exhausted = R"({"error":{"message":"m","code":"insufficient_quota"}})";
    EXPECT_EQ(check_unstreamed(BodyKind::json, good_body, read_chat(good_body)).what, invalid_200);
    EXPECT_EQ(check_unstreamed(BodyKind::html, "<html>", read_chat("<html>")).what, invalid_200);
    EXPECT_EQ(check_unstreamed(BodyKind::json, exhausted, read_chat(exhausted)).what, quota);
}

TEST(CheckAnswer, content_types)
{
    const struct {
        const char* type;
        BodyKind kind;
    } rows[] = {
        {"application/json", BodyKind::json},
        {"application/json; charset=utf-8", BodyKind::json},
        {" \tApplication/JSON ;x", BodyKind::json},
        {"Application/Problem+JSON", BodyKind::json},
        {"+json", BodyKind::json},
        {"text/json", BodyKind::json},
        {"json", BodyKind::other},
        {"application/json5", BodyKind::other},
        {"text/event-stream; charset=utf-8", BodyKind::events},
        {"Text/Event-Stream", BodyKind::events},
        {"application/x-ndjson", BodyKind::lines},
        {"application/ndjson", BodyKind::lines},
        {"text/html", BodyKind::html},
        {"TEXT/HTML;charset=utf-8", BodyKind::html},
        {"application/xhtml+xml", BodyKind::html},
        {"", BodyKind::unsaid},
        {" ; charset=utf-8", BodyKind::unsaid},
        {"text/plain", BodyKind::unsaid},
        {"image/png", BodyKind::other},
    };
    for (const auto& row : rows) EXPECT_EQ(body_kind(row.type), row.kind) << row.type;
}

TEST(CheckAnswer, the_beginning_of_a_call_written_as_text_is_recognised_early)
{
    const std::vector<std::string> tools = {"read", "read_all"};
    for (const char* beginning :
         {"", "\n<tool", "<tool_call>{", "{", "{ \"na", "{\"name\": \"rea", "{\"name\":\"read\", \"arguments\"", "``",
          "```js", "```json\n{\"name\": \"read_a", "```\n{\n  \"name\": \"read\""}) {
        EXPECT_TRUE(may_become_call_as_text(beginning, tools)) << beginning;
    }
    for (const char* text :
         {"<b>", "The <tool_call>", "{\"names", "{\"name\": \"Ada", "{}", "```python", "```json\n[", "[1"}) {
        EXPECT_FALSE(may_become_call_as_text(text, tools)) << text;
    }
}

}  // namespace
}  // namespace chaos::router
