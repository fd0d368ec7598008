// Writes the short histories that judges are tested with: each line is one thing that somebody saw.
#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "history/event.hpp"

namespace chaos::history {

/// What a failed test prints.
inline void PrintTo(const Event& event, std::ostream* out)
{
    *out << event.number << ' ' << spelling(event.kind) << ' ' << event.request << event.attempt << event.text;
}

}  // namespace chaos::history

namespace chaos::testing {

using history::Actor;
using history::Ending;
using history::Event;
using history::Evidence;
using history::Kind;
using history::Outcome;

/// Each event comes one millisecond after the one before it unless at() says otherwise. Requests are named
/// "task/turn/try" and attempts "provider#ordinal"; step, task and provider are read from those names.
class HistoryBuilder {
public:
    /// A run that is healthy so far: started, control run passed, clock running.
    HistoryBuilder()
    {
        run_started();
        add(Actor::harness, Kind::control_ended).flag = true;
        add(Actor::harness, Kind::clock_zero);
    }
    /// Nothing yet: for the check that asks whether the history can be judged at all.
    static HistoryBuilder empty() { return HistoryBuilder(Bare{}); }

    /// The next event happens at this time.
    HistoryBuilder& at(net::Duration since_start)
    {
        next_ = net::Instant(since_start);
        return *this;
    }
    /// Changes the event added last.
    template <class Change>
    HistoryBuilder& with(Change change)
    {
        change(events_.back());
        return *this;
    }

    HistoryBuilder& run_started() { return add_and_stay(Actor::harness, Kind::run_started); }
    HistoryBuilder& clock_zero() { return add_and_stay(Actor::harness, Kind::clock_zero); }
    HistoryBuilder& control_passed() { return control(true, ""); }
    HistoryBuilder& control_failed(std::string why) { return control(false, std::move(why)); }
    HistoryBuilder& run_ended(std::string why = "")
    {
        add(Actor::harness, Kind::run_ended).text = std::move(why);
        return *this;
    }
    HistoryBuilder& rig_lagged(net::Duration by)
    {
        add(Actor::harness, Kind::rig_lagged).value = by.count();
        return *this;
    }

    HistoryBuilder& task_started(std::string task)
    {
        add(Actor::agent, Kind::task_started).task = std::move(task);
        return *this;
    }
    HistoryBuilder& task_answered(std::string task, std::string answer)
    {
        Event& event = add(Actor::agent, Kind::task_ended);
        event.task = std::move(task);
        event.outcome = Outcome::ok;
        event.text = answer;
        event.expected = std::move(answer);
        return *this;
    }
    HistoryBuilder& task_failed(std::string task, std::string why)
    {
        Event& event = add(Actor::agent, Kind::task_ended);
        event.task = std::move(task);
        event.outcome = Outcome::failed;
        event.text = std::move(why);
        return *this;
    }

    HistoryBuilder& request(std::string name, std::vector<std::string> turns = {"brief"})
    {
        Event& event = of_request(Kind::request_sent, std::move(name));
        event.turns = turns_of(turns);
        event.flag = true;
        return *this;
    }
    HistoryBuilder& output(std::string request)
    {
        of_request(Kind::first_output, std::move(request));
        return *this;
    }
    HistoryBuilder& answered(std::string request, std::vector<std::string> marks)
    {
        Event& event = of_request(Kind::request_ended, std::move(request));
        event.status = 200;
        event.outcome = Outcome::ok;
        event.ending = Ending::complete;
        event.finish = "stop";
        event.text = "words";
        event.marks = std::move(marks);
        return *this;
    }
    HistoryBuilder& refused(std::string request, int status, std::string error_type)
    {
        Event& event = of_request(Kind::request_ended, std::move(request));
        event.status = status;
        event.outcome = Outcome::failed;
        event.ending = Ending::complete;
        event.error_type = std::move(error_type);
        event.text = "an error in words";
        return *this;
    }
    HistoryBuilder& timed_out(std::string request)
    {
        Event& event = of_request(Kind::request_ended, std::move(request));
        event.outcome = Outcome::failed;
        event.ending = Ending::timed_out;
        return *this;
    }

    HistoryBuilder& calls_tool(std::string request, std::string tool, std::string effect)
    {
        Event& event = of_request(Kind::tool_sent, std::move(request));
        event.tool = std::move(tool);
        event.effect = std::move(effect);
        return *this;
    }
    HistoryBuilder& tool_ended(std::string tool, std::string effect, Outcome outcome)
    {
        Event& event = of_effect(Actor::agent, Kind::tool_ended, std::move(tool), std::move(effect));
        event.outcome = outcome;
        return *this;
    }
    HistoryBuilder& performed(std::string tool, std::string effect, std::string arguments = "same")
    {
        of_effect(Actor::tool_server, Kind::effect_performed, std::move(tool), std::move(effect)).text =
            std::move(arguments);
        return *this;
    }
    HistoryBuilder& replayed(std::string tool, std::string effect)
    {
        of_effect(Actor::tool_server, Kind::effect_replayed, std::move(tool), std::move(effect));
        return *this;
    }

