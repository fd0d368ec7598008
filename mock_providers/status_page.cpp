// The shell: GET requests in, the page as it stands now out.
#include "mock_providers/status_page.hpp"

#include <fmt/format.h>

#include <optional>
#include <system_error>

#include "mock_providers/patience.hpp"
#include "mock_providers/status_page_words.hpp"
#include "net/http/server.hpp"

namespace chaos::mock_providers {

namespace {

std::unique_ptr<net::Listener> listen_as_status_page(net::Runtime& runtime, std::uint16_t port)
{
    net::Endpoint at;
    at.port = port;
    auto listener = runtime.network().listen(at);
    if (!listener) {
        throw std::system_error(listener.error(), fmt::format("the status page cannot listen on port {}", port));
    }
    return std::move(*listener);
}

net::http::Response page(int status, std::string_view type, std::string body)
{
    net::http::Response response;
    response.head.status = status;
    response.head.headers.add("content-type", type);
    response.head.headers.add("access-control-allow-origin", "*");
    response.head.headers.add("cache-control", "max-age=0, private, must-revalidate");
    response.body = std::move(body);
    return response;
}

net::http::Response error_page(int status)
{
    return page(status, "text/html; charset=utf-8",
                fmt::format("<html><head><title>{0} {1}</title></head><body><h1>{0} {1}</h1></body></html>\n", status,
                            net::http::standard_reason(status)));
}

}  // namespace

struct StatusPage::State {
    State(net::Runtime& runtime_, StatusPageSpec spec_, std::vector<std::string> providers)
        : runtime(runtime_),
          spec(std::move(spec_)),
          components(std::move(providers)),
          civil_zero(runtime.wall().now()),
          server(runtime, listen_as_status_page(runtime, spec.port), {},
                 [this](net::http::ServerExchange& exchange) { return handle(exchange); })
    {
    }

    /// Since clock zero; before it, a moment at which nothing has happened yet.
    net::Duration now() const { return zero ? runtime.clock().now() - *zero : net::Duration(-1); }

    net::Task<void> handle(net::http::ServerExchange& exchange)
    {
        if (const StatusPageEntry* failure = failure_at(spec, now())) {
            const bool goes_on = co_await fail(exchange, *failure);
            if (!goes_on) {
                co_return;
            }
        }
        net::http::Response response = answer(exchange.request().head);
        const net::Error ignored = co_await exchange.respond(std::move(response));
        static_cast<void>(ignored);  // a client that is gone needs no page
    }

    /// True if the page answers after all.
    net::Task<bool> fail(net::http::ServerExchange& exchange, const StatusPageEntry& failure)
    {
        if (failure.failure == PageFailure::reset) {
            exchange.close(net::Close::reset);
            co_return false;
        }
        if (failure.failure == PageFailure::hang) {
            Patience patience(runtime, exchange);
            const bool over = co_await patience.until(failure.until ? *zero + *failure.until : net::never);
            co_return over;
        }
        net::http::Response response = error_page(failure.code);
        const net::Error ignored = co_await exchange.respond(std::move(response));
        static_cast<void>(ignored);
        co_return false;
    }

    net::http::Response answer(const net::http::RequestHead& head) const
    {
        const PageMoment moment{spec, components, "http://" + net::to_string(server.endpoint()), civil_zero, now()};
        std::string body = status_page_body(moment, net::http::path_of(head.target));
        if (body.empty()) {
            return error_page(404);
        }
        if (head.method != "GET") {
            net::http::Response refusal = error_page(405);
            refusal.head.headers.add("allow", "GET");
            return refusal;
        }
        return page(200, "application/json; charset=utf-8", std::move(body));
    }

    net::Runtime& runtime;
    StatusPageSpec spec;
    std::vector<std::string> components;
    std::optional<net::Instant> zero;
    net::WallTime civil_zero;  ///< at that moment; before it, when the page was put up
    net::http::Server server;
};

StatusPage::StatusPage(net::Runtime& runtime, StatusPageSpec spec, std::vector<std::string> providers)
    : state_(std::make_unique<State>(runtime, std::move(spec), std::move(providers)))
{
}

StatusPage::~StatusPage() = default;

net::Endpoint StatusPage::endpoint() const
{
    return state_->server.endpoint();
}

net::Task<void> StatusPage::serve()
{
    co_await state_->server.serve();
}

void StatusPage::start_clock(net::Instant zero)
{
    state_->zero = zero;
    state_->civil_zero = state_->runtime.wall().now() - (state_->runtime.clock().now() - zero);
}

void StatusPage::stop()
{
    state_->server.stop();
}

}  // namespace chaos::mock_providers
