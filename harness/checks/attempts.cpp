// Asks how often one caller request was tried: a subject that retries without end is a storm.
#include <fmt/format.h>

#include <map>

#include "harness/checks/table.hpp"
#include "harness/checks/words.hpp"

namespace chaos::harness {
namespace {

using history::CheckResult;
using history::Finding;
using history::Verdict;

class Attempts final : public Check {
public:
    Attempts(const Expected<std::int64_t>& limit, const Book& book)
        : limit_(static_cast<std::size_t>(limit.value)), source_(limit.source), book_(book)
    {
    }

    std::vector<CheckResult> finish() override
    {
        CheckResult result;
        result.id = "attempts.per_turn";
        result.check = "attempts";
        result.expectation = fmt::format("one caller request leads to at most {}", counted(limit_, "attempt"));
        result.limit = std::to_string(limit_);
        result.source = source_;
        if (book_.attempts().empty()) {
            result.reason = "no provider received an attempt";
            return {std::move(result)};
        }
        std::size_t most = 0;
        for (const BookedRequest& request : book_.requests()) {
            most = std::max(most, request.attempts.size());
            if (request.attempts.size() > limit_) result.findings.push_back(finding_of(request));
        }
        result.measured = fmt::format("at most {}", most);
        result.verdict = result.findings.empty() ? Verdict::pass : Verdict::fail;
        if (!result.findings.empty()) {
            result.reason =
                fmt::format("{} of {} led to more than {}, up to {}", result.findings.size(),
                            counted(book_.requests().size(), "caller request"), counted(limit_, "attempt"), most);
        }
        return {std::move(result)};
    }

private:
    Finding finding_of(const BookedRequest& request) const
    {
        std::map<std::string, int> at_provider;
        std::size_t late = 0;
        Finding finding;
        finding.events = {request.sent.event};
        for (const std::size_t index : request.attempts) {
            const BookedAttempt& attempt = book_.attempts()[index];
            ++at_provider[attempt.provider];
            if (attempt.late) ++late;
            finding.events.push_back(attempt.received.event);
        }
        std::vector<std::string> parts;
        for (const auto& [provider, count] : at_provider) parts.push_back(fmt::format("{} at {}", count, provider));
        finding.message =
            fmt::format("{} led to {}: {}", request.name, counted(request.attempts.size(), "attempt"), listed(parts));
        if (late > 0) finding.message += fmt::format("; {} came after it had ended", late);
        finding.task = request.task;
        finding.request = request.name;
        return finding;
    }

    std::size_t limit_;
    history::SourceLine source_;
    const Book& book_;
};

}  // namespace

std::unique_ptr<Check> make_attempts(const Plan& plan, const Book& book)
{
    if (!plan.scenario.expect.attempts_per_turn) return nullptr;
    return std::make_unique<Attempts>(*plan.scenario.expect.attempts_per_turn, book);
}

}  // namespace chaos::harness
