// Asks of each fault of the plan whether it really happened: a pass in which nothing went wrong proves nothing.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/checks/table.hpp"
#include "harness/checks/words.hpp"
#include "mock_providers/milestones.hpp"

namespace chaos::harness {
namespace {

using history::CheckResult;
using history::Event;
using history::Evidence;
using history::Finding;
using history::Kind;
using history::Verdict;
using mock_providers::FaultSpec;

/// Everything that was seen of one fault.
struct Sightings {
    std::uint64_t opportunities = 0;
    std::uint64_t delivered = 0;
    std::uint64_t contacted = 0;
    std::map<std::string, std::uint64_t> due;  ///< attempts whose injection fell and was not delivered yet -> event
    std::uint64_t due_elsewhere = 0;           ///< the same without a name: connections, tools
    Moment armed;
    std::string skipped;  ///< why it cannot be had here
    Moment released;
    Moment first_delivery;

    std::uint64_t proven() const { return delivered + contacted; }
};

std::string in_words(const config::Range& range)
{
    if (!range.last) return fmt::format("{} and later", range.first);
    return range.first == *range.last ? fmt::format("{}", range.first)
                                      : fmt::format("{} to {}", range.first, *range.last);
}

class FaultsHappened final : public Check {
public:
    FaultsHappened(const Plan& plan, const Book& book) : plan_(plan), book_(book)
    {
        for (const FaultSpec& fault : plan.scenario.faults) seen_[fault.name];
    }

    void see(const Event& event) override
    {
        if (event.kind == Kind::told_to_wait) told_to_wait_.try_emplace(event.provider, Moment{event.number, event.at});
        note_milestone(event);
        if (event.fault.empty()) return;
        const auto found = seen_.find(event.fault);
        if (found == seen_.end()) return;
        Sightings& seen = found->second;
        switch (event.kind) {
            case Kind::fault_armed:
                if (!seen.armed) seen.armed = {event.number, event.at};
                break;
            case Kind::fault_skipped:
                seen.skipped = event.text;
                break;
            case Kind::fault_released:
                seen.released = {event.number, event.at};
                break;
            case Kind::fault_opportunity:
                see_opportunity(event, seen);
                break;
            case Kind::fault_delivered:
                see_delivery(event, seen);
                break;
            default:
                break;
        }
    }

    std::vector<CheckResult> finish() override
    {
        std::vector<CheckResult> results;
        for (const FaultSpec& fault : plan_.scenario.faults) {
            CheckResult result;
            result.id = "faults_happened." + fault.name;
            result.check = "faults_happened";
            result.expectation = fmt::format("{} on {} really happens", fault.name, fault.target);
            result.source = {plan_.scenario.file, fault.at.line};
            weigh(fault, seen_.at(fault.name), result);
            results.push_back(std::move(result));
        }
        if (std::all_of(results.begin(), results.end(), [](const CheckResult& result) { return result.skipped; })) {
            results.push_back(nothing_was_tried());
        }
        return results;
    }

    std::vector<std::string> warnings() const override { return warnings_; }

private:
    /// What is left is a healthy run, which must not look like a proof.
    static CheckResult nothing_was_tried()
    {
        CheckResult result;
        result.id = "faults_happened";
        result.check = "faults_happened";
        result.expectation = "at least one fault of the scenario can be had here";
        result.measured = "none";
        result.reason = "every fault was skipped, so that nothing was proved";
        return result;
    }

    /// When a fault is in force, on the world's clock.
    struct Window {
        net::Instant from;
        net::Instant until;
    };

    /// What faults with `after:` wait for, counted as the mocks count it.
    void note_milestone(const Event& event)
    {
        const Moment zero = book_.clock_zero();
        if (!zero) return;
        const net::Duration at = event.at - zero.at;
        if (event.kind == Kind::attempt_received) milestones_.request_received(event.provider, at);
        if (event.kind == Kind::effect_performed) milestones_.effect_performed(event.tool, at);
        // A window of the network counts from the moment it is in force: what a real kernel refuses, nobody sees.
        if (event.kind == Kind::fault_delivered || event.kind == Kind::fault_armed) milestones_.fault_happened(event.fault, at);
    }

