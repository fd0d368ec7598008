// The failover machine and what it is told by hand: no sockets, no clock.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "router/classify.hpp"
#include "router/failover.hpp"
#include "router/memory/memory_of_failure.hpp"

namespace chaos::router {

using namespace std::chrono_literals;
using enum OutcomeClass;

inline net::Instant failover_time(net::Duration since_start)
{
    return net::Instant(since_start);
}

inline Outcome came(OutcomeClass what, int status = 0)
{
    Outcome outcome;
    outcome.what = what;
    outcome.status = status;
    outcome.why = std::string(spelling(what)) + " in words";
    outcome.error.message = outcome.why;
    return outcome;
}

inline Outcome limited(std::optional<net::Duration> after = std::nullopt)
{
    Outcome outcome = came(rate_limit, 429);
    outcome.retry.after = after;
    return outcome;
}

inline Outcome dead_pooled()
{
    Outcome outcome = came(transient);
    outcome.dead_pooled = true;
    return outcome;
}

/// Three providers named a, b, c and one request for them.
struct Failing : ::testing::Test {
    Failing()
    {
        policy.timeouts.total = 20s;
        policy.timeouts.first_token = 1s;
        policy.breaker.failures = 2;
        policy.breaker.open_for = 5s;
        forget();
    }

    /// A memory in which nothing has happened yet.
    void forget()
    {
        machine.reset();
        memory = std::make_unique<MemoryOfFailure>();
        places.clear();
        for (const char* name : {"a", "b", "c"}) places.push_back(memory->place(name, 0, policy));
    }

    Failover& request(std::size_t providers = 3, net::Instant now = failover_time(0s))
    {
        machine = std::make_unique<Failover>(policy, "agent", chain_of(providers), *memory, facts, net::Chance(7), now);
        return *machine;
    }

    /// It lasts as long as the test.
    const std::vector<Link>& chain_of(std::size_t providers)
    {
        std::vector<Link>& chain = chains.emplace_back(providers);
        for (std::size_t i = 0; i < providers; ++i) {
            chain[i].target = i;
            chain[i].name = std::string(1, static_cast<char>('a' + i));
            chain[i].keys = {places[i]};
            chain[i].context_window = windows[i];
            chain[i].timeouts = policy.timeouts;
        }
        return chain;
    }

    Standing standing(std::size_t target, net::Instant now) const { return memory->standing(places[target], now); }
    Breaker::State state(std::size_t target, net::Instant now) const { return standing(target, now).state; }
    bool admits(std::size_t target, net::Instant now) const
    {
        return memory->enter(places[target], Entry::when_due, now).has_value();
    }

    void tolerant_breakers()
    {
        policy.breaker.failures = 1000;
        policy.breaker.window_minimum = 1000;
        policy.retry.budget_minimum = 1000;
        forget();
    }

    void open_breaker(std::size_t target, net::Instant now)
    {
        for (int i = 0; i < policy.breaker.failures; ++i) {
            const auto permit = memory->enter(places[target], Entry::when_due, now);
            memory->settle(places[target], *permit, {Charge::failure, Charge::neutral}, now);
        }
    }

    Policy policy;
    RequestFacts facts;
    std::unique_ptr<MemoryOfFailure> memory;
    std::vector<Place> places;
    std::deque<std::vector<Link>> chains;
    std::optional<std::int64_t> windows[3];
    std::unique_ptr<Failover> machine;
};

/// "try b", "try b fresh", "repair a", "wait", "yield to b", "reply", "503 upstream_unavailable"
inline std::string said(const Step& step)
{
    const auto name = [](std::size_t target) { return std::string(1, static_cast<char>('a' + target)); };
    if (const auto* attempt = std::get_if<step::Try>(&step))
        return "try " + name(attempt->target) + (attempt->fresh_connection ? " fresh" : "");
    if (const auto* repair = std::get_if<step::Repair>(&step)) return "repair " + name(repair->target);
    if (const auto* yield = std::get_if<step::Yield>(&step)) return "yield to " + name(yield->to);
    if (std::holds_alternative<step::Wait>(step)) return "wait";
    if (std::holds_alternative<step::Reply>(step)) return "reply";
    const SurfacedError& error = std::get<step::GiveUp>(step).error;
    return std::to_string(error.status) + " " + error.code;
}

inline const SurfacedError& error_of(const Step& step)
{
    return std::get<step::GiveUp>(step).error;
}
inline net::Instant wait_of(const Step& step)
{
    return std::get<step::Wait>(step).until;
}

}  // namespace chaos::router
