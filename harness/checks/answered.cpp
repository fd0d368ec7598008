// Asks how many tasks ended with the right answer: the digest over everything their tools returned.
#include <fmt/format.h>

#include "harness/checks/table.hpp"
#include "harness/checks/words.hpp"

namespace chaos::harness {
namespace {

using history::CheckResult;
using history::Finding;
using history::Outcome;
using history::Verdict;

constexpr std::uint64_t million = 1'000'000;

class Answered final : public Check {
public:
    Answered(const Plan& plan, const Expected<std::uint32_t>& limit, const Book& book)
        : plan_(plan), limit_(limit), book_(book)
    {
    }

    std::vector<CheckResult> finish() override
    {
        CheckResult result;
        result.id = "answered";
        result.check = "answered";
        result.limit = percent(limit_.value);
        result.expectation = fmt::format("at least {} of the tasks end with the right answer", result.limit);
        result.source = limit_.source;
        for (const PlannedTask& task : plan_.tasks) weigh(task, result);
        if (plan_.tasks.empty()) {
            result.reason = "the plan has no tasks";
        } else {
            conclude(result);
        }
        return {std::move(result)};
    }

private:
    /// A task that was still under way is held against nobody.
    void weigh(const PlannedTask& planned, CheckResult& result)
    {
        const BookedTask* task = book_.find_task(planned.brief.task);
        if (task == nullptr || !task->ended || task->outcome == Outcome::unknown) {
            ++unfinished_;
        } else if (task->outcome == Outcome::ok && task->answer.find(planned.answer) != std::string::npos) {
            ++right_;
        } else {
            result.findings.push_back(finding_of(*task, planned));
        }
    }

    void conclude(CheckResult& result)
    {
        const std::uint64_t all = plan_.tasks.size();
        const auto reaches = [&](std::uint64_t right) { return right * million >= limit_.value * all; };
        result.measured = fmt::format("{} ({} of {})", percent(right_ * million / all), right_, all);
        if (reaches(right_)) {
            result.verdict = Verdict::pass;
            result.findings.clear();
        } else if (reaches(right_ + unfinished_)) {
            result.reason = fmt::format("{} did not come to an end", counted(unfinished_, "task"));
        } else {
            result.verdict = Verdict::fail;
            result.reason =
                fmt::format("{} of {} ended without the right answer", result.findings.size(), counted(all, "task"));
        }
    }

    Finding finding_of(const BookedTask& task, const PlannedTask& planned) const
    {
        Finding finding;
        finding.task = task.name;
        const BookedRequest* last = task.latest ? &book_.requests()[*task.latest] : nullptr;
        const BookedAttempt* server = last == nullptr ? nullptr : book_.server_of(*last);
        const std::string where =
            server == nullptr ? "no provider was reached last" : "last provider " + server->provider;
        if (last != nullptr && last->outcome == Outcome::ok && last->tool_calls == 0) {
            finding.message = fmt::format("{} ended with a wrong answer, {} instead of {} ({})", task.name,
                                          quoted(task.answer), quoted(planned.answer), where);
        } else {
            finding.message = fmt::format("{} was not answered: {} ({})", task.name, quoted(task.answer, 120), where);
        }
        if (last != nullptr && last->ended) finding.events.push_back(last->ended.event);
        finding.events.push_back(task.ended.event);
        return finding;
    }

    const Plan& plan_;
    const Expected<std::uint32_t>& limit_;
    const Book& book_;
    std::uint64_t right_ = 0;
    std::uint64_t unfinished_ = 0;
};

}  // namespace

std::unique_ptr<Check> make_answered(const Plan& plan, const Book& book)
{
    if (!plan.scenario.expect.answered) return nullptr;
    return std::make_unique<Answered>(plan, *plan.scenario.expect.answered, book);
}

}  // namespace chaos::harness
