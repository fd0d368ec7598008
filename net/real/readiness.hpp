// Which sockets of a loop may be read or written again: asked of the kernel once for each socket, not once for each wait.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "net/task.hpp"

namespace chaos::net::real {

/// An epoll of our own, edge-triggered, that is itself one descriptor of the loop's reactor. The reactor's own way costs
/// two system calls for each wait: one to be told again, one to see that what is told is still true.
class Readiness final : public asio::execution_context::service {
public:
    using key_type = Readiness;
    inline static asio::execution_context::id id;

    /// Who is told. It stays where it is until its descriptor is closed, which ends the watch.
    class Watcher {
    public:
        /// `ended`: the other side will send no more, or the connection broke. Only notes it and wakes who waits.
        virtual void on_ready(bool readable, bool writable, bool ended) = 0;

    protected:
        ~Watcher() = default;
    };

    explicit Readiness(asio::execution_context& owner);
    ~Readiness() override;
    static Readiness& of(const Executor& executor);

    const Executor& executor() const { return executor_; }

    /// From now on, and about what is the case already. An error: the system has no room for another one.
    Error watch(int descriptor, Watcher& watcher);

private:
    void shutdown() noexcept override;
    void await_news();
    void tell();

    Executor executor_;
    asio::posix::basic_stream_descriptor<Executor> epoll_;
};

}  // namespace chaos::net::real
