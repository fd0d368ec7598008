// A group of concurrent tasks that is joined before its owner goes: no detached coroutine outlives what it uses.
#pragma once

#include <functional>
#include <memory>

#include "net/running.hpp"

namespace chaos::net {

class TaskGroup {
public:
    explicit TaskGroup(Executor executor);
    /// Precondition: empty (joined). A group that is destroyed with running tasks is a bug and aborts with a message.
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Starts `task` on the next turn of the loop. operation_aborted ends a task quietly; any other exception is kept
    /// and thrown by join().
    void spawn(Task<void> task);

    /// Asks every task to stop: each one's current wait, or else its next one, and every wait after that, ends with
    /// operation_aborted (thrown, or as the result where the function returns errors). A task not yet begun never
    /// begins.
    void cancel();

    /// Returns when every task has ended; rethrows the first exception one of them let escape. If the joining task is
    /// itself cancelled, it cancels the group, still waits for every task to end, and then throws operation_aborted.
    Task<void> join();

    std::size_t size() const;

private:
    struct State;
    class Membership;
    static Task<void> run(std::shared_ptr<State> state, std::unique_ptr<Membership> membership, Task<void> task);

    std::shared_ptr<State> state_;
};

/// Runs `body` with a group of its own and joins it: also when `body` throws (its tasks are cancelled first), which a
/// TaskGroup among the locals of a function that may throw would not survive.
Task<void> with_tasks(std::function<Task<void>(TaskGroup&)> body);

}  // namespace chaos::net
