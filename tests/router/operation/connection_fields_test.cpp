// What callers may not say in a body does not reach a provider, whatever its spelling; all else does, byte for byte.
#include "router/operation/connection_fields.hpp"

#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

TEST(ConnectionFields, table)
{
    const struct {
        const char* name;
        std::string body;
        std::string kept;  ///< empty: untouched
    } rows[] = {
        {"none", R"({"model":"m","messages":[]})", ""},
        {"first", R"({"api_key":"x","model":"m"})", R"({"model":"m"})"},
        {"last", R"({"model":"m", "api_base": "http://evil" })", R"({"model":"m"})"},
        {"in the middle, with its blanks", R"({ "model" : "m" , "base_url":"x", "n":1 })",
         R"({ "model" : "m" ,"n":1 })"},
        {"all there is", R"({"api_key":"x"})", "{}"},
        {"several", R"({"api_key":1,"a":{"b":[1,2]},"organization":{"x":"}"},"extra_headers":[",{\"}"],"b":2})",
         R"({"a":{"b":[1,2]},"b":2})"},
        {"another case", R"({"API_Key":"x","a":1})", R"({"a":1})"},
        {"twice", R"({"api_key":"x","a":1,"api_key":"y"})", R"({"a":1})"},
        {"with escapes", "{\"api\\u005fkey\":\"x\",\"a\":1}", R"({"a":1})"},
        {"with escapes, in capitals", "{\"\\u0041PI\\u005Fkey\":\"x\",\"a\":1}", R"({"a":1})"},
        {"with an escape that is none", R"({"api\_key":"x","a":1})", R"({"a":1})"},
        {"an honest name with escapes", R"({"gr\u00f6\u00dfe":1,"a\"b":2,"\u00":3})", ""},
        {"deeper down it is the conversation's", R"({"tools":[{"api_key":"x"}],"metadata":{"api_key":"y"}})", ""},
        {"in text", R"({"content":"\"api_key\": \"x\","})", ""},
        {"a string that looks like its end", R"({"a":"\\","api_key":"x"})", R"({"a":"\\"})"},
        {"a list", R"([{"api_key":"x"}])", ""},
        {"cut off", R"({"api_key":"x)", ""},
        {"cut off behind a name", R"({"api_key")", ""},
        {"no JSON", "api_key", ""},
        {"nothing", "", ""},
    };
    for (const auto& row : rows) {
        const auto kept = without_connection_fields(row.body);
        EXPECT_EQ(kept.value_or(""), row.kept) << row.name;
    }
}

/// Keyed requests are looked at before their key is, others when they are read.
TEST(ConnectionFields, do_not_reach_a_provider)
{
    const std::vector<std::string> spellings{
        R"("api_base":"http://127.0.0.1:1","api_key":"callers-key")",
        R"("API\u005FKey":"callers-key")",
        R"("api\_key":"callers-key")",
        R"("extra_body":{"api_key":"callers-key", no JSON})",
    };
    for (const std::string& said : spellings) {
        for (const char* key : {"", "k1"}) {
            World world;
            ScriptedUpstream& primary = world.provider("primary", {answer("hi")});
            net::http::Headers headers;
            if (*key != '\0') headers.add("idempotency-key", key);
            world.tell([&]() -> net::Task<void> {
                const std::string body = request_body(false, "," + said + R"(,"seed":7)");
                const Reply reply = co_await world.ask(body, 0ns, "/v1/chat/completions", "POST", headers);
                EXPECT_EQ(reply.status, 200) << reply.body;
            });
            ASSERT_EQ(primary.asked().size(), 1U) << said;
            const std::string& sent = primary.asked().front()->body;
            EXPECT_EQ(sent, R"({"model":"primary-model",)" + request_body(false, R"(,"seed":7)").substr(17));
        }
    }
}

}  // namespace
}  // namespace chaos::router
