// What a caller is told when nobody could answer, and whether its SDK is to ask again by itself.
#include "router/surface.hpp"

#include <gtest/gtest.h>

namespace chaos::router {
namespace {

using namespace std::chrono_literals;
using enum OutcomeClass;

FailedAttempt failed_with(OutcomeClass what, int status = 0)
{
    Outcome outcome;
    outcome.what = what;
    outcome.status = status;
    return {"p", outcome};
}

struct AdviceRow {
    const char* name;
    Exhaustion exhaustion;
    int status;
    bool tells_a_wait;
    bool worth_retrying;
};

Exhaustion of(std::vector<FailedAttempt> failed, std::vector<SkippedProvider> skipped = {},
              std::optional<net::Duration> wait = std::nullopt)
{
    Exhaustion exhaustion;
    exhaustion.model = "agent";
    exhaustion.failed = std::move(failed);
    exhaustion.skipped = std::move(skipped);
    exhaustion.remaining_wait = wait;
    return exhaustion;
}

Exhaustion past_its_deadline(Exhaustion exhaustion)
{
    exhaustion.deadline_passed = true;
    return exhaustion;
}

Exhaustion not_to_be_repeated(Exhaustion exhaustion)
{
    exhaustion.not_repeatable = true;
    return exhaustion;
}

TEST(Surface, a_retry_at_once_is_advised_against_unless_a_wait_is_told_that_sdks_keep)
{
    const std::vector<AdviceRow> rows{
        {"limited, back soon", of({failed_with(rate_limit, 429)}, {}, 5s), 429, true, true},
        {"limited, back in a minute", of({failed_with(rate_limit, 429)}, {}, 60s), 429, true, true},
        {"limited, back later than SDKs wait", of({failed_with(rate_limit, 429)}, {}, 61s), 429, true, false},
        {"limited, nobody says for how long", of({failed_with(rate_limit, 429)}), 429, false, false},
        {"left alone, for a known while", of({}, {{"p", Skipped::breaker_open}}, 5s), 503, true, true},
        {"overloaded", of({failed_with(overloaded, 529)}), 503, false, false},
        {"errors of the moment, twice each", of({failed_with(transient, 500), failed_with(transient, 500)}), 502, false,
         false},
        {"no account is in order", of({failed_with(credential, 401), failed_with(quota, 402)}), 502, false, false},
        {"everybody timed out", of({failed_with(timeout)}), 504, false, false},
        {"the deadline has passed, though somebody is back soon",
         past_its_deadline(of({failed_with(rate_limit, 429)}, {}, 5s)), 504, false, false},
        {"it may have been done, and must not be done twice", not_to_be_repeated(of({failed_with(maybe_executed)})),
         504, false, false},
        {"too long for everybody", of({}, {{"p", Skipped::window_too_small}}), 400, false, false},
        {"nobody can do it", of({}, {{"p", Skipped::lacks_capability}}), 400, false, false},
    };
    for (const AdviceRow& row : rows) {
        const SurfacedError error = surface_exhaustion(row.exhaustion);
        EXPECT_EQ(error.status, row.status) << row.name;
        EXPECT_EQ(error.retry_after.has_value(), row.tells_a_wait) << row.name;
        EXPECT_EQ(error.worth_retrying, row.worth_retrying) << row.name;
    }
}

TEST(Surface, what_providers_say_of_the_request_itself_carries_no_advice)
{
    EXPECT_TRUE(surface_fault(failed_with(caller_fault, 400).outcome).worth_retrying);
}

}  // namespace
}  // namespace chaos::router
