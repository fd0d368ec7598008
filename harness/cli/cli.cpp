#include "harness/cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fmt/format.h>

#include "harness/account_of.hpp"

namespace chaos::harness::cli {
namespace {

constexpr const char* summary =
    "Proves that LLM agents and gateways survive provider failures: runs scripted mock providers, a failover router and\n"
    "agents from a YAML scenario, and judges what was seen from outside.";
constexpr const char* exit_codes =
    "Exit codes: 0 pass, 1 a check failed, 2 unknown (and nothing failed), 3 bad input or usage,\n"
    "            4 the harness or its surroundings failed";

constexpr const char* router_notes =
    "Its file has `listen:`, `providers:` and `router:`, and what `chaos list router` says; docs/router.md has examples.\n"
    "Keys and tokens come from the environment or from files. Without `callers:` it listens on this machine alone.\n\n"
    "Signals:    HUP reads the file again (a bad one changes nothing) and opens the log anew; TERM and INT drain:\n"
    "            /readyz says 503 at once, requests under way finish; a second one ends it at once\n"
    "Admin port: GET /healthz /readyz /metrics /explain/{x-request-id}, POST /reload\n"
    "Exit codes: 0 it ended as it was told to, 3 bad input, 4 an address, the log or the store cannot be had";

// The wrapper script says how the user called it, for the line that repeats a run.
std::string command_name()
{
    const char* given = std::getenv("CHAOS_COMMAND");
    return given != nullptr && *given != '\0' ? given : "chaos";
}

class Program {
public:
    explicit Program(const std::vector<SubjectKind>& subjects) : subjects_(subjects)
    {
        app_.set_version_flag("--version", std::string(version()));
        app_.footer(exit_codes);
        app_.require_subcommand(1);
        add_run();
        add_validate();
        add_plan();
        add_judge();
        add_serve();
        add_router();
        add_dependencies();
        add_list();
    }

    int run(int argc, char** argv)
    {
        try {
            app_.parse(argc, argv);
        } catch (const CLI::ParseError& error) {
            const int code = app_.exit(error);
            return code == 0 ? passed : bad_input;
        }
        return chosen_();
    }

private:
    void add_run()
    {
        CLI::App* command = app_.add_subcommand("run", "run scenarios (files or folders), judge them, write reports");
        command->footer(exit_codes);
        run_.command = command_name();
        command->add_option("paths", run_.paths, "scenario files, or folders of them")->required();
        command->add_flag("--simulate", run_.simulate, "in virtual time on an in-memory network: milliseconds, and the same every time");
        command->add_option("--seed", run_.seed, "what chance is derived from")->capture_default_str();
        command->add_option("--repeat", run_.repeat, "run each so often, with seeds SEED, SEED+1, ...")
            ->check(CLI::Range(1, 1'000'000))->capture_default_str();
        command->add_option("--jobs", run_.jobs, "so many runs side by side")->check(CLI::Range(1, 256))->capture_default_str();
        command->add_option("--subject", run_.subject, "what is put on trial (see `list subjects`)");
        command->add_option("--junit", run_.junit, "write one JUnit file for all of it here");
        command->add_option("--out", run_.out, "the folder for everything the runs leave (default: runs/<time>)");
        command->callback([this] { chosen_ = [this] { return command_run(run_, subjects_); }; });
    }

    void add_validate()
    {
        CLI::App* command = app_.add_subcommand("validate", "read scenarios, say what is wrong with them, run nothing");
        command->add_option("paths", paths_, "scenario files, or folders of them")->required();
        command->callback([this] { chosen_ = [this] { return command_validate(paths_); }; });
    }

    void add_plan()
    {
        CLI::App* command = app_.add_subcommand("plan", "print the plan of a scenario: tasks, faults, the dice that fall");
        command->add_option("file", file_, "a scenario")->required();
        command->add_option("--seed", run_.seed, "what chance is derived from")->capture_default_str();
        command->callback([this] { chosen_ = [this] { return command_plan(file_, run_.seed); }; });
    }

    void add_judge()
    {
        CLI::App* command = app_.add_subcommand("judge", "judge a saved run again");
        command->add_option("folder", file_, "the folder of one run, such as runs/latest/outage")->required();
        command->callback([this] { chosen_ = [this] { return command_judge(file_, command_name()); }; });
    }

    void add_serve()
    {
        CLI::App* command = app_.add_subcommand("serve", "run a scenario's mock providers and tools alone, on real ports");
        command->add_option("file", serve_.file, "a scenario (expectations are not needed)")->required();
        command->add_flag("--env", serve_.env, "print the variables the vendors' SDKs read, as exports, and nothing else");
        command->add_option("--seed", serve_.seed, "what chance is derived from")->capture_default_str();
        command->add_option("--control-port", serve_.control_port, "the port of the control API (default: any free one)");
        command->add_option("--toxiproxy-port", serve_.toxiproxy_port,
                            "speak Toxiproxy's control API there (its own port is 8474; 0: any free one)");
        command->add_option("--history", serve_.history, "write every event here as it happens, one JSON line each");
        command->add_option("--ca-file", serve_.authority_file,
                            "where to write the certificate of the authority behind https providers (default: a new file)");
        command->callback([this] { chosen_ = [this] { return command_serve(serve_); }; });
    }

    void add_router()
    {
        CLI::App* command = app_.add_subcommand("router", "run the failover router alone");
        command->footer(router_notes);
        command->add_option("file", file_, "a router configuration")->required();
        command->add_flag("--check", check_only_, "read the configuration, say what is wrong with it, start nothing");
        command->callback([this] { chosen_ = [this] { return command_router(file_, check_only_); }; });
    }

    void add_dependencies()
    {
        CLI::App* command = app_.add_subcommand("dependencies", "print a map of dependencies: endpoints, failure modes, strategies");
        command->add_option("file", file_, "a map of dependencies, such as docs/examples/dependencies.yaml")->required();
        command->add_flag("--check", check_only_, "read it, say what is wrong with it, and nothing else");
        command->callback([this] { chosen_ = [this] { return command_dependencies(file_, check_only_); }; });
    }

    void add_list()
    {
        CLI::App* command = app_.add_subcommand(
            "list", "print what there is: faults, checks, dialects, subjects, router, log, metrics, dependencies");
        command
            ->add_option("what", file_, "faults | checks | dialects | subjects | router | log | metrics | dependencies")
            ->required();
        command->callback([this] { chosen_ = [this] { return command_list(file_, subjects_); }; });
    }

    const std::vector<SubjectKind>& subjects_;
    CLI::App app_{summary, "chaos"};
    RunOptions run_;
    ServeOptions serve_;
    std::vector<std::string> paths_;
    std::string file_;
    bool check_only_ = false;
    std::function<int()> chosen_;
};

}  // namespace

int main_program(int argc, char** argv, const std::vector<SubjectKind>& subjects)
{
    try {
        return Program(subjects).run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "chaos: {}\n", error.what());
        return harness_failed;
    }
}

}  // namespace chaos::harness::cli
