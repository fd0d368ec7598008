// Health probes and status pages: the decisions by table, and stories of the whole router in simulation.
#include "router/health/probe.hpp"

#include <algorithm>

#include "router/health/status_report.hpp"
#include "router/memory/memory_of_failure.hpp"
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

struct ReportRow {
    const char* name;
    std::string body;
    std::string component;
    std::optional<bool> down;
};

std::string indicator_body(const std::string& indicator)
{
    return R"({"page":{"id":"x"},"status":{"indicator":")" + indicator + R"(","description":"d"}})";
}
std::string summary_body(const std::string& status)
{
    return R"({"status":{"indicator":"critical"},"components":[{"name":"Other","status":"major_outage"},{"name":"API","status":")" +
           status + R"("}]})";
}

TEST(StatusReport, by_table)
{
    const std::vector<ReportRow> rows{
        {"all well", indicator_body("none"), "", false},
        {"minor", indicator_body("minor"), "", false},
        {"maintenance", indicator_body("maintenance"), "", false},
        {"major", indicator_body("major"), "", true},
        {"critical", indicator_body("critical"), "", true},
        {"component well, though the page is not", summary_body("operational"), "API", false},
        {"component degraded", summary_body("degraded_performance"), "API", false},
        {"component partly out", summary_body("partial_outage"), "API", false},
        {"component out", summary_body("major_outage"), "API", true},
        {"no such component", summary_body("major_outage"), "Chat", std::nullopt},
        {"no components", indicator_body("critical"), "API", std::nullopt},
        {"components of another kind", R"({"components":[3,{"name":"API"},{"name":"API","status":7}]})", "API",
         std::nullopt},
        {"no status", "{}", "", std::nullopt},
        {"an indicator that is no text", R"({"status":{"indicator":3}})", "", std::nullopt},
        {"a status that is no map", R"({"status":"critical"})", "", std::nullopt},
        {"a web page", "<html>", "", std::nullopt},
        {"a list", "[]", "", std::nullopt},
        {"nothing", "", "", std::nullopt},
    };
    for (const ReportRow& row : rows) EXPECT_EQ(reported_down(row.body, row.component), row.down) << row.name;
    EXPECT_EQ(status_path("", ""), "/api/v2/status.json");
    EXPECT_EQ(status_path("/eu", "API"), "/eu/api/v2/summary.json");
}

TEST(Probe, whom_it_is_for)
{
    using When = ProbePolicy::When;
    const net::Instant now(10s);
    const auto wants = [now](When when, Breaker::State state, net::Instant resting_until) {
        Standing standing;
        standing.state = state;
        standing.resting_until = resting_until;
        return wants_probe(when, standing, now);
    };
    EXPECT_TRUE(wants(When::resting, Breaker::State::open, {}));
    EXPECT_FALSE(wants(When::resting, Breaker::State::closed, {}));
    EXPECT_FALSE(wants(When::resting, Breaker::State::half_open, {})) << "somebody is at it";
    EXPECT_FALSE(wants(When::resting, Breaker::State::open, net::Instant(11s))) << "it asked to be left alone";
    EXPECT_TRUE(wants(When::always, Breaker::State::closed, {}));
    EXPECT_FALSE(wants(When::always, Breaker::State::closed, net::Instant(11s)));
}

