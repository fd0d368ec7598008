// A status page: what it says at each moment of its timeline, how it fails, and its spelling in scenarios.
#include "mock_providers/status_page.hpp"

#include <nlohmann/json.hpp>

#include "mock_providers/read_status_page.hpp"
#include "mock_providers/status_page_words.hpp"
#include "net/json.hpp"
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

const std::vector<std::string> provider_names = {"primary", "backup"};

/// What is read; `said` takes the complaints, which otherwise must not be.
StatusPageSpec status_page_in(const std::string& yaml, std::string* said = nullptr)
{
    config::Complaints complaints("test.yaml");
    const StatusPageSpec spec = read_status_page(*config::parse(yaml, complaints), complaints, provider_names);
    std::string text;
    for (const auto& complaint : complaints.sorted()) {
        text += fmt::format("{}:{}: {}\n", complaint.at.line, complaint.at.column, complaint.text);
    }
    if (said != nullptr) {
        *said = text;
    } else {
        EXPECT_EQ(text, "");
    }
    return spec;
}

constexpr const char* outage =
    "name: Example AI\n"
    "timeline:\n"
    "  - {from: 1s, until: 6s, component: primary, status: major_outage, incident: Elevated errors}\n"
    "  - {from: 4s, until: 5s, indicator: minor, incident: Slow dashboards}\n";

