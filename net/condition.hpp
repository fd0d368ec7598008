// A condition that coroutines of one world wait for; the primitive every other wait is built on.
#pragma once

#include "net/task.hpp"
#include "net/waiter.hpp"

namespace chaos::net {

/// Waiters re-check what they wait for after waking (`while (!ready) co_await condition.wait();`): a notification is
/// not remembered, and wake-ups are posted to the loop in the order of waiting, never run inline. Destroying a
/// Condition wakes all its waiters, which then see operation_aborted.
class Condition {
public:
    /// `purpose` is a literal, for messages about what stands still ("join", "accept").
    explicit Condition(const char* purpose = "condition") : purpose_(purpose) {}
    ~Condition();
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;

    class Wait;
    class QuietWait;
    /// Throws system_error(operation_aborted) when the waiting task is cancelled or the condition destroyed.
    Wait wait();
    /// As wait(), but tells instead of throwing. With a shield, only a notification ends it.
    QuietWait wait_quietly(Waiter::Shield shield = Waiter::Shield::no);
    void notify_one();
    void notify_all();
    bool has_waiters() const { return first_waiting() != nullptr; }

private:
    /// A waiter's place in the queue.
    struct Place : ListHook {
        explicit Place(Condition& condition) : waiter(condition.purpose_) { link_before(condition.queue_); }
        Waiter waiter;
    };
    /// The first who waits, or null. One who was cancelled keeps its place until it goes on.
    Place* first_waiting() const;
    static void wake(Place& place, Wake why);

    const char* purpose_;
    ListHook queue_;
};

class Condition::QuietWait {
public:
    QuietWait(Condition& condition, Waiter::Shield shield) : place_(condition), wait_(place_.waiter.wait(shield)) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> caller)
    {
        wait_.await_suspend(caller);
    }
    Wake await_resume() const noexcept { return wait_.await_resume(); }

private:
    Place place_;
    Waiter::Wait wait_;
};

class Condition::Wait : public QuietWait {
public:
    explicit Wait(Condition& condition) : QuietWait(condition, Waiter::Shield::no) {}
    void await_resume() const
    {
        if (QuietWait::await_resume() == Wake::aborted) throw_aborted();
    }
};

inline Condition::Wait Condition::wait()
{
    return Wait(*this);
}

inline Condition::QuietWait Condition::wait_quietly(Waiter::Shield shield)
{
    return {*this, shield};
}

}  // namespace chaos::net
