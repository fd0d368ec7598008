// Limits as clients meet them: each vendor's headers and refusals, waits that are true, and who was told what.
#include <nlohmann/json.hpp>

#include "mock_providers/dialects/dialect.hpp"
#include "mock_providers/dialects/retry_after.hpp"
#include "net/json.hpp"
#include "tests/mock_providers/stage.hpp"
#include "wire/anthropic_messages.hpp"
#include "wire/gemini.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

/// A vendor's smallest request, with a key.
struct LimitVendor {
    const char* dialect;
    const char* path;
    const char* headers;
    const char* body;
};

constexpr LimitVendor vendors[] = {
    {"openai", "/v1/chat/completions", "authorization: Bearer k\r\n",
     R"({"model":"m","messages":[{"role":"user","content":"hi"}]})"},
    {"anthropic", "/v1/messages", "x-api-key: k\r\nanthropic-version: 2023-06-01\r\n",
     R"({"model":"m","max_tokens":99,"messages":[{"role":"user","content":"hi"}]})"},
    {"gemini", "/v1beta/models/m:generateContent", "x-goog-api-key: k\r\n",
     R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})"},
    {"ollama", "/api/chat", "", R"({"model":"m","stream":false,"messages":[{"role":"user","content":"hi"}]})"},
};

const LimitVendor& vendor(std::string_view dialect)
{
    return *std::find_if(std::begin(vendors), std::end(vendors),
                         [&](const LimitVendor& one) { return one.dialect == dialect; });
}

Ask ask_of(const LimitVendor& vendor)
{
    Ask ask = post(vendor.body);
    ask.path = vendor.path;
    ask.extra_headers = vendor.headers;
    return ask;
}

ProviderSpec limited(const LimitVendor& vendor, const LimitsSpec& limits)
{
    ProviderSpec spec = primary();
    spec.dialect = vendor.dialect;
    spec.model = "m";
    spec.limits = limits;
    return spec;
}

/// Steps of a story: ask, or let time pass, or both.
struct Step {
    Ask ask;
    std::function<net::Duration(const std::vector<Heard>&)> after;  ///< how long after the step before; empty: at once
};

net::Task<void> take_steps(net::Runtime& world, Provider& provider, std::vector<Step> steps, std::vector<Heard>& heard)
{
    net::TaskGroup serving(world.executor());
    serving.spawn(provider.serve());
    provider.start_clock(world.clock().now());
    for (Step& step : steps) {
        if (step.after) {
            co_await net::sleep_for(world.clock(), step.after(heard));
        }
        step.ask.to = provider.endpoint();
        Heard one = co_await converse(world, step.ask);
        heard.push_back(std::move(one));
    }
    provider.stop();
    co_await serving.join();
}

Told live(const ProviderSpec& spec, std::vector<Step> steps, const std::vector<std::string>& faults = {})
{
    SimulatedWorld world;
    Notebook notebook;
    Provider provider(world.runtime, spec, read_faults(faults), net::Chance(1), some_task().run, notebook);
    Told told;
    world.runtime.run(take_steps(world.runtime, provider, std::move(steps), told.heard));
    told.notes = notebook.lines;
    return told;
}

std::vector<int> statuses(const Told& told)
{
    std::vector<int> all;
    for (const Heard& heard : told.heard) {
        all.push_back(heard.status);
    }
    return all;
}

LimitsSpec requests_per_minute(std::int64_t limit)
{
    LimitsSpec limits;
    limits.requests_per_minute = limit;
    return limits;
}

/// The wait that a refusal tells, where its vendor tells it.
net::Duration wait_in(const Heard& heard)
{
    if (const auto in_body = wire::gemini::read_error(heard.status, heard.body).retry_delay) {
        return *in_body;
    }
    if (const auto exact = heard.headers.find("retry-after-ms")) {
        return milliseconds(std::stoll(std::string(*exact)));
    }
    return seconds(std::stoll(std::string(heard.headers.find("retry-after").value_or("-1"))));
}

TEST(LimitsOnTheWire, EveryVendorsWaitIsTrue)
{
    for (const LimitVendor& vendor : vendors) {
        const Ask ask = ask_of(vendor);
        const auto told_wait = [](const std::vector<Heard>& heard) { return wait_in(heard.back()); };
        const Told told =
            live(limited(vendor, requests_per_minute(2)), {{ask, {}}, {ask, {}}, {ask, {}}, {ask, told_wait}});
        EXPECT_EQ(statuses(told), (std::vector<int>{200, 200, 429, 200})) << vendor.dialect;
    }
}

