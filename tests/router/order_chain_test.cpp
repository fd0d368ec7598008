// In which order the providers of a chain are asked, by table.
#include "router/order_chain.hpp"

#include <gtest/gtest.h>

#include <map>

namespace chaos::router {
namespace {

using namespace std::chrono_literals;

struct Provider {
    std::string name;
    int weight = 1;
    int tier = 1;
    bool down = false;
    std::optional<net::Duration> latency = std::nullopt;
};

struct Row {
    const char* name;
    std::vector<Provider> providers;
    Strategy strategy = Strategy::priority;
    RequestControl control = {};
    std::string session = {};
    std::string order = {};      ///< "a b c"
    std::string displaced = {};
    std::string ranks = {};      ///< of those that are not where the strategy puts them: "b:session"
};

OrderedChain order_of(const Row& row, std::uint64_t seed, std::vector<Link>& links)
{
    std::vector<Standing> standings;
    for (const Provider& provider : row.providers) {
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

std::string joined(std::string list, const std::string& word)
{
    return list + (list.empty() ? "" : " ") + word;
}

std::string in_order(const Row& row, std::uint64_t seed = 1)
{
    std::vector<Link> links;
    std::string order;
    for (const OrderedChain::Place& place : order_of(row, seed, links).places)
        order = joined(order, links[place.link].name);
    return order;
}

RequestControl control(std::string pin, std::vector<std::string> only = {}, bool fallback = true)
{
    return {std::move(pin), std::move(only), fallback};
}

const std::vector<Provider> abc{{"a"}, {"b"}, {"c"}};

TEST(OrderChain, by_table)
{
    const std::vector<Row> rows{
        {"as written", abc, Strategy::priority, {}, {}, "a b c", "", ""},
        {"lower tiers first", {{"a", 1, 2}, {"b"}, {"c"}}, Strategy::priority, {}, {}, "b c a", "", ""},
        {"reported down goes last", {{"a", 1, 1, true}, {"b"}, {"c"}}, Strategy::priority, {}, {}, "b c a",
         "reported_down", "a:reported_down"},
        {"all reported down: as written", {{"a", 1, 1, true}, {"b", 1, 1, true}}, Strategy::priority, {}, {}, "a b", "",
         "a:reported_down b:reported_down"},
        {"the second reported down displaces nobody", {{"a"}, {"b", 1, 1, true}, {"c"}}, Strategy::priority, {}, {},
         "a c b", "", "b:reported_down"},
        {"a session keeps b, and a comes last", abc, Strategy::priority, {}, "b", "b c a", "session", "b:session"},
        {"a session that keeps the first changes nothing", abc, Strategy::priority, {}, "a", "a b c", "", ""},
        {"a session that keeps nobody we know", abc, Strategy::priority, {}, "x", "a b c", "", ""},
        {"a session keeps b, which is reported down", {{"a"}, {"b", 1, 1, true}, {"c"}}, Strategy::priority, {}, "b",
         "c a b", "session", "b:reported_down"},
        {"pinned", abc, Strategy::priority, control("c"), {}, "c a b", "", "c:pinned"},
        {"pinned, though reported down", {{"a"}, {"b", 1, 1, true}}, Strategy::priority, control("b"), {}, "b a", "",
         "b:pinned"},
        {"pinned, though the session keeps another", abc, Strategy::priority, control("c"), "b", "c b a", "",
         "b:session c:pinned"},
        {"only", abc, Strategy::priority, control("", {"c", "b"}), {}, "b c", "", ""},
        {"only, and pinned", abc, Strategy::priority, control("c", {"c", "b"}), {}, "c b", "", "c:pinned"},
        {"no fallback", abc, Strategy::priority, control("", {}, false), {}, "a", "", ""},
        {"no fallback, pinned", abc, Strategy::priority, control("b", {}, false), {}, "b", "", "b:pinned"},
        {"least latency", {{"a", 1, 1, false, 300ms}, {"b", 1, 1, false, 100ms}, {"c", 1, 1, false, 200ms}},
         Strategy::least_latency, {}, {}, "b c a", "", ""},
        {"least latency: unknown ones first", {{"a", 1, 1, false, 300ms}, {"b", 1, 1, false, 100ms}, {"c"}},
         Strategy::least_latency, {}, {}, "c b a", "", ""},
        {"least latency: ties as written", {{"a", 1, 1, false, 100ms}, {"b", 1, 1, false, 100ms}},
         Strategy::least_latency, {}, {}, "a b", "", ""},
        {"least latency within a tier", {{"a", 1, 2, false, 1ms}, {"b", 1, 1, false, 9ms}, {"c", 1, 1, false, 8ms}},
         Strategy::least_latency, {}, {}, "c b a", "", ""},
        {"weight 0 comes last", {{"a", 0}, {"b", 5}}, Strategy::weighted, {}, {}, "b a", "", ""},
    };
    for (const Row& row : rows) {
        std::vector<Link> links;
        const OrderedChain ordered = order_of(row, 1, links);
        std::map<std::string, std::string> ranks;
        for (const OrderedChain::Place& place : ordered.places) {
            if (place.rank != Rank::by_strategy) ranks[links[place.link].name] = spelling(place.rank);
        }
        std::string spelled;
        for (const auto& [name, rank] : ranks) spelled = joined(spelled, name + ":" + rank);
        EXPECT_EQ(in_order(row), row.order) << row.name;
        EXPECT_EQ(ordered.displaced, row.displaced) << row.name;
        EXPECT_EQ(spelled, row.ranks) << row.name;
    }
}

TEST(OrderChain, weights_are_odds)
{
    const Row row{"", {{"a", 1}, {"b", 3}, {"c", 1, 2}}, Strategy::weighted};
    std::map<std::string, int> first;
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        const std::string order = in_order(row, seed);
        EXPECT_EQ(order.back(), 'c') << "another tier";
        ++first[order.substr(0, 1)];
    }
    EXPECT_NEAR(first["a"], 1000, 120);
    EXPECT_NEAR(first["b"], 3000, 120);
    EXPECT_EQ(in_order(row, 17), in_order(row, 17)) << "one request, one order";
}

struct Wish {
    std::vector<net::http::Header> headers;
    std::string pin;
    std::vector<std::string> only;
    bool fallback = true;
    std::string problem;  ///< if it is none
};

TEST(RequestControl, by_table)
{
    const std::vector<std::string> chain{"primary", "backup", "local"};
    const std::vector<Wish> rows{
        {{}, "", {}, true, ""},
        {{{"x-chaos-pin", " backup "}}, "backup", {}, true, ""},
        {{{"X-Chaos-Only", "backup, local"}}, "", {"backup", "local"}, true, ""},
        {{{"x-chaos-no-fallback", "1"}}, "", {}, false, ""},
        {{{"x-chaos-no-fallback", "true"}}, "", {}, false, ""},
        {{{"x-chaos-no-fallback", "0"}}, "", {}, true, ""},
        {{{"x-chaos-pin", "bakcup"}}, "", {}, true,
         "x-chaos-pin: this model has no provider 'bakcup' (did you mean 'backup'?)"},
        {{{"x-chaos-only", "backup,locla"}}, "", {}, true,
         "x-chaos-only: this model has no provider 'locla' (did you mean 'local'?)"},
        {{{"x-chaos-pin", ""}}, "", {}, true, "x-chaos-pin: expected the name of a provider"},
        {{{"x-chaos-only", " , "}}, "", {}, true, "x-chaos-only: expected names of providers"},
        {{{"x-chaos-no-fallback", "yes"}}, "", {}, true, "x-chaos-no-fallback: expected 1 or 0"},
        {{{"x-chaos-pin", "local"}, {"x-chaos-only", "backup"}}, "", {}, true,
         "x-chaos-pin names a provider that x-chaos-only leaves out"},
    };
    for (const Wish& row : rows) {
        net::http::Headers headers;
        for (const net::http::Header& header : row.headers) headers.add(header.name, header.value);
        const auto read = read_request_control(headers, chain);
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
