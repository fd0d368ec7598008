// What is done after an attempt at a tool: a table of outcomes, and one of strategies.
#include "router/tools/tool_decision.hpp"

#include <gtest/gtest.h>

#include <set>

namespace chaos::router {
namespace {

using namespace std::chrono_literals;
using What = ToolOutcome::What;

ToolOutcome tool_answered(int status, std::optional<net::Duration> retry_after = std::nullopt)
{
    ToolOutcome outcome;
    outcome.status = status;
    outcome.retry_after = retry_after;
    return outcome;
}

ToolOutcome tool_failed(What what)
{
    ToolOutcome outcome;
    outcome.what = what;
    outcome.why = "broken";
    return outcome;
}

Dependency tool_with(Strategy strategy, std::size_t endpoints)
{
    Dependency tool;
    tool.strategy = strategy;
    tool.endpoints.resize(endpoints);
    tool.retry.max_attempts = 3;
    tool.retry.backoff = 100ms;
    tool.retry.backoff_cap = 1s;
    return tool;
}

TEST(ToolDecision, what_an_outcome_says_about_the_effect_and_about_another_attempt)
{
    struct Row {
        const char* name;
        ToolOutcome outcome;
        Executed executed;
        bool worth;
        bool worth_keyed;
    };
    const std::vector<Row> rows{
        {"no connection", tool_failed(What::not_sent), Executed::no, true, true},
        {"no answer", tool_failed(What::no_answer), Executed::maybe, true, true},
        {"done", tool_answered(200), Executed::yes, false, false},
        {"accepted", tool_answered(202), Executed::yes, false, false},
        {"a redirect", tool_answered(307), Executed::no, false, false},
        {"the caller's fault", tool_answered(400), Executed::no, false, false},
        {"a refused key", tool_answered(401), Executed::no, false, false},
        {"no such thing", tool_answered(404), Executed::no, false, false},
        {"too slow a request", tool_answered(408), Executed::no, true, true},
        {"a conflict", tool_answered(409), Executed::no, false, true},
        {"another body under its key", tool_answered(422), Executed::no, false, false},
        {"too early", tool_answered(425), Executed::no, true, true},
        {"a rate limit", tool_answered(429), Executed::no, true, true},
        {"a server error", tool_answered(500), Executed::maybe, true, true},
        {"not implemented", tool_answered(501), Executed::maybe, false, false},
        {"a bad gateway", tool_answered(502), Executed::maybe, true, true},
        {"unavailable", tool_answered(503), Executed::maybe, true, true},
        {"a gateway's timeout", tool_answered(504), Executed::maybe, true, true},
        {"overloaded", tool_answered(529), Executed::maybe, true, true},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(executed(row.outcome), row.executed) << row.name;
        EXPECT_EQ(worth_repeating(row.outcome, false), row.worth) << row.name;
        EXPECT_EQ(worth_repeating(row.outcome, true), row.worth_keyed) << row.name;
    }
}

/// "deliver", "again 1", "give up", "give up, maybe".
std::string tool_step_in_words(const ToolStep& step)
{
    if (std::holds_alternative<tool_step::Deliver>(step)) return "deliver";
    if (const auto* again = std::get_if<tool_step::Again>(&step)) return "again " + std::to_string(again->endpoint);
    return std::get<tool_step::GiveUp>(step).maybe_executed ? "give up, maybe" : "give up";
}

TEST(ToolDecision, every_strategy)
{
    const Dependency backoff = tool_with(Strategy::exponential_backoff, 2);
    const Dependency failover = tool_with(Strategy::immediate_failover, 2);
    const Dependency queue = tool_with(Strategy::queue_and_retry, 2);
    const ToolCallFacts unkeyed{false, false, 1, 0, 60s};
    const ToolCallFacts keyed{true, false, 1, 0, 60s};
    const ToolCallFacts safe{false, true, 1, 0, 60s};
    const ToolCallFacts last{true, false, 3, 1, 60s};
    const ToolCallFacts late{true, false, 1, 0, 2s};
    const ToolCallFacts queued{true, false, 1, 0, std::nullopt};
    const ToolCallFacts queued_last{true, false, 3, 0, std::nullopt};
    struct Row {
        const char* name;
        const Dependency& tool;
        ToolCallFacts facts;
        ToolOutcome outcome;
        const char* step;
    };
    const std::vector<Row> rows{
        {"done", backoff, unkeyed, tool_answered(200), "deliver"},
        {"refused", backoff, unkeyed, tool_answered(404), "deliver"},
        {"nothing was sent", backoff, unkeyed, tool_failed(What::not_sent), "again 0"},
        {"a refusal before the effect", backoff, unkeyed, tool_answered(429), "again 0"},
        {"maybe done, no key", backoff, unkeyed, tool_answered(500), "give up, maybe"},
        {"maybe done, no key, no answer", backoff, unkeyed, tool_failed(What::no_answer), "give up, maybe"},
        {"maybe done, keyed", backoff, keyed, tool_answered(500), "again 0"},
        {"maybe done, keyed, no answer", backoff, keyed, tool_failed(What::no_answer), "again 0"},
        {"no effect at all", backoff, safe, tool_failed(What::no_answer), "again 0"},
        {"the last attempt", backoff, last, tool_answered(503), "give up, maybe"},
        {"Retry-After does not fit", backoff, late, tool_answered(429, 2s), "give up"},
        {"Retry-After fits", backoff, late, tool_answered(429, 1s), "again 0"},
        {"the next at once", failover, unkeyed, tool_failed(What::not_sent), "again 1"},
        {"its Retry-After is not the next one's", failover, late, tool_answered(429, 1h), "again 1"},
        {"maybe done, no key: not elsewhere either", failover, unkeyed, tool_answered(502), "give up, maybe"},
        {"maybe done, keyed", failover, keyed, tool_answered(502), "again 1"},
        {"there is no other", failover, last, tool_failed(What::not_sent), "give up"},
        {"queued: in turns", queue, queued, tool_answered(503), "again 1"},
        {"queued: however long", queue, queued, tool_answered(429, 23h), "again 1"},
        {"queued: at last", queue, queued_last, tool_answered(503), "give up, maybe"},
        {"queued: refused", queue, queued, tool_answered(400), "deliver"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(tool_step_in_words(after_attempt(row.tool, row.facts, row.outcome, net::Chance(1))), row.step)
            << row.name;
    }
}

TEST(ToolDecision, retry_after_is_a_floor_and_backoff_has_full_jitter)
{
    const Dependency tool = tool_with(Strategy::queue_and_retry, 1);
    net::Duration shortest = 1h;
    net::Duration longest{};
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const ToolStep step =
            after_attempt(tool, {true, false, 2, 0, std::nullopt}, tool_answered(429, 150ms), net::Chance(seed));
        const net::Duration wait = std::get<tool_step::Again>(step).wait;
        EXPECT_GE(wait, 150ms);
        EXPECT_LE(wait, 200ms);
        const net::Duration pause = tool_backoff(tool.retry, 2, net::Chance(seed));
        shortest = std::min(shortest, pause);
        longest = std::max(longest, pause);
        EXPECT_LE(tool_backoff(tool.retry, 1, net::Chance(seed)), 100ms);
        EXPECT_LE(tool_backoff(tool.retry, 1000, net::Chance(seed)), 1s) << "the cap";
    }
    EXPECT_LT(shortest, 20ms);
    EXPECT_GT(longest, 180ms);
}

}  // namespace
}  // namespace chaos::router
