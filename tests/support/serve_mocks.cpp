// serve_mocks SCENARIO HISTORY: the scenario's providers on real ports, for clients that are programs of their own.
// Prints "NAME http://127.0.0.1:PORT" for each and then "ready"; appends every event to HISTORY; ends on SIGTERM.
#include <fstream>
#include <iostream>
#include <memory>
#include <vector>

#include "harness/plan.hpp"
#include "harness/recorder.hpp"
#include "harness/run_folder.hpp"
#include "history/json_lines.hpp"
#include "mock_providers/provider.hpp"
#include "net/real/reality.hpp"
#include "net/task_group.hpp"

namespace {

using namespace chaos;

net::Task<void> serve_all(net::Runtime& runtime, std::vector<std::unique_ptr<mock_providers::Provider>>& providers)
{
    net::TaskGroup group(runtime.executor());
    for (const auto& provider : providers) group.spawn(provider->serve());
    co_await group.join();
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::cerr << "usage: serve_mocks SCENARIO HISTORY\n";
        return 3;
    }
    const std::string file = argv[1];
    const auto text = harness::read_file(file);
    config::Complaints complaints(file);
    const auto scenario = text ? harness::read_scenario(file, *text, complaints) : std::nullopt;
    if (!scenario) {
        for (const auto& complaint : complaints.sorted()) std::cerr << config::to_string(complaint) << '\n';
        return 3;
    }
    const harness::Plan plan = harness::make_plan(*scenario, 1);
    net::Reality reality;
    harness::Recorder recorder(reality.clock());
    std::ofstream history(argv[2]);
    recorder.on_event([&](const history::Event& event) {
        std::string line;
        history::append_line(line, event);
        history << line << std::flush;
    });
    std::vector<std::unique_ptr<mock_providers::Provider>> providers;
    for (const auto& spec : plan.scenario.providers) {
        providers.push_back(std::make_unique<mock_providers::Provider>(
            reality, spec, harness::faults_at(plan.scenario, spec.name), harness::provider_chance(plan.seed, spec.name), plan.run,
            recorder));
        providers.back()->start_clock(reality.clock().now());
        std::cout << spec.name << " http://" << net::to_string(providers.back()->endpoint()) << '\n';
    }
    std::cout << "ready" << std::endl;
    reality.on_stop_signal([&](int) {
        for (const auto& provider : providers) provider->stop();
    });
    reality.run(serve_all(reality, providers));
    return 0;
}
