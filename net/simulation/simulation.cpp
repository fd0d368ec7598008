// The simulated world's loop: run what is ready until nothing is, then let one thing happen.
#include "net/simulation/simulation.hpp"

#include <fmt/format.h>

#include <boost/asio/executor_work_guard.hpp>

#include "net/main_task.hpp"
#include "net/simulation/clocks.hpp"
#include "net/simulation/memory_network.hpp"

namespace chaos::net {

struct Simulation::State {
    explicit State(const SimulationSettings& settings)
        : world(std::make_shared<simulation::World>(settings, loop->get_executor())),
          clock(world),
          wall(world),
          network(world)
    {
        world->scheduler.limit_turns(settings.max_wakes_per_instant,
                                     [this] { throw Stalled(report("tasks wake each other for ever")); });
    }
    /// The loop goes first: the coroutines that end with it use all the rest.
    ~State()
    {
        stay.reset();
        loop.reset();
    }

    void advance();
    void give_up();
    std::string report(std::string_view what) const;

    std::unique_ptr<asio::io_context> loop = std::make_unique<asio::io_context>(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
    asio::executor_work_guard<Executor> stay{loop->get_executor()};
    std::shared_ptr<simulation::World> world;
    simulation::VirtualClock clock;
    simulation::VirtualWallClock wall;
    simulation::MemoryNetwork network;
};

Simulation::Simulation(SimulationSettings settings) : state_(std::make_unique<State>(settings)) {}
Simulation::~Simulation() = default;

Executor Simulation::executor()
{
    return state_->loop->get_executor();
}
Clock& Simulation::clock()
{
    return state_->clock;
}
WallClock& Simulation::wall()
{
    return state_->wall;
}
Network& Simulation::network()
{
    return state_->network;
}
std::uint64_t Simulation::events() const
{
    return state_->world->happened;
}
void Simulation::skew_wall(Duration by)
{
    state_->world->wall_skew += by;
}

void Simulation::run(Task<void> main)
{
    state_->world->scheduler.revive();
    const MainTask task(executor(), std::move(main), [] {});
    try {
        state_->loop->poll();
        while (!task.ended()) {
            state_->advance();
            state_->loop->poll();
        }
        task.rethrow();
    } catch (...) {
        state_->give_up();
        throw;
    }
}

/// Takes one event, not all that are due: what it causes comes before the next.
void Simulation::State::advance()
{
    simulation::World& w = *world;
    if (w.events.empty()) throw Stalled(report("nothing can happen any more"));
    if (w.events.next_at() > w.settings.horizon) throw Stalled(report("nothing happens before the horizon"));
    if (w.happened >= w.settings.max_events) throw Stalled(report("too many events"));
    const Instant at = w.events.next_at();
    simulation::Event& event = w.events.take();
    w.now = at;
    ++w.happened;
    w.scheduler.reset_turns();
    event.happen();
}

/// Destroys every coroutine that is left, so that whoever owns the objects they use may destroy those.
void Simulation::State::give_up()
{
    world->scheduler.abandon();
    loop->restart();
    loop->poll();
}

std::string Simulation::State::report(std::string_view what) const
{
    std::string waiting;
    for (const auto& [purpose, count] : world->scheduler.census())
        waiting += fmt::format("{}{} in {}", waiting.empty() ? "" : ", ", count, purpose);
    return fmt::format("simulation stalled at {}s: {} (events: {}; waiting: {})",
                       seconds(world->now.time_since_epoch()), what, world->happened,
                       waiting.empty() ? "nobody" : waiting);
}

}  // namespace chaos::net
