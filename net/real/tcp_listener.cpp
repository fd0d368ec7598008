// Listening sockets, and the three ways they can treat a connect.
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <list>
#include <set>

#include "net/condition.hpp"
#include "net/real/sockets.hpp"
#include "net/real/syn_table.hpp"
#include "net/real/tcp_network.hpp"

namespace chaos::net::real {
namespace {

constexpr Duration contact_poll = std::chrono::milliseconds(100);
/// How long a connect on this machine may take before it counts as unanswered; the next SYN would go out after a
/// second.
constexpr Duration probe_patience = std::chrono::milliseconds(50);
constexpr int filler_patience_ms = 200;
constexpr int max_fillers = 8;

Error last_error()
{
    return {errno, boost::system::system_category()};
}

template <class AnySocket>
tcp_info kernel_info(AnySocket& socket)
{
    tcp_info info{};
    socklen_t size = sizeof info;
    ::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size);
    return info;
}

bool is_established(Socket& socket)
{
    return kernel_info(socket).tcpi_state == TCP_ESTABLISHED;
}

/// A TCP socket that owns an address. Several may, as long as at most one of them listens, or all are `shared`.
Result<Acceptor> bound_socket(const Executor& executor, const Tcp::endpoint& at, bool shared)
{
    Acceptor socket(executor);
    Error error;
    socket.open(at.protocol(), error);
    if (!error) socket.set_option(Acceptor::reuse_address(true), error);
    const int yes = 1;
    if (!error && shared && ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) != 0)
        error = last_error();
    if (!error) socket.bind(at, error);
    if (error) return error;
    return socket;
}

class ListenerState final : public std::enable_shared_from_this<ListenerState> {
public:
    ListenerState(Clock& clock, Acceptor reserve, Tcp::endpoint at, std::string host, bool shared)
        : executor_(reserve.get_executor()),
          clock_(clock),
          host_(std::move(host)),
          at_(at),
          shared_(shared),
          reserve_(std::move(reserve)),
          acceptor_(executor_),
          changed_("accept"),
          contact_timer_(clock.make_timer())
    {
    }

    Endpoint endpoint() const { return {host_, at_.port()}; }
    Error start_listening();
    Task<Result<StreamPtr>> accept();
    void close();
    Error set_admission(Admission admission);
    void on_contact(std::function<void()> contact) { contact_ = std::move(contact); }
    Task<Admission> probe();

private:
    std::optional<Result<StreamPtr>> try_accept();
    void wake_when_acceptable();
    Error go_silent();
    Error fill_queue();
    Error add_filler();
    bool queue_is_full();
    void drop_fillers();
    void look_for_contacts();

    Executor executor_;
    Clock& clock_;
    std::string host_;
    Tcp::endpoint at_;
    bool shared_ = false;
    Acceptor reserve_;  ///< never listens: while acceptor_ is closed, the port stays ours and connects are refused
    Acceptor acceptor_;
    bool closed_ = false;
    bool watching_ = false;
    Admission admission_ = Admission::open;
    Condition changed_;
    std::list<Socket> fillers_;
    std::set<std::uint16_t> own_ports_;  ///< of our fillers and probes: never accepted, never contacts
    std::function<void()> contact_;
    std::unique_ptr<Timer> contact_timer_;
    std::set<std::string> contacts_;  ///< those reported since the silence began
};

Error ListenerState::start_listening()
{
    Result<Acceptor> socket = bound_socket(executor_, at_, shared_);
    if (!socket) return socket.error();
    Error error;
    socket->non_blocking(true, error);
    if (!error) socket->listen(Acceptor::max_listen_connections, error);
    if (error) return error;
    acceptor_ = std::move(*socket);
    return {};
}

Task<Result<StreamPtr>> ListenerState::accept()
{
    const auto alive = shared_from_this();
    for (;;) {
        if (closed_) co_return aborted();
        if (admission_ == Admission::open) {
            std::optional<Result<StreamPtr>> accepted = try_accept();
            if (accepted) co_return std::move(*accepted);
            wake_when_acceptable();
        }
        const Wake wake = co_await changed_.wait_quietly();
        if (wake == Wake::aborted) co_return aborted();
    }
}

/// Nothing, if no connection but our own is waiting. One that its client has reset meanwhile is accepted all the same.
std::optional<Result<StreamPtr>> ListenerState::try_accept()
{
    for (;;) {
        Error error;
        Tcp::endpoint peer;
        Socket socket(executor_);
        acceptor_.accept(socket, peer, error);
        if (error == asio::error::would_block || error == asio::error::try_again) return std::nullopt;
        if (error) return Result<StreamPtr>(error);
        if (own_ports_.erase(peer.port()) > 0) {
            close_socket(socket, Close::reset);
            continue;
        }
        prepare(socket);
        return Result<StreamPtr>(make_stream(std::move(socket)));
    }
}

void ListenerState::wake_when_acceptable()
{
    if (std::exchange(watching_, true)) return;
    acceptor_.async_wait(Acceptor::wait_read, [alive = shared_from_this()](Error) {
        alive->watching_ = false;
        alive->changed_.notify_all();
    });
}

void ListenerState::close()
{
    if (std::exchange(closed_, true)) return;
    contact_timer_->disarm();
    fillers_.clear();
    Error ignored;
    acceptor_.close(ignored);
    reserve_.close(ignored);
    changed_.notify_all();
}

