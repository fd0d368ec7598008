// What a server can do in place of a handshake once it has read the ClientHello: nothing, or something else than TLS.
#pragma once

#include <functional>
#include <string>

#include "net/runtime.hpp"

namespace chaos::net::tls {

/// What became of a client whose ClientHello met silence.
struct Stalled {
    enum class End {
        client_left,
        released,  ///< at the instant given; the handshake goes on
        closed,    ///< by our own side
    };
    End end = End::client_left;
    std::size_t hello_bytes = 0;  ///< read, and not answered
    Duration silence{};
};

/// Reads what the client says and gives none of it to the reader of this stream before `release`; then all of it. `told`
/// is called once it is over, and never if nothing came.
StreamPtr stall(Runtime& runtime, StreamPtr wire, Instant release, std::function<void(const Stalled&)> told);

/// Answers the ClientHello with these bytes and then FIN. `told` is called with the size of the hello when they have been
/// sent. The reader of this stream meets its end.
StreamPtr answer_hello(StreamPtr wire, std::string answer, std::function<void(std::size_t hello_bytes)> told);

/// A fatal alert as a server sends it that cannot agree with its client: handshake_failure (RFC 8446, 6).
std::string handshake_failure_alert();
/// What a server of plain HTTP says to bytes it cannot read.
std::string plain_http_refusal();

}  // namespace chaos::net::tls
