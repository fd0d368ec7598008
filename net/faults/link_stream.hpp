// One connection of a link: a stream that obeys the weather.
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "net/byte_queue.hpp"
#include "net/clock.hpp"
#include "net/stream.hpp"
#include "net/waiter.hpp"

namespace chaos::net::faults {

class LinkConnection;

/// What all connections of one link share.
struct Weather {
    Weather(Clock& c, Executor e) : clock(c), executor(std::move(e)) {}

    Clock& clock;
    Executor executor;
    bool dark = false;  ///< nothing passes
    Duration delay{};
    std::function<void()> contact;
    std::vector<std::shared_ptr<LinkConnection>> connections;  ///< those whose wire is still open

    bool clear() const { return !dark && delay == Duration::zero(); }
};

/// Bytes from the wire are read ahead of the owner by a task of the connection, so that it is known when bytes are
/// held, and delivered when the weather allows. Bytes to the wire are written through, or held in the same way. The
/// wire's end outlives the owner's as long as something is held.
class LinkConnection final : public std::enable_shared_from_this<LinkConnection> {
public:
    LinkConnection(std::shared_ptr<Weather> weather, StreamPtr wire);
    /// Starts reading from the wire.
    void start();

    Task<Result<std::size_t>> read_some(std::span<char> into);
    Task<Error> write(std::string_view bytes);
    Task<void> drained();
    void shutdown_write();
    void close(Close how);
    void cancel();

    void weather_changed();
    /// Begins a new count of contacts.
    void forget_contact() { contacted_ = false; }
    void sever(Close how);
    bool closed_by_owner() const { return closed_; }

private:
    enum class End : unsigned char { none, fin, close, reset };

    /// Something on its way: bytes, or how its direction ends.
    struct Parcel {
        std::string bytes;
        Instant due;
        End end = End::none;
        Error error{};
    };

    Task<void> read_ahead();
    void arrive(Parcel parcel);
    void deliver(Parcel parcel);
    void release_inbound();

    Task<Error> write_held(std::string_view bytes);
    void send(Parcel parcel);
    void release_outbound();
    Task<void> flush();
    Task<void> put_on_wire(Parcel parcel);
    bool may_pass(const Parcel& parcel) const;
    bool writes_through() const;

    void cancel_write();
    void set_alarm();
    void close_wire(Close how);
    void report_contact();
    void wake_all(Wake why);

    std::shared_ptr<Weather> weather_;
    StreamPtr wire_;
    std::array<char, 8192> ahead_;
    std::deque<Parcel> inbound_;   ///< held
    ByteQueue ready_;              ///< delivered, to be read
    std::optional<Error> ended_;   ///< how the inbound direction ended: no error for fin
    std::deque<Parcel> outbound_;  ///< held
    std::size_t inbound_bytes_ = 0;
    std::size_t outbound_bytes_ = 0;
    Error write_error_;
    bool closed_ = false;
    bool wire_closed_ = false;
    bool writing_through_ = false;
    bool wire_cancelled_ = false;
    bool flushing_ = false;
    bool contacted_ = false;
    Waiter reader_;
    Waiter read_room_;
    Waiter writer_;
    Waiter drainer_;
    std::unique_ptr<Timer> alarm_;
};

StreamPtr make_stream(std::shared_ptr<LinkConnection> connection);

}  // namespace chaos::net::faults
