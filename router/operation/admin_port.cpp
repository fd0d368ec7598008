// The one file of the router that names cpp-httplib.
#include "router/operation/admin_port.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <chrono>
#include <future>
#include <system_error>

#include "net/json.hpp"

namespace chaos::router {
namespace {

void say(httplib::Response& response, int status, const std::string& body, const char* type = "application/json")
{
    response.status = status;
    response.set_content(body, type);
}

std::string admin_error(std::string_view text)
{
    std::string body = R"({"error":)";
    net::append_json_string(body, text);
    return body + "}\n";
}

}  // namespace

struct AdminPort::State {
    explicit State(AdminSource its_source) : source(std::move(its_source))
    {
        server.set_payload_max_length(1024);
        // Its own choice, SO_REUSEPORT, would let two routers share one admin port unnoticed.
        server.set_socket_options([](socket_t socket) {
            const int yes = 1;
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        });
        server.set_keep_alive_timeout(5);
        server.set_read_timeout(5);
        server.set_write_timeout(5);
        server.set_pre_routing_handler([this](const auto& request, auto& response) {
            if (request.has_header("Origin")) {
                say(response, 403, admin_error("not for pages in a browser"));
            } else if (request.method == "POST" && request.path == "/reload") {
                reload(response);  // here, since cpp-httplib refuses a POST without a body, which `curl -X POST` sends
            } else if (request.path == "/queue" || request.path.starts_with("/queue/")) {
                queue(request, response);
            } else {
                return httplib::Server::HandlerResponse::Unhandled;
            }
            return httplib::Server::HandlerResponse::Handled;
        });
        server.Get("/healthz", [this](const auto&, auto& response) {
            const bool well = source.healthy();
            say(response, well ? 200 : 503,
                well ? "{\"status\":\"ok\"}\n" : admin_error("an event loop does not answer"));
        });
        server.Get("/readyz", [this](const auto&, auto& response) {
            const bool ready = source.ready();
            say(response, ready ? 200 : 503,
                ready ? "{\"status\":\"ready\"}\n" : admin_error("the router is draining"));
        });
        server.Get("/metrics", [this](const auto&, auto& response) {
            say(response, 200, source.metrics(), "text/plain; version=0.0.4; charset=utf-8");
        });
        server.Get(R"(/explain/([^/]+))", [this](const auto& request, auto& response) {
            const auto found = source.explain(request.matches[1]);
            say(response, found ? 200 : 404, found ? *found : admin_error("no such request is kept"));
        });
        server.set_exception_handler([](const auto&, auto& response, std::exception_ptr) {
            say(response, 503, admin_error("the router is stopping"));
        });
        server.set_error_handler([](const auto& request, auto& response) {
            if (!response.body.empty()) return;
            say(response, response.status,
                admin_error(fmt::format("{} {} is not known here", request.method, request.path)));
        });
    }

    void reload(httplib::Response& response)
    {
        const std::string complaints = source.reload();
        if (complaints.empty()) {
            response.status = 204;
            return;
        }
        std::string body = R"({"error":"the configuration cannot be used; the last good one stays","complaints":[)";
        std::string_view rest = complaints;
        while (!rest.empty()) {
            const auto end = std::min(rest.find('\n'), rest.size());
            if (body.back() != '[') body += ',';
            net::append_json_string(body, rest.substr(0, end));
            rest.remove_prefix(std::min(rest.size(), end + 1));
        }
        say(response, 422, body + "]}\n");
    }

    void queue(const httplib::Request& request, httplib::Response& response)
    {
        try {
            const net::http::Response told = source.queue(request.method, request.target);
            say(response, told.head.status, told.body);
        } catch (const std::runtime_error& problem) {
            say(response, 503, admin_error(problem.what()));
        }
    }

    AdminSource source;
    net::Endpoint endpoint;
    std::promise<void> served;
    httplib::Server server;
};

AdminPort::AdminPort(const net::Endpoint& at, AdminSource source) : state_(std::make_unique<State>(std::move(source)))
{
    state_->endpoint = at;
    const int bound = at.port == 0                                    ? state_->server.bind_to_any_port(at.host)
                      : state_->server.bind_to_port(at.host, at.port) ? at.port
                                                                      : -1;
    if (bound < 0) {
        throw std::system_error(std::make_error_code(std::errc::address_in_use),
                                fmt::format("the admin port cannot listen on {}", net::to_string(at)));
    }
    state_->endpoint.port = static_cast<std::uint16_t>(bound);
}

AdminPort::~AdminPort() = default;

net::Endpoint AdminPort::endpoint() const
{
    return state_->endpoint;
}

void AdminPort::serve()
{
    state_->server.listen_after_bind();
    state_->served.set_value();
}

void AdminPort::stop()
{
    // A server that has not begun to listen does not hear of it the first time.
    const auto served = state_->served.get_future();
    do {
        state_->server.stop();
    } while (served.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready);
}

}  // namespace chaos::router
