// How exactly a link keeps its times on real sockets: what is late against a latency of 100ms, and against a bandwidth.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "net/faults/link.hpp"
#include "net/real/reality.hpp"
#include "net/task_group.hpp"

namespace {

using namespace chaos::net;
using namespace std::chrono_literals;

constexpr Duration latency = 100ms;
constexpr int connections = 50;
constexpr int messages = 20;

faults::SharedRule rule(faults::Effect effect)
{
    auto made = std::make_shared<faults::Rule>();
    made->name = "rule";
    made->effect = std::move(effect);
    made->up = false;
    return made;
}

struct Ends {
    StreamPtr client;
    StreamPtr server;
};

Task<Ends> connect(Runtime& world, Listener& listener, faults::Link& link)
{
    Ends ends;
    ends.client = (co_await world.network().connect(listener.endpoint(), never)).value();
    ends.server = link.wrap((co_await listener.accept()).value());
    co_return ends;
}

/// Messages one after the other: how late the client had each.
Task<void> measure(Runtime& world, Ends ends, Duration begin, std::vector<double>& late_us)
{
    std::string buffer(256, '\0');
    co_await sleep_for(world.clock(), begin);
    for (int nth = 0; nth < messages; ++nth) {
        const Instant sent = world.clock().now();
        const Error error = co_await ends.server->write("a token of a stream");
        const auto count = co_await ends.client->read_some(buffer);
        if (error || !count) co_return;
        late_us.push_back(std::chrono::duration<double, std::micro>(world.clock().now() - sent - latency).count());
    }
}

Task<void> measure_all(Runtime& world, std::vector<double>& late_us)
{
    const auto listener = world.network().listen({"127.0.0.1", 0}).value();
    faults::Link link(world.clock(), world.executor(), *listener);
    link.set_rules({rule(faults::Latency{latency, {}, faults::Distribution::fixed})});
    TaskGroup group(world.executor());
    for (int nth = 0; nth < connections; ++nth) {
        Ends ends = co_await connect(world, *listener, link);
        group.spawn(measure(world, std::move(ends), nth * 1731us, late_us));
    }
    co_await group.join();
}

void LatencyOf100msIsLateBy(benchmark::State& state)
{
    std::vector<double> late_us;
    for (auto _ : state) {
        Reality world;
        world.run(measure_all(world, late_us));
    }
    std::sort(late_us.begin(), late_us.end());
    const auto quantile = [&](double part) { return late_us[static_cast<std::size_t>(part * (late_us.size() - 1))]; };
    state.counters["p50_us"] = quantile(0.5);
    state.counters["p99_us"] = quantile(0.99);
    state.counters["samples"] = static_cast<double>(late_us.size());
}
BENCHMARK(LatencyOf100msIsLateBy)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

Task<void> write_all(Stream& stream, std::size_t size)
{
    const std::string bytes(size, 'x');
    const Error error = co_await stream.write(bytes);
    if (error) co_return;
}

Task<void> pass_at(Runtime& world, std::uint64_t bytes_per_second, std::size_t size, Duration& took)
{
    const auto listener = world.network().listen({"127.0.0.1", 0}).value();
    faults::Link link(world.clock(), world.executor(), *listener);
    link.set_rules({rule(faults::Bandwidth{bytes_per_second})});
    const Ends ends = co_await connect(world, *listener, link);
    TaskGroup group(world.executor());
    const Instant began = world.clock().now();
    group.spawn(write_all(*ends.server, size));
    std::string buffer(64 * 1024, '\0');
    for (std::size_t left = size; left > 0;) {
        const auto count = co_await ends.client->read_some(buffer);
        if (!count) co_return;
        left -= *count;
    }
    took = world.clock().now() - began;
    co_await group.join();
}

/// A second's worth of bytes at each rate.
void BandwidthKeepsItsRate(benchmark::State& state)
{
    const auto rate = static_cast<std::uint64_t>(state.range(0));
    Duration took{};
    for (auto _ : state) {
        Reality world;
        world.run(pass_at(world, rate, rate, took));
    }
    state.counters["off_percent"] = (seconds(took) - 1) * 100;
}
BENCHMARK(BandwidthKeepsItsRate)
    ->Arg(2'000)
    ->Arg(20 * 1024)
    ->Arg(10'000'000)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
