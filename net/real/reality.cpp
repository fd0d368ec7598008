// The real world's loop.
#include "net/real/reality.hpp"

#include <boost/asio/basic_signal_set.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <csignal>

#include "net/main_task.hpp"
#include "net/real/clocks.hpp"
#include "net/real/tcp_network.hpp"
#include "net/waiter.hpp"

namespace chaos::net {

struct Reality::State {
    using Signals = asio::basic_signal_set<Executor>;

    State() : clock(loop->get_executor()), network(loop->get_executor(), clock) {}
    explicit State(const State& other) : clock(loop->get_executor(), other.clock), network(loop->get_executor(), clock)
    {
    }
    /// The loop goes first, and with it the coroutines that are left; they use all the rest.
    ~State()
    {
        network.close();
        clock.close();
        signals.reset();
        stay.reset();
        loop.reset();
    }

    void await_signal()
    {
        signals->async_wait([this](Error error, int signal) {
            if (error) return;
            on_stop(signal);
            await_signal();
        });
    }

    void give_up()
    {
        Scheduler::of(loop->get_executor()).abandon();
        loop->restart();
        loop->poll();
    }

    std::unique_ptr<asio::io_context> loop = std::make_unique<asio::io_context>(1);
    asio::executor_work_guard<Executor> stay{loop->get_executor()};
    real::SteadyClock clock;
    real::CivilClock wall;
    real::TcpNetwork network;
    std::optional<Signals> signals;
    std::function<void(int)> on_stop;
};

Reality::Reality() : state_(std::make_unique<State>()) {}
Reality::Reality(const Reality& other) : state_(std::make_unique<State>(*other.state_)) {}
Reality::~Reality() = default;

Executor Reality::executor()
{
    return state_->loop->get_executor();
}
Clock& Reality::clock()
{
    return state_->clock;
}
WallClock& Reality::wall()
{
    return state_->wall;
}
Network& Reality::network()
{
    return state_->network;
}

void Reality::run(Task<void> main)
{
    asio::io_context& loop = *state_->loop;
    Scheduler::of(executor()).revive();
    const MainTask task(executor(), std::move(main), [&loop] { loop.stop(); });
    try {
        loop.restart();
        loop.run();
        task.rethrow();
    } catch (...) {
        state_->give_up();
        throw;
    }
}

Result<std::vector<std::unique_ptr<Listener>>> listen_together(const std::vector<Reality*>& worlds, const Endpoint& at)
{
    std::vector<std::unique_ptr<Listener>> listeners;
    Endpoint taken = at;
    if (at.port != 0) {
        // Who shares an address finds it free as long as all others share it too; this asks as one who does not.
        const auto probe = worlds.front()->network().listen(at);
        if (!probe) return probe.error();
    }
    for (Reality* world : worlds) {
        auto listener = real::listen_on(world->executor(), world->clock(), taken, true);
        if (!listener) return listener.error();
        taken = (*listener)->endpoint();
        listeners.push_back(std::move(*listener));
    }
    return listeners;
}

void Reality::on_stop_signal(std::function<void(int signal)> stop)
{
    state_->on_stop = std::move(stop);
    if (state_->signals) return;
    state_->signals.emplace(executor(), SIGINT, SIGTERM);
    state_->await_signal();
}

}  // namespace chaos::net
