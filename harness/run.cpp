#include "harness/run.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "harness/account_of.hpp"
#include "harness/judge.hpp"
#include "net/real/reality.hpp"
#include "net/simulation/simulation.hpp"

namespace chaos::harness {
namespace {

constexpr int control_tasks = 2;

history::History live(const Plan& plan, const RunSettings& settings, Stop& stop, std::optional<ControlResult> control,
                      std::function<void(const history::Event&)> watcher)
{
    const std::unique_ptr<net::Runtime> runtime = make_runtime(settings.place);
    World world(plan, settings.subject, *runtime, stop, std::move(control));
    if (watcher) world.on_event(std::move(watcher));
    return world.live();
}

Scenario without_faults(Scenario scenario)
{
    scenario.faults.clear();
    for (auto& provider : scenario.providers) provider.limits = {};
    if (scenario.status_page) scenario.status_page->timeline.clear();
    scenario.agents.tasks = std::min(scenario.agents.tasks, control_tasks);
    return scenario;
}

ControlResult control_result_of(const Plan& plan, const history::History& history)
{
    std::size_t answered = 0;
    for (const history::Event& event : history.events) {
        if (event.kind != history::Kind::task_ended) continue;
        if (event.outcome != history::Outcome::ok) {
            return {false, fmt::format("without any fault, task {} ended with: {}", event.task, event.text)};
        }
        ++answered;
    }
    if (answered == plan.tasks.size()) return {true, ""};
    return {false, fmt::format("without any fault, {} of {} tasks were answered", answered, plan.tasks.size())};
}

}  // namespace

std::unique_ptr<net::Runtime> make_runtime(Place place)
{
    if (place == Place::simulation) return std::make_unique<net::Simulation>();
    return std::make_unique<net::Reality>();
}

ControlResult ControlRuns::result_for(const Scenario& scenario, const RunSettings& settings, Stop& stop)
{
    // The lock is held during the run, so that of several jobs with the same subject one makes it and the others wait.
    std::lock_guard lock(mutex_);
    const std::string key = settings.subject.name + '\n' + scenario.text;
    const auto known = results_.find(key);
    if (known != results_.end()) return known->second;
    const Plan plan = make_plan(without_faults(scenario), settings.seed);
    ControlResult result = control_result_of(plan, live(plan, settings, stop, std::nullopt, {}));
    if (!stop.requested()) results_[key] = result;
    return result;
}

RunResult run(const Scenario& scenario, const RunSettings& settings, ControlRuns& controls, Stop& stop,
              std::function<void(const history::Event&)> watcher)
{
    RunResult result;
    result.plan = make_plan(scenario, settings.seed);  // nothing is left to chance after this line
    const RunClock clock;
    try {
        const ControlResult control = controls.result_for(scenario, settings, stop);
        result.history = live(result.plan, settings, stop, control, std::move(watcher));  // the only line that moves bytes
        const history::Judgement judgement = judge(result.plan, result.history.events);   // pure: the same next year
        result.account = account_of(result.plan, result.history, judgement, settings, clock);
    } catch (const std::exception& error) {
        result.account = account_of_trouble(result.plan, settings, clock, error.what());
    }
    return result;
}

}  // namespace chaos::harness
