// A stream over a TCP socket: non-blocking system calls, and the reactor only to learn when to try again.
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <chrono>

#include "net/real/sockets.hpp"
#include "net/waiter.hpp"

namespace chaos::net::real {
namespace {

constexpr std::chrono::microseconds first_drain_poll{100};
constexpr std::chrono::microseconds longest_drain_poll{5'000};

bool must_wait(const Error& error)
{
    return error == asio::error::would_block || error == asio::error::try_again;
}

/// Everything of a stream that its pending operations need; they may outlive the stream.
struct SocketState final : std::enable_shared_from_this<SocketState> {
    using DrainTimer =
        asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

    explicit SocketState(Socket s) : socket(std::move(s)), reader("read") {}

    Task<Wake> readable();
    Task<Result<std::size_t>> read_some(std::span<char> into);
    Task<Error> write(std::string_view bytes);
    Task<void> drained();
    void close(Close how);
    void cancel();

    Error broke(const Error& error);
    template <class AnyWaiter>
    void wake_when(Socket::wait_type ready, AnyWaiter& waiter, bool& watched);
    bool has_something();
    bool all_acknowledged();

    Socket socket;
    Waiter reader;
    RareWaiter writer;
    /// Of a drained(), which few connections ever see.
    struct Drain {
        explicit Drain(const Executor& executor) : waiter("drained"), timer(executor) {}
        Waiter waiter;
        DrainTimer timer;
    };
    std::unique_ptr<Drain> drain;
    bool watching_reads = false;
    bool watching_writes = false;
    bool closed = false;
    /// The kernel reports a reset once; we go on reporting it.
    Error broken;
};

/// Remembers what ended the connection. broken_pipe does not: after it, what arrived can still be read.
Error SocketState::broke(const Error& error)
{
    if (broken) return broken;
    if (error != asio::error::broken_pipe) broken = error;
    return error;
}

template <class AnyWaiter>
void SocketState::wake_when(Socket::wait_type ready, AnyWaiter& waiter, bool& watched)
{
    if (std::exchange(watched, true)) return;
    socket.async_wait(ready, [alive = shared_from_this(), &waiter, &watched](Error) {
        watched = false;
        waiter.wake(Wake::notified);
    });
}

/// What is there already is told at once: the reactor looks when it is asked to watch. But it may also remember what
/// has been read since, as it does of most connections' first bytes, and whoever believed that would hold a buffer for
/// nothing.
Task<Wake> SocketState::readable()
{
    const auto alive = shared_from_this();
    bool ready = closed || broken;
    Wake wake = Wake::notified;
    while (!ready && wake == Wake::notified) {
        wake_when(Socket::wait_read, reader, watching_reads);
        wake = co_await reader.wait();
        ready = closed || has_something();
    }
    co_return wake;
}

bool SocketState::has_something()
{
    pollfd look{socket.native_handle(), POLLIN, 0};
    return poll(&look, 1, 0) != 0;
}

Task<Result<std::size_t>> SocketState::read_some(std::span<char> into)
{
    const auto alive = shared_from_this();
    for (;;) {
        if (closed) co_return aborted();
        Error error;
        const std::size_t count = socket.read_some(asio::buffer(into.data(), into.size()), error);
        if (!error) co_return count;
        if (error == asio::error::eof && !broken) co_return std::size_t{0};
        if (!must_wait(error)) co_return broke(error);
        wake_when(Socket::wait_read, reader, watching_reads);
        const Wake wake = co_await reader.wait();
        if (wake == Wake::aborted) co_return aborted();
    }
}

Task<Error> SocketState::write(std::string_view bytes)
{
    const auto alive = shared_from_this();
    for (;;) {
        if (closed) co_return aborted();
        if (broken) co_return broken;
        if (bytes.empty()) co_return Error{};
        Error error;
        bytes.remove_prefix(socket.write_some(asio::buffer(bytes.data(), bytes.size()), error));
        if (!error) continue;
        if (!must_wait(error)) co_return broke(error);
        wake_when(Socket::wait_write, writer, watching_writes);
        const Wake wake = co_await writer.wait("write");
        if (wake == Wake::aborted) co_return aborted();
    }
}

/// The kernel does not tell when the peer has acknowledged everything; it must be asked.
Task<void> SocketState::drained()
{
    const auto alive = shared_from_this();
    auto pause = first_drain_poll;
    if (!drain) drain = std::make_unique<Drain>(socket.get_executor());
    while (!closed && !broken && !all_acknowledged()) {
        drain->timer.expires_after(pause);
        drain->timer.async_wait([alive](Error error) {
            if (!error) alive->drain->waiter.wake(Wake::notified);
        });
        pause = std::min(2 * pause, longest_drain_poll);
        const Wake wake = co_await drain->waiter.wait();
        if (wake == Wake::aborted) co_return;
    }
}

bool SocketState::all_acknowledged()
{
    tcp_info info{};
    socklen_t size = sizeof info;
    const int handle = socket.native_handle();
    if (getsockopt(handle, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || info.tcpi_state == TCP_CLOSE) return true;
    int unacknowledged = 0;
    return ioctl(handle, SIOCOUTQ, &unacknowledged) != 0 || unacknowledged == 0;
}

void SocketState::close(Close how)
{
    if (std::exchange(closed, true)) return;
    close_socket(socket, how);
    cancel();
}

void SocketState::cancel()
{
    reader.wake(Wake::aborted);
    writer.wake(Wake::aborted);
    if (drain) drain->waiter.wake(Wake::aborted);
}

class SocketStream final : public Stream {
public:
    explicit SocketStream(Socket socket) : state_(std::make_shared<SocketState>(std::move(socket))) {}
    ~SocketStream() override { state_->close(Close::fin); }

    Task<Wake> readable() override { return state_->readable(); }
    Task<Result<std::size_t>> read_some(std::span<char> into) override { return state_->read_some(into); }
    Task<Error> write(std::string_view bytes) override { return state_->write(bytes); }
    Task<void> drained() override { return state_->drained(); }
    void close(Close how) override { state_->close(how); }
    void cancel() override { state_->cancel(); }
    void cancel_read() override { state_->reader.wake(Wake::aborted); }

    void shutdown_write() override
    {
        Error ignored;  // the peer may be gone already
        state_->socket.shutdown(Socket::shutdown_send, ignored);
        state_->writer.wake(Wake::notified);
    }

private:
    std::shared_ptr<SocketState> state_;
};

}  // namespace

StreamPtr make_stream(Socket socket)
{
    return std::make_unique<SocketStream>(std::move(socket));
}

void prepare(Socket& socket)
{
    Error ignored;  // both are refused only when the peer has reset the connection already
    socket.non_blocking(true, ignored);
    socket.set_option(Tcp::no_delay(true), ignored);
}

void close_socket(Socket& socket, Close how)
{
    Error ignored;
    if (how == Close::reset) socket.set_option(Socket::linger(true, 0), ignored);
    socket.close(ignored);
}

std::optional<asio::ip::address> numeric_address(const std::string& host)
{
    if (host == "localhost") return asio::ip::address_v4::loopback();
    Error error;
    const asio::ip::address address = asio::ip::make_address(host, error);
    return error ? std::nullopt : std::optional(address);
}

}  // namespace chaos::net::real