    static void see_opportunity(const Event& event, Sightings& seen)
    {
        ++seen.opportunities;
        if (!event.flag) return;
        if (event.attempt.empty()) {
            ++seen.due_elsewhere;
        } else {
            seen.due[event.attempt] = event.number;
        }
    }

    static void see_delivery(const Event& event, Sightings& seen)
    {
        if (event.evidence == Evidence::armed) {
            if (!seen.armed) seen.armed = {event.number, event.at};
            return;
        }
        ++(event.evidence == Evidence::contacted ? seen.contacted : seen.delivered);
        if (!seen.first_delivery) seen.first_delivery = {event.number, event.at};
        if (event.attempt.empty()) {
            if (seen.due_elsewhere > 0) --seen.due_elsewhere;
        } else {
            seen.due.erase(event.attempt);
        }
    }

    void weigh(const FaultSpec& fault, const Sightings& seen, CheckResult& result)
    {
        if (fault.when.at_least)
            result.limit =
                fmt::format("at least {}", counted(static_cast<std::uint64_t>(*fault.when.at_least), "time"));
        result.measured = measured(seen);
        if (!seen.skipped.empty()) {
            result.skipped = true;
            result.measured = "not tried";
            result.reason = seen.skipped;
            return;
        }
        if (misses_a_delivery(seen, result)) return;
        if (fault.when.at_least && seen.proven() < static_cast<std::uint64_t>(*fault.when.at_least)) {
            result.reason = fmt::format("it happened {}, and the scenario demands at least {}",
                                        counted(seen.proven(), "time"), *fault.when.at_least);
        } else if (seen.proven() > 0) {
            result.verdict = Verdict::pass;
        } else if (seen.opportunities > 0) {
            weigh_unfallen(fault, seen, result);
        } else {
            weigh_unmet(fault, seen, result);
        }
    }

    /// An injection that fell due must have been delivered, unless its exchange was stopped before: the subject hung
    /// up, or another fault silenced it.
    bool misses_a_delivery(const Sightings& seen, CheckResult& result) const
    {
        std::vector<std::string> missing;
        for (const auto& [name, event] : seen.due) {
            const BookedAttempt* attempt = book_.find_attempt(name);
            const bool stopped = attempt != nullptr && attempt->ended && attempt->ending != history::Ending::complete;
            if (stopped && seen.proven() > 0) continue;
            missing.push_back(name);
            Finding finding;
            finding.message =
                fmt::format("{} was due at {} and not delivered", result.id.substr(result.check.size() + 1), name);
            finding.events = {event};
            result.findings.push_back(std::move(finding));
        }
        const std::uint64_t count = missing.size() + seen.due_elsewhere;
        if (count == 0) return false;
        if (missing.size() < count) missing.push_back(counted(seen.due_elsewhere, "occasion") + " without an attempt");
        result.reason = fmt::format("{} due and not delivered: {}", counted(count, "injection"), listed(missing));
        return true;
    }

    void weigh_unfallen(const FaultSpec& fault, const Sightings& seen, CheckResult& result)
    {
        if (!fault.when.chance) {
            result.reason = fmt::format("it had {} and never fell due", counted(seen.opportunities, "opportunity"));
            return;
        }
        result.verdict = Verdict::pass;
        warnings_.push_back(fmt::format("{} never fell: chance {} at {}; say at_least to demand it", fault.name,
                                        percent(*fault.when.chance), counted(seen.opportunities, "opportunity")));
    }

    /// No opportunity: it was at least armed while callers waited, or the subject stayed away for a good reason, or
    /// nothing was tested.
    void weigh_unmet(const FaultSpec& fault, const Sightings& seen, CheckResult& result)
    {
        if (fault.when.after && !milestones_.reached(*fault.when.after, fault.target)) {
            result.reason = "no opportunity: what it waits for never came";
            return;
        }
        const Window window = window_of(fault, seen);
        if (const std::string earlier = what_made_it_rest(fault, window); !earlier.empty()) {
            result.verdict = Verdict::pass;
            result.measured = fmt::format("not met: {} was left alone after {}", fault.target, earlier);
            warnings_.push_back(fmt::format("{} was not met: the subject left {} alone after {} had happened there",
                                            fault.name, fault.target, earlier));
        } else if (seen.armed && book_.waiting_between(window.from, window.until)) {
            result.verdict = Verdict::pass;
            warnings_.push_back(
                fmt::format("{} was only armed: our own probe met it, the subject did not try {} meanwhile", fault.name,
                            fault.target));
        } else {
            result.reason = why_no_opportunity(fault, window);
        }
    }

