// The failover machine, told by hand what happened.
#include "tests/router/failing.hpp"

#include <set>

namespace chaos::router {
namespace {

TEST_F(Failing, a_healthy_provider_answers)
{
    Failover& machine = request();
    EXPECT_EQ(said(machine.start(failover_time(0s))), "try a");
    EXPECT_EQ(said(machine.on_outcome(Outcome{}, failover_time(1s))), "reply");
    EXPECT_EQ(machine.attempts(), 1);
    EXPECT_EQ(machine.degraded_reason(), "");
}

TEST_F(Failing, these_go_to_the_next_provider_at_once)
{
    for (const Outcome& outcome :
         {limited(), limited(3s), came(quota, 429), came(credential, 401), came(model_gone, 404),
          came(invalid_200, 200), came(malformed_tool, 200), came(context_overflow, 400), timed_out(Timer::connect),
          timed_out(Timer::first_token), timed_out(Timer::idle)}) {
        forget();
        Failover& machine = request();
        machine.start(failover_time(0s));
        EXPECT_EQ(said(machine.on_outcome(outcome, failover_time(1s))), "try b") << in_words(outcome);
        EXPECT_EQ(said(machine.on_outcome(Outcome{}, failover_time(2s))), "reply");
        EXPECT_EQ(machine.degraded_reason(), in_words(outcome));
        EXPECT_EQ(machine.attempts(), 2);
    }
}

TEST_F(Failing, these_are_surfaced_after_one_attempt)
{
    for (const OutcomeClass what : {caller_fault, content_filter}) {
        Failover& machine = request();
        machine.start(failover_time(0s));
        Outcome outcome = came(what, 422);
        outcome.error.type = "invalid_request_error";
        outcome.body = R"({"error":{"message":"x"}})";
        const Step step = machine.on_outcome(outcome, failover_time(1s));
        EXPECT_EQ(error_of(step).status, 422);
        EXPECT_EQ(error_of(step).body, outcome.body);
        EXPECT_EQ(machine.attempts(), 1);
    }
    EXPECT_EQ(state(0, failover_time(1s)), Breaker::State::closed);
}

TEST_F(Failing, a_5xx_that_blames_the_request_is_surfaced_as_400)
{
    Failover& machine = request();
    machine.start(failover_time(0s));
    EXPECT_EQ(error_of(machine.on_outcome(came(caller_fault, 500), failover_time(1s))).status, 400);
}

TEST_F(Failing, these_are_tried_once_more_on_the_same_provider_and_then_elsewhere)
{
    policy.breaker.failures = 1000;
    for (const Outcome& outcome :
         {came(transient, 500), came(overloaded, 529), came(maybe_executed, 502), came(transient, 408)}) {
        forget();
        Failover& machine = request();
        machine.start(failover_time(0s));
        const Step pause = machine.on_outcome(outcome, failover_time(1s));
        ASSERT_EQ(said(pause), "wait") << in_words(outcome);
        EXPECT_LE(wait_of(pause), failover_time(1s) + policy.retry.backoff);
        EXPECT_EQ(said(machine.on_wake(wait_of(pause))), "try a");
        EXPECT_EQ(said(machine.on_outcome(outcome, failover_time(2s))), "try b");
    }
}

TEST_F(Failing, waking_too_early_goes_on_waiting)
{
    policy.retry.backoff = 4s;
    Failover& machine = request();
    machine.start(failover_time(0s));
    const Step pause = machine.on_outcome(came(transient, 500), failover_time(1s));
    ASSERT_GT(wait_of(pause), failover_time(1s));
    EXPECT_EQ(said(machine.on_wake(failover_time(1s))), "wait");
}

TEST_F(Failing, jitter_is_full_and_keyed)
{
    tolerant_breakers();
    policy.retry.backoff = 1s;
    std::set<std::int64_t> pauses;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Failover machine(policy, "agent", chain_of(1), *memory, facts, net::Chance(seed), failover_time(0s));
        machine.start(failover_time(0s));
        const Step pause = machine.on_outcome(came(transient, 500), failover_time(0s));
        pauses.insert((wait_of(pause) - failover_time(0s)).count());
    }
    EXPECT_GT(pauses.size(), 15U);
    EXPECT_LT(*pauses.begin(), 500'000'000);
    EXPECT_LE(*pauses.rbegin(), 1'000'000'000);
}

TEST_F(Failing, a_refused_connection_is_not_tried_again_there)
{
    Outcome refused = came(transient);
    refused.no_connection = true;
    Failover& machine = request();
    machine.start(failover_time(0s));
    EXPECT_EQ(said(machine.on_outcome(refused, failover_time(0s))), "try b");
}

TEST_F(Failing, advice_not_to_retry_is_followed)
{
    Outcome outcome = came(transient, 500);
    outcome.retry.should_retry = false;
    Failover& machine = request();
    machine.start(failover_time(0s));
    EXPECT_EQ(said(machine.on_outcome(outcome, failover_time(0s))), "try b");
}

TEST_F(Failing, a_503_that_asks_for_a_long_rest_gets_it)
{
    Outcome outcome = came(overloaded, 503);
    outcome.retry.after = 30s;
    Failover& machine = request();
    machine.start(failover_time(0s));
    EXPECT_EQ(said(machine.on_outcome(outcome, failover_time(1s))), "try b");
    EXPECT_EQ(standing(0, failover_time(1s)).resting_until, failover_time(31s));
}

TEST_F(Failing, a_dead_pooled_connection_is_charged_to_nobody)
{
    Failover& machine = request();
    machine.start(failover_time(0s));
    EXPECT_EQ(said(machine.on_outcome(dead_pooled(), failover_time(0s))), "try a fresh");
    EXPECT_EQ(machine.attempts(), 1);
    EXPECT_EQ(said(machine.on_outcome(Outcome{}, failover_time(0s))), "reply");
    EXPECT_EQ(state(0, failover_time(0s)), Breaker::State::closed);
}

TEST_F(Failing, a_fresh_connection_that_dies_too_is_a_failure)
{
    tolerant_breakers();
    Failover& machine = request();
    machine.start(failover_time(0s));
    EXPECT_EQ(said(machine.on_outcome(dead_pooled(), failover_time(0s))), "try a fresh");
    EXPECT_EQ(said(machine.on_outcome(dead_pooled(), failover_time(0s))), "wait") << "now it is one of the moment";
}

TEST_F(Failing, a_request_that_keeps_state_never_goes_out_on_a_connection_that_may_be_dead)
{
    facts.keeps_state = true;
    EXPECT_EQ(said(request().start(failover_time(0s))), "try a fresh");
}

TEST_F(Failing, those_who_wait_for_one_instant_do_not_come_at_once)
{
    tolerant_breakers();
    policy.retry.backoff = 200ms;
    std::set<std::int64_t> wake_ups;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        forget();
        Failover machine(policy, "agent", chain_of(1), *memory, facts, net::Chance(seed), failover_time(0s));
        machine.start(failover_time(0s));
        const Step pause = machine.on_outcome(limited(2s), failover_time(0s));
        EXPECT_GE(wait_of(pause), failover_time(2s));
        wake_ups.insert(wait_of(pause).time_since_epoch().count());
    }
    EXPECT_GT(wake_ups.size(), 15U);
}

TEST_F(Failing, a_probe_on_a_dead_pooled_connection_still_closes_the_breaker)
{
    open_breaker(0, failover_time(0s));
    Failover& machine = request(3, failover_time(5s));
    EXPECT_EQ(said(machine.start(failover_time(5s))), "try a");
    EXPECT_EQ(state(0, failover_time(5s)), Breaker::State::half_open);
    EXPECT_EQ(said(machine.on_outcome(dead_pooled(), failover_time(5s))), "try a fresh");
    machine.on_outcome(Outcome{}, failover_time(6s));
    EXPECT_EQ(state(0, failover_time(6s)), Breaker::State::closed);
}

TEST_F(Failing, a_429_everywhere_waits_the_shortest_floor_if_it_fits)
{
    Failover& machine = request(2);
    machine.start(failover_time(0s));
    EXPECT_EQ(said(machine.on_outcome(limited(6s), failover_time(1s))), "try b");
    const Step pause = machine.on_outcome(limited(4s), failover_time(2s));
    ASSERT_EQ(said(pause), "wait");
    EXPECT_GE(wait_of(pause), failover_time(6s));
    EXPECT_LE(wait_of(pause), failover_time(6s) + 2 * policy.retry.backoff);
    EXPECT_EQ(said(machine.on_wake(failover_time(5999ms))), "wait");
    EXPECT_EQ(said(machine.on_wake(wait_of(pause))), "try b");
}

TEST_F(Failing, a_429_everywhere_that_does_not_fit_is_surfaced_with_the_smallest_wait)
{
    Failover& machine = request(2);
    machine.start(failover_time(0s));
    machine.on_outcome(limited(60s), failover_time(1s));
    const Step step = machine.on_outcome(limited(40s), failover_time(2s));
    EXPECT_EQ(said(step), "429 rate_limit_exceeded");
    EXPECT_EQ(error_of(step).retry_after, net::Duration(40s));
    EXPECT_NE(error_of(step).message.find("a: rate_limit 429"), std::string::npos);
}

TEST_F(Failing, zero_as_retry_after_does_not_keep_it_from_moving_on)
{
    Failover& machine = request(2);
    machine.start(failover_time(0s));
    EXPECT_EQ(said(machine.on_outcome(limited(0s), failover_time(1s))), "try b");
}

TEST_F(Failing, a_short_wait_is_waited_for_where_the_policy_says_so)
{
    policy.retry.wait_if_under = 2s;
    Failover& machine = request(2);
    machine.start(failover_time(0s));
    const Step pause = machine.on_outcome(limited(1s), failover_time(1s));
    ASSERT_EQ(said(pause), "wait");
    EXPECT_GE(wait_of(pause), failover_time(2s));
    EXPECT_LE(wait_of(pause), failover_time(2s) + policy.retry.backoff);
    EXPECT_EQ(said(machine.on_wake(wait_of(pause))), "try a");
    EXPECT_EQ(said(machine.on_outcome(limited(3s), failover_time(3s))), "try b");
}

TEST_F(Failing, a_short_rest_that_another_request_was_told_of_is_waited_for_too)
{
    policy.retry.wait_if_under = 2s;
    memory->rest(places[0], Scope::key, failover_time(3s));
    EXPECT_EQ(said(request(2, failover_time(1s)).start(failover_time(1s))), "try b");
    const Step pause = request(2, failover_time(1500ms)).start(failover_time(1500ms));
    ASSERT_EQ(said(pause), "wait");
    EXPECT_GE(wait_of(pause), failover_time(3s));
    EXPECT_EQ(said(machine->on_wake(wait_of(pause))), "try a");
}

TEST_F(Failing, whoever_comes_back_in_time_keeps_the_one_before_from_being_the_last)
{
    memory->rest(places[0], Scope::key, failover_time(5s));
    EXPECT_FALSE(std::get<step::Try>(request(2).start(failover_time(0s))).last);
    memory->rest(places[0], Scope::key, failover_time(50s));
    EXPECT_TRUE(std::get<step::Try>(request(2).start(failover_time(0s))).last);
}

TEST_F(Failing, a_rest_holds_for_every_request)
{
    request().start(failover_time(0s));
    machine->on_outcome(limited(10s), failover_time(1s));
    Failover& second = request(3, failover_time(2s));
    EXPECT_EQ(said(second.start(failover_time(2s))), "try b");
    second.on_outcome(Outcome{}, failover_time(3s));
    EXPECT_EQ(second.degraded_reason(), "resting");
    EXPECT_EQ(said(request(3, failover_time(11s)).start(failover_time(11s))), "try a");
}

TEST_F(Failing, a_refused_key_rests_but_one_probe_may_ask_again_when_nobody_else_is_left)
{
    Failover& first = request(1);
    first.start(failover_time(0s));
    const Step step = first.on_outcome(came(credential, 401), failover_time(1s));
    EXPECT_EQ(said(step), "502 upstream_error");
    EXPECT_EQ(standing(0, failover_time(1s)).due, failover_time(61s));
    EXPECT_EQ(said(request(2, failover_time(2s)).start(failover_time(2s))), "try b");
    EXPECT_EQ(said(request(1, failover_time(2s)).start(failover_time(2s))), "try a");
}

/// Two keys at `a`, named a1 and a2.
std::vector<Link> with_two_keys(std::vector<Link> chain, MemoryOfFailure& memory, const Policy& policy)
{
    chain[0].keys = {memory.place("a", 1, policy), memory.place("a", 2, policy)};
    return chain;
}

std::size_t key_of(const Step& step)
{
    return std::get<step::Try>(step).key;
}

TEST_F(Failing, what_the_key_is_to_blame_for_goes_to_the_next_key_first)
{
    for (const Outcome& outcome :
         {limited(), limited(30s), came(quota, 429), came(quota, 402), came(credential, 401), came(credential, 403)}) {
        forget();
        const std::vector<Link> chain = with_two_keys(chain_of(2), *memory, policy);
        Failover machine(policy, "agent", chain, *memory, facts, net::Chance(7), failover_time(0s));
        EXPECT_EQ(key_of(machine.start(failover_time(0s))), 0U);
        const Step second = machine.on_outcome(outcome, failover_time(1s));
        EXPECT_EQ(said(second), "try a") << in_words(outcome);
        EXPECT_EQ(key_of(second), 1U) << in_words(outcome);
        EXPECT_EQ(said(machine.on_outcome(outcome, failover_time(2s))), "try b") << in_words(outcome);
        EXPECT_EQ(said(machine.on_outcome(Outcome{}, failover_time(3s))), "reply");
        EXPECT_EQ(machine.attempts(), 3);
    }
}

TEST_F(Failing, what_the_provider_is_to_blame_for_is_not_tried_with_its_other_keys)
{
    tolerant_breakers();
    for (const Outcome& outcome :
         {came(model_gone, 404), timed_out(Timer::first_token), came(invalid_200, 200), came(malformed_tool, 200)}) {
        forget();
        const std::vector<Link> chain = with_two_keys(chain_of(2), *memory, policy);
        Failover machine(policy, "agent", chain, *memory, facts, net::Chance(7), failover_time(0s));
        machine.start(failover_time(0s));
        EXPECT_EQ(said(machine.on_outcome(outcome, failover_time(1s))), "try b") << in_words(outcome);
    }
}

TEST_F(Failing, a_key_rests_and_the_next_request_begins_with_the_other)
{
    const std::vector<Link> chain = with_two_keys(chain_of(2), *memory, policy);
    Failover first(policy, "agent", chain, *memory, facts, net::Chance(7), failover_time(0s));
    first.start(failover_time(0s));
    first.on_outcome(limited(30s), failover_time(1s));
    Failover second(policy, "agent", chain, *memory, facts, net::Chance(8), failover_time(2s));
    const Step step = second.start(failover_time(2s));
    EXPECT_EQ(said(step), "try a");
    EXPECT_EQ(key_of(step), 1U);
    second.on_outcome(Outcome{}, failover_time(3s));
    EXPECT_EQ(second.degraded_reason(), "") << "another key is no other provider";
    Failover third(policy, "agent", chain, *memory, facts, net::Chance(9), failover_time(32s));
    EXPECT_EQ(key_of(third.start(failover_time(32s))), 0U);
}

TEST_F(Failing, the_smallest_wait_of_all_keys_is_surfaced)
{
    const std::vector<Link> chain = with_two_keys(chain_of(2), *memory, policy);
    Failover machine(policy, "agent", chain, *memory, facts, net::Chance(7), failover_time(0s));
    machine.start(failover_time(0s));
    machine.on_outcome(limited(60s), failover_time(1s));
    machine.on_outcome(limited(40s), failover_time(1s));
    const Step step = machine.on_outcome(limited(50s), failover_time(1s));
    EXPECT_EQ(said(step), "429 rate_limit_exceeded");
    EXPECT_EQ(error_of(step).retry_after, net::Duration(40s));
}

TEST_F(Failing, retries_beyond_the_providers_budget_go_elsewhere_at_once)
{
    tolerant_breakers();
    policy.retry.budget_minimum = 3;
    forget();
    int retried = 0;
    for (int i = 0; i < 10; ++i) {
        Failover machine(policy, "agent", chain_of(2), *memory, facts, net::Chance(7), failover_time(0s));
        machine.start(failover_time(0s));
        if (said(machine.on_outcome(came(transient, 500), failover_time(0s))) == "wait") ++retried;
    }
    EXPECT_EQ(retried, 3);
}

TEST_F(Failing, coming_back_uninvited_after_a_429_is_a_retry_too)
{
    tolerant_breakers();
    policy.retry.budget_minimum = 0;
    policy.retry.budget = 0;
    forget();
    Failover& machine = request(1);
    machine.start(failover_time(0s));
    const Step pause = machine.on_outcome(limited(), failover_time(0s));
    ASSERT_EQ(said(pause), "wait");
    EXPECT_EQ(said(machine.on_wake(wait_of(pause))), "429 rate_limit_exceeded");
    Failover& invited = request(1);
    invited.start(failover_time(1s));
    const Step floor = invited.on_outcome(limited(2s), failover_time(1s));
    ASSERT_EQ(said(floor), "wait");
    EXPECT_EQ(said(invited.on_wake(wait_of(floor))), "try a") << "it was told when to come back";
}

TEST_F(Failing, a_probe_that_the_budget_of_retries_forbids_is_given_back)
{
    policy.breaker.failures = 1;
    policy.retry.budget_minimum = 0;
    policy.retry.budget = 0;
    forget();
    Failover& machine = request(1);
    machine.start(failover_time(0s));
    const Step pause = machine.on_outcome(limited(), failover_time(0s));
    ASSERT_EQ(said(pause), "wait");
    const net::Instant due = wait_of(pause);
    EXPECT_GE(due, failover_time(5s)) << "until the breaker lets a probe in";
    EXPECT_EQ(said(machine.on_wake(due)), "429 rate_limit_exceeded");
    EXPECT_TRUE(admits(0, due)) << "somebody else may probe";
}

TEST_F(Failing, an_empty_turn_gets_one_nudge_on_the_same_provider)
{
    Failover& machine = request();
    machine.start(failover_time(0s));
    const Step repair = machine.on_outcome(came(empty_turn, 200), failover_time(1s));
    ASSERT_EQ(said(repair), "repair a");
    EXPECT_FALSE(std::get<step::Repair>(repair).nudge.empty());
    EXPECT_EQ(said(machine.on_outcome(came(empty_turn, 200), failover_time(2s))), "try b");
    EXPECT_EQ(said(machine.on_outcome(came(empty_turn, 200), failover_time(3s))), "try c");
    EXPECT_EQ(said(machine.on_outcome(came(empty_turn, 200), failover_time(4s))), "502 upstream_error");
    EXPECT_EQ(machine.attempts(), 4);
}

TEST_F(Failing, no_nudge_where_the_policy_forbids_it)
{
    policy.repair_empty_turn = false;
    Failover& machine = request();
    machine.start(failover_time(0s));
    EXPECT_EQ(said(machine.on_outcome(came(empty_turn, 200), failover_time(1s))), "try b");
}

TEST_F(Failing, providers_whose_window_is_too_small_are_passed_over)
{
    windows[0] = 100;
    windows[1] = 1000;
    facts.estimated_tokens = 90;
    facts.max_output = 20;
    Failover& machine = request(2);
    EXPECT_EQ(said(machine.start(failover_time(0s))), "try b");
    machine.on_outcome(Outcome{}, failover_time(1s));
    EXPECT_EQ(machine.degraded_reason(), "window_too_small");
}

TEST_F(Failing, a_conversation_that_fits_nowhere_is_refused_without_an_attempt)
{
    windows[0] = 100;
    facts.estimated_tokens = 200;
    EXPECT_EQ(said(request(1).start(failover_time(0s))), "400 context_length_exceeded");
}

TEST_F(Failing, an_overflow_goes_only_to_larger_windows)
{
    windows[0] = 1000;
    windows[1] = 500;
    windows[2] = 2000;
    Failover& machine = request();
    machine.start(failover_time(0s));
    EXPECT_EQ(said(machine.on_outcome(came(context_overflow, 400), failover_time(1s))), "try c");
    const Step step = machine.on_outcome(came(context_overflow, 400), failover_time(2s));
    EXPECT_EQ(error_of(step).status, 400) << "b was left out for its window, a and c overflowed";
}

TEST_F(Failing, an_overflow_everywhere_is_the_callers_400)
{
    Failover& machine = request(2);
    machine.start(failover_time(0s));
    machine.on_outcome(came(context_overflow, 400), failover_time(1s));
    EXPECT_EQ(said(machine.on_outcome(came(context_overflow, 400), failover_time(2s))), "400 context_length_exceeded");
}

TEST_F(Failing, attempts_are_bounded)
{
    tolerant_breakers();
    policy.retry.max_attempts = 3;
    Failover& machine = request();
    Step step = machine.start(failover_time(0s));
    int tries = 0;
    for (int i = 0; i < 50 && !std::holds_alternative<step::GiveUp>(step); ++i) {
        const net::Instant now = failover_time(i * 10ms);
        if (std::holds_alternative<step::Wait>(step)) {
            step = machine.on_wake(wait_of(step));
        } else {
            ++tries;
            step = machine.on_outcome(limited(0s), now);
        }
    }
    EXPECT_EQ(tries, 3);
    EXPECT_TRUE(std::holds_alternative<step::GiveUp>(step));
}

TEST_F(Failing, the_deadline_ends_everything)
{
    Failover& machine = request();
    machine.start(failover_time(0s));
    EXPECT_EQ(said(machine.on_outcome(timed_out(Timer::total), failover_time(20s))), "504 upstream_timeout");
}

TEST_F(Failing, a_provider_that_got_less_than_its_time_is_not_charged)
{
    policy.breaker.failures = 1;
    forget();
    Failover& machine = request();
    machine.start(failover_time(0s));
    EXPECT_EQ(said(machine.on_outcome(timed_out(Timer::first_token), failover_time(19500ms))), "try b");
    machine.on_outcome(timed_out(Timer::total), failover_time(20s));
    EXPECT_EQ(state(0, failover_time(20s)), Breaker::State::open);
    EXPECT_EQ(state(1, failover_time(20s)), Breaker::State::closed);
}

TEST_F(Failing, the_last_provider_inherits_the_time_that_is_left)
{
    Failover& machine = request(2);
    EXPECT_FALSE(std::get<step::Try>(machine.start(failover_time(0s))).last);
    EXPECT_TRUE(std::get<step::Try>(machine.on_outcome(timed_out(Timer::first_token), failover_time(1s))).last);
    EXPECT_TRUE(std::get<step::Try>(request(1).start(failover_time(0s))).last);
}

TEST_F(Failing, timeouts_everywhere_are_a_504)
{
    Failover& machine = request(2);
    machine.start(failover_time(0s));
    machine.on_outcome(timed_out(Timer::first_token), failover_time(1s));
    EXPECT_EQ(said(machine.on_outcome(timed_out(Timer::connect), failover_time(2s))), "504 upstream_timeout");
}

TEST_F(Failing, a_request_that_keeps_state_is_not_sent_twice)
{
    tolerant_breakers();
    facts.keeps_state = true;
    Failover& machine = request();
    machine.start(failover_time(0s));
    EXPECT_EQ(said(machine.on_outcome(came(maybe_executed, 502), failover_time(1s))), "504 maybe_executed");
    Failover& second = request();
    second.start(failover_time(0s));
    EXPECT_EQ(said(second.on_outcome(timed_out(Timer::idle), failover_time(1s))), "504 maybe_executed");
    Failover& third = request();
    third.start(failover_time(0s));
    Outcome no_connection = timed_out(Timer::connect);
    no_connection.no_connection = true;
    EXPECT_EQ(said(third.on_outcome(no_connection, failover_time(1s))), "try b fresh");
}

TEST_F(Failing, open_breakers_are_passed_over)
{
    open_breaker(0, failover_time(0s));
    Failover& machine = request(3, failover_time(1s));
    EXPECT_EQ(said(machine.start(failover_time(1s))), "try b");
    machine.on_outcome(Outcome{}, failover_time(2s));
    EXPECT_EQ(machine.degraded_reason(), "breaker_open");
}

TEST_F(Failing, when_all_are_open_the_one_due_soonest_is_probed)
{
    open_breaker(0, failover_time(3s));
    open_breaker(1, failover_time(1s));
    open_breaker(2, failover_time(2s));
    EXPECT_EQ(said(request(3, failover_time(4s)).start(failover_time(4s))), "try b");
}

TEST_F(Failing, while_the_only_probe_is_out_others_wait_for_it)
{
    open_breaker(0, failover_time(0s));
    Failover prober(policy, "agent", chain_of(1), *memory, facts, net::Chance(1), failover_time(1s));
    EXPECT_EQ(said(prober.start(failover_time(1s))), "try a");
    Failover& waiting = request(1, failover_time(1s));
    memory->enter(places[0], Entry::early, failover_time(1s));
    EXPECT_EQ(said(waiting.start(failover_time(1s))), "503 upstream_unavailable") << "the lease outlasts the deadline";
    policy.timeouts.total = 30s;
    Failover& patient = request(1, failover_time(1s));
    EXPECT_EQ(said(patient.start(failover_time(1s))), "wait");
    prober.on_outcome(Outcome{}, failover_time(2s));
    EXPECT_EQ(said(patient.on_wake(failover_time(2s))), "try a");
}

TEST_F(Failing, a_request_that_ends_gives_its_probe_back)
{
    open_breaker(0, failover_time(0s));
    request(1, failover_time(5s)).start(failover_time(5s));
    EXPECT_EQ(state(0, failover_time(5s)), Breaker::State::half_open);
    machine.reset();
    EXPECT_EQ(state(0, failover_time(5s)), Breaker::State::open);
    EXPECT_TRUE(admits(0, failover_time(5s)));
}

TEST_F(Failing, request_shaped_failures_release_the_probe)
{
    open_breaker(0, failover_time(0s));
    Failover& machine = request(1, failover_time(5s));
    machine.start(failover_time(5s));
    machine.on_outcome(came(caller_fault, 400), failover_time(6s));
    EXPECT_EQ(state(0, failover_time(6s)), Breaker::State::open);
    EXPECT_TRUE(admits(0, failover_time(6s)));
}

TEST_F(Failing, after_the_point_of_no_return_there_is_only_an_error)
{
    Failover& machine = request();
    machine.start(failover_time(0s));
    const step::GiveUp end = machine.on_broken(came(maybe_executed), failover_time(1s));
    EXPECT_EQ(end.error.status, 502);
    EXPECT_NE(end.error.message.find("a broke off"), std::string::npos);
    EXPECT_EQ(machine.on_broken(timed_out(Timer::idle), failover_time(1s)).error.status, 504);
}

TEST_F(Failing, the_words_of_the_primary_come_first)
{
    tolerant_breakers();
    policy.retry.same_provider = 0;
    Failover& machine = request(2);
    machine.start(failover_time(0s));
    Outcome first = came(transient, 500);
    first.why = "the boiler exploded";
    machine.on_outcome(first, failover_time(1s));
    const Step step = machine.on_outcome(came(credential, 401), failover_time(2s));
    EXPECT_EQ(said(step), "502 upstream_error");
    EXPECT_NE(error_of(step).message.find("a: transient 500: the boiler exploded; b: credential 401"),
              std::string::npos)
        << error_of(step).message;
}

TEST(Surface, an_unknown_model_names_those_there_are)
{
    const SurfacedError error = surface_unknown_model("gpt", {"agent", "small"});
    EXPECT_EQ(error.status, 404);
    EXPECT_EQ(error.code, "model_not_found");
    EXPECT_NE(error.message.find("agent, small"), std::string::npos);
}

}  // namespace
}  // namespace chaos::router
