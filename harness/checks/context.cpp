// Asks whether every attempt carried the whole conversation that its caller had sent.
#include <fmt/format.h>

#include <map>
#include <set>

#include "harness/checks/table.hpp"
#include "harness/checks/transcript.hpp"
#include "harness/checks/words.hpp"

namespace chaos::harness {
namespace {

using history::CheckResult;
using history::Event;
using history::Finding;
using history::Kind;
using history::Turn;
using history::Verdict;

/// "the user's \"Please carry out...\""
std::vector<std::string> call_names_of(const std::vector<Turn>& turns)
{
    std::vector<std::string> names;
    for (const Turn& turn : turns) names.push_back(fmt::format("{} {}", turn.role, quoted(turn.label, 40)));
    return names;
}

class Context final : public Check {
public:
    Context(const history::SourceLine& source, const Book& book) : source_(source), book_(book) {}

    void see(const Event& event) override
    {
        switch (event.kind) {
            case Kind::request_sent:
                sent_[event.task][event.request] = event.turns;
                break;
            case Kind::task_ended:
                sent_.erase(event.task);  // nothing is compared with it any more
                break;
            case Kind::attempt_received:
                compare(event);
                break;
            case Kind::stray_received:
                if (!event.provider.empty()) strays_.push_back({event.number, event.at});
                break;
            default:
                break;
        }
    }

    std::vector<CheckResult> finish() override
    {
        CheckResult result;
        result.id = "context";
        result.check = "context";
        result.expectation = "every attempt carries the whole conversation its caller sent";
        result.limit = "survives";
        result.source = source_;
        for (const BookedRequest& request : book_.requests()) weigh_unrecognisable(request);
        result.findings = std::move(findings_);
        result.measured = fmt::format("{} of {} whole", compared_ - lossy_, counted(compared_, "attempt"));
        if (!result.findings.empty()) {
            result.verdict = Verdict::fail;
            result.reason =
                fmt::format("{} without the whole conversation", counted(result.findings.size(), "attempt"));
        } else if (compared_ == 0) {
            result.measured.clear();
            result.reason = "no attempt of a known caller request was received";
        } else {
            result.verdict = Verdict::pass;
        }
        return {std::move(result)};
    }

    std::vector<std::string> warnings() const override
    {
        std::vector<std::string> all;
        for (const auto& [provider, insertions] : inserted_) {
            all.push_back(fmt::format("{} received {} that no caller had sent, in {} (a repair nudge?)", provider,
                                      counted(insertions.turns, "turn"), counted(insertions.attempts, "attempt")));
        }
        return all;
    }

private:
    struct Insertions {
        std::size_t turns = 0;
        std::size_t attempts = 0;
    };

    void compare(const Event& event)
    {
        const BookedAttempt* attempt = book_.find_attempt(event.attempt);
        const BookedRequest* request = attempt == nullptr ? nullptr : book_.request_of(*attempt);
        if (request == nullptr) return;
        const auto task = sent_.find(request->task);
        if (task == sent_.end()) return;
        const auto sent = task->second.find(request->name);
        if (sent == task->second.end()) return;
        ++compared_;
        const TranscriptDifference difference = compare_transcripts(sent->second, event.turns);
        if (difference.inserted > 0) {
            Insertions& insertions = inserted_[event.provider];
            insertions.turns += difference.inserted;
            ++insertions.attempts;
        }
        if (!difference.whole()) convict(event, *request, difference, sent->second.size());
    }

    void convict(const Event& event, const BookedRequest& request, const TranscriptDifference& difference,
                 std::size_t turns)
    {
        ++lossy_;
        Finding finding;
        finding.message = fmt::format("{}: {} received ", request.name, event.attempt);
        if (!difference.lost.empty()) {
            finding.message += fmt::format("the conversation without {} of its {}: {}", difference.lost.size(),
                                           counted(turns, "turn"), listed(call_names_of(difference.lost)));
        } else {
            finding.message += fmt::format("{} out of order: {}", counted(difference.misplaced.size(), "turn"),
                                           listed(call_names_of(difference.misplaced)));
        }
        finding.events = {request.sent.event, event.number};
        finding.task = request.task;
        finding.request = request.name;
        findings_.push_back(std::move(finding));
    }

    /// An answer that no recognised attempt can have given, while a provider received something that named no task.
    void weigh_unrecognisable(const BookedRequest& request)
    {
        if (request.outcome != history::Outcome::ok || !request.attempts.empty() || !request.marks.empty()) return;
        for (const Moment& stray : strays_) {
            if (stray.event < request.sent.event || stray.event > request.ended.event) continue;
            Finding finding;
            finding.message = fmt::format(
                "{} was answered, but no provider received its conversation; one received a request that names no task",
                request.name);
            finding.events = {request.sent.event, stray.event, request.ended.event};
            finding.task = request.task;
            finding.request = request.name;
            findings_.push_back(std::move(finding));
            return;
        }
    }

    history::SourceLine source_;
    const Book& book_;
    std::map<std::string, std::map<std::string, std::vector<Turn>>> sent_;  ///< task -> request -> its turns
    std::map<std::string, Insertions> inserted_;                            ///< by provider
    std::vector<Moment> strays_;
    std::vector<Finding> findings_;
    std::size_t compared_ = 0;
    std::size_t lossy_ = 0;
};

}  // namespace

std::unique_ptr<Check> make_context(const Plan& plan, const Book& book)
{
    if (!plan.scenario.expect.context_survives) return nullptr;
    return std::make_unique<Context>(*plan.scenario.expect.context_survives, book);
}

}  // namespace chaos::harness
