// TaskGroup over co_spawn: one cancellation signal per running task.
#include "net/task_group.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <optional>

#include "net/condition.hpp"

namespace chaos::net {
namespace {

bool is_abortion(const std::exception_ptr& problem)
{
    try {
        std::rethrow_exception(problem);
    } catch (const boost::system::system_error& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

/// From here on cancellation is seen by waits only: a cancelled task can still call coroutines that clean up.
Task<void> begin_later(Task<void> task)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::post(use_task);
    const bool cancelled = co_await is_cancelled();
    if (!cancelled) co_await std::move(task);
}

}  // namespace

struct TaskGroup::State {
    explicit State(Executor e) : executor(std::move(e)), all_ended(executor, "join") {}

    using Running = std::list<asio::cancellation_signal>;

    void end(Running::iterator task, const std::exception_ptr& problem)
    {
        running.erase(task);
        if (problem && !first_problem && !is_abortion(problem)) first_problem = problem;
        if (running.empty()) all_ended.notify_all();
    }

    Executor executor;
    Running running;
    std::exception_ptr first_problem;
    Condition all_ended;
};

namespace {

/// The completion handler of one task; a task whose world was abandoned ends without its being called.
template <class State>
class Ending {
public:
    using cancellation_slot_type = asio::cancellation_slot;

    Ending(std::shared_ptr<State> state, typename State::Running::iterator task) : state_(std::move(state)), task_(task)
    {
    }
    Ending(Ending&& other) noexcept = default;
    ~Ending()
    {
        if (state_) state_->end(task_, nullptr);
    }

    cancellation_slot_type get_cancellation_slot() const noexcept { return task_->slot(); }

    void operator()(std::exception_ptr problem)
    {
        const std::shared_ptr<State> state = std::move(state_);
        state->end(task_, problem);
    }

private:
    std::shared_ptr<State> state_;
    typename State::Running::iterator task_;
};

}  // namespace

TaskGroup::TaskGroup(Executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

TaskGroup::~TaskGroup()
{
    if (size() == 0 || Waits::of(state_->executor).abandoned()) return;
    std::fprintf(stderr, "TaskGroup destroyed with %zu running tasks: join() it first%s\n", size(),
                 std::uncaught_exceptions() > 0 ? " (an exception is passing; catch it, cancel, join)" : "");
    std::abort();
}

void TaskGroup::spawn(Task<void> task)
{
    const auto running = state_->running.emplace(state_->running.end());
    asio::co_spawn(state_->executor, begin_later(std::move(task)), Ending<State>(state_, running));
}

void TaskGroup::cancel()
{
    if (Waits::of(state_->executor).abandoned()) return;
    for (asio::cancellation_signal& task : state_->running) task.emit(asio::cancellation_type::terminal);
}

Task<void> TaskGroup::join()
{
    const std::shared_ptr<State> state = state_;
    bool aborted = co_await is_cancelled();
    if (aborted) cancel();
    while (!state->running.empty()) {
        const auto shield = aborted ? Waiter::Shield::yes : Waiter::Shield::no;
        const Wake wake = co_await state->all_ended.wait_quietly(shield);
        if (wake == Wake::notified) continue;
        aborted = true;
        cancel();
    }
    if (state->first_problem) std::rethrow_exception(std::exchange(state->first_problem, nullptr));
    if (aborted) throw_aborted();
}

std::size_t TaskGroup::size() const
{
    return state_->running.size();
}

Task<void> with_tasks(std::function<Task<void>(TaskGroup&)> body)
{
    TaskGroup group(co_await asio::this_coro::executor);
    std::exception_ptr problem;
    try {
        co_await body(group);
    } catch (...) {
        problem = std::current_exception();
        group.cancel();
    }
    try {
        co_await group.join();
    } catch (...) {
        if (!problem) problem = std::current_exception();
    }
    if (problem) std::rethrow_exception(problem);
}

Task<bool> is_cancelled()
{
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

}  // namespace chaos::net
