// Requests for several choices (`n`): whoever speaks the caller's protocol is asked for them, all of them are checked
// and reach the caller; whoever cannot give them is passed over.
#include "tests/router/vendors.hpp"

namespace chaos::router {
namespace {

std::string choices_request(bool stream, int n, const std::string& extra = "")
{
    return request_body(stream, R"(,"n":)" + std::to_string(n) + extra);
}

/// One choice of a whole answer.
std::string choice_body(int index, const std::string& text, const std::string& finish = "stop")
{
    std::string body = R"({"index":)" + std::to_string(index) + R"(,"message":{"role":"assistant","content":)";
    net::append_json_string(body, text);
    return body + R"(},"finish_reason":")" + finish + R"("})";
}

std::string choices_body(const std::vector<std::string>& choices)
{
    std::string body = R"({"id":"c1","model":"m","choices":[)";
    for (const std::string& choice : choices) body += (&choice == &choices.front() ? "" : ",") + choice;
    return body + "]}";
}

/// An event of one choice.
std::string of_choice(int index, const std::string& event)
{
    const std::string first = R"("index":0)";
    std::string moved = event;
    return moved.replace(moved.find(first), first.size(), R"("index":)" + std::to_string(index));
}

std::vector<std::string> two_streamed_choices()
{
    return {of_choice(0, chunk::role()),
            of_choice(1, chunk::role()),
            of_choice(0, chunk::text("a ")),
            of_choice(1, chunk::text("b ")),
            of_choice(1, chunk::text("b2")),
            of_choice(1, chunk::finish("stop")),
            of_choice(0, chunk::text("a2")),
            of_choice(0, chunk::finish("stop")),
            chunk::usage(),
            chunk::done};
}

std::string sse(const std::vector<std::string>& events)
{
    std::string body;
    for (const std::string& event : events) body += data_line(event);
    return body;
}

TEST(ChoicesStory, whole_answers_reach_the_caller_as_they_came)
{
    World world;
    const std::string body = choices_body({choice_body(0, "one"), choice_body(1, "two"), choice_body(2, "three")});
    ScriptedUpstream& primary = world.provider("primary", {whole(200, body)});
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.ask(choices_request(false, 3));
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.body, body);
    });
    ASSERT_EQ(primary.asked().size(), 1U);
    EXPECT_NE(primary.asked()[0]->body.find(R"("n":3)"), std::string::npos) << primary.asked()[0]->body;
}

TEST(ChoicesStory, streams_flow_choice_by_choice_and_reach_the_caller_as_they_came)
{
    for (const bool continue_text : {false, true}) {
        World world;
        world.policy.continue_text = continue_text;
        const std::vector<std::string> events = two_streamed_choices();
        world.provider("primary", {stream(events, 100ms)});
        world.provider("other", {answer("never")}, std::nullopt, "anthropic");
        world.tell([&]() -> net::Task<void> {
            const Reply reply =
                co_await world.ask(choices_request(true, 2, R"(,"stream_options":{"include_usage":true})"));
            EXPECT_EQ(reply.status, 200);
            EXPECT_EQ(reply.body, sse(events));
            EXPECT_TRUE(reply.whole);
            EXPECT_LT(reply.first_byte_at, reply.ended_at - 500ms) << "text flows while the rest is made";
        });
    }
}

struct BadChoiceRow {
    const char* what;
    bool stream;
    Act act;
};

/// The calls of two choices, each of which is called `name` with these arguments.
std::vector<std::string> two_streamed_calls(const std::string& name, const std::string& arguments)
{
    return {of_choice(0, chunk::call(0, "a", "read", "{}")), of_choice(1, chunk::call(0, "b", name, arguments)),
            of_choice(0, chunk::finish("tool_calls")), of_choice(1, chunk::finish("tool_calls")), chunk::done};
}

Act cut_after(std::size_t events_of_two_choices)
{
    std::vector<std::string> events = two_streamed_choices();
    events.resize(events_of_two_choices);
    return stream_then(events, Exit::reset);
}

