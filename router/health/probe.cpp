// The words of probes, and the sense of what comes back.
#include "router/health/probe.hpp"

#include "router/apis/api.hpp"
#include "router/classify.hpp"
#include "router/memory/lessons.hpp"

namespace chaos::router {

std::vector<Probed> all_probed(const Policy& policy, const std::vector<Target>& targets, MemoryOfFailure& memory)
{
    std::vector<Probed> all;
    for (std::size_t target = 0; target < targets.size(); ++target) {
        const std::vector<std::string>& keys = targets[target].api_keys;
        if (keys.empty()) all.push_back({target, 0, memory.place(targets[target].name, 0, policy)});
        for (std::size_t key = 0; key < keys.size(); ++key)
            all.push_back({target, key, memory.place(targets[target].name, hash_of_key(keys[key]), policy)});
    }
    return all;
}

bool wants_probe(ProbePolicy::When when, const Standing& standing, net::Instant now)
{
    if (now < standing.resting_until || standing.state == Breaker::State::half_open) return false;
    return when == ProbePolicy::When::always || standing.state == Breaker::State::open;
}

namespace {

const Api& api_of_target(const Target& target)
{
    return api_of(protocol_of(target.dialect).value_or(Protocol::openai_chat));
}

std::string shortest_question(const Api& api, const std::string& model)
{
    wire::ChatRequest request;
    request.model = model;
    request.max_tokens = 1;
    request.messages.push_back(wire::message(wire::Role::user, "ping"));
    return api.write_request(request);
}

}  // namespace

net::http::Request probe_request(const Target& target, std::size_t key, ProbePolicy::How how)
{
    net::http::Request request;
    const Api& api = api_of_target(target);
    api.add_headers(request.head.headers, key < target.api_keys.size() ? target.api_keys[key] : std::string());
    request.head.headers.add("accept", "application/json");
    if (how == ProbePolicy::How::models) {
        request.head.target = api.models_target(target.base_path);
        return request;
    }
    request.head.method = "POST";
    request.head.target = api.target(target.base_path, target.model, false);
    request.head.headers.add("content-type", "application/json");
    request.body = shortest_question(api, target.model);
    return request;
}

Outcome read_probe(const net::http::Response& response, ProbePolicy::How how)
{
    const int status = response.head.status;
    Outcome outcome;
    outcome.status = status;
    if (status >= 200 && status <= 299) return outcome;
    outcome = classify_error_body(status, response.body);
    const bool no_such_list = status == 404 || status == 405 || status == 501;
    if (how == ProbePolicy::How::models && no_such_list) outcome.what = OutcomeClass::caller_fault;
    return outcome;
}

Charges worth_of_probe(const Permit& permit, const Outcome& outcome)
{
    const Charge charge = charge_of(outcome);
    if (charge == Charge::success && !permit.probe()) return {};
    return charges_for(outcome, charge);
}

}  // namespace chaos::router
