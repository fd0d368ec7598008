// Tokens of callers: where they stand, and whose they are.
#include "router/operation/callers.hpp"

#include <gtest/gtest.h>

#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

TEST(Callers, a_token_is_found_where_the_sdks_put_it)
{
    const struct {
        net::http::Headers headers;
        const char* token;
    } rows[] = {
        {{{"authorization", "Bearer abc"}}, "abc"},
        {{{"Authorization", "bearer  abc"}}, "abc"},
        {{{"x-api-key", "abc"}}, "abc"},
        {{{"authorization", "Bearer abc"}, {"x-api-key", "other"}}, "abc"},
        {{{"authorization", "Basic abc"}}, ""},
        {{{"authorization", "Bearer "}}, ""},
        {{}, ""},
    };
    for (const auto& row : rows) EXPECT_EQ(presented_token(row.headers), row.token);
}

TEST(Callers, only_the_whole_token_counts)
{
    const std::vector<Caller> callers{{"a", "token-a", {}}, {"b", "token-bb", {"agent"}}};
    const struct {
        const char* token;
        const char* name;
    } rows[] = {
        {"token-a", "a"},  {"token-bb", "b"},      {"token-", ""}, {"token-b", ""},
        {"token-bbb", ""}, {"token-atoken-a", ""}, {"", ""},       {"TOKEN-A", ""},
    };
    for (const auto& row : rows) {
        const Caller* found = find_caller(callers, row.token);
        EXPECT_EQ(found == nullptr ? "" : found->name, row.name) << row.token;
    }
    EXPECT_EQ(find_caller({{"empty", "", {}}}, ""), nullptr) << "a token that is empty opens nothing";
}

class CallerWorld : public World {
public:
    CallerWorld()
    {
        provider("primary", {answer("hi"), answer("hi"), answer("hi"), answer("hi")});
        policy.models["other"] = plain_chain({"primary"});
        callers = {{"all", "callers-own-key", {}}};
    }
};

TEST(Callers, whoever_has_no_token_learns_nothing)
{
    CallerWorld world;
    world.callers = {{"all", "another-key", {}}};
    world.tell([&]() -> net::Task<void> {
        for (const char* path : {"/v1/chat/completions", "/v1/models", "/nowhere"}) {
            const Reply reply = co_await world.ask(plain, 0ns, path);
            EXPECT_EQ(reply.status, 401) << path;
            EXPECT_NE(reply.body.find("invalid_api_key"), std::string::npos) << reply.body;
            EXPECT_EQ(reply.body.find("agent"), std::string::npos) << reply.body;
            EXPECT_EQ(reply.header("www-authenticate"), "Bearer");
        }
    });
    EXPECT_TRUE(world.upstreams.front()->asked().empty());
}

TEST(Callers, a_caller_sees_and_uses_its_own_models_only)
{
    CallerWorld world;
    world.callers = {{"some", "callers-own-key", {"other"}}};
    world.tell([&]() -> net::Task<void> {
        const Reply models = co_await world.ask("", 0ns, "/v1/models", "GET");
        EXPECT_NE(models.body.find("\"other\""), std::string::npos) << models.body;
        EXPECT_EQ(models.body.find("\"agent\""), std::string::npos) << models.body;
        const Reply refused = co_await world.ask(plain);
        EXPECT_EQ(refused.status, 403) << refused.body;
        const Reply unknown = co_await world.ask(R"({"model":"none","messages":[]})");
        EXPECT_EQ(unknown.status, 404);
        EXPECT_EQ(unknown.body.find("agent"), std::string::npos) << unknown.body;
        const Reply served = co_await world.ask(R"({"model":"other","messages":[{"role":"user","content":"hi"}]})");
        EXPECT_EQ(served.status, 200) << served.body;
    });
    ASSERT_EQ(world.notes.requests.size(), 4U);
    EXPECT_EQ(world.notes.requests.back().caller, "some");
    EXPECT_EQ(world.upstreams.front()->asked().size(), 1U);
}

}  // namespace
}  // namespace chaos::router
