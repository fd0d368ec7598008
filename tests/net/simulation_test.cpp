// The simulated world itself: order of events, virtual time, stalls, teardown, and a trace that is the same every time.
#include "net/simulation/simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/error.hpp>
#include <string>
#include <thread>
#include <vector>

#include "net/chance.hpp"
#include "net/condition.hpp"
#include "net/simulation/event_queue.hpp"
#include "net/task_group.hpp"
#include "tests/net/worlds.hpp"

namespace chaos::net {
namespace {

using namespace std::chrono_literals;
using Trace = std::vector<std::string>;

Duration since_start(Clock& clock)
{
    return clock.now().time_since_epoch();
}

Task<void> echo_until_end(StreamPtr stream)
{
    std::string buffer(1024, '\0');
    for (;;) {
        const auto count = co_await stream->read_some(buffer);
        if (!count || *count == 0) co_return;
        const Error error = co_await stream->write(std::string_view(buffer).substr(0, *count));
        if (error) co_return;
    }
}

Task<void> serve(Listener& listener)
{
    Running& me = co_await this_task();
    TaskGroup sessions(me.scheduler().executor());
    for (;;) {
        auto stream = co_await listener.accept();
        if (!stream) break;
        sessions.spawn(echo_until_end(std::move(*stream)));
    }
    co_await sessions.join();
}

Task<std::string> ask(Network& network, Endpoint to, std::string question)
{
    auto stream = co_await network.connect(to, never);
    if (!stream) co_return stream.error().message();
    const Error error = co_await (*stream)->write(question);
    if (error) co_return error.message();
    co_return co_await testing::read(**stream);
}

/// Several clients with keyed pauses, all talking to one echo server.
Task<void> chatter(Runtime& world, int who, Endpoint to, Trace& trace)
{
    const Chance chance = Chance(1).about("chatter").about(static_cast<std::uint64_t>(who));
    for (int i = 0; i < 5; ++i) {
        co_await sleep_for(world.clock(), chance.about(static_cast<std::uint64_t>(i)).between(0ms, 3ms));
        const std::string answer = co_await ask(world.network(), to, std::to_string(who) + "/" + std::to_string(i));
        trace.push_back(answer + " at " + std::to_string(since_start(world.clock()).count()));
    }
}

Task<void> crowd(Runtime& world, Trace& trace)
{
    const auto listener = world.network().listen({"server", 0}).value();
    TaskGroup server(world.executor());
    server.spawn(serve(*listener));
    TaskGroup clients(world.executor());
    for (int who = 0; who < 10; ++who) clients.spawn(chatter(world, who, listener->endpoint(), trace));
    co_await clients.join();
    listener->close();
    co_await server.join();
}

TEST(Simulation, TheSameProgramLeavesTheSameTrace)
{
    Trace first;
    Trace second;
    Simulation one;
    one.run(crowd(one, first));
    Simulation two;
    two.run(crowd(two, second));
    EXPECT_EQ(first.size(), 50u);
    EXPECT_EQ(first, second);
    EXPECT_EQ(one.events(), two.events());
    std::string all;
    for (const std::string& line : first) all += line + "\n";
    EXPECT_EQ(stable_hash(all), 11894675687373168425u) << "golden: equal on every compiler and optimisation level\n"
                                                       << all;
}

TEST(Simulation, WorldsOnSeveralThreadsShareNothing)
{
    std::vector<Trace> traces(4);
    std::vector<std::thread> threads;
    for (Trace& trace : traces) {
        threads.emplace_back([&trace] {
            Simulation simulation;
            simulation.run(crowd(simulation, trace));
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Trace& trace : traces) EXPECT_EQ(trace, traces[0]);
}

TEST(Simulation, NoReactorIsEverCreated)
{
    Simulation simulation;
    Trace trace;
    simulation.run(crowd(simulation, trace));
    EXPECT_FALSE(asio::has_service<asio::detail::epoll_reactor>(simulation.executor().context()));
}

Task<void> time_an_exchange(Simulation& world, Trace& trace)
{
    const auto listener = world.network().listen({"server", 0}).value();
    EXPECT_EQ(to_string(listener->endpoint()), "server:20000");
    TaskGroup server(world.executor());
    server.spawn(serve(*listener));
    {
        auto stream = co_await world.network().connect(listener->endpoint(), never);
        trace.push_back("connected " + std::to_string(since_start(world.clock()).count()));
        const Error error = co_await stream.value()->write("x");
        EXPECT_FALSE(error);
        co_await stream.value()->drained();
        trace.push_back("drained " + std::to_string(since_start(world.clock()).count()));
        const std::string answer = co_await testing::read(*stream.value());
        trace.push_back("answered " + std::to_string(since_start(world.clock()).count()));
    }
    listener->close();
    co_await server.join();
    trace.push_back("server saw the end " + std::to_string(since_start(world.clock()).count()));
}

TEST(Simulation, EverythingTakesOneLatencyPerDirection)
{
    SimulationSettings settings;
    settings.latency = 10ns;
    Simulation simulation(settings);
    Trace trace;
    simulation.run(time_an_exchange(simulation, trace));
    EXPECT_EQ(trace, (Trace{"connected 20", "drained 30", "answered 40", "server saw the end 50"}));
}

Task<void> sleep_a_month(Clock& clock)
{
    co_await sleep_for(clock, 24h * 29);
}

TEST(Simulation, VirtualTimeCostsNothing)
{
    Simulation simulation;
    const WallTime before = simulation.wall().now();
    EXPECT_EQ(rfc3339(before), "2026-01-01T00:00:00Z");
    simulation.run(sleep_a_month(simulation.clock()));
    EXPECT_EQ(since_start(simulation.clock()), 24h * 29);
    EXPECT_EQ(simulation.wall().now() - before, 24h * 29);
    EXPECT_EQ(simulation.events(), 1u);
}

TEST(Simulation, WallTimeCanBeSkewed)
{
    Simulation simulation;
    const WallTime before = simulation.wall().now();
    simulation.skew_wall(-2h);
    EXPECT_EQ(simulation.wall().now(), before - 2h);
    EXPECT_EQ(since_start(simulation.clock()), 0s);
}

Task<void> arm_many(Clock& clock, std::vector<int>& fired)
{
    std::vector<std::unique_ptr<Timer>> timers;
    const auto arm = [&](int i, Duration after) {
        timers.push_back(clock.make_timer());
        timers.back()->arm(clock.now() + after, [&fired, i] { fired.push_back(i); });
    };
    arm(6, 3ms);
    for (int i = 0; i < 5; ++i) arm(i, 2ms);
    arm(-1, 1ms);
    timers[1]->arm(clock.now() + 2ms,
                   [&fired] { fired.push_back(5); });  // was 0: armed anew, so now the last of its instant
    co_await sleep_for(clock, 4ms);
}

TEST(Simulation, TimersOfOneInstantFireInTheOrderOfArming)
{
    Simulation simulation;
    std::vector<int> fired;
    simulation.run(arm_many(simulation.clock(), fired));
    EXPECT_EQ(fired, (std::vector<int>{-1, 1, 2, 3, 4, 5, 6}));
}

Task<void> connect_through_silence(Simulation& world, Trace& trace)
{
    const auto listener = world.network().listen({"server", 0}).value();
    EXPECT_FALSE(listener->set_admission(Admission::silent));
    const auto heal = world.clock().make_timer();
    heal->arm(world.clock().now() + 1500ms, [&] { EXPECT_FALSE(listener->set_admission(Admission::open)); });
    const auto stream = co_await world.network().connect(listener->endpoint(), never);
    EXPECT_TRUE(stream.has_value());
    trace.push_back(std::to_string(since_start(world.clock()).count()));
}

TEST(Simulation, AnUnansweredConnectIsSentAgainAfterOneAndThreeSecondsAsByLinux)
{
    Simulation simulation;
    Trace trace;
    simulation.run(connect_through_silence(simulation, trace));
    EXPECT_EQ(trace, (Trace{"3000400000"}));
}

Task<void> connect_to(Network& network, Endpoint to, Error& result)
{
    const auto stream = co_await network.connect(to, never);
    result = stream ? Error{} : stream.error();
}

Task<void> connect_into_the_void(Simulation& world, Error& result)
{
    const auto listener = world.network().listen({"server", 0}).value();
    EXPECT_FALSE(listener->set_admission(Admission::silent));
    co_await connect_to(world.network(), listener->endpoint(), result);
}

TEST(Simulation, AConnectNobodyEverAnswersTimesOutAfterLinuxsLastRetry)
{
    Simulation simulation;
    Error result;
    simulation.run(connect_into_the_void(simulation, result));
    EXPECT_EQ(result, Error(asio::error::timed_out));
    EXPECT_EQ(since_start(simulation.clock()), 127s);
}

Task<void> connect_to_names(Simulation& world, std::vector<Error>& results)
{
    results.resize(2);
    const Endpoint nowhere{"nowhere", 80};
    co_await connect_to(world.network(), nowhere, results[0]);
    world.network().listen(nowhere).value()->close();
    co_await connect_to(world.network(), nowhere, results[1]);
}

TEST(Simulation, AHostExistsOnceSomebodyListenedThere)
{
    Simulation simulation;
    std::vector<Error> results;
    simulation.run(connect_to_names(simulation, results));
    EXPECT_EQ(results, (std::vector<Error>{asio::error::host_not_found, asio::error::connection_refused}));
}

Task<void> wait_for_ever(Condition& condition)
{
    co_await condition.wait();
}

std::string stall_of(Simulation& simulation, Task<void> main)
{
    try {
        simulation.run(std::move(main));
    } catch (const Stalled& stalled) {
        return stalled.what();
    }
    return "did not stall";
}

TEST(Simulation, SaysWhoWaitsWhenNothingCanHappen)
{
    Simulation simulation;
    Condition never_notified;
    EXPECT_EQ(stall_of(simulation, wait_for_ever(never_notified)),
              "simulation stalled at 0s: nothing can happen any more (events: 0; waiting: 1 in condition)");
}

TEST(Simulation, StallsBeyondTheHorizon)
{
    SimulationSettings settings;
    settings.horizon = Instant(1h);
    Simulation simulation(settings);
    EXPECT_EQ(stall_of(simulation, sleep_a_month(simulation.clock())),
              "simulation stalled at 0s: nothing happens before the horizon (events: 0; waiting: 1 in sleep)");
}

Task<void> tick_for_ever(Clock& clock)
{
    for (;;) co_await sleep_for(clock, 1ms);
}

TEST(Simulation, StallsAfterTooManyEvents)
{
    SimulationSettings settings;
    settings.max_events = 100;
    Simulation simulation(settings);
    EXPECT_EQ(stall_of(simulation, tick_for_ever(simulation.clock())),
              "simulation stalled at 0.1s: too many events (events: 100; waiting: 1 in sleep)");
}

Task<void> wake_each_other(Condition& mine, Condition& other)
{
    for (;;) {
        other.notify_one();
        co_await mine.wait();
    }
}

Task<void> spin(Executor executor)
{
    Condition ping;
    Condition pong;
    TaskGroup group(executor);
    group.spawn(wake_each_other(ping, pong));
    group.spawn(wake_each_other(pong, ping));
    co_await group.join();
}

TEST(Simulation, StallsWhenTasksOnlyWakeEachOther)
{
    SimulationSettings settings;
    settings.max_wakes_per_instant = 1'000;
    Simulation simulation(settings);
    const std::string stall = stall_of(simulation, spin(simulation.executor()));
    EXPECT_NE(stall.find("tasks wake each other for ever"), std::string::npos) << stall;
}

/// Everything that can be pending, pending at once.
Task<void> leave_everything_pending(Simulation& world, Listener& silent, TaskGroup& group)
{
    const auto listener = world.network().listen({"server", 0}).value();
    group.spawn(serve(*listener));
    auto idle = co_await world.network().connect(listener->endpoint(), never);
    auto writer = co_await world.network().connect(silent.endpoint(), never);
    EXPECT_FALSE(silent.set_admission(Admission::silent));
    Error ignored;
    group.spawn(connect_to(world.network(), silent.endpoint(), ignored));
    group.spawn(sleep_a_month(world.clock()));
    TaskGroup local(world.executor());
    Condition condition;
    local.spawn(wait_for_ever(condition));
    const std::string much(1024 * 1024, 'x');
    const Error error = co_await writer.value()->write(much);
    ADD_FAILURE() << "written: " << error;
}

TEST(Simulation, CanBeAbandonedWithEverythingPending)
{
    SimulationSettings settings;
    settings.horizon = Instant(1h);
    Simulation simulation(settings);
    const auto listener = simulation.network().listen({"other", 0}).value();
    TaskGroup group(simulation.executor());
    const std::string stall = stall_of(simulation, leave_everything_pending(simulation, *listener, group));
    EXPECT_EQ(stall,
              "simulation stalled at 127.0008s: nothing happens before the horizon "
              "(events: 15; waiting: 1 in accept, 1 in condition, 1 in read, 1 in sleep, 1 in write)");
    EXPECT_EQ(group.size(), 0u);
}

Task<void> leave_stream_in(Simulation& world, std::vector<StreamPtr>& out)
{
    const auto listener = world.network().listen({"server", 0}).value();
    auto client = co_await world.network().connect(listener->endpoint(), never);
    auto server = co_await listener->accept();
    out.push_back(std::move(client.value()));
    out.push_back(std::move(server.value()));
}

TEST(Simulation, StreamsTimersAndListenersMayOutliveIt)
{
    std::vector<StreamPtr> streams;
    std::unique_ptr<Timer> timer;
    std::unique_ptr<Listener> listener;
    {
        Simulation simulation;
        simulation.run(leave_stream_in(simulation, streams));
        timer = simulation.clock().make_timer();
        timer->arm(Instant(1h), [] { FAIL(); });
        listener = simulation.network().listen({"late", 0}).value();
    }
    streams.clear();
    timer.reset();
    listener.reset();
}

struct Counted final : simulation::Event {
    Counted(simulation::EventQueue& queue, int n, std::vector<int>& log) : Event(queue), number(n), happened(log) {}
    void happen() override { happened.push_back(number); }
    int number;
    std::vector<int>& happened;
};

TEST(EventQueue, KeepsTheOrderOfTimeThenOfScheduling)
{
    simulation::EventQueue queue;
    std::vector<int> happened;
    std::vector<std::unique_ptr<Counted>> events;
    for (int i = 0; i < 1'000; ++i) {
        events.push_back(std::make_unique<Counted>(queue, i, happened));
        events.back()->schedule(Instant(Duration(Chance(3).about(static_cast<std::uint64_t>(i)).below(50))));
    }
    for (std::size_t i = 0; i < events.size(); i += 3) events[i].reset();                   // gone
    for (std::size_t i = 1; i < events.size(); i += 3) events[i]->schedule(Instant(25ns));  // moved
    std::vector<std::pair<Instant, int>> order;
    while (!queue.empty()) {
        const Instant at = queue.next_at();
        queue.take().happen();
        order.emplace_back(at, happened.back() % 3 == 1 ? 10'000 + happened.back() : happened.back());
    }
    EXPECT_EQ(order.size(), 666u);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

}  // namespace
}  // namespace chaos::net
