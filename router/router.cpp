// Doors of the router: which request goes where, and what is refused at once.
#include "router/router.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "net/tls/dialer.hpp"
#include "router/error_response.hpp"
#include "router/relay.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::router {
namespace {

SurfacedError refusal(int status, std::string code, std::string message)
{
    SurfacedError error;
    error.status = status;
    error.type = "invalid_request_error";
    error.code = std::move(code);
    error.message = std::move(message);
    return error;
}

Redactor redactor_for(const std::vector<Target>& targets)
{
    std::vector<std::string> secrets;
    for (const Target& target : targets) secrets.push_back(target.api_key);
    return Redactor(std::move(secrets));
}

/// Members of a chain that are no targets are left out: the reader of the policy has complained about them.
std::map<std::string, std::vector<Link>> chains_of(const Policy& policy, const std::vector<Target>& targets)
{
    std::map<std::string, std::vector<Link>> chains;
    for (const auto& [alias, names] : policy.models) {
        std::vector<Link>& chain = chains[alias];
        for (const std::string& name : names) {
            for (std::size_t i = 0; i < targets.size(); ++i) {
                if (targets[i].name == name) chain.push_back({i, name, targets[i].context_window});
            }
        }
    }
    return chains;
}

net::http::ClientSettings client_on(net::Network& network)
{
    net::http::ClientSettings settings;
    settings.network = &network;
    return settings;
}

net::http::Response refuse_bytes(int status, std::string_view why)
{
    const std::string code = status == 413 || status == 431 ? "request_too_large" : "bad_request";
    return error_response(refusal(status, code, std::string(why)), Redactor());
}

net::http::ServerSettings server_settings()
{
    net::http::ServerSettings settings;
    settings.error_page = refuse_bytes;
    return settings;
}

}  // namespace

struct Router::State {
    State(net::Runtime& in, std::unique_ptr<net::Listener> listener, std::vector<Target> its_targets, Policy its_policy,
          net::Chance its_chance, Observer& its_observer)
        : runtime(in),
          targets(std::move(its_targets)),
          policy(std::move(its_policy)),
          chance(its_chance),
          chains(chains_of(policy, targets)),
          breakers(targets.size(), Breaker(policy.breaker)),
          redactor(redactor_for(targets)),
          dialer(in),
          client(in, client_on(dialer)),
          leftovers(in.executor()),
          shared{in, targets, policy, chains, breakers, client, redactor, its_observer, leftovers, waiting},
          server(in, std::move(listener), server_settings(),
                 [this](net::http::ServerExchange& exchange) { return handle(exchange); })
    {
        for (const Target& target : targets) {
            if (target.tls) dialer.secure(target.endpoint, target.tls);
        }
    }

    net::Task<void> handle(net::http::ServerExchange& exchange);
    net::Task<void> complete(net::http::ServerExchange& exchange);
    net::Task<void> refuse(net::http::ServerExchange& exchange, SurfacedError error, std::string_view allow = {});
    net::Task<void> list_models(net::http::ServerExchange& exchange);
    std::vector<std::string> aliases() const;
    bool ends_with_terminal_tool(std::string_view body) const;

    net::Runtime& runtime;
    std::vector<Target> targets;
    Policy policy;
    net::Chance chance;
    std::map<std::string, std::vector<Link>> chains;
    std::vector<Breaker> breakers;
    Redactor redactor;
    net::tls::Dialer dialer;
    net::http::Client client;
    net::TaskGroup leftovers;
    std::list<net::Condition*> waiting;
    Shared shared;
    FactsReader facts_reader;
    std::uint64_t requests = 0;
    net::http::Server server;
};

