// A request to stop: raised by a signal (or a test), seen by everything that would otherwise go on.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>

namespace chaos::harness {

/// May be raised from any thread. Listeners run on the raising thread: they post, they do not act.
class Stop {
public:
    bool requested() const { return requested_.load(std::memory_order_relaxed); }

    void request()
    {
        requested_.store(true, std::memory_order_relaxed);
        std::lock_guard lock(mutex_);
        for (const auto& [id, listener] : listeners_) listener();
    }

    /// Keeps a listener registered while it lives.
    class Subscription {
    public:
        Subscription(Stop& stop, std::function<void()> listener) : stop_(stop)
        {
            std::lock_guard lock(stop_.mutex_);
            id_ = ++stop_.last_id_;
            stop_.listeners_.emplace(id_, std::move(listener));
        }
        ~Subscription()
        {
            std::lock_guard lock(stop_.mutex_);
            stop_.listeners_.erase(id_);
        }
        Subscription(const Subscription&) = delete;
        Subscription& operator=(const Subscription&) = delete;

    private:
        Stop& stop_;
        int id_ = 0;
    };

private:
    std::atomic<bool> requested_{false};
    std::mutex mutex_;
    std::map<int, std::function<void()>> listeners_;
    int last_id_ = 0;
};

}  // namespace chaos::harness
