// A world of named parts: providers, tools, the subject and the agents, put together from a plan and run to its end.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "harness/agent.hpp"
#include "harness/mocks.hpp"
#include "harness/plan.hpp"
#include "harness/recorder.hpp"
#include "harness/stop.hpp"
#include "harness/subject.hpp"
#include "net/task_group.hpp"

namespace chaos::harness {

/// How a subject fared in a healthy control run; a subject that fails without faults cannot be judged with them.
struct ControlResult {
    bool passed = false;
    std::string problem;  ///< empty if passed
};

class World {
public:
    /// Everything listens when this returns. Throws std::system_error if a port cannot be had. `control`: how the subject
    /// fared without faults; nothing if this is that very run.
    World(const Plan& plan, const SubjectKind& subject, net::Runtime& runtime, Stop& stop,
          std::optional<ControlResult> control = std::nullopt);
    ~World();

    void on_event(std::function<void(const history::Event&)> watcher) { recorder_.on_event(std::move(watcher)); }

    /// Runs every task; returns when all have ended, or soon after a stop was requested (then marked interrupted).
    history::History live();

private:
    net::Task<void> run();
    net::Task<void> carry_out_tasks();
    net::Task<void> worker(Agent& agent);
    net::Task<void> watch_lag();
    void start_clock();
    void note_control(const ControlResult& control);
    void note_phase(history::Kind kind, std::string text);

    const Plan& plan_;
    net::Runtime& runtime_;
    Stop& stop_;
    std::optional<ControlResult> control_;
    Recorder recorder_;
    Mocks mocks_;
    std::unique_ptr<Subject> subject_;
    std::size_t next_task_ = 0;
    net::TaskGroup* agents_group_ = nullptr;
};

}  // namespace chaos::harness
