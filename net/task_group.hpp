// A group of concurrent tasks that is joined before its owner goes: no detached coroutine outlives what it uses.
#pragma once

#include "net/task.hpp"

#include <memory>

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

    /// Asks every task to stop: each one's current wait throws operation_aborted.
    void cancel();

    /// Returns when every task has ended; rethrows the first exception one of them let escape.
    Task<void> join();

    std::size_t size() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace chaos::net
