// A stream over a TCP socket: non-blocking system calls, and the kernel's word when to try again.
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/error.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cerrno>
#include <chrono>

#include "net/real/readiness.hpp"
#include "net/real/sockets.hpp"
#include "net/waiter.hpp"

namespace chaos::net::real {
namespace {

constexpr std::chrono::microseconds first_drain_poll{100};
constexpr std::chrono::microseconds longest_drain_poll{5'000};

/// What one system call made of it.
struct Moved {
    std::size_t bytes = 0;
    bool must_wait = false;
    Error error;
};

template <class Call>
Moved move_bytes(Call call)
{
    for (;;) {
        const ssize_t count = call();
        if (count >= 0) return {static_cast<std::size_t>(count), false, {}};
        if (errno == EAGAIN || errno == EWOULDBLOCK) return {0, true, {}};
        if (errno != EINTR) return {0, false, Error(errno, boost::system::system_category())};
    }
}

/// Everything of a stream that its pending operations need; they may outlive the stream. All of them are of one loop,
/// so that they are counted without a thread's caution.
struct SocketState final : boost::intrusive_ref_counter<SocketState, boost::thread_unsafe_counter>, Readiness::Watcher {
    using Alive = boost::intrusive_ptr<SocketState>;
    using DrainTimer =
        asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

    explicit SocketState(Socket taken);

    Task<Wake> readable();
    Task<Result<std::size_t>> read_some(std::span<char> into);
    Task<Result<std::size_t>> read_later(std::span<char> into);
    Task<Error> write(std::string_view bytes);
    Task<void> drained();
    void shutdown_write();
    void close(Close how);
    void cancel();

    void on_ready(bool read, bool write, bool ended) override;
    Error broke(const Error& error);
    Moved receive(std::span<char> into);
    std::optional<Result<std::size_t>> read_now(std::span<char> into);
    bool has_something() const;
    bool all_acknowledged() const;

    Readiness& readiness;
    const int socket;
    Waiter reader{"read"};
    RareWaiter writer;
    /// Of a drained(), which few connections ever see.
    struct Drain {
        explicit Drain(const Executor& executor) : timer(executor) {}
        Waiter waiter{"drained"};
        DrainTimer timer;
    };
    std::unique_ptr<Drain> drain;
    bool may_read = false;  ///< the kernel said so, and no read has found the end of what was there since
    bool peer_ended = false;
    bool closed = false;
    /// The kernel reports a reset once; we go on reporting it.
    Error broken;
};

SocketState::SocketState(Socket taken) : readiness(Readiness::of(taken.get_executor())), socket(taken.release())
{
    broken = readiness.watch(socket, *this);
}

void SocketState::on_ready(bool read, bool write, bool ended)
{
    peer_ended |= ended;
    may_read |= read;
    if (read) reader.wake(Wake::notified);
    if (write) writer.wake(Wake::notified);
}

/// Remembers what ended the connection. broken_pipe does not: after it, what arrived can still be read.
Error SocketState::broke(const Error& error)
{
    if (broken) return broken;
    if (error != asio::error::broken_pipe) broken = error;
    return error;
}

Task<Wake> SocketState::readable()
{
    const Alive alive(this);
    Wake wake = Wake::notified;
    while (wake == Wake::notified && !may_read && !closed && !broken) wake = co_await reader.wait();
    co_return wake;
}

bool SocketState::has_something() const
{
    pollfd look{socket, POLLIN, 0};
    return poll(&look, 1, 0) != 0;
}

/// Who gets less than asked for has all there is, and a new edge tells of more; who gets as much must look, or would
/// hold a buffer for nothing. The end of a connection has no edge of its own once it was told of.
Moved SocketState::receive(std::span<char> into)
{
    const Moved moved = move_bytes([&] { return recv(socket, into.data(), into.size(), MSG_DONTWAIT); });
    const bool took_all = moved.must_wait || moved.bytes < into.size();
    may_read = peer_ended || (!took_all && has_something());
    return moved;
}

/// Nothing if it has to wait.
std::optional<Result<std::size_t>> SocketState::read_now(std::span<char> into)
{
    if (closed) return aborted();
    const Moved moved = receive(into);
    if (moved.error) return broke(moved.error);
    if (moved.bytes == 0 && broken) return broken;
    if (moved.must_wait) return std::nullopt;
    return moved.bytes;
}

Task<Result<std::size_t>> SocketState::read_some(std::span<char> into)
{
    const std::optional<Result<std::size_t>> read = read_now(into);
    return read ? Task<Result<std::size_t>>::done(*read) : read_later(into);
}

Task<Result<std::size_t>> SocketState::read_later(std::span<char> into)
{
    const Alive alive(this);
    for (;;) {
        const Wake wake = co_await reader.wait();
        if (wake == Wake::aborted) co_return aborted();
        const std::optional<Result<std::size_t>> read = read_now(into);
        if (read) co_return *read;
    }
}

/// Once the other tasks of this turn have been resumed: sends in a row wake a peer on this machine once, and what they
/// need of the kernel's code stays in the processor's caches.
Task<Error> SocketState::write(std::string_view bytes)
{
    const Alive alive(this);
    co_await turn_end();
    for (;;) {
        if (closed) co_return aborted();
        if (broken) co_return broken;
        if (bytes.empty()) co_return Error{};
        const Moved moved =
            move_bytes([&] { return send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL); });
        if (moved.error) co_return broke(moved.error);
        bytes.remove_prefix(moved.bytes);
        if (!moved.must_wait) continue;
        const Wake wake = co_await writer.wait("write");
        if (wake == Wake::aborted) co_return aborted();
    }
}

/// The kernel does not tell when the peer has acknowledged everything; it must be asked.
Task<void> SocketState::drained()
{
    const Alive alive(this);
    auto pause = first_drain_poll;
    if (!drain) drain = std::make_unique<Drain>(readiness.executor());
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

bool SocketState::all_acknowledged() const
{
    tcp_info info{};
    socklen_t size = sizeof info;
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || info.tcpi_state == TCP_CLOSE) return true;
    int unacknowledged = 0;
    return ioctl(socket, SIOCOUTQ, &unacknowledged) != 0 || unacknowledged == 0;
}

void SocketState::shutdown_write()
{
    if (closed) return;
    shutdown(socket, SHUT_WR);  // refused when the peer is gone already
    writer.wake(Wake::notified);
}

void SocketState::close(Close how)
{
    if (std::exchange(closed, true)) return;
    const linger at_once{1, 0};
    if (how == Close::reset) setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(socket);
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
    explicit SocketStream(Socket socket) : state_(std::make_unique<SocketState>(std::move(socket)).release()) {}
    ~SocketStream() override { state_->close(Close::fin); }

    Task<Wake> readable() override { return state_->readable(); }
    Task<Result<std::size_t>> read_some(std::span<char> into) override { return state_->read_some(into); }
    Task<Error> write(std::string_view bytes) override { return state_->write(bytes); }
    Task<void> drained() override { return state_->drained(); }
    void close(Close how) override { state_->close(how); }
    void cancel() override { state_->cancel(); }
    void cancel_read() override { state_->reader.wake(Wake::aborted); }

    void shutdown_write() override { state_->shutdown_write(); }

private:
    const SocketState::Alive state_;
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