TEST(ChoicesStory, every_choice_is_checked_and_one_that_is_bad_is_failed_over)
{
    const std::string tools = R"(,"tools":[{"type":"function","function":{"name":"read"}}])";
    const std::string good = choice_body(0, "one");
    const std::vector<BadChoiceRow> rows{
        {"the second has no finish reason", false,
         whole(200, choices_body(
                        {good, R"({"index":1,"message":{"role":"assistant","content":"x"},"finish_reason":null})"}))},
        {"the second is empty", false, whole(200, choices_body({good, choice_body(1, "")}))},
        {"the second says tool_calls and calls nothing", false,
         whole(200, choices_body({good, choice_body(1, "", "tool_calls")}))},
        {"the second calls a tool that nobody declared", false,
         whole(200,
               choices_body({good, R"({"index":1,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a",)"
                                   R"("type":"function","function":{"name":"writ","arguments":"{}"}}]},)"
                                   R"("finish_reason":"tool_calls"})"}))},
        {"the second has arguments that are no text", false,
         whole(200,
               choices_body({good, R"({"index":1,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a",)"
                                   R"("type":"function","function":{"name":"read","arguments":{"a":1}}}]},)"
                                   R"("finish_reason":"tool_calls"})"}))},
        {"the second failed", false,
         whole(200, choices_body(
                        {good, R"({"index":1,"message":{"role":"assistant","content":null},)"
                               R"("error":{"message":"it failed","code":"server_error"},"finish_reason":"stop"})"}))},
        {"the first is missing", false, whole(200, choices_body({choice_body(1, "two")}))},
        {"a call of the second is cut", true, stream(two_streamed_calls("read", "{\"a\":"))},
        {"the second calls a tool that nobody declared, streamed", true, stream(two_streamed_calls("writ", "{}"))},
        {"a call of the second begins without a name", true,
         stream({of_choice(0, chunk::call(0, "a", "read", "{}")), of_choice(1, chunk::call(0, "b", "", "")),
                 of_choice(1, chunk::call(0, "", "read", "{}")), of_choice(0, chunk::finish("tool_calls")),
                 of_choice(1, chunk::finish("tool_calls")), chunk::done})},
        {"it ends after the roles", true, cut_after(2)},
        {"a choice that was not asked for", true, stream({of_choice(2, chunk::role()), chunk::done})},
        {"a whole choice that was not asked for", true,
         stream({of_choice(2, chunk::text("c")), of_choice(2, chunk::finish("stop")), of_choice(0, chunk::text("a")),
                 of_choice(0, chunk::finish("stop")), of_choice(1, chunk::text("b")),
                 of_choice(1, chunk::finish("stop")), chunk::done})},
        {"the second failed, streamed", true,
         stream(
             {of_choice(0, chunk::role()),
              R"({"id":"c1","choices":[{"index":1,"delta":{},"error":{"message":"it failed","code":"server_error"}}]})"})},
    };
    for (const BadChoiceRow& row : rows) {
        World world;
        world.policy.retry.same_provider = 0;
        world.policy.repair_empty_turn = false;
        ScriptedUpstream& primary = world.provider("primary", {row.act});
        const std::string better = choices_body({choice_body(0, "good"), choice_body(1, "too")});
        const std::vector<std::string> events = two_streamed_choices();
        ScriptedUpstream& backup = world.provider("backup", {row.stream ? stream(events) : whole(200, better)});
        world.tell([&]() -> net::Task<void> {
            const std::string usage = R"(,"stream_options":{"include_usage":true})";
            const Reply reply = co_await world.ask(choices_request(row.stream, 2, tools + usage));
            EXPECT_EQ(reply.status, 200) << row.what;
            EXPECT_EQ(reply.body, row.stream ? sse(events) : better) << row.what;
        });
        EXPECT_EQ(primary.asked().size(), 1U) << row.what;
        EXPECT_EQ(backup.asked().size(), 1U) << row.what;
    }
}

TEST(ChoicesStory, calls_of_every_choice_are_held_until_all_are_complete)
{
    World world;
    const std::string tools = R"(,"tools":[{"type":"function","function":{"name":"read"}}])";
    const std::vector<std::string> events = two_streamed_calls("read", R"({"a":1})");
    world.provider("primary", {stream(events, 100ms)});
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.ask(choices_request(true, 2, tools));
        EXPECT_EQ(reply.body, sse(events));
        EXPECT_GE(reply.first_byte_at - reply.asked_at, 400ms);
    });
}

/// What one choice has said is lost with the others: nobody else may go on.
TEST(ChoicesStory, a_stream_that_breaks_while_a_choice_is_under_way_ends_in_one_error)
{
    for (const std::size_t events : {3U, 6U, 7U}) {
        World world;
        world.policy.retry.same_provider = 0;
        world.provider("primary", {cut_after(events)});
        ScriptedUpstream& backup = world.provider("backup", {stream(two_streamed_choices())});
        world.tell([&]() -> net::Task<void> {
            const Reply reply = co_await world.ask(choices_request(true, 2));
            const Streamed read = read_stream(reply.body);
            EXPECT_EQ(read.errors, 1) << events << reply.body;
            EXPECT_EQ(read.end_markers, 0) << events << reply.body;
        });
        EXPECT_EQ(backup.asked().size(), 0U) << events;
    }
}

