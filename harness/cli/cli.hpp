// The command line: what each command is given, and the exit codes they share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/run.hpp"
#include "harness/subject.hpp"

namespace chaos::harness::cli {

/// What the program says to whoever called it.
enum ExitCode : int {
    passed = 0,
    check_failed = 1,
    verdict_unknown = 2,
    bad_input = 3,      ///< bad input or usage
    harness_failed = 4  ///< the harness or its surroundings failed: a port taken, no disk, a crash
};

struct RunOptions {
    std::vector<std::string> paths;
    bool simulate = false;
    std::uint64_t seed = 1;
    int repeat = 1;
    int jobs = 1;
    std::string subject;  ///< empty: the bundled router
    std::optional<std::string> junit;
    std::optional<std::string> out;
    std::string command = "chaos";
};
int command_run(const RunOptions& options, const std::vector<SubjectKind>& subjects);
int command_validate(const std::vector<std::string>& paths);
int command_plan(const std::string& file, std::uint64_t seed);
int command_judge(const std::string& folder, const std::string& command);
int command_list(const std::string& what, const std::vector<SubjectKind>& subjects);
int command_router(const std::string& file, bool check_only);
int command_dependencies(const std::string& file, bool check_only);

struct ServeOptions {
    std::string file;
    std::uint64_t seed = 1;
    bool env = false;                    ///< print what SDKs read, as exports, and nothing else
    std::uint16_t control_port = 0;      ///< of the control API; 0: any
    std::optional<std::uint16_t> toxiproxy_port;  ///< of Toxiproxy's API; nothing: not served
    std::optional<std::string> history;  ///< every event, as it happens, one JSON line each
    std::optional<std::string> authority_file;  ///< where the certificate of the mocks' authority goes
};
int command_serve(const ServeOptions& options);

/// Reads arguments and runs one command. Never throws.
int main_program(int argc, char** argv, const std::vector<SubjectKind>& subjects);

/// Every scenario below the paths (files, or folders searched for *.yaml and *.yml), each once, by name. Says what is
/// wrong on stderr, everything at once, and returns nothing if anything is.
std::optional<std::vector<Scenario>> read_scenarios(const std::vector<std::string>& paths);
/// One file; says on stderr what is wrong with it.
std::optional<Scenario> read_one_scenario(const std::string& file, Purpose purpose);

/// The exit code that a set of accounts amounts to; the gravest wins: trouble, fail, unknown, pass.
int exit_code_of(const std::vector<history::Account>& accounts);

}  // namespace chaos::harness::cli
