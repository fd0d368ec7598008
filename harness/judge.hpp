// The judge: a pure function from a plan and what was seen from outside to a judgement.
#pragma once

#include <span>
#include <vector>

#include "harness/checks/check.hpp"
#include "harness/plan.hpp"
#include "history/event.hpp"
#include "history/verdict.hpp"

namespace chaos::harness {

/// Takes events only: a subject's own notes cannot reach it. Assumptions first: if the history is unsound, the rig
/// lagged or the healthy control run failed, every check that depends on it is unknown; then the worst wins.
history::Judgement judge(const Plan& plan, std::span<const history::Event> events);

/// The same with another table of checks. A check that throws yields unknown with the exception's text.
history::Judgement judge_with(const std::vector<CheckEntry>& table, const Plan& plan,
                              std::span<const history::Event> events);

}  // namespace chaos::harness
