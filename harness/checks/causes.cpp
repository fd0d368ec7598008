// The table of causes, and the search for the nearest one.
#include "harness/checks/causes.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace chaos::harness {

using history::CheckResult;
using history::Finding;
using history::Judgement;

const std::vector<Cause>& causes()
{
    // Lost context makes models act wrongly; a call that was sent again mixes streams; storms, hangs and slow failovers
    // make turns late; and every one of them can cost the task its answer.
    static const std::vector<Cause> table = {
        {"side_effects", "context", Nearness::task},   {"stream", "context", Nearness::request},
        {"stream", "side_effects", Nearness::request}, {"attempts", "context", Nearness::request},
        {"errors", "context", Nearness::request},      {"errors", "attempts", Nearness::request},
        {"failover", "attempts", Nearness::request},   {"failover", "errors", Nearness::request},
        {"latency", "attempts", Nearness::request},    {"latency", "errors", Nearness::request},
        {"latency", "failover", Nearness::request},    {"answered", "context", Nearness::task},
        {"answered", "side_effects", Nearness::task},  {"answered", "stream", Nearness::task},
        {"answered", "attempts", Nearness::task},      {"answered", "errors", Nearness::task},
        {"answered", "failover", Nearness::task},      {"answered", "latency", Nearness::task},
    };
    return table;
}

namespace {

/// Where one check has findings: its requests, and per task the first event of any.
struct Places {
    std::map<std::string, bool> requests;
    std::map<std::string, std::uint64_t> tasks;

    void add(const Finding& finding)
    {
        if (!finding.request.empty()) requests[finding.request] = true;
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
