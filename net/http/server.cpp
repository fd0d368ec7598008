// Server: the accept loop and its sessions.
#include "net/http/server.hpp"

#include <boost/asio/error.hpp>

#include "net/http/session.hpp"

namespace chaos::net::http {

namespace {

/// After an accept that failed for want of something (descriptors, memory) that closing connections may bring back.
constexpr Duration accept_pause = std::chrono::milliseconds(50);

}  // namespace

struct Server::State {
    State(Runtime& runtime, std::unique_ptr<Listener> listening, ServerSettings settings, Handler handler)
        : context(runtime, std::move(settings), std::move(handler)),
          listener(std::move(listening)),
          tasks(runtime.executor())
    {
    }

    void open(StreamPtr stream)
    {
        const auto connection =
            std::make_shared<Connection>(wrap ? wrap(std::move(stream)) : std::move(stream), context.settings.limits);
        // Not joined: it ends when its session has closed the connection, and owns all it uses.
        start_task(context.runtime.executor(), Connection::read_ahead(connection));
        tasks.spawn(Session::run(std::make_unique<Session>(context, connection, ++connections)));
    }

    Task<void> accept_until_stopped()
    {
        while (!context.stopping) {
            if (context.sessions.size() >= context.settings.limits.connections) {
                co_await context.session_ended.wait();
                continue;
            }
            Result<StreamPtr> accepted = co_await listener->accept();
            if (accepted) {
                open(std::move(*accepted));
            } else if (accepted.error() == asio::error::operation_aborted) {
                break;
            } else {
                co_await sleep_for(context.runtime.clock(), accept_pause);
            }
        }
    }

    ServerContext context;
    std::unique_ptr<Listener> listener;
    std::function<StreamPtr(StreamPtr)> wrap;
    TaskGroup tasks;
    std::uint64_t connections = 0;
};

Server::Server(Runtime& runtime, std::unique_ptr<Listener> listener, ServerSettings settings, Handler handler)
    : state_(std::make_unique<State>(runtime, std::move(listener), std::move(settings), std::move(handler)))
{
}

Server::~Server() = default;

Endpoint Server::endpoint() const
{
    return state_->listener->endpoint();
}

Listener& Server::listener()
{
    return *state_->listener;
}

void Server::wrap_streams(std::function<StreamPtr(StreamPtr)> wrap)
{
    state_->wrap = std::move(wrap);
}

Task<void> Server::serve()
{
    std::exception_ptr problem;
    try {
        co_await state_->accept_until_stopped();
    } catch (...) {
        problem = std::current_exception();
    }
    if (!state_->context.stopping) {
        stop();
    }
    co_await state_->tasks.join();
    if (problem) {
        std::rethrow_exception(problem);
    }
}

void Server::stop(bool graceful)
{
    State& state = *state_;
    state.context.stopping = true;
    state.listener->close();
    state.context.session_ended.notify_all();
    for (const auto& [number, session] : state.context.sessions) {
        graceful ? session->wake() : session->reset();
    }
    if (!graceful) {
        state.tasks.cancel();
    }
}

std::size_t Server::open_connections() const
{
    return state_->context.sessions.size();
}

}  // namespace chaos::net::http
