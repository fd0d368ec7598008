// The shell around the failover machine: moves bytes, decides nothing.
#include "router/relay.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "router/classify.hpp"
#include "router/error_response.hpp"

namespace chaos::router {
namespace {

constexpr net::Duration last_words_grace = std::chrono::seconds(5);  ///< for a caller to take in the end of an answer

/// A place among those that are told when the health of a provider changes.
class Waiting {
public:
    Waiting(std::list<net::Condition*>& all, net::Condition& mine) : all_(all), place_(all.insert(all.end(), &mine)) {}
    ~Waiting() { all_.erase(place_); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

private:
    std::list<net::Condition*>& all_;
    std::list<net::Condition*>::iterator place_;
};

}  // namespace

Relay::Relay(Shared& shared, net::http::ServerExchange& exchange, const RequestFacts& facts, std::string name,
             net::Chance chance)
    : shared_(shared),
      exchange_(exchange),
      facts_(facts),
      name_(std::move(name)),
      machine_(shared.policy, facts.model, shared.chains.at(facts.model), shared.breakers, facts, chance, now()),
      awake_(shared.runtime.executor())
{
}

Relay::~Relay()
{
    exchange_.on_client_gone(nullptr);
    health_may_have_changed();
}

net::Task<void> Relay::run()
{
    exchange_.on_client_gone([this] { caller_left(); });
    Step step = machine_.start(now());
    while (!caller_left_) {
        if (std::holds_alternative<step::Reply>(step)) {
            co_await reply();
            break;
        }
        if (auto* end = std::get_if<step::GiveUp>(&step)) {
            co_await reply_error(std::move(end->error));
            break;
        }
        if (const auto* wait = std::get_if<step::Wait>(&step)) {
            const net::Instant until = wait->until;
            co_await wait_until(until);
            step = machine_.on_wake(now());
            continue;
        }
        Outcome outcome;
        if (const auto* repair = std::get_if<step::Repair>(&step)) {
            const step::Repair with = *repair;
            outcome = co_await attempt(with.target, false, with.last, with.nudge);
        } else {
            const step::Try once = std::get<step::Try>(step);
            outcome = co_await attempt(once.target, once.fresh_connection, once.last, {});
        }
        step = take_in(outcome);
    }
}

Step Relay::take_in(const Outcome& outcome)
{
    const Breaker& breaker = shared_.breakers[target_];
    const Breaker::State before = breaker.state(now());
    const bool too_late = head_sent_ && outcome.what != OutcomeClass::ok;
    Step step = too_late ? Step(machine_.on_broken(outcome, now())) : machine_.on_outcome(outcome, now());
    const Breaker::State after = breaker.state(now());
    if (after != before) note(shared_.targets[target_].name, "breaker", spelling(after));
    if (outcome.what != OutcomeClass::ok) note_decision(step);
    health_may_have_changed();
    return step;
}

net::Task<net::Error> Relay::start_stream()
{
    net::http::ResponseHead head;
    head.headers.add("content-type", "text/event-stream; charset=utf-8");
    head.headers.add("cache-control", "no-cache");
    add_served_by(head.headers);
    head_sent_ = true;
    const net::Error error = co_await exchange_.start(std::move(head));
    co_return error;
}

net::Task<void> Relay::end_stream(std::string_view last_bytes)
{
    net::Error error;
    if (!head_sent_) error = co_await start_stream();
    if (!error) error = co_await exchange_.send(last_bytes);
    if (!error) error = co_await exchange_.finish();
    if (error) exchange_.close(net::Close::reset);
}

net::Task<void> Relay::reply()
{
    net::Watchdog patience(shared_.runtime.clock(), [this] { exchange_.close(net::Close::reset); });
    patience.arm(std::max(machine_.deadline(), now() + last_words_grace));
    note(shared_.targets[target_].name, "reply", facts_.stream ? "stream" : "whole");
    if (facts_.stream) {
        co_await end_stream(answer_);
        co_return;
    }
    net::http::Response response;
    response.head.headers.add("content-type", "application/json");
    add_served_by(response.head.headers);
    response.body = std::move(answer_);
    const net::Error error = co_await exchange_.respond(std::move(response));
    if (error) exchange_.close(net::Close::reset);
}

net::Task<void> Relay::reply_error(SurfacedError error)
{
    net::Watchdog patience(shared_.runtime.clock(), [this] { exchange_.close(net::Close::reset); });
    patience.arm(now() + last_words_grace);
    note({}, "reply", fmt::format("{} {}", error.status, error.code));
    if (head_sent_) {
        const std::string event = error_event(error, shared_.redactor);
        co_await end_stream(event);
        co_return;
    }
    net::http::Response response = error_response(error, shared_.redactor);
    response.head.headers.add("x-chaos-attempts", std::to_string(machine_.attempts()));
    const net::Error failed = co_await exchange_.respond(std::move(response));
    if (failed) exchange_.close(net::Close::reset);
}

net::Task<void> Relay::wait_until(net::Instant at)
{
    const auto timer = shared_.runtime.clock().make_timer();
    timer->arm(at, [this] { awake_.notify_all(); });
    const Waiting place(shared_.waiting, awake_);
    co_await awake_.wait();
}

void Relay::add_served_by(net::http::Headers& headers) const
{
    headers.add("x-chaos-served-by", shared_.targets[target_].name);
    headers.add("x-chaos-attempts", std::to_string(machine_.attempts()));
    std::string reason = machine_.degraded_reason();
    if (!reason.empty()) headers.add("x-chaos-degraded", std::move(reason));
    if (!upstream_request_id_.empty()) headers.add("x-request-id", upstream_request_id_);
}

void Relay::note(std::string_view target, std::string_view kind, std::string_view text)
{
    shared_.observer.note(name_, target, kind, text);
}

void Relay::note_outcome(const Outcome& outcome)
{
    const std::string& target = shared_.targets[target_].name;
    const std::string took = net::to_string(std::chrono::floor<std::chrono::microseconds>(now() - attempt_began_));
    if (outcome.what == OutcomeClass::ok) {
        note(target, "outcome", "ok in " + took);
        return;
    }
    note(target, "outcome", fmt::format("{} in {}: {}", in_words(outcome), took, outcome.why));
}

void Relay::note_decision(const Step& step)
{
    if (const auto* once = std::get_if<step::Try>(&step)) {
        note(shared_.targets[once->target].name, "decision", "try");
    } else if (const auto* repair = std::get_if<step::Repair>(&step)) {
        note(shared_.targets[repair->target].name, "decision", "repair");
    } else if (const auto* wait = std::get_if<step::Wait>(&step)) {
        note({}, "decision",
             "wait " + net::to_string(std::chrono::ceil<std::chrono::microseconds>(wait->until - now())));
    } else {
        note({}, "decision", "give up");
    }
}

void Relay::health_may_have_changed()
{
    for (net::Condition* condition : shared_.waiting) condition->notify_all();
}

void Relay::caller_left()
{
    caller_left_ = true;
    if (upstream_) upstream_->stop(left_by_caller());
    awake_.notify_all();
}

}  // namespace chaos::router
