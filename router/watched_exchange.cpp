// Passing everything on, and remembering what was said.
#include "router/watched_exchange.hpp"

namespace chaos::router {

void WatchedExchange::answer_with(net::http::ResponseHead& head)
{
    status_ = head.status;
    head.headers.set("x-request-id", id_);
}

net::Task<net::Error> WatchedExchange::respond(net::http::Response response)
{
    answer_with(response.head);
    first_byte_ = clock_.now();
    const net::Error error = co_await inner_.respond(std::move(response));
    whole_ = !error;
    co_return error;
}

net::Task<net::Error> WatchedExchange::start(net::http::ResponseHead head)
{
    answer_with(head);
    const net::Error error = co_await inner_.start(std::move(head));
    co_return error;
}

net::Task<net::Error> WatchedExchange::send(std::string_view bytes)
{
    if (!first_byte_ && !bytes.empty()) first_byte_ = clock_.now();
    return inner_.send(bytes);
}

net::Task<net::Error> WatchedExchange::finish()
{
    const net::Error error = co_await inner_.finish();
    whole_ = !error;
    co_return error;
}

}  // namespace chaos::router
