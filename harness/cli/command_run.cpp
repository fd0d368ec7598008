#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

#include "harness/account_of.hpp"
#include "harness/cli/cli.hpp"
#include "harness/cli/progress.hpp"
#include "harness/run_folder.hpp"
#include "net/real/parallel.hpp"
#include "net/real/signal_watch.hpp"
#include "reports/report.hpp"

namespace chaos::harness::cli {
namespace {

/// One run that has to be made.
struct Job {
    const Scenario* scenario = nullptr;
    RunSettings settings;
    std::string folder;
};

const SubjectKind* find_subject(const std::string& name, const std::vector<SubjectKind>& subjects)
{
    if (name.empty()) return &subjects.front();
    const auto found = std::find_if(subjects.begin(), subjects.end(), [&](const auto& kind) { return kind.name == name; });
    if (found != subjects.end()) return &*found;
    std::vector<std::string> names;
    for (const SubjectKind& kind : subjects) names.push_back(kind.name);
    fmt::print(stderr, "--subject: '{}' is not known here{}; expected one of: {}\n", name,
               config::did_you_mean(name, names), fmt::join(names, ", "));
    return nullptr;
}

class Invocation {
public:
    Invocation(const RunOptions& options, const SubjectKind& subject, const std::vector<Scenario>& scenarios)
        : options_(options), folders_(options.out), style_{::isatty(STDOUT_FILENO) != 0, 100}
    {
        for (const Scenario& scenario : scenarios) {
            for (int nth = 1; nth <= options.repeat; ++nth) jobs_.push_back(job(scenario, subject, nth));
        }
        accounts_.resize(jobs_.size());
        finished_.resize(jobs_.size(), false);
    }

    int run()
    {
        // Whatever ends the loop, what is known by then is reported: a missing JUnit file is a green one to many servers.
        const net::SignalWatch signals([this](int) { stop_.request(); });
        net::run_in_parallel(static_cast<std::size_t>(options_.jobs), jobs_.size(), [this](std::size_t nth) { run_job(nth); });
        if (accounts_.size() > 1) fmt::print("{}", reports::console_summary(accounts_, style_));
        write_junit();
        return exit_code_of(accounts_);
    }

private:
    Job job(const Scenario& scenario, const SubjectKind& subject, int nth)
    {
        Job job;
        job.scenario = &scenario;
        job.settings.seed = options_.seed + static_cast<std::uint64_t>(nth - 1);
        job.settings.repeat = options_.repeat > 1 ? nth : 0;
        job.settings.place = options_.simulate ? Place::simulation : Place::reality;
        job.settings.subject = subject;
        job.settings.command = options_.command;
        job.folder = folders_.folder_of(job.settings, scenario.name, !options_.subject.empty());
        return job;
    }

    void run_job(std::size_t nth)
    {
        const Job& job = jobs_[nth];
        if (stop_.requested()) {
            history::Account account =
                account_of_trouble(make_plan(*job.scenario, job.settings.seed), job.settings, RunClock(), "");
            account.interrupted = true;
            finish(nth, std::move(account));
            return;
        }
        Progress progress(*job.scenario, options_.jobs == 1);
        RunResult result = harness::run(*job.scenario, job.settings, controls_, stop_, progress.watcher());
        progress.clear();
        result.account.folder = job.folder;
        try {
            folders_.write(result);
        } catch (const std::exception& error) {
            result.account.trouble = error.what();
        }
        finish(nth, std::move(result.account));
    }

    // Prints in the order of the command line, whatever order parallel jobs end in.
    void finish(std::size_t nth, history::Account account)
    {
        std::lock_guard lock(finishing_);
        accounts_[nth] = std::move(account);
        finished_[nth] = true;
        for (; next_to_print_ < jobs_.size() && finished_[next_to_print_]; ++next_to_print_) {
            fmt::print("{}", reports::console(accounts_[next_to_print_], style_));
            std::fflush(stdout);
        }
    }

    void write_junit()
    {
        if (!options_.junit) return;
        try {
            write_file_atomically(*options_.junit, reports::junit(accounts_));
        } catch (const std::exception& error) {
            fmt::print(stderr, "chaos: {}\n", error.what());
            accounts_.front().trouble = error.what();
        }
    }

    const RunOptions& options_;
    RunFolders folders_;
    reports::ConsoleStyle style_;
    Stop stop_;
    ControlRuns controls_;
    std::vector<Job> jobs_;
    std::vector<history::Account> accounts_;
    std::mutex finishing_;
    std::vector<bool> finished_;
    std::size_t next_to_print_ = 0;
};

}  // namespace

int exit_code_of(const std::vector<history::Account>& accounts)
{
    history::Verdict verdict = history::Verdict::pass;
    for (const history::Account& account : accounts) {
        if (!account.trouble.empty()) return harness_failed;
        verdict = history::worst(verdict, account.judgement.verdict());
    }
    switch (verdict) {
        case history::Verdict::pass: return passed;
        case history::Verdict::unknown: return verdict_unknown;
        case history::Verdict::fail: return check_failed;
    }
    return harness_failed;
}

namespace {

// Says on stderr which providers the subject could not talk to.
bool understands(const SubjectKind& subject, const std::vector<Scenario>& scenarios)
{
    bool all = true;
    for (const Scenario& scenario : scenarios) {
        for (const auto& provider : scenario.providers) {
            const auto& known = subject.speaks_to;
            if (std::find(known.begin(), known.end(), provider.dialect) != known.end()) continue;
            all = false;
            fmt::print(stderr, "{}:{}:{}: provider '{}' speaks {}, and the subject '{}' speaks only to: {}\n",
                       scenario.file, provider.at.line, provider.at.column, provider.name, provider.dialect,
                       subject.name, fmt::join(known, ", "));
        }
    }
    return all;
}

// Says on stderr which providers cannot be had in the world that was asked for.
bool can_simulate(const std::vector<Scenario>& scenarios)
{
    bool all = true;
    for (const Scenario& scenario : scenarios) {
        for (const auto& provider : scenario.providers) {
            if (!provider.upstream) continue;
            all = false;
            fmt::print(stderr,
                       "{}:{}:{}: provider '{}' asks {}, and in simulation there is no outside world; record it once and "
                       "replay it (`brain: {{replay: FILE}}`)\n",
                       scenario.file, provider.at.line, provider.at.column, provider.name,
                       net::http::to_string(*provider.upstream));
        }
    }
    return all;
}

}  // namespace

int command_run(const RunOptions& options, const std::vector<SubjectKind>& subjects)
{
    const SubjectKind* subject = find_subject(options.subject, subjects);
    if (subject == nullptr) return bad_input;
    const auto scenarios = read_scenarios(options.paths);
    if (!scenarios || !understands(*subject, *scenarios)) return bad_input;
    if (options.simulate && !can_simulate(*scenarios)) return bad_input;
    return Invocation(options, *subject, *scenarios).run();
}

}  // namespace chaos::harness::cli
