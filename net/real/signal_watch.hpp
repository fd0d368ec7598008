// SIGINT and SIGTERM as a callback, a second one ends the program at once; and SIGHUP as another.
#pragma once

#include <functional>
#include <memory>

namespace chaos::net {

/// For a program whose worlds come and go (or are simulated, and have no loop a signal could reach); one world that lasts
/// has Reality::on_stop_signal. While this lives, the signals do not kill the process: the first calls `stop` (on a thread
/// of its own), the second ends the process with 128 + signal. Construct it before other threads, which inherit the mask.
class SignalWatch {
public:
    /// `reload`, if there is one, is called at each SIGHUP, on the same thread.
    explicit SignalWatch(std::function<void(int signal)> stop, std::function<void()> reload = {});
    ~SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chaos::net
