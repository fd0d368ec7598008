// Stories of streams: what flows, what is held, and what happens after the point of no return.
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

TEST(StreamStory, text_flows_while_it_is_being_written)
{
    World world;
    world.provider("primary", {stream(text_events({"one ", "two ", "three"}), 300ms)});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
    const Streamed read = read_stream(reply.body);
    EXPECT_TRUE(read.success());
    EXPECT_EQ(read.answer.text, "one two three");
    EXPECT_TRUE(reply.whole);
    EXPECT_EQ(reply.header("content-type"), "text/event-stream; charset=utf-8");
    EXPECT_EQ(reply.header("x-chaos-served-by"), "primary");
    EXPECT_LT(reply.first_byte_at - reply.asked_at, 610ms);
    EXPECT_GT(reply.took(), 1500ms);
}

TEST(StreamStory, events_are_passed_on_as_they_came)
{
    World world;
    const std::vector<std::string> events{chunk::role(), chunk::text("héllo"), chunk::finish("stop"), chunk::usage(),
                                          chunk::done};
    world.provider("primary", {stream(events)});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
    std::string expected;
    for (const std::string& event : events) expected += data_line(event);
    EXPECT_EQ(reply.body, expected);
}

TEST(StreamStory, connections_of_finished_streams_are_used_again)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {stream(text_events({"x"}))});
    world.tell([&]() -> net::Task<void> {
        for (int i = 0; i < 5; ++i) {
            const Reply reply = co_await world.ask(streamed);
            EXPECT_TRUE(read_stream(reply.body).success());
            co_await world.sleep(10ms);
        }
    });
    EXPECT_EQ(primary.asked().back()->connection, 1U);
}

struct Late {
    const char* name;
    Act act;
    const char* words;
};

TEST(StreamStory, after_text_has_flowed_there_is_one_error_and_no_second_provider)
{
    const std::vector<std::string> some{chunk::role(), chunk::text("half an ans")};
    std::vector<std::string> then_error = some;
    then_error.push_back(chunk::failed("server_error"));
    std::vector<std::string> then_limit = some;
    then_limit.push_back(chunk::failed("rate_limit_exceeded"));
    std::vector<std::string> then_empty_chunk = some;
    then_empty_chunk.push_back(chunk::of(R"({"role":"assistant","content":""})"));
    std::vector<std::string> then_nonsense = some;
    then_nonsense.push_back("{\"choices\":");
    std::vector<std::string> then_done = some;
    then_done.push_back(chunk::done);
    std::vector<std::string> then_half_call = some;
    then_half_call.push_back(chunk::call(0, "a", "read", "{"));
    std::vector<std::string> then_broken_call = then_half_call;
    then_broken_call.push_back(chunk::finish("tool_calls"));
    const std::vector<Late> rows{
        {"reset", stream_then(some, Exit::reset), "maybe_executed"},
        {"ended in the middle", stream_then(some, Exit::fin), "maybe_executed"},
        {"ended in order, without a reason", stream(some), "finish reason"},
        {"end marker, without a reason", stream(then_done), "finish reason"},
        {"stalled", stream_then(some, Exit::hold), "timeout(idle)"},
        {"error event", stream(then_error), "it failed"},
        {"limit", stream(then_limit), "it failed"},
        {"an error that was swallowed: an empty chunk and the end", stream(then_empty_chunk), "finish reason"},
        {"nonsense", stream(then_nonsense), "cannot be read"},
        {"half a call, reset", stream_then(then_half_call, Exit::reset), "maybe_executed"},
        {"half a call, finished", stream(then_broken_call), "malformed_tool"},
    };
    for (const Late& row : rows) {
        World world;
        ScriptedUpstream& primary = world.provider("primary", {row.act});
        ScriptedUpstream& backup = world.provider("backup", {stream(text_events({"never"}))});
        Reply reply;
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(tool_request_body(true)); });
        const Streamed read = read_stream(reply.body);
        EXPECT_EQ(reply.status, 200) << row.name;
        EXPECT_EQ(read.answer.text, "half an ans") << row.name;
        EXPECT_TRUE(read.answer.tool_calls.empty()) << row.name;
        EXPECT_EQ(read.errors, 1) << row.name << reply.body;
        EXPECT_EQ(read.end_markers, 0) << row.name;
        EXPECT_FALSE(read.finished()) << row.name;
        EXPECT_NE(read.error_message.find(row.words), std::string::npos) << row.name << ": " << read.error_message;
        EXPECT_TRUE(reply.whole) << row.name << ": the error must arrive";
        EXPECT_EQ(primary.asked().size(), 1U) << row.name;
        EXPECT_EQ(backup.asked().size(), 0U) << row.name;
    }
}

