// Asks whether every caller was told the truth in time: a proper error where there is no answer, and no broken answer
// that looks like a good one.
#include <fmt/format.h>

#include <set>

#include "harness/checks/table.hpp"
#include "harness/checks/words.hpp"

namespace chaos::harness {
namespace {

using history::CheckResult;
using history::Ending;
using history::Event;
using history::Finding;
using history::Outcome;
using history::Verdict;

/// A caller's timer may fire late on a busy machine.
constexpr net::Duration deadline_tolerance = std::chrono::milliseconds(250);

bool is_cut(Ending ending)
{
    return ending == Ending::cut_fin || ending == Ending::cut_reset || ending == Ending::silent;
}

class Errors final : public Check {
public:
    Errors(const Plan& plan, const Book& book) : plan_(plan), book_(book)
    {
        for (const PlannedTask& task : plan.tasks) answers_[task.brief.task] = task.answer;
    }

    void see(const Event& event) override
    {
        if (event.kind == history::Kind::tool_sent) turns_with_calls_.insert(event.request);
    }

    std::vector<CheckResult> finish() override
    {
        CheckResult result;
        result.id = "errors";
        result.check = "errors";
        result.expectation = "a caller gets a whole answer or a proper error, within its deadline";
        result.limit = "honest";
        result.source = *plan_.scenario.expect.errors_honest;
        std::size_t ended = 0;
        std::size_t failed = 0;
        for (const BookedRequest& request : book_.requests()) {
            if (!request.ended) continue;
            ++ended;
            if (request.outcome != Outcome::ok) ++failed;
            const std::string wrong = whats_wrong(request);
            if (!wrong.empty()) result.findings.push_back(finding_of(request, wrong));
        }
        result.measured =
            fmt::format("{}, {} failed, {} dishonestly", counted(ended, "turn"), failed, result.findings.size());
        if (!result.findings.empty()) {
            result.verdict = Verdict::fail;
            result.reason =
                fmt::format("{} of {} ended without the truth", result.findings.size(), counted(ended, "turn"));
        } else if (ended == 0) {
            result.measured.clear();
            result.reason = "no caller request came to its end";
        } else {
            result.verdict = Verdict::pass;
        }
        return {std::move(result)};
    }

private:
    /// Nothing if it ended honestly.
    std::string whats_wrong(const BookedRequest& request) const
    {
        const net::Duration took = request.ended.at - request.sent.at;
        const net::Duration deadline = plan_.scenario.agents.deadline;
        if (request.ending == Ending::timed_out)
            return fmt::format("got no end within {}: it would have waited for ever", rounded(took));
        if (took > deadline + deadline_tolerance)
            return fmt::format("took {}, longer than its deadline of {}", rounded(took), net::to_string(deadline));
        return request.outcome == Outcome::ok ? whats_wrong_with_answer(request) : whats_wrong_with_error(request);
    }

    std::string whats_wrong_with_answer(const BookedRequest& request) const
    {
        if (request.finish.empty()) return "was taken for whole without a finish reason";
        const bool called = request.tool_calls > 0 || turns_with_calls_.contains(request.turn()) ||
                            turns_with_calls_.contains(request.name);
        if (request.text.empty() && request.marks.empty() && !called)
            return "was empty, with a status that says success";
        const BookedAttempt* server = book_.server_of(request);
        if (server != nullptr && is_cut(server->ending) && !called && !holds_digest(request)) {
            return fmt::format("looks whole, but {} was cut off in the middle of it", server->name);
        }
        return "";
    }

    /// A final answer that holds its digest is whole, however its connection ended afterwards.
    bool holds_digest(const BookedRequest& request) const
    {
        const auto answer = answers_.find(request.task);
        return answer != answers_.end() && request.text.find(answer->second) != std::string::npos;
    }

    std::string whats_wrong_with_error(const BookedRequest& request) const
    {
        const bool described = !request.error_type.empty();
        if (request.status == 0)
            return "";  // the connection failed before a status: no client takes that for an answer
        if (request.status >= 400)
            return described || !request.text.empty() ? ""
                                                      : fmt::format("got status {} without a word", request.status);
        if (described) {
            return request.stream
                       ? ""
                       : fmt::format("got status {} with an error inside ({})", request.status, request.error_type);
        }
        if (is_cut(request.ending)) return "broke off without an error event";
        return fmt::format("got status {} and no whole answer: {}", request.status, quoted(request.text, 100));
    }

    Finding finding_of(const BookedRequest& request, const std::string& wrong) const
    {
        Finding finding;
        const BookedAttempt* server = book_.server_of(request);
        finding.message = fmt::format("{} {}{}", request.name, wrong,
                                      server == nullptr ? "" : fmt::format(" (last at {})", server->name));
        finding.events.push_back(request.sent.event);
        if (server != nullptr) finding.events.push_back(server->received.event);
        finding.events.push_back(request.ended.event);
        finding.task = request.task;
        finding.request = request.name;
        return finding;
    }

    const Plan& plan_;
    const Book& book_;
    std::map<std::string, std::string> answers_;
    std::set<std::string, std::less<>> turns_with_calls_;
};

}  // namespace

std::unique_ptr<Check> make_errors(const Plan& plan, const Book& book)
{
    if (!plan.scenario.expect.errors_honest) return nullptr;
    return std::make_unique<Errors>(plan, book);
}

}  // namespace chaos::harness
