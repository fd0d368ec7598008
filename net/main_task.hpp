// The one task a world is run for.
#pragma once

#include <exception>
#include <functional>
#include <memory>

#include "net/task.hpp"

namespace chaos::net {

/// Starts `main` on the loop and remembers how it ended. May be destroyed before that happens.
class MainTask {
public:
    /// `ended` is called on the loop.
    MainTask(const Executor& executor, Task<void> main, std::function<void()> ended);

    bool ended() const { return state_->ended; }
    /// Throws what main threw, if anything.
    void rethrow() const;

private:
    struct State {
        bool ended = false;
        std::exception_ptr problem;
        std::function<void()> on_end;
    };
    static Task<void> run(std::shared_ptr<State> state, Task<void> main);

    std::shared_ptr<State> state_;
};

}  // namespace chaos::net
