// Streams below HTTP that never become TLS, or become it late.
#include "net/tls/broken_handshake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>

#include "net/byte_queue.hpp"
#include "net/tls/error.hpp"
#include "net/watchdog.hpp"

namespace chaos::net::tls {
namespace {

constexpr std::size_t record_header = 5;
/// Larger than any ClientHello in one record.
constexpr std::size_t most_kept = 32 * 1024;

/// Whether these bytes hold the whole first record (RFC 8446, 5.1): type, version, length, and so many bytes.
bool is_whole_record(std::string_view bytes)
{
    if (bytes.size() < record_header) return false;
    const auto at = [&](std::size_t n) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[n])); };
    return bytes.size() >= record_header + at(3) * 256 + at(4);
}

/// A stream that is its wire but for reading, and what both kinds have in common.
class Instead : public Stream {
public:
    explicit Instead(StreamPtr wire) : wire_(std::move(wire)) {}
    Task<Error> write(std::string_view bytes) override { return wire_->write(bytes); }
    Task<void> drained() override { return wire_->drained(); }
    void shutdown_write() override { wire_->shutdown_write(); }
    void close(Close how) override { wire_->close(how); }
    void cancel() override { wire_->cancel(); }
    void cancel_read() override { wire_->cancel_read(); }

protected:
    /// One read of the wire added to what was said; 0 at its end.
    Task<Result<std::size_t>> listen()
    {
        const auto count = co_await wire_->read_some(piece_);
        if (count && said_.size() < most_kept) said_.append(piece_.data(), *count);
        co_return count;
    }

    StreamPtr wire_;
    std::string said_;

private:
    std::array<char, 4096> piece_;
};

class StalledStream final : public Instead {
public:
    StalledStream(Runtime& runtime, StreamPtr wire, Instant release, std::function<void(const Stalled&)> told)
        : Instead(std::move(wire)),
          clock_(runtime.clock()),
          release_(release),
          told_(std::move(told)),
          alarm_(clock_, [this] { wire_->cancel(); })
    {
        alarm_.arm(release);
    }

    Task<Result<std::size_t>> read_some(std::span<char> into) override
    {
        while (!released_) {
            if (clock_.now() >= release_) {
                release();
                break;
            }
            const auto count = co_await listen();
            if (count && *count > 0) {
                silent_since_ = silent_since_ == never ? clock_.now() : silent_since_;
                continue;
            }
            if (count || count.error() != asio::error::operation_aborted) tell(Stalled::End::client_left);
            const bool woken = !count && alarm_.expired();
            if (!woken) co_return count;
        }
        if (held_.empty()) co_return co_await wire_->read_some(into);
        co_return held_.take(into);
    }

    void close(Close how) override
    {
        tell(Stalled::End::closed);
        Instead::close(how);
    }

private:
    void release()
    {
        released_ = true;
        tell(Stalled::End::released);
        held_.append(std::exchange(said_, {}));
    }

    void tell(Stalled::End end)
    {
        alarm_.disarm();
        const auto told = std::exchange(told_, nullptr);
        if (told && silent_since_ != never) told({end, said_.size(), clock_.now() - silent_since_});
    }

    Clock& clock_;
    Instant release_;
    Instant silent_since_ = never;
    bool released_ = false;
    ByteQueue held_;
    std::function<void(const Stalled&)> told_;
    Watchdog alarm_;
};

class AnsweringStream final : public Instead {
public:
    AnsweringStream(StreamPtr wire, std::string answer, std::function<void(std::size_t)> told)
        : Instead(std::move(wire)), answer_(std::move(answer)), told_(std::move(told))
    {
    }

    Task<Result<std::size_t>> read_some(std::span<char>) override
    {
        for (;;) {
            const auto count = co_await listen();
            if (!count || *count == 0) co_return count;
            if (answered_ || !is_whole_record(said_)) continue;
            answered_ = true;
            const std::size_t hello_bytes = said_.size();
            const Error error = co_await wire_->write(answer_);
            if (error) co_return error;
            wire_->shutdown_write();
            told_(hello_bytes);
        }
    }

private:
    std::string answer_;
    std::function<void(std::size_t)> told_;
    bool answered_ = false;
};

}  // namespace

StreamPtr stall(Runtime& runtime, StreamPtr wire, Instant release, std::function<void(const Stalled&)> told)
{
    return std::make_unique<StalledStream>(runtime, std::move(wire), release, std::move(told));
}

StreamPtr answer_hello(StreamPtr wire, std::string answer, std::function<void(std::size_t hello_bytes)> told)
{
    return std::make_unique<AnsweringStream>(std::move(wire), std::move(answer), std::move(told));
}

std::string handshake_failure_alert()
{
    return {"\x15\x03\x03\x00\x02\x02\x28", 7};  // alert, TLS 1.2, two bytes: fatal, 40
}

std::string plain_http_refusal()
{
    const std::string_view body = "This port speaks plain HTTP.\n";
    return fmt::format("HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n"
                       "connection: close\r\n\r\n{}",
                       body.size(), body);
}

}  // namespace chaos::net::tls
