// TaskGroup: started tasks, each of which tells when it ends.
#include "net/task_group.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <cstdio>
#include <cstdlib>
#include <list>

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

}  // namespace

struct TaskGroup::State {
    using Tasks = std::list<Running*>;

    explicit State(Executor e) : executor(std::move(e)) {}

    Executor executor;
    Tasks running;
    std::exception_ptr first_problem;
    Condition all_ended{"join"};
};

/// Takes a task out of its group, also when the world is abandoned and it ends without its being asked.
class TaskGroup::Membership {
public:
    Membership(std::shared_ptr<State> state, State::Tasks::iterator task) : state_(std::move(state)), task_(task) {}
    ~Membership()
    {
        state_->running.erase(task_);
        if (state_->running.empty()) state_->all_ended.notify_all();
    }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;

private:
    std::shared_ptr<State> state_;
    State::Tasks::iterator task_;
};

TaskGroup::TaskGroup(Executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

TaskGroup::~TaskGroup()
{
    if (size() == 0 || Scheduler::of(state_->executor).abandoned()) return;
    std::fprintf(stderr, "TaskGroup destroyed with %zu running tasks: join() it first%s\n", size(),
                 std::uncaught_exceptions() > 0 ? " (an exception is passing; catch it, cancel, join)" : "");
    std::abort();
}

void TaskGroup::spawn(Task<void> task)
{
    const auto place = state_->running.insert(state_->running.end(), nullptr);
    auto membership = std::make_unique<Membership>(state_, place);
    *place = &start_task_later(state_->executor, run(state_, std::move(membership), std::move(task)));
}

Task<void> TaskGroup::run(std::shared_ptr<State> state, std::unique_ptr<Membership> membership, Task<void> task)
{
    const std::unique_ptr<Membership> until_the_end = std::move(membership);
    try {
        const bool cancelled = co_await is_cancelled();
        if (!cancelled) co_await task;
    } catch (...) {
        const std::exception_ptr problem = std::current_exception();
        if (!state->first_problem && !is_abortion(problem)) state->first_problem = problem;
    }
}

void TaskGroup::cancel()
{
    if (Scheduler::of(state_->executor).abandoned()) return;
    for (Running* task : state_->running) task->cancel();
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
    Running& me = co_await this_task();
    TaskGroup group(me.scheduler().executor());
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

}  // namespace chaos::net
