// Toxiproxy's API as a table: what is asked, the status and the body that come back, over gates that only remember.
#include "harness/toxiproxy/api.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>

namespace chaos::harness::toxiproxy {
namespace {

/// What was done to a gate, in order.
struct Record {
    std::vector<std::string> deeds;
    std::vector<net::faults::SharedRule> rules;
};

class RecordingGate final : public Gate {
public:
    explicit RecordingGate(Record& record) : record_(record) {}

    net::Result<std::string> open(const std::string& listen, const std::string& upstream) override
    {
        record_.deeds.push_back("open " + listen + " to " + upstream);
        if (listen == "127.0.0.1:1") return net::Error(boost::asio::error::address_in_use);
        return listen == "localhost:0" ? "127.0.0.1:4321" : listen;
    }
    void close() override { record_.deeds.push_back("close"); }
    void set_rules(std::vector<net::faults::SharedRule> rules) override { record_.rules = std::move(rules); }

private:
    Record& record_;
};

/// A provider "primary", and room for proxies.
class ToxiproxyApi : public ::testing::Test {
protected:
    ToxiproxyApi() : proxies(net::Chance(1), [this] { return std::make_unique<RecordingGate>(made); })
    {
        proxies.add_fixed("primary", "127.0.0.1:9000", std::make_unique<RecordingGate>(provider));
    }

    Answer ask(const std::string& method, const std::string& path, const std::string& body = "")
    {
        return answer(proxies, {method, path, body, "toxiproxy-cli", false});
    }

