// A byte stream between two ends: what a TCP connection is, in either world.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "net/task.hpp"
#include "net/waiter.hpp"

namespace chaos::net {

/// How an end leaves: fin lets what was written arrive; reset drops what was not transmitted yet and tells the peer so
/// (RST). What arrived before a reset can still be read, as on Linux.
enum class Close { fin, reset };

/// Errors are the same codes in both worlds: connection_reset, broken_pipe, operation_aborted (after cancel or close),
/// timed_out, connection_refused (boost::asio::error::*). At most one read and one write may be under way at a time.
class Stream {
public:
    /// An open stream that is destroyed closes with fin.
    virtual ~Stream() = default;

    /// At least one byte, or 0 when the peer has finished (and again 0 afterwards). `into` is not empty.
    virtual Task<Result<std::size_t>> read_some(std::span<char> into) = 0;

    /// Suspends until read_some() would not have to wait, so that who waits here needs no buffer yet. It counts as a
    /// read under way and may return sooner, for any reason: what is the matter is told by read_some().
    virtual Task<Wake> readable() { return Task<Wake>::done(Wake::notified); }

    /// Returns when every byte was accepted for sending; suspends while the peer does not make room (back-pressure).
    /// The bytes must stay alive until then.
    virtual Task<Error> write(std::string_view bytes) = 0;

    /// Returns when the peer's side has taken in everything written so far (acknowledged), or the stream broke.
    /// A reset "after n bytes" means: write, drained, close(reset); otherwise most of the n bytes are lost.
    virtual Task<void> drained() = 0;

    /// Half-close: the peer will read 0 after what was written; reading goes on.
    virtual void shutdown_write() = 0;

    /// Ends both directions at once; pending operations complete with operation_aborted. Idempotent.
    virtual void close(Close how) = 0;

    /// Pending operations complete with operation_aborted; the stream stays usable.
    virtual void cancel() = 0;
    /// The same for a read alone; a write goes on.
    virtual void cancel_read() = 0;
};

using StreamPtr = std::unique_ptr<Stream>;

}  // namespace chaos::net
