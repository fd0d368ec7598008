// What the router says to requests that are not for any provider.
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

struct DoorRow {
    const char* name;
    std::string method;
    std::string target;
    std::string body;
    int status;
    const char* words;
};

TEST(Doors, odd_requests_are_refused_in_the_dialects_own_words)
{
    const std::vector<DoorRow> rows{
        {"not JSON", "POST", "/v1/chat/completions", "{", 400, "not valid JSON"},
        {"empty", "POST", "/v1/chat/completions", "", 400, "not valid JSON"},
        {"a list", "POST", "/v1/chat/completions", "[]", 400, "must be a JSON object"},
        {"no model", "POST", "/v1/chat/completions", R"({"messages":[]})", 400, "model"},
        {"no messages", "POST", "/v1/chat/completions", R"({"model":"agent"})", 400, "messages"},
        {"too deep", "POST", "/v1/chat/completions",
         R"({"model":"agent","messages":[],"x":)" + std::string(1000, '[') + std::string(1000, ']') + "}", 400, "JSON"},
        {"no choice", "POST", "/v1/chat/completions", request_body(false, R"(,"n":0)"), 400, "'n' must be from 1 to 128"},
        {"too many choices", "POST", "/v1/chat/completions", request_body(false, R"(,"n":129)"), 400, "from 1 to 128"},
        {"unknown model", "POST", "/v1/chat/completions", R"({"model":"gpt-9","messages":[]})", 404,
         "'gpt-9' does not exist here; there are: agent"},
        {"a provider's model", "POST", "/v1/chat/completions", R"({"model":"primary-model","messages":[]})", 404,
         "model_not_found"},
        {"GET where POST is meant", "GET", "/v1/chat/completions", "", 405, "use POST"},
        {"POST where GET is meant", "POST", "/v1/models", "{}", 405, "use GET"},
        {"unknown path", "POST", "/v1/completions", "{}", 404, "there is no /v1/completions"},
        {"no version", "POST", "/chat/completions", "{}", 404, "/v1/chat/completions"},
    };
    World world;
    ScriptedUpstream& primary = world.provider("primary", {answer("never")});
    world.tell([&]() -> net::Task<void> {
        for (const DoorRow& row : rows) {
            const Reply reply = co_await world.ask(row.body, 0ns, row.target, row.method);
            EXPECT_EQ(reply.status, row.status) << row.name << reply.body;
            EXPECT_NE(reply.body.find(row.words), std::string::npos) << row.name << reply.body;
            EXPECT_EQ(reply.header("content-type"), "application/json") << row.name;
            EXPECT_TRUE(reply.body.starts_with(R"({"error":{)")) << row.name << reply.body;
            EXPECT_EQ(reply.headers.contains("allow"), row.status == 405) << row.name;
        }
    });
    EXPECT_EQ(primary.asked().size(), 0U);
}

TEST(Doors, models_are_the_aliases)
{
    World world;
    world.provider("primary", {answer("hi")});
    world.policy.models["other"] = plain_chain({"primary"});
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.ask("", 0ns, "/v1/models?limit=3", "GET");
        EXPECT_EQ(reply.status, 200);
        EXPECT_NE(reply.body.find(R"("id":"agent")"), std::string::npos) << reply.body;
        EXPECT_NE(reply.body.find(R"("id":"other")"), std::string::npos) << reply.body;
        EXPECT_EQ(reply.body.find("primary"), std::string::npos) << reply.body;
    });
}

TEST(Doors, too_large_a_body_is_refused_with_413)
{
    World world;
    world.provider("primary", {answer("never")});
    world.tell([&]() -> net::Task<void> {
        const Reply reply = co_await world.ask(std::string(33 * 1024 * 1024, ' '));
        EXPECT_EQ(reply.status, 413);
        EXPECT_TRUE(reply.body.starts_with(R"({"error":{)")) << reply.body;
    });
}

TEST(Doors, one_caller_may_ask_again_and_again_on_one_connection)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {answer("hi")});
    world.tell([&]() -> net::Task<void> {
        for (int i = 0; i < 20; ++i) {
            const std::string body = i % 3 == 0 ? "{" : plain;
            const Reply reply = co_await world.ask(body);
            EXPECT_EQ(reply.status, i % 3 == 0 ? 400 : 200);
        }
        EXPECT_EQ(world.caller->idle_connections(), 1U);
    });
    EXPECT_EQ(primary.asked().back()->connection, 1U);
}

TEST(Doors, stopping_ends_requests_under_way)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {stream_then({chunk::text("x")}, Exit::hold)});
    Reply reply;
    world.tell([&]() -> net::Task<void> {
        net::TaskGroup group(world.simulation.executor());
        group.spawn([](World& in, Reply& out) -> net::Task<void> { out = co_await in.ask(streamed); }(world, reply));
        co_await world.sleep(100ms);
        world.router->stop();
        co_await group.join();
    });
    EXPECT_FALSE(reply.whole);
    EXPECT_EQ(primary.asked().size(), 1U);
}

}  // namespace
}  // namespace chaos::router
