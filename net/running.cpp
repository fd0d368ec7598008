// Starting, resuming and abandoning tasks.
#include "net/running.hpp"

#include <boost/asio/post.hpp>

#include "net/waiter.hpp"

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

void ListHook::take_all(ListHook& other)
{
    if (!other.linked()) return;
    previous_->next_ = other.next_;
    other.next_->previous_ = previous_;
    other.previous_->next_ = this;
    previous_ = other.previous_;
    other.previous_ = other.next_ = &other;
}

namespace {

/// The first frame of a started task. It goes by itself at its end.
struct FirstFrame {
    struct promise_type final : Running {
        promise_type() : Running(std::coroutine_handle<promise_type>::from_promise(*this)) {}
        FirstFrame get_return_object() { return {*this}; }
        std::suspend_always initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const noexcept {}
        Running& running() { return *this; }
    };
    Running& running;
};

FirstFrame first_frame(Task<void> task)
{
    co_await task;
}

}  // namespace

void start_task(const Executor& executor, Task<void> task)
{
    Scheduler::of(executor).start(std::move(task));
}

Running& start_task_later(const Executor& executor, Task<void> task)
{
    return Scheduler::of(executor).start_later(std::move(task));
}

void Running::release()
{
    unlink();
    if (held_by_ != nullptr) held_by_->held_ = nullptr;
    held_by_ = nullptr;
}

void Running::cancel()
{
    cancelled_ = true;
    if (held_by_ != nullptr && held_by_->shield_ == Waiter::Shield::no) scheduler_->resume_later(*this, Wake::aborted);
}

Scheduler& Scheduler::of(const Executor& executor)
{
    return asio::use_service<Scheduler>(executor.context());
}

void Scheduler::start(Task<void> task)
{
    Running& running = make(std::move(task));
    if (executor_.running_in_this_thread()) {
        running.suspended_.resume();
    } else {
        resume_later(running, Wake::notified);
    }
}

Running& Scheduler::start_later(Task<void> task)
{
    Running& running = make(std::move(task));
    resume_later(running, Wake::notified);
    return running;
}

Running& Scheduler::make(Task<void> task)
{
    Running& running = first_frame(std::move(task)).running;
    running.scheduler_ = this;
    return running;
}

void Scheduler::abandon()
{
    doom_all();
    asio::post(executor_, [this] { destroy_doomed(); });
}

/// The loop has no more turns. What destructors start now goes as well.
void Scheduler::shutdown() noexcept
{
    while (suspended_.linked() || turn_.linked() || turn_end_.linked() || woken_.linked() || doomed_.linked()) {
        doom_all();
        destroy_doomed();
    }
}

void Scheduler::doom_all()
{
    abandoned_ = true;
    for (ListHook* list : {&suspended_, &turn_, &turn_end_, &woken_}) doomed_.take_all(*list);
    for (ListHook* at = doomed_.next(); at != &doomed_; at = at->next()) {
        Running& running = static_cast<Running&>(*at);
        if (running.held_by_ != nullptr) std::exchange(running.held_by_, nullptr)->held_ = nullptr;
    }
}

void Scheduler::destroy_doomed()
{
    while (doomed_.linked()) {
        Running& running = static_cast<Running&>(*doomed_.next());
        running.unlink();
        running.first_.destroy();
    }
}

std::map<std::string, int> Scheduler::census() const
{
    std::map<std::string, int> count;
    for (const ListHook* at = suspended_.next(); at != &suspended_; at = at->next())
        ++count[static_cast<const Running*>(at)->held_by_->purpose_];
    return count;
}

void Scheduler::limit_turns(std::uint64_t limit, std::function<void()> overrun)
{
    turn_limit_ = limit;
    overrun_ = std::move(overrun);
}

void Scheduler::count_turn()
{
    if (++turns_ > turn_limit_ && overrun_) overrun_();
}

void Scheduler::resume_later(Running& running, Wake why)
{
    running.release();
    running.wake_ = why;
    running.link_before(woken_);
    if (std::exchange(turn_posted_, true)) return;
    asio::post(executor_, [this] { take_turn(); });
}

/// Those who are woken meanwhile take the next turn, so that the loop looks at its sockets in between.
void Scheduler::take_turn()
{
    turn_posted_ = false;
    turn_.take_all(woken_);
    while (turn_.linked()) {
        count_turn();
        resume_first(turn_);
    }
    while (turn_end_.linked()) resume_first(turn_end_);
}

void Scheduler::resume_first(ListHook& list)
{
    Running& running = static_cast<Running&>(*list.next());
    running.unlink();
    running.suspended_.resume();
}

void Scheduler::resume_at_turn_end(Running& running)
{
    running.release();
    running.link_before(turn_end_);
}

}  // namespace chaos::net
