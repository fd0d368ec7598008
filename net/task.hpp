// Task<T>: the coroutine every asynchronous function returns. One io_context and one thread per world; no strands.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace chaos::net {

namespace asio = boost::asio;

/// The concrete executor (not any_io_executor): dispatching on it costs no virtual call and no reference count.
using Executor = asio::io_context::executor_type;

using Error = boost::system::error_code;

/// A value, or the error that stood in its way. Operating errors travel in here; exceptions are for bugs and
/// cancellation.
template <class T>
using Result = boost::system::result<T, Error>;

class Running;
template <class T>
class Task;

namespace detail {

/// What the frame of every coroutine has: who awaits it, what it is a part of, and what it threw.
class Frame {
public:
    std::suspend_always initial_suspend() const noexcept { return {}; }
    auto final_suspend() const noexcept { return ToCaller(); }
    void unhandled_exception() { problem_ = std::current_exception(); }

    Running& running() const { return *running_; }
    void called_by(std::coroutine_handle<> caller, Running& running)
    {
        caller_ = caller;
        running_ = &running;
    }

protected:
    void rethrow() const
    {
        if (problem_) std::rethrow_exception(problem_);
    }

private:
    struct ToCaller {
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept
        {
            return static_cast<Frame&>(ended.promise()).caller_;
        }
        void await_resume() const noexcept {}
    };

    std::coroutine_handle<> caller_;
    Running* running_ = nullptr;
    std::exception_ptr problem_;
};

template <class T>
class TaskFrame final : public Frame {
public:
    Task<T> get_return_object() { return Task<T>(std::coroutine_handle<TaskFrame>::from_promise(*this)); }

    template <class Value>
    void return_value(Value&& value)
    {
        value_.emplace(std::forward<Value>(value));
    }
    T take()
    {
        rethrow();
        return std::move(*value_);
    }

private:
    std::optional<T> value_;
};

template <>
class TaskFrame<void> final : public Frame {
public:
    Task<void> get_return_object();
    void return_void() const noexcept {}
    void take() const { rethrow(); }
};

}  // namespace detail

/// A coroutine that runs when it is awaited, once, and goes with the object: a Task that is destroyed while it is
/// suspended takes its locals, and so all whom it awaits, with it. start_task() and TaskGroup run one beside others.
template <class T = void>
class [[nodiscard]] Task {
    using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

public:
    using promise_type = detail::TaskFrame<T>;

    Task() = default;
    explicit Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
    /// One that is over before it is awaited: for functions that seldom have to wait, which then need no frame.
    static Task done(Value value = {})
    {
        Task task;
        task.value_.emplace(std::move(value));
        return task;
    }
    Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)), value_(std::move(other.value_)) {}
    Task& operator=(Task&& other) noexcept
    {
        std::swap(frame_, other.frame_);
        std::swap(value_, other.value_);
        return *this;
    }
    ~Task()
    {
        if (frame_) frame_.destroy();
    }

    bool await_ready() const noexcept { return value_.has_value(); }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> caller) noexcept
    {
        frame_.promise().called_by(caller, caller.promise().running());
        return frame_;
    }
    /// The frame ends here, not with the expression that awaits it.
    T await_resume()
    {
        if (value_) return static_cast<T>(*std::move(value_));
        const Task ended(std::move(*this));
        return ended.frame_.promise().take();
    }

private:
    std::coroutine_handle<promise_type> frame_;
    std::optional<Value> value_;  ///< of one without a frame
};

inline Task<void> detail::TaskFrame<void>::get_return_object()
{
    return Task<void>(std::coroutine_handle<TaskFrame>::from_promise(*this));
}

}  // namespace chaos::net
