// Spawning a world's main task.
#include "net/main_task.hpp"

#include "net/running.hpp"

namespace chaos::net {

MainTask::MainTask(const Executor& executor, Task<void> main, std::function<void()> ended)
    : state_(std::make_shared<State>())
{
    state_->on_end = std::move(ended);
    start_task_later(executor, run(state_, std::move(main)));
}

Task<void> MainTask::run(std::shared_ptr<State> state, Task<void> main)
{
    try {
        co_await main;
    } catch (...) {
        state->problem = std::current_exception();
    }
    state->ended = true;
    state->on_end();
}

void MainTask::rethrow() const
{
    if (state_->problem) std::rethrow_exception(state_->problem);
}

}  // namespace chaos::net