TEST(ChoicesStory, no_piece_of_a_call_of_any_choice_goes_before_all_are_complete)
{
    const std::string tools = R"(,"tools":[{"type":"function","function":{"name":"read"}}])";
    World world;
    world.policy.retry.same_provider = 0;
    world.provider("primary",
                   {stream_then({of_choice(0, chunk::text("a b c")),
                                 of_choice(1, chunk::call(0, "x", "read", "{\"p\":")), of_choice(0, chunk::text("d"))},
                                Exit::reset)});
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.ask(choices_request(true, 2, tools));
        EXPECT_NE(reply.body.find("a b c"), std::string::npos) << reply.body;
        EXPECT_EQ(reply.body.find("tool_calls"), std::string::npos) << reply.body;
        EXPECT_EQ(read_stream(reply.body).errors, 1) << reply.body;
    });
}

/// One choice is over long before the other: that is no wait for the end marker.
TEST(ChoicesStory, a_choice_may_take_longer_than_another)
{
    World world;
    world.policy.timeouts.first_token = 15s;
    world.policy.timeouts.idle = 15s;
    std::vector<std::string> events{of_choice(1, chunk::text("b")),      of_choice(0, chunk::text("a")),
                                    of_choice(0, chunk::finish("stop")), of_choice(1, chunk::text("c")),
                                    of_choice(1, chunk::finish("stop")), chunk::done};
    world.policy.timeouts.total = 60s;
    world.provider("primary", {stream(events, 10s)});
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.ask(choices_request(true, 2));
        EXPECT_EQ(reply.body, sse(events));
    });
}

/// One after the other, and cut between them: the first alone is not the answer.
TEST(ChoicesStory, a_stream_that_is_cut_between_two_choices_is_not_whole)
{
    const std::vector<std::string> first{of_choice(0, chunk::text("a")), of_choice(0, chunk::finish("stop"))};
    for (const Exit exit : {Exit::reset, Exit::fin}) {
        World world;
        world.policy.retry.same_provider = 0;
        world.provider("primary", {stream_then(first, exit)});
        world.tell([&]() -> net::Task<void> {
            const Reply reply = co_await world.ask(choices_request(true, 2));
            const Streamed read = read_stream(reply.body);
            EXPECT_EQ(read.errors, 1) << reply.body;
            EXPECT_EQ(read.end_markers, 0) << reply.body;
        });
    }
}

/// Servers that do not know `n` give one choice and say that this is all: so does the router.
TEST(ChoicesStory, fewer_choices_than_asked_for_are_passed_on)
{
    for (const bool stream_it : {false, true}) {
        World world;
        const std::vector<std::string> events = text_events({"only one"});
        ScriptedUpstream& primary = world.provider("primary", {stream_it ? stream(events) : answer("only one")});
        world.tell([&]() -> net::Task<void> {
            const Reply reply = co_await world.ask(choices_request(stream_it, 2));
            EXPECT_EQ(reply.status, 200);
            EXPECT_EQ(reply.body, stream_it ? sse(events) : text_body("only one"));
        });
        EXPECT_EQ(primary.asked().size(), 1U);
    }
}

TEST(ChoicesStory, who_cannot_give_them_is_passed_over)
{
    for (const Protocol protocol : all_protocols) {
        World world;
        ScriptedUpstream& first =
            world.provider("first", {answer("never")}, std::nullopt, std::string(spelling(protocol)));
        if (protocol == Protocol::openai_chat) world.targets.back().lacks = {"choices"};
        const std::string body = choices_body({choice_body(0, "one"), choice_body(1, "two")});
        world.provider("second", {whole(200, body)});
        world.tell([&]() -> net::Task<void> {
            const Reply reply = co_await world.ask(choices_request(false, 2));
            EXPECT_EQ(reply.status, 200) << spelling(protocol);
            EXPECT_EQ(reply.body, body) << spelling(protocol);
            EXPECT_EQ(reply.header("x-chaos-served-by"), "second");
        });
        EXPECT_EQ(first.asked().size(), 0U) << spelling(protocol);
    }
}

TEST(ChoicesStory, if_nobody_can_the_caller_is_told_so_and_nobody_is_asked)
{
    for (const bool stream_it : {false, true}) {
        World world;
        std::vector<ScriptedUpstream*> providers;
        for (const Protocol protocol : all_protocols) {
            const std::string name(spelling(protocol));
            providers.push_back(&world.provider(name, {answer("never")}, std::nullopt, name));
            if (protocol == Protocol::openai_chat) world.targets.back().lacks = {"choices"};
        }
        world.tell([&]() -> net::Task<void> {
            const Reply reply = co_await world.ask(choices_request(stream_it, 2));
            EXPECT_EQ(reply.status, 400);
            EXPECT_TRUE(reply.body.starts_with(R"({"error":{"message":")")) << reply.body;
            EXPECT_NE(reply.body.find("choices"), std::string::npos) << reply.body;
            EXPECT_NE(reply.body.find(R"("type":"invalid_request_error")"), std::string::npos) << reply.body;
        });
        for (const ScriptedUpstream* provider : providers) EXPECT_EQ(provider->asked().size(), 0U);
    }
}

}  // namespace
}  // namespace chaos::router
