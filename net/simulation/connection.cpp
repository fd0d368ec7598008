// How simulated bytes travel, and what each end sees of the other's leaving.
#include "net/simulation/connection.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>

namespace chaos::net::simulation {

Connection::Direction::Direction(Connection& connection, End from)
    : Event(connection.world_->events), connection_(connection), from_(from)
{
}

void Connection::Direction::send(Kind kind, std::size_t count)
{
    World& world = *connection_.world_;
    const Segment segment{world.now + world.settings.latency, world.events.next_number(), count, kind};
    segments_.push_back(segment);
    if (!scheduled()) schedule(segment.arrives, segment.number);
}

void Connection::Direction::happen()
{
    const std::shared_ptr<Connection> alive = connection_.shared_from_this();
    const Segment segment = segments_[first_++];
    if (!in_flight()) {
        segments_.clear();
        first_ = 0;
    } else {
        schedule(segments_[first_].arrives, segments_[first_].number);
    }
    connection_.arrive(other(from_), segment);
}

void Connection::Direction::drop_in_flight()
{
    unschedule();
    segments_.clear();
    first_ = 0;
}

std::size_t Connection::Direction::room() const
{
    const std::size_t capacity = connection_.world_->settings.buffer;
    return capacity - std::min(capacity, bytes.size());
}

Connection::Connection(std::shared_ptr<World> world, std::function<void(Connection&)> established)
    : world_(std::move(world)),
      established_(std::move(established)),
      directions_{Direction(*this, End::client), Direction(*this, End::server)}
{
    from(End::client).send(Kind::handshake);
}

Task<Wake> Connection::readable(End at)
{
    const std::shared_ptr<Connection> alive = shared_from_this();
    Side& me = side(at);
    const bool waits = !me.closed && !me.broken && !me.fin_arrived && from(other(at)).arrived == 0;
    co_return waits ? co_await me.reader.wait() : Wake::notified;
}

Task<Result<std::size_t>> Connection::read_some(End at, std::span<char> into)
{
    const std::shared_ptr<Connection> alive = shared_from_this();
    Side& me = side(at);
    Direction& incoming = from(other(at));
    for (;;) {
        if (me.closed) co_return aborted();
        if (incoming.arrived > 0) break;
        if (me.broken) co_return me.broken;
        if (me.fin_arrived) co_return std::size_t{0};
        const Wake wake = co_await me.reader.wait();
        if (wake == Wake::aborted) co_return aborted();
    }
    const std::size_t count = std::min(into.size(), incoming.arrived);
    incoming.bytes.take(into.first(count));
    incoming.arrived -= count;
    side(other(at)).writer.wake(Wake::notified);
    co_return count;
}

Error Connection::cannot_write(End at)
{
    const Side& me = side(at);
    if (me.closed) return asio::error::operation_aborted;
    if (me.broken) return me.broken;
    if (me.write_error) return me.write_error;
    if (from(at).fin_sent) return asio::error::broken_pipe;
    return {};
}

Task<Error> Connection::write(End at, std::string_view bytes)
{
    const std::shared_ptr<Connection> alive = shared_from_this();
    Side& me = side(at);
    Direction& outgoing = from(at);
    for (;;) {
        const bool nothing_left = bytes.empty() && !me.closed && !me.broken;
        if (nothing_left) co_return Error{};
        if (const Error error = cannot_write(at)) co_return error;
        const std::size_t count = std::min(bytes.size(), outgoing.room());
        if (count > 0) {
            outgoing.bytes.append(bytes.substr(0, count));
            outgoing.send(Kind::data, count);
            bytes.remove_prefix(count);
        }
        if (bytes.empty()) co_return Error{};
        const Wake wake = co_await me.writer.wait();
        if (wake == Wake::aborted) co_return aborted();
    }
}

Task<void> Connection::drained(End at)
{
    const std::shared_ptr<Connection> alive = shared_from_this();
    Side& me = side(at);
    const Direction& outgoing = from(at);
    while (!me.closed && !me.broken && !me.write_error && (outgoing.in_flight() || outgoing.met_closed_end)) {
        const Wake wake = co_await me.drainer.wait();
        if (wake == Wake::aborted) co_return;
    }
}

void Connection::shutdown_write(End at)
{
    Direction& outgoing = from(at);
    if (side(at).closed || side(at).broken || outgoing.fin_sent) return;
    outgoing.fin_sent = true;
    outgoing.send(Kind::fin);
    side(at).writer.wake(Wake::notified);
}

void Connection::close(End at, Close how)
{
    Side& me = side(at);
    if (me.closed) return;
    me.closed = true;
    wake_all(at, Wake::aborted);
    if (me.broken || me.write_error) return;
    Direction& outgoing = from(at);
    if (how == Close::reset || from(other(at)).arrived > 0) {
        outgoing.send(Kind::reset);
    } else if (!outgoing.fin_sent) {
        outgoing.fin_sent = true;
        outgoing.send(Kind::fin);
    }
}

void Connection::cancel(End at)
{
    wake_all(at, Wake::aborted);
}

void Connection::cancel_read(End at)
{
    side(at).reader.wake(Wake::aborted);
}

void Connection::wake_all(End at, Wake why)
{
    Side& me = side(at);
    me.reader.wake(why);
    me.writer.wake(why);
    me.drainer.wake(why);
}

void Connection::arrive(End at, const Segment& segment)
{
    switch (segment.kind) {
        case Kind::handshake:
            established_(*this);
            break;
        case Kind::data:
            arrive_data(at, segment.bytes);
            break;
        case Kind::fin:
            side(at).fin_arrived = true;
            side(at).reader.wake(Wake::notified);
            break;
        case Kind::reset:
            arrive_reset(at);
            break;
    }
    if (!from(other(at)).in_flight()) side(other(at)).drainer.wake(Wake::notified);
}

void Connection::arrive_data(End at, std::size_t bytes)
{
    Direction& incoming = from(other(at));
    if (side(at).closed) {
        incoming.bytes.clear();
        incoming.drop_in_flight();
        incoming.met_closed_end = true;
        from(at).send(Kind::reset);
        return;
    }
    incoming.arrived += bytes;
    side(at).reader.wake(Wake::notified);
}

void Connection::arrive_reset(End at)
{
    Side& me = side(at);
    if (me.closed || me.broken || me.write_error) return;
    if (me.fin_arrived) {
        me.write_error = asio::error::broken_pipe;
    } else {
        me.broken = asio::error::connection_reset;
    }
    from(at).drop_in_flight();
    wake_all(at, Wake::notified);
}

namespace {

/// One end of a connection, for its owner. Operations hold the connection itself: they outlive this.
class ConnectionStream final : public Stream {
public:
    ConnectionStream(std::shared_ptr<Connection> connection, End end) : connection_(std::move(connection)), end_(end) {}
    ~ConnectionStream() override { connection_->close(end_, Close::fin); }

    Task<Wake> readable() override { return connection_->readable(end_); }
    Task<Result<std::size_t>> read_some(std::span<char> into) override { return connection_->read_some(end_, into); }
    Task<Error> write(std::string_view bytes) override { return connection_->write(end_, bytes); }
    Task<void> drained() override { return connection_->drained(end_); }
    void shutdown_write() override { connection_->shutdown_write(end_); }
    void close(Close how) override { connection_->close(end_, how); }
    void cancel() override { connection_->cancel(end_); }
    void cancel_read() override { connection_->cancel_read(end_); }

private:
    std::shared_ptr<Connection> connection_;
    End end_;
};

}  // namespace

StreamPtr make_stream(std::shared_ptr<Connection> connection, End end)
{
    return std::make_unique<ConnectionStream>(std::move(connection), end);
}

}  // namespace chaos::net::simulation
