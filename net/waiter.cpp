// Holding a task and letting it go on.
#include "net/waiter.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace chaos::net {

void Waiter::hold(Running& running, Shield shield)
{
    Scheduler& scheduler = running.scheduler();
    if (shield == Shield::no && running.cancelled()) return scheduler.resume_later(running, Wake::aborted);
    shield_ = shield;
    held_ = &running;
    running.held_by_ = this;
    running.link_before(scheduler.suspended_);
}

void Waiter::wake(Wake why)
{
    if (held_ != nullptr) held_->scheduler().resume_later(*held_, why);
}

Error aborted()
{
    return asio::error::operation_aborted;
}

void throw_aborted()
{
    throw boost::system::system_error(aborted());
}

}  // namespace chaos::net
