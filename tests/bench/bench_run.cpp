// Whole simulated runs: agents, router, mocks, tools and recorder in one thread. Counts router requests per second and how
// much faster than the time it simulates a run is.
#include <benchmark/benchmark.h>

#include "harness/run_folder.hpp"
#include "harness/world.hpp"
#include "net/simulation/simulation.hpp"
#include "tests/support/source_dir.hpp"

namespace {

using namespace chaos;

harness::Plan plan_of(const std::string& name, const std::string& text)
{
    config::Complaints complaints(name);
    auto scenario = harness::read_scenario(name, text, complaints);
    for (const auto& complaint : complaints.sorted()) throw std::runtime_error(config::to_string(complaint));
    return harness::make_plan(*scenario, 1);
}

// Runs the plan once and adds to the counts.
void live_once(const harness::Plan& plan, double& requests, double& simulated_seconds)
{
    net::Simulation simulation;
    harness::Stop stop;
    harness::World world(plan, harness::bundled_router(), simulation, stop);
    const history::History history = world.live();
    for (const auto& event : history.events) requests += event.kind == history::Kind::request_ended ? 1 : 0;
    simulated_seconds += net::seconds(history.events.back().at.time_since_epoch());
}

void run_plan(benchmark::State& state, const harness::Plan& plan)
{
    double requests = 0;
    double simulated_seconds = 0;
    for (auto _ : state) live_once(plan, requests, simulated_seconds);
    state.counters["router_requests/s"] = benchmark::Counter(requests, benchmark::Counter::kIsRate);
    state.counters["simulated_s/s"] = benchmark::Counter(simulated_seconds, benchmark::Counter::kIsRate);
}

// Seven turns of a task hold about 2.5 KB on average.
void requests_not_streamed(benchmark::State& state)
{
    run_plan(state, plan_of("bench", "providers: {a: {model: m}, b: {model: n}}\n"
                                     "agents: {tasks: 200, at_once: 8, steps: 6, stream: false}\n"
                                     "expect: {answered: 100%}\n"));
}
BENCHMARK(requests_not_streamed)->Unit(benchmark::kMillisecond);

// Final answers of 24 tokens; tool turns are shorter.
void requests_streamed(benchmark::State& state)
{
    run_plan(state, plan_of("bench", "providers: {a: {model: m}, b: {model: n}}\n"
                                     "agents: {tasks: 200, at_once: 8, steps: 1, stream: true}\n"
                                     "expect: {answered: 100%}\n"));
}
BENCHMARK(requests_streamed)->Unit(benchmark::kMillisecond);

void outage(benchmark::State& state)
{
    const std::string file = chaos::testing::source_dir() + "/scenarios/outage.yaml";
    run_plan(state, plan_of(file, harness::read_file(file).value()));
}
BENCHMARK(outage)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
