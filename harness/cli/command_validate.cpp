#include <fmt/format.h>

#include "harness/cli/cli.hpp"

namespace chaos::harness::cli {

int command_validate(const std::vector<std::string>& paths)
{
    const auto scenarios = read_scenarios(paths);
    if (!scenarios) return bad_input;
    for (const Scenario& scenario : *scenarios) {
        fmt::print("{}: good ({} providers, {} faults, {} tasks)\n", scenario.file, scenario.providers.size(),
                   scenario.faults.size(), scenario.agents.tasks);
    }
    return passed;
}

}  // namespace chaos::harness::cli