Error ListenerState::set_admission(Admission admission)
{
    if (closed_) return aborted();
    if (admission == admission_) return {};
    contact_timer_->disarm();
    contacts_.clear();
    drop_fillers();
    if (admission == Admission::refuse) {
        Error ignored;
        acceptor_.close(ignored);
        own_ports_.clear();
    } else if (admission_ == Admission::refuse) {
        if (const Error error = start_listening()) return error;
    }
    admission_ = admission;
    if (admission == Admission::silent) {
        if (const Error error = go_silent()) return error;
    }
    changed_.notify_all();
    return {};
}

Error ListenerState::go_silent()
{
    if (::listen(acceptor_.native_handle(), 0) != 0) return last_error();
    if (const Error error = fill_queue()) return error;
    look_for_contacts();
    return {};
}

/// Linux drops a SYN, without an answer, while the queue of connections to be accepted is longer than the backlog.
Error ListenerState::fill_queue()
{
    for (int i = 0; i < max_fillers && !queue_is_full(); ++i) {
        if (const Error error = add_filler()) return error;
    }
    return queue_is_full() ? Error{} : Error(asio::error::no_buffer_space);
}

Error ListenerState::add_filler()
{
    Socket filler(executor_);
    Error error;
    filler.open(at_.protocol(), error);
    if (!error) filler.native_non_blocking(true, error);
    if (error) return error;
    const int handle = filler.native_handle();
    if (::connect(handle, at_.data(), static_cast<socklen_t>(at_.size())) != 0 && errno != EINPROGRESS)
        return last_error();
    pollfd answered{handle, POLLOUT, 0};
    ::poll(&answered, 1, filler_patience_ms);
    if (is_established(filler)) {
        own_ports_.insert(filler.local_endpoint().port());
        fillers_.push_back(std::move(filler));
    }
    return {};
}

/// For a listening socket, tcpi_unacked is the length of its queue and tcpi_sacked its backlog (net/ipv4/tcp.c).
bool ListenerState::queue_is_full()
{
    const tcp_info info = kernel_info(acceptor_);
    return info.tcpi_unacked > info.tcpi_sacked;
}

/// Their ends in the queue are recognised by port when they are accepted.
void ListenerState::drop_fillers()
{
    if (fillers_.empty()) return;
    for (Socket& filler : fillers_) close_socket(filler, Close::reset);
    fillers_.clear();
    ::listen(acceptor_.native_handle(), Acceptor::max_listen_connections);
}

void ListenerState::look_for_contacts()
{
    for (const PendingConnect& connect : pending_connects(at_)) {
        if (own_ports_.contains(connect.from_port) || !contacts_.insert(connect.from).second) continue;
        if (contact_) contact_();
    }
    contact_timer_->arm(clock_.now() + contact_poll, [this] { look_for_contacts(); });
}

struct Probe {
    explicit Probe(const Executor& executor) : socket(executor), answered("probe") {}

    /// What the kernel knows; the loop may not have heard of it yet.
    Admission met()
    {
        if (is_established(socket)) return Admission::open;
        return error == asio::error::timed_out ? Admission::silent : Admission::refuse;
    }

    Socket socket;
    Waiter answered;
    Error error = asio::error::timed_out;
};

Task<Admission> ListenerState::probe()
{
    const auto alive = shared_from_this();
    if (closed_) co_return Admission::refuse;
    const auto probe = std::make_shared<Probe>(executor_);
    probe->socket.async_connect(at_, [probe](Error error) {
        probe->error = error;
        probe->answered.wake(Wake::notified);
    });
    Error error;
    const std::uint16_t port = probe->socket.local_endpoint(error).port();
    own_ports_.insert(port);
    const std::unique_ptr<Timer> alarm = clock_.make_timer();
    alarm->arm(clock_.now() + probe_patience, [&probe] { probe->answered.wake(Wake::notified); });
    const Wake wake = co_await probe->answered.wait();
    const Admission met = probe->met();
    if (met != Admission::open) own_ports_.erase(port);
    close_socket(probe->socket, Close::reset);
    if (wake == Wake::aborted) throw_aborted();
    co_return met;
}

class TcpListener final : public Listener {
public:
    explicit TcpListener(std::shared_ptr<ListenerState> state) : state_(std::move(state)) {}
    ~TcpListener() override { state_->close(); }

    Endpoint endpoint() const override { return state_->endpoint(); }
    Task<Result<StreamPtr>> accept() override { return state_->accept(); }
    void close() override { state_->close(); }
    Error set_admission(Admission admission) override { return state_->set_admission(admission); }
    void on_contact(std::function<void()> contact) override { state_->on_contact(std::move(contact)); }
    Task<Admission> probe() override { return state_->probe(); }

private:
    std::shared_ptr<ListenerState> state_;
};

}  // namespace

Result<std::unique_ptr<Listener>> listen_on(const Executor& executor, Clock& clock, const Endpoint& at, bool shared)
{
    const auto address = numeric_address(at.host);
    if (!address) return Error(asio::error::host_not_found);
    Result<Acceptor> reserve = bound_socket(executor, Tcp::endpoint(*address, at.port), shared);
    if (!reserve) return reserve.error();
    const Tcp::endpoint taken = reserve->local_endpoint();
    const auto state = std::make_shared<ListenerState>(clock, std::move(*reserve), taken, at.host, shared);
    if (const Error error = state->start_listening()) return error;
    return std::unique_ptr<Listener>(std::make_unique<TcpListener>(state));
}

}  // namespace chaos::net::real
