// The one way a coroutine of a world suspends: a Waiter holds it until somebody wakes it.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/execution_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "net/task.hpp"

namespace chaos::net {

/// A member of at most one circular list; leaves it when destroyed.
class ListHook {
public:
    ListHook() = default;
    ~ListHook() { unlink(); }
    ListHook(const ListHook&) = delete;
    ListHook& operator=(const ListHook&) = delete;

    bool linked() const { return next_ != this; }
    ListHook* next() const { return next_; }
    /// With the list's own head as `position`: at the end of the list.
    void link_before(ListHook& position);
    void unlink();

private:
    ListHook* previous_ = this;
    ListHook* next_ = this;
};

/// Why a wait ended: somebody notified, or the task was cancelled (or what it waited for is gone).
enum class Wake { notified, aborted };

class Waiter;

/// Every suspended Waiter of one loop. Suspended coroutines and the objects they wait for own each other, so a world
/// that gives up must let go of all of them at once; the loop's end does so by itself.
class Waits final : public asio::execution_context::service {
public:
    using key_type = Waits;
    inline static asio::execution_context::id id;

    explicit Waits(asio::execution_context& owner)
        : service(owner), executor_(static_cast<asio::io_context&>(owner).get_executor())
    {
    }
    static Waits& of(const Executor& executor);

    /// Destroys every suspended coroutine (on the next turn of the loop); none of them is resumed.
    void abandon();
    /// True while abandon() is being carried out: destructors that run now belong to a world that was given up.
    bool abandoned() const { return abandoned_; }
    void revive() { abandoned_ = false; }

    /// How many coroutines are suspended, by what they wait for.
    std::map<std::string, int> census() const;

    /// Calls `overrun` (which throws) when more than `limit` wake-ups are carried out without a reset_turns() between.
    void limit_turns(std::uint64_t limit, std::function<void()> overrun);
    void reset_turns() { turns_ = 0; }

private:
    friend class Waiter;
    void shutdown() noexcept override { abandon(); }
    void count_turn();

    Executor executor_;
    ListHook suspended_;
    bool abandoned_ = false;
    std::uint64_t turns_ = 0;
    std::uint64_t turn_limit_ = 0;
    std::function<void()> overrun_;
};

/// Holds at most one suspended coroutine. A cancelled task is woken with Wake::aborted; one that is cancelled already
/// does not get to wait. Destroying a Waiter aborts the wait. Every connection has several: it is kept small.
class Waiter : private ListHook {
public:
    enum class Shield { no, yes };  ///< yes: cancellation does not end this wait

    /// `purpose` is a literal, for messages ("read", "accept").
    Waiter(Waits& waits, const char* purpose) : waits_(waits), purpose_(purpose) {}
    Waiter(const Executor& executor, const char* purpose) : Waiter(Waits::of(executor), purpose) {}
    ~Waiter() { wake(Wake::aborted); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    Task<Wake> wait(Shield shield = Shield::no);
    /// Resumes the waiting coroutine on the next turn of the loop; without one, nothing happens.
    void wake(Wake why);
    bool waiting() const { return handler_.has_value(); }

private:
    friend class Waits;
    using Handler = asio::async_result<UseTask, void(Wake)>::handler_type;

    void suspend(Handler handler, Shield shield);
    void post(Handler handler, Wake why);
    void drop();

    Waits& waits_;
    const char* purpose_;
    std::optional<Handler> handler_;
    asio::cancellation_slot slot_;
};

/// A Waiter that is made when somebody waits for the first time: for waits that most connections never see.
class RareWaiter {
public:
    Task<Wake> wait(const Executor& executor, const char* purpose)
    {
        if (!waiter_) waiter_ = std::make_unique<Waiter>(executor, purpose);
        return waiter_->wait();
    }
    void wake(Wake why)
    {
        if (waiter_) waiter_->wake(why);
    }

private:
    std::unique_ptr<Waiter> waiter_;
};

/// operation_aborted: what a wait that was cancelled returns; and the same as the exception a cancelled task throws.
Error aborted();
[[noreturn]] void throw_aborted();

}  // namespace chaos::net
