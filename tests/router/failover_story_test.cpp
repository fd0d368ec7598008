// Stories of the whole router in simulation: what providers do wrong, and what the caller gets nevertheless.
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

Act html()
{
    return whole(200, "<html><head><title>Please log in</title></head></html>", "content-type: text/html\r\n");
}
Act redirect()
{
    return whole(307, "", "location: http://127.0.0.1:1/elsewhere\r\n");
}
/// An answer whose bytes come `at_once` a time, half a second apart.
Act in_pieces(std::string bytes, std::size_t at_once)
{
    Act act;
    for (std::size_t at = 0; at < bytes.size(); at += at_once)
        act.pieces.push_back({at == 0 ? 0ns : 500ms, bytes.substr(at, at_once)});
    return act;
}
Act cut_body()
{
    return Act{{{0ns, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"id\":"}},
               Exit::fin};
}

struct Ill {
    const char* name;
    Act act;
    const char* reason;  ///< x-chaos-degraded
    std::size_t asked;   ///< how often the primary was asked
};

const std::vector<Ill>& illnesses_of_any_request()
{
    static const std::vector<Ill> rows{
        {"rate limit", error(429, "rate_limit_exceeded", "slow down"), "rate_limit 429", 1},
        {"rate limit with a wait", error(429, "rate_limit_exceeded", "slow down", "retry-after: 5\r\n"),
         "rate_limit 429", 1},
        {"quota", error(429, "insufficient_quota", "You exceeded your current quota"), "quota 429", 1},
        {"daily tokens", error(429, "", "Too many tokens per day"), "quota 429", 1},
        {"bad key", error(401, "invalid_api_key", "Incorrect API key provided"), "credential 401", 1},
        {"bad key as 400", error(400, "", "API key not valid. Please pass a valid API key."), "credential 400", 1},
        {"payment", error(402, "", "pay"), "quota 402", 1},
        {"forbidden", error(403, "", "no"), "credential 403", 1},
        {"model gone", error(404, "model_not_found", "no such model"), "model_gone 404", 1},
        {"context", error(400, "context_length_exceeded", "too long"), "context_overflow 400", 1},
        {"internal error", error(500, "", "boom"), "transient 500", 2},
        {"bad gateway", whole(502, "<html><title>502</title></html>", "content-type: text/html\r\n"),
         "maybe_executed 502", 2},
        {"unavailable", error(503, "", "busy"), "overloaded 503", 2},
        {"gateway timeout", error(504, "", "late"), "maybe_executed 504", 2},
        {"529", error(529, "", "overloaded"), "overloaded 529", 2},
        {"408", error(408, "", "late"), "transient 408", 2},
        {"409", error(409, "", "conflict"), "transient 409", 2},
        {"a rest too long to wait", error(503, "", "maintenance", "retry-after: 600\r\n"), "overloaded 503", 1},
        {"advice not to retry", error(500, "", "no", "x-should-retry: false\r\n"), "transient 500", 1},
        {"redirect, not followed", redirect(), "transient 307", 2},
        {"web page", html(), "invalid_200 200", 1},
        {"error in a 200", whole(200, R"({"error":{"message":"m","code":"insufficient_quota"}})"), "quota 200", 1},
        {"connection broken", broken_before_answer(), "maybe_executed", 2},
        {"connection ended", Act{{}, Exit::fin}, "maybe_executed", 2},
        {"no answer", silent(), "timeout(first_token)", 1},
        {"half a head", Act{{{0ns, "HTTP/1.1 200 OK\r\ncontent-ty"}}, Exit::reset}, "maybe_executed", 2},
        {"not HTTP", Act{{{0ns, "what do you want?\r\n\r\n"}}, Exit::fin}, "maybe_executed", 2},
    };
    return rows;
}

const std::vector<Ill>& illnesses_of_whole_answers()
{
    static const std::vector<Ill> rows{
        {"empty body", whole(200, ""), "invalid_200 200", 1},
        {"not JSON", whole(200, "{"), "invalid_200 200", 1},
        {"no choices", whole(200, R"({"choices":[]})"), "invalid_200 200", 1},
        {"no finish reason", whole(200, R"({"choices":[{"message":{"content":"x"},"finish_reason":null}]})"),
         "invalid_200 200", 1},
        {"a stream", stream(text_events({"x"})), "invalid_200 200", 1},
        {"cut body", cut_body(), "maybe_executed", 2},
        {"stalled body", Act{{{0ns, "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"}}, Exit::hold}, "timeout(idle)",
         1},
        {"nothing said", empty_answer(), "empty_turn 200", 2},
        {"a tool nobody offered", whole(200, call_body("rm", "{}")), "malformed_tool 200", 1},
    };
    return rows;
}

