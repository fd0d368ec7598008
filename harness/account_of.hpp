// The account of a run: counts, timelines and provenance gathered from plan, history and judgement for the reports.
#pragma once

#include "harness/plan.hpp"
#include "harness/run.hpp"
#include "history/account.hpp"

namespace chaos::harness {

/// When a run began and how long it took in real time.
class RunClock {
public:
    RunClock();
    net::WallTime started() const { return started_; }
    net::Duration took() const;

private:
    net::WallTime started_;
    net::Duration begin_;
};

history::Account account_of(const Plan& plan, const history::History& history, const history::Judgement& judgement,
                            const RunSettings& settings, const RunClock& clock);
/// For a run that could not be made or finished: no verdict, only what stood in the way.
history::Account account_of_trouble(const Plan& plan, const RunSettings& settings, const RunClock& clock,
                                    std::string trouble);

/// The version of this program.
std::string_view version();
/// One event as a short sentence for people, without its time.
std::string in_words(const history::Event& event);

}  // namespace chaos::harness
