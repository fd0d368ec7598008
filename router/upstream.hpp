// One request at one provider, under its timers: the only place where the router talks to a provider.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/http/client.hpp"
#include "net/rare.hpp"
#include "net/runtime.hpp"
#include "net/watchdog.hpp"
#include "router/outcome.hpp"
#include "router/policy.hpp"

namespace chaos::router {

/// What the timers of one attempt are set to.
struct AttemptTimers {
    Timeouts timeouts;
    net::Instant deadline = net::never;  ///< of the whole request
    bool last = false;                   ///< the first token may take until the deadline
};

/// Every wait in here ends: by an answer, by a broken connection, by one of the timers, or by stop(). One watchdog
/// serves all timers, since only one of them runs at a time.
class Upstream {
public:
    Upstream(net::Runtime& runtime, net::http::Client& client, const AttemptTimers& timers);
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;

    /// Sends the request, `now`, and waits for the response's head. Nothing, or why there is none.
    net::Task<net::Rare<Outcome>> open(net::Endpoint to, net::http::Request request, bool fresh_connection,
                                       net::Instant now);
    const net::http::ResponseHead& head() const { return *head_; }

    /// The next piece of the body; empty at its end, or with `failure` set.
    struct Piece {
        std::string bytes;
        net::Rare<Outcome> failure;
    };
    net::Task<Piece> read();
    /// The body, from the head that came `now` to its end; beyond `limit` bytes an invalid_200.
    net::Task<Piece> read_all(std::size_t limit, net::Instant now);

    /// Content came `now`: the idle timer starts again.
    void saw_content(net::Instant now);
    /// The turn is complete but for its end marker: no longer than this is waited for that.
    void expect_end_within(net::Duration grace);
    /// While the caller takes its time the provider is not to blame: only the deadline runs; when it passes, `too_slow`
    /// is told before the exchange ends.
    void pause(std::function<void()> too_slow);
    /// The timer that ran goes on with what it had left.
    void resume();

    /// Ends the exchange at once, from anywhere; pending calls fail with `why`. The first reason counts.
    void stop(Outcome why);

    /// The exchange, when nothing more is wanted of it than its end. It may still be open.
    std::unique_ptr<net::http::ClientExchange> take_exchange();

private:
    void arm(Timer timer, net::Instant at);
    void bark();
    net::Task<Piece> read_rest(Piece whole, net::Task<net::Result<std::string>> next, std::size_t limit);
    bool take_in(net::Result<std::string> bytes, Piece& whole, std::size_t limit);
    Outcome failed(const net::http::Failure& failure) const;

    net::Runtime& runtime_;
    net::http::Client& client_;
    AttemptTimers timers_;
    net::http::OpenControl control_;
    std::unique_ptr<net::http::ClientExchange> exchange_;
    const net::http::ResponseHead* head_ = nullptr;
    net::Rare<Outcome> stopped_;
    Timer running_ = Timer::none;
    net::Instant armed_for_{};
    Timer paused_ = Timer::none;  ///< what ran when pause() came, and until when
    net::Instant paused_deadline_{};
    net::Instant paused_at_{};
    std::function<void()> too_slow_;
    net::Watchdog watchdog_;
};

}  // namespace chaos::router
