// One TLS connection without I/O: bytes of the wire go in and come out, and so do the owner's.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/task.hpp"
#include "net/time.hpp"
#include "net/tls/context.hpp"

struct ssl_st;  // OpenSSL's SSL

namespace chaos::net::tls {

class Engine {
public:
    /// A server's end.
    explicit Engine(Context context);
    /// A client's end, that accepts only a certificate for `host` (a name or an address) that is valid at `now`.
    Engine(Context context, const std::string& host, WallTime now);
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Bytes that came from the wire.
    void feed(std::string_view bytes);
    /// Bytes that belong on the wire; moves them out.
    std::string take_output();

    /// What a step came to: done, or it goes on when more has come from the wire, or the peer said that nothing more
    /// comes, or it failed for good (`error`).
    enum class Progress { done, wants_bytes, ended, failed };
    struct Step {
        Progress progress = Progress::done;
        std::size_t count = 0;  ///< of bytes read
        Error error{};
    };
    Step shake_hands();
    Step read(std::span<char> into);
    /// Not before the handshake is done.
    Step write(std::string_view bytes);
    /// Adds close_notify to the output.
    void say_goodbye();

    /// What was seen of the handshake: by a server its client's ClientHello, and its own certificate on its way out.
    bool hello_received() const { return hello_received_; }
    bool certificate_sent() const { return certificate_sent_; }

private:
    Step step_of(int result);
    void begin();
    static void watch(int write, int version, int type, const void* bytes, std::size_t length, ssl_st* ssl, void* engine);

    Context context_;
    std::shared_ptr<ssl_st> ssl_;
    bool hello_received_ = false;
    bool certificate_sent_ = false;
};

}  // namespace chaos::net::tls
