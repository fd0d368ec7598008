// In which order the providers of a chain are asked, by table.
#include "router/order_chain.hpp"

#include <gtest/gtest.h>

#include <map>

namespace chaos::router {
namespace {

using namespace std::chrono_literals;

struct OrderProvider {
    std::string name;
    int weight = 1;
    int tier = 1;
    bool down = false;
    std::optional<net::Duration> latency = std::nullopt;
};

struct OrderRow {
    const char* name;
    std::vector<OrderProvider> providers;
    ChainStrategy strategy = ChainStrategy::priority;
    RequestControl control = {};
    std::string session = {};
    std::string order = {};  ///< "a b c"
    std::string displaced = {};
    std::string ranks = {};  ///< of those that are not where the strategy puts them: "b:session"
};

OrderedChain order_of(const OrderRow& row, std::uint64_t seed, std::vector<Link>& links)
{
    std::vector<Standing> standings;
    for (const OrderProvider& provider : row.providers) {
        Link link;
        link.name = provider.name;
        link.weight = provider.weight;
        link.tier = provider.tier;
        links.push_back(link);
        Standing standing;
        standing.reported_down = provider.down;
        standing.first_token = provider.latency;
        standings.push_back(standing);
    }
    const OrderInput input{links, standings, row.strategy, row.control, row.session, net::Chance(seed)};
    return order_chain(input);
}

std::string spaced(std::string list, const std::string& word)
{
    return list + (list.empty() ? "" : " ") + word;
}

std::string order_by_name(const OrderRow& row, std::uint64_t seed = 1)
{
    std::vector<Link> links;
    std::string order;
    for (const OrderedChain::Place& place : order_of(row, seed, links).places)
        order = spaced(order, links[place.link].name);
    return order;
}

RequestControl wishes_of(std::string pin, std::vector<std::string> only = {}, bool fallback = true)
{
    return {std::move(pin), std::move(only), fallback};
}

const std::vector<OrderProvider> three_providers{{"a"}, {"b"}, {"c"}};

TEST(OrderChain, by_table)
{
    const std::vector<OrderRow> rows{
        {"as written", three_providers, ChainStrategy::priority, {}, {}, "a b c", "", ""},
        {"lower tiers first", {{"a", 1, 2}, {"b"}, {"c"}}, ChainStrategy::priority, {}, {}, "b c a", "", ""},
        {"reported down goes last",
         {{"a", 1, 1, true}, {"b"}, {"c"}},
         ChainStrategy::priority,
         {},
         {},
         "b c a",
         "reported_down",
         "a:reported_down"},
        {"all reported down: as written",
         {{"a", 1, 1, true}, {"b", 1, 1, true}},
         ChainStrategy::priority,
         {},
         {},
         "a b",
         "",
         "a:reported_down b:reported_down"},
        {"the second reported down displaces nobody",
         {{"a"}, {"b", 1, 1, true}, {"c"}},
         ChainStrategy::priority,
         {},
         {},
         "a c b",
         "",
         "b:reported_down"},
        {"a session keeps b, and a comes last",
         three_providers,
         ChainStrategy::priority,
         {},
         "b",
         "b c a",
         "session",
         "b:session"},
        {"a session that keeps the first changes nothing",
         three_providers,
         ChainStrategy::priority,
         {},
         "a",
         "a b c",
         "",
         ""},
        {"a session that keeps nobody we know", three_providers, ChainStrategy::priority, {}, "x", "a b c", "", ""},
        {"a session keeps b, which is reported down",
         {{"a"}, {"b", 1, 1, true}, {"c"}},
         ChainStrategy::priority,
         {},
         "b",
         "c a b",
         "session",
         "b:reported_down"},
        {"pinned", three_providers, ChainStrategy::priority, wishes_of("c"), {}, "c a b", "", "c:pinned"},
        {"pinned, though reported down",
         {{"a"}, {"b", 1, 1, true}},
         ChainStrategy::priority,
         wishes_of("b"),
         {},
         "b a",
         "",
         "b:pinned"},
        {"pinned, though the session keeps another", three_providers, ChainStrategy::priority, wishes_of("c"), "b",
         "c b a", "", "b:session c:pinned"},
        {"only", three_providers, ChainStrategy::priority, wishes_of("", {"c", "b"}), {}, "b c", "", ""},
        {"only, and pinned",
         three_providers,
         ChainStrategy::priority,
         wishes_of("c", {"c", "b"}),
         {},
         "c b",
         "",
         "c:pinned"},
        {"no fallback", three_providers, ChainStrategy::priority, wishes_of("", {}, false), {}, "a", "", ""},
        {"no fallback, pinned",
         three_providers,
         ChainStrategy::priority,
         wishes_of("b", {}, false),
         {},
         "b",
         "",
         "b:pinned"},
        {"least latency",
         {{"a", 1, 1, false, 300ms}, {"b", 1, 1, false, 100ms}, {"c", 1, 1, false, 200ms}},
         ChainStrategy::least_latency,
         {},
         {},
         "b c a",
         "",
         ""},
        {"least latency: unknown ones first",
         {{"a", 1, 1, false, 300ms}, {"b", 1, 1, false, 100ms}, {"c"}},
         ChainStrategy::least_latency,
         {},
         {},
         "c b a",
         "",
         ""},
        {"least latency: ties as written",
         {{"a", 1, 1, false, 100ms}, {"b", 1, 1, false, 100ms}},
         ChainStrategy::least_latency,
         {},
         {},
         "a b",
         "",
         ""},
        {"least latency within a tier",
         {{"a", 1, 2, false, 1ms}, {"b", 1, 1, false, 9ms}, {"c", 1, 1, false, 8ms}},
         ChainStrategy::least_latency,
         {},
         {},
         "c b a",
         "",
         ""},
        {"weight 0 comes last", {{"a", 0}, {"b", 5}}, ChainStrategy::weighted, {}, {}, "b a", "", ""},
    };
    for (const OrderRow& row : rows) {
        std::vector<Link> links;
        const OrderedChain ordered = order_of(row, 1, links);
        std::map<std::string, std::string> ranks;
        for (const OrderedChain::Place& place : ordered.places) {
            if (place.rank != Rank::by_strategy) ranks[links[place.link].name] = spelling(place.rank);
        }
        std::string spelled;
        for (const auto& [name, rank] : ranks) spelled = spaced(spelled, name + ":" + rank);
        EXPECT_EQ(order_by_name(row), row.order) << row.name;
        EXPECT_EQ(ordered.displaced, row.displaced) << row.name;
        EXPECT_EQ(spelled, row.ranks) << row.name;
    }
}

TEST(OrderChain, weights_are_odds)
{
    const OrderRow row{"", {{"a", 1}, {"b", 3}, {"c", 1, 2}}, ChainStrategy::weighted};
    std::map<std::string, int> first;
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        const std::string order = order_by_name(row, seed);
        EXPECT_EQ(order.back(), 'c') << "another tier";
        ++first[order.substr(0, 1)];
    }
    EXPECT_NEAR(first["a"], 1000, 120);
    EXPECT_NEAR(first["b"], 3000, 120);
    EXPECT_EQ(order_by_name(row, 17), order_by_name(row, 17)) << "one request, one order";
}

struct WishRow {
    std::vector<net::http::Header> headers;
    std::string pin;
    std::vector<std::string> only;
    bool fallback = true;
    std::string problem;  ///< if it is none
};

TEST(RequestControl, by_table)
{
    const std::vector<std::string> chain{"primary", "backup", "local"};
    const std::vector<WishRow> rows{
        {{}, "", {}, true, ""},
        {{{"x-chaos-pin", " backup "}}, "backup", {}, true, ""},
        {{{"X-Chaos-Only", "backup, local"}}, "", {"backup", "local"}, true, ""},
        {{{"x-chaos-no-fallback", "1"}}, "", {}, false, ""},
        {{{"x-chaos-no-fallback", "true"}}, "", {}, false, ""},
        {{{"x-chaos-no-fallback", "0"}}, "", {}, true, ""},
        {{{"x-chaos-pin", "bakcup"}},
         "",
         {},
         true,
         "x-chaos-pin: this model has no provider 'bakcup' (did you mean 'backup'?)"},
        {{{"x-chaos-only", "backup,locla"}},
         "",
         {},
         true,
         "x-chaos-only: this model has no provider 'locla' (did you mean 'local'?)"},
        {{{"x-chaos-pin", ""}}, "", {}, true, "x-chaos-pin: expected the name of a provider"},
        {{{"x-chaos-only", " , "}}, "", {}, true, "x-chaos-only: expected names of providers"},
        {{{"x-chaos-no-fallback", "yes"}}, "", {}, true, "x-chaos-no-fallback: expected 1 or 0"},
        {{{"x-chaos-pin", "local"}, {"x-chaos-only", "backup"}},
         "",
         {},
         true,
         "x-chaos-pin names a provider that x-chaos-only leaves out"},
    };
    for (const WishRow& row : rows) {
        net::http::Headers headers;
        for (const net::http::Header& header : row.headers) headers.add(header.name, header.value);
        const auto read = read_request_control(headers, [&] { return chain; });
        if (const auto* problem = std::get_if<std::string>(&read)) {
            EXPECT_EQ(*problem, row.problem);
            continue;
        }
        EXPECT_EQ(row.problem, "");
        const RequestControl& wishes = std::get<RequestControl>(read);
        EXPECT_EQ(wishes.pin, row.pin);
        EXPECT_EQ(wishes.only, row.only);
        EXPECT_EQ(wishes.fallback, row.fallback);
    }
}

}  // namespace
}  // namespace chaos::router
