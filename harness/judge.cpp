// Shows every event to the book and to every check, then settles what follows from what.
#include "harness/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "harness/checks/causes.hpp"
#include "harness/checks/check.hpp"

namespace chaos::harness {
namespace {

using history::CheckResult;
using history::Event;
using history::Judgement;
using history::Verdict;

/// A check at work. One that throws says "unknown", and the others go on.
class Seat {
public:
    Seat(const CheckEntry& entry, const Plan& plan, const Book& book) : entry_(entry)
    {
        guarded([&] { check_ = entry.make(plan, book); });
    }

    void see(const Event& event)
    {
        if (check_ != nullptr) guarded([&] { check_->see(event); });
    }

    void finish(Judgement& judgement)
    {
        std::vector<CheckResult> results;
        std::vector<std::string> warnings;
        if (check_ != nullptr) {
            guarded([&] {
                results = check_->finish();
                warnings = check_->warnings();
            });
        }
        if (!problem_.empty()) results = {broken()};
        std::move(results.begin(), results.end(), std::back_inserter(judgement.checks));
        std::move(warnings.begin(), warnings.end(), std::back_inserter(judgement.warnings));
    }

private:
    template <class Work>
    void guarded(Work work)
    {
        try {
            work();
        } catch (const std::exception& exception) {
            give_up(exception.what());
        } catch (...) {
            give_up("an exception of unknown type");
        }
    }
    void give_up(std::string_view why)
    {
        problem_ = fmt::format("the check itself broke: {}", why);
        check_.reset();
    }
    CheckResult broken() const
    {
        CheckResult result;
        result.id = entry_.id;
        result.check = entry_.id;
        result.expectation = entry_.summary;
        result.verdict = Verdict::unknown;
        result.reason = problem_;
        return result;
    }

    const CheckEntry& entry_;
    std::unique_ptr<Check> check_;
    std::string problem_;
};

/// Whatever was found, it may be the rig's doing: unknown, with the findings kept for people.
void doubt_all_but_assumptions(Judgement& judgement)
{
    const auto sound = std::find_if(judgement.checks.begin(), judgement.checks.end(),
                                    [](const CheckResult& result) { return result.check == assumptions; });
    if (sound == judgement.checks.end() || sound->verdict == Verdict::pass) return;
    for (CheckResult& result : judgement.checks) {
        if (result.check == assumptions) continue;
        result.verdict = Verdict::unknown;
        result.reason = fmt::format("cannot be judged: {}", sound->reason);
    }
}

/// A breach that was seen stays one; that nothing more would have come, nobody knows.
void doubt_passes_of_an_interrupted_run(Judgement& judgement, const std::string& interruption)
{
    if (interruption.empty()) return;
    for (CheckResult& result : judgement.checks) {
        if (result.check == assumptions || result.verdict != Verdict::pass) continue;
        result.verdict = Verdict::unknown;
        result.reason = fmt::format("the run was interrupted: {}", interruption);
    }
}

void keep_first_findings(CheckResult& result)
{
    std::stable_sort(result.findings.begin(), result.findings.end(),
                     [](const auto& a, const auto& b) { return a.follows_from.empty() > b.follows_from.empty(); });
    if (result.findings.size() <= history::max_findings) return;
    result.more_findings = result.findings.size() - history::max_findings;
    result.findings.resize(history::max_findings);
}

/// Assumptions and evidence alone judge nobody.
CheckResult nothing_expected(const Scenario& scenario)
{
    CheckResult result;
    result.id = "expectations";
    result.check = "expectations";
    result.expectation = "the scenario expects something";
    result.verdict = Verdict::unknown;
    result.reason = "the scenario expects nothing, so nothing was judged";
    result.source.file = scenario.file;
    return result;
}

bool expects_nothing(const Judgement& judgement, const std::vector<CheckEntry>& table)
{
    return std::none_of(judgement.checks.begin(), judgement.checks.end(), [&](const CheckResult& result) {
        return std::any_of(table.begin(), table.end(), [&](const CheckEntry& entry) {
            return entry.id == result.check && !entry.spelling.empty();
        });
    });
}

}  // namespace

Judgement judge_with(const std::vector<CheckEntry>& table, const Plan& plan, std::span<const Event> events)
{
    Book book;
    std::vector<Seat> seats;
    seats.reserve(table.size());
    for (const CheckEntry& entry : table) seats.emplace_back(entry, plan, book);
    for (const Event& event : events) {
        book.see(event);
        for (Seat& seat : seats) seat.see(event);
    }
    Judgement judgement;
    for (Seat& seat : seats) seat.finish(judgement);
    if (expects_nothing(judgement, table)) judgement.checks.push_back(nothing_expected(plan.scenario));
    settle_causes(judgement);
    doubt_passes_of_an_interrupted_run(judgement, book.interruption());
    doubt_all_but_assumptions(judgement);
    for (CheckResult& result : judgement.checks) keep_first_findings(result);
    return judgement;
}

Judgement judge(const Plan& plan, std::span<const Event> events)
{
    return judge_with(checks(), plan, events);
}

}  // namespace chaos::harness
