// The account of a run: everything a report may say, typed, and nothing that could change a verdict.
#pragma once

#include <string>
#include <vector>

#include "history/event.hpp"
#include "history/verdict.hpp"
#include "net/time.hpp"

namespace chaos::history {

struct ProviderAccount {
    std::string name;
    std::uint64_t attempts = 0;
    std::uint64_t complete = 0;  ///< responses with status 200 and their proper end
    std::uint64_t faulted = 0;   ///< attempts that met a fault
};

struct FaultAccount {
    std::string name;        ///< stable: "faults[0] blackhole primary"
    std::string what;        ///< in words: "blackhole on primary, 1s to 6s"
    std::uint64_t opportunities = 0;
    std::uint64_t delivered = 0;
    Evidence evidence = Evidence::none;  ///< the best that was had
};

/// A few readable lines of what happened around a finding.
struct TimelineLine {
    net::Instant at{};
    std::uint64_t event = 0;
    std::string text;
};
struct Timeline {
    std::string check;  ///< id of the check it belongs to
    std::vector<TimelineLine> lines;
};

/// One scenario, one subject, one seed.
struct Account {
    std::string scenario;        ///< "outage"
    std::string sentence;        ///< the first comment line: what it proves
    std::string file;            ///< as the user named it
    std::string subject;         ///< "router" (ours), or the given name
    std::uint64_t seed = 0;
    int repeat = 0;              ///< from 1; 0: not repeated
    bool simulated = false;
    bool interrupted = false;
    std::string version;         ///< of chaos
    std::string scenario_hash;   ///< of the file's text
    net::WallTime started{};
    net::Duration took{};        ///< in the world's own time
    net::Duration wall_took{};   ///< real time
    std::uint64_t tasks = 0;
    std::uint64_t tasks_answered = 0;
    std::uint64_t turns = 0;         ///< caller requests
    std::uint64_t attempts = 0;      ///< requests at providers
    std::uint64_t effects = 0;
    std::vector<ProviderAccount> providers;
    std::vector<FaultAccount> faults;
    Judgement judgement;
    std::vector<Timeline> timelines;  ///< for checks that did not pass
    std::string repeat_command;       ///< one line that reproduces this run
    std::string folder;               ///< where the run's files are
    std::string trouble;              ///< the harness or its surroundings failed: no verdict (exit code 4)
};

}  // namespace chaos::history
