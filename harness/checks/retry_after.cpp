// Asks whether callers who were told to stay away came back too early.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "harness/checks/table.hpp"
#include "harness/checks/words.hpp"

namespace chaos::harness {
namespace {

using history::CheckResult;
using history::Finding;
using history::Verdict;

/// A request that arrives so soon after the answer that said to wait may have been sent before it was read.
constexpr net::Duration on_its_way = std::chrono::milliseconds(100);
/// Timers may fire so much early.
constexpr net::Duration timer_slack = std::chrono::milliseconds(1);

/// The answer does not say since when; it cannot have been read before its request arrived.
net::Instant may_come_back_at(const BookedAttempt& told)
{
    return told.received.at + told.wait;
}

class RetryAfter final : public Check {
public:
    RetryAfter(const history::SourceLine& source, const Book& book) : source_(source), book_(book) {}

    std::vector<CheckResult> finish() override
    {
        CheckResult result;
        result.id = "retry_after.obeyed";
        result.check = "retry_after";
        result.expectation = "who is told to stay away does so until the wait is over";
        result.source = source_;
        const std::size_t waits = weigh(result.findings);
        if (waits == 0) {
            result.reason = "no provider told anybody to wait";
            return {std::move(result)};
        }
        result.measured = fmt::format("{} told, {} came too early", counted(waits, "wait"),
                                      counted(result.findings.size(), "attempt"));
        result.verdict = result.findings.empty() ? Verdict::pass : Verdict::fail;
        if (!result.findings.empty()) {
            result.reason = fmt::format("{} came before the wait was over", counted(result.findings.size(), "attempt"));
        }
        return {std::move(result)};
    }

private:
    using Caller = std::pair<std::string_view, std::string_view>;  ///< at a provider, with a key

    /// The number of waits that were told.
    std::size_t weigh(std::vector<Finding>& findings) const
    {
        std::size_t waits = 0;
        std::map<Caller, std::vector<const BookedAttempt*>> told;
        for (const BookedAttempt& attempt : book_.attempts()) {
            auto& waiting = told[{attempt.provider, attempt.caller}];
            std::erase_if(waiting, [&](const BookedAttempt* one) { return may_come_back_at(*one) <= attempt.received.at; });
            const auto broken = std::find_if(waiting.begin(), waiting.end(),
                                             [&](const BookedAttempt* one) { return comes_too_early(attempt, *one); });
            if (broken != waiting.end()) findings.push_back(finding_of(attempt, **broken));
            if (attempt.told_to_wait) {
                ++waits;
                waiting.push_back(&attempt);
            }
        }
        return waits;
    }

    static bool comes_too_early(const BookedAttempt& attempt, const BookedAttempt& told)
    {
        if (attempt.received.event < told.told_to_wait.event) return false;
        if (attempt.received.at + timer_slack >= may_come_back_at(told)) return false;
        const bool of_the_same_request = attempt.request && attempt.request == told.request;
        return of_the_same_request || attempt.received.at > told.told_to_wait.at + on_its_way;
    }

    Finding finding_of(const BookedAttempt& attempt, const BookedAttempt& told) const
    {
        const BookedRequest* request = book_.request_of(attempt);
        Finding finding;
        finding.message = fmt::format("{}{} came {} before the end of the {} that {} had been told to wait", attempt.name,
                                      request == nullptr ? "" : fmt::format(" for {}", request->name),
                                      rounded(may_come_back_at(told) - attempt.received.at), rounded(told.wait), told.name);
        finding.events = {told.told_to_wait.event, attempt.received.event};
        if (request != nullptr) {
            finding.task = request->task;
            finding.request = request->name;
        }
        return finding;
    }

    history::SourceLine source_;
    const Book& book_;
};

}  // namespace

std::unique_ptr<Check> make_retry_after(const Plan& plan, const Book& book)
{
    if (!plan.scenario.expect.retry_after_obeyed) return nullptr;
    return std::make_unique<RetryAfter>(*plan.scenario.expect.retry_after_obeyed, book);
}

}  // namespace chaos::harness
