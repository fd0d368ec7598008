// Timers over the loop's reactor.
#include "net/real/clocks.hpp"

#include "net/real/reality.hpp"

namespace chaos::net::real {
namespace {

class SteadyTimer final : public Timer {
public:
    SteadyTimer(const SteadyClock& clock, Alarms& alarms) : clock_(clock), alarms_(alarms) {}
    ~SteadyTimer() override { disarm(); }

    void arm(Instant at, std::function<void()> fire) override
    {
        alarms_.set(alarm_, clock_.to_system(at), std::move(fire));
    }
    void disarm() override { alarms_.remove(alarm_); }

private:
    const SteadyClock& clock_;
    Alarms& alarms_;
    Alarms::Alarm alarm_;
};

}  // namespace

Instant SteadyClock::now() const
{
    return Instant(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start_));
}

std::chrono::steady_clock::time_point SteadyClock::to_system(Instant at) const
{
    const auto latest = std::chrono::steady_clock::time_point::max();
    if (at.time_since_epoch() >= latest - start_) return latest;
    return start_ + at.time_since_epoch();
}

std::unique_ptr<Timer> SteadyClock::make_timer()
{
    return std::make_unique<SteadyTimer>(*this, alarms_);
}

WallTime CivilClock::now() const
{
    return civil_time();
}

}  // namespace chaos::net::real
