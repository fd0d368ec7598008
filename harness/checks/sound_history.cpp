// Asks whether the history deserves to be judged: recorded whole and in order, on a rig that kept time, of a subject
// that works when nothing is wrong.
#include <fmt/format.h>

#include <map>
#include <set>

#include "harness/checks/table.hpp"
#include "harness/checks/words.hpp"

namespace chaos::harness {
namespace {

using history::CheckResult;
using history::Event;
using history::Finding;
using history::Kind;
using history::Verdict;

/// A loop that was late by more than this may have made the subject look slow. Scenarios time their faults and limits
/// in whole seconds; a quarter of one is felt, less is noise.
constexpr net::Duration rig_tolerance = std::chrono::milliseconds(250);

/// What must happen once and end once, by name.
class Pairs {
public:
    void begin(const std::string& name, std::uint64_t event) { ++begun_[name].count, begun_[name].event = event; }
    void end(const std::string& name, std::uint64_t event)
    {
        ++ended_[name];
        if (!begun_.contains(name)) unexpected_.push_back({name, event});
    }
    /// One finding a kind of wrong, so that a broken recorder does not write a thousand.
    void report(std::string_view what, bool interrupted, std::vector<Finding>& findings) const
    {
        std::vector<std::uint64_t> open;
        std::vector<std::uint64_t> twice;
        std::vector<std::string> open_names;
        std::vector<std::string> twice_names;
        for (const auto& [name, begun] : begun_) {
            const auto ended = ended_.find(name);
            const int ends = ended == ended_.end() ? 0 : ended->second;
            if (ends == 0 && !interrupted) {
                open.push_back(begun.event);
                open_names.push_back(name);
            }
            if (ends > 1 || begun.count > 1) {
                twice.push_back(begun.event);
                twice_names.push_back(name);
            }
        }
        say(findings, fmt::format("{} without an end: {}", what, listed(open_names)), std::move(open));
        say(findings, fmt::format("{} begun or ended twice: {}", what, listed(twice_names)), std::move(twice));
        for (const auto& [name, event] : unexpected_) {
            say(findings, fmt::format("{} {} ended but never began", what, name), {event});
        }
    }

private:
    struct Begun {
        int count = 0;
        std::uint64_t event = 0;
    };
    static void say(std::vector<Finding>& findings, std::string message, std::vector<std::uint64_t> events)
    {
        if (events.empty()) return;
        Finding finding;
        finding.message = std::move(message);
        finding.events = std::move(events);
        findings.push_back(std::move(finding));
    }

    std::map<std::string, Begun> begun_;
    std::map<std::string, int> ended_;
    std::vector<std::pair<std::string, std::uint64_t>> unexpected_;
};

class SoundHistory final : public Check {
public:
    SoundHistory(const Plan& plan, const Book& book) : book_(book)
    {
        for (const PlannedTask& task : plan.tasks) tasks_.insert(task.brief.task);
    }

    void see(const Event& event) override
    {
        see_order(event);
        switch (event.kind) {
            case Kind::control_ended:
                see_control(event);
                break;
            case Kind::rig_lagged:
                see_lag(event);
                break;
            case Kind::stray_received:
                ++strays_[event.provider];
                break;
            case Kind::request_sent:
                requests_.begin(event.request, event.number);
                see_task(event);
                break;
            case Kind::request_ended:
                requests_.end(event.request, event.number);
                break;
            case Kind::attempt_received:
                attempts_.begin(event.attempt, event.number);
                see_task(event);
                break;
            case Kind::attempt_ended:
                attempts_.end(event.attempt, event.number);
                break;
            case Kind::task_ended:
                see_task(event);
                break;
            default:
                break;
        }
    }

    std::vector<CheckResult> finish() override
    {
        CheckResult result;
        result.id = assumptions;
        result.check = assumptions;
        result.expectation = "the history is whole, the rig kept time and the subject works when nothing is wrong";
        result.findings = std::move(findings_);
        if (count_ == 0) add(result, "the history is empty", {});
        if (!control_) add(result, "the healthy control run is missing", {});
        if (!book_.clock_zero()) add(result, "no caller request was made: time zero is missing", {});
        const bool interrupted = !book_.interruption().empty();
        requests_.report("caller requests", interrupted, result.findings);
        attempts_.report("attempts", interrupted, result.findings);
        if (interrupted) warnings_.push_back("the run was interrupted: " + book_.interruption());
        result.measured =
            fmt::format("{}, {}", counted(count_, "event"), counted(book_.requests().size(), "caller request"));
        // Unknown, never fail: this is about the evidence, not about the subject's failover.
        result.verdict = result.findings.empty() ? Verdict::pass : Verdict::unknown;
        if (!result.findings.empty()) result.reason = result.findings.front().message;
        return {std::move(result)};
    }

    std::vector<std::string> warnings() const override
    {
        std::vector<std::string> all = warnings_;
        for (const auto& [where, count] : strays_) {
            all.push_back(fmt::format("{} received {} that belong to no task of this run",
                                      where.empty() ? "the tool server" : where, counted(count, "request")));
        }
        if (worst_lag_ > net::Duration::zero()) all.push_back("the rig lagged by up to " + rounded(worst_lag_));
        return all;
    }

private:
    static void add(CheckResult& result, std::string message, std::vector<std::uint64_t> events)
    {
        Finding finding;
        finding.message = std::move(message);
        finding.events = std::move(events);
        result.findings.push_back(std::move(finding));
    }
    void convict(const Event& event, std::string message)
    {
        Finding finding;
        finding.message = std::move(message);
        finding.events = {event.number};
        finding.task = event.task;
        findings_.push_back(std::move(finding));
    }

    void see_order(const Event& event)
    {
        ++count_;
        if (!ordered_) return;
        if (event.number == count_ && event.at >= latest_) {
            latest_ = event.at;
            return;
        }
        ordered_ = false;
        convict(event, fmt::format("event {} at place {} is out of order", event.number, count_));
    }

    void see_control(const Event& event)
    {
        control_ = true;
        if (event.flag) return;
        convict(event, event.text.empty()
                           ? "the subject failed the healthy control run: it does not work without any fault"
                           : "the subject failed the healthy control run: " + event.text);
    }

    void see_lag(const Event& event)
    {
        const net::Duration lag(event.value);
        worst_lag_ = std::max(worst_lag_, lag);
        if (lag <= rig_tolerance || lagged_) return;
        lagged_ = true;
        convict(event, fmt::format("the rig lagged by {}, more than the {} that is tolerated", rounded(lag),
                                   rounded(rig_tolerance)));
    }

    void see_task(const Event& event)
    {
        if (tasks_.contains(event.task) || !unknown_tasks_.insert(event.task).second) return;
        convict(event, fmt::format("task {} is not in the plan", quoted(event.task)));
    }

    const Book& book_;
    std::set<std::string> tasks_;
    std::set<std::string> unknown_tasks_;
    std::map<std::string, std::uint64_t> strays_;
    Pairs requests_;
    Pairs attempts_;
    std::vector<Finding> findings_;
    std::vector<std::string> warnings_;
    std::uint64_t count_ = 0;
    net::Instant latest_ = net::Instant::min();
    net::Duration worst_lag_{};
    bool ordered_ = true;
    bool control_ = false;
    bool lagged_ = false;
};

}  // namespace

std::unique_ptr<Check> make_sound_history(const Plan& plan, const Book& book)
{
    return std::make_unique<SoundHistory>(plan, book);
}

}  // namespace chaos::harness
