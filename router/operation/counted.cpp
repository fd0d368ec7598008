// Which numbers change with a record.
#include "router/operation/counted.hpp"

namespace chaos::router {
namespace {

/// Names come from the configuration, which can change; beyond this many all are looked up anew.
constexpr std::size_t most_names_at_hand = 1000;

}  // namespace

template <class Value>
Value& Counted::ByName<Value>::of(std::string_view name)
{
    if (last != nullptr && last->first == name) return last->second;
    auto held = values.find(name);
    if (held == values.end()) {
        if (values.size() >= most_names_at_hand) values.clear();
        held = values.emplace(name, Value()).first;
    }
    last = &*held;
    return last->second;
}

void Counted::attempt_began(std::string_view target)
{
    at_hand(targets_.of(target).in_flight, Metric::attempts_in_flight, {{"target", target}}).add();
}

void Counted::attempt_ended(const AttemptRecord& attempt)
{
    OfTarget& of = targets_.of(attempt.target);
    const Label target{"target", attempt.target};
    at_hand(of.in_flight, Metric::attempts_in_flight, {target}).add(-1);
    at_hand(of.attempts[static_cast<std::size_t>(attempt.what)], Metric::attempts,
            {target, {"class", spelling(attempt.what)}})
        .add();
    at_hand(decisions_[static_cast<std::size_t>(attempt.decision.kind)], Metric::decisions,
            {{"decision", spelling(attempt.decision.kind)}})
        .add();
    if (!attempt.after.empty()) {
        metrics_.add(Metric::failovers,
                     {{"from", attempt.after}, {"to", attempt.target}, {"class", spelling(attempt.after_what)}});
    }
    if (attempt.first_content)
        at_hand(of.first_token, Metric::provider_first_token, {target}).observe(*attempt.first_content);
    if (!attempt.answer.usage) return;
    at_hand(of.tokens_in, Metric::tokens, {target, {"direction", "input"}})
        .add(static_cast<double>(attempt.answer.usage->prompt_tokens));
    at_hand(of.tokens_out, Metric::tokens, {target, {"direction", "output"}})
        .add(static_cast<double>(attempt.answer.usage->completion_tokens));
}

void Counted::request_ended(const RequestRecord& request)
{
    at_hand(requests_in_flight_, Metric::requests_in_flight, {}).add(-1);
    OfModel& of = models_.of(request.model);
    const Label model{"model", request.model};
    AtHand& ended = of.requests.of(request.caller)[request.status];
    if (ended == nullptr) {
        const std::string code = std::to_string(request.status);
        ended = &metrics_.series(Metric::requests, {model, {"caller", request.caller}, {"code", code}});
    }
    ended->add();
    if (!request.model.empty()) {
        at_hand(of.duration, Metric::request_duration, {model}).observe(request.took);
        at_hand(added_latency_, Metric::added_latency, {}).observe(request.took - request.upstream - request.waited);
    }
    if (request.stream && request.first_content && request.status == 200)
        at_hand(of.first_token, Metric::first_token, {model}).observe(*request.first_content);
}

}  // namespace chaos::router
