// The failover machine with two attempts under way: when a hedge is due, whom it may go to, and that an error never
// wins.
#include <functional>

#include "tests/router/failing.hpp"

namespace chaos::router {
namespace {

/// Three providers, of which the first is silent.
struct Hedging : Failing {
    Hedging()
    {
        policy.hedge.after = 2s;
        policy.timeouts.first_token = 10s;
        policy.timeouts.total = 60s;
        policy.retry.backoff = 100ms;
    }

    /// Asked at nought, and silent since.
    Failover& silent_request(std::size_t providers = 3)
    {
        Failover& machine = request(providers);
        EXPECT_EQ(said(machine.start(failover_time(0s))), "try a");
        return machine;
    }

    /// `a` and, beside it, `b` are under way.
    Failover& racing_request(std::size_t providers = 3)
    {
        Failover& machine = silent_request(providers);
        const auto hedge = machine.hedge(failover_time(2s));
        EXPECT_EQ(hedge ? said(*hedge) : "", "try b fresh");
        return machine;
    }

    /// The same, where `a` is being probed.
    Failover& racing_probe()
    {
        open_breaker(0, failover_time(0s));
        Failover& machine = request(3, failover_time(5s));
        EXPECT_EQ(said(machine.start(failover_time(5s))), "try a");
        EXPECT_TRUE(machine.hedge(failover_time(7s)));
        EXPECT_EQ(state(0, failover_time(7s)), Breaker::State::half_open);
        return machine;
    }
};

TEST_F(Hedging, is_off_by_default)
{
    policy.hedge = HedgePolicy{};
    Failover& machine = silent_request();
    EXPECT_FALSE(machine.may_hedge());
    EXPECT_EQ(machine.hedge_due(), std::nullopt);
    EXPECT_FALSE(machine.hedge(failover_time(20s)));
    EXPECT_EQ(machine.attempts(), 1);
}

TEST_F(Hedging, is_due_after_so_much_silence_of_the_attempt_under_way_and_once_for_a_request)
{
    Failover& machine = silent_request();
    EXPECT_EQ(machine.hedge_due(), failover_time(2s));
    EXPECT_EQ(said(machine.on_outcome(came(credential, 401), failover_time(1s))), "try b");
    EXPECT_EQ(machine.hedge_due(), failover_time(3s)) << "of the second attempt";
    const auto hedge = machine.hedge(failover_time(3s));
    ASSERT_TRUE(hedge);
    EXPECT_EQ(said(*hedge), "try c fresh");
    EXPECT_EQ(machine.attempts(), 3);
    EXPECT_EQ(machine.hedge_due(), std::nullopt);
    EXPECT_FALSE(machine.hedge(failover_time(4s)));
    EXPECT_EQ(said(machine.on_rival_outcome(came(transient, 500), failover_time(5s))), "yield to b");
    EXPECT_FALSE(machine.hedge(failover_time(6s))) << "also when it came to nothing";
}

struct HedgeRow {
    const char* name;
    std::function<void(Hedging&)> given;
    const char* asked;  ///< empty: nobody
};

/// Takes what there is of a provider's retries.
void spend_budget(Hedging& test, std::size_t target)
{
    while (test.memory->take_retry(test.places[target], failover_time(2s))) {
    }
}

TEST_F(Hedging, goes_to_whoever_is_known_to_be_well_and_has_room_and_leave)
{
    const std::vector<HedgeRow> rows{
        {"the next of the chain", [](Hedging&) {}, "try b fresh"},
        {"an open breaker", [](Hedging& t) { t.open_breaker(1, failover_time(0s)); }, "try c fresh"},
        {"one that is due for a probe",
         [](Hedging& t) {
             t.policy.breaker.open_for = 1s;
             t.forget();
             t.open_breaker(1, failover_time(0s));
         },
         "try c fresh"},
        {"one that rests", [](Hedging& t) { t.memory->rest(t.places[1], Scope::key, failover_time(9s)); },
         "try c fresh"},
        {"one that its status page reports down",
         [](Hedging& t) { t.memory->report(t.places[1], true, failover_time(9s)); }, "try c fresh"},
        {"too small a window",
         [](Hedging& t) {
             t.facts.estimated_tokens = 1000;
             t.windows[1] = 500;
         },
         "try c fresh"},
        {"no retry left in its budget", [](Hedging& t) { spend_budget(t, 1); }, "try c fresh"},
        {"no budget anywhere",
         [](Hedging& t) {
             spend_budget(t, 1);
             spend_budget(t, 2);
         },
         ""},
        {"open breakers everywhere",
         [](Hedging& t) {
             t.open_breaker(1, failover_time(0s));
             t.open_breaker(2, failover_time(0s));
         },
         ""},
        {"a request that keeps state", [](Hedging& t) { t.facts.keeps_state = true; }, ""},
        {"no attempts left", [](Hedging& t) { t.policy.retry.max_attempts = 1; }, ""},
        {"the deadline comes first", [](Hedging& t) { t.policy.timeouts.total = 2s; }, ""},
    };
    for (const HedgeRow& row : rows) {
        facts = {};
        windows[1] = std::nullopt;
        policy = {};
        policy.breaker.failures = 2;
        policy.hedge.after = 2s;
        forget();
        row.given(*this);
        Failover& machine = request();
        ASSERT_EQ(said(machine.start(failover_time(0s))).substr(0, 5), "try a") << row.name;
        const auto hedge = machine.hedge(failover_time(2s));
        EXPECT_EQ(hedge ? said(*hedge) : "", row.asked) << row.name;
        EXPECT_EQ(machine.attempts(), hedge ? 2 : 1) << row.name;
    }
}

TEST_F(Hedging, takes_no_probe_and_gives_back_what_it_was_leased)
{
    policy.breaker.open_for = 1s;
    forget();
    open_breaker(1, failover_time(0s));
    Failover& machine = silent_request(2);
    EXPECT_FALSE(machine.hedge(failover_time(2s)));
    EXPECT_TRUE(admits(1, failover_time(2s))) << "the probe is still to be had";
}

TEST_F(Hedging, one_provider_alone_has_none)
{
    EXPECT_FALSE(silent_request(1).may_hedge());
}

TEST_F(Hedging, costs_a_retry_of_the_provider_that_it_asks)
{
    policy.retry.budget = 0;
    policy.retry.budget_minimum = 1;
    forget();
    EXPECT_TRUE(silent_request(2).hedge(failover_time(2s)));
    EXPECT_FALSE(silent_request(2).hedge(failover_time(2s)));
}

TEST_F(Hedging, its_answer_wins_and_whoever_was_silent_is_charged_nothing)
{
    policy.breaker.failures = 1;
    forget();
    Failover& machine = racing_request();
    EXPECT_EQ(said(machine.on_rival_outcome(Outcome{}, failover_time(3s))), "reply");
    EXPECT_EQ(machine.link().name, "b");
    EXPECT_EQ(machine.degraded_reason(), "hedge");
    EXPECT_EQ(machine.attempts(), 2);
    EXPECT_EQ(said(machine.on_rival_outcome(overtaken(), failover_time(3s))), "yield to b");
    EXPECT_EQ(state(0, failover_time(3s)), Breaker::State::closed);
}

TEST_F(Hedging, the_late_answer_of_the_first_wins_as_well)
{
    policy.breaker.failures = 1;
    forget();
    Failover& machine = racing_request();
    EXPECT_EQ(said(machine.on_outcome(Outcome{}, failover_time(3s))), "reply");
    EXPECT_EQ(machine.link().name, "a");
    EXPECT_EQ(machine.degraded_reason(), "");
    EXPECT_EQ(said(machine.on_rival_outcome(overtaken(), failover_time(3s))), "yield to a");
    EXPECT_EQ(state(1, failover_time(3s)), Breaker::State::closed);
}

TEST_F(Hedging, a_probe_that_loses_gives_its_place_back)
{
    Failover& machine = racing_probe();
    machine.rival_leads();
    EXPECT_EQ(said(machine.on_rival_outcome(overtaken(), failover_time(8s))), "yield to b");
    EXPECT_TRUE(admits(0, failover_time(8s))) << "the next may probe";
}

/// Whoever fails first, the other goes on, and the failure is charged where it belongs.
TEST_F(Hedging, an_error_never_wins)
{
    policy.breaker.failures = 1;
    for (const Outcome& outcome :
         {came(transient, 500), came(overloaded, 529), came(maybe_executed, 502), came(invalid_200, 200),
          came(empty_turn, 200), came(malformed_tool, 200), came(quota, 429), came(credential, 401),
          came(model_gone, 404), came(context_overflow, 400), came(caller_fault, 400), came(content_filter, 400),
          limited(), limited(3s), timed_out(Timer::first_token), dead_pooled()}) {
        for (const bool hedge_fails : {true, false}) {
            forget();
            Failover& machine = racing_request();
            const std::size_t failing = hedge_fails ? 1 : 0;
            Step step = hedge_fails ? machine.on_rival_outcome(outcome, failover_time(3s))
                                    : machine.on_outcome(outcome, failover_time(3s));
            if (outcome.dead_pooled && !hedge_fails) {
                EXPECT_EQ(said(step), "try a fresh") << "the hedge has a connection of its own";
                continue;
            }
            EXPECT_EQ(said(step), hedge_fails ? "yield to a" : "yield to b") << in_words(outcome);
            const bool charged = charge_of(outcome) == Charge::failure;
            EXPECT_EQ(admits(failing, failover_time(3s)), !charged) << in_words(outcome) << hedge_fails;
            EXPECT_EQ(said(machine.on_outcome(Outcome{}, failover_time(4s))), "reply") << in_words(outcome);
            EXPECT_EQ(machine.link().name, hedge_fails ? "a" : "b") << in_words(outcome);
            EXPECT_EQ(machine.degraded_reason(), hedge_fails ? "" : in_words(outcome));
        }
    }
}

TEST_F(Hedging, only_when_both_have_failed_is_a_third_asked)
{
    for (const bool hedge_fails_first : {true, false}) {
        forget();
        Failover& machine = racing_request();
        const Outcome silence = timed_out(Timer::first_token);
        Step first = hedge_fails_first ? machine.on_rival_outcome(came(invalid_200, 200), failover_time(3s))
                                       : machine.on_outcome(silence, failover_time(10s));
        EXPECT_TRUE(std::holds_alternative<step::Yield>(first));
        const Outcome& then = hedge_fails_first ? silence : came(invalid_200, 200);
        EXPECT_EQ(said(machine.on_outcome(then, failover_time(11s))), "try c");
        EXPECT_EQ(machine.attempts(), 3);
        const Step end = machine.on_outcome(came(invalid_200, 200), failover_time(12s));
        EXPECT_EQ(said(end), "502 upstream_error");
        for (const char* words : {"a: timeout", "b: invalid_200", "c: invalid_200"})
            EXPECT_NE(error_of(end).message.find(words), std::string::npos) << error_of(end).message;
    }
}

TEST_F(Hedging, whoever_failed_of_the_moment_may_be_asked_again_when_both_have_failed)
{
    Failover& machine = racing_request(2);
    machine.on_rival_outcome(came(transient, 500), failover_time(3s));
    EXPECT_EQ(said(machine.on_outcome(timed_out(Timer::first_token), failover_time(10s))), "try b");
    EXPECT_EQ(said(machine.on_outcome(came(transient, 500), failover_time(11s))), "502 upstream_error")
        << "as often as one provider may: once more";
}

TEST_F(Hedging, what_would_be_wrong_anywhere_is_surfaced_when_the_other_fails_too)
{
    for (const OutcomeClass what : {caller_fault, content_filter}) {
        forget();
        Failover& machine = racing_request();
        EXPECT_EQ(said(machine.on_rival_outcome(came(what, 422), failover_time(3s))), "yield to a");
        const Step end = machine.on_outcome(came(transient, 500), failover_time(4s));
        ASSERT_TRUE(std::holds_alternative<step::GiveUp>(end)) << said(end);
        EXPECT_EQ(error_of(end).status, 422);
    }
}

TEST_F(Hedging, a_caller_who_leaves_is_nobodys_failure)
{
    policy.breaker.failures = 1;
    forget();
    Failover& machine = racing_request();
    EXPECT_EQ(said(machine.on_outcome(came(client_abort), failover_time(3s))), "yield to b");
    EXPECT_TRUE(std::holds_alternative<step::GiveUp>(machine.on_outcome(came(client_abort), failover_time(3s))));
    for (const std::size_t target : {0U, 1U}) EXPECT_TRUE(admits(target, failover_time(3s)));
}

/// The hedge had begun to speak, and broke off: that is its own provider's failure.
TEST_F(Hedging, a_winner_that_breaks_off_is_charged_and_nobody_else)
{
    policy.breaker.failures = 1;
    forget();
    Failover& machine = racing_request();
    machine.rival_leads();
    EXPECT_EQ(said(Step(machine.on_broken(came(transient, 500), failover_time(4s)))).substr(0, 1), "5");
    machine.on_rival_outcome(overtaken(), failover_time(4s));
    EXPECT_TRUE(admits(0, failover_time(4s)));
    EXPECT_FALSE(admits(1, failover_time(4s)));
}

TEST_F(Hedging, the_last_of_a_chain_may_take_all_the_time_that_is_left_as_a_hedge_too)
{
    EXPECT_FALSE(silent_request(3).hedge(failover_time(2s))->last);
    EXPECT_TRUE(silent_request(2).hedge(failover_time(2s))->last);
}

TEST_F(Hedging, a_request_that_is_dropped_in_the_middle_gives_both_permits_back)
{
    for (const bool overtaken : {false, true}) {
        forget();
        Failover& both = racing_probe();
        if (overtaken) both.rival_leads();
        machine.reset();
        EXPECT_TRUE(admits(0, failover_time(8s))) << overtaken;
    }
}

}  // namespace
}  // namespace chaos::router
