// The API on a port beside the mocks, in simulation: toxics on a provider and on a proxy that really forwards, to the
// millisecond.
#include "harness/toxiproxy/server.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/recorder.hpp"
#include "harness/scenario.hpp"
#include "net/http/client.hpp"
#include "net/simulation/simulation.hpp"
#include "net/task_group.hpp"

namespace chaos::harness::toxiproxy {
namespace {

using namespace std::chrono_literals;

Plan plan_of_one_provider()
{
    config::Complaints complaints("story.yaml");
    const auto scenario =
        read_scenario("story.yaml", "providers:\n  primary: {model: m, pace: {first_token: 0ms, between_tokens: 0ms}}\n",
                      complaints, Purpose::serve);
    return make_plan(scenario.value(), 1);
}

struct Answered {
    int status = 0;  ///< 0: there was none, and the body says why
    std::string body;
    net::Duration took{};

    /// Within the few milliseconds that connecting and answering take themselves.
    bool took_about(net::Duration expected) const { return took >= expected && took < expected + 10ms; }
};

/// The mocks of a scenario, the API beside them, and who asks them.
class Served {
public:
    Served() : plan_(plan_of_one_provider()), recorder_(world_.clock()), mocks_(plan_, world_, recorder_)
    {
        mocks_.expect_other_faults();
    }

    void live(net::Task<void> (*story)(Served&)) { world_.run(tell(story)); }

    net::Endpoint primary() const { return mocks_.providers().at(0)->endpoint(); }

    net::Task<Answered> api(std::string method, std::string path, std::string body = "")
    {
        return ask(server_.endpoint(), std::move(method), std::move(path), std::move(body), 1min);
    }

    net::Task<Answered> chat(net::Endpoint to, net::Duration patience = 1min)
    {
        return ask(to, "POST", "/v1/chat/completions", R"({"model":"m","messages":[{"role":"user","content":"hello"}]})",
                   patience);
    }

private:
    net::Task<Answered> ask(net::Endpoint to, std::string method, std::string path, std::string body,
                            net::Duration patience)
    {
        net::http::Client client(world_, {});
        net::http::Request request;
        request.head.method = std::move(method);
        request.head.target = std::move(path);
        request.body = std::move(body);
        const net::Instant began = world_.clock().now();
        auto response = co_await client.fetch(std::move(to), std::move(request), began + patience);
        Answered answered;
        answered.took = world_.clock().now() - began;
        answered.status = response ? response->head.status : 0;
        answered.body = response ? response->body : response.error().message();
        client.close_idle();
        co_return answered;
    }

    net::Task<void> tell(net::Task<void> (*story)(Served&))
    {
        net::TaskGroup servers(world_.executor());
        mocks_.serve_in(servers);
        mocks_.start_clock(world_.clock().now());
        servers.spawn(server_.serve());
        co_await story(*this);
        mocks_.stop();
        server_.stop();
        co_await servers.join();
    }

