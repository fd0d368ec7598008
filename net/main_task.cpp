// Spawning a world's main task.
#include "net/main_task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

namespace chaos::net {
namespace {

/// As in a TaskGroup, only waits see a cancellation.
Task<void> begin(Task<void> main)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await std::move(main);
}

}  // namespace

MainTask::MainTask(const Executor& executor, Task<void> main, std::function<void()> ended)
    : state_(std::make_shared<State>())
{
    state_->on_end = std::move(ended);
    asio::co_spawn(executor, begin(std::move(main)), [state = state_](std::exception_ptr problem) {
        state->ended = true;
        state->problem = std::move(problem);
        state->on_end();
    });
}

void MainTask::rethrow() const
{
    if (state_->problem) std::rethrow_exception(state_->problem);
}

}  // namespace chaos::net
