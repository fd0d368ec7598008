#include <fmt/format.h>

#include <cstdio>

#include "harness/cli/cli.hpp"
#include "harness/run_folder.hpp"
#include "router/tools/dependencies.hpp"

namespace chaos::harness::cli {
namespace {

void print_dependency(const router::Dependency& dependency)
{
    fmt::print("{} ({}): {}\n", dependency.name, spelling(dependency.kind), spelling(dependency.strategy));
    for (const router::DependencyEndpoint& endpoint : dependency.endpoints) fmt::print("  at {}\n", endpoint.url);
    if (!dependency.path.empty()) fmt::print("  asked as {}\n", dependency.path);
    for (const router::FailureMode mode : dependency.failure_modes) fmt::print("  fails by {}\n", spelling(mode));
}

}  // namespace

int command_dependencies(const std::string& file, bool check_only)
{
    const auto text = read_file(file);
    if (!text) {
        fmt::print(stderr, "{}: no such file; expected a map of dependencies\n", file);
        return bad_input;
    }
    config::Complaints complaints(file);
    const auto dependencies = router::read_dependencies(*text, complaints);
    for (const config::Complaint& complaint : complaints.sorted()) fmt::print(stderr, "{}\n", config::to_string(complaint));
    if (!dependencies) return bad_input;
    if (check_only) {
        fmt::print("{}: good ({} dependencies)\n", file, dependencies->all.size());
        return passed;
    }
    for (const router::Dependency& dependency : dependencies->all) print_dependency(dependency);
    return passed;
}

}  // namespace chaos::harness::cli