    Window window_of(const FaultSpec& fault, const Sightings& seen) const
    {
        const auto awaited = fault.when.after ? milestones_.reached(*fault.when.after, fault.target) : std::nullopt;
        const net::Instant zero = book_.clock_zero().at + awaited.value_or(net::Duration::zero());
        Window window{zero + fault.when.from.value_or(net::Duration::zero()), std::max(book_.last_seen(), zero)};
        if (seen.armed) window.from = seen.armed.at;
        if (seen.released) {
            window.until = seen.released.at;
        } else if (fault.when.until) {
            window.until = std::min(window.until, zero + *fault.when.until);
        }
        return window;
    }

    /// What happened at the same target before this one's window closed, another fault or a limit, if afterwards callers waited and
    /// yet no attempt came there while this one was in force.
    std::string what_made_it_rest(const FaultSpec& fault, const Window& window) const
    {
        for (const FaultSpec& other : plan_.scenario.faults) {
            if (other.name == fault.name || other.target != fault.target) continue;
            if (rested_after(seen_.at(other.name).first_delivery, fault, window)) return other.name;
        }
        const auto told = told_to_wait_.find(fault.target);
        return told != told_to_wait_.end() && rested_after(told->second, fault, window) ? "a 429" : "";
    }

    bool rested_after(const Moment& happened, const FaultSpec& fault, const Window& window) const
    {
        if (!happened || happened.at >= window.until) return false;
        const net::Instant from = std::max(window.from, happened.at);
        return arrivals(fault.target, from, window.until) == 0 && book_.waiting_between(from, window.until);
    }

    std::size_t arrivals(const std::string& provider, net::Instant from, net::Instant until) const
    {
        return static_cast<std::size_t>(
            std::count_if(book_.attempts().begin(), book_.attempts().end(), [&](const BookedAttempt& attempt) {
                return attempt.provider == provider && attempt.received.at >= from && attempt.received.at < until;
            }));
    }

    std::string why_no_opportunity(const FaultSpec& fault, const Window& window) const
    {
        if (!book_.clock_zero()) return "no opportunity: no caller request was made";
        const net::Duration ran = book_.last_seen() - book_.clock_zero().at;
        if (window.from >= window.until) {
            return fmt::format("no opportunity: it begins at {}, and the run was over at {}",
                               net::to_string(window.from - book_.clock_zero().at), rounded(ran));
        }
        if (!book_.waiting_between(window.from, window.until))
            return "no opportunity: no caller request was under way while it was in force";
        const std::size_t met = arrivals(fault.target, window.from, window.until);
        if (fault.when.requests) {
            return fmt::format("no opportunity: it waits for request {} of {}, which received {}",
                               in_words(*fault.when.requests), fault.target,
                               counted(arrivals(fault.target, net::Instant::min(), net::never), "request"));
        }
        return fmt::format("no opportunity: {} received {} while it was in force{}", fault.target,
                           counted(met, "attempt"), met > 0 ? ", none of the kind it selects" : "");
    }

    static std::string measured(const Sightings& seen)
    {
        std::vector<std::string> parts;
        if (seen.delivered > 0) parts.push_back(fmt::format("{} delivered", seen.delivered));
        if (seen.contacted > 0) parts.push_back(fmt::format("{} contacted", seen.contacted));
        if (parts.empty() && seen.armed) parts.emplace_back("only armed");
        if (parts.empty()) parts.emplace_back("never");
        std::string text = listed(parts);
        if (seen.opportunities > 0) text += fmt::format(" of {}", counted(seen.opportunities, "opportunity"));
        return text;
    }

    const Plan& plan_;
    const Book& book_;
    std::map<std::string, Sightings> seen_;
    mock_providers::Milestones milestones_;
    std::map<std::string, Moment> told_to_wait_;  ///< by provider, the first time
    std::vector<std::string> warnings_;
};

}  // namespace

std::unique_ptr<Check> make_faults_happened(const Plan& plan, const Book& book)
{
    if (plan.scenario.faults.empty()) return nullptr;
    return std::make_unique<FaultsHappened>(plan, book);
}

}  // namespace chaos::harness
