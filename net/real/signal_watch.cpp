#include "net/real/signal_watch.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <system_error>
#include <thread>

namespace chaos::net {
namespace {

sigset_t watched_signals(bool with_hangup)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (with_hangup) sigaddset(&set, SIGHUP);
    return set;
}

}  // namespace

struct SignalWatch::State {
    sigset_t old_mask{};
    int signals = -1;
    int quit = -1;
    std::function<void(int)> stop;
    std::function<void()> reload;
    std::thread thread;

    void watch()
    {
        int seen = 0;
        while (true) {
            std::array<pollfd, 2> ready{pollfd{signals, POLLIN, 0}, pollfd{quit, POLLIN, 0}};
            if (::poll(ready.data(), ready.size(), -1) < 0) continue;
            if (ready[1].revents != 0) return;
            signalfd_siginfo info{};
            if (::read(signals, &info, sizeof info) != sizeof info) continue;
            const int signal = static_cast<int>(info.ssi_signo);
            if (signal == SIGHUP) {
                reload();
                continue;
            }
            if (++seen > 1) ::_exit(128 + signal);
            stop(signal);
        }
    }
};

SignalWatch::SignalWatch(std::function<void(int)> stop, std::function<void()> reload)
    : state_(std::make_unique<State>())
{
    const sigset_t set = watched_signals(static_cast<bool>(reload));
    ::pthread_sigmask(SIG_BLOCK, &set, &state_->old_mask);
    state_->signals = ::signalfd(-1, &set, SFD_CLOEXEC);
    state_->quit = ::eventfd(0, EFD_CLOEXEC);
    if (state_->signals < 0 || state_->quit < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    state_->stop = std::move(stop);
    state_->reload = std::move(reload);
    state_->thread = std::thread([state = state_.get()] { state->watch(); });
}

SignalWatch::~SignalWatch()
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(state_->quit, &one, sizeof one);
    state_->thread.join();
    ::close(state_->signals);
    ::close(state_->quit);
    ::pthread_sigmask(SIG_SETMASK, &state_->old_mask, nullptr);
}

}  // namespace chaos::net