nlohmann::ordered_json page_at(const StatusPageSpec& spec, net::Duration now, std::string_view path)
{
    const PageMoment moment{spec, provider_names, "http://127.0.0.1:9", net::WallTime(seconds(1'767'225'600)), now};
    return *net::parse_json(status_page_body(moment, path));
}

TEST(StatusPage, SaysThatAllIsWellBeforeAndAfter)
{
    const StatusPageSpec spec = status_page_in(outage);
    for (const net::Duration now : {net::Duration(-1), net::Duration(0), net::Duration(seconds(6))}) {
        const auto status = page_at(spec, now, "/api/v2/status.json");
        EXPECT_EQ(status.at("status").at("indicator"), "none");
        EXPECT_EQ(status.at("status").at("description"), "All Systems Operational");
    }
    const auto page = page_at(spec, seconds(6), "/api/v2/status.json").at("page");
    EXPECT_EQ(page.at("name"), "Example AI");
    EXPECT_EQ(page.at("url"), "http://127.0.0.1:9");
    EXPECT_EQ(page.at("time_zone"), "Etc/UTC");
    EXPECT_EQ(page.at("id").get<std::string>().size(), 12U);
    EXPECT_EQ(page.at("updated_at"), "2026-01-01T00:00:06.000Z") << "the last change";
}

TEST(StatusPage, ShowsAnOutageWithItsComponentsAndIncidents)
{
    const auto summary = page_at(status_page_in(outage), milliseconds(4500), "/api/v2/summary.json");
    EXPECT_EQ(summary.at("status").at("indicator"), "critical") << "the worst of both";
    EXPECT_EQ(summary.at("status").at("description"), "Major Service Outage");
    EXPECT_EQ(summary.at("page").at("updated_at"), "2026-01-01T00:00:04.000Z");
    const auto& components = summary.at("components");
    ASSERT_EQ(components.size(), 2U);
    EXPECT_EQ(components.at(0).at("name"), "primary");
    EXPECT_EQ(components.at(0).at("status"), "major_outage");
    EXPECT_EQ(components.at(0).at("updated_at"), "2026-01-01T00:00:01.000Z");
    EXPECT_EQ(components.at(1).at("status"), "operational");
    EXPECT_EQ(components.at(1).at("position"), 2);
    const auto& incidents = summary.at("incidents");
    ASSERT_EQ(incidents.size(), 2U);
    EXPECT_EQ(incidents.at(0).at("name"), "Slow dashboards") << "the newest first";
    const auto& incident = incidents.at(1);
    EXPECT_EQ(incident.at("name"), "Elevated errors");
    EXPECT_EQ(incident.at("status"), "investigating");
    EXPECT_EQ(incident.at("impact"), "critical");
    EXPECT_EQ(incident.at("created_at"), "2026-01-01T00:00:01.000Z");
    EXPECT_TRUE(incident.at("resolved_at").is_null());
    EXPECT_EQ(incident.at("components").at(0).at("name"), "primary");
    EXPECT_EQ(incident.at("incident_updates").at(0).at("incident_id"), incident.at("id"));
    EXPECT_TRUE(summary.at("scheduled_maintenances").empty());
}

TEST(StatusPage, KeepsResolvedIncidentsOnTheirOwnPage)
{
    const StatusPageSpec spec = status_page_in(outage);
    EXPECT_EQ(page_at(spec, seconds(9), "/api/v2/summary.json").at("incidents").size(), 0U);
    EXPECT_EQ(page_at(spec, seconds(9), "/api/v2/incidents/unresolved.json").at("incidents").size(), 0U);
    const auto all = page_at(spec, seconds(9), "/api/v2/incidents.json").at("incidents");
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all.at(1).at("status"), "resolved");
    EXPECT_EQ(all.at(1).at("resolved_at"), "2026-01-01T00:00:06.000Z");
    EXPECT_EQ(all.at(1).at("incident_updates").at(0).at("status"), "resolved");
}

TEST(StatusPage, IsAsLateAsItsLag)
{
    StatusPageSpec spec = status_page_in(outage);
    spec.lag = seconds(3);
    EXPECT_EQ(page_at(spec, milliseconds(3999), "/api/v2/status.json").at("status").at("indicator"), "none");
    EXPECT_EQ(page_at(spec, seconds(4), "/api/v2/status.json").at("status").at("indicator"), "critical");
    EXPECT_EQ(page_at(spec, milliseconds(8999), "/api/v2/status.json").at("status").at("indicator"), "critical")
        << "long after it is over";
    const auto incident = page_at(spec, seconds(5), "/api/v2/summary.json").at("incidents").at(0);
    EXPECT_EQ(incident.at("started_at"), "2026-01-01T00:00:01.000Z");
    EXPECT_EQ(incident.at("created_at"), "2026-01-01T00:00:04.000Z");
}

TEST(StatusPage, TakesTheIndicatorFromTheComponentUnlessOneIsGiven)
{
    const std::pair<const char*, Indicator> rows[] = {{"operational", Indicator::none},
                                                      {"under_maintenance", Indicator::maintenance},
                                                      {"degraded_performance", Indicator::minor},
                                                      {"partial_outage", Indicator::major},
                                                      {"major_outage", Indicator::critical}};
    for (const auto& [status, indicator] : rows) {
        const auto spec = status_page_in(fmt::format("timeline: [{{component: primary, status: {}}}]", status));
        EXPECT_EQ(spec.timeline.at(0).indicator, indicator) << status;
    }
    EXPECT_EQ(status_page_in("timeline: [{indicator: minor, component: primary, status: major_outage}]")
                  .timeline.at(0)
                  .indicator,
              Indicator::minor);
}

TEST(ReadStatusPage, RefusesWhatSaysNothingOrCannotBe)
{
    const std::pair<const char*, const char*> rows[] = {
        {"timeline: [{from: 1s}]",
         "1:12: status_page: the entry says nothing: give an indicator, a component with its status, an incident, or "
         "`inject:`\n"},
        {"timeline: [{component: primry, status: major_outage}]",
         "1:24: component: unknown provider 'primry' (did you mean 'primary'?)\n"},
        {"timeline: [{component: primary}]", "1:24: component and status belong together: which provider is how?\n"},
        {"timeline: [{indicator: majr}]",
         "1:24: indicator: expected one of none, maintenance, minor, major, critical, found 'majr' (did you mean "
         "'major'?)\n"},
        {"timeline: [{from: 2s, until: 2s, indicator: minor}]",
         "1:30: the window is empty: it begins at 2s and ends at 2s\n"},
        {"timeline: [{inject: cut}]", "1:21: inject: a status page can meet status, timeout or reset\n"},
        {"timeline: [{inject: timeout, indicator: minor}]",
         "1:41: indicator does not go with inject: a page that fails says nothing\n"},
        {"timeline: [{inject: {status: {code: 200}}}]",
         "1:37: code: expected a whole number from 400 to 599, found '200'\n"},
        {"timeline: {}", "1:11: timeline: expected a list, found a map\n"},
        {"lagg: 3s", "1:1: status_page: unknown key 'lagg' (did you mean 'lag'?)\n"},
    };
    for (const auto& [yaml, complaint] : rows) {
        std::string said;
        status_page_in(yaml, &said);
        EXPECT_EQ(said, complaint) << yaml;
    }
}

net::Task<void> get_at(net::Runtime& world, StatusPage& page, std::vector<std::pair<net::Duration, Ask>> asks,
                       std::vector<Heard>& heard)
{
    net::TaskGroup serving(world.executor());
    serving.spawn(page.serve());
    const net::Instant zero = world.clock().now();
    page.start_clock(zero);
    for (auto& [at, ask] : asks) {
        co_await net::sleep_until(world.clock(), zero + at);
        ask.to = page.endpoint();
        Heard one = co_await converse(world, ask);
        heard.push_back(std::move(one));
    }
    page.stop();
    co_await serving.join();
}

Ask get_status_page(std::string path, std::string method = "GET")
{
    Ask ask;
    ask.method = std::move(method);
    ask.path = std::move(path);
    ask.listens = seconds(5);
    return ask;
}

template <class World>
class StatusPages : public ::testing::Test {
protected:
    std::vector<Heard> meet(const std::string& yaml, std::vector<std::pair<net::Duration, Ask>> asks)
    {
        StatusPage page(world_.runtime, status_page_in(yaml), provider_names);
        std::vector<Heard> heard;
        world_.runtime.run(get_at(world_.runtime, page, std::move(asks), heard));
        return heard;
    }

    World world_;
};
TYPED_TEST_SUITE(StatusPages, BothWorlds, WorldNames);

TYPED_TEST(StatusPages, AnswerByTheirTimeline)
{
    const auto heard = this->meet("timeline: [{from: 500ms, indicator: major}]",
                                  {{milliseconds(0), get_status_page("/api/v2/status.json")},
                                   {milliseconds(500), get_status_page("/api/v2/status.json?x=1")},
                                   {milliseconds(500), get_status_page("/api/v2/nothing.json")},
                                   {milliseconds(500), get_status_page("/api/v2/status.json", "POST")}});
    EXPECT_EQ(net::parse_json(heard.at(0).body)->at("status").at("indicator"), "none");
    EXPECT_EQ(net::parse_json(heard.at(1).body)->at("status").at("indicator"), "major");
    EXPECT_EQ(heard.at(1).headers.find("content-type"), "application/json; charset=utf-8");
    EXPECT_EQ(heard.at(1).headers.find("access-control-allow-origin"), "*");
    EXPECT_EQ(heard.at(2).status, 404);
    EXPECT_EQ(heard.at(3).status, 405);
    EXPECT_EQ(heard.at(3).headers.find("allow"), "GET");
}

TYPED_TEST(StatusPages, FailInEachWay)
{
    const auto heard = this->meet(
        "timeline:\n"
        "  - {until: 200ms, inject: {status: {code: 503}}}\n"
        "  - {from: 200ms, until: 400ms, inject: reset}\n"
        "  - {from: 400ms, until: 700ms, inject: timeout}\n",
        {{milliseconds(0), get_status_page("/api/v2/status.json")},
         {milliseconds(210), get_status_page("/api/v2/status.json")},
         {milliseconds(410), briefly(get_status_page("/api/v2/status.json"), milliseconds(150))},
         {milliseconds(620), get_status_page("/api/v2/status.json")}});
    EXPECT_EQ(heard.at(0).status, 503);
    EXPECT_EQ(heard.at(1).ending, "RST");
    EXPECT_EQ(heard.at(2).ending, "silence");
    EXPECT_EQ(heard.at(2).bytes, "");
    EXPECT_EQ(heard.at(3).status, 200) << "released when the entry ends";
}

}  // namespace
}  // namespace chaos::mock_providers
