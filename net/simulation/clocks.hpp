// Virtual time: it stands still while anything runs, and jumps to the next event when nothing can.
#pragma once

#include "net/simulation/world.hpp"

namespace chaos::net::simulation {

class VirtualClock final : public Clock {
public:
    explicit VirtualClock(std::shared_ptr<World> world) : world_(std::move(world)) {}
    Instant now() const override { return world_->now; }
    std::unique_ptr<Timer> make_timer() override;

private:
    std::shared_ptr<World> world_;
};

class VirtualWallClock final : public WallClock {
public:
    explicit VirtualWallClock(std::shared_ptr<World> world) : world_(std::move(world)) {}
    WallTime now() const override;

private:
    std::shared_ptr<World> world_;
};

}  // namespace chaos::net::simulation
