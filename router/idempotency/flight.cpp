// The tape of one answer, its writer and its readers.
#include "router/idempotency/flight.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "net/waiter.hpp"
#include "net/watchdog.hpp"

namespace chaos::router {
namespace {

/// The handler is this far ahead of the fastest reader at most.
constexpr std::size_t flight_window = 256 * 1024;
/// For a caller to take in one piece.
constexpr net::Duration reader_patience = std::chrono::seconds(60);
/// So long in all a reader may hold up others, which have read everything there is.
constexpr net::Duration held_up_by_one = std::chrono::seconds(10);
constexpr std::size_t largest_piece = 64 * 1024;

net::Error nobody_reads()
{
    return boost::asio::error::broken_pipe;
}

}  // namespace

/// A caller's place among those who wait.
class Flight::Reader {
public:
    Reader(Flight& flight, net::http::ServerExchange& caller) : flight_(flight), caller_(caller)
    {
        flight.readers_.push_back(this);
    }
    ~Reader() { flight_.leave(*this); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    void let_go()
    {
        gone = true;
        caller_.close(net::Close::reset);
    }

    std::size_t position = 0;
    bool gone = false;
    bool holds_up_others = false;
    net::Duration held_up{};  ///< how long it has done so, in all

private:
    Flight& flight_;
    net::http::ServerExchange& caller_;
};

Flight::Flight(net::Runtime& runtime, const net::http::ServerExchange& first, std::string fingerprint,
               FlightSettings settings, FlightMemory& memory)
    : runtime_(runtime),
      request_(first.request()),
      connection_(first.connection()),
      request_on_connection_(first.request_on_connection()),
      fingerprint_(std::move(fingerprint)),
      settings_(settings),
      memory_(memory),
      grew_("flight"),
      read_on_("flight's readers")
{
}

Flight::~Flight()
{
    memory_.held -= bytes_.size();
}

net::Task<net::Error> Flight::respond(net::http::Response response)
{
    if (abandoned_) co_return nobody_reads();
    head_ = std::move(response.head);
    add(response.body);
    end_ = End::complete;
    co_return net::Error{};
}

net::Task<net::Error> Flight::start(net::http::ResponseHead head)
{
    if (abandoned_) co_return nobody_reads();
    head_ = std::move(head);
    streamed_ = true;
    grew_.notify_all();
    co_return net::Error{};
}

net::Task<net::Error> Flight::send(std::string_view bytes)
{
    if (!held_from_ && says_the_end(bytes)) held_from_ = written();
    add(bytes);
    while (!room() && end_ != End::broken && !abandoned_) co_await wait_for_readers();
    co_return abandoned_ || end_ == End::broken ? nobody_reads() : net::Error{};
}

net::Task<net::Error> Flight::finish()
{
    if (!held_from_) held_from_ = written();
    end_ = End::complete;
    co_return abandoned_ ? nobody_reads() : net::Error{};
}

net::Task<net::Error> Flight::send_raw(std::string_view)
{
    throw std::logic_error("raw bytes cannot be shared among callers");
    co_return net::Error{};
}

net::Task<void> Flight::drained()
{
    co_return;
}

void Flight::close(net::Close how)
{
    if (end_ != End::none) return;
    end_ = End::broken;
    broken_how_ = how;
    grew_.notify_all();
    read_on_.notify_all();
}

void Flight::on_client_gone(std::function<void()> gone)
{
    gone_ = std::move(gone);
    if (gone_ && abandoned_) gone_();
}

net::Task<void> Flight::until_client_gone()
{
    while (!abandoned_) co_await read_on_.wait();
}

void Flight::add(std::string_view bytes)
{
    bytes_ += bytes;
    memory_.held += bytes.size();
    overflow_if_too_long();
    grew_.notify_all();
}

void Flight::overflow_if_too_long()
{
    if (!streamed_) return;
    if (bytes_.size() > settings_.most_kept || memory_.held > memory_.limit) overflowed_ = true;
    if (overflowed_) drop_what_all_have_read();
}

void Flight::drop_what_all_have_read()
{
    std::size_t read = written();
    for (const Reader* reader : readers_) read = std::min(read, reader->position);
    const std::size_t count = read - std::min(read, dropped_);
    if (count < largest_piece && read != written()) return;
    bytes_.erase(0, count);
    memory_.held -= count;
    dropped_ += count;
}

/// Kept whole, it may grow as long as somebody keeps up; no longer kept, the slowest counts.
bool Flight::room() const
{
    if (readers_.empty()) return true;
    std::size_t slowest = written();
    std::size_t fastest = 0;
    for (const Reader* reader : readers_) {
        slowest = std::min(slowest, reader->position);
        fastest = std::max(fastest, reader->position);
    }
    return readable() - std::min(readable(), overflowed_ ? slowest : fastest) < flight_window;
}

/// Until one has read on, or has held up the others for too long: that one is let go.
net::Task<void> Flight::wait_for_readers()
{
    const net::Instant began = runtime_.clock().now();
    net::Watchdog patience(runtime_.clock(), [this] { read_on_.notify_all(); });
    if (const auto left = mark_who_holds_up_others()) patience.arm(began + *left);
    co_await read_on_.wait();
    for (Reader* reader : std::vector<Reader*>(readers_)) {
        if (!reader->holds_up_others) continue;
        reader->held_up += runtime_.clock().now() - began;
        if (reader->held_up < held_up_by_one) continue;
        reader->let_go();
        leave(*reader);
    }
}

/// How long the first of them that has to go may go on; nothing if there is none.
std::optional<net::Duration> Flight::mark_who_holds_up_others()
{
    const bool others_wait = std::any_of(readers_.begin(), readers_.end(),
                                         [this](const Reader* reader) { return reader->position >= readable(); });
    std::optional<net::Duration> left;
    for (Reader* reader : readers_) {
        const std::size_t behind = readable() - std::min(readable(), reader->position);
        reader->holds_up_others = others_wait && behind >= flight_window;
        if (!reader->holds_up_others) continue;
        left = std::min(left.value_or(held_up_by_one), held_up_by_one - reader->held_up);
    }
    return left;
}

std::optional<StoredAnswer> Flight::result() const
{
    if (end_ != End::complete || overflowed_ || !head_ || bytes_.size() > settings_.most_kept) return std::nullopt;
    if (!is_complete_success(*head_, streamed_, bytes_)) return std::nullopt;
    return answer_to_keep(*head_, streamed_, bytes_);
}

void Flight::settle(std::exception_ptr problem)
{
    settled_ = true;
    problem_ = std::move(problem);
    if (end_ == End::none) {
        end_ = End::broken;
        broken_how_ = net::Close::fin;
    }
    gone_ = nullptr;
    grew_.notify_all();
}

void Flight::leave(Reader& reader)
{
    std::erase(readers_, &reader);
    if (overflowed_) drop_what_all_have_read();
    read_on_.notify_all();
    if (!readers_.empty() || settled_ || settings_.finish_alone || abandoned_) return;
    if (end_ != End::none) return;  // complete, it is being stored: whoever comes now is to find it
    abandoned_ = true;
    if (gone_) gone_();
}

net::Task<void> Flight::deliver(net::http::ServerExchange& caller, bool joined)
{
    Reader reader(*this, caller);
    caller.on_client_gone([this, &reader] {
        reader.gone = true;
        leave(reader);
        grew_.notify_all();
    });
    std::exception_ptr problem;
    try {
        co_await write_patiently(caller, reader, joined);
    } catch (...) {
        problem = std::current_exception();
    }
    caller.on_client_gone(nullptr);
    if (problem) std::rethrow_exception(problem);
}

net::Task<void> Flight::write_patiently(net::http::ServerExchange& caller, Reader& reader, bool joined)
{
    while (!reader.gone && !settled_ && !(streamed_ && head_) && end_ != End::broken) co_await grew_.wait();
    if (reader.gone) co_return;
    if (!head_ || (end_ == End::broken && !streamed_)) {
        if (problem_) std::rethrow_exception(problem_);
        caller.close(broken_how_);
        co_return;
    }
    const net::Error error = co_await pass_on(caller, reader, joined);
    if (error) caller.close(net::Close::reset);
}

net::Task<net::Error> Flight::pass_on(net::http::ServerExchange& caller, Reader& reader, bool joined)
{
    net::http::ResponseHead head = *head_;
    if (joined) head.headers.add("x-chaos-joined", "true");
    net::Watchdog patience(runtime_.clock(), [&caller] { caller.close(net::Close::reset); });
    patience.arm(runtime_.clock().now() + reader_patience);
    net::Error error;
    if (streamed_) {
        error = co_await caller.start(std::move(head));
        patience.disarm();
        if (!error) error = co_await stream_to(caller, reader);
    } else {
        net::http::Response response;
        response.head = std::move(head);
        response.body = bytes_;
        error = co_await caller.respond(std::move(response));
    }
    co_return error;
}

net::Task<net::Error> Flight::stream_to(net::http::ServerExchange& caller, Reader& reader)
{
    net::Watchdog patience(runtime_.clock(), [&caller] { caller.close(net::Close::reset); });
    net::Error error;
    while (!error && !reader.gone) {
        if (reader.position < readable()) {
            const std::size_t count = std::min(readable() - reader.position, largest_piece);
            const std::string piece = bytes_.substr(reader.position - dropped_, count);
            patience.arm(runtime_.clock().now() + reader_patience);
            error = co_await caller.send(piece);
            patience.disarm();
            reader.position += count;
            if (overflowed_) drop_what_all_have_read();
            read_on_.notify_all();
        } else if (end_ == End::broken) {
            caller.close(broken_how_);
            break;
        } else if (settled_) {
            patience.arm(runtime_.clock().now() + reader_patience);
            error = co_await caller.finish();
            break;
        } else {
            co_await grew_.wait();
        }
    }
    co_return error;
}

}  // namespace chaos::router
