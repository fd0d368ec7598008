// TLS streams, for their owners.
#include "net/tls/stream.hpp"

#include <boost/asio/error.hpp>

#include "net/tls/connection.hpp"
#include "net/tls/error.hpp"
#include "net/watchdog.hpp"

namespace chaos::net::tls {
namespace {

/// Operations hold the connection itself: they outlive this.
class TlsStream final : public Stream {
public:
    explicit TlsStream(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
    ~TlsStream() override { connection_->close(Close::fin); }

    Task<Result<std::size_t>> read_some(std::span<char> into) override { return connection_->read_some(into); }
    Task<Error> write(std::string_view bytes) override { return connection_->write(bytes); }
    Task<void> drained() override { return connection_->drained(); }
    void shutdown_write() override { connection_->shutdown_write(); }
    void close(Close how) override { connection_->close(how); }
    void cancel() override { connection_->cancel(); }
    void cancel_read() override { connection_->cancel_read(); }

private:
    std::shared_ptr<Connection> connection_;
};

}  // namespace

StreamPtr serve(Runtime& runtime, StreamPtr wire, Context context, std::function<void(const Handshake&)> on_handshake)
{
    return std::make_unique<TlsStream>(std::make_shared<Connection>(
        runtime, std::move(wire), std::make_unique<Engine>(std::move(context)), std::move(on_handshake)));
}

Task<Result<StreamPtr>> connect(Runtime& runtime, StreamPtr wire, Context context, std::string host, Instant deadline)
{
    auto engine = std::make_unique<Engine>(std::move(context), host, runtime.wall().now());
    const auto connection = std::make_shared<Connection>(runtime, std::move(wire), std::move(engine), nullptr);
    Watchdog patience(runtime.clock(), [&connection] { connection->cancel(); });
    patience.arm(deadline);
    const Error error = co_await connection->establish();
    if (error) {
        connection->close(is_tls(error) ? Close::fin : Close::reset);  // an alert of ours is to arrive
        co_return patience.expired() ? Error(asio::error::timed_out) : error;
    }
    co_return std::make_unique<TlsStream>(connection);
}

}  // namespace chaos::net::tls
