// Client: dialling, the pool, and whole exchanges with one deadline.
#include "net/http/client.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <optional>

#include "net/condition.hpp"
#include "net/http/requesting.hpp"
#include "net/watchdog.hpp"

namespace chaos::net::http {

namespace {

/// A connect under way, which its caller may give up without waiting for its end.
struct Dial {
    void give_up()
    {
        given_up = true;
        if (connecting != nullptr) connecting->cancel();
        changed.notify_all();
    }

    Condition changed;
    Running* connecting = nullptr;  ///< while it is
    std::optional<Result<StreamPtr>> outcome;
    bool given_up = false;
};

/// Runs something when a scope is left, however that happens.
template <class Do>
class AtEnd {
public:
    explicit AtEnd(Do action) : action_(std::move(action)) {}
    ~AtEnd() { action_(); }
    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;

private:
    Do action_;
};

Task<void> connect(std::shared_ptr<Dial> dial, Network& network, Endpoint to, Instant deadline)
{
    dial->connecting = &co_await this_task();
    const AtEnd done([&] { dial->connecting = nullptr; });
    Result<StreamPtr> stream = co_await network.connect(std::move(to), deadline);
    if (!dial->given_up) {
        dial->outcome = std::move(stream);
        dial->changed.notify_all();
    } else if (stream) {
        (*stream)->close(Close::reset);
    }
}

}  // namespace

void throw_exception_from_error(const Failure& failure, const boost::source_location& where)
{
    boost::throw_exception(boost::system::system_error(failure.error), where);
}

void OpenControl::abort()
{
    aborted_ = true;
    if (abort_) {
        abort_();
    }
}

struct Client::State {
    State(Runtime& in, ClientSettings with)
        : runtime(in),
          settings(with),
          pool(std::make_shared<Pool>(in.clock(), with.idle_per_endpoint, with.idle_timeout))
    {
    }

    /// Connects; `control` may end it early.
    Task<Result<StreamPtr>> dial(Endpoint to, Instant deadline, OpenControl& control)
    {
        const auto dial = std::make_shared<Dial>();
        const AtEnd give_up([&] {
            control.abort_ = nullptr;
            if (!dial->outcome) {
                dial->give_up();
            }
        });
        control.abort_ = [&] { dial->give_up(); };
        start_task(runtime.executor(),
                   connect(dial, settings.network != nullptr ? *settings.network : runtime.network(), std::move(to),
                           deadline));
        while (!dial->outcome && !dial->given_up) {
            co_await dial->changed.wait();
        }
        if (!dial->outcome || control.aborted_) {
            co_return Error(asio::error::operation_aborted);
        }
        co_return std::move(*dial->outcome);
    }

    std::shared_ptr<Connection> start(StreamPtr stream)
    {
        auto connection = std::make_shared<Connection>(std::move(stream), settings.limits);
        // Not joined: it ends when the connection is closed, and owns all it uses.
        start_task(runtime.executor(), Connection::read_ahead(connection));
        return connection;
    }

    Runtime& runtime;
    ClientSettings settings;
    std::shared_ptr<Pool> pool;
};

Client::Client(Runtime& runtime, ClientSettings settings) : state_(std::make_shared<State>(runtime, settings)) {}

Client::~Client()
{
    close_idle();
}

Task<boost::system::result<std::unique_ptr<ClientExchange>, Failure>> Client::open(Endpoint to, Request request,
                                                                                   Options options)
{
    const std::shared_ptr<State> state = state_;
    OpenControl own_control;
    OpenControl& control = options.control != nullptr ? *options.control : own_control;
    if (control.aborted_) {
        co_return Failure{Phase::connect, asio::error::operation_aborted, false};
    }
    std::shared_ptr<Connection> connection = options.fresh_connection ? nullptr : state->pool->take(to);
    const bool reused = connection != nullptr;
    if (!reused) {
        Result<StreamPtr> stream = co_await state->dial(to, options.connect_deadline, control);
        if (!stream) {
            co_return Failure{Phase::connect, stream.error(), false};
        }
        connection = state->start(std::move(*stream));
    }
    auto exchange =
        std::make_unique<Requesting>(state->pool, std::move(to), std::move(connection), reused, state->settings.limits);
    const AtEnd forget([&] { control.abort_ = nullptr; });
    control.abort_ = [&] { exchange->abort(Close::reset); };
    const Error written = co_await exchange->write(state->runtime.executor(), request);
    const Error error = co_await exchange->settle(written);
    if (error) {
        co_return exchange->failure();
    }
    co_return std::unique_ptr<ClientExchange>(std::move(exchange));
}

Task<Result<Response>> Client::fetch(Endpoint to, Request request, Instant deadline)
{
    OpenControl control;
    std::unique_ptr<ClientExchange> exchange;
    Watchdog watchdog(state_->runtime.clock(), [&] { exchange ? exchange->abort() : control.abort(); });
    watchdog.arm(deadline);
    Options options;
    options.control = &control;
    auto opened = co_await open(std::move(to), std::move(request), options);
    if (!opened) {
        co_return watchdog.expired() ? Error(asio::error::timed_out) : opened.error().error;
    }
    exchange = std::move(*opened);
    const auto head = co_await exchange->head();
    if (!head) {
        co_return watchdog.expired() ? Error(asio::error::timed_out) : head.error();
    }
    Response response{**head, {}};
    auto body = co_await exchange->read_all(state_->settings.limits.body_bytes);
    if (!body) {
        co_return watchdog.expired() ? Error(asio::error::timed_out) : body.error();
    }
    response.body = std::move(*body);
    co_return response;
}

void Client::close_idle()
{
    state_->pool->clear();
}

std::size_t Client::idle_connections() const
{
    return state_->pool->size();
}

}  // namespace chaos::net::http
