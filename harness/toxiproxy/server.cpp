// The API behind an HTTP server of the mocks' own loop, so that each change is done when it is answered.
#include "harness/toxiproxy/server.hpp"

#include <fmt/format.h>

#include <system_error>

#include "harness/toxiproxy/api.hpp"
#include "harness/toxiproxy/gates.hpp"
#include "net/http/server.hpp"
#include "net/task_group.hpp"

namespace chaos::harness::toxiproxy {
namespace {

std::unique_ptr<net::Listener> listen(net::Runtime& runtime, std::uint16_t port)
{
    auto listener = runtime.network().listen({"127.0.0.1", port});
    if (listener) return std::move(*listener);
    throw std::system_error(listener.error(), fmt::format("Toxiproxy's API cannot listen on port {}", port));
}

net::http::ServerSettings settings()
{
    net::http::ServerSettings settings;
    settings.limits.body_bytes = 1024 * 1024;
    settings.limits.connections = 100;
    return settings;
}

Request request_of(const net::http::Request& http)
{
    Request request;
    request.method = http.head.method;
    request.path = net::http::path_of(http.head.target);
    request.body = http.body;
    request.user_agent = http.head.headers.find("user-agent").value_or("");
    request.from_page = http.head.headers.contains("origin");
    return request;
}

}  // namespace

struct Server::State {
    State(std::uint16_t port, net::Runtime& runtime, Mocks& mocks, std::uint64_t seed)
        : forwarders(runtime.executor()),
          proxies(net::Chance(seed).about("toxiproxy"), [this, &runtime] { return forwarder_gate(runtime, forwarders); }),
          server(runtime, listen(runtime, port), settings(),
                 [this](net::http::ServerExchange& exchange) { return handle(exchange); })
    {
        for (const auto& provider : mocks.providers()) {
            proxies.add_fixed(provider->spec().name, net::to_string(provider->endpoint()), provider_gate(*provider));
        }
    }

    net::Task<void> handle(net::http::ServerExchange& exchange)
    {
        Answer said = answer(proxies, request_of(exchange.request()));
        net::http::Response response;
        response.head.status = said.status;
        response.head.headers.add("content-type", said.content_type);
        response.body = std::move(said.body);
        const net::Error ignored = co_await exchange.respond(std::move(response));
        static_cast<void>(ignored);  // what was asked for is done, whether or not the client hears of it
    }

    net::TaskGroup forwarders;
    Proxies proxies;
    net::http::Server server;
};

Server::Server(std::uint16_t port, net::Runtime& runtime, Mocks& mocks, std::uint64_t seed)
    : state_(std::make_unique<State>(port, runtime, mocks, seed))
{
}

Server::~Server() = default;

net::Endpoint Server::endpoint() const
{
    return state_->server.endpoint();
}

net::Task<void> Server::serve()
{
    std::exception_ptr trouble;  // a cancellation: the forwarders are joined all the same
    try {
        co_await state_->server.serve();
    } catch (...) {
        trouble = std::current_exception();
    }
    state_->forwarders.cancel();
    co_await state_->forwarders.join();
    if (trouble) std::rethrow_exception(trouble);
}

void Server::stop()
{
    state_->server.stop();
}

}  // namespace chaos::harness::toxiproxy
