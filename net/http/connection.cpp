// Connection: the reading task and what it tells the connection's user.
#include "net/http/connection.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace chaos::net::http {

// A head that is not yet complete stays in the buffer, so the buffer must be able to hold more than the largest one.
Connection::Connection(StreamPtr stream, const Limits& limits)
    : stream_(std::move(stream)), input_(std::max(limits.read_ahead, limits.head_bytes + 1024))
{
}

/// One coroutine, and no buffer while nothing comes: it waits for as long as its connection lives, as do thousands of
/// others.
Task<void> Connection::read_ahead(std::shared_ptr<Connection> self)
{
    Error error = asio::error::operation_aborted;
    try {
        bool more_is_there = false;
        while (!self->closed_) {
            if (self->input_.full()) {
                self->reader_waits_for_room_ = true;
                co_await self->changed_.wait();
                continue;
            }
            if (!more_is_there) {
                co_await self->stream_->readable();
                if (self->closed_) break;
            }
            const std::span<char> room = self->input_.room();
            const Result<std::size_t> read = co_await self->stream_->read_some(room);
            if (!read || *read == 0) {
                error = read ? Error() : read.error();
                break;
            }
            more_is_there = *read == room.size();
            self->input_.added(*read);
            self->bytes_received_ += *read;
            self->changed_.notify_all();
        }
    } catch (const boost::system::system_error& aborted) {
        error = aborted.code();
    }
    self->end(error);
}

void Connection::end(const Error& error)
{
    if (closed_) {
        return;
    }
    ended_ = true;
    error_ = error;
    changed_.notify_all();
    if (watcher_ != nullptr) {
        watcher_->connection_ended(*this);
    }
}

void Connection::consume(std::size_t n)
{
    input_.consume(n);
    if (reader_waits_for_room_ && n > 0) {
        reader_waits_for_room_ = false;
        changed_.notify_all();
    }
}

void Connection::shutdown_write()
{
    if (!closed_) {
        stream_->shutdown_write();
    }
}

void Connection::close(Close how)
{
    if (closed_) {
        return;
    }
    closed_ = true;
    if (!ended_) {
        ended_ = true;
        error_ = asio::error::operation_aborted;
    }
    stream_->close(how);
    changed_.notify_all();
}

}  // namespace chaos::net::http
