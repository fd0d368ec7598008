// One counter a limit and caller.
#include "mock_providers/limits/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chaos::mock_providers {

namespace {

std::int64_t cost_of(LimitKind kind, std::int64_t tokens)
{
    return kind == LimitKind::tokens_per_minute ? tokens : 1;
}

std::string_view units(LimitKind kind)
{
    switch (kind) {
        case LimitKind::requests_per_minute:
            return "requests per minute";
        case LimitKind::tokens_per_minute:
            return "tokens per minute";
        case LimitKind::requests_per_day:
            return "requests per day";
        case LimitKind::concurrent:
            return "concurrent requests";
    }
    return "";
}

/// Which of two tells the caller more: what never fits, then the longer wait.
bool outweighs(const OverLimit& one, const OverLimit& other)
{
    return !one.wait || (other.wait && *one.wait > *other.wait);
}

}  // namespace

Limits::Limits(const LimitsSpec& spec, RateWindow usual) : spec_(spec), window_(spec.window.value_or(usual)) {}

std::vector<Limits::Counter> Limits::fresh_counters() const
{
    std::vector<Counter> counters;
    const auto add = [&](LimitKind kind, std::optional<std::int64_t> limit, net::Duration window) {
        if (limit) {
            counters.push_back({kind, Allowance(window_, {*limit, window})});
        }
    };
    add(LimitKind::requests_per_minute, spec_.requests_per_minute, std::chrono::minutes(1));
    add(LimitKind::tokens_per_minute, spec_.tokens_per_minute, std::chrono::minutes(1));
    add(LimitKind::requests_per_day, spec_.requests_per_day, std::chrono::hours(24));
    return counters;
}

Limits::Caller& Limits::caller_named(const std::string& name)
{
    const auto [place, fresh] = callers_.try_emplace(name);
    if (fresh) {
        place->second.counters = fresh_counters();
    }
    return place->second;
}

std::optional<OverLimit> Limits::refusal(const Caller& caller, net::Instant now, std::int64_t tokens) const
{
    std::optional<OverLimit> worst;
    for (const Counter& counter : caller.counters) {
        const std::int64_t cost = cost_of(counter.kind, tokens);
        const std::optional<net::Duration> wait = counter.allowance.wait_for(now, cost);
        if (wait == net::Duration{}) {
            continue;
        }
        const std::int64_t limit = counter.allowance.limit();
        const OverLimit over{counter.kind, limit, limit - counter.allowance.remaining(now), cost, wait};
        if (!worst || outweighs(over, *worst)) {
            worst = over;
        }
    }
    if (!worst && spec_.concurrent && caller.under_way >= *spec_.concurrent) {
        worst = OverLimit{LimitKind::concurrent, *spec_.concurrent, caller.under_way, 1, std::nullopt};
    }
    return worst;
}

Admission Limits::admit(const std::string& caller_name, net::Instant now, std::int64_t tokens)
{
    Caller& caller = caller_named(caller_name);
    Admission admission;
    admission.refused = refusal(caller, now, tokens);
    for (Counter& counter : caller.counters) {
        if (!admission.refused) {
            counter.allowance.take(now, cost_of(counter.kind, tokens));
        }
        admission.standing.push_back({counter.kind, counter.allowance.limit(), counter.allowance.remaining(now),
                                      counter.allowance.reset(now)});
    }
    caller.under_way += admission.refused ? 0 : 1;
    return admission;
}

void Limits::leave(const std::string& caller)
{
    --caller_named(caller).under_way;
}

void Limits::forget()
{
    for (auto& [name, caller] : callers_) {
        caller.counters = fresh_counters();
    }
}

std::string in_words(const OverLimit& over)
{
    if (over.never_fits()) {
        return fmt::format("{} {} are asked for at once, and {} are allowed", over.requested, units(over.kind),
                           over.limit);
    }
    return fmt::format("{} of {} {} were used", over.used, over.limit, units(over.kind));
}

}  // namespace chaos::mock_providers
