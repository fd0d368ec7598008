#include <fmt/format.h>
#include <unistd.h>

#include "harness/account_of.hpp"
#include "harness/cli/cli.hpp"
#include "harness/judge.hpp"
#include "harness/run_folder.hpp"
#include "reports/report.hpp"

namespace chaos::harness::cli {

int command_judge(const std::string& folder, const std::string& command)
{
    std::string problem;
    const auto saved = read_saved_run(folder, problem);
    if (!saved) {
        fmt::print(stderr, "{}\n", problem);
        return bad_input;
    }
    RunSettings settings;
    settings.seed = saved->seed;
    settings.subject.name = bundled_router().name;
    settings.command = command;
    const Plan plan = make_plan(saved->scenario, saved->seed);
    history::Account account =
        account_of(plan, saved->history, judge(plan, saved->history.events), settings, RunClock());
    account.folder = folder;
    const reports::ConsoleStyle style{::isatty(STDOUT_FILENO) != 0, 100};
    fmt::print("{}", reports::console(account, style));
    return exit_code_of({account});
}

}  // namespace chaos::harness::cli
