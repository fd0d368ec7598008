// The one way a coroutine of a world suspends: a Waiter holds it until somebody wakes it.
#pragma once

#include <memory>

#include "net/running.hpp"

namespace chaos::net {

/// Holds at most one task. A cancelled task is woken with Wake::aborted, and so is, on the next turn, one that is
/// cancelled already. Destroying a Waiter aborts the wait. Every connection has several: it is kept small.
class Waiter {
public:
    enum class Shield { no, yes };  ///< yes: cancellation does not end this wait

    /// `purpose` is a literal, for messages ("read", "accept").
    explicit Waiter(const char* purpose) : purpose_(purpose) {}
    ~Waiter() { wake(Wake::aborted); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    /// `const Wake wake = co_await waiter.wait();`
    class Wait {
    public:
        Wait(Waiter& waiter, Shield shield) : waiter_(waiter), shield_(shield) {}
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> caller)
        {
            running_ = &caller.promise().running();
            running_->suspend(caller);
            waiter_.hold(*running_, shield_);
        }
        Wake await_resume() const noexcept { return running_->last_wake(); }

    private:
        Waiter& waiter_;
        Running* running_ = nullptr;
        Shield shield_;
    };
    Wait wait(Shield shield = Shield::no) { return {*this, shield}; }
    /// Resumes the waiting coroutine on the next turn of the loop; without one, nothing happens.
    void wake(Wake why);
    bool waiting() const { return held_ != nullptr; }

private:
    friend class Running;
    friend class Scheduler;
    void hold(Running& running, Shield shield);

    const char* purpose_;
    Running* held_ = nullptr;
    Shield shield_ = Shield::no;
};

/// A Waiter that is made when somebody waits for the first time: for waits that most connections never see.
class RareWaiter {
public:
    Waiter::Wait wait(const char* purpose)
    {
        if (!waiter_) waiter_ = std::make_unique<Waiter>(purpose);
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