net::Task<void> Router::State::handle(net::http::ServerExchange& exchange)
{
    const net::http::RequestHead& head = exchange.request().head;
    const std::string_view path = net::http::path_of(head.target);
    if (path == "/v1/chat/completions") {
        if (head.method == "POST") {
            co_await complete(exchange);
        } else {
            co_await refuse(exchange, refusal(405, "method_not_allowed", "use POST for /v1/chat/completions"), "POST");
        }
    } else if (path == "/v1/models") {
        if (head.method == "GET") {
            co_await list_models(exchange);
        } else {
            co_await refuse(exchange, refusal(405, "method_not_allowed", "use GET for /v1/models"), "GET");
        }
    } else {
        const std::string message =
            fmt::format("there is no {}; there are POST /v1/chat/completions and GET /v1/models", path);
        co_await refuse(exchange, refusal(404, "unknown_url", message));
    }
}

net::Task<void> Router::State::complete(net::http::ServerExchange& exchange)
{
    RequestFacts facts;
    std::string problem;
    if (!facts_reader.read(exchange.request().body, facts, problem)) {
        co_await refuse(exchange, refusal(400, "invalid_request", problem));
        co_return;
    }
    if (facts.choices != 1) {
        co_await refuse(exchange,
                        refusal(400, "unsupported_parameter", "'n' other than 1 is not supported by this router"));
        co_return;
    }
    const auto chain = chains.find(facts.model);
    if (chain == chains.end() || chain->second.empty()) {
        co_await refuse(exchange, surface_unknown_model(facts.model, aliases()));
        co_return;
    }
    facts.after_terminal_tool = facts.last_is_tool_result && ends_with_terminal_tool(exchange.request().body);
    const std::uint64_t number = ++requests;
    Relay relay(shared, exchange, facts, "r" + std::to_string(number), chance.about(number));
    co_await relay.run();
}

net::Task<void> Router::State::refuse(net::http::ServerExchange& exchange, SurfacedError error, std::string_view allow)
{
    net::http::Response response = error_response(error, redactor);
    if (!allow.empty()) response.head.headers.add("allow", std::string(allow));
    const net::Error failed = co_await exchange.respond(std::move(response));
    if (failed) exchange.close(net::Close::reset);
}

net::Task<void> Router::State::list_models(net::http::ServerExchange& exchange)
{
    const auto created = std::chrono::floor<std::chrono::seconds>(runtime.wall().now()).time_since_epoch().count();
    net::http::Response response;
    response.head.headers.add("content-type", "application/json");
    response.body = wire::openai_chat::write_models(aliases(), created);
    const net::Error failed = co_await exchange.respond(std::move(response));
    if (failed) exchange.close(net::Close::reset);
}

bool Router::State::ends_with_terminal_tool(std::string_view body) const
{
    if (policy.terminal_tools.empty()) return false;
    const std::vector<std::string> answered = tools_answered_last(body);
    return std::any_of(answered.begin(), answered.end(), [this](const std::string& name) {
        return std::find(policy.terminal_tools.begin(), policy.terminal_tools.end(), name) !=
               policy.terminal_tools.end();
    });
}

std::vector<std::string> Router::State::aliases() const
{
    std::vector<std::string> names;
    for (const auto& [alias, chain] : chains) names.push_back(alias);
    return names;
}

Router::Router(net::Runtime& runtime, std::unique_ptr<net::Listener> listener, std::vector<Target> targets,
               Policy policy, net::Chance chance, Observer& observer)
    : state_(std::make_unique<State>(runtime, std::move(listener), std::move(targets), std::move(policy), chance,
                                     observer))
{
}

Router::~Router() = default;

net::Endpoint Router::endpoint() const
{
    return state_->server.endpoint();
}

net::Task<void> Router::serve()
{
    std::exception_ptr problem;
    try {
        co_await state_->server.serve();
    } catch (...) {
        problem = std::current_exception();
    }
    state_->leftovers.cancel();
    co_await state_->leftovers.join();
    state_->client.close_idle();
    if (problem) std::rethrow_exception(problem);
}

void Router::stop()
{
    state_->server.stop();
}

}  // namespace chaos::router