TEST(LimitsOnTheWire, WhoComesEarlierIsRefusedAgain)
{
    for (const LimitVendor& vendor : vendors) {
        const Ask ask = ask_of(vendor);
        // Whole seconds are rounded up: so much earlier is too early for all of them.
        const auto too_early = [](const std::vector<Heard>& heard) {
            return wait_in(heard.back()) - milliseconds(1010);
        };
        const Told told =
            live(limited(vendor, requests_per_minute(2)), {{ask, {}}, {ask, {}}, {ask, {}}, {ask, too_early}});
        EXPECT_EQ(statuses(told), (std::vector<int>{200, 200, 429, 429})) << vendor.dialect;
    }
}

TEST(LimitsOnTheWire, OtherKeysAreOtherCallers)
{
    const Ask ask = ask_of(vendor("openai"));
    Ask other = ask;
    other.extra_headers = "authorization: Bearer another\r\n";
    const Told told =
        live(limited(vendor("openai"), requests_per_minute(1)), {{ask, {}}, {other, {}}, {ask, {}}, {other, {}}});
    EXPECT_EQ(statuses(told), (std::vector<int>{200, 200, 429, 429}));
}

TEST(LimitsOnTheWire, WhatWasToldIsNoted)
{
    const Ask ask = ask_of(vendor("anthropic"));
    const Told told = live(limited(vendor("anthropic"), requests_per_minute(1)), {{ask, {}}, {ask, {}}});
    EXPECT_EQ(told.rest_of("primary#2 told to wait "), "1m: 1 of 1 requests per minute were used");
}

