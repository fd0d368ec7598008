// What identifies a session and a task, who stays with whom, and the bounds of the table.
#include "router/session/sessions.hpp"

#include <gtest/gtest.h>

namespace chaos::router {
namespace {

using namespace std::chrono_literals;

net::Instant session_time(net::Duration since_start)
{
    return net::Instant(since_start);
}

SessionFacts facts_in(const std::string& body)
{
    SessionFactsReader reader;
    const auto facts = reader.read(body);
    EXPECT_TRUE(facts) << body;
    return facts.value_or(SessionFacts{});
}

std::string chat(const std::string& messages)
{
    return R"({"model":"agent","messages":[)" + messages + "]}";
}
const std::string said_system_a = R"({"role":"system","content":"be brief"})";
const std::string said_user_a = R"({"role":"user","content":"do A"})";
const std::string said_user_b = R"({"role":"user","content":"do B"})";
const std::string said_call = R"({"role":"assistant","content":null,"tool_calls":[]})";
const std::string said_result = R"({"role":"tool","tool_call_id":"a","content":"done"})";
const std::string said_reply = R"({"role":"assistant","content":"A is done"})";

TEST(SessionFacts, a_session_is_its_system_prompt_and_its_first_user_turn)
{
    const SessionFacts opening = facts_in(chat(said_system_a + "," + said_user_a));
    EXPECT_EQ(opening.user_turns, 1U);
    const SessionFacts later = facts_in(chat(said_system_a + "," + said_user_a + "," + said_call + "," + said_result));
    EXPECT_EQ(later.opening, opening.opening);
    EXPECT_EQ(later.user_turns, 1U) << "a tool's result is no turn of the user";
    EXPECT_EQ(later.last_turn, opening.last_turn);
    EXPECT_NE(facts_in(chat(said_user_a)).opening, opening.opening);
    EXPECT_NE(facts_in(chat(said_system_a + "," + said_user_b)).opening, opening.opening);
    const SessionFacts second =
        facts_in(chat(said_system_a + "," + said_user_a + "," + said_reply + "," + said_user_b));
    EXPECT_EQ(second.opening, opening.opening);
    EXPECT_EQ(second.user_turns, 2U);
    EXPECT_NE(second.last_turn, opening.last_turn);
}

TEST(SessionFacts, in_the_other_dialects)
{
    const SessionFacts messages =
        facts_in(R"({"system":"be brief","messages":[{"role":"user","content":[{"type":"text","text":"do A"}]},)"
                 R"({"role":"assistant","content":[{"type":"tool_use","id":"a","name":"x","input":{}}]},)"
                 R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"done"}]}]})");
    EXPECT_EQ(messages.user_turns, 1U);
    EXPECT_NE(messages.opening, facts_in(R"({"messages":[{"role":"user","content":"do A"}]})").opening);
    const SessionFacts text = facts_in(R"({"instructions":"be brief","input":"do A"})");
    EXPECT_EQ(text.user_turns, 1U);
    const SessionFacts list = facts_in(
        R"({"instructions":"be brief","input":[{"role":"user","content":[{"type":"input_text","text":"do A"}]},)"
        R"({"type":"function_call","call_id":"a","name":"x","arguments":"{}"},)"
        R"({"type":"function_call_output","call_id":"a","output":"done"}]})");
    EXPECT_EQ(list.user_turns, 1U);
    EXPECT_NE(text.opening, facts_in(R"({"input":"do A"})").opening);
}

TEST(SessionFacts, of_what_is_no_conversation_there_are_none)
{
    SessionFactsReader reader;
    for (const char* body : {"", "{", "[]", "{}", R"({"messages":[]})", R"({"messages":[{"role":"user"}]})"})
        EXPECT_FALSE(reader.read(body)) << body;
}

struct TaskRow {
    const char* name;
    std::string request;  ///< after a failover at the request for `do A`
    bool new_task;
};

TEST(SessionRules, a_task_begins_with_a_user_turn)
{
    const std::vector<TaskRow> rows{
        {"the same request again", chat(said_system_a + "," + said_user_a), false},
        {"results of tools", chat(said_system_a + "," + said_user_a + "," + said_call + "," + said_result), false},
        {"a history trimmed in front",
         chat(said_user_a + "," + said_call + "," + said_result + "," + said_call + "," + said_result), false},
        {"another turn", chat(said_system_a + "," + said_user_a + "," + said_reply + "," + said_user_b), true},
        {"the same words once more", chat(said_system_a + "," + said_user_a + "," + said_reply + "," + said_user_a),
         true},
        {"another turn, and the history trimmed", chat(said_system_a + "," + said_user_b), true},
    };
    const SessionFacts first = facts_in(chat(said_system_a + "," + said_user_a));
    const FailedOver known{"backup", first.last_turn, first.user_turns};
    for (const TaskRow& row : rows) {
        const SessionFacts facts = facts_in(row.request);
        EXPECT_EQ(begins_a_task(known, facts), row.new_task) << row.name;
        EXPECT_FALSE(stays(ReturnRule::when_healthy, known, facts)) << row.name;
        EXPECT_EQ(stays(ReturnRule::next_task, known, facts), !row.new_task) << row.name;
        EXPECT_TRUE(stays(ReturnRule::never, known, facts)) << row.name;
    }
}

TEST(Sessions, expire_some_time_after_their_last_use)
{
    Sessions sessions;
    sessions.keep(1, {"backup", 7, 1}, 10, session_time(0s));
    EXPECT_EQ(sessions.find(1, 60s, session_time(59s))->provider, "backup");
    EXPECT_TRUE(sessions.find(1, 60s, session_time(118s))) << "it was used at 59 s";
    EXPECT_FALSE(sessions.find(1, 60s, session_time(178s)));
    EXPECT_EQ(sessions.size(), 0U);
}

TEST(Sessions, are_bounded_and_the_longest_unused_goes_first)
{
    Sessions sessions;
    for (std::uint64_t i = 1; i <= 3; ++i) sessions.keep(i, {"backup", 0, 0}, 3, session_time(1s));
    EXPECT_TRUE(sessions.find(1, 1h, session_time(2s)));
    sessions.keep(4, {"backup", 0, 0}, 3, session_time(3s));
    EXPECT_EQ(sessions.size(), 3U);
    EXPECT_FALSE(sessions.find(2, 1h, session_time(4s)));
    for (const std::uint64_t kept : {1, 3, 4}) EXPECT_TRUE(sessions.find(kept, 1h, session_time(4s))) << kept;
    sessions.keep(4, {"other", 0, 0}, 3, session_time(5s));
    EXPECT_EQ(sessions.size(), 3U);
    EXPECT_EQ(sessions.find(4, 1h, session_time(6s))->provider, "other");
    sessions.forget(4);
    sessions.forget(4);
    EXPECT_EQ(sessions.size(), 2U);
}

}  // namespace
}  // namespace chaos::router
