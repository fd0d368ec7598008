// One line of progress on a terminal, rewritten while a run lives.
#pragma once

#include <functional>
#include <string>

#include "harness/scenario.hpp"
#include "history/event.hpp"

namespace chaos::harness::cli {

class Progress {
public:
    /// Shows nothing unless `wanted` and stderr is a terminal.
    Progress(const Scenario& scenario, bool wanted);

    /// What a run calls with each event; empty if nothing is shown. Must not outlive this.
    std::function<void(const history::Event&)> watcher();
    void clear();

private:
    void see(const history::Event& event);
    void show(net::Instant now);

    std::string name_;
    int tasks_ = 0;
    bool wanted_ = false;
    int ended_ = 0;
    int delivered_ = 0;
    net::Instant shown_{};
    bool anything_shown_ = false;
};

}  // namespace chaos::harness::cli