TEST(LimitsOnTheWire, OpenAiTellsEveryAnswerWhatIsLeft)
{
    LimitsSpec limits = requests_per_minute(60);
    limits.tokens_per_minute = 6000;
    limits.window = RateWindow::fixed;
    const Ask ask = ask_of(vendor("openai"));
    const auto later = [](const std::vector<Heard>&) { return milliseconds(30'000); };
    const Told told = live(limited(vendor("openai"), limits), {{ask, {}}, {ask, later}});
    const auto usage = net::parse_json(told.heard.at(0).body)->at("usage").at("total_tokens").get<std::int64_t>();
    const net::http::Headers& first = told.heard.at(0).headers;
    EXPECT_EQ(first.find("x-ratelimit-limit-requests"), "60");
    EXPECT_EQ(first.find("x-ratelimit-remaining-requests"), "59");
    EXPECT_EQ(first.find("x-ratelimit-reset-requests"), "1m0s");
    EXPECT_EQ(first.find("x-ratelimit-limit-tokens"), "6000");
    EXPECT_EQ(first.find("x-ratelimit-remaining-tokens"), fmt::to_string(6000 - usage));
    const net::http::Headers& second = told.heard.at(1).headers;
    EXPECT_EQ(second.find("x-ratelimit-remaining-requests"), "58");
    const std::string reset(second.find("x-ratelimit-reset-requests").value_or(""));
    EXPECT_TRUE(reset.starts_with("29.99")) << reset;
    EXPECT_EQ(second.find("x-ratelimit-remaining-tokens"), fmt::to_string(6000 - 2 * usage));
}

TEST(LimitsOnTheWire, OpenAiRefusesInItsOwnWords)
{
    const Ask ask = ask_of(vendor("openai"));
    const Told told = live(limited(vendor("openai"), requests_per_minute(1)), {{ask, {}}, {ask, {}}});
    const Heard& refused = told.heard.at(1);
    const auto error = wire::openai_chat::read_error(429, refused.body);
    EXPECT_EQ(error.type, "requests");
    EXPECT_EQ(error.code, "rate_limit_exceeded");
    EXPECT_TRUE(
        error.message.starts_with("Rate limit reached for m in organization org-mock on requests per min (RPM): "
                                  "Limit 1, Used 1, Requested 1. Please try again in 59.9"))
        << error.message;
    EXPECT_EQ(refused.headers.find("retry-after"), "60");
    EXPECT_EQ(refused.headers.find("x-ratelimit-remaining-requests"), "0");
}

TEST(LimitsOnTheWire, AnthropicNamesTheMomentOfTheReset)
{
    LimitsSpec limits = requests_per_minute(2);
    limits.tokens_per_minute = 60'000;
    const Ask ask = ask_of(vendor("anthropic"));
    const Told told = live(limited(vendor("anthropic"), limits), {{ask, {}}, {ask, {}}, {ask, {}}});
    const net::http::Headers& first = told.heard.at(0).headers;
    EXPECT_EQ(first.find("anthropic-ratelimit-requests-limit"), "2");
    EXPECT_EQ(first.find("anthropic-ratelimit-requests-remaining"), "1");
    EXPECT_EQ(first.find("anthropic-ratelimit-requests-reset"), "2026-01-01T00:00:31Z")
        << "half of it, evenly, rounded up";
    EXPECT_EQ(first.find("anthropic-ratelimit-tokens-limit"), "60000");
    const Heard& refused = told.heard.at(2);
    EXPECT_EQ(refused.headers.find("retry-after"), "30");
    EXPECT_EQ(refused.headers.find("anthropic-ratelimit-requests-remaining"), "0");
    const auto error = wire::anthropic::read_error(429, refused.body);
    EXPECT_EQ(error.type, "rate_limit_error");
    EXPECT_TRUE(
        error.message.starts_with("This request would exceed your organization's rate limit of 2 requests per "
                                  "minute for m."))
        << error.message;
}

TEST(LimitsOnTheWire, GeminiSaysEverythingInItsBody)
{
    const Ask ask = ask_of(vendor("gemini"));
    const Told told = live(limited(vendor("gemini"), requests_per_minute(1)), {{ask, {}}, {ask, {}}});
    const Heard& refused = told.heard.at(1);
    EXPECT_FALSE(refused.headers.contains("retry-after"));
    const auto details = net::parse_json(refused.body)->at("error").at("details");
    const auto& violation = details.at(0).at("violations").at(0);
    EXPECT_EQ(violation.at("quotaId"), "GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
    EXPECT_EQ(violation.at("quotaValue"), "1");
    EXPECT_TRUE(details.at(2).at("retryDelay").get<std::string>().starts_with("59.9")) << refused.body;
    EXPECT_EQ(net::parse_json(refused.body)->at("error").at("status"), "RESOURCE_EXHAUSTED");
}

struct Words {
    const char* dialect;
    LimitKind kind;
    int status;
    const char* part;  ///< of the body
};

/// The first request fits and the second does not; of tokens, the first is already too many.
LimitsSpec one_of(LimitKind kind)
{
    LimitsSpec limits;
    (kind == LimitKind::requests_per_day ? limits.requests_per_day : limits.tokens_per_minute) = 1;
    return limits;
}

TEST(LimitsOnTheWire, DaysAndTokensAreRefusedInTheVendorsWords)
{
    const Words rows[] = {
        {"openai", LimitKind::requests_per_day, 429,
         "on requests per day (RPD): Limit 1, Used 1, Requested 1. Please try again in "},
        {"openai", LimitKind::tokens_per_minute, 429,
         "Request too large for m in organization org-mock on tokens per min (TPM): Limit 1, "},
        {"anthropic", LimitKind::requests_per_day, 429, "exceeded your daily rate limit of 1 requests"},
        {"anthropic", LimitKind::tokens_per_minute, 429, "rate limit of 1 tokens per minute for m."},
        {"gemini", LimitKind::requests_per_day, 429, "GenerateRequestsPerDayPerProjectPerModel-FreeTier"},
        {"gemini", LimitKind::tokens_per_minute, 429, "GenerateContentInputTokensPerModelPerMinute-FreeTier"},
        {"ollama", LimitKind::requests_per_day, 429, "daily usage limit"},
        {"ollama", LimitKind::tokens_per_minute, 429, "too many requests"},
    };
    for (const Words& row : rows) {
        const Ask ask = ask_of(vendor(row.dialect));
        const Told told = live(limited(vendor(row.dialect), one_of(row.kind)), {{ask, {}}, {ask, {}}});
        const Heard& refused = told.heard.at(1);
        EXPECT_EQ(refused.status, row.status) << row.dialect;
        EXPECT_NE(refused.body.find(row.part), std::string::npos) << row.dialect << ": " << refused.body;
        const bool never_fits = row.kind == LimitKind::tokens_per_minute;
        EXPECT_EQ(told.heard.at(0).status, never_fits ? 429 : 200);
        if (never_fits) {
            EXPECT_FALSE(refused.headers.contains("retry-after")) << "no waiting helps";
        }
    }
}

net::Task<void> ask_one(net::Runtime& world, Ask ask, Heard& heard)
{
    heard = co_await converse(world, ask);
}

net::Task<void> ask_while_another_is_answered(net::Runtime& world, Provider& provider, Ask ask,
                                              std::vector<Heard>& heard)
{
    net::TaskGroup serving(world.executor());
    serving.spawn(provider.serve());
    provider.start_clock(world.clock().now());
    ask.to = provider.endpoint();
    heard.resize(3);
    net::TaskGroup first(world.executor());
    first.spawn(ask_one(world, ask, heard[0]));
    co_await net::sleep_for(world.clock(), milliseconds(50));
    heard[1] = co_await converse(world, ask);
    co_await first.join();
    heard[2] = co_await converse(world, ask);
    provider.stop();
    co_await serving.join();
}

TEST(LimitsOnTheWire, OnlySoManyAreAnsweredAtOnce)
{
    const Words rows[] = {{"openai", LimitKind::concurrent, 429, "on concurrent requests: Limit 1, Used 1"},
                          {"anthropic", LimitKind::concurrent, 429, "Number of concurrent connections has exceeded"},
                          {"gemini", LimitKind::concurrent, 503, "UNAVAILABLE"},
                          {"ollama", LimitKind::concurrent, 503, "maximum pending requests exceeded"}};
    for (const Words& row : rows) {
        LimitsSpec limits;
        limits.concurrent = 1;
        ProviderSpec spec = limited(vendor(row.dialect), limits);
        spec.pace.first_token = milliseconds(200);
        SimulatedWorld world;
        Notebook notebook;
        Provider provider(world.runtime, spec, {}, net::Chance(1), some_task().run, notebook);
        std::vector<Heard> heard;
        world.runtime.run(ask_while_another_is_answered(world.runtime, provider, ask_of(vendor(row.dialect)), heard));
        EXPECT_EQ(heard[0].status, 200) << row.dialect;
        EXPECT_EQ(heard[1].status, row.status) << row.dialect;
        EXPECT_NE(heard[1].body.find(row.part), std::string::npos) << heard[1].body;
        EXPECT_FALSE(heard[1].headers.contains("retry-after"));
        EXPECT_EQ(heard[2].status, 200) << row.dialect;
    }
}

TEST(LimitsOnTheWire, AFaultInPlaceOfTheRefusalTellsNoWaitOfTheLimits)
{
    const Ask ask = ask_of(vendor("openai"));
    const Told told = live(limited(vendor("openai"), requests_per_minute(1)), {{ask, {}}, {ask, {}}},
                           {"{target: primary, requests: 2, inject: {status: {code: 503}}}"});
    EXPECT_EQ(statuses(told), (std::vector<int>{200, 503}));
    EXPECT_TRUE(told.rest_of("primary#2 told to wait ").starts_with("nothing of the kind"));
}

TEST(LimitsOnTheWire, TheFaultRateLimitTellsItsWaitToo)
{
    const Ask ask = ask_of(vendor("anthropic"));
    const Told told =
        live(limited(vendor("anthropic"), {}), {{ask, {}}, {ask, {}}},
             {"{target: primary, requests: 1, inject: {rate_limit: {retry_after: 1500ms}}}",
              "{target: primary, requests: 2, inject: {rate_limit: {retry_after: 1500ms, in_prose: true}}}"});
    EXPECT_EQ(told.rest_of("primary#1 told to wait "), "2s") << "as retry-after says it";
    EXPECT_TRUE(told.rest_of("primary#2 told to wait ").starts_with("nothing of the kind"));
}

template <class World>
class LimitsOnSockets : public ::testing::Test {
protected:
    World world_;
};
TYPED_TEST_SUITE(LimitsOnSockets, BothWorlds, WorldNames);

TYPED_TEST(LimitsOnSockets, RefuseWhatIsBeyondThem)
{
    const Ask ask = ask_of(vendor("openai"));
    const Told told = tell(this->world_.runtime, {}, {ask, ask}, limited(vendor("openai"), requests_per_minute(1)));
    EXPECT_EQ(statuses(told), (std::vector<int>{200, 429}));
    EXPECT_EQ(told.heard.at(1).headers.find("retry-after"), "60");
}

TEST(GoDurations, AreSpeltAsGoDoes)
{
    const std::pair<net::Duration, const char*> rows[] = {
        {net::Duration(0), "0s"},
        {net::Duration(1), "1ms"},
        {milliseconds(20), "20ms"},
        {milliseconds(1000), "1s"},
        {milliseconds(6570), "6.57s"},
        {seconds(60), "1m0s"},
        {seconds(360), "6m0s"},
        {seconds(432), "7m12s"},
        {milliseconds(60'020), "1m0.02s"},
        {milliseconds(3'723'500), "1h2m3.5s"},
        {seconds(86'400), "24h0m0s"},
    };
    for (const auto& [duration, text] : rows) {
        EXPECT_EQ(go_duration(duration), text);
    }
}

}  // namespace
}  // namespace chaos::mock_providers