    /// For the request sent last.
    HistoryBuilder& attempt(std::string name, std::vector<std::string> turns = {"brief"})
    {
        Event& event = of_attempt(Kind::attempt_received, std::move(name));
        event.task = task_;
        event.step = step_;
        event.turns = turns_of(turns);
        return *this;
    }
    HistoryBuilder& attempt_of(std::string name, std::string task, int step, std::vector<std::string> turns = {"brief"})
    {
        Event& event = of_attempt(Kind::attempt_received, std::move(name));
        event.task = std::move(task);
        event.step = step;
        event.turns = turns_of(turns);
        return *this;
    }
    HistoryBuilder& served(std::string attempt)
    {
        attempt_ended(std::move(attempt), 200, Ending::complete).finish = "stop";
        return *this;
    }
    HistoryBuilder& failed(std::string attempt, int status)
    {
        attempt_ended(std::move(attempt), status, Ending::complete);
        return *this;
    }
    HistoryBuilder& cut(std::string attempt, Ending how = Ending::cut_fin)
    {
        attempt_ended(std::move(attempt), 200, how);
        return *this;
    }
    HistoryBuilder& told_to_wait(std::string attempt, net::Duration wait)
    {
        of_attempt(Kind::told_to_wait, std::move(attempt)).value = wait.count();
        return *this;
    }
    HistoryBuilder& stray(std::string provider, std::string why)
    {
        Event& event = add(Actor::provider, Kind::stray_received);
        event.provider = std::move(provider);
        event.text = std::move(why);
        return *this;
    }

    HistoryBuilder& armed(std::string fault, std::string provider)
    {
        of_fault(Kind::fault_armed, std::move(fault)).provider = std::move(provider);
        return *this;
    }
    HistoryBuilder& skipped(std::string fault, std::string why)
    {
        of_fault(Kind::fault_skipped, std::move(fault)).text = std::move(why);
        return *this;
    }
    HistoryBuilder& released(std::string fault, std::string provider)
    {
        of_fault(Kind::fault_released, std::move(fault)).provider = std::move(provider);
        return *this;
    }
    /// `attempt` may be a bare provider: then nothing of the request was read.
    HistoryBuilder& opportunity(std::string fault, std::string attempt, bool fell)
    {
        Event& event = of_fault(Kind::fault_opportunity, std::move(fault));
        name_attempt(event, std::move(attempt));
        event.flag = fell;
        return *this;
    }
    HistoryBuilder& delivered(std::string fault, std::string attempt, Evidence evidence = Evidence::delivered)
    {
        Event& event = of_fault(Kind::fault_delivered, std::move(fault));
        name_attempt(event, std::move(attempt));
        event.evidence = evidence;
        return *this;
    }

    const std::vector<Event>& events() const { return events_; }
    /// The number of the event added last.
    std::uint64_t last() const { return events_.back().number; }

private:
    struct Bare {};
    explicit HistoryBuilder(Bare) {}

    Event& add(Actor actor, Kind kind)
    {
        Event& event = events_.emplace_back();
        event.number = events_.size();
        event.at = next_;
        event.actor = actor;
        event.kind = kind;
        next_ += std::chrono::milliseconds(1);
        return event;
    }
    HistoryBuilder& add_and_stay(Actor actor, Kind kind)
    {
        add(actor, kind);
        return *this;
    }
    HistoryBuilder& control(bool passed, std::string why)
    {
        Event& event = add(Actor::harness, Kind::control_ended);
        event.flag = passed;
        event.text = std::move(why);
        return *this;
    }
    Event& of_request(Kind kind, std::string name)
    {
        Event& event = add(Actor::agent, kind);
        const std::size_t slash = name.find('/');
        task_ = name.substr(0, slash);
        step_ = std::stoi(name.substr(slash + 1));
        event.task = task_;
        event.step = step_;
        event.request = std::move(name);
        return event;
    }
    Event& of_attempt(Kind kind, std::string name)
    {
        Event& event = add(Actor::provider, kind);
        name_attempt(event, std::move(name));
        return event;
    }
    Event& attempt_ended(std::string name, int status, Ending ending)
    {
        Event& event = of_attempt(Kind::attempt_ended, std::move(name));
        event.status = status;
        event.ending = ending;
        return event;
    }
    Event& of_fault(Kind kind, std::string fault)
    {
        Event& event = add(Actor::provider, kind);
        event.fault = std::move(fault);
        return event;
    }
    /// Effects are named "task/step/call".
    Event& of_effect(Actor actor, Kind kind, std::string tool, std::string effect)
    {
        Event& event = add(actor, kind);
        const std::size_t slash = effect.find('/');
        event.task = effect.substr(0, slash);
        event.step = std::stoi(effect.substr(slash + 1));
        event.tool = std::move(tool);
        event.effect = std::move(effect);
        return event;
    }
    static void name_attempt(Event& event, std::string name)
    {
        const std::size_t hash = name.find('#');
        event.provider = name.substr(0, hash);
        if (hash == std::string::npos) return;
        event.ordinal = std::stoull(name.substr(hash + 1));
        event.attempt = std::move(name);
    }
    /// A turn is a label; "role: label" gives it another role than user.
    static std::vector<history::Turn> turns_of(const std::vector<std::string>& labels)
    {
        std::vector<history::Turn> turns;
        for (const std::string& label : labels) {
            const std::size_t colon = label.find(": ");
            const std::string role = colon == std::string::npos ? "user" : label.substr(0, colon);
            std::uint64_t digest = 14695981039346656037ULL;  // FNV-1a
            for (const char c : label) digest = (digest ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
            turns.push_back({role, digest, colon == std::string::npos ? label : label.substr(colon + 2)});
        }
        return turns;
    }

    std::vector<Event> events_;
    net::Instant next_{};
    std::string task_;
    int step_ = 0;
};

}  // namespace chaos::testing
