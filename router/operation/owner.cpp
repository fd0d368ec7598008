// A plain proxy between two loops of one process.
#include "router/operation/owner.hpp"

#include <algorithm>
#include <array>

namespace chaos::router {
namespace {

constexpr std::size_t longest_owner_answer = 64 * 1024 * 1024;

/// What is about the one connection alone (RFC 9110, 7.6.1), or is written anew.
constexpr std::array<std::string_view, 6> of_one_connection{"connection", "keep-alive",        "host",
                                                            "expect",     "transfer-encoding", "content-length"};

net::http::Headers to_pass_on(const net::http::Headers& headers)
{
    net::http::Headers kept;
    for (const net::http::Header& header : headers) {
        const bool drop = std::any_of(of_one_connection.begin(), of_one_connection.end(),
                                      [&](std::string_view name) { return net::http::same_name(name, header.name); });
        if (!drop) kept.add(header.name, header.value);
    }
    return kept;
}

net::http::Response owner_unreachable()
{
    net::http::Response response;
    response.head.status = 503;
    response.head.headers.add("content-type", "application/json");
    response.head.headers.add("retry-after", "1");
    response.body = R"({"error":{"message":"the router is stopping","type":"server_error","code":"stopping"}})";
    return response;
}

net::Task<net::Error> stream_on(net::http::ServerExchange& exchange, net::http::ClientExchange& upstream,
                                net::http::ResponseHead head)
{
    net::Error error = co_await exchange.start(std::move(head));
    while (!error) {
        auto piece = co_await upstream.read_body();
        if (!piece) co_return piece.error();
        if (piece->empty()) break;
        error = co_await exchange.send(*piece);
    }
    if (!error) error = co_await exchange.finish();
    co_return error;
}

net::Task<net::Error> pass_answer(net::http::ServerExchange& exchange, net::http::ClientExchange& upstream)
{
    const auto head = co_await upstream.head();
    if (!head) co_return head.error();
    net::http::ResponseHead passed = **head;
    const bool whole = passed.headers.contains("content-length");
    passed.headers = to_pass_on(passed.headers);
    net::Error error;
    if (whole) {
        auto body = co_await upstream.read_all(longest_owner_answer);
        if (!body) co_return body.error();
        net::http::Response response{std::move(passed), std::move(*body)};
        error = co_await exchange.respond(std::move(response));
    } else {
        error = co_await stream_on(exchange, upstream, std::move(passed));
    }
    co_return error;
}

}  // namespace

bool is_keyed(const net::http::Request& request)
{
    return request.head.method == "POST" && request.head.headers.contains("idempotency-key");
}

net::Task<void> pass_to_owner(net::http::ServerExchange& exchange, net::http::Client& client, net::Endpoint owner)
{
    net::http::Request request;
    request.head = exchange.request().head;
    request.head.headers = to_pass_on(request.head.headers);
    request.body = exchange.request().body;
    net::http::Client::Options options;
    net::http::OpenControl control;
    options.control = &control;
    std::unique_ptr<net::http::ClientExchange> upstream;
    exchange.on_client_gone([&] { upstream ? upstream->abort() : control.abort(); });
    auto opened = co_await client.open(std::move(owner), std::move(request), options);
    net::Error error;
    if (opened) {
        upstream = std::move(*opened);
        error = co_await pass_answer(exchange, *upstream);
    } else {
        error = co_await exchange.respond(owner_unreachable());
    }
    exchange.on_client_gone(nullptr);
    if (error) exchange.close(net::Close::reset);
}

}  // namespace chaos::router
