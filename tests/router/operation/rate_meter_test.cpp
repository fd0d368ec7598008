// How often a caller may ask: what is granted when, and that a refused caller is told the truth.
#include "router/operation/rate_meter.hpp"

#include <gtest/gtest.h>

#include "tests/router/vendors.hpp"
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

struct RateRow {
    const char* name;
    int per_minute;
    std::vector<std::pair<net::Duration, std::optional<net::Duration>>> requests;  ///< when, and the wait if refused
};

TEST(RateMeter, so_many_at_once_and_each_is_free_again_after_its_share_of_a_minute)
{
    const std::vector<RateRow> rows{
        {"one a minute", 1, {{0s, {}}, {0s, 60s}, {59s, 1s}, {60s, {}}, {60s, 60s}}},
        {"all at once, then one by one",
         3,
         {{0s, {}}, {0s, {}}, {0s, {}}, {0s, 20s}, {20s, {}}, {20s, 20s}, {41s, {}}, {41s, 19s}}},
        {"spread out, it is never refused", 2, {{0s, {}}, {30s, {}}, {60s, {}}, {90s, {}}}},
        {"what is refused costs nothing", 1, {{0s, {}}, {10s, 50s}, {20s, 40s}, {30s, 30s}, {60s, {}}}},
        {"an idle hour is worth one minute", 2, {{3600s, {}}, {3600s, {}}, {3600s, 30s}}},
        {"a share that is no whole number",
         7,
         {{0s, {}}, {0s, {}}, {0s, {}}, {0s, {}}, {0s, {}}, {0s, {}}, {0s, {}}, {0s, net::Duration(60s) / 7}}},
    };
    for (const RateRow& row : rows) {
        RateMeter meter;
        for (const auto& [at, wait] : row.requests)
            EXPECT_EQ(meter.take(row.per_minute, net::Instant{} + at), wait)
                << row.name << " at " << net::to_string(at);
    }
}

TEST(RateMeter, whoever_waits_as_long_as_it_was_told_is_granted)
{
    for (const int per_minute : {1, 7, 60, 999, most_requests_per_minute}) {
        RateMeter meter;
        net::Instant now{};
        int granted = 0;
        while (!meter.take(per_minute, now)) ++granted;
        EXPECT_EQ(granted, per_minute);
        for (int i = 0; i < 10; ++i) {
            const auto wait = meter.take(per_minute, now);
            ASSERT_TRUE(wait) << per_minute;
            EXPECT_LE(*wait, 60s);
            now += *wait;
            EXPECT_EQ(meter.take(per_minute, now), std::nullopt) << per_minute;
        }
    }
}

class RatedWorld : public World {
public:
    explicit RatedWorld(int per_minute = 2)
    {
        provider("primary", std::vector<Act>(10, answer("hi")));
        callers = {{"agents", "callers-own-key", {}, per_minute}, {"others", "another-key", {}}};
    }
};

TEST(CallerRate, more_than_it_may_is_a_429_in_the_callers_words_with_the_wait_that_is_left)
{
    for (const Protocol caller : caller_protocols) {
        RatedWorld world;
        world.tell([&]() -> net::Task<void> {
            for (int i = 0; i < 2; ++i) {
                const Reply served = co_await world.ask(plain);
                EXPECT_EQ(served.status, 200) << served.body;
            }
            co_await world.sleep(10'500ms);
            const std::string body = caller == Protocol::openai_responses ? R"({"model":"agent","input":"hi"})" : plain;
            const Reply refused = co_await world.ask(body, 0ns, caller_path(caller));
            EXPECT_EQ(refused.status, 429) << refused.body;
            EXPECT_EQ(refused.header("retry-after"), "20") << "of 19.5 s";
            EXPECT_EQ(refused.header("x-should-retry"), "") << "an SDK waits, and asks again";
            EXPECT_EQ(refused.body.find(R"({"type":"error")") == 0, caller == Protocol::anthropic) << refused.body;
            EXPECT_NE(refused.body.find("caller 'agents' may ask 2 times a minute"), std::string::npos) << refused.body;
            co_await world.sleep(20s);
            const Reply served = co_await world.ask(plain);
            EXPECT_EQ(served.status, 200) << "after the wait that it was told: " << served.body;
        });
        EXPECT_EQ(world.upstreams.front()->asked().size(), 3U);
        EXPECT_EQ(world.notes.requests.at(2).error_code, "rate_limit_exceeded");
    }
}

TEST(CallerRate, it_is_each_callers_own_and_only_what_goes_to_a_model_counts)
{
    RatedWorld world(1);
    world.tell([&]() -> net::Task<void> {
        for (int i = 0; i < 3; ++i) {
            const Reply wrong = co_await world.ask("{");
            EXPECT_EQ(wrong.status, 400);
            const Reply models = co_await world.ask("", 0ns, "/v1/models", "GET");
            EXPECT_EQ(models.status, 200);
        }
        const Reply served = co_await world.ask(plain);
        EXPECT_EQ(served.status, 200);
        const Reply refused = co_await world.ask(plain);
        EXPECT_EQ(refused.status, 429);
        for (int i = 0; i < 3; ++i) {
            std::vector<net::http::Header> token;
            token.push_back({"authorization", "Bearer another-key"});
            const Reply other = co_await world.ask_with(std::move(token), plain);
            EXPECT_EQ(other.status, 200) << other.body;
        }
    });
}

TEST(CallerRate, a_replay_costs_nothing)
{
    RatedWorld world(1);
    world.tell([&]() -> net::Task<void> {
        const net::http::Headers key{{"idempotency-key", "k1"}};
        for (int i = 0; i < 3; ++i) {
            const Reply reply = co_await world.ask(plain, 0ns, "/v1/chat/completions", "POST", key);
            EXPECT_EQ(reply.status, 200) << reply.body;
        }
        const net::http::Headers other_key{{"idempotency-key", "k2"}};
        const Reply refused = co_await world.ask(plain, 0ns, "/v1/chat/completions", "POST", other_key);
        EXPECT_EQ(refused.status, 429);
        co_await world.sleep(60s);
        const Reply later = co_await world.ask(plain, 0ns, "/v1/chat/completions", "POST", other_key);
        EXPECT_EQ(later.status, 200) << "a refusal is not kept as the answer of its key";
    });
}

TEST(CallerRate, a_reload_gives_nothing_back_and_another_number_holds_at_once)
{
    RatedWorld world(1);
    world.tell([&]() -> net::Task<void> {
        const Reply served = co_await world.ask(plain);
        EXPECT_EQ(served.status, 200);
        world.router->reconfigure({world.targets, world.policy, {{"agents", "callers-own-key", {}, 1}}, {}});
        const Reply refused = co_await world.ask(plain);
        EXPECT_EQ(refused.status, 429) << refused.body;
        world.router->reconfigure({world.targets, world.policy, {{"agents", "callers-own-key", {}, 60}}, {}});
        const Reply again = co_await world.ask(plain);
        EXPECT_EQ(again.status, 200) << again.body;
    });
}

}  // namespace
}  // namespace chaos::router