const std::vector<Ill>& illnesses_of_streams()
{
    static const std::vector<Ill> rows{
        {"a body", answer("x"), "invalid_200 200", 1},
        {"empty stream", stream({}), "invalid_200 200", 1},
        {"only the end marker", stream({chunk::done}), "invalid_200 200", 1},
        {"only a role", stream({chunk::role()}), "invalid_200 200", 1},
        {"nothing said", stream({chunk::role(), chunk::finish("stop"), chunk::done}), "empty_turn 200", 2},
        {"error first", stream({chunk::failed("server_is_overloaded")}), "overloaded 200", 2},
        {"error after the role", stream({chunk::role(), chunk::failed("rate_limit_exceeded")}), "rate_limit 200", 1},
        {"half a call, cut", stream_then({chunk::role(), chunk::call(0, "a", "read", "{\"p\":")}, Exit::reset),
         "maybe_executed", 2},
        {"half a call, ended", stream({chunk::role(), chunk::call(0, "a", "read", "{\"p\":")}), "invalid_200 200", 1},
        {"half a call, stalled", stream_then({chunk::role(), chunk::call(0, "a", "read", "{\"p\":")}, Exit::hold),
         "timeout(idle)", 1},
        {"half a call, finished", stream({chunk::call(0, "a", "read", "{"), chunk::finish("tool_calls"), chunk::done}),
         "malformed_tool 200", 1},
        {"role, then nothing", stream_then({chunk::role()}, Exit::hold), "timeout(first_token)", 1},
        {"not JSON", stream({"{"}), "invalid_200 200", 1},
        {"an error that was swallowed: an empty chunk and the end",
         stream({chunk::of(R"({"role":"assistant","content":""})")}), "invalid_200 200", 1},
    };
    return rows;
}

/// The backup serves, and the header says why.
void expect_failover(const Ill& ill, const std::string& request, const Act& good)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {ill.act});
    ScriptedUpstream& backup = world.provider("backup", {good});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(request); });
    EXPECT_EQ(reply.status, 200) << ill.name << reply.body;
    EXPECT_TRUE(reply.whole) << ill.name;
    EXPECT_NE(reply.body.find("from the backup"), std::string::npos) << ill.name << reply.body;
    EXPECT_EQ(reply.header("x-chaos-served-by"), "backup") << ill.name;
    EXPECT_EQ(reply.header("x-chaos-degraded"), ill.reason) << ill.name;
    EXPECT_EQ(primary.asked().size(), ill.asked) << ill.name;
    EXPECT_EQ(backup.asked().size(), 1U) << ill.name;
    EXPECT_LT(reply.took(), 2s) << ill.name;
}

TEST(RouterStory, an_answer_is_whole_however_its_bytes_come_and_its_connection_is_used_again)
{
    const std::string body = text_body("hello");
    const std::string announced = raw_response(200, "content-type: application/json\r\n", body);
    const std::string in_chunks = stream_head("application/json") + chunked(body.substr(0, 10)) +
                                  chunked(body.substr(10)) + std::string(net::http::last_chunk);
    const std::string zeros =
        "HTTP/1.1 200 OK\r\ncontent-length: 000" + std::to_string(body.size()) + "\r\n\r\n" + body;
    for (const std::string& bytes : {announced, in_chunks, zeros}) {
        for (const std::size_t at_once : {bytes.size(), std::size_t{120}, bytes.size() - 1}) {
            World world;
            ScriptedUpstream& primary = world.provider("primary", {in_pieces(bytes, at_once)});
            world.tell([&]() -> net::Task<void> {
                for (int i = 0; i < 2; ++i) {
                    const Reply reply = co_await world.ask(plain);
                    EXPECT_EQ(reply.body, body) << bytes << at_once;
                }
            });
            EXPECT_EQ(primary.asked().size(), 2U);
            EXPECT_EQ(primary.asked().back()->connection, 1U) << bytes << at_once;
        }
    }
}

TEST(RouterStory, whole_answers_fail_over)
{
    for (const Ill& ill : illnesses_of_any_request()) expect_failover(ill, plain, answer("from the backup"));
    for (const Ill& ill : illnesses_of_whole_answers()) expect_failover(ill, plain, answer("from the backup"));
}

