// Handshake, records and goodbye over the wire.
#include "net/tls/connection.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>

#include "net/tls/error.hpp"
#include "net/watchdog.hpp"

namespace chaos::net::tls {
namespace {

/// The largest record (RFC 8446, 5.1); also how much of a long write is under way at once.
constexpr std::size_t largest_record = 16 * 1024;
/// How long a close_notify may be on its way before the connection is reset.
constexpr Duration goodbye_time = std::chrono::seconds(2);

/// True while in scope.
class During {
public:
    explicit During(bool& flag) : flag_(flag) { flag_ = true; }
    ~During() { flag_ = false; }
    During(const During&) = delete;
    During& operator=(const During&) = delete;

private:
    bool& flag_;
};

Handshake::End end_of(const Error& error)
{
    return alert_of(error) != 0 ? Handshake::End::refused : Handshake::End::failed;
}

}  // namespace

Connection::Connection(Runtime& runtime, StreamPtr wire, std::unique_ptr<Engine> engine,
                       std::function<void(const Handshake&)> on_handshake)
    : clock_(runtime.clock()),
      executor_(runtime.executor()),
      wire_(std::move(wire)),
      engine_(std::move(engine)),
      on_handshake_(std::move(on_handshake)),
      reader_("TLS read"),
      writer_("TLS write"),
      drainer_("TLS drained"),
      goodbye_("close_notify")
{
}

Task<Error> Connection::establish()
{
    const auto alive = shared_from_this();
    while (!established_) {
        const Engine::Step step = engine_->shake_hands();
        Error error = co_await flush(reader_);
        if (closed_) co_return aborted();
        if (step.progress == Engine::Progress::done) {
            established_ = true;
            handshake_ended(Handshake::End::completed, {});
            break;
        }
        if (step.progress != Engine::Progress::wants_bytes) {
            error = step.progress == Engine::Progress::failed ? step.error : truncated();
            handshake_ended(end_of(error), error);
            co_return error;
        }
        error = co_await fill();
        if (error == asio::error::operation_aborted) co_return error;
        if (error) {
            handshake_ended(Handshake::End::left, error);
            co_return error;
        }
    }
    co_return Error{};
}

void Connection::handshake_ended(Handshake::End end, const Error& error)
{
    if (end != Handshake::End::completed) broken_ = error;
    wake_all(Wake::notified);
    const auto tell = std::exchange(on_handshake_, nullptr);
    if (tell) tell({end, engine_->hello_received(), engine_->certificate_sent(), alert_of(error)});
}

Task<Error> Connection::fill()
{
    const auto count = co_await wire_->read_some(from_wire_);
    if (closed_) co_return aborted();
    if (!count) co_return count.error();
    if (*count == 0) co_return truncated();
    engine_->feed({from_wire_.data(), *count});
    co_return Error{};
}

Task<Error> Connection::flush(Waiter& mine)
{
    const auto alive = shared_from_this();
    while (!wire_error_ && !wire_closed_) {
        if (flushing_) {
            const Wake wake = co_await mine.wait();
            if (wake == Wake::aborted) co_return aborted();
            continue;
        }
        const std::string output = engine_->take_output();
        if (output.empty()) co_return Error{};
        {
            const During flushing(flushing_);
            wire_error_ = co_await wire_->write(output);
        }
        wake_all(Wake::notified);
    }
    co_return wire_error_ ? wire_error_ : aborted();
}

Task<Result<std::size_t>> Connection::read_some(std::span<char> into)
{
    const auto alive = shared_from_this();
    while (!closed_ && !broken_) {
        Error error;
        if (!established_) error = co_await establish();
        if (error) co_return error;
        const Engine::Step step = engine_->read(into);
        error = co_await flush(reader_);  // a wire that takes nothing more may still bring something
        if (closed_) break;
        if (step.progress == Engine::Progress::done) co_return step.count;
        if (step.progress == Engine::Progress::ended) co_return std::size_t{0};
        if (step.progress == Engine::Progress::failed) {
            broken_ = step.error;
            break;
        }
        error = co_await fill();
        if (error == asio::error::operation_aborted) co_return error;
        if (error) broken_ = error;
    }
    if (closed_) co_return aborted();
    co_return *broken_;
}

Task<Error> Connection::write(std::string_view bytes)
{
    const auto alive = shared_from_this();
    while (!established_ && !closed_ && !broken_) {
        const Wake wake = co_await writer_.wait();
        if (wake == Wake::aborted) co_return aborted();
    }
    Error error;
    while (!bytes.empty() && !error) {
        error = co_await write_record(bytes.substr(0, largest_record));
        bytes.remove_prefix(std::min(bytes.size(), largest_record));
    }
    co_return error;
}

Task<Error> Connection::write_record(std::string_view bytes)
{
    if (closed_) co_return aborted();
    if (shut_) co_return asio::error::broken_pipe;
    if (wire_error_) co_return wire_error_;
    if (broken_) co_return *broken_;
    const Engine::Step step = engine_->write(bytes);
    if (step.progress != Engine::Progress::done) co_return step.error ? step.error : truncated();
    const Error error = co_await flush(writer_);
    co_return closed_ ? aborted() : error;
}

Task<void> Connection::drained()
{
    const auto alive = shared_from_this();
    while (flushing_ && !closed_) {
        const Wake wake = co_await drainer_.wait();
        if (wake == Wake::aborted) co_return;
    }
    if (!closed_ && !wire_error_) co_await wire_->drained();
}

void Connection::shutdown_write()
{
    if (closed_ || std::exchange(shut_, true)) return;
    if (!established_) return wire_->shutdown_write();
    engine_->say_goodbye();
    saying_goodbye_ = true;
    start_task(executor_, say_goodbye());
}

Task<void> Connection::say_goodbye()
{
    const auto alive = shared_from_this();
    Watchdog patience(clock_, [this] { close_wire(Close::reset); });
    patience.arm(clock_.now() + goodbye_time);
    const Error error = co_await flush(goodbye_);
    saying_goodbye_ = false;
    if (closed_) {
        close_wire(error ? Close::reset : Close::fin);
    } else if (!wire_closed_) {
        wire_->shutdown_write();
    }
}

void Connection::close(Close how)
{
    if (std::exchange(closed_, true)) return;
    if (!established_ && !broken_) handshake_ended(Handshake::End::closed, aborted());
    wake_all(Wake::aborted);
    if (how == Close::fin && saying_goodbye_) return;  // it closes the wire
    close_wire(how);
}

void Connection::close_wire(Close how)
{
    if (std::exchange(wire_closed_, true)) return;
    wire_->close(how);
    goodbye_.wake(Wake::aborted);
}

void Connection::cancel()
{
    wake_all(Wake::aborted);
    wire_->cancel();
}

void Connection::cancel_read()
{
    reader_.wake(Wake::aborted);
    wire_->cancel_read();
}

void Connection::wake_all(Wake why)
{
    reader_.wake(why);
    writer_.wake(why);
    drainer_.wake(why);
    goodbye_.wake(Wake::notified);
}

}  // namespace chaos::net::tls
