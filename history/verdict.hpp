// What the judge says: findings, a verdict a check, and the worst of them for the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/time.hpp"

namespace chaos::history {

/// About evidence, from best to worst; the worst wins.
enum class Verdict { pass, unknown, fail };
std::string_view spelling(Verdict);
Verdict worst(Verdict a, Verdict b);

/// Where in the scenario file an expectation stands.
struct SourceLine {
    std::string file;
    int line = 0;
    bool operator==(const SourceLine&) const = default;
};

/// One thing that was found wrong (or that could not be judged), with its proof.
struct Finding {
    std::string message;                ///< one sentence that names the task, the provider and what happened
    std::vector<std::uint64_t> events;  ///< numbers of the events that prove it, in order
    std::string task;                   ///< the task it is about; empty: the run
    std::string request;                ///< the caller request it is about; empty: the whole task
    std::string follows_from;           ///< empty: primary; else the id of the check whose finding explains this one
    bool operator==(const Finding&) const = default;
};

/// Findings kept of one check result: enough to look at, and a storm does not fill the disk.
inline constexpr std::size_t max_findings = 100;

/// The answer of one check to one expectation.
struct CheckResult {
    std::string id;           ///< stable and free of measured values: "latency.p99"
    std::string check;        ///< the check it comes from: "latency"
    std::string expectation;  ///< as a sentence: "p99 of caller turns is at most 4s"
    Verdict verdict = Verdict::unknown;
    std::string measured;     ///< "p99 911ms"; empty if nothing could be measured
    std::string limit;        ///< "4s"
    std::string reason;       ///< why unknown, or the summary of the findings; empty on a pass
    std::vector<Finding> findings;  ///< primary ones first; at most `max_findings`
    std::size_t more_findings = 0;  ///< further ones that were not kept
    bool skipped = false;     ///< this subject declares it cannot; not a verdict, not counted
    SourceLine source;        ///< the expectation's line; line 0 for checks that are always made
    bool operator==(const CheckResult&) const = default;
};

/// The judge's whole answer. A run in which nothing was judged is unknown.
struct Judgement {
    std::vector<CheckResult> checks;
    std::vector<std::string> warnings;  ///< e.g. a chance fault that never fell
    Verdict verdict() const;
    bool operator==(const Judgement&) const = default;
};

}  // namespace chaos::history
