// Timers over the loop's reactor.
#include "net/real/clocks.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <cstdint>

#include "net/real/reality.hpp"

namespace chaos::net::real {
namespace {

using SystemTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

class SteadyTimer final : public Timer {
public:
    SteadyTimer(const SteadyClock& clock, const Executor& executor)
        : clock_(clock), state_(std::make_shared<State>(executor))
    {
    }
    ~SteadyTimer() override { disarm(); }

    void arm(Instant at, std::function<void()> fire) override
    {
        state_->fire = std::move(fire);
        const std::uint64_t setting = ++state_->setting;
        state_->timer.expires_at(clock_.to_system(at));
        state_->timer.async_wait([state = state_, setting](Error) { state->expire(setting); });
    }

    void disarm() override
    {
        ++state_->setting;
        state_->fire = nullptr;
        state_->timer.cancel();
    }

private:
    struct State {
        explicit State(const Executor& executor) : timer(executor) {}

        /// An expiry that was already on its way when the timer was set anew, or disarmed, is stale.
        void expire(std::uint64_t for_setting)
        {
            if (for_setting != setting) return;
            const std::function<void()> call = std::move(fire);
            fire = nullptr;
            call();
        }

        SystemTimer timer;
        std::function<void()> fire;
        std::uint64_t setting = 0;
    };

    const SteadyClock& clock_;
    std::shared_ptr<State> state_;
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
    return std::make_unique<SteadyTimer>(*this, executor_);
}

WallTime CivilClock::now() const
{
    return civil_time();
}

}  // namespace chaos::net::real
