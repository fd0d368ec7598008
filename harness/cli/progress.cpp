#include "harness/cli/progress.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace chaos::harness::cli {
namespace {

constexpr net::Duration show_every = std::chrono::milliseconds(200);

}  // namespace

Progress::Progress(const Scenario& scenario, bool wanted)
    : name_(scenario.name), tasks_(scenario.agents.tasks), wanted_(wanted && ::isatty(STDERR_FILENO) != 0)
{
}

std::function<void(const history::Event&)> Progress::watcher()
{
    if (!wanted_) return {};
    return [this](const history::Event& event) { see(event); };
}

void Progress::see(const history::Event& event)
{
    if (event.kind == history::Kind::task_ended) ++ended_;
    if (event.kind == history::Kind::fault_delivered) ++delivered_;
    if (!anything_shown_ || event.at - shown_ >= show_every) show(event.at);
}

void Progress::show(net::Instant now)
{
    anything_shown_ = true;
    shown_ = now;
    fmt::print(stderr, "\r\x1b[K{}: {}/{} tasks, {} faults delivered, {:.1f}s", name_, ended_, tasks_, delivered_,
               net::seconds(now.time_since_epoch()));
    std::fflush(stderr);
}

void Progress::clear()
{
    if (!anything_shown_) return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
}

}  // namespace chaos::harness::cli