TEST(RouterStory, streams_fail_over)
{
    const Act good = stream(text_events({"from the backup"}));
    for (const Ill& ill : illnesses_of_any_request()) expect_failover(ill, streamed, good);
    for (const Ill& ill : illnesses_of_streams()) expect_failover(ill, streamed, good);
}

TEST(RouterStory, a_healthy_provider_answers_alone)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {answer("hello")});
    ScriptedUpstream& backup = world.provider("backup", {answer("never")});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, text_body("hello")) << "byte for byte";
    EXPECT_EQ(reply.header("x-chaos-served-by"), "primary");
    EXPECT_EQ(reply.header("x-chaos-attempts"), "1");
    EXPECT_FALSE(reply.headers.contains("x-chaos-degraded"));
    EXPECT_EQ(primary.asked().size(), 1U);
    EXPECT_EQ(backup.asked().size(), 0U);
}

TEST(RouterStory, the_provider_gets_the_callers_bytes_with_another_model_and_its_own_key)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {answer("hello")});
    const std::string odd =
        R"({ "temperature":1e0,"model" : "agent", "messages":[{"role":"user","content":"é \u00e9"}],"seed":12345678901234567890})";
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.ask(odd);
        EXPECT_EQ(reply.status, 200);
    });
    const ScriptedUpstream::Asked& asked = *primary.asked().at(0);
    EXPECT_EQ(
        asked.body,
        R"({ "temperature":1e0,"model" : "primary-model", "messages":[{"role":"user","content":"é \u00e9"}],"seed":12345678901234567890})");
    EXPECT_EQ(asked.head.headers.find("authorization"), "Bearer sk-primary-key");
    for (const char* name : {"openai-organization", "x-api-key", "cookie"})
        EXPECT_FALSE(asked.head.headers.contains(name)) << name;
    for (const net::http::Header& header : asked.head.headers)
        EXPECT_EQ(header.value.find("callers"), std::string::npos) << header.name;
}

TEST(RouterStory, a_fallback_gets_its_own_key_and_the_same_conversation)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {error(500, "", "boom")});
    ScriptedUpstream& backup = world.provider("backup", {answer("hello")});
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.ask(tool_request_body(false));
        EXPECT_EQ(reply.status, 200);
    });
    const ScriptedUpstream::Asked& asked = *backup.asked().at(0);
    EXPECT_EQ(asked.head.headers.find("authorization"), "Bearer sk-backup-key");
    std::string as_primary = primary.asked().at(0)->body;
    as_primary.replace(as_primary.find("primary-model"), 13, "backup-model");
    EXPECT_EQ(asked.body, as_primary);
    EXPECT_NE(asked.body.find(R"([{"role":"user","content":"go"},)"), std::string::npos) << "from its first turn on";
}

TEST(RouterStory, a_fallback_that_refuses_does_not_end_the_chain)
{
    for (const Ill& ill : illnesses_of_any_request()) {
        World world;
        world.provider("first", {error(500, "", "boom")});
        world.provider("second", {ill.act});
        world.provider("third", {answer("from the third")});
        Reply reply;
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
        EXPECT_EQ(reply.header("x-chaos-served-by"), "third") << ill.name << reply.body;
    }
}

TEST(RouterStory, the_callers_own_faults_are_surfaced_after_one_attempt)
{
    for (const int status : {400, 404, 422}) {
        World world;
        const Act fault = error(status, "odd_field", "no such field");
        ScriptedUpstream& primary = world.provider("primary", {fault});
        ScriptedUpstream& backup = world.provider("backup", {answer("never")});
        Reply reply;
        world.tell([&]() -> net::Task<void> {
            for (int i = 0; i < 10; ++i) reply = co_await world.ask(plain);
        });
        EXPECT_EQ(reply.status, status);
        EXPECT_EQ(reply.body, R"({"error":{"message":"no such field","type":"t","param":null,"code":"odd_field"}})");
        EXPECT_EQ(primary.asked().size(), 10U) << "the breaker must not open";
        EXPECT_EQ(backup.asked().size(), 0U);
    }
}

