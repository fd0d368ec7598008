// A check: a fold over the events that answers one question. One file a check; the table of all is in checks.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/plan.hpp"
#include "history/event.hpp"
#include "history/verdict.hpp"

namespace chaos::harness {

class Check {
public:
    virtual ~Check() = default;
    virtual void see(const history::Event& event) = 0;
    /// One result an expectation. Called once, after the last event.
    virtual std::vector<history::CheckResult> finish() = 0;
};

/// One row a check: for `chaos list checks`, the documentation and the judge.
struct CheckEntry {
    std::string id;        ///< "side_effects"
    std::string summary;   ///< one sentence: what it asks
    std::string spelling;  ///< how `expect:` asks for it; empty: always made
    std::string tolerance; ///< what it does not count, and why; may be empty
    /// Nothing if the plan does not expect it.
    std::unique_ptr<Check> (*make)(const Plan& plan) = nullptr;
};
const std::vector<CheckEntry>& checks();

}  // namespace chaos::harness
