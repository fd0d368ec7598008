#include "harness/account_of.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

#include "mock_providers/faults/vocabulary.hpp"
#include "net/real/reality.hpp"

namespace chaos::harness {
namespace {

using history::Event;
using history::Kind;

constexpr std::size_t timeline_lines = 24;
constexpr std::size_t findings_in_timeline = 2;

void count_events(history::Account& account, const std::vector<Event>& events)
{
    for (const Event& event : events) {
        switch (event.kind) {
            case Kind::request_sent: ++account.turns; break;
            case Kind::attempt_received: ++account.attempts; break;
            case Kind::effect_performed: ++account.effects; break;
            case Kind::task_ended: account.tasks_answered += event.outcome == history::Outcome::ok ? 1 : 0; break;
            default: break;
        }
    }
}

std::vector<history::ProviderAccount> providers_of(const Plan& plan, const std::vector<Event>& events)
{
    std::vector<history::ProviderAccount> accounts;
    for (const auto& spec : plan.scenario.providers) {
        history::ProviderAccount account;
        account.name = spec.name;
        std::set<std::string> faulted;
        for (const Event& event : events) {
            if (event.provider != spec.name) continue;
            if (event.kind == Kind::attempt_received) ++account.attempts;
            if (event.kind == Kind::fault_delivered && !event.attempt.empty()) faulted.insert(event.attempt);
            if (event.kind == Kind::attempt_ended && event.status == 200 && event.ending == history::Ending::complete) {
                ++account.complete;
            }
        }
        account.faulted = faulted.size();
        accounts.push_back(std::move(account));
    }
    return accounts;
}

// From the weakest proof to the strongest.
int strength(history::Evidence evidence)
{
    switch (evidence) {
        case history::Evidence::none: return 0;
        case history::Evidence::armed: return 1;
        case history::Evidence::contacted: return 2;
        case history::Evidence::delivered: return 3;
    }
    return 0;
}

std::vector<history::FaultAccount> faults_of(const Plan& plan, const std::vector<Event>& events)
{
    std::vector<history::FaultAccount> accounts;
    for (const auto& fault : plan.scenario.faults) {
        history::FaultAccount account;
        account.name = fault.name;
        account.what = mock_providers::faults::in_words(fault);
        for (const Event& event : events) {
            if (event.fault != fault.name) continue;
            if (event.kind == Kind::fault_opportunity) ++account.opportunities;
            if (event.kind == Kind::fault_delivered) ++account.delivered;
            if (strength(event.evidence) > strength(account.evidence)) account.evidence = event.evidence;
        }
        accounts.push_back(std::move(account));
    }
    return accounts;
}

history::Timeline timeline_of(const history::CheckResult& check, const std::vector<Event>& events)
{
    std::set<std::uint64_t> numbers;
    std::size_t findings = 0;
    for (const history::Finding& finding : check.findings) {
        if (!finding.follows_from.empty()) continue;
        if (++findings > findings_in_timeline) break;
        numbers.insert(finding.events.begin(), finding.events.end());
    }
    history::Timeline timeline;
    timeline.check = check.id;
    for (const std::uint64_t number : numbers) {
        if (number == 0 || number > events.size() || timeline.lines.size() >= timeline_lines) continue;
        const Event& event = events[number - 1];
        timeline.lines.push_back({event.at, event.number, in_words(event)});
    }
    return timeline;
}

std::string repeat_command(const Plan& plan, const RunSettings& settings)
{
    std::string command = fmt::format("{} run {}", settings.command, plan.scenario.file);
    if (settings.place == Place::simulation) command += " --simulate";
    if (settings.subject.name != bundled_router().name) command += " --subject " + settings.subject.name;
    return command + fmt::format(" --seed {}", settings.seed);
}

history::Account provenance(const Plan& plan, const RunSettings& settings, const RunClock& clock)
{
    history::Account account;
    account.scenario = plan.scenario.name;
    account.sentence = plan.scenario.sentence;
    account.file = plan.scenario.file;
    account.subject = settings.subject.name;
    account.seed = settings.seed;
    account.repeat = settings.repeat;
    account.simulated = settings.place == Place::simulation;
    account.version = version();
    account.scenario_hash = fmt::format("{:016x}", net::stable_hash(plan.scenario.text));
    account.started = clock.started();
    account.wall_took = clock.took();
    account.tasks = plan.tasks.size();
    account.repeat_command = repeat_command(plan, settings);
    return account;
}

}  // namespace

RunClock::RunClock() : started_(net::civil_time()), begin_(net::process_time()) {}

net::Duration RunClock::took() const { return net::process_time() - begin_; }

std::string_view version() { return CHAOS_VERSION; }

history::Account account_of(const Plan& plan, const history::History& history, const history::Judgement& judgement,
                            const RunSettings& settings, const RunClock& clock)
{
    history::Account account = provenance(plan, settings, clock);
    account.interrupted = history.interrupted;
    account.took = history.events.empty() ? net::Duration{} : history.events.back().at.time_since_epoch();
    count_events(account, history.events);
    account.providers = providers_of(plan, history.events);
    account.faults = faults_of(plan, history.events);
    account.judgement = judgement;
    for (const history::CheckResult& check : judgement.checks) {
        if (check.verdict == history::Verdict::pass || check.skipped) continue;
        account.timelines.push_back(timeline_of(check, history.events));
    }
    return account;
}

history::Account account_of_trouble(const Plan& plan, const RunSettings& settings, const RunClock& clock,
                                    std::string trouble)
{
    history::Account account = provenance(plan, settings, clock);
    account.trouble = std::move(trouble);
    return account;
}

}  // namespace chaos::harness
