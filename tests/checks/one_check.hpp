// Runs one check of the table alone over a short history, as the judge would.
#pragma once

#include <string>
#include <vector>

#include "harness/checks/check.hpp"
#include "tests/support/history_builder.hpp"
#include "tests/support/plan_builder.hpp"

namespace chaos::testing {

struct CheckAnswer {
    std::vector<history::CheckResult> results;
    std::vector<std::string> warnings;

    /// The only result; an empty one with another id if there is not exactly one.
    history::CheckResult only() const;
    history::CheckResult named(const std::string& id) const;
    /// Messages of the only result's findings.
    std::vector<std::string> messages() const;
};

/// Nothing comes back if the plan does not expect the check.
CheckAnswer run_check(const std::string& id, const harness::Plan& plan, const std::vector<history::Event>& events);

}  // namespace chaos::testing
