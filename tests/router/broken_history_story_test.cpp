// A history that is broken when it arrives: as it is for whoever speaks the caller's protocol, mended for everybody
// else.
#include "tests/router/vendors.hpp"

namespace chaos::router {
namespace {

struct BrokenHistoryRow {
    const char* name;
    const char* messages;
    const char* mended;  ///< what must be in it for another vendor
};

const std::vector<BrokenHistoryRow>& broken_histories()
{
    static const std::vector<BrokenHistoryRow> rows{
        {"a result without its call",
         R"([{"role":"user","content":"go"},{"role":"tool","tool_call_id":"call_lost","content":"found 42"}])",
         "found 42"},
        {"a call without a result",
         R"([{"role":"user","content":"go"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",)"
         R"("function":{"name":"read","arguments":"{}"}}]},{"role":"user","content":"and now?"}])",
         R"("type":"tool_result","tool_use_id":"call_1")"},
    };
    return rows;
}

std::string broken_history_body(const BrokenHistoryRow& row)
{
    return std::string(R"({"model":"agent","stream":false,"messages":)") + row.messages + "}";
}

TEST(BrokenHistory, whoever_speaks_the_callers_protocol_is_sent_it_as_it_is_and_its_refusal_comes_back)
{
    for (const BrokenHistoryRow& row : broken_histories()) {
        World world;
        ScriptedUpstream& primary =
            world.provider("primary", {error(400, "invalid_request_error", "messages[1]: tool_call_id call_lost")});
        ScriptedUpstream& backup = world.provider("backup", {answer("from the backup")});
        world.tell([&]() -> net::Task<void> {
            const Reply reply = co_await world.ask(broken_history_body(row));
            EXPECT_EQ(reply.status, 400) << row.name;
            EXPECT_NE(reply.body.find("messages[1]: tool_call_id call_lost"), std::string::npos) << reply.body;
        });
        ASSERT_EQ(primary.asked().size(), 1U) << row.name;
        EXPECT_TRUE(backup.asked().empty()) << row.name;
        EXPECT_NE(primary.asked()[0]->body.find(row.messages), std::string::npos) << primary.asked()[0]->body;
    }
}

TEST(BrokenHistory, whoever_speaks_another_protocol_is_sent_it_mended)
{
    for (const BrokenHistoryRow& row : broken_histories()) {
        World world;
        ScriptedUpstream& primary = world.provider("primary", {error(500, "", "boom")});
        ScriptedUpstream& backup =
            world.provider("backup", {answering(Protocol::anthropic, text_answer(Protocol::anthropic, "well"), false)},
                           std::nullopt, "anthropic");
        world.tell([&]() -> net::Task<void> {
            const Reply reply = co_await world.ask(broken_history_body(row));
            EXPECT_EQ(reply.status, 200) << row.name << reply.body;
        });
        EXPECT_FALSE(primary.asked().empty());
        ASSERT_EQ(backup.asked().size(), 1U) << row.name;
        EXPECT_NE(backup.asked()[0]->body.find(row.mended), std::string::npos) << backup.asked()[0]->body;
        EXPECT_EQ(backup.asked()[0]->body.find("call_lost"), std::string::npos) << "no id without its call";
    }
}

}  // namespace
}  // namespace chaos::router
