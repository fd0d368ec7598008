// The provider's response is cut after byte 1, 2, ... n, in every way: the caller never gets a truncated success, and
// never one provider's words continued by another's.
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

std::string bytes_of(const Act& act)
{
    std::string all;
    for (const Act::Bytes& piece : act.pieces) all += piece.bytes;
    return all;
}

/// The first `length` bytes, then the end.
Act cut(const std::string& bytes, std::size_t length, Exit exit)
{
    return Act{{{0ns, bytes.substr(0, length)}}, exit};
}

struct Cut {
    const char* name;
    Act act;
    std::string request;
    std::string words;               ///< of the primary's whole answer; no space occurs in the backup's
    std::vector<std::string> calls;  ///< ids of its calls
};

std::vector<Cut> cuts()
{
    return {
        {"body", answer("alpha beta gamma"), plain, "alpha beta gamma", {}},
        {"body_with_a_call",
         whole(200, call_body("read", R"({"path":"x"})")),
         tool_request_body(false),
         "",
         {"call_1"}},
        {"stream_of_text", stream(text_events({"alpha ", "beta ", "gamma"})), streamed, "alpha beta gamma", {}},
        {"stream_with_usage",
         stream({chunk::role(), chunk::text("alpha "), chunk::text("beta"), chunk::finish("stop"), chunk::usage(),
                 chunk::done}),
         streamed,
         "alpha beta",
         {}},
        {"stream_of_calls",
         stream({chunk::role(), chunk::call(0, "call_1", "read", "{\"path\":"), chunk::call(0, "", "", "\"x\"}"),
                 chunk::call(1, "call_2", "write", "{}"), chunk::finish("tool_calls"), chunk::done}),
         tool_request_body(true),
         "",
         {"call_1", "call_2"}},
        {"stream_of_text_and_a_call",
         stream({chunk::role(), chunk::text("alpha "), chunk::call(0, "call_1", "read", "{}"),
                 chunk::finish("tool_calls"), chunk::done}),
         tool_request_body(true),
         "alpha ",
         {"call_1"}},
        {"stream_delimited_by_its_end",
         Act{{{0ns, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + data_line(chunk::role()) +
                        data_line(chunk::text("alpha ")) + data_line(chunk::text("beta")) +
                        data_line(chunk::finish("stop")) + data_line(chunk::done)}},
             Exit::fin},
         streamed,
         "alpha beta",
         {}},
        {"body_delimited_by_its_end",
         Act{{{0ns, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + text_body("alpha beta")}}, Exit::fin},
         plain,
         "alpha beta",
         {}},
    };
}

std::vector<std::string> ids_of(const wire::ChatAnswer& answer)
{
    std::vector<std::string> ids;
    for (const wire::ToolCall& call : answer.tool_calls) ids.push_back(call.id);
    return ids;
}

void expect_sound(const Cut& row, const Reply& reply, bool is_stream, const std::string& where)
{
    wire::ChatAnswer answer;
    bool success = false;
    if (is_stream && reply.status == 200) {
        const Streamed read = read_stream(reply.body);
        answer = read.answer;
        success = read.success();
        EXPECT_LE(read.end_markers + read.errors, 1) << where << reply.body;
        EXPECT_EQ(read.end_markers + read.errors, 1) << where << reply.body;
    } else if (reply.status == 200) {
        const auto read = wire::openai_chat::read_answer(reply.body);
        if (!read) throw std::logic_error(where + "unreadable success: " + reply.body);
        answer = read.value->answer;
        success = true;
    }
    const bool by_backup = reply.header("x-chaos-served-by") == "backup";
    if (success && by_backup) {
        EXPECT_EQ(answer.text, "BACKUP") << where;
        EXPECT_TRUE(answer.tool_calls.empty()) << where;
    } else if (success) {
        EXPECT_EQ(answer.text, row.words) << where;
        EXPECT_EQ(ids_of(answer), row.calls) << where;
    } else {
        EXPECT_EQ(answer.text.find("BACKUP"), std::string::npos) << where << "two providers in one answer";
        EXPECT_TRUE(answer.tool_calls.empty()) << where << "a call of an answer that broke off";
        EXPECT_TRUE(row.words.starts_with(answer.text)) << where;
    }
}

class CutStory : public ::testing::TestWithParam<Cut> {};

TEST_P(CutStory, at_every_byte_in_every_way)
{
    const Cut& row = GetParam();
    const bool is_stream = row.request.find("\"stream\":true") != std::string::npos;
    const std::string bytes = bytes_of(row.act);
    std::size_t served_by_backup = 0;
    std::size_t broken = 0;
    World world;
    world.policy.breaker.failures = 1'000'000;
    world.policy.breaker.window_minimum = 1'000'000;
    world.policy.retry.same_provider = 0;
    world.policy.timeouts.first_token = 50ms;
    world.policy.timeouts.idle = 50ms;
    ScriptedUpstream& primary = world.provider("primary", {answer("replaced below")});
    world.provider("backup", {is_stream ? stream(text_events({"BACKUP"})) : answer("BACKUP")});
    world.tell([&]() -> net::Task<void> {
        for (const Exit exit : {Exit::reset, Exit::fin, Exit::hold}) {
            const std::size_t step = exit == Exit::hold ? 7 : 1;
            for (std::size_t length = 1; length <= bytes.size(); length += step) {
                primary.set_script({cut(bytes, length, exit)});
                const Reply reply = co_await world.ask(row.request);
                const std::string where = "exit " + std::to_string(static_cast<int>(exit)) + ", byte " +
                                          std::to_string(length) + " of " + std::to_string(bytes.size()) + ": ";
                EXPECT_EQ(reply.status, 200) << where << reply.body;
                EXPECT_TRUE(reply.whole) << where;
                expect_sound(row, reply, is_stream, where);
                if (reply.header("x-chaos-served-by") == "backup") ++served_by_backup;
                if (is_stream && !read_stream(reply.body).success()) ++broken;
            }
        }
    });
    EXPECT_GT(served_by_backup, bytes.size() / 3);
    EXPECT_EQ(broken > 0, is_stream && !row.words.empty());
}

INSTANTIATE_TEST_SUITE_P(Responses, CutStory, ::testing::ValuesIn(cuts()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace chaos::router
