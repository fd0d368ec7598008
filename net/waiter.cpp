// Suspending, waking and abandoning coroutines.
#include "net/waiter.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

namespace chaos::net {

void ListHook::link_before(ListHook& position)
{
    unlink();
    previous_ = position.previous_;
    next_ = &position;
    previous_->next_ = this;
    position.previous_ = this;
}

void ListHook::unlink()
{
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
}

Waits& Waits::of(const Executor& executor)
{
    return asio::use_service<Waits>(executor.context());
}

void Waits::abandon()
{
    abandoned_ = true;
    while (suspended_.linked()) static_cast<Waiter*>(suspended_.next())->drop();
}

std::map<std::string, int> Waits::census() const
{
    std::map<std::string, int> count;
    for (const ListHook* at = suspended_.next(); at != &suspended_; at = at->next())
        ++count[static_cast<const Waiter*>(at)->purpose_];
    return count;
}

void Waits::limit_turns(std::uint64_t limit, std::function<void()> overrun)
{
    turn_limit_ = limit;
    overrun_ = std::move(overrun);
}

void Waits::count_turn()
{
    if (++turns_ > turn_limit_ && overrun_) overrun_();
}

Task<Wake> Waiter::wait(Shield shield)
{
    UseTask token;
    return asio::async_initiate<UseTask, void(Wake)>(
        [this, shield](Handler handler) { suspend(std::move(handler), shield); }, token);
}

void Waiter::suspend(Handler handler, Shield shield)
{
    if (shield == Shield::no) {
        if (handler.get_cancellation_state().cancelled() != asio::cancellation_type::none) {
            post(std::move(handler), Wake::aborted);
            return;
        }
        slot_ = handler.get_cancellation_slot();
        if (slot_.is_connected()) slot_.assign([this](asio::cancellation_type) { wake(Wake::aborted); });
    }
    handler_.emplace(std::move(handler));
    link_before(waits_.suspended_);
}

void Waiter::wake(Wake why)
{
    if (!handler_) return;
    Handler handler(std::move(*handler_));
    drop();
    post(std::move(handler), why);
}

void Waiter::post(Handler handler, Wake why)
{
    asio::post(waits_.executor_, [&waits = waits_, handler = std::move(handler), why]() mutable {
        waits.count_turn();
        std::move(handler)(why);
    });
}

/// Lets go of the coroutine; if it was not moved away before, it is destroyed.
void Waiter::drop()
{
    unlink();
    if (slot_.is_connected()) slot_.clear();
    slot_ = {};
    handler_.reset();
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
