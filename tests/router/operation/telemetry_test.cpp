// Lines of the log and explanations: what stands in them, and what never does.
#include "router/operation/telemetry.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "router/operation/record_json.hpp"
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A file of its own.
class TelemetryTest : public ::testing::Test {
protected:
    TelemetryTest() { path_ = (fs::temp_directory_path() / ("telemetry-" + std::to_string(::getpid()) + ".jsonl")).string(); }
    ~TelemetryTest() override { fs::remove(path_); }

    std::vector<Json> lines() const
    {
        std::vector<Json> all;
        std::ifstream in(path_);
        for (std::string line; std::getline(in, line);) all.push_back(Json::parse(line));
        return all;
    }

    std::string path_;
};

/// Told everything the notes are told.
struct Forwarding final : Observer {
    explicit Forwarding(Telemetry& it) : telemetry(it) {}
    void request_began(const RequestStart& r) override { telemetry.request_began(r); }
    void attempt_began(const AttemptStart& a) override { telemetry.attempt_began(a); }
    void attempt_ended(const AttemptEnd& a) override { telemetry.attempt_ended(a); }
    void breaker_changed(const BreakerChange& b) override { telemetry.breaker_changed(b); }
    void request_ended(const RequestRecord& r) override { telemetry.request_ended(r); }
    Telemetry& telemetry;
};

std::set<std::string> member_names(const std::vector<RecordMember>& members)
{
    std::set<std::string> names;
    for (const RecordMember& member : members) names.insert(std::string(member.name));
    return names;
}

TEST_F(TelemetryTest, one_line_an_attempt_and_one_a_request_as_documented)
{
    LogFile log(path_);
    World world;
    world.provider("primary", {error(429, "", "your prompt SECRET-IN-ERROR is slow", "retry-after: 60\r\n")});
    world.provider("backup", {answer("SECRET-IN-ANSWER")});
    Reply reply;
    std::string explained;
    {
        Telemetry telemetry(world.simulation, log, LogLevel::info, 10);
        Forwarding both(telemetry);
        world.observer = &both;
        world.tell([&]() -> net::Task<void> {
            reply = co_await world.ask(R"({"model":"agent","messages":[{"role":"user","content":"SECRET-IN-PROMPT"}]})");
        });
        explained = telemetry.explanations().find(reply.header("x-request-id")).value_or("");
        EXPECT_FALSE(telemetry.explanations().find("req_0"));
    }
    const std::vector<Json> all = lines();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0]["kind"], "attempt");
    EXPECT_EQ(all[0]["target"], "primary");
    EXPECT_EQ(all[0]["class"], "rate_limit");
    EXPECT_EQ(all[0]["decision"], "failover");
    EXPECT_EQ(all[0]["next"], "backup");
    EXPECT_EQ(all[0]["reason"], "a rate limit: to ask another costs the caller less than to wait");
    EXPECT_EQ(all[0]["error.type"], "rate_limit");
    EXPECT_EQ(all[1]["gen_ai.request.model"], "backup-model");
    EXPECT_EQ(all[1]["gen_ai.system"], "openai");
    EXPECT_EQ(all[1]["gen_ai.response.finish_reasons"], Json::parse(R"(["stop"])"));
    EXPECT_EQ(all[2]["kind"], "request");
    EXPECT_EQ(all[2]["request"], reply.header("x-request-id"));
    EXPECT_EQ(all[2]["served_by"], "backup");
    EXPECT_EQ(all[2]["degraded"], "rate_limit 429");

    // Nothing undocumented.
    std::set<std::string> line = member_names(line_members());
    for (const Json& one : all) {
        std::set<std::string> known = member_names(one["kind"] == "attempt" ? attempt_members() : request_members());
        known.insert(line.begin(), line.end());
        for (const auto& [name, value] : one.items()) EXPECT_TRUE(known.contains(name)) << name;
    }

    const Json explanation = Json::parse(explained);
    EXPECT_EQ(explanation["status"], 200);
    ASSERT_EQ(explanation["tried"].size(), 2U);
    EXPECT_EQ(explanation["tried"][0]["decision"], "failover");
    EXPECT_EQ(explanation["tried"][1]["because"], "failover after attempt 1");

    std::string everything = explained;
    for (const Json& one : all) everything += one.dump();
    for (const char* secret : {"SECRET-IN", "sk-primary-key", "sk-backup-key", "callers-own-key"}) {
        EXPECT_EQ(everything.find(secret), std::string::npos) << everything;
    }
}

