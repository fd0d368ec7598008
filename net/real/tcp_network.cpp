// Resolving and connecting, each with a deadline.
#include "net/real/tcp_network.hpp"

#include <boost/asio/error.hpp>

#include "net/real/name_services.hpp"
#include "net/waiter.hpp"

namespace chaos::net::real {
namespace {

/// What a callback of the system leaves for the coroutine that waits for it, and that may be gone by then.
template <class Source>
struct Pending {
    template <class... Arguments>
    explicit Pending(const char* purpose, const Arguments&... arguments)
        : source(arguments...), waiter(purpose)
    {
    }

    void finish(const Error& e)
    {
        error = e;
        waiter.wake(Wake::notified);
    }

    Source source;
    Waiter waiter;
    Error error = asio::error::timed_out;  ///< unless it finishes before the deadline
};

template <class Source>
Task<Error> finished(Clock& clock, std::shared_ptr<Pending<Source>> pending, Instant deadline)
{
    const std::unique_ptr<Timer> alarm = clock.make_timer();
    if (deadline != never) alarm->arm(deadline, [&waiter = pending->waiter] { waiter.wake(Wake::notified); });
    const Wake wake = co_await pending->waiter.wait();
    co_return wake == Wake::aborted ? aborted() : pending->error;
}

/// On loopback, a connect to a port where nobody listens can meet itself, if the kernel picks that port for it.
bool met_itself(const Socket& socket)
{
    Error error;
    const Tcp::endpoint local = socket.local_endpoint(error);
    return !error && local == socket.remote_endpoint(error) && !error;
}

}  // namespace

Task<Result<std::vector<Tcp::endpoint>>> TcpNetwork::resolve(const Endpoint& to, Instant deadline)
{
    std::vector<Tcp::endpoint> addresses;
    if (const auto address = numeric_address(to.host)) {
        addresses.emplace_back(*address, to.port);
        co_return addresses;
    }
    const auto pending = std::make_shared<Pending<Lookups::Addresses>>("resolve");
    std::optional<std::uint16_t> name_server;
    if (names_ && names_->knows(to.host)) name_server = names_->port();
    lookups_.start(to.host, name_server, [pending](Error error, Lookups::Addresses found) {
        pending->source = std::move(found);
        pending->finish(error);
    });
    const Error error = co_await finished(clock_, pending, deadline);
    if (error) co_return error;
    for (const asio::ip::address& address : pending->source) addresses.emplace_back(address, to.port);
    co_return addresses;
}

Task<Result<StreamPtr>> TcpNetwork::connect_to(Tcp::endpoint address, Instant deadline)
{
    const auto pending = std::make_shared<Pending<Socket>>("connect", executor_);
    Socket& socket = pending->source;
    pending->source.async_connect(address, [pending](Error error) { pending->finish(error); });
    Error error = co_await finished(clock_, pending, deadline);
    if (!error && met_itself(socket)) error = asio::error::connection_refused;
    if (error) {
        close_socket(socket, Close::reset);
        co_return error;
    }
    prepare(socket);
    co_return make_stream(std::move(socket));
}

Task<Result<StreamPtr>> TcpNetwork::connect(Endpoint to, Instant deadline)
{
    const auto addresses = co_await resolve(to, deadline);
    if (!addresses) co_return addresses.error();
    Error last = asio::error::host_not_found;
    for (const Tcp::endpoint& address : *addresses) {
        auto connected = co_await connect_to(address, deadline);
        if (connected) co_return connected;
        last = connected.error();
        if (last == asio::error::timed_out || last == asio::error::operation_aborted) break;
    }
    co_return last;
}

Result<std::unique_ptr<HostName>> TcpNetwork::own_name(const std::string& name)
{
    if (!this_machine_asks_name_servers()) return Error(asio::error::operation_not_supported);
    if (!names_) names_ = std::make_unique<NameServer>(executor_, clock_);
    return names_->own(name);
}

void TcpNetwork::close()
{
    lookups_.forget();
    names_.reset();
}

Result<std::unique_ptr<Listener>> TcpNetwork::listen(const Endpoint& at)
{
    return listen_on(executor_, clock_, at);
}

}  // namespace chaos::net::real
