// The two halves of a TLS stream at work: an engine, the wire below it, and who may write to that when.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "net/runtime.hpp"
#include "net/tls/engine.hpp"
#include "net/tls/stream.hpp"
#include "net/waiter.hpp"

namespace chaos::net::tls {

/// Reads and writes both may have to write to the wire (alerts, key updates), one at a time. The wire's end outlives
/// the owner's while a close_notify is on its way.
class Connection final : public std::enable_shared_from_this<Connection> {
public:
    Connection(Runtime& runtime, StreamPtr wire, std::unique_ptr<Engine> engine,
               std::function<void(const Handshake&)> on_handshake);

    /// Until the handshake is done. Only where nothing is read at the same time.
    Task<Error> establish();

    Task<Result<std::size_t>> read_some(std::span<char> into);
    Task<Error> write(std::string_view bytes);
    Task<void> drained();
    void shutdown_write();
    void close(Close how);
    void cancel();
    void cancel_read();

private:
    Task<Error> fill();
    /// Puts all output of the engine on the wire; waits while another does that.
    Task<Error> flush(Waiter& mine);
    Task<Error> write_record(std::string_view bytes);
    Task<void> say_goodbye();
    void handshake_ended(Handshake::End end, const Error& error);
    void close_wire(Close how);
    void wake_all(Wake why);

    Clock& clock_;
    Executor executor_;
    StreamPtr wire_;
    std::unique_ptr<Engine> engine_;
    std::function<void(const Handshake&)> on_handshake_;  ///< empty once told
    std::array<char, 16 * 1024> from_wire_;
    std::optional<Error> broken_;  ///< what every further read meets
    Error wire_error_;             ///< what every further write meets
    bool established_ = false;
    bool flushing_ = false;
    bool shut_ = false;           ///< by shutdown_write()
    bool saying_goodbye_ = false;
    bool closed_ = false;         ///< by the owner
    bool wire_closed_ = false;
    Waiter reader_;
    Waiter writer_;
    Waiter drainer_;
    Waiter goodbye_;
};

}  // namespace chaos::net::tls