TEST_F(TelemetryTest, a_race_is_on_record_and_no_failure)
{
    for (const LogLevel level : {LogLevel::warn, LogLevel::info}) {
        fs::remove(path_);
        LogFile log(path_);
        World world;
        world.policy.hedge.after = 500ms;
        world.provider("primary", {silent()});
        world.provider("backup", {answer("hi")});
        {
            Telemetry telemetry(world.simulation, log, level, 10);
            Forwarding both(telemetry);
            world.observer = &both;
            world.tell([&]() -> net::Task<void> {
                const Reply reply = co_await world.ask(plain);
                EXPECT_EQ(reply.header("x-chaos-served-by"), "backup");
            });
        }
        std::map<std::string, Json> attempts;
        for (const Json& line : lines()) {
            if (line["kind"] == "attempt") attempts[line["target"]] = line;
        }
        EXPECT_EQ(attempts.size(), level == LogLevel::warn ? 0U : 2U);
        if (level == LogLevel::warn) continue;
        const Json& overtaken = attempts["primary"];
        EXPECT_EQ(overtaken["class"], "lost_race");
        EXPECT_EQ(overtaken["decision"], "yield");
        EXPECT_EQ(overtaken["next"], "backup");
        EXPECT_FALSE(overtaken.contains("error.type"));
        const Json& hedge = attempts["backup"];
        EXPECT_EQ(hedge["hedge"], true);
        EXPECT_EQ(hedge["because"], "hedge after 500ms of silence at primary");
    }
}

TEST_F(TelemetryTest, levels)
{
    const struct {
        LogLevel level;
        std::vector<std::string> kinds;
    } rows[] = {
        {LogLevel::warn, {"attempt"}},
        {LogLevel::info, {"attempt", "attempt", "request"}},
        {LogLevel::debug, {"attempt_began", "attempt", "attempt_began", "attempt", "request"}},
    };
    for (const auto& row : rows) {
        fs::remove(path_);
        LogFile log(path_);
        World world;
        world.provider("primary", {error(429, "", "slow", "retry-after: 60\r\n")});
        world.provider("backup", {answer("hi")});
        {
            Telemetry telemetry(world.simulation, log, row.level, 10);
            Forwarding both(telemetry);
            world.observer = &both;
            world.tell([&]() -> net::Task<void> { co_await world.ask(plain); });
        }
        std::vector<std::string> kinds;
        for (const Json& line : lines()) kinds.push_back(line["kind"]);
        EXPECT_EQ(kinds, row.kinds);
    }
}

TEST_F(TelemetryTest, a_log_that_was_moved_away_is_opened_anew)
{
    LogFile log(path_);
    log.write("one\n");
    fs::rename(path_, path_ + ".1");
    log.write("two\n");
    EXPECT_EQ(log.reopen(), "");
    log.write("three\n");
    std::ifstream old(path_ + ".1"), fresh(path_);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(old), {}), "one\ntwo\n");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(fresh), {}), "three\n");
    fs::remove(path_ + ".1");
}

TEST(LogFiles, a_reader_that_does_not_read_is_not_waited_for)
{
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    LogFile log("/dev/fd/" + std::to_string(ends[1]));
    const std::string line(100, 'x');
    for (int i = 0; i < 2000; ++i) log.write(line + "\n");
    EXPECT_GT(log.dropped(), 0U);
    EXPECT_LT(log.dropped(), 2000U);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST(LogFiles, one_that_cannot_be_opened)
{
    EXPECT_THROW(LogFile("/nowhere/log"), std::system_error);
    EXPECT_FALSE(LogFile("none").wanted());
}

}  // namespace
}  // namespace chaos::router