TEST(RouterStory, a_refused_connection_and_a_black_hole_are_left_quickly)
{
    for (const net::Admission admission : {net::Admission::refuse, net::Admission::silent}) {
        World world;
        ScriptedUpstream& primary = world.provider("primary", {answer("never")});
        world.provider("backup", {answer("from the backup")});
        Reply reply;
        world.tell([&]() -> net::Task<void> {
            primary.listener().set_admission(admission);
            reply = co_await world.ask(plain);
        });
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.header("x-chaos-degraded"),
                  admission == net::Admission::refuse ? "transient" : "timeout(connect)");
        EXPECT_LT(reply.took(), 510ms);
        EXPECT_EQ(primary.asked().size(), 0U);
    }
}

TEST(RouterStory, the_first_token_deadline_is_kept_within_a_tenth)
{
    World world;
    world.provider("primary", {silent()});
    world.provider("backup", {answer("x")});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
    EXPECT_GE(reply.took(), 1s);
    EXPECT_LT(reply.took(), 1100ms);
}

TEST(RouterStory, the_last_provider_may_use_the_time_that_is_left)
{
    World world;
    Act slow = answer("at last");
    slow.pieces[0].after = 10s;
    world.provider("primary", {silent()});
    world.provider("backup", {slow});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("x-chaos-served-by"), "backup");
}

TEST(RouterStory, an_empty_turn_is_repaired_with_a_nudge_that_stays_between_router_and_provider)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {empty_answer(), answer("recovered")});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(tool_request_body(false)); });
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, text_body("recovered"));
    EXPECT_EQ(reply.header("x-chaos-served-by"), "primary");
    EXPECT_FALSE(reply.headers.contains("x-chaos-degraded"));
    ASSERT_EQ(primary.asked().size(), 2U);
    EXPECT_EQ(primary.asked()[0]->body.find("empty"), std::string::npos);
    EXPECT_NE(primary.asked()[1]->body.find("Your last reply was empty"), std::string::npos);
    EXPECT_EQ(reply.body.find("Your last reply"), std::string::npos);
}

TEST(RouterStory, a_repair_that_recovers_with_only_a_call_counts)
{
    World world;
    world.provider("primary", {empty_answer(), whole(200, call_body("write", "{}"))});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(tool_request_body(false)); });
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, call_body("write", "{}"));
}

TEST(RouterStory, a_failed_repair_moves_on_without_the_nudge)
{
    World world;
    world.provider("primary", {empty_answer()});
    ScriptedUpstream& backup = world.provider("backup", {answer("hello")});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(tool_request_body(false)); });
    EXPECT_EQ(reply.header("x-chaos-served-by"), "backup");
    EXPECT_EQ(backup.asked().at(0)->body.find("Your last reply"), std::string::npos);
}

TEST(RouterStory, nothing_to_say_after_a_terminal_tool_is_an_answer)
{
    World world;
    world.policy.terminal_tools = {"read"};
    ScriptedUpstream& primary = world.provider("primary", {empty_answer()});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(tool_request_body(false)); });
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(primary.asked().size(), 1U);
}

TEST(RouterStory, a_conversation_too_long_for_the_primary_goes_to_the_first_that_fits)
{
    World world;
    ScriptedUpstream& small = world.provider("small", {answer("never")}, 1000);
    world.provider("large", {answer("from the large")}, 100'000);
    const std::string body =
        R"({"model":"agent","messages":[{"role":"user","content":")" + std::string(8000, 'x') + R"("}]})";
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(body); });
    EXPECT_EQ(reply.header("x-chaos-served-by"), "large");
    EXPECT_EQ(reply.header("x-chaos-degraded"), "window_too_small");
    EXPECT_EQ(small.asked().size(), 0U);
}

