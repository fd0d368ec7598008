// Two pumps a connection; an end on one side is passed on to the other as what it was.
#include "net/faults/forwarder.hpp"

#include <boost/asio/error.hpp>
#include <exception>

namespace chaos::net::faults {
namespace {

constexpr std::size_t buffer_size = 16 * 1024;
constexpr std::size_t most_connections = 2'000;  // two pumps each
constexpr Duration connect_patience = std::chrono::seconds(30);
/// After an accept that failed for want of something that ending connections may bring back.
constexpr Duration accept_pause = std::chrono::milliseconds(50);

}  // namespace

Forwarder::Forwarder(Runtime& runtime, std::unique_ptr<Listener> listener, Endpoint upstream)
    : runtime_(runtime),
      listener_(std::move(listener)),
      link_(runtime.clock(), runtime.executor(), *listener_),
      upstream_(std::move(upstream)),
      connections_(runtime.executor())
{
}

Task<void> Forwarder::serve()
{
    std::exception_ptr trouble;  // a cancellation: the connections are joined all the same
    try {
        co_await accept_all();
    } catch (...) {
        trouble = std::current_exception();
    }
    connections_.cancel();
    co_await connections_.join();
    if (trouble) std::rethrow_exception(trouble);
}

Task<void> Forwarder::accept_all()
{
    while (!stopping_) {
        Result<StreamPtr> accepted = co_await listener_->accept();
        if (accepted) {
            const auto pair = std::make_shared<Pair>();
            pair->client = link_.wrap(std::move(*accepted));
            if (connections_.size() < 2 * most_connections) connections_.spawn(carry(pair));
        } else if (accepted.error() == asio::error::operation_aborted) {
            co_return;
        } else {
            co_await sleep_for(runtime_.clock(), accept_pause);
        }
    }
}

void Forwarder::stop()
{
    stopping_ = true;
    listener_->close();
    connections_.cancel();
}

Task<void> Forwarder::carry(std::shared_ptr<Pair> pair)
{
    auto connected = co_await runtime_.network().connect(upstream_, runtime_.clock().now() + connect_patience);
    if (!connected) {
        pair->client->close(Close::fin);
        co_return;
    }
    pair->upstream = std::move(*connected);
    connections_.spawn(pump_down(pair));
    co_await pump(*pair->client, *pair->upstream);
}

Task<void> Forwarder::pump_down(std::shared_ptr<Pair> pair)
{
    co_await pump(*pair->upstream, *pair->client);
}

Task<void> Forwarder::pump(Stream& from, Stream& to)
{
    std::string buffer(buffer_size, '\0');
    while (true) {
        const Result<std::size_t> count = co_await from.read_some(buffer);
        if (!count) {
            to.close(count.error() == asio::error::operation_aborted ? Close::fin : Close::reset);
            co_return;
        }
        if (*count == 0) {
            to.shutdown_write();
            co_return;
        }
        const Error error = co_await to.write(std::string_view(buffer).substr(0, *count));
        if (error) {
            from.close(error == asio::error::operation_aborted ? Close::fin : Close::reset);
            co_return;
        }
    }
}

}  // namespace chaos::net::faults
