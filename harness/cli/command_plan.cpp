#include <fmt/format.h>

#include "harness/cli/cli.hpp"

namespace chaos::harness::cli {

int command_plan(const std::string& file, std::uint64_t seed)
{
    const auto scenarios = read_scenarios({file});
    if (!scenarios) return bad_input;
    for (const Scenario& scenario : *scenarios) fmt::print("{}", to_json(make_plan(scenario, seed)));
    return passed;
}

}  // namespace chaos::harness::cli