TEST(StreamStory, a_limit_in_the_middle_with_nobody_else_left_ends_the_request)
{
    for (const bool after_text : {false, true}) {
        World world;
        world.policy.retry.max_attempts = 3;
        std::vector<std::string> events{chunk::role()};
        if (after_text) events.push_back(chunk::text("half an ans"));
        events.push_back(chunk::failed("rate_limit_exceeded"));
        ScriptedUpstream& only = world.provider("only", {stream(events)});
        Reply reply;
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
        EXPECT_EQ(reply.status, after_text ? 200 : 429) << reply.body;
        EXPECT_FALSE(read_stream(reply.body).success());
        EXPECT_LE(only.asked().size(), after_text ? 1U : 3U);
        EXPECT_LE(reply.took(), 20s);
    }
}

TEST(StreamStory, an_attempt_that_is_given_up_is_closed_before_the_next_answers)
{
    const std::vector<std::pair<const char*, Act>> rows{
        {"no head", silent()},
        {"no first token", stream_then({chunk::role()}, Exit::hold)},
        {"stalled in a call", stream_then({chunk::role(), chunk::call(0, "a", "read", "{")}, Exit::hold)},
    };
    for (const auto& [name, act] : rows) {
        World world;
        ScriptedUpstream& primary = world.provider("primary", {act});
        ScriptedUpstream& backup = world.provider("backup", {stream(text_events({"x"}))});
        world.tell([&]() -> net::Task<void> { co_await world.ask(tool_request_body(true)); });
        ASSERT_EQ(primary.asked().size(), 1U) << name;
        ASSERT_EQ(backup.asked().size(), 1U) << name;
        EXPECT_TRUE(primary.asked()[0]->client_left) << name;
        EXPECT_LE(primary.asked()[0]->client_left_at - backup.asked()[0]->at, 10ms) << name;
    }
}

TEST(StreamStory, a_held_call_that_is_cut_leaves_no_trace)
{
    World world;
    world.provider(
        "primary",
        {stream_then({chunk::role(), chunk::call(0, "p", "read", "{}"), chunk::call(1, "q", "write", "{\"a\":")},
                     Exit::reset)});
    world.provider(
        "backup",
        {stream({chunk::role(), chunk::call(0, "b", "write", "{\"a\":1}"), chunk::finish("tool_calls"), chunk::done})});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(tool_request_body(true)); });
    const Streamed read = read_stream(reply.body);
    EXPECT_TRUE(read.success());
    ASSERT_EQ(read.answer.tool_calls.size(), 1U);
    EXPECT_EQ(read.answer.tool_calls[0].id, "b");
    EXPECT_EQ(reply.body.find("\"p\""), std::string::npos);
}

/// A call that is held for long: clients and proxies that hear nothing for half a minute give up.
TEST(StreamStory, while_a_call_is_held_the_caller_has_a_sign_of_life_but_never_before_the_first_words)
{
    for (const bool words_first : {true, false}) {
        World world;
        world.policy.timeouts.idle = 10s;
        world.policy.timeouts.first_token = 10s;
        world.policy.timeouts.total = 120s;
        std::vector<std::string> events{chunk::role()};
        if (words_first) events.push_back(chunk::text("I shall read it."));
        events.push_back(chunk::call(0, "a", "read", "{"));
        for (int i = 0; i < 9; ++i) events.push_back(chunk::call(0, "", "", " "));
        events.push_back(chunk::call(0, "", "", "}"));
        events.push_back(chunk::finish("tool_calls"));
        events.push_back(chunk::done);
        world.provider("primary", {stream(events, 4s)});
        Reply reply;
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(tool_request_body(true)); });
        const Streamed read = read_stream(reply.body);
        EXPECT_TRUE(read.success()) << reply.body;
        EXPECT_EQ(read.answer.tool_calls.size(), 1U);
        std::size_t pings = 0;
        for (std::size_t at = reply.body.find(": ping\n\n"); at != std::string::npos;
             at = reply.body.find(": ping\n\n", at + 1))
            ++pings;
        EXPECT_EQ(pings, words_first ? 3U : 0U) << reply.body;
    }
}

TEST(StreamStory, a_missing_end_marker_is_supplied)
{
    std::vector<std::string> events = text_events({"x"});
    events.pop_back();
    for (const Exit exit : {Exit::fin, Exit::reset, Exit::hold}) {
        World world;
        world.provider("primary", {stream_then(events, exit)});
        ScriptedUpstream& backup = world.provider("backup", {stream(text_events({"never"}))});
        Reply reply;
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
        EXPECT_TRUE(read_stream(reply.body).success());
        EXPECT_LE(reply.took(), 1100ms);
        EXPECT_EQ(backup.asked().size(), 0U);
    }
}

