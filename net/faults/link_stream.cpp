// Holding, delaying and delivering the bytes of one connection.
#include "net/faults/link_stream.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>

namespace chaos::net::faults {
namespace {

/// What a connection holds per direction before it lets the sender wait.
constexpr std::size_t most_held = 64 * 1024;
/// Written through in pieces, so that a blackhole stops a long write soon after it begins.
constexpr std::size_t largest_piece = 16 * 1024;

}  // namespace

LinkConnection::LinkConnection(std::shared_ptr<Weather> weather, StreamPtr wire)
    : weather_(std::move(weather)),
      wire_(std::move(wire)),
      reader_(weather_->executor, "read"),
      read_room_(weather_->executor, "link reading ahead"),
      writer_(weather_->executor, "write"),
      drainer_(weather_->executor, "drained"),
      alarm_(weather_->clock.make_timer())
{
}

void LinkConnection::start()
{
    asio::co_spawn(weather_->executor, read_ahead(), asio::detached);
}

// From the wire to the owner.

Task<void> LinkConnection::read_ahead()
{
    const auto alive = shared_from_this();
    while (!wire_closed_) {
        const auto count = co_await wire_->read_some(ahead_);
        const bool cancelled = !count && count.error() == asio::error::operation_aborted;
        if (cancelled && std::exchange(wire_cancelled_, false)) continue;  // it was the owner's write that was meant
        if (!count || *count == 0) {
            arrive({{}, {}, End::fin, count ? Error{} : count.error()});
            break;
        }
        arrive({std::string(ahead_.data(), *count), {}});
        while (!wire_closed_ && inbound_bytes_ + ready_.size() >= most_held) {
            const Wake wake = co_await read_room_.wait();
            if (wake == Wake::aborted) co_return;
        }
    }
}

void LinkConnection::arrive(Parcel parcel)
{
    if (closed_ || ended_) return;
    if (weather_->clear() && inbound_.empty()) return deliver(std::move(parcel));
    parcel.due = weather_->clock.now() + weather_->delay;
    if (weather_->dark && !parcel.bytes.empty()) report_contact();
    inbound_bytes_ += parcel.bytes.size();
    inbound_.push_back(std::move(parcel));
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
    while (!inbound_.empty() && may_pass(inbound_.front())) {
        inbound_bytes_ -= inbound_.front().bytes.size();
        deliver(std::move(inbound_.front()));
        inbound_.pop_front();
    }
}

Task<Result<std::size_t>> LinkConnection::read_some(std::span<char> into)
{
    const auto alive = shared_from_this();
    while (!closed_ && ready_.empty() && !ended_) {
        const Wake wake = co_await reader_.wait();
        if (wake == Wake::aborted) co_return aborted();
    }
    if (closed_) co_return aborted();
    if (ready_.empty()) {
        if (*ended_) co_return *ended_;
        co_return std::size_t{0};
    }
    const std::size_t count = ready_.take(into);
    read_room_.wake(Wake::notified);
    co_return count;
}

// From the owner to the wire.

bool LinkConnection::writes_through() const
{
    return weather_->clear() && outbound_.empty() && !flushing_;
}

Task<Error> LinkConnection::write(std::string_view bytes)
{
    const auto alive = shared_from_this();
    if (closed_) co_return aborted();
    while (!bytes.empty() && writes_through() && !write_error_) {
        const std::string_view piece = bytes.substr(0, largest_piece);
        writing_through_ = true;
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
        const std::size_t count = std::min(bytes.size(), most_held - std::min(most_held, outbound_bytes_));
        if (count > 0) send({std::string(bytes.substr(0, count)), {}});
        bytes.remove_prefix(count);
        if (bytes.empty()) co_return Error{};
        if (outbound_bytes_ < most_held) continue;  // what was sent has passed already
        const Wake wake = co_await writer_.wait();
        if (wake == Wake::aborted) co_return aborted();
    }
}

void LinkConnection::send(Parcel parcel)
{
    parcel.due = weather_->clock.now() + weather_->delay;
    outbound_bytes_ += parcel.bytes.size();
    if (weather_->dark && !parcel.bytes.empty()) report_contact();
    outbound_.push_back(std::move(parcel));
    release_outbound();
    set_alarm();
}

void LinkConnection::release_outbound()
{
    if (flushing_ || outbound_.empty() || !may_pass(outbound_.front())) return;
    flushing_ = true;
    asio::co_spawn(weather_->executor, flush(), asio::detached);
}

Task<void> LinkConnection::flush()
{
    const auto alive = shared_from_this();
    while (!outbound_.empty() && may_pass(outbound_.front())) {
        Parcel parcel = std::move(outbound_.front());
        outbound_.pop_front();
        outbound_bytes_ -= parcel.bytes.size();
        co_await put_on_wire(std::move(parcel));
        writer_.wake(Wake::notified);
    }
    flushing_ = false;
    set_alarm();
    if (outbound_.empty()) drainer_.wake(Wake::notified);
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
        const Wake wake = co_await drainer_.wait();
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
        send({{}, {}, End::fin});
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
    inbound_.clear();
    inbound_bytes_ = 0;
    wake_all(Wake::aborted);
    if (wire_closed_) return;
    cancel_write();
    if (writes_through()) return close_wire(reset ? Close::reset : Close::fin);
    if (reset) {
        outbound_.clear();
        outbound_bytes_ = 0;
    }
    send({{}, {}, reset ? End::reset : End::close});
}

void LinkConnection::cancel()
{
    reader_.wake(Wake::aborted);
    writer_.wake(Wake::aborted);
    drainer_.wake(Wake::aborted);
    cancel_write();
}

/// Takes the read ahead along, which then begins anew.
void LinkConnection::cancel_write()
{
    if (!writing_through_) return;
    wire_cancelled_ = true;
    wire_->cancel();
}

void LinkConnection::sever(Close how)
{
    if (wire_closed_) return;
    inbound_.clear();
    outbound_.clear();
    inbound_bytes_ = outbound_bytes_ = 0;
    const bool reset = how == Close::reset;
    if (!ended_) ended_ = reset ? Error(asio::error::connection_reset) : Error{};
    write_error_ = reset ? asio::error::connection_reset : asio::error::broken_pipe;
    if (reset || closed_) {
        close_wire(how);
    } else {
        wire_->shutdown_write();
    }
    wake_all(Wake::notified);
}

void LinkConnection::weather_changed()
{
    release_inbound();
    release_outbound();
    set_alarm();
}

bool LinkConnection::may_pass(const Parcel& parcel) const
{
    return !weather_->dark && (weather_->delay == Duration::zero() || parcel.due <= weather_->clock.now());
}

/// For the next parcel whose time has not come; in the dark there is none.
void LinkConnection::set_alarm()
{
    Instant next = never;
    if (!inbound_.empty()) next = std::min(next, inbound_.front().due);
    if (!outbound_.empty() && !flushing_) next = std::min(next, outbound_.front().due);
    if (weather_->dark || next == never) return alarm_->disarm();
    alarm_->arm(next, [this] { weather_changed(); });
}

void LinkConnection::close_wire(Close how)
{
    if (std::exchange(wire_closed_, true)) return;
    const auto alive = shared_from_this();
    wire_->close(how);
    alarm_->disarm();
    read_room_.wake(Wake::aborted);
    std::erase(weather_->connections, alive);
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

    Task<Result<std::size_t>> read_some(std::span<char> into) override { return connection_->read_some(into); }
    Task<Error> write(std::string_view bytes) override { return connection_->write(bytes); }
    Task<void> drained() override { return connection_->drained(); }
    void shutdown_write() override { connection_->shutdown_write(); }
    void close(Close how) override { connection_->close(how); }
    void cancel() override { connection_->cancel(); }

private:
    std::shared_ptr<LinkConnection> connection_;
};

}  // namespace

StreamPtr make_stream(std::shared_ptr<LinkConnection> connection)
{
    return std::make_unique<LinkStream>(std::move(connection));
}

}  // namespace chaos::net::faults
