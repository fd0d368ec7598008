// All timers of one loop over a single timer of its reactor: thousands of deadlines that are set and hardly ever met.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "net/task.hpp"

namespace chaos::net::real {

class Alarms {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// One deadline. Not set, it takes no room but its own; it is to be removed before it goes.
    class Alarm {
    public:
        Alarm() = default;
        Alarm(const Alarm&) = delete;
        Alarm& operator=(const Alarm&) = delete;

    private:
        friend class Alarms;
        static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

        bool before(const Alarm& other) const;

        Time due_{};
        std::uint64_t number_ = 0;  ///< of those due at one time the first that was set comes first
        std::size_t place_ = nowhere;
        std::function<void()> ring_;
    };

    explicit Alarms(const Executor& executor) : timer_(std::in_place, executor) {}
    Alarms(const Alarms&) = delete;
    Alarms& operator=(const Alarms&) = delete;

    /// Calls `ring` once, on the loop, when `due` has come; replaces any earlier setting.
    void set(Alarm& alarm, Time due, std::function<void()> ring);
    void remove(Alarm& alarm);
    /// None rings any more: the loop is about to go. What is set can still be removed.
    void close() { timer_.reset(); }

private:
    using Timer =
        asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

    void take_out(Alarm& alarm);
    void settle(std::size_t place);
    void put(std::size_t place, Alarm* alarm);
    void set_timer();
    void ring_due();

    std::optional<Timer> timer_;
    std::vector<Alarm*> heap_;  ///< the next one first
    std::uint64_t settings_ = 0;
    Time timer_set_for_ = Time::max();  ///< max: it is not running
};

}  // namespace chaos::net::real
