// What is read of a request, and how a nudge is put into it.
#include "router/request_facts.hpp"

#include <gtest/gtest.h>

#include "wire/openai_chat.hpp"

namespace chaos::router {
namespace {

RequestFacts facts_of(std::string_view body)
{
    FactsReader reader;
    RequestFacts facts;
    std::string problem;
    EXPECT_TRUE(reader.read(body, facts, problem)) << problem;
    return facts;
}

std::string problem_of(std::string_view body)
{
    FactsReader reader;
    RequestFacts facts;
    std::string problem;
    EXPECT_FALSE(reader.read(body, facts, problem)) << body;
    return problem;
}

TEST(RequestFacts, of_a_plain_request)
{
    const RequestFacts facts = facts_of(R"({"model":"agent","messages":[{"role":"user","content":"hi"}]})");
    EXPECT_EQ(facts.model, "agent");
    EXPECT_FALSE(facts.stream);
    EXPECT_EQ(facts.messages, 1U);
    EXPECT_FALSE(facts.last_is_tool_result);
    EXPECT_FALSE(facts.offers_tools);
    EXPECT_EQ(facts.choices, 1);
    EXPECT_FALSE(facts.keeps_state);
    EXPECT_GT(facts.estimated_tokens, 10);
    EXPECT_LT(facts.estimated_tokens, 40);
}

TEST(RequestFacts, of_a_request_with_everything)
{
    const RequestFacts facts = facts_of(
        R"({"stream":true,"n":2,"store":true,"max_tokens":100,"max_completion_tokens":50,"tools":[)"
        R"({"type":"function","function":{"name":"read","parameters":{}}},{"type":"function","function":{"name":"write"}}],)"
        R"("messages":[{"role":"user","content":"x"},{"role":"assistant","content":null},{"role":"tool","tool_call_id":"a","content":""}],)"
        R"("model":"agent"})");
    EXPECT_TRUE(facts.stream);
    EXPECT_EQ(facts.choices, 2);
    EXPECT_TRUE(facts.keeps_state);
    EXPECT_EQ(facts.max_output, 50);
    EXPECT_TRUE(facts.offers_tools);
    EXPECT_FALSE(facts.open_tools);
    EXPECT_TRUE(facts.declares("write"));
    EXPECT_FALSE(facts.declares("writ"));
    EXPECT_TRUE(facts.last_is_tool_result);
}

TEST(RequestFacts, of_members_that_come_twice_the_first_counts)
{
    const RequestFacts facts = facts_of(
        R"({"model":"a","stream":true,"n":null,"max_tokens":1,"messages":[{"role":"tool"}],"stream_options":{"include_usage":true},)"
        R"("model":"b","stream":false,"n":3,"max_tokens":2,"messages":[],"stream_options":null})");
    EXPECT_EQ(facts.model, "a");
    EXPECT_TRUE(facts.stream);
    EXPECT_TRUE(facts.wants_usage);
    EXPECT_EQ(facts.choices, 1);
    EXPECT_EQ(facts.max_output, 1);
    EXPECT_EQ(facts.messages, 1U);
    EXPECT_TRUE(facts.last_is_tool_result);
}

TEST(RequestFacts, tools_that_cannot_be_checked_are_marked)
{
    EXPECT_TRUE(
        facts_of(R"({"model":"m","messages":[],"tools":[{"type":"custom","custom":{"name":"x"}}]})").open_tools);
    EXPECT_TRUE(facts_of(R"({"model":"m","messages":[],"functions":[{"name":"x"}]})").open_tools);
    EXPECT_FALSE(facts_of(R"({"model":"m","messages":[],"functions":null})").open_tools);
}

TEST(RequestFacts, an_attached_image_is_not_counted_by_the_byte)
{
    const RequestFacts facts =
        facts_of(R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"what is it?"},)"
                 R"({"type":"image_url","image_url":{"url":"data:image/png;base64,)" +
                 std::string(400'000, 'A') + R"("}}]}]})");
    EXPECT_GT(facts.estimated_tokens, 1000);
    EXPECT_LT(facts.estimated_tokens, 1100);
}

TEST(RequestFacts, odd_requests_are_refused_with_the_reason)
{
    EXPECT_NE(problem_of("").find("JSON"), std::string::npos);
    EXPECT_NE(problem_of("{").find("JSON"), std::string::npos);
    EXPECT_NE(problem_of("[]").find("object"), std::string::npos);
    EXPECT_NE(problem_of(R"({"messages":[]})").find("model"), std::string::npos);
    EXPECT_NE(problem_of(R"({"model":7,"messages":[]})").find("model"), std::string::npos);
    EXPECT_NE(problem_of(R"({"model":"m"})").find("messages"), std::string::npos);
    EXPECT_NE(problem_of("{\"model\":\"m\",\"messages\":[\"\xff\"]}").find("JSON"), std::string::npos);
}

TEST(RequestFacts, depth_is_limited_for_small_and_large_bodies)
{
    const auto nested = [](std::size_t depth) {
        return R"({"model":"m","messages":[],"x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
    };
    FactsReader reader;
    RequestFacts facts;
    std::string problem;
    EXPECT_TRUE(reader.read(nested(40), facts, problem)) << problem;
    EXPECT_FALSE(reader.read(nested(100), facts, problem));
    EXPECT_FALSE(reader.read(nested(100'000), facts, problem));
    EXPECT_TRUE(reader.read(nested(40), facts, problem)) << problem;
    EXPECT_FALSE(reader.read(nested(100), facts, problem));
}

TEST(RequestFacts, tools_answered_last_are_named_through_their_ids)
{
    const auto request = wire::openai_chat::read_request(
        R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"early","arguments":""}}]},)"
        R"({"role":"tool","tool_call_id":"a","content":""},{"role":"assistant","tool_calls":[)"
        R"({"id":"b","function":{"name":"finish","arguments":""}},{"id":"c","function":{"name":"log","arguments":""}}]},)"
        R"({"role":"tool","tool_call_id":"c","content":""},{"role":"tool","tool_call_id":"b","content":""}]})");
    ASSERT_TRUE(request) << request.problem;
    EXPECT_EQ(tools_answered_last(*request.value), (std::vector<std::string>{"log", "finish"}));
    EXPECT_TRUE(tools_answered_last(wire::ChatRequest{}).empty());
}

TEST(RequestFacts, a_nudge_is_one_more_message_and_nothing_else_changes)
{
    EXPECT_EQ(append_user_message(R"({"a" : 1e2, "messages":[{"x":"]"} ] ,"z":"é"})", "go \"on\"").value(),
              R"({"a" : 1e2, "messages":[{"x":"]"} ,{"role":"user","content":"go \"on\""}] ,"z":"é"})");
    EXPECT_EQ(append_user_message(R"({"messages":[ ]})", "go").value(),
              R"({"messages":[ {"role":"user","content":"go"}]})");
    EXPECT_FALSE(append_user_message(R"({"messages":{}})", "go"));
}

}  // namespace
}  // namespace chaos::router
