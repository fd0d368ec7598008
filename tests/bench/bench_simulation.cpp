// What the simulated world costs: echo round trips, connections, timers, tasks and wake-ups per second of real time.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "net/condition.hpp"
#include "net/faults/link.hpp"
#include "net/simulation/simulation.hpp"
#include "net/task_group.hpp"

namespace {

using namespace chaos::net;
using namespace std::chrono_literals;

Task<void> echo(StreamPtr stream)
{
    std::string buffer(4096, '\0');
    for (;;) {
        const auto count = co_await stream->read_some(buffer);
        if (!count || *count == 0) co_return;
        const Error error = co_await stream->write(std::string_view(buffer).substr(0, *count));
        if (error) co_return;
    }
}

Task<bool> round_trip(Stream& stream, const std::string& message, std::string& buffer)
{
    const Error error = co_await stream.write(message);
    if (error) co_return false;
    std::size_t total = 0;
    while (total < message.size()) {
        const auto count = co_await stream.read_some(buffer);
        if (!count || *count == 0) co_return false;
        total += *count;
    }
    co_return true;
}

/// `behind_link`: the server's end of each connection obeys a link, as in a scenario.
Task<void> echo_round_trips(Simulation& world, benchmark::State& state, bool behind_link)
{
    const Endpoint anywhere{"server", 0};
    const auto listener = world.network().listen(anywhere).value();
    faults::Link link(world.clock(), world.executor(), *listener);
    const auto client = (co_await world.network().connect(listener->endpoint(), never)).value();
    StreamPtr server = (co_await listener->accept()).value();
    if (behind_link) server = link.wrap(std::move(server));
    TaskGroup group(world.executor());
    group.spawn(echo(std::move(server)));
    const std::string message(static_cast<std::size_t>(state.range(0)), 'x');
    std::string buffer(64 * 1024, '\0');
    for (auto _ : state) {
        const bool well = co_await round_trip(*client, message, buffer);
        if (!well) state.SkipWithError("the stream broke");
    }
    client->close(Close::fin);
    co_await group.join();
}

void EchoRoundTrip(benchmark::State& state)
{
    Simulation simulation;
    simulation.run(echo_round_trips(simulation, state, false));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(EchoRoundTrip)->Arg(300)->Arg(16 * 1024);

void EchoRoundTripBehindALink(benchmark::State& state)
{
    Simulation simulation;
    simulation.run(echo_round_trips(simulation, state, true));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(EchoRoundTripBehindALink)->Arg(300)->Arg(16 * 1024);

Task<void> connect_and_close(Simulation& world, benchmark::State& state)
{
    const Endpoint anywhere{"server", 0};
    const auto listener = world.network().listen(anywhere).value();
    for (auto _ : state) {
        const auto client = co_await world.network().connect(listener->endpoint(), world.clock().now() + 1s);
        const auto server = co_await listener->accept();
        if (!client || !server) state.SkipWithError("no connection");
    }
}

void ConnectAcceptClose(benchmark::State& state)
{
    Simulation simulation;
    simulation.run(connect_and_close(simulation, state));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ConnectAcceptClose);

Task<void> sleep_again_and_again(Simulation& world, benchmark::State& state)
{
    for (auto _ : state) co_await sleep_for(world.clock(), 1us);
}

void Sleep(benchmark::State& state)
{
    SimulationSettings settings;
    settings.horizon = never;
    Simulation simulation(settings);
    simulation.run(sleep_again_and_again(simulation, state));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Sleep);

/// A timer re-armed among many others, as a watchdog per connection is.
void RearmTimer(benchmark::State& state)
{
    Simulation simulation;
    std::vector<std::unique_ptr<Timer>> timers;
    for (int i = 0; i < state.range(0); ++i) {
        timers.push_back(simulation.clock().make_timer());
        timers.back()->arm(Instant(1s + i * 1us), [] {});
    }
    std::size_t next = 0;
    for (auto _ : state) {
        timers[next]->arm(Instant(2s), [] {});
        next = (next + 1) % timers.size();
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(RearmTimer)->Arg(1)->Arg(64)->Arg(4096);

Task<void> nothing()
{
    co_return;
}

Task<void> spawn_and_join(Simulation& world, benchmark::State& state)
{
    TaskGroup group(world.executor());
    for (auto _ : state) {
        group.spawn(nothing());
        co_await group.join();
    }
}

void SpawnAndJoin(benchmark::State& state)
{
    Simulation simulation;
    simulation.run(spawn_and_join(simulation, state));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(SpawnAndJoin);

Task<void> answer_each_wake(Condition& asked, Condition& answered)
{
    for (;;) {
        co_await asked.wait();
        answered.notify_one();
    }
}

Task<void> wake_and_be_woken(Simulation& world, benchmark::State& state)
{
    Condition asked;
    Condition answered;
    TaskGroup group(world.executor());
    group.spawn(answer_each_wake(asked, answered));
    co_await sleep_for(world.clock(), 1us);
    for (auto _ : state) {
        asked.notify_one();
        co_await answered.wait();
    }
    group.cancel();
    co_await group.join();
}

void WakeBothWays(benchmark::State& state)
{
    SimulationSettings settings;
    settings.max_wakes_per_instant = ~std::uint64_t{0};
    Simulation simulation(settings);
    simulation.run(wake_and_be_woken(simulation, state));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(WakeBothWays);

}  // namespace
