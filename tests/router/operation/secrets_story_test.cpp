// Marked secrets through successes and every class of failure: nothing that leaves the router holds one of them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "router/configuration.hpp"
#include "router/operation/telemetry.hpp"
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

// No shape by which they could be guessed: only who knows them can strike them out.
const std::string provider_mark = "MARKEDPROVIDERKEY";
const std::string caller_mark = "callers-own-key";
const std::string prompt_mark = "MARKEDPROMPT";

struct SecretRow {
    const char* name;
    std::vector<Act> acts;
};

/// Each echoes the key wherever a provider can put words.
std::vector<SecretRow> echoing_providers()
{
    const std::string id = "x-request-id: " + provider_mark + "\r\n";
    const std::string json = "content-type: application/json\r\n" + id;
    std::vector<SecretRow> rows;
    for (const int status : {400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529}) {
        rows.push_back({"an error with a code", {error(status, provider_mark, "key " + provider_mark + " and " + prompt_mark, id)}});
        rows.push_back({"an error without JSON", {whole(status, "<p>" + provider_mark + "</p>", "content-type: text/html\r\n" + id)}});
    }
    rows.push_back({"an answer", {whole(200, text_body("hi"), json)}});
    rows.push_back({"an answer that names its model so", {whole(200, R"({"id":")" + provider_mark + R"(","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":")" + provider_mark + R"("}]})", json)}});
    rows.push_back({"an error in a success", {whole(200, R"({"error":{"message":")" + provider_mark + R"(","code":")" + provider_mark + R"("}})", json)}});
    rows.push_back({"no JSON in a success", {whole(200, provider_mark, json)}});
    rows.push_back({"a web page", {whole(200, provider_mark, "content-type: text/html\r\n")}});
    rows.push_back({"a redirect", {whole(307, provider_mark, "location: http://127.0.0.1:1/" + provider_mark + "\r\n")}});
    rows.push_back({"an undeclared tool", {whole(200, call_body(provider_mark, "{}"), json)}});
    rows.push_back({"an error in a stream", {stream({chunk::role(), R"({"error":{"message":")" + provider_mark + R"(","code":")" + provider_mark + R"("}})"})}});
    rows.push_back({"an error after content", {stream({chunk::role(), chunk::text("x"), R"({"error":{"message":")" + provider_mark + R"(","code":"c"}})"})}});
    rows.push_back({"an event that is none", {stream({chunk::role(), "{" + provider_mark})}});
    rows.push_back({"a cut stream", {stream_then({chunk::role(), chunk::text("x")}, Exit::reset)}});
    rows.push_back({"no answer", {broken_before_answer()}});
    rows.push_back({"silence", {silent()}});
    return rows;
}

/// Everything that one story let out.
std::string harvest_of(const SecretRow& row, bool stream, bool keys_are_known)
{
    namespace fs = std::filesystem;
    const std::string path = (fs::temp_directory_path() / ("secrets-" + std::to_string(::getpid()) + ".jsonl")).string();
    std::string all;
    {
        LogFile log(path);
        World world;
        world.policy.retry.same_provider = 0;
        world.provider("primary", row.acts);
        world.provider("backup", row.acts);
        for (Target& target : world.targets) target.api_keys = {keys_are_known ? provider_mark : "another-key"};
        world.callers = {{"alice", caller_mark, {}}};
        Telemetry telemetry(world.simulation, log, LogLevel::debug, 100);
        world.observer = &telemetry;
        world.tell([&]() -> net::Task<void> {
            for (const std::string& body :
                 {R"({"model":"agent","stream":)" + std::string(stream ? "true" : "false") +
                      R"(,"messages":[{"role":"user","content":")" + prompt_mark + R"("}]})",
                  std::string("{"), R"({"model":")" + caller_mark + R"(","messages":[]})"}) {
                const Reply reply = co_await world.ask(body);
                all += reply.body;
                for (const auto& header : reply.headers) all.append(header.name).append(": ").append(header.value).append("\n");
                all += telemetry.explanations().find(reply.header("x-request-id")).value_or("");
            }
            const Reply lost = co_await world.ask("{}", 0ns, "/" + caller_mark + "?key=" + caller_mark);
            all += lost.body;
        });
        all += telemetry.metrics().text();
    }
    std::ifstream in(path);
    all += std::string(std::istreambuf_iterator<char>(in), {});
    fs::remove(path);
    return all;
}

