// The table of causes, and the search for the nearest one.
#include "harness/checks/causes.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace chaos::harness {

using history::CheckResult;
using history::Finding;
using history::Judgement;

const std::vector<Cause>& causes()
{
    static const std::vector<Cause> table = {
        {"side_effects", "context", Nearness::task},          // a model that forgot a step asks for it again
        {"stream", "context", Nearness::request},             // what it then says may be another turn's
        {"stream", "side_effects", Nearness::request, true},  // who continues a delivered call continues texts as well
        {"attempts", "context", Nearness::request},           // refused for what is missing, tried again and again
        {"errors", "context", Nearness::request},             // half a conversation is often refused
        {"errors", "attempts", Nearness::request},            // a storm outlasts the deadline
        {"failover", "attempts", Nearness::request},          // each attempt takes its time
        {"failover", "errors", Nearness::request},            // an answer after the deadline came late from elsewhere
        {"latency", "attempts", Nearness::request},           // as above
        {"latency", "errors", Nearness::request},             // a hang is as slow as its deadline
        {"latency", "failover", Nearness::request},           // a slow failover makes a slow turn
        {"answered", "context", Nearness::task},              // each of them can cost a task its answer
        {"answered", "side_effects", Nearness::task},         // likewise
        {"answered", "stream", Nearness::task},               // likewise
        {"answered", "attempts", Nearness::task},             // likewise
        {"answered", "errors", Nearness::task},               // likewise
        {"answered", "failover", Nearness::task},             // likewise
        {"answered", "latency", Nearness::task},              // likewise
    };
    return table;
}

namespace {

/// Where one check has findings: its requests, and per task the first event of any.
struct Places {
    std::set<std::string> requests;
    std::map<std::string, std::uint64_t> tasks;

    void add(const Finding& finding)
    {
        if (!finding.request.empty()) requests.insert(finding.request);
        if (finding.task.empty()) return;
        const std::uint64_t first = finding.events.empty() ? 0 : finding.events.front();
        const auto [place, fresh] = tasks.try_emplace(finding.task, first);
        if (!fresh) place->second = std::min(place->second, first);
    }

    bool explain(const Finding& finding, Nearness nearness) const
    {
        if (nearness == Nearness::request) return requests.contains(finding.request);
        const auto cause = tasks.find(finding.task);
        return cause != tasks.end() && (finding.events.empty() || cause->second <= finding.events.back());
    }
};

const Cause* find_cause(const CheckResult& result, const Finding& finding,
                        const std::map<std::string_view, Places>& found)
{
    const auto cause = std::find_if(causes().begin(), causes().end(), [&](const Cause& row) {
        const auto places = found.find(row.cause);
        return row.effect == result.check && places != found.end() && places->second.explain(finding, row.nearness);
    });
    return cause == causes().end() ? nullptr : &*cause;
}

void settle(CheckResult& result, const std::map<std::string_view, Places>& found)
{
    const Cause* spreading = nullptr;
    for (Finding& finding : result.findings) {
        const Cause* cause = find_cause(result, finding, found);
        if (cause == nullptr) continue;
        finding.follows_from = cause->cause;
        if (cause->spreads) spreading = cause;
    }
    if (spreading == nullptr) return;
    for (Finding& finding : result.findings) {
        if (finding.follows_from.empty()) finding.follows_from = spreading->cause;
    }
}

}  // namespace

void settle_causes(Judgement& judgement)
{
    std::map<std::string_view, Places> found;
    for (const CheckResult& result : judgement.checks) {
        if (result.verdict != history::Verdict::fail) continue;
        for (const Finding& finding : result.findings) found[result.check].add(finding);
    }
    for (CheckResult& result : judgement.checks) {
        if (result.verdict == history::Verdict::fail) settle(result, found);
    }
}

}  // namespace chaos::harness
