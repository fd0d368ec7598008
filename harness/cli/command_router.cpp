// `chaos router`: reads the configuration and hands over to the service.
#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>

#include "harness/cli/cli.hpp"
#include "harness/run_folder.hpp"
#include "net/real/reality.hpp"
#include "router/operation/service.hpp"

namespace chaos::harness::cli {
namespace {

std::optional<router::Configuration> read_router_file(const std::string& file, std::string& complaints)
{
    const auto text = read_file(file);
    if (!text) {
        complaints += fmt::format("{}: no such file; expected a router configuration\n", file);
        return std::nullopt;
    }
    config::Complaints found(file);
    auto configuration = router::read_configuration(*text, found);
    for (const config::Complaint& complaint : found.sorted()) complaints += config::to_string(complaint) + '\n';
    return configuration;
}

/// Where it listens, for people and for scripts that wait for it.
void say_where(const router::Service& service, bool tls)
{
    fmt::print("listening on {}://{}/v1\n", tls ? "https" : "http", net::to_string(service.endpoint()));
    if (const auto admin = service.admin()) fmt::print("admin on http://{}\n", net::to_string(*admin));
    std::fflush(stdout);
}

}  // namespace

int command_router(const std::string& file, bool check_only)
{
    std::string complaints;
    auto configuration = read_router_file(file, complaints);
    fmt::print(stderr, "{}", complaints);
    if (!configuration) return bad_input;
    if (check_only) {
        fmt::print("{}: good ({} providers, {} models)\n", file, configuration->targets.size(),
                   configuration->policy.models.size());
        for (const std::string& remark : router::remarks_on(*configuration)) fmt::print("{}: note: {}\n", file, remark);
        return passed;
    }
    const bool tls = configuration->operation.tls != nullptr;
    net::allow_many_descriptors();  // two for each stream
    std::unique_ptr<router::Service> service;
    try {
        service = std::make_unique<router::Service>(
            *std::move(configuration), [file](std::string& problems) { return read_router_file(file, problems); });
    } catch (const std::runtime_error& error) {
        fmt::print(stderr, "chaos: {}\n", error.what());
        return harness_failed;
    }
    say_where(*service, tls);
    service->run();
    return passed;
}

}  // namespace chaos::harness::cli
