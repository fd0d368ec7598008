// `chaos serve`: the mocks of a scenario on real ports, for clients that are programs of their own.
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <set>

#include "harness/cli/authority_file.hpp"
#include "harness/cli/cli.hpp"
#include "harness/control_api.hpp"
#include "harness/event_log.hpp"
#include "harness/mocks.hpp"
#include "harness/recorder.hpp"
#include "harness/toxiproxy/server.hpp"
#include "history/json_lines.hpp"
#include "mock_providers/dialects/dialect.hpp"
#include "net/real/parallel.hpp"
#include "net/real/reality.hpp"

namespace chaos::harness::cli {
namespace {

std::string url_of(const net::Endpoint& endpoint) { return "http://" + net::to_string(endpoint); }

// One line a server: name, dialect, model, address; and the file with whom to trust, if there is one.
std::string table(const Mocks& mocks, std::uint16_t control_port, const toxiproxy::Server* toxiproxy,
                  const AuthorityFile& authority)
{
    const auto line = [](std::string_view name, std::string_view dialect, std::string_view model, std::string_view url) {
        return fmt::format("{:<16} {:<10} {:<24} {}\n", name, dialect, model, url);
    };
    std::string lines;
    for (const auto& provider : mocks.providers()) {
        const auto& spec = provider->spec();
        lines += line(spec.name, spec.dialect, spec.model, provider->url());
    }
    lines += line("tools", "-", "-", url_of(mocks.tools()));
    lines += line("mcp", "-", "-", url_of(mocks.tools()) + "/mcp");
    if (!authority.path().empty()) lines += line("authority", "-", "-", authority.path());
    if (mocks.status_page() != nullptr) lines += line("status page", "-", "-", url_of(mocks.status_page()->endpoint()));
    lines += line("control", "-", "-", fmt::format("http://127.0.0.1:{}", control_port));
    return toxiproxy == nullptr ? lines : lines + line("toxiproxy", "-", "-", url_of(toxiproxy->endpoint()));
}

// The variables of SDKs; of several providers of one dialect the first is the one they are pointed at.
std::string exports(const Mocks& mocks, const AuthorityFile& authority)
{
    std::string lines = authority.exports();
    std::set<std::string> done;
    for (const auto& provider : mocks.providers()) {
        const auto& spec = provider->spec();
        if (!done.insert(spec.dialect).second) continue;
        const auto variables = mock_providers::find_dialect(spec.dialect)->sdk_variables();
        lines += fmt::format("export {}={}{}\n", variables.base_url, provider->url(), variables.path);
        if (!variables.api_key.empty()) lines += fmt::format("export {}=any\n", variables.api_key);
    }
    return lines;
}

net::Task<void> serve(net::Runtime& runtime, Mocks& mocks, toxiproxy::Server* toxiproxy)
{
    net::TaskGroup servers(runtime.executor());
    mocks.serve_in(servers);
    if (toxiproxy != nullptr) servers.spawn(toxiproxy->serve());
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
    net::allow_many_descriptors();
    net::Reality reality;
    Recorder recorder(reality.clock());
    recorder.keep_nothing();
    EventLog log;
    recorder.on_event([&, line = std::string()](const history::Event& event) mutable {
        line.clear();
        history::append_line(line, event);
        if (options.history) history << line << std::flush;
        log.append(line);
        if (event.kind == history::Kind::fault_skipped) {
            fmt::print(stderr, "chaos: the fault {} is skipped: {}\n", event.fault, event.text);
        }
    });
    Mocks mocks(plan, reality, recorder);
    mocks.expect_other_faults();
    const AuthorityFile authority(mocks.authority(), options.authority_file);
    ControlApi control(options.control_port, plan, reality, mocks, log);
    std::unique_ptr<toxiproxy::Server> toxiproxy;
    if (options.toxiproxy_port) {
        toxiproxy = std::make_unique<toxiproxy::Server>(*options.toxiproxy_port, reality, mocks, options.seed);
    }
    reality.on_stop_signal([&](int) {
        mocks.stop();
        if (toxiproxy) toxiproxy->stop();
    });
    mocks.start_clock(reality.clock().now());
    if (options.env) {
        fmt::print("{}# ready: Ctrl-C ends it\n", exports(mocks, authority));
    } else {
        fmt::print("{}\nFor the vendors' SDKs (--env prints only these lines):\n{}\nready: Ctrl-C ends it\n",
                   table(mocks, control.port(), toxiproxy.get(), authority), exports(mocks, authority));
    }
    std::fflush(stdout);
    // The loop of the mocks on this thread, the control API on the other; the first to end takes the second along.
    net::run_in_parallel(2, 2, [&](std::size_t nth) {
        if (nth == 1) return control.serve();
        reality.run(serve(reality, mocks, toxiproxy.get()));
        log.close();
        control.stop();
    });
    return passed;
}

}  // namespace chaos::harness::cli
