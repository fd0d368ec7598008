// Asks whether every accepted answer comes from one attempt, and from one of its own.
#include <fmt/format.h>

#include <algorithm>

#include "harness/checks/table.hpp"
#include "harness/checks/words.hpp"

namespace chaos::harness {
namespace {

using history::CheckResult;
using history::Finding;
using history::Outcome;
using history::Verdict;

/// An answer to the same turn may cite an attempt of an earlier try (an idempotency cache, a single flight) or a rival
/// of a hedge; an answer of another turn or another task is never its own.
class Stream final : public Check {
public:
    Stream(const history::SourceLine& source, const Book& book) : source_(source), book_(book) {}

    std::vector<CheckResult> finish() override
    {
        CheckResult result;
        result.id = "stream";
        result.check = "stream";
        result.expectation = "every accepted answer comes from one attempt of its own turn";
        result.limit = "unmixed";
        result.source = source_;
        std::size_t marked = 0;
        for (const BookedRequest& request : book_.requests()) {
            if (request.outcome != Outcome::ok || request.marks.empty()) continue;
            ++marked;
            const std::string wrong = whats_wrong(request);
            if (!wrong.empty()) result.findings.push_back(finding_of(request, wrong));
        }
        result.measured = fmt::format("{} of {} unmixed", marked - result.findings.size(), counted(marked, "answer"));
        if (!result.findings.empty()) {
            result.verdict = Verdict::fail;
            result.reason = fmt::format("{} of {} not from one attempt of its own turn", result.findings.size(),
                                        counted(marked, "answer"));
        } else if (marked == 0) {
            result.measured.clear();
            result.reason = "no accepted answer bears the mark of an attempt";
        } else {
            result.verdict = Verdict::pass;
        }
        return {std::move(result)};
    }

private:
    std::string whats_wrong(const BookedRequest& request) const
    {
        std::vector<std::string> marks = request.marks;
        std::sort(marks.begin(), marks.end());
        marks.erase(std::unique(marks.begin(), marks.end()), marks.end());
        if (marks.size() > 1) return fmt::format("is spliced from {}", listed(marks));
        const BookedAttempt* attempt = book_.find_attempt(marks.front());
        if (attempt == nullptr)
            return fmt::format("bears the mark of {}, an attempt that this run never saw", marks.front());
        const BookedRequest* owner = book_.request_of(*attempt);
        if (owner == nullptr || owner->turn() == request.turn()) return "";
        return fmt::format("comes from {}, which was an attempt for {}", marks.front(), owner->name);
    }

    Finding finding_of(const BookedRequest& request, const std::string& wrong) const
    {
        Finding finding;
        finding.message = fmt::format("the answer to {} {}", request.name, wrong);
        finding.events = {request.sent.event};
        for (const std::string& mark : request.marks) {
            const BookedAttempt* attempt = book_.find_attempt(mark);
            if (attempt != nullptr) finding.events.push_back(attempt->received.event);
        }
        finding.events.push_back(request.ended.event);
        std::sort(finding.events.begin(), finding.events.end());
        finding.task = request.task;
        finding.request = request.name;
        return finding;
    }

    history::SourceLine source_;
    const Book& book_;
};

}  // namespace

std::unique_ptr<Check> make_stream(const Plan& plan, const Book& book)
{
    if (!plan.scenario.expect.stream_unmixed) return nullptr;
    return std::make_unique<Stream>(*plan.scenario.expect.stream_unmixed, book);
}

}  // namespace chaos::harness
