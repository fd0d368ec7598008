// The timers around one exchange.
#include "router/upstream.hpp"

#include <algorithm>

#include "router/classify.hpp"

namespace chaos::router {
namespace {

Outcome larger_than(std::size_t limit)
{
    Outcome too_large;
    too_large.what = OutcomeClass::invalid_200;
    too_large.why = "the answer is larger than " + std::to_string(limit) + " bytes";
    return too_large;
}

}  // namespace

Upstream::Upstream(net::Runtime& runtime, net::http::Client& client, const AttemptTimers& timers)
    : runtime_(runtime), client_(client), timers_(timers), watchdog_(runtime.clock(), [this] { bark(); })
{
}

net::Task<net::Rare<Outcome>> Upstream::open(net::Endpoint to, net::http::Request request, bool fresh_connection,
                                             net::Instant now)
{
    net::http::Client::Options options;
    options.connect_deadline = std::min(timers_.deadline, now + timers_.timeouts.connect);
    options.fresh_connection = fresh_connection;
    options.control = &control_;
    // Until the request is out: connecting has its own deadline, this one is for a peer that does not take in our
    // bytes.
    arm(Timer::first_token, now + timers_.timeouts.connect + timers_.timeouts.first_token);
    auto opened = co_await client_.open(std::move(to), std::move(request), options);
    if (!opened) co_return failed(opened.error());
    exchange_ = std::move(*opened);
    if (stopped_) {
        exchange_->abort();
        co_return stopped_;
    }
    arm(Timer::first_token, timers_.last ? timers_.deadline : runtime_.clock().now() + timers_.timeouts.first_token);
    const auto head = co_await exchange_->head();
    if (!head) co_return failed(exchange_->failure());
    head_ = *head;
    co_return std::nullopt;
}

net::Task<Upstream::Piece> Upstream::read()
{
    Piece piece;
    auto bytes = co_await exchange_->read_body();
    if (bytes) {
        piece.bytes = std::move(*bytes);
    } else {
        piece.failure = failed(exchange_->failure());
    }
    co_return piece;
}

/// Most answers are there as soon as their head is: they need no frame.
net::Task<Upstream::Piece> Upstream::read_all(std::size_t limit, net::Instant now)
{
    saw_content(now);
    Piece whole;
    net::Task<net::Result<std::string>> next = exchange_->read_body();
    if (next.await_ready()) {
        if (take_in(next.await_resume(), whole, limit)) return net::Task<Piece>::done(std::move(whole));
        next = exchange_->read_body();
    }
    return read_rest(std::move(whole), std::move(next), limit);
}

net::Task<Upstream::Piece> Upstream::read_rest(Piece whole, net::Task<net::Result<std::string>> next, std::size_t limit)
{
    while (true) {
        auto bytes = co_await std::move(next);
        if (take_in(std::move(bytes), whole, limit)) break;
        saw_content(runtime_.clock().now());
        next = exchange_->read_body();
    }
    co_return whole;
}

/// True if there is no more.
bool Upstream::take_in(net::Result<std::string> bytes, Piece& whole, std::size_t limit)
{
    if (!bytes) {
        whole.failure = failed(exchange_->failure());
    } else if (whole.bytes.size() + bytes->size() > limit) {
        whole.failure = larger_than(limit);
    } else if (whole.bytes.empty()) {
        whole.bytes = std::move(*bytes);
    } else {
        whole.bytes += *bytes;
    }
    const bool over = whole.failure || exchange_->body_ended();
    if (over) watchdog_.disarm();
    return over;
}

void Upstream::saw_content(net::Instant now)
{
    arm(Timer::idle, now + timers_.timeouts.idle);
}

void Upstream::expect_end_within(net::Duration grace)
{
    arm(Timer::idle, runtime_.clock().now() + std::min(grace, timers_.timeouts.idle));
}

void Upstream::pause(std::function<void()> too_slow)
{
    too_slow_ = std::move(too_slow);
    paused_at_ = runtime_.clock().now();
    paused_ = running_;
    paused_deadline_ = armed_for_;
    arm(Timer::total, timers_.deadline);
}

void Upstream::resume()
{
    too_slow_ = nullptr;
    arm(paused_, paused_deadline_ + (runtime_.clock().now() - paused_at_));
}

void Upstream::arm(Timer timer, net::Instant at)
{
    running_ = timer;
    armed_for_ = std::min(at, timers_.deadline);
    watchdog_.arm(armed_for_);
}

void Upstream::bark()
{
    const bool deadline_passed = runtime_.clock().now() >= timers_.deadline;
    if (too_slow_) too_slow_();
    stop(timed_out(deadline_passed ? Timer::total : running_));
}

void Upstream::stop(Outcome why)
{
    if (!stopped_) stopped_ = std::move(why);
    if (exchange_) {
        exchange_->abort();
    } else {
        control_.abort();
    }
}

Outcome Upstream::failed(const net::http::Failure& failure) const
{
    return stopped_ ? *stopped_ : classify_transport(failure);
}

std::unique_ptr<net::http::ClientExchange> Upstream::take_exchange()
{
    watchdog_.disarm();
    head_ = nullptr;
    return std::move(exchange_);
}

}  // namespace chaos::router
