// A plain proxy between two loops of one process.
#include "router/operation/owner.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "net/watchdog.hpp"
#include "router/reply_within.hpp"

namespace chaos::router {
namespace {

constexpr std::size_t longest_owner_answer = 64 * 1024 * 1024;
/// For a caller to take in one piece.
constexpr net::Duration owner_patience = std::chrono::seconds(60);

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

net::http::Response owner_unreachable(bool maybe_executed)
{
    net::http::Response response;
    response.head.status = 503;
    response.head.headers.add("content-type", "application/json");
    response.head.headers.add("retry-after", "1");
    if (maybe_executed) response.head.headers.add("x-chaos-maybe-executed", "true");
    response.body = R"({"error":{"message":"the router is stopping","type":"server_error","code":"stopping"}})";
    return response;
}

/// Tells when the caller has gone; not beyond its own end, however that comes.
class CallerWatch {
public:
    CallerWatch(net::http::ServerExchange& exchange, std::function<void()> gone) : exchange_(exchange)
    {
        exchange_.on_client_gone(std::move(gone));
    }
    ~CallerWatch() { exchange_.on_client_gone(nullptr); }
    CallerWatch(const CallerWatch&) = delete;
    CallerWatch& operator=(const CallerWatch&) = delete;

private:
    net::http::ServerExchange& exchange_;
};

/// One request on its way to the owner's loop and back.
class PassedRequest {
public:
    PassedRequest(net::http::ServerExchange& exchange, net::http::ClientExchange& upstream, net::Clock& clock)
        : exchange_(exchange),
          upstream_(upstream),
          clock_(clock),
          patience_(clock, [this] { exchange_.close(net::Close::reset); })
    {
    }

    net::Task<net::Error> pass_answer()
    {
        const auto head = co_await upstream_.head();
        if (!head) {
            await_caller();
            const net::Error refused = co_await exchange_.respond(owner_unreachable(may_have_effects()));
            co_return refused;
        }
        net::http::ResponseHead passed = **head;
        const bool whole = passed.headers.contains("content-length");
        passed.headers = to_pass_on(passed.headers);
        net::Error error;
        if (whole) {
            error = co_await respond_whole(std::move(passed));
        } else {
            error = co_await stream_on(std::move(passed));
        }
        co_return error;
    }

private:
    /// From here on until disarmed it is the caller's turn.
    void await_caller() { patience_.arm(clock_.now() + owner_patience); }

    /// With a key it is done once, however often it is sent.
    bool may_have_effects() const
    {
        const net::http::Request& request = exchange_.request();
        return !is_keyed(request) && request.head.method != "GET" && request.head.method != "HEAD";
    }

    net::Task<net::Error> respond_whole(net::http::ResponseHead head)
    {
        auto body = co_await upstream_.read_all(longest_owner_answer);
        if (!body) co_return body.error();
        net::http::Response response{std::move(head), std::move(*body)};
        await_caller();
        const net::Error error = co_await exchange_.respond(std::move(response));
        co_return error;
    }

    net::Task<net::Error> stream_on(net::http::ResponseHead head)
    {
        await_caller();
        net::Error error = co_await exchange_.start(std::move(head));
        while (!error) {
            patience_.disarm();
            auto piece = co_await upstream_.read_body();
            if (!piece) co_return piece.error();
            await_caller();
            if (piece->empty()) break;
            error = co_await exchange_.send(*piece);
        }
        if (!error) error = co_await exchange_.finish();
        co_return error;
    }

    net::http::ServerExchange& exchange_;
    net::http::ClientExchange& upstream_;
    net::Clock& clock_;
    net::Watchdog patience_;
};

}  // namespace

bool is_keyed(const net::http::Request& request)
{
    return request.head.method == "POST" && request.head.headers.contains("idempotency-key");
}

net::Task<void> pass_to_owner(net::http::ServerExchange& exchange, net::http::Client& client, net::Clock& clock,
                              net::Endpoint owner)
{
    net::http::Request request;
    request.head = exchange.request().head;
    request.head.headers = to_pass_on(request.head.headers);
    request.body = exchange.request().body;
    net::http::Client::Options options;
    net::http::OpenControl control;
    options.control = &control;
    options.fresh_connection = true;  // one that the owner has closed meanwhile would cost the request
    std::unique_ptr<net::http::ClientExchange> upstream;
    const CallerWatch watch(exchange, [&] { upstream ? upstream->abort() : control.abort(); });
    auto opened = co_await client.open(std::move(owner), std::move(request), options);
    net::Error error;
    if (opened) {
        upstream = std::move(*opened);
        PassedRequest passed(exchange, *upstream, clock);
        error = co_await passed.pass_answer();
    } else {
        net::http::Response refusal = owner_unreachable(false);
        co_await reply_within(short_answer_patience, exchange, clock, std::move(refusal));
    }
    if (error) exchange.close(net::Close::reset);
}

}  // namespace chaos::router
