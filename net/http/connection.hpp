// One end of an HTTP connection: a stream, and one task that reads ahead from it, so that the peer's leaving is seen
// whatever the connection's user is doing.
#pragma once

#include <cstdint>
#include <memory>

#include "net/condition.hpp"
#include "net/http/input_buffer.hpp"
#include "net/http/limits.hpp"
#include "net/stream.hpp"

namespace chaos::net::http {

class Connection {
public:
    /// Told by the reading task when the peer has finished or the connection broke; not told of our own close().
    class Watcher {
    public:
        virtual void connection_ended(Connection& connection) = 0;

    protected:
        ~Watcher() = default;
    };

    Connection(StreamPtr stream, const Limits& limits);

    /// The task that reads ahead. Whoever makes a connection starts it, once; it ends by itself when the stream does.
    static Task<void> read_ahead(std::shared_ptr<Connection> self);

    std::string_view unread() const { return input_.unread(); }
    void consume(std::size_t n);
    /// Nothing more will arrive: the peer has finished, the connection broke, or it was closed here.
    bool ended() const { return ended_; }
    /// Why it ended; no error if the peer finished.
    const Error& error() const { return error_; }
    bool closed() const { return closed_; }
    std::uint64_t bytes_received() const { return bytes_received_; }

    /// Suspends until something may have changed: bytes arrived, the connection ended, or somebody called wake().
    Condition::Wait changed() { return changed_.wait(); }
    void wake() { changed_.notify_all(); }

    Task<Error> write(std::string_view bytes) { return stream_->write(bytes); }
    Task<void> drained() { return stream_->drained(); }
    void shutdown_write();
    void close(Close how);

    void set_watcher(Watcher* watcher) { watcher_ = watcher; }

private:
    void end(const Error& error);

    StreamPtr stream_;
    InputBuffer input_;
    Condition changed_;
    Watcher* watcher_ = nullptr;
    Error error_;
    std::uint64_t bytes_received_ = 0;
    bool reader_waits_for_room_ = false;
    bool ended_ = false;
    bool closed_ = false;
};

}  // namespace chaos::net::http
