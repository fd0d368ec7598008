// A task that was started, with all the coroutines it awaits; and who resumes those of one loop.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <map>
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
    /// With this a list's head: all of the other list's members come behind those it has.
    void take_all(ListHook& other);

private:
    ListHook* previous_ = this;
    ListHook* next_ = this;
};

/// Why a wait ended: somebody notified, or the task was cancelled (or what it waited for is gone).
enum class Wake { notified, aborted };

class Waiter;
class Scheduler;

/// One started task. It lives in its first frame, from start_task() until that ends; at any time it executes, is held
/// by a Waiter, or is about to be resumed on the loop's next turn.
class Running : private ListHook {
public:
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    /// Its current wait, or else its next one, and every wait after that, ends with Wake::aborted. Only waits see it:
    /// a cancelled task can still call coroutines that clean up.
    void cancel();
    bool cancelled() const { return cancelled_; }
    Scheduler& scheduler() const { return *scheduler_; }
    /// `frame` is the one to go on with.
    void suspend(std::coroutine_handle<> frame) { suspended_ = frame; }
    /// How its last wait ended.
    Wake last_wake() const { return wake_; }

protected:
    explicit Running(std::coroutine_handle<> first) : first_(first), suspended_(first) {}
    ~Running() { release(); }

private:
    friend class Waiter;
    friend class Scheduler;

    /// Nobody holds it any more, and it is in no list.
    void release();

    Scheduler* scheduler_ = nullptr;
    std::coroutine_handle<> first_;      ///< the frame that has all the others
    std::coroutine_handle<> suspended_;  ///< the frame to go on with
    Waiter* held_by_ = nullptr;
    Wake wake_ = Wake::notified;
    bool cancelled_ = false;
};

/// Begins and resumes the tasks of one loop, and knows every one that is not executing. Suspended coroutines and the
/// objects they wait for own each other, so a world that gives up must let go of all of them at once; the loop's end
/// does so by itself.
class Scheduler final : public asio::execution_context::service {
public:
    using key_type = Scheduler;
    inline static asio::execution_context::id id;

    explicit Scheduler(asio::execution_context& owner)
        : service(owner), executor_(static_cast<asio::io_context&>(owner).get_executor())
    {
    }
    static Scheduler& of(const Executor& executor);
    const Executor& executor() const { return executor_; }

    void start(Task<void> task);
    Running& start_later(Task<void> task);
    /// On the loop's next turn, after those who were woken earlier.
    void resume_later(Running& running, Wake why);
    /// Whether tasks of the turn under way are still to be resumed.
    bool turn_goes_on() const { return turn_.linked(); }
    /// When all the others of the turn under way have been resumed.
    void resume_at_turn_end(Running& running);

    /// Destroys every suspended coroutine on the next turn of the loop; none of them is resumed.
    void abandon();
    /// True from abandon() on: destructors that run now belong to a world that was given up.
    bool abandoned() const { return abandoned_; }
    void revive() { abandoned_ = false; }

    /// How many tasks are suspended, by what they wait for.
    std::map<std::string, int> census() const;

    /// Calls `overrun` (which throws) when more than `limit` wake-ups are carried out without a reset_turns() between.
    void limit_turns(std::uint64_t limit, std::function<void()> overrun);
    void reset_turns() { turns_ = 0; }

private:
    friend class Waiter;
    void shutdown() noexcept override;
    void doom_all();
    void destroy_doomed();
    Running& make(Task<void> task);
    void take_turn();
    static void resume_first(ListHook& list);
    void count_turn();

    Executor executor_;
    ListHook suspended_;  ///< at a Waiter
    ListHook woken_;      ///< for the next turn
    ListHook turn_;       ///< of the turn under way
    ListHook turn_end_;   ///< when those have been resumed
    ListHook doomed_;     ///< abandoned
    bool turn_posted_ = false;
    bool abandoned_ = false;
    std::uint64_t turns_ = 0;
    std::uint64_t turn_limit_ = 0;
    std::function<void()> overrun_;
};

/// Runs `task` beside its starter: at once as far as it gets, or, when this is not the loop's thread, with the loop's
/// next turn. Nobody joins it, and what it throws is dropped: it is for what ends by itself and owns all it uses.
void start_task(const Executor& executor, Task<void> task);
/// The same, but beginning on the next turn in any case. What is returned is valid until the task ends.
Running& start_task_later(const Executor& executor, Task<void> task);

/// `Running& me = co_await this_task();`: what the calling coroutine is a part of.
class ThisTask {
public:
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> caller) noexcept
    {
        running_ = &caller.promise().running();
        return false;
    }
    Running& await_resume() const noexcept { return *running_; }

protected:
    Running* running_ = nullptr;
};
inline ThisTask this_task()
{
    return {};
}

/// `co_await is_cancelled()`: true if the calling task was asked to stop: its next wait would end with Wake::aborted.
class IsCancelled : public ThisTask {
public:
    bool await_resume() const noexcept { return running_->cancelled(); }
};
inline IsCancelled is_cancelled()
{
    return {};
}

/// `co_await next_turn()`: goes on after all that was woken before.
class NextTurn {
public:
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> caller) const
    {
        Running& running = caller.promise().running();
        running.suspend(caller);
        running.scheduler().resume_later(running, Wake::notified);
    }
    void await_resume() const noexcept {}
};
inline NextTurn next_turn()
{
    return {};
}

/// `co_await turn_end()`: goes on when all others of the turn under way have been resumed.
class TurnEnd {
public:
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> caller) const
    {
        Running& running = caller.promise().running();
        if (!running.scheduler().turn_goes_on()) return false;
        running.suspend(caller);
        running.scheduler().resume_at_turn_end(running);
        return true;
    }
    void await_resume() const noexcept {}
};
inline TurnEnd turn_end()
{
    return {};
}

}  // namespace chaos::net
