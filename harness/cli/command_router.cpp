#include <cstdio>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "harness/cli/cli.hpp"
#include "harness/run_folder.hpp"
#include "net/real/reality.hpp"

namespace chaos::harness::cli {
namespace {

/// One line an attempt and a request, on stderr.
class LoggingObserver final : public router::Observer {
public:
    LoggingObserver() : log_("router", std::make_shared<spdlog::sinks::stderr_sink_st>()) {}
    void attempt_ended(const router::AttemptRecord& attempt) override
    {
        const router::Decision& decision = attempt.decision;
        log_.info("{} {}: {} {}; {} {}: {}", attempt.request, attempt.target, spelling(attempt.what), attempt.why,
                  spelling(decision.kind), decision.target, decision.reason);
    }
    void request_ended(const router::RequestRecord& request) override
    {
        log_.info("{} {}: {} {}", request.id, request.served_by, request.status, request.error_code);
    }

private:
    spdlog::logger log_;
};

std::optional<router::Configuration> read_router_file(const std::string& file)
{
    const auto text = read_file(file);
    if (!text) {
        fmt::print(stderr, "{}: no such file; expected a router configuration\n", file);
        return std::nullopt;
    }
    config::Complaints complaints(file);
    auto configuration = router::read_configuration(*text, complaints);
    for (const config::Complaint& complaint : complaints.sorted()) fmt::print(stderr, "{}\n", config::to_string(complaint));
    return complaints.empty() ? std::move(configuration) : std::nullopt;
}

}  // namespace

int command_router(const std::string& file, bool check_only)
{
    auto configuration = read_router_file(file);
    if (!configuration) return bad_input;
    if (check_only) {
        fmt::print("{}: good ({} providers, {} models)\n", file, configuration->targets.size(),
                   configuration->policy.models.size());
        return passed;
    }
    net::Reality reality;
    auto listener = reality.network().listen(configuration->listen);
    if (!listener) {
        fmt::print(stderr, "chaos: cannot listen on {}: {}\n", net::to_string(configuration->listen),
                   listener.error().message());
        return harness_failed;
    }
    LoggingObserver observer;
    router::Router router(reality, std::move(*listener), std::move(configuration->targets),
                          std::move(configuration->policy), net::Chance(net::random_seed()), observer);
    reality.on_stop_signal([&](int) { router.stop(); });
    fmt::print("listening on http://{}/v1\n", net::to_string(router.endpoint()));
    std::fflush(stdout);
    reality.run(router.serve());
    return passed;
}

}  // namespace chaos::harness::cli