TEST(RouterStory, whoever_stands_in_for_a_provider_left_alone_must_have_room_too)
{
    World world;
    world.policy.breaker.failures = 1;
    world.policy.retry.same_provider = 0;
    world.provider("ill", {error(500, "", "boom")}, 100'000);
    ScriptedUpstream& small = world.provider("small", {answer("from the small")}, 1000);
    world.provider("large", {answer("from the large")}, 100'000);
    const std::string body =
        R"({"model":"agent","messages":[{"role":"user","content":")" + std::string(8000, 'x') + R"("}]})";
    world.tell([&]() -> net::Task<void> {
        for (int i = 0; i < 2; ++i) {
            const Reply reply = co_await world.ask(body);
            EXPECT_EQ(reply.header("x-chaos-served-by"), "large") << i;
        }
    });
    EXPECT_EQ(small.asked().size(), 0U);
}

TEST(RouterStory, an_overflow_does_not_go_to_a_smaller_window)
{
    World world;
    world.provider("middle", {error(400, "context_length_exceeded", "too long")}, 50'000);
    ScriptedUpstream& small = world.provider("small", {answer("never")}, 20'000);
    world.provider("large", {answer("from the large")}, 100'000);
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
    EXPECT_EQ(reply.header("x-chaos-served-by"), "large");
    EXPECT_EQ(small.asked().size(), 0U);
}

TEST(RouterStory, an_overflow_that_fits_nowhere_is_the_callers_400)
{
    World world;
    world.provider("only", {error(400, "context_length_exceeded", "too long")}, 50'000);
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
    EXPECT_EQ(reply.status, 400);
    EXPECT_NE(reply.body.find("context_length_exceeded"), std::string::npos);
}

TEST(RouterStory, when_every_provider_is_down_the_error_is_honest_and_in_time)
{
    struct Row {
        const char* name;
        Act primary;
        Act backup;
        int status;
        const char* words;
    };
    const std::vector<Row> rows{
        {"both broken", error(500, "", "the boiler exploded"), error(500, "", "no steam"), 502,
         "primary: transient 500: the boiler exploded"},
        {"both overloaded", error(503, "", "busy"), error(529, "", "busy"), 503, "busy"},
        {"both silent", silent(), silent(), 504, "timeout"},
        {"both refuse the key", error(401, "invalid_api_key", "bad key sk-primary-key"), error(403, "", "no"), 502,
         "primary: credential 401"},
        {"both out of quota", error(429, "insufficient_quota", "You exceeded"), error(402, "", "pay"), 502, "quota"},
        {"both without a model", error(404, "model_not_found", "x"), error(404, "model_not_found", "y"), 502,
         "model_gone"},
        {"nonsense everywhere", html(), whole(200, "{"), 502, "web page"},
        {"limited for long", error(429, "", "slow", "retry-after: 100\r\n"),
         error(429, "", "slow", "retry-after: 60\r\n"), 429, "slow"},
        {"gateway timeouts", error(504, "", "late"), error(504, "", "late"), 504, "late"},
    };
    for (const bool stream : {false, true}) {
        for (const Row& row : rows) {
            World world;
            ScriptedUpstream& primary = world.provider("primary", {row.primary});
            ScriptedUpstream& backup = world.provider("backup", {row.backup});
            Reply reply;
            world.tell([&]() -> net::Task<void> { reply = co_await world.ask(request_body(stream)); });
            EXPECT_EQ(reply.status, row.status) << row.name << reply.body;
            EXPECT_NE(reply.body.find(row.words), std::string::npos) << row.name << reply.body;
            EXPECT_NE(reply.body.find(R"("error":{)"), std::string::npos) << row.name;
            EXPECT_LE(reply.took(), 20'010ms) << row.name;
            EXPECT_LE(primary.asked().size() + backup.asked().size(), 6U) << row.name;
            for (const char* secret : {"sk-primary-key", "sk-backup-key", "callers-own-key"}) {
                EXPECT_EQ(reply.body.find(secret), std::string::npos) << row.name << reply.body;
                EXPECT_EQ(world.notes.all.find(secret), std::string::npos) << row.name << world.notes.all;
            }
            EXPECT_EQ(reply.header("retry-after"), row.status == 429 ? "60" : reply.header("retry-after")) << row.name;
            EXPECT_EQ(reply.header("x-should-retry"), row.status == 429 ? "" : "false") << row.name;
        }
    }
}

TEST(RouterStory, secrets_echoed_by_a_provider_do_not_reach_the_caller)
{
    World world;
    world.provider("primary", {error(400, "odd", "bad header Bearer sk-primary-key in http://x?key=sk-primary-key")});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.body.find("sk-primary"), std::string::npos) << reply.body;
    EXPECT_NE(reply.body.find("[redacted]"), std::string::npos) << reply.body;
}

TEST(RouterStory, a_request_that_keeps_state_is_not_sent_twice)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {broken_before_answer()});
    ScriptedUpstream& backup = world.provider("backup", {answer("never")});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(request_body(false, R"(,"store":true)")); });
    EXPECT_EQ(reply.status, 504);
    EXPECT_NE(reply.body.find("maybe_executed"), std::string::npos) << reply.body;
    EXPECT_EQ(primary.asked().size() + backup.asked().size(), 1U);
}

}  // namespace
}  // namespace chaos::router
