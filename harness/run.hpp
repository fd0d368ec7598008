// One run, from a scenario to its account: plan, live, judge. The page to read first.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "harness/plan.hpp"
#include "harness/stop.hpp"
#include "harness/subject.hpp"
#include "harness/world.hpp"
#include "history/account.hpp"

namespace chaos::harness {

/// Where a run takes place.
enum class Place { reality, simulation };
std::unique_ptr<net::Runtime> make_runtime(Place place);

/// Everything that distinguishes one run of a scenario from another.
struct RunSettings {
    std::uint64_t seed = 1;
    int repeat = 0;  ///< from 1; 0: not repeated
    Place place = Place::reality;
    SubjectKind subject;
    std::string command = "chaos";  ///< how the user calls this program, for the line that repeats the run
};

/// Healthy control runs, each made once: keyed by subject and scenario, shared by repeats and by parallel jobs.
class ControlRuns {
public:
    ControlResult result_for(const Scenario& scenario, const RunSettings& settings, Stop& stop);

private:
    std::mutex mutex_;
    std::map<std::string, ControlResult> results_;
};

/// What a run produced; the folder is written from it.
struct RunResult {
    Plan plan;
    history::History history;
    history::Account account;
};

/// Never throws for what subjects do. A harness that could not do its work (a port taken) is in account.trouble.
RunResult run(const Scenario& scenario, const RunSettings& settings, ControlRuns& controls, Stop& stop,
              std::function<void(const history::Event&)> watcher = {});

}  // namespace chaos::harness
