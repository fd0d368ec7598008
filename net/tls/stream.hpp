// TLS over any byte stream: handshake and records as a decorator, in either world.
#pragma once

#include <functional>
#include <string>

#include "net/runtime.hpp"
#include "net/tls/context.hpp"

namespace chaos::net::tls {

/// How a server's handshake ended, and how far it had come.
struct Handshake {
    enum class End {
        completed,
        refused,  ///< by an alert of the client's
        failed,   ///< what came was not acceptable, or the client offered nothing acceptable
        left,     ///< the client ended the connection
        closed,   ///< our own side did
    };
    End end = End::completed;
    bool hello_received = false;
    bool certificate_sent = false;
    int alert = 0;  ///< the client's: 48 is unknown_ca
};

/// A server's end. The handshake takes place inside the first read; a write waits for it. `on_handshake` is told how it
/// ended, once; it may be empty.
///
/// shutdown_write() says close_notify before it finishes the wire, as an orderly end does; close(fin) without it does
/// not, as of a process that died, and neither does close(reset). Reading past a connection that ended without
/// close_notify is an error (see tls::truncated), which plain TCP could not tell. A write that is cancelled half-way
/// breaks the stream for good: the peer could not make sense of what followed.
StreamPtr serve(Runtime& runtime, StreamPtr wire, Context context, std::function<void(const Handshake&)> on_handshake = {});

/// A client's end, after its handshake. `host` is who the certificate must be for. Errors: timed_out at `deadline`;
/// those of net/tls/error.hpp; those of streams.
Task<Result<StreamPtr>> connect(Runtime& runtime, StreamPtr wire, Context context, std::string host, Instant deadline);

}  // namespace chaos::net::tls