TEST(StreamStory, comments_do_not_keep_a_stalled_stream_alive)
{
    for (const bool after_text : {false, true}) {
        World world;
        Act act{{{0ns, stream_head()}, {0ns, chunked(data_line(after_text ? chunk::text("x") : chunk::role()))}},
                Exit::hold};
        for (int i = 0; i < 200; ++i) act.pieces.push_back({100ms, chunked(": keep-alive\n\n")});
        world.provider("primary", {act});
        world.provider("backup", {stream(text_events({"from the backup"}))});
        Reply reply;
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
        EXPECT_LT(reply.took(), 1100ms);
        const Streamed read = read_stream(reply.body);
        EXPECT_EQ(read.success(), !after_text) << reply.body;
        EXPECT_EQ(read.errors, after_text ? 1 : 0);
    }
}

TEST(StreamStory, chunks_without_content_do_not_keep_a_stalled_stream_alive)
{
    World world;
    std::vector<std::string> events{chunk::role(), chunk::text("x")};
    for (int i = 0; i < 200; ++i) events.push_back(chunk::of("{}"));
    world.provider("primary", {stream_then(events, Exit::hold, 100ms)});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
    EXPECT_LT(reply.took(), 1400ms);
    EXPECT_EQ(read_stream(reply.body).errors, 1);
}

TEST(StreamStory, a_slow_drip_is_bounded_by_the_deadline)
{
    World world;
    world.policy.timeouts.total = 5s;
    std::vector<std::string> events;
    for (int i = 0; i < 100; ++i) events.push_back(chunk::text("x"));
    world.provider("primary", {stream_then(events, Exit::hold, 500ms)});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
    EXPECT_GE(reply.took(), 5s);
    EXPECT_LT(reply.took(), 5100ms);
    EXPECT_EQ(read_stream(reply.body).errors, 1);
}

TEST(StreamStory, pieces_of_any_size_and_any_line_end_are_understood)
{
    const std::string text =
        data_line(chunk::role()) + data_line(chunk::text("naïve 漢字")) + data_line(chunk::finish("stop"));
    std::string crlf = "\xEF\xBB\xBF";
    for (const char c : text) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    for (const std::string& bytes : {text, crlf}) {
        World world;
        Act act{{{0ns, stream_head()}}, Exit::keep};
        for (const char c : bytes) act.pieces.push_back({0ns, chunked(std::string(1, c))});
        act.pieces.push_back({0ns, std::string(net::http::last_chunk)});
        world.provider("primary", {act});
        Reply reply;
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
        const Streamed read = read_stream(reply.body);
        EXPECT_TRUE(read.success());
        EXPECT_EQ(read.answer.text, "naïve 漢字");
    }
}

TEST(StreamStory, a_slow_caller_slows_the_provider_down_and_is_not_its_fault)
{
    World world;
    std::vector<std::string> events;
    const std::string words(4000, 'w');
    for (int i = 0; i < 500; ++i) events.push_back(chunk::text(words));
    events.push_back(chunk::finish("stop"));
    events.push_back(chunk::done);
    world.policy.timeouts.total = 10min;
    ScriptedUpstream& primary = world.provider("primary", {stream(events)});
    world.slow_reader = 2s;  // longer than the idle timer, between each piece of at most a buffer
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
    EXPECT_TRUE(read_stream(reply.body).success());
    EXPECT_EQ(read_stream(reply.body).answer.text.size(), words.size() * 500);
    EXPECT_GT(reply.took(), 5s);
    EXPECT_EQ(primary.asked().size(), 1U);
}

TEST(StreamStory, a_caller_who_reads_nothing_is_dropped_at_the_deadline)
{
    World world;
    world.policy.timeouts.total = 5s;
    std::vector<std::string> events;
    for (int i = 0; i < 500; ++i) events.push_back(chunk::text(std::string(4000, 'w')));
    ScriptedUpstream& primary = world.provider("primary", {stream_then(events, Exit::hold)});
    world.slow_reader = 1min;
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
    EXPECT_FALSE(reply.whole);
    ASSERT_EQ(primary.asked().size(), 1U);
    EXPECT_TRUE(primary.asked()[0]->client_left);
    EXPECT_LT(primary.asked()[0]->client_left_at, net::Instant(5100ms));
}

}  // namespace
}  // namespace chaos::router
