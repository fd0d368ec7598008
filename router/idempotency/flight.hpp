// One request under way at the provider for all the callers that wait for it: what its handler writes is kept, and each
// caller reads along at its own pace.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/condition.hpp"
#include "net/http/server.hpp"
#include "router/idempotency/stored_answer.hpp"

namespace chaos::router {

/// Bytes that all flights of a router hold.
struct FlightMemory {
    std::size_t limit = 0;
    std::size_t held = 0;
};

struct FlightSettings {
    std::size_t most_kept = 0;  ///< bytes of one answer that are kept for those who join late
    bool finish_alone = false;  ///< the handler is not told when the last waiter leaves
};

/// The handler's side is a ServerExchange like any other. Callers are served by deliver(), which ends when the answer
/// has; the flight must live until all of them have ended.
class Flight final : public net::http::ServerExchange {
public:
    Flight(net::Runtime& runtime, const net::http::ServerExchange& first, std::string fingerprint,
           FlightSettings settings, FlightMemory& memory);
    ~Flight() override;

    /// Writes the answer to a caller as it comes. `joined`: it was not the first.
    net::Task<void> deliver(net::http::ServerExchange& caller, bool joined);

    const std::string& fingerprint() const { return fingerprint_; }
    /// It may still come to an answer.
    bool alive() const { return !abandoned_ && end_ != End::broken; }
    /// Everything that was sent so far is at hand.
    bool shareable() const { return !overflowed_; }
    /// The whole answer, if it is a complete success.
    std::optional<StoredAnswer> result() const;
    /// The handler has returned, or thrown; what was held back for the store's sake goes out.
    void settle(std::exception_ptr problem);

    const net::http::Request& request() const override { return request_; }
    void forget_request() override { request_.forget(); }
    std::uint64_t connection() const override { return connection_; }
    std::uint64_t request_on_connection() const override { return request_on_connection_; }
    net::Task<net::Error> respond(net::http::Response response) override;
    net::Task<net::Error> start(net::http::ResponseHead head) override;
    net::Task<net::Error> send(std::string_view bytes) override;
    net::Task<net::Error> finish() override;
    net::Task<net::Error> send_raw(std::string_view bytes) override;
    void keep_after_raw() override {}
    net::Task<void> drained() override;
    void close(net::Close how) override;
    bool client_gone() const override { return abandoned_; }
    void on_client_gone(std::function<void()> gone) override;
    net::Task<void> until_client_gone() override;

private:
    enum class End { none, complete, broken };
    class Reader;

    void leave(Reader& reader);
    void add(std::string_view bytes);
    bool room() const;
    net::Task<void> wait_for_readers();
    std::optional<net::Duration> mark_who_holds_up_others();
    void overflow_if_too_long();
    void drop_what_all_have_read();
    std::size_t written() const { return dropped_ + bytes_.size(); }
    /// Up to where callers may read: not to what says the end, before it is settled.
    std::size_t readable() const { return settled_ ? written() : held_from_.value_or(written()); }
    net::Task<net::Error> pass_on(net::http::ServerExchange& caller, Reader& reader, bool joined);
    net::Task<net::Error> stream_to(net::http::ServerExchange& caller, Reader& reader);
    net::Task<void> write_patiently(net::http::ServerExchange& caller, Reader& reader, bool joined);

    net::Runtime& runtime_;
    net::http::Request request_;
    std::uint64_t connection_;
    std::uint64_t request_on_connection_;
    std::string fingerprint_;
    FlightSettings settings_;
    FlightMemory& memory_;

    std::optional<net::http::ResponseHead> head_;
    bool streamed_ = false;
    std::string bytes_;        ///< of the body, from `dropped_` on
    std::size_t dropped_ = 0;  ///< read by everyone, and kept no longer
    std::optional<std::size_t> held_from_;
    bool overflowed_ = false;
    End end_ = End::none;
    net::Close broken_how_ = net::Close::reset;
    bool settled_ = false;
    std::exception_ptr problem_;

    std::vector<Reader*> readers_;
    bool abandoned_ = false;  ///< the last waiter left, and the handler was told
    std::function<void()> gone_;
    net::Condition grew_;
    net::Condition read_on_;
};

}  // namespace chaos::router
