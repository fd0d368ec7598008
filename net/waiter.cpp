// Holding a task and letting it go on.
#include "net/waiter.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace chaos::net {

void Waiter::hold(Running& running, Shield shield)
{
    Waits& waits = running.waits();
    if (shield == Shield::no && running.cancelled()) return waits.resume_later(running, Wake::aborted);
    shield_ = shield;
    held_ = &running;
    running.held_by_ = this;
    running.link_before(waits.suspended_);
}

void Waiter::wake(Wake why)
{
    if (held_ != nullptr) held_->waits().resume_later(*held_, why);
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
