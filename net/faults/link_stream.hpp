// One connection of a link: a stream that obeys the weather.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/byte_queue.hpp"
#include "net/clock.hpp"
#include "net/faults/lane.hpp"
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
    std::vector<SharedRule> rules;
    std::function<void()> contact;
    OnDone done;
    /// Those whose wire is still open, by the number that the link gave them.
    std::map<std::uint64_t, std::shared_ptr<LinkConnection>> connections;
};

/// Bytes are read and written through as long as nothing acts on them. Else those to the wire are held, and those from
/// the wire read ahead of the owner by a task of the connection, so that it is known when bytes are held, and delivered
/// when the weather allows. The wire's end outlives the owner's as long as something is held.
class LinkConnection final : public std::enable_shared_from_this<LinkConnection> {
public:
    /// `number` is its place among the link's connections, `ordinal` the one that rules count.
    LinkConnection(std::shared_ptr<Weather> weather, StreamPtr wire, std::uint64_t number, std::uint64_t ordinal);
    /// Starts reading from the wire.
    void start();

    Task<Wake> readable();
    Task<Result<std::size_t>> read_some(std::span<char> into);
    Task<Error> write(std::string_view bytes);
    Task<void> drained();
    void shutdown_write();
    void close(Close how);
    void cancel();
    void cancel_read();

    void weather_changed();
    void rules_changed();
    /// Begins a new count of contacts.
    void forget_contact() { contacted_ = false; }
    void sever(Close how);
    void exchange_began();
    void exchange_ended();
    bool closed_by_owner() const { return closed_; }

private:
    using End = Parcel::End;

    /// A rule that concerns this connection, and what it did so far.
    struct Applied {
        SharedRule rule;
        bool picked = true;
        bool told = false;
        std::array<std::uint64_t, 2> passed{};  ///< LimitData: bytes by direction
        std::size_t lost = 0;                   ///< Swallow, ResetPeer
        Instant deadline = never;               ///< when it ends the connection

        bool acts(Direction direction) const { return picked && rule->acts(direction); }
    };

    bool is_clear() const;
    bool reads_through() const;
    Task<Result<std::size_t>> read_through(std::span<char> into);
    void end_read_through();
    void start_reading_ahead();
    Task<void> read_ahead();
    bool lets_in(std::size_t bytes);
    void arrive(std::string_view bytes);
    void hold(std::string bytes);
    void arrive_end(Error error);
    void deliver(Parcel parcel);
    void release_inbound();

    Task<Error> write_held(std::string_view bytes);
    void send(std::string bytes);
    void send_end(End end);
    void release_outbound();
    Task<void> flush();
    Task<void> put_on_wire(Parcel parcel);
    bool may_pass(const Lane& lane) const;
    bool passes_freely(const Lane& lane) const;
    bool writes_through() const;

    void cancel_write();
    void set_alarm();
    void ring();
    void end_lanes();
    void close_wire(Close how);
    void report_contact();
    void wake_all(Wake why);

    // link_rules.cpp
    void apply_rules();
    void drop_rules();
    bool reads() const;
    bool lost(Direction direction, std::size_t bytes);
    bool is_stale();
    std::optional<Close> cut_to_limit(Direction direction, std::string& bytes);
    void tell(Applied& applied, Done done);
    void tell_spared(Direction direction);
    void tell_burst(const Lane& lane);
    void meet_deadlines();
    Instant next_deadline() const;

    std::shared_ptr<Weather> weather_;
    StreamPtr wire_;
    std::uint64_t number_;
    std::uint64_t ordinal_;
    std::vector<Applied> applied_;
    Lane inbound_;                ///< on its way to the owner
    ByteQueue ready_;             ///< delivered, to be read
    std::optional<Error> ended_;  ///< how the inbound direction ended: no error for fin
    Lane outbound_;               ///< on its way to the wire
    Error write_error_;
    bool closed_ = false;
    bool wire_closed_ = false;
    bool wire_ended_ = false;  ///< nothing more will come from it
    bool reading_ahead_ = false;
    bool reading_through_ = false;
    bool writing_through_ = false;
    bool wire_cancelled_ = false;
    bool flushing_ = false;
    bool contacted_ = false;
    bool answered_ = false;  ///< bytes went down since bytes came up
    bool resting_ = false;   ///< an exchange has ended, and no byte of another has come
    RareWaiter reader_;
    RareWaiter read_room_;
    RareWaiter writer_;
    RareWaiter drainer_;
    std::unique_ptr<Timer> alarm_;  ///< made when something is held for the first time
};

/// Thousands may be open at once: bytes are kept by who reads them, and only as long as they are read.
static_assert(sizeof(LinkConnection) <= 2048);

StreamPtr make_stream(std::shared_ptr<LinkConnection> connection);

}  // namespace chaos::net::faults