/// What of an answer itself goes to the caller is the provider's to say: those rows are looked at without their bodies.
TEST(Secrets, nothing_that_leaves_the_router_holds_one)
{
    for (const SecretRow& row : echoing_providers()) {
        for (const bool stream : {false, true}) {
            const std::string all = harvest_of(row, stream, true);
            EXPECT_EQ(all.find(provider_mark), std::string::npos) << row.name << " " << stream << "\n" << all;
            EXPECT_EQ(all.find(caller_mark), std::string::npos) << row.name << " " << stream << "\n" << all;
        }
    }
}

/// A router that does not know what to strike out: the harvest must find it in each place where it would be.
TEST(Secrets, a_router_that_leaks_is_found)
{
    int leaks = 0;
    const std::vector<SecretRow> rows = echoing_providers();
    for (const SecretRow& row : rows) {
        leaks += harvest_of(row, false, false).find(provider_mark) != std::string::npos ? 1 : 0;
    }
    EXPECT_GE(leaks, 25) << "of " << rows.size();
}

/// The log and the explanations hold no word of the conversation, whatever the provider quotes.
TEST(Secrets, no_word_of_the_conversation_in_the_log)
{
    namespace fs = std::filesystem;
    const std::string path = (fs::temp_directory_path() / ("words-" + std::to_string(::getpid()) + ".jsonl")).string();
    for (const SecretRow& row : echoing_providers()) {
        std::string explained;
        {
            LogFile log(path);
            World world;
            world.provider("primary", row.acts);
            Telemetry telemetry(world.simulation, log, LogLevel::debug, 100);
            world.observer = &telemetry;
            world.tell([&]() -> net::Task<void> {
                const Reply reply = co_await world.ask(R"({"model":"agent","messages":[{"role":"user","content":")" + prompt_mark + R"("}]})");
                explained = telemetry.explanations().find(reply.header("x-request-id")).value_or("");
            });
        }
        std::ifstream in(path);
        const std::string lines{std::istreambuf_iterator<char>(in), {}};
        fs::remove(path);
        EXPECT_NE(lines, "");
        EXPECT_NE(explained, "");
        EXPECT_EQ((lines + explained).find(prompt_mark), std::string::npos) << row.name << lines << explained;
    }
}

/// Redirects are not followed: the key would go wherever a provider points.
TEST(Secrets, a_redirect_takes_no_key_along)
{
    World world;
    ScriptedUpstream& thief = world.provider("thief", {answer("never")});
    const std::string there = "location: http://" + net::to_string(thief.endpoint()) + "/v1/chat/completions\r\n";
    ScriptedUpstream& primary = world.provider("primary", {whole(307, "", there), whole(308, "", there), whole(302, "", there)});
    world.policy.models["agent"] = plain_chain({"primary"});
    world.tell([&]() -> net::Task<void> {
        for (int i = 0; i < 3; ++i) {
            const Reply reply = co_await world.ask(plain);
            EXPECT_GE(reply.status, 500) << reply.status << reply.body;
        }
    });
    EXPECT_GE(primary.asked().size(), 1U);
    EXPECT_TRUE(thief.asked().empty());
}

/// Of what a caller sends as itself nothing reaches a provider.
TEST(Secrets, a_callers_credentials_stay_here)
{
    World world;
    ScriptedUpstream& primary = world.provider("primary", {answer("hi")});
    world.tell([&]() -> net::Task<void> {
        net::http::Headers also{{"cookie", "session=callers-cookie"}, {"proxy-authorization", "Basic callers-proxy"}};
        co_await world.ask(plain, 0ns, "/v1/chat/completions", "POST", std::move(also));
    });
    ASSERT_EQ(primary.asked().size(), 1U);
    std::string heard;
    for (const auto& header : primary.asked().front()->head.headers) heard.append(header.name).append(": ").append(header.value).append("\n");
    for (const char* secret :
         {"callers-own-key", "org-callers", "callers-other-key", "callers-cookie", "callers-proxy"})
        EXPECT_EQ(heard.find(secret), std::string::npos) << heard;
}

}  // namespace
}  // namespace chaos::router