    net::Simulation world_;
    Plan plan_;
    Recorder recorder_;
    Mocks mocks_;
    Server server_{0, world_, mocks_, 1};
};

TEST(ToxiproxyServer, PutsToxicsOnAProvider)
{
    Served().live([](Served& served) -> net::Task<void> {
        const Answered healthy = co_await served.chat(served.primary());
        EXPECT_EQ(healthy.status, 200);
        EXPECT_TRUE(healthy.took_about(0ms));
        const Answered added = co_await served.api(
            "POST", "/proxies/primary/toxics", R"({"type":"latency","attributes":{"latency":700}})");
        EXPECT_EQ(added.status, 200);
        const Answered slow = co_await served.chat(served.primary());
        EXPECT_TRUE(slow.took_about(700ms));
        const Answered changed = co_await served.api("PATCH", "/proxies/primary/toxics/latency_downstream",
                                                     R"({"attributes":{"latency":300}})");
        EXPECT_EQ(changed.status, 200);
        const Answered faster = co_await served.chat(served.primary());
        EXPECT_TRUE(faster.took_about(300ms));
        const Answered removed = co_await served.api("DELETE", "/proxies/primary/toxics/latency_downstream");
        EXPECT_EQ(removed.status, 204);
        const Answered again = co_await served.chat(served.primary());
        EXPECT_TRUE(again.took_about(0ms));
    });
}

TEST(ToxiproxyServer, TakesAProviderDownAndUpAgain)
{
    Served().live([](Served& served) -> net::Task<void> {
        const Answered down = co_await served.api("POST", "/proxies/primary", R"({"enabled":false})");
        EXPECT_NE(down.body.find(R"("enabled":false)"), std::string::npos);
        const Answered refused = co_await served.chat(served.primary());
        EXPECT_EQ(refused.body, "Connection refused");
        const Answered reset = co_await served.api("POST", "/reset");
        EXPECT_EQ(reset.status, 204);
        const Answered up = co_await served.chat(served.primary());
        EXPECT_EQ(up.status, 200);
    });
}

/// Makes a proxy in front of the provider; where it listens.
net::Task<net::Endpoint> proxy_of_its_own(Served& served)
{
    const std::string body =
        R"({"name":"own","listen":"localhost:0","upstream":")" + net::to_string(served.primary()) + R"("})";
    const Answered created = co_await served.api("POST", "/proxies", body);
    EXPECT_EQ(created.status, 201) << created.body;
    const std::string listen = nlohmann::json::parse(created.body)["listen"];
    net::Endpoint endpoint;
    endpoint.port = static_cast<std::uint16_t>(std::stoi(listen.substr(listen.rfind(':') + 1)));
    co_return endpoint;
}

TEST(ToxiproxyServer, ForwardsThroughAProxyWithToxics)
{
    Served().live([](Served& served) -> net::Task<void> {
        const net::Endpoint own = co_await proxy_of_its_own(served);
        const Answered through = co_await served.chat(own);
        EXPECT_EQ(through.status, 200);
        co_await served.api("POST", "/proxies/own/toxics",
                            R"({"type":"slow_close","stream":"upstream","attributes":{"delay":50}})");
        co_await served.api("POST", "/proxies/own/toxics",
                            R"({"type":"latency","stream":"upstream","attributes":{"latency":200}})");
        const Answered slow = co_await served.chat(own);
        EXPECT_TRUE(slow.took_about(200ms));
        const Answered untouched = co_await served.chat(served.primary());
        EXPECT_TRUE(untouched.took_about(0ms)) << "the provider itself is well";
        co_await served.api("PATCH", "/proxies/own", R"({"enabled":false})");
        const Answered refused = co_await served.chat(own);
        EXPECT_EQ(refused.body, "Connection refused");
        const Answered enabled = co_await served.api("PATCH", "/proxies/own", R"({"enabled":true})");
        EXPECT_EQ(enabled.status, 200);
        const Answered still_slow = co_await served.chat(own);
        EXPECT_TRUE(still_slow.took_about(200ms)) << "toxics outlive the closed port";
        co_await served.api("DELETE", "/proxies/own");
        const Answered gone = co_await served.chat(own);
        EXPECT_EQ(gone.body, "Connection refused");
    });
}

struct Felt {
    const char* toxic;
    int status;
    const char* body;  ///< if there is no status
    net::Duration took;
};

TEST(ToxiproxyServer, EveryToxicIsFelt)
{
    Served().live([](Served& served) -> net::Task<void> {
        const Felt rows[] = {
            {R"({"type":"bandwidth","attributes":{"rate":0}})", 0, "Connection timed out", 5s},
            {R"({"type":"timeout","attributes":{"timeout":0}})", 0, "Connection timed out", 5s},
            {R"({"type":"timeout","attributes":{"timeout":400}})", 0, "end of stream", 400ms},
            {R"({"type":"timeout","stream":"upstream","attributes":{"timeout":400}})", 0, "end of stream", 400ms},
            {R"({"type":"reset_peer","attributes":{"timeout":150}})", 0, "Connection reset by peer", 150ms},
            {R"({"type":"reset_peer","stream":"upstream"})", 0, "Connection reset by peer", 0ms},
            {R"({"type":"limit_data","attributes":{"bytes":40}})", 0, "partial message", 0ms},
            {R"({"type":"limit_data","attributes":{"bytes":1000000}})", 200, "", 0ms},
            {R"({"type":"timeout","toxicity":0})", 200, "", 0ms},
        };
        for (const Felt& row : rows) {
            const Answered added = co_await served.api("POST", "/proxies/primary/toxics", row.toxic);
            EXPECT_EQ(added.status, 200) << added.body;
            const Answered felt = co_await served.chat(served.primary(), 5s);
            EXPECT_EQ(felt.status, row.status) << row.toxic << felt.body;
            if (row.status == 0) {
                EXPECT_EQ(felt.body, row.body) << row.toxic;
            }
            EXPECT_TRUE(felt.took_about(row.took)) << row.toxic << net::to_string(felt.took);
            const Answered reset = co_await served.api("POST", "/reset");
            EXPECT_EQ(reset.status, 204);
        }
        co_await served.api("POST", "/proxies/primary/toxics", R"({"type":"bandwidth","attributes":{"rate":1}})");
        const Answered narrow = co_await served.chat(served.primary());
        EXPECT_EQ(narrow.status, 200);
        EXPECT_GE(narrow.took, std::chrono::milliseconds(narrow.body.size()));
        co_await served.api("POST", "/reset");
        co_await served.api("POST", "/proxies/primary/toxics",
                            R"({"type":"slicer","attributes":{"average_size":10,"delay":1000}})");
        const Answered sliced = co_await served.chat(served.primary());
        EXPECT_EQ(sliced.status, 200);
        EXPECT_GE(sliced.took, std::chrono::milliseconds(sliced.body.size() / 10));
    });
}

}  // namespace
}  // namespace chaos::harness::toxiproxy