    Record provider;
    Record made;
    Proxies proxies;
};

const std::string primary = R"({"name":"primary","listen":"127.0.0.1:9000","upstream":"chaos","enabled":true,"toxics":[]})";

TEST_F(ToxiproxyApi, ListsTheProvidersAsProxies)
{
    const Answer listed = ask("GET", "/proxies");
    EXPECT_EQ(listed.status, 200);
    EXPECT_EQ(listed.body, "{\"primary\":" + primary + "}");
    EXPECT_EQ(ask("GET", "/proxies/primary").body, primary);
    EXPECT_EQ(ask("GET", "/proxies/primary/toxics").body, "[]");
}

TEST_F(ToxiproxyApi, TellsItsVersion)
{
    const Answer told = ask("GET", "/version");
    EXPECT_EQ(told.body, "{\"version\": \"" + std::string(version) + "\"}\n");
    EXPECT_EQ(told.content_type, "application/json;charset=utf-8");
}

TEST_F(ToxiproxyApi, CreatesOpensMovesClosesAndRemovesAProxy)
{
    const Answer created =
        ask("POST", "/proxies", R"({"name":"db","listen":"localhost:0","upstream":"db.internal:5432"})");
    EXPECT_EQ(created.status, 201);
    EXPECT_EQ(created.body,
              R"({"name":"db","listen":"127.0.0.1:4321","upstream":"db.internal:5432","enabled":true,"toxics":[]})");
    EXPECT_EQ(ask("PATCH", "/proxies/db", R"({"enabled":false})").status, 200);
    EXPECT_EQ(ask("POST", "/proxies/db", R"({"enabled":true,"listen":"127.0.0.1:4321","toxics":null})").status, 200);
    EXPECT_EQ(ask("POST", "/proxies/db", R"({"upstream":"other:1"})").status, 200);
    EXPECT_EQ(ask("DELETE", "/proxies/db").status, 204);
    EXPECT_EQ(ask("GET", "/proxies/db").status, 404);
    const std::vector<std::string> deeds = {"open localhost:0 to db.internal:5432", "close",
                                            "open 127.0.0.1:4321 to db.internal:5432", "close",
                                            "open 127.0.0.1:4321 to other:1", "close"};
    EXPECT_EQ(made.deeds, deeds);
}

TEST_F(ToxiproxyApi, AProxyThatCannotListenIsNotThere)
{
    const Answer refused = ask("POST", "/proxies", R"({"name":"db","listen":"127.0.0.1:1","upstream":"db:1"})");
    EXPECT_EQ(refused.status, 500);
    EXPECT_EQ(refused.body, "{\"error\":\"listen tcp 127.0.0.1:1: Address already in use\",\"status\":500}\n");
    EXPECT_EQ(ask("GET", "/proxies/db").status, 404);
}

TEST_F(ToxiproxyApi, ADisabledProxyKeepsWhatItWasToldAndOpensNothing)
{
    const Answer created =
        ask("POST", "/proxies", R"({"name":"db","listen":"localhost:0","upstream":"db:1","enabled":false})");
    EXPECT_EQ(created.body, R"({"name":"db","listen":"localhost:0","upstream":"db:1","enabled":false,"toxics":[]})");
    EXPECT_TRUE(made.deeds.empty());
}

TEST_F(ToxiproxyApi, DisablingAProviderRefusesConnectsAndResetEnablesIt)
{
    EXPECT_EQ(ask("POST", "/proxies/primary", R"({"enabled":false})").status, 200);
    EXPECT_EQ(provider.deeds, std::vector<std::string>{"close"});
    EXPECT_EQ(ask("POST", "/proxies/primary/toxics", R"({"type":"timeout"})").status, 200);
    EXPECT_EQ(ask("POST", "/reset").status, 204);
    EXPECT_EQ(ask("GET", "/proxies/primary").body, primary);
    EXPECT_TRUE(provider.rules.empty());
}

TEST_F(ToxiproxyApi, Populates)
{
    const Answer populated = ask("POST", "/populate",
                                 R"([{"name":"a","listen":"127.0.0.1:2","upstream":"x:1"},)"
                                 R"({"name":"primary","listen":"127.0.0.1:9000","upstream":"chaos","enabled":true}])");
    EXPECT_EQ(populated.status, 201);
    EXPECT_EQ(populated.body,
              R"({"proxies":[{"name":"a","listen":"127.0.0.1:2","upstream":"x:1","enabled":true,"toxics":[]},)" + primary +
                  "]}");
    const Answer moved = ask("POST", "/populate", R"([{"name":"a","listen":"127.0.0.1:3","upstream":"x:1"}])");
    EXPECT_EQ(moved.status, 201);
    EXPECT_EQ(made.deeds.back(), "open 127.0.0.1:3 to x:1");
    EXPECT_EQ(ask("POST", "/populate", R"([{"name":"b","upstream":"x:1"},{"name":"c"}])").body,
              R"({"error":"missing required field: upstream at proxy 2","status":400,"proxies":[]})");
    EXPECT_EQ(ask("GET", "/proxies/b").status, 404) << "nothing is made of a list that is wrong";
}

TEST_F(ToxiproxyApi, AddsChangesAndRemovesAToxic)
{
    const std::string toxics = "/proxies/primary/toxics";
    const Answer added = ask("POST", toxics, R"({"type":"latency","attributes":{"latency":100}})");
    EXPECT_EQ(added.status, 200);
    EXPECT_EQ(added.body,
              R"({"attributes":{"latency":100,"jitter":0},"name":"latency_downstream","type":"latency",)"
              R"("stream":"downstream","toxicity":1})");
    EXPECT_EQ(ask("GET", toxics + "/latency_downstream").body, added.body);
    EXPECT_EQ(ask("PATCH", toxics + "/latency_downstream", R"({"attributes":{"jitter":20.0},"toxicity":0.5})").body,
              R"({"attributes":{"latency":100,"jitter":20},"name":"latency_downstream","type":"latency",)"
              R"("stream":"downstream","toxicity":0.5})");
    ASSERT_EQ(provider.rules.size(), 1U);
    EXPECT_EQ(std::get<net::faults::Latency>(provider.rules[0]->effect).jitter, std::chrono::milliseconds(20));
    EXPECT_EQ(provider.rules[0]->likelihood, 500'000U);
    EXPECT_FALSE(provider.rules[0]->up);
    EXPECT_EQ(ask("POST", toxics, R"({"type":"slow_close","stream":"upstream","name":"slow"})").status, 200);
    EXPECT_EQ(ask("GET", toxics).body.find(R"([{"attributes":{"delay":0},"name":"slow")"), 0U) << "upstream comes first";
    EXPECT_EQ(ask("DELETE", toxics + "/latency_downstream").status, 204);
    EXPECT_EQ(ask("DELETE", toxics + "/latency_downstream").status, 404);
    EXPECT_EQ(provider.rules.size(), 1U);
}

TEST_F(ToxiproxyApi, FindsNamesWithEscapes)
{
    EXPECT_EQ(ask("POST", "/proxies", R"({"name":"my db","listen":"127.0.0.1:2","upstream":"x:1"})").status, 201);
    EXPECT_EQ(ask("GET", "/proxies/my%20db").status, 200);
    EXPECT_EQ(ask("GET", "/proxies/my%2").status, 404);
}

TEST_F(ToxiproxyApi, RefusesPagesInABrowser)
{
    EXPECT_EQ(answer(proxies, {"GET", "/proxies", "", "Mozilla/5.0", false}).status, 403);
    EXPECT_EQ(answer(proxies, {"GET", "/proxies", "", "", true}).status, 403);
}

struct Refused {
    std::string name;
    std::string method;
    std::string path;
    std::string body;
    int status;
    std::string error;  ///< empty: not in the error form
};

class ToxiproxyApiRefuses : public ToxiproxyApi, public ::testing::WithParamInterface<Refused> {};

TEST_P(ToxiproxyApiRefuses, InItsForm)
{
    ask("POST", "/proxies/primary/toxics", R"({"type":"timeout","name":"there"})");
    const Refused& row = GetParam();
    const Answer refused = ask(row.method, row.path, row.body);
    EXPECT_EQ(refused.status, row.status) << refused.body;
    if (row.error.empty()) return;
    EXPECT_EQ(refused.body, "{\"error\":\"" + row.error + "\",\"status\":" + std::to_string(row.status) + "}\n");
}

const std::string new_toxic = "/proxies/primary/toxics";

INSTANTIATE_TEST_SUITE_P(
    Table, ToxiproxyApiRefuses,
    ::testing::Values(
        // Toxiproxy's own words.
        Refused{"no_such_proxy", "GET", "/proxies/nobody", "", 404, "proxy not found"},
        Refused{"toxics_of_nobody", "GET", "/proxies/nobody/toxics", "", 404, "proxy not found"},
        Refused{"deleting_nobody", "DELETE", "/proxies/nobody", "", 404, "proxy not found"},
        Refused{"no_such_toxic", "GET", "/proxies/primary/toxics/nothing", "", 404, "toxic not found"},
        Refused{"changing_no_toxic", "PATCH", "/proxies/primary/toxics/nothing", "{}", 404, "toxic not found"},
        Refused{"no_name", "POST", "/proxies", R"({"upstream":"x:1"})", 400, "missing required field: name"},
        Refused{"no_upstream", "POST", "/proxies", R"({"name":"x"})", 400, "missing required field: upstream"},
        Refused{"twice", "POST", "/proxies", R"({"name":"primary","upstream":"x:1"})", 409, "proxy already exists"},
        Refused{"toxic_twice", "POST", new_toxic, R"({"type":"timeout","name":"there"})", 409, "toxic already exists"},
        Refused{"odd_type", "POST", new_toxic, R"({"type":"lag"})", 400, "invalid toxic type"},
        Refused{"odd_stream", "POST", new_toxic, R"({"type":"latency","stream":"sideways"})", 400,
                "stream was invalid, can be either upstream or downstream"},
        // What it would ignore.
        Refused{"odd_attribute", "POST", new_toxic, R"({"type":"latency","attributes":{"latncy":1}})", 400,
                "bad request body: latency has no attribute 'latncy' (did you mean 'latency'?)"},
        Refused{"attribute_of_another", "POST", new_toxic, R"({"type":"timeout","attributes":{"bytes":1}})", 400,
                "bad request body: timeout has no attribute 'bytes'"},
        Refused{"negative", "POST", new_toxic, R"({"type":"latency","attributes":{"latency":-1}})", 400,
                "bad request body: attribute 'latency' of latency must be a whole number from 0 to 3600000"},
        Refused{"a_word", "POST", new_toxic, R"({"type":"timeout","attributes":{"timeout":"1s"}})", 400,
                "bad request body: attribute 'timeout' of timeout must be a whole number from 0 to 3600000000"},
        Refused{"a_fraction", "POST", new_toxic, R"({"type":"timeout","attributes":{"timeout":1.5}})", 400,
                "bad request body: attribute 'timeout' of timeout must be a whole number from 0 to 3600000000"},
        Refused{"no_slice", "POST", new_toxic, R"({"type":"slicer"})", 400,
                "bad request body: slicer needs an 'average_size' of at least 1"},
        Refused{"wide_slices", "POST", new_toxic,
                R"({"type":"slicer","attributes":{"average_size":8,"size_variation":8}})", 400,
                "bad request body: the 'size_variation' of a slicer must be less than its 'average_size'"},
        Refused{"too_toxic", "POST", new_toxic, R"({"type":"timeout","toxicity":1.5})", 400,
                "bad request body: toxicity must be a number from 0 to 1"},
        Refused{"odd_field", "POST", new_toxic, R"({"type":"timeout","toxcity":1})", 400,
                "bad request body: a toxic has no field 'toxcity' (did you mean 'toxicity'?)"},
        Refused{"list_of_attributes", "POST", new_toxic, R"({"type":"timeout","attributes":[]})", 400,
                "bad request body: attributes must be an object"},
        Refused{"another_stream", "PATCH", "/proxies/primary/toxics/there", R"({"stream":"upstream"})", 400,
                "bad request body: the stream of a toxic cannot change; it is 'downstream'"},
        Refused{"odd_proxy_field", "POST", "/proxies", R"({"name":"x","upsteam":"y:1"})", 400,
                "bad request body: a proxy has no field 'upsteam' (did you mean 'upstream'?)"},
        Refused{"enabled_is_a_word", "POST", "/proxies/primary", R"({"enabled":"no"})", 400,
                "bad request body: enabled must be true or false"},
        Refused{"another_name", "POST", "/proxies/primary", R"({"name":"other"})", 400,
                "bad request body: the name of a proxy cannot change"},
        Refused{"slash_in_a_name", "POST", "/proxies", R"({"name":"a/b","upstream":"y:1"})", 400,
                "bad request body: a proxy's name has at most 200 characters and no '/'"},
        // What a provider cannot be.
        Refused{"moving_a_provider", "POST", "/proxies/primary", R"({"listen":"127.0.0.1:1"})", 400,
                "bad request body: primary is a provider of the scenario: it listens on 127.0.0.1:9000 and its upstream is "
                "'chaos'"},
        Refused{"removing_a_provider", "DELETE", "/proxies/primary", "", 409,
                "primary is a provider of the scenario and stays; it can be disabled"},
        // What no body, method or page is.
        Refused{"broken_json", "POST", "/proxies", "{", 400, ""},
        Refused{"deep_json", "POST", "/proxies", std::string(100, '[') + std::string(100, ']'), 400, ""},
        Refused{"no_list", "POST", "/populate", "{}", 400, ""}, Refused{"metrics", "GET", "/metrics", "", 404, ""},
        Refused{"too_deep", "GET", "/proxies/primary/toxics/there/more", "", 404, ""},
        Refused{"root", "GET", "/", "", 404, ""}, Refused{"put", "PUT", "/proxies", "{}", 405, ""},
        Refused{"get_reset", "GET", "/reset", "", 405, ""}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace chaos::harness::toxiproxy
