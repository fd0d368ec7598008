// Timers as events of the simulated world.
#include "net/simulation/clocks.hpp"

#include <algorithm>

namespace chaos::net::simulation {
namespace {

class VirtualTimer final : public Timer, private Event {
public:
    explicit VirtualTimer(std::shared_ptr<World> world) : Event(world->events), world_(std::move(world)) {}
    /// While the queue it stands in certainly exists.
    ~VirtualTimer() override { unschedule(); }

    void arm(Instant at, std::function<void()> fire) override
    {
        fire_ = std::move(fire);
        schedule(std::max(at, world_->now));
    }

    void disarm() override
    {
        unschedule();
        fire_ = nullptr;
    }

private:
    /// The callback may re-arm or destroy this timer.
    void happen() override
    {
        const std::function<void()> fire = std::move(fire_);
        fire_ = nullptr;
        fire();
    }

    std::shared_ptr<World> world_;
    std::function<void()> fire_;
};

}  // namespace

std::unique_ptr<Timer> VirtualClock::make_timer()
{
    return std::make_unique<VirtualTimer>(world_);
}

WallTime VirtualWallClock::now() const
{
    return world_->settings.wall_start + world_->now.time_since_epoch() + world_->wall_skew;
}

}  // namespace chaos::net::simulation
