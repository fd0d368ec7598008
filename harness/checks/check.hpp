// A check: a fold over the events that answers one question. One file a check; the table of all is in checks.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/checks/book.hpp"
#include "harness/plan.hpp"
#include "history/event.hpp"
#include "history/verdict.hpp"

namespace chaos::harness {

class Check {
public:
    virtual ~Check() = default;
    /// Called for each event in order, after the book has seen it. Only for what the book does not keep.
    virtual void see(const history::Event&) {}
    /// One result an expectation. Called once, after the last event.
    virtual std::vector<history::CheckResult> finish() = 0;
    /// What is worth saying and condemns nobody. Called after finish().
    virtual std::vector<std::string> warnings() const { return {}; }
};

/// One row a check: for `chaos list checks`, the documentation and the judge.
struct CheckEntry {
    std::string id;         ///< "side_effects"
    std::string summary;    ///< one sentence: what it asks
    std::string spelling;   ///< how `expect:` asks for it; empty: always made
    std::string tolerance;  ///< what it does not count, and why; may be empty
    /// Nothing if the plan does not expect it. Plan and book outlive the check; the book is full when finish() is called.
    std::unique_ptr<Check> (*make)(const Plan& plan, const Book& book) = nullptr;
};

/// Every check: the assumptions first, then in the order of the documentation.
const std::vector<CheckEntry>& checks();

/// The check on which all others depend.
inline constexpr std::string_view assumptions = "sound_history";

}  // namespace chaos::harness
