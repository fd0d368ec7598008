// `chaos serve`: the mocks of a scenario on real ports, for clients that are programs of their own.
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <set>

#include "harness/cli/cli.hpp"
#include "harness/mocks.hpp"
#include "harness/recorder.hpp"
#include "history/json_lines.hpp"
#include "mock_providers/dialects/dialect.hpp"
#include "net/real/reality.hpp"

namespace chaos::harness::cli {
namespace {

std::string url_of(const net::Endpoint& endpoint) { return "http://" + net::to_string(endpoint); }

// One line a server: name, dialect, model, address.
std::string table(const Mocks& mocks)
{
    std::string lines;
    for (const auto& provider : mocks.providers()) {
        const auto& spec = provider->spec();
        lines += fmt::format("{:<16} {:<10} {:<24} {}\n", spec.name, spec.dialect, spec.model, url_of(provider->endpoint()));
    }
    return lines + fmt::format("{:<16} {:<10} {:<24} {}\n", "tools", "-", "-", url_of(mocks.tools()));
}

// The variables of SDKs; of several providers of one dialect the first is the one they are pointed at.
std::string exports(const Mocks& mocks)
{
    std::string lines;
    std::set<std::string> done;
    for (const auto& provider : mocks.providers()) {
        const auto& spec = provider->spec();
        if (!done.insert(spec.dialect).second) continue;
        const auto variables = mock_providers::find_dialect(spec.dialect)->sdk_variables();
        lines += fmt::format("export {}={}{}\n", variables.base_url, url_of(provider->endpoint()), variables.path);
        if (!variables.api_key.empty()) lines += fmt::format("export {}=any\n", variables.api_key);
    }
    return lines;
}

net::Task<void> serve(net::Runtime& runtime, Mocks& mocks)
{
    net::TaskGroup servers(runtime.executor());
    mocks.serve_in(servers);
    co_await servers.join();
}

}  // namespace

int command_serve(const ServeOptions& options)
{
    const auto scenario = read_one_scenario(options.file, Purpose::serve);
    if (!scenario) return bad_input;
    std::ofstream history;
    if (options.history) {
        history.open(*options.history);
        if (!history) {
            fmt::print(stderr, "chaos: cannot write {}\n", *options.history);
            return harness_failed;
        }
    }
    const Plan plan = make_plan(*scenario, options.seed);
    net::Reality reality;
    Recorder recorder(reality.clock());
    recorder.keep_nothing();
    recorder.on_event([&](const history::Event& event) {
        if (!options.history) return;
        std::string line;
        history::append_line(line, event);
        history << line << std::flush;
    });
    Mocks mocks(plan, reality, recorder);
    mocks.start_clock(reality.clock().now());
    reality.on_stop_signal([&](int) { mocks.stop(); });
    if (options.env) {
        fmt::print("{}", exports(mocks));
    } else {
        fmt::print("{}\nFor the vendors' SDKs (--env prints only these lines):\n{}\nready: Ctrl-C ends it\n", table(mocks),
                   exports(mocks));
    }
    std::fflush(stdout);
    reality.run(serve(reality, mocks));
    return passed;
}

}  // namespace chaos::harness::cli
