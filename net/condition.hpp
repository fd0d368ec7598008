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
    explicit Condition(Executor executor, const char* purpose = "condition");
    ~Condition();
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;

    /// Throws system_error(operation_aborted) when the waiting task is cancelled or the condition destroyed.
    Task<void> wait();
    /// As wait(), but tells instead of throwing. With a shield, only a notification ends it.
    Task<Wake> wait_quietly(Waiter::Shield shield = Waiter::Shield::no);
    void notify_one();
    void notify_all();
    bool has_waiters() const { return first_waiting() != nullptr; }

private:
    /// A waiter's place in the queue.
    struct Place : ListHook {
        explicit Place(Condition& condition) : waiter(condition.waits_, condition.purpose_)
        {
            link_before(condition.queue_);
        }
        Waiter waiter;
    };
    /// The first who waits, or null. One who was cancelled keeps its place until it goes on.
    Place* first_waiting() const;
    static void wake(Place& place, Wake why);

    Waits& waits_;
    const char* purpose_;
    ListHook queue_;
};

}  // namespace chaos::net
