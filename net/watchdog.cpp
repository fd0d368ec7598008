// Watchdog: a lazy timer that is only touched when the deadline comes nearer.
#include "net/watchdog.hpp"

namespace chaos::net {

Watchdog::Watchdog(Clock& clock, std::function<void()> bark) : clock_(clock), bark_(std::move(bark)) {}

void Watchdog::arm(Instant at)
{
    deadline_ = at;
    expired_ = false;
    if (at < timer_set_for_) set_timer();
}

void Watchdog::disarm()
{
    deadline_ = never;
    expired_ = false;
}

void Watchdog::set_timer()
{
    if (!timer_) timer_ = clock_.make_timer();
    timer_set_for_ = deadline_;
    timer_->arm(deadline_, [this] { on_timer(); });
}

void Watchdog::on_timer()
{
    timer_set_for_ = never;
    if (deadline_ == never) return;
    if (clock_.now() < deadline_) return set_timer();
    deadline_ = never;
    expired_ = true;
    bark_();
}

}  // namespace chaos::net
