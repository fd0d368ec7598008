// Holding, delaying and delivering the bytes of one connection.
#include "net/faults/link_stream.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>

namespace chaos::net::faults {
namespace {

/// Written through in pieces, so that a blackhole stops a long write soon after it begins.
constexpr std::size_t largest_link_write = 16 * 1024;
constexpr std::size_t largest_ahead = 8192;

}  // namespace

LinkConnection::LinkConnection(std::shared_ptr<Weather> weather, StreamPtr wire, std::uint64_t number,
                               std::uint64_t ordinal)
    : weather_(std::move(weather)),
      wire_(std::move(wire)),
      number_(number),
      ordinal_(ordinal),
      inbound_(Direction::up, ordinal),
      outbound_(Direction::down, ordinal)
{
}

void LinkConnection::start()
{
    rules_changed();
}

// From the wire to the owner.

/// Nothing stands between the wire and the owner, who reads it without a task and a buffer of the link's. A rule may
/// have to see what comes though its owner does not read.
bool LinkConnection::is_clear() const
{
    return applied_.empty() && passes_freely(inbound_);
}

bool LinkConnection::reads_through() const
{
    return !reading_ahead_ && !wire_ended_ && !wire_closed_ && is_clear();
}

void LinkConnection::start_reading_ahead()
{
    if (wire_ended_ || wire_closed_ || std::exchange(reading_ahead_, true)) return;
    start_task(weather_->executor, read_ahead());
}

/// Until the wire ends, or the owner can read through; what nobody wants any more is read as well, so that it does not
/// turn a fin into a reset.
Task<void> LinkConnection::read_ahead()
{
    const auto alive = shared_from_this();
    std::array<char, largest_ahead> ahead;
    do {
        while (!wire_closed_ && (!reads() || inbound_.held_bytes() + ready_.size() >= inbound_.most_held())) {
            const Wake wake = co_await read_room_.wait("link reading ahead");
            if (wake == Wake::aborted) co_return;
        }
        if (wire_closed_) co_return;
        const auto count = co_await wire_->read_some(ahead);
        const bool cancelled = !count && count.error() == asio::error::operation_aborted;
        if (cancelled && std::exchange(wire_cancelled_, false)) continue;  // it was the owner's write that was meant
        if (!count || *count == 0) {
            arrive_end(count ? Error{} : count.error());
        } else {
            arrive({ahead.data(), *count});
        }
    } while (!wire_ended_ && (closed_ || ended_ || !is_clear()));
    reading_ahead_ = false;
    reader_.wake(Wake::notified);
}

/// What every byte from the wire has to pass. False if it goes no further.
bool LinkConnection::lets_in(std::size_t bytes)
{
    if (closed_ || ended_) return false;
    tell_spared(Direction::up);
    if (is_stale()) return false;
    answered_ = false;
    if (!lost(Direction::up, bytes)) return true;
    set_alarm();
    return false;
}

void LinkConnection::arrive(std::string_view bytes)
{
    if (!lets_in(bytes.size())) return;
    if (passes_freely(inbound_)) {
        Parcel parcel;
        parcel.bytes = bytes;
        deliver(std::move(parcel));
    } else {
        hold(std::string(bytes));
    }
}

void LinkConnection::hold(std::string bytes)
{
    if (weather_->dark) report_contact();
    inbound_.put(std::move(bytes), weather_->clock.now());
    if (inbound_.stuck()) tell_burst(inbound_);
    release_inbound();
    set_alarm();
}

void LinkConnection::arrive_end(Error error)
{
    wire_ended_ = true;
    if (closed_ || ended_) return;
    if (lost(Direction::up, 0)) return set_alarm();
    inbound_.put_end(End::fin, error, weather_->clock.now());
    release_inbound();
    set_alarm();
}

void LinkConnection::deliver(Parcel parcel)
{
    if (parcel.end == End::none) {
        ready_.append(parcel.bytes);
    } else {
        ended_ = parcel.error;
    }
    reader_.wake(Wake::notified);
}

void LinkConnection::release_inbound()
{
    if (inbound_.empty()) return;
    while (!inbound_.empty() && may_pass(inbound_)) {
        if (inbound_.slices() && !ready_.empty()) return;  // each slice is read by itself
        Parcel parcel = inbound_.take(weather_->clock.now());
        const std::optional<Close> end = cut_to_limit(Direction::up, parcel.bytes);
        if (parcel.end != End::none || !parcel.bytes.empty()) deliver(std::move(parcel));
        if (end) return sever(*end);
    }
    if (inbound_.empty()) tell_burst(inbound_);
}

/// Weather that changes meanwhile is met by the read that follows: until then nothing has come that it could act on.
Task<Wake> LinkConnection::readable()
{
    const auto alive = shared_from_this();
    if (closed_ || ended_ || !ready_.empty()) co_return Wake::notified;
    if (reads_through()) {
        reading_through_ = true;
        const Wake wake = co_await wire_->readable();
        reading_through_ = false;
        wire_cancelled_ = false;
        co_return wake;
    }
    start_reading_ahead();
    co_return co_await reader_.wait("read");
}

Task<Result<std::size_t>> LinkConnection::read_some(std::span<char> into)
{
    const auto alive = shared_from_this();
    while (!closed_ && ready_.empty() && !ended_) {
        if (reads_through()) {
            const Result<std::size_t> count = co_await read_through(into);
            if (!count || *count > 0) co_return count;
        } else {
            start_reading_ahead();
            const Wake wake = co_await reader_.wait("read");
            if (wake == Wake::aborted) co_return aborted();
        }
    }
    if (closed_) co_return aborted();
    if (ready_.empty()) {
        if (*ended_) co_return *ended_;
        co_return std::size_t{0};
    }
    const std::size_t count = ready_.take(into);
    if (inbound_.slices()) weather_changed();
    read_room_.wake(Wake::notified);
    co_return count;
}

/// 0: nothing came straight through; look again why. The weather may have changed while nothing came.
Task<Result<std::size_t>> LinkConnection::read_through(std::span<char> into)
{
    reading_through_ = true;
    const auto count = co_await wire_->read_some(into);
    reading_through_ = false;
    if (!count && count.error() == asio::error::operation_aborted) {
        const bool goes_on = std::exchange(wire_cancelled_, false) || closed_ || ended_;
        co_return goes_on ? Result<std::size_t>(0) : Result<std::size_t>(aborted());
    }
    if (!count || *count == 0) {
        arrive_end(count ? Error{} : count.error());
        co_return std::size_t{0};
    }
    if (!lets_in(*count)) co_return std::size_t{0};
    if (passes_freely(inbound_)) co_return *count;
    hold(std::string(into.data(), *count));
    co_return std::size_t{0};
}

// From the owner to the wire.

bool LinkConnection::writes_through() const
{
    return passes_freely(outbound_) && !flushing_;
}

Task<Error> LinkConnection::write(std::string_view bytes)
{
    const auto alive = shared_from_this();
    if (closed_) co_return aborted();
    if (!bytes.empty()) tell_spared(Direction::down);
    while (!bytes.empty() && writes_through() && !write_error_) {
        const std::string_view piece = bytes.substr(0, largest_link_write);
        writing_through_ = true;
        answered_ = true;
        const Error error = co_await wire_->write(piece);
        writing_through_ = false;
        if (closed_) co_return aborted();
        if (error) co_return write_error_ ? write_error_ : error;
        bytes.remove_prefix(piece.size());
        if (bytes.empty()) co_return Error{};
    }
    co_return co_await write_held(bytes);
}

Task<Error> LinkConnection::write_held(std::string_view bytes)
{
    for (;;) {
        if (closed_) co_return aborted();
        if (write_error_) co_return write_error_;
        if (lost(Direction::down, bytes.size())) {
            set_alarm();
            co_return Error{};
        }
        const std::size_t most = outbound_.most_held();
        const std::size_t count = std::min(bytes.size(), most - std::min(most, outbound_.held_bytes()));
        if (count > 0) send(std::string(bytes.substr(0, count)));
        bytes.remove_prefix(count);
        if (bytes.empty()) co_return Error{};
        if (outbound_.held_bytes() < most) continue;  // what was sent has passed already
        const Wake wake = co_await writer_.wait("write");
        if (wake == Wake::aborted) co_return aborted();
    }
}

void LinkConnection::send(std::string bytes)
{
    answered_ = true;
    if (weather_->dark) report_contact();
    outbound_.put(std::move(bytes), weather_->clock.now());
    if (outbound_.stuck()) tell_burst(outbound_);
    release_outbound();
    set_alarm();
}

void LinkConnection::send_end(End end)
{
    if (!lost(Direction::down, 0)) {
        outbound_.put_end(end, {}, weather_->clock.now());
        release_outbound();
    }
    set_alarm();
}

void LinkConnection::release_outbound()
{
    if (flushing_ || outbound_.empty() || !may_pass(outbound_)) return;
    flushing_ = true;
    start_task(weather_->executor, flush());
}

Task<void> LinkConnection::flush()
{
    const auto alive = shared_from_this();
    while (!outbound_.empty() && may_pass(outbound_)) {
        Parcel parcel = outbound_.take(weather_->clock.now());
        const std::optional<Close> end = cut_to_limit(Direction::down, parcel.bytes);
        co_await put_on_wire(std::move(parcel));
        if (end) {
            if (*end == Close::reset) co_await wire_->drained();
            sever(*end);
        }
        writer_.wake(Wake::notified);
    }
    flushing_ = false;
    set_alarm();
    if (!outbound_.empty()) co_return;
    tell_burst(outbound_);
    drainer_.wake(Wake::notified);
}

Task<void> LinkConnection::put_on_wire(Parcel parcel)
{
    switch (parcel.end) {
        case End::none: {
            const Error error = co_await wire_->write(parcel.bytes);
            if (error && !write_error_) write_error_ = error;
            break;
        }
        case End::fin:
            wire_->shutdown_write();
            break;
        case End::close:
            close_wire(Close::fin);
            break;
        case End::reset:
            close_wire(Close::reset);
            break;
    }
}

Task<void> LinkConnection::drained()
{
    const auto alive = shared_from_this();
    while (!closed_ && !write_error_ && (flushing_ || !outbound_.empty())) {
        const Wake wake = co_await drainer_.wait("drained");
        if (wake == Wake::aborted) co_return;
    }
    if (!closed_ && !write_error_) co_await wire_->drained();
}

void LinkConnection::shutdown_write()
{
    if (closed_ || write_error_) return;
    write_error_ = asio::error::broken_pipe;
    if (writes_through()) {
        wire_->shutdown_write();
    } else {
        send_end(End::fin);
    }
}

// Both directions.

/// The owner is rid of the stream at once; the wire closes when what is held has passed. As in TCP, unread bytes turn a
/// fin into a reset.
void LinkConnection::close(Close how)
{
    if (std::exchange(closed_, true)) return;
    const bool unread = !ready_.empty() || !inbound_.empty();
    const bool reset = how == Close::reset || (unread && !ended_);
    tell_burst(inbound_);
    inbound_.clear();
    wake_all(Wake::aborted);
    if (wire_closed_) return;
    cancel_write();
    if (writes_through()) return close_wire(reset ? Close::reset : Close::fin);
    end_read_through();
    if (reset) outbound_.clear();
    send_end(reset ? End::reset : End::close);
}

void LinkConnection::cancel()
{
    reader_.wake(Wake::aborted);
    writer_.wake(Wake::aborted);
    drainer_.wake(Wake::aborted);
    cancel_write();
    if (!reading_through_) return;
    wire_cancelled_ = false;  // it is meant as well
    wire_->cancel_read();
}

void LinkConnection::cancel_read()
{
    reader_.wake(Wake::aborted);
    if (reading_through_) wire_->cancel_read();
}

/// Takes the read ahead along, which then begins anew.
void LinkConnection::cancel_write()
{
    if (!writing_through_) return;
    wire_cancelled_ = reading_ahead_ || reading_through_;
    wire_->cancel();
}

/// The owner wants, or may have, nothing more of what comes.
void LinkConnection::end_read_through()
{
    if (reading_through_) wire_->cancel_read();
    start_reading_ahead();
}

void LinkConnection::sever(Close how)
{
    if (wire_closed_) return;
    end_lanes();
    const bool reset = how == Close::reset;
    if (!ended_) ended_ = reset ? Error(asio::error::connection_reset) : Error{};
    write_error_ = reset ? asio::error::connection_reset : asio::error::broken_pipe;
    if (reset || closed_) {
        close_wire(how);
    } else {
        wire_->shutdown_write();
        end_read_through();
    }
    wake_all(Wake::notified);
}

void LinkConnection::end_lanes()
{
    for (Lane* lane : {&inbound_, &outbound_}) {
        if (!lane->empty()) tell_burst(*lane);
        lane->clear();
    }
}

void LinkConnection::weather_changed()
{
    release_inbound();
    release_outbound();
    if (!reading_through_ && !is_clear()) start_reading_ahead();
    read_room_.wake(Wake::notified);
    set_alarm();
}

bool LinkConnection::may_pass(const Lane& lane) const
{
    const bool stopped = weather_->dark || (lane.direction() == Direction::up && !reads());
    return !stopped && lane.next_due() <= weather_->clock.now();
}

/// For the next parcel whose time has not come, or the next end that a rule brings; in the dark nothing passes.
void LinkConnection::set_alarm()
{
    const bool waits_for_owner = !reads() || (inbound_.slices() && !ready_.empty());
    Instant next = next_deadline();
    if (!waits_for_owner) next = std::min(next, inbound_.next_due());
    if (!flushing_) next = std::min(next, outbound_.next_due());
    if (wire_closed_ || weather_->dark || next == never) {
        if (alarm_) alarm_->disarm();
        return;
    }
    if (!alarm_) alarm_ = weather_->clock.make_timer();
    alarm_->arm(next, [this] { ring(); });
}

void LinkConnection::ring()
{
    const auto alive = shared_from_this();
    meet_deadlines();
    weather_changed();
}

void LinkConnection::close_wire(Close how)
{
    if (std::exchange(wire_closed_, true)) return;
    const auto alive = shared_from_this();
    end_lanes();
    wire_->close(how);
    if (alarm_) alarm_->disarm();
    read_room_.wake(Wake::aborted);
    weather_->connections.erase(number_);
}

void LinkConnection::report_contact()
{
    if (!std::exchange(contacted_, true) && weather_->contact) weather_->contact();
}

void LinkConnection::wake_all(Wake why)
{
    reader_.wake(why);
    writer_.wake(why);
    drainer_.wake(why);
}

namespace {

class LinkStream final : public Stream {
public:
    explicit LinkStream(std::shared_ptr<LinkConnection> connection) : connection_(std::move(connection)) {}
    ~LinkStream() override { connection_->close(Close::fin); }

    Task<Wake> readable() override { return connection_->readable(); }
    Task<Result<std::size_t>> read_some(std::span<char> into) override { return connection_->read_some(into); }
    Task<Error> write(std::string_view bytes) override { return connection_->write(bytes); }
    Task<void> drained() override { return connection_->drained(); }
    void shutdown_write() override { connection_->shutdown_write(); }
    void close(Close how) override { connection_->close(how); }
    void cancel() override { connection_->cancel(); }
    void cancel_read() override { connection_->cancel_read(); }

private:
    std::shared_ptr<LinkConnection> connection_;
};

}  // namespace

StreamPtr make_stream(std::shared_ptr<LinkConnection> connection)
{
    return std::make_unique<LinkStream>(std::move(connection));
}

}  // namespace chaos::net::faults