TEST(Probe, what_is_asked)
{
    Target target;
    target.base_path = "/v1";
    target.model = "m\"1";
    target.api_keys = {"sk-1", "sk-2"};
    const net::http::Request list = probe_request(target, 1, ProbePolicy::How::models);
    EXPECT_EQ(list.head.method, "GET");
    EXPECT_EQ(list.head.target, "/v1/models");
    EXPECT_EQ(list.head.headers.find("authorization"), "Bearer sk-2");
    const net::http::Request completion = probe_request(target, 0, ProbePolicy::How::completion);
    EXPECT_EQ(completion.head.target, "/v1/chat/completions");
    EXPECT_NE(completion.body.find(R"("model":"m\"1")"), std::string::npos) << completion.body;
    EXPECT_NE(completion.body.find(R"("max_tokens":1)"), std::string::npos) << completion.body;
}

TEST(Probe, asks_each_vendor_in_its_own_words)
{
    struct VendorRow {
        const char* dialect;
        const char* key_header;
        const char* list;
        const char* completion;
    };
    const VendorRow rows[] = {
        {"openai", "authorization", "/v1/models", "/v1/chat/completions"},
        {"openai_responses", "authorization", "/v1/models", "/v1/responses"},
        {"anthropic", "x-api-key", "/v1/models", "/v1/messages"},
        {"ollama", "authorization", "/api/tags", "/api/chat"},
        {"gemini", "x-goog-api-key", "/v1beta/models", "/v1beta/models/small:generateContent"},
    };
    for (const VendorRow& row : rows) {
        Target target;
        target.dialect = row.dialect;
        target.base_path = "";
        target.model = "small";
        target.api_keys = {"sk-1"};
        EXPECT_EQ(probe_request(target, 0, ProbePolicy::How::models).head.target, row.list) << row.dialect;
        const net::http::Request completion = probe_request(target, 0, ProbePolicy::How::completion);
        EXPECT_EQ(completion.head.target, row.completion) << row.dialect;
        EXPECT_TRUE(completion.head.headers.find(row.key_header)) << row.dialect;
        EXPECT_NE(completion.body.find("ping"), std::string::npos) << row.dialect;
    }
}

TEST(Probe, what_an_answer_is_worth)
{
    using How = ProbePolicy::How;
    const auto read = [](int status, How how) {
        net::http::Response response;
        response.head.status = status;
        response.body = R"({"error":{"message":"m","type":"t"}})";
        return read_probe(response, how).what;
    };
    EXPECT_EQ(read(200, How::models), OutcomeClass::ok);
    EXPECT_EQ(read(404, How::models), OutcomeClass::caller_fault) << "it has no such list: that says nothing";
    EXPECT_EQ(read(401, How::models), OutcomeClass::credential);
    EXPECT_EQ(read(500, How::models), OutcomeClass::transient);
    EXPECT_EQ(read(503, How::completion), OutcomeClass::overloaded);
    Permit normal;
    Permit probe;
    probe.provider.probe = true;
    EXPECT_EQ(worth_of_probe(probe, Outcome{}).provider, Charge::success);
    EXPECT_EQ(worth_of_probe(normal, Outcome{}).provider, Charge::neutral) << "failures of completions still count";
    Outcome failed;
    failed.what = OutcomeClass::transient;
    EXPECT_EQ(worth_of_probe(normal, failed).provider, Charge::failure);
    failed.what = OutcomeClass::credential;
    EXPECT_EQ(worth_of_probe(normal, failed).provider, Charge::neutral);
    EXPECT_EQ(worth_of_probe(normal, failed).key, Charge::failure);
}

bool is_list(const ScriptedUpstream::Asked& asked)
{
    return asked.head.target == "/v1/models";
}

TEST(HealthWatch, a_probe_finds_out_that_a_provider_is_well_again)
{
    World world;
    world.policy.breaker.failures = 1;
    world.policy.breaker.open_for = 60s;
    world.policy.retry.same_provider = 0;
    world.policy.probe.every = 2s;
    ScriptedUpstream& primary =
        world.provider("primary", {error(500, "", "boom"), error(500, "", "boom"), whole(200, "{}"), answer("p")});
    ScriptedUpstream& backup = world.provider("backup", {answer("b")});
    world.tell([&]() -> net::Task<void> {
        co_await world.sleep(3s);
        EXPECT_EQ(primary.asked().size(), 0U) << "nobody is open: nobody is probed";
        const Reply first = co_await world.ask(plain);
        EXPECT_EQ(first.header("x-chaos-served-by"), "backup");
        co_await world.sleep(4s);
        const Reply second = co_await world.ask(plain);
        EXPECT_EQ(second.header("x-chaos-served-by"), "primary") << "long before its open time was over";
    });
    ASSERT_EQ(primary.asked().size(), 4U);
    EXPECT_TRUE(is_list(*primary.asked()[1]));
    EXPECT_TRUE(is_list(*primary.asked()[2]));
    EXPECT_EQ(backup.asked().size(), 1U);
}

TEST(HealthWatch, probes_of_everybody_open_a_breaker_before_a_caller_pays)
{
    World world;
    world.policy.breaker.failures = 2;
    world.policy.probe.every = 1s;
    world.policy.probe.when = ProbePolicy::When::always;
    world.policy.probe.how = ProbePolicy::How::completion;
    world.policy.probe.timeout = 300ms;
    ScriptedUpstream& primary = world.provider("primary", {silent()});
    world.provider("backup", {answer("b")});
    world.tell([&]() -> net::Task<void> {
        co_await world.sleep(3s);
        const Reply reply = co_await world.ask(plain);
        EXPECT_EQ(reply.header("x-chaos-degraded"), "breaker_open");
        EXPECT_LT(reply.took(), 50ms);
    });
    ASSERT_GE(primary.asked().size(), 2U);
    EXPECT_TRUE(primary.asked()[0]->client_left) << "a probe has a deadline";
}

TEST(HealthWatch, a_rest_that_was_asked_for_is_kept_by_probes_too)
{
    World world;
    world.policy.probe.every = 1s;
    world.policy.probe.when = ProbePolicy::When::always;
    ScriptedUpstream& primary =
        world.provider("primary", {error(429, "", "slow", "retry-after: 10\r\n"), whole(200, "{}")});
    world.provider("backup", {answer("b")});
    world.tell([&]() -> net::Task<void> {
        co_await world.ask(plain);
        co_await world.sleep(9900ms);
        EXPECT_EQ(primary.asked().size(), 1U);
        co_await world.sleep(1500ms);
        EXPECT_GE(primary.asked().size(), 2U);
    });
}

TEST(HealthWatch, a_probe_that_never_ends_does_not_keep_the_router_from_stopping)
{
    World world;
    world.policy.probe.every = 1s;
    world.policy.probe.when = ProbePolicy::When::always;
    world.policy.probe.timeout = 24h;
    ScriptedUpstream& primary = world.provider("primary", {silent()});
    world.tell([&]() -> net::Task<void> { co_await world.sleep(1500ms); });
    EXPECT_EQ(primary.asked().size(), 1U);
}

/// The page is one more upstream, in no chain.
ScriptedUpstream& page_in(World& world, std::vector<Act> script)
{
    ScriptedUpstream& page = world.provider("page", std::move(script));
    world.policy.models["agent"].chain.pop_back();
    world.policy.providers["primary"].status_page = "http://" + net::to_string(page.endpoint());
    return page;
}

TEST(HealthWatch, a_provider_reported_down_is_asked_last_until_the_page_says_otherwise)
{
    World world;
    world.policy.status_pages.every = 10s;
    ScriptedUpstream& primary = world.provider("primary", {answer("p")});
    world.provider("backup", {answer("b")});
    ScriptedUpstream& page = page_in(world, {whole(200, indicator_body("none")), whole(200, indicator_body("major")),
                                             whole(200, indicator_body("none"))});
    world.tell([&]() -> net::Task<void> {
        co_await world.sleep(1s);
        const Reply before = co_await world.ask(plain);
        EXPECT_EQ(before.header("x-chaos-served-by"), "primary");
        co_await world.sleep(10s);
        const Reply during = co_await world.ask(plain);
        EXPECT_EQ(during.header("x-chaos-served-by"), "backup");
        EXPECT_EQ(during.header("x-chaos-degraded"), "reported_down");
        co_await world.sleep(10s);
        const Reply after = co_await world.ask(plain);
        EXPECT_EQ(after.header("x-chaos-served-by"), "primary");
    });
    EXPECT_EQ(primary.asked().size(), 2U);
    EXPECT_EQ(page.asked().size(), 3U);
    EXPECT_EQ(page.asked()[0]->head.target, "/api/v2/status.json");
    EXPECT_FALSE(page.asked()[0]->head.headers.contains("authorization"));
}

TEST(HealthWatch, a_page_that_fails_changes_nothing_and_its_last_word_grows_old)
{
    World world;
    world.policy.status_pages.every = 10s;
    world.policy.status_pages.timeout = 1s;
    world.policy.status_pages.good_for = 25s;
    world.provider("primary", {answer("p")});
    world.provider("backup", {answer("b")});
    page_in(world, {whole(200, indicator_body("critical")), error(500, "", "boom"), silent()});
    world.tell([&]() -> net::Task<void> {
        co_await world.sleep(15s);
        const Reply still = co_await world.ask(plain);
        EXPECT_EQ(still.header("x-chaos-served-by"), "backup");
        co_await world.sleep(15s);
        const Reply old = co_await world.ask(plain);
        EXPECT_EQ(old.header("x-chaos-served-by"), "primary");
    });
}

}  // namespace
}  // namespace chaos::router
