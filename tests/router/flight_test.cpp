// One answer shared by readers of different speed: what is held of it is bounded, and nobody waits long for another.
#include "router/idempotency/flight.hpp"

#include <gtest/gtest.h>

#include "net/simulation/simulation.hpp"
#include "net/task_group.hpp"
#include "net/watchdog.hpp"

namespace chaos::router {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t flight_piece = 16 * 1024;
/// The window of the slowest, and what each side has in hand.
constexpr std::size_t a_window = 256 * 1024 + 2 * 64 * 1024;
constexpr net::Duration reads_nothing = net::Duration::max();

/// A caller that takes so long for each piece it is sent.
class PacedCaller final : public net::http::ServerExchange {
public:
    PacedCaller(net::Runtime& runtime, net::Duration pace) : runtime_(runtime), pace_(pace), closed_("caller") {}

    const net::http::Request& request() const override { return asked; }
    std::uint64_t connection() const override { return 1; }
    std::uint64_t request_on_connection() const override { return 1; }
    net::Task<net::Error> respond(net::http::Response) override { co_return net::Error{}; }
    net::Task<net::Error> start(net::http::ResponseHead) override { co_return net::Error{}; }
    net::Task<net::Error> send(std::string_view bytes) override
    {
        net::Watchdog taken(runtime_.clock(), [this] { closed_.notify_all(); });
        if (pace_ != reads_nothing) taken.arm(runtime_.clock().now() + pace_);
        while (!closed && !taken.expired()) co_await closed_.wait();
        if (!closed) received += bytes.size();
        co_return closed ? net::Error(boost::asio::error::connection_reset) : net::Error{};
    }
    net::Task<net::Error> finish() override
    {
        finished = true;
        ended_at = runtime_.clock().now();
        co_return net::Error{};
    }
    net::Task<net::Error> send_raw(std::string_view) override { co_return net::Error{}; }
    void keep_after_raw() override {}
    net::Task<void> drained() override { co_return; }
    void close(net::Close) override
    {
        if (closed) return;
        closed = true;
        ended_at = runtime_.clock().now();
        closed_.notify_all();
    }
    bool client_gone() const override { return closed; }
    void on_client_gone(std::function<void()>) override {}
    net::Task<void> until_client_gone() override { co_return; }

    net::http::Request asked;
    std::size_t received = 0;
    bool finished = false;
    bool closed = false;
    net::Instant ended_at{};

private:
    net::Runtime& runtime_;
    net::Duration pace_;
    net::Condition closed_;
};

/// What became of an answer of so many bytes, whose provider is as fast as it is let.
struct SharedAnswer {
    SharedAnswer(std::size_t length, std::size_t most_kept, const std::vector<net::Duration>& paces)
        : length_(length), memory_{std::size_t{1} << 30U, 0}
    {
        for (const net::Duration pace : paces) callers.push_back(std::make_unique<PacedCaller>(simulation, pace));
        FlightSettings settings;
        settings.most_kept = most_kept;
        flight_ = std::make_unique<Flight>(simulation, *callers.front(), "", settings, memory_);
        began = simulation.clock().now();
        simulation.run(share());
        flight_.reset();
        EXPECT_EQ(memory_.held, 0U);
    }

    net::Duration took(std::size_t caller) const { return callers[caller]->ended_at - began; }
    bool whole(std::size_t caller) const { return callers[caller]->finished && callers[caller]->received == length_; }

    net::Simulation simulation;
    std::vector<std::unique_ptr<PacedCaller>> callers;
    net::Instant began{};
    std::size_t most_held = 0;
    net::Duration handler_took{};
    net::Error handler_was_told;

private:
    net::Task<void> share()
    {
        net::TaskGroup group(simulation.executor());
        for (std::size_t i = 0; i < callers.size(); ++i) group.spawn(flight_->deliver(*callers[i], i > 0));
        group.spawn(handle());
        co_await group.join();
    }

    net::Task<void> handle()
    {
        net::http::ResponseHead head;
        net::Error error = co_await flight_->start(std::move(head));
        const std::string bytes(flight_piece, 'x');
        for (std::size_t sent = 0; sent < length_ && !error; sent += flight_piece) {
            error = co_await flight_->send(bytes);
            most_held = std::max(most_held, memory_.held);
        }
        if (!error) error = co_await flight_->finish();
        handler_was_told = error;
        handler_took = simulation.clock().now() - began;
        flight_->settle(nullptr);
    }

    std::size_t length_;
    FlightMemory memory_;
    std::unique_ptr<Flight> flight_;
};

constexpr std::size_t MiB = 1024 * 1024;

TEST(Flight, a_reader_that_does_not_read_holds_a_window_and_is_let_go)
{
    const SharedAnswer answer(64 * MiB, 4 * MiB, {reads_nothing});
    EXPECT_LE(answer.most_held, a_window);
    EXPECT_TRUE(answer.callers[0]->closed);
    EXPECT_EQ(answer.took(0), 60s);
    EXPECT_TRUE(answer.handler_was_told) << "the provider's answer is not read to its end for nobody";
}

TEST(Flight, a_slow_reader_holds_up_the_provider_and_is_served_to_the_end)
{
    const SharedAnswer answer(8 * MiB, 1 * MiB, {9s});
    EXPECT_LE(answer.most_held, 1 * MiB + a_window);
    EXPECT_TRUE(answer.whole(0)) << "it holds up nobody else";
    EXPECT_GT(answer.handler_took, 100 * 9s);
}

TEST(Flight, what_is_kept_anyway_lets_a_slow_reader_fall_behind)
{
    const SharedAnswer answer(4 * MiB, 4 * MiB, {1ms, 9s, reads_nothing});
    EXPECT_LE(answer.most_held, 4 * MiB);
    EXPECT_TRUE(answer.whole(0));
    EXPECT_LE(answer.took(0), 1s) << "held up by nobody";
    EXPECT_TRUE(answer.whole(1));
    EXPECT_TRUE(answer.callers[2]->closed);
    EXPECT_EQ(answer.took(2), 60s);
}

TEST(Flight, beyond_what_is_kept_one_that_holds_up_others_is_let_go)
{
    for (const net::Duration slow : {net::Duration(100ms), net::Duration(9s), reads_nothing}) {
        const SharedAnswer answer(16 * MiB, 1 * MiB, {1ms, slow, 1ms});
        const std::string who = "one that takes " + std::to_string(std::chrono::duration<double>(slow).count()) + " s";
        EXPECT_LE(answer.most_held, 1 * MiB + a_window) << who;
        for (const std::size_t fast : {0U, 2U}) {
            EXPECT_TRUE(answer.whole(fast)) << who;
            EXPECT_LE(answer.took(fast), 11s) << who;
        }
        EXPECT_FALSE(answer.whole(1)) << who;
        EXPECT_TRUE(answer.callers[1]->closed) << who;
        EXPECT_FALSE(answer.handler_was_told) << who;
    }
}

TEST(Flight, readers_that_are_slow_together_hold_up_nobody)
{
    const SharedAnswer answer(4 * MiB, 1 * MiB, {9s, 9s});
    EXPECT_LE(answer.most_held, 1 * MiB + a_window);
    EXPECT_TRUE(answer.whole(0));
    EXPECT_TRUE(answer.whole(1));
}

TEST(Flight, what_all_flights_hold_is_bounded)
{
    net::Simulation simulation;
    FlightMemory memory{2 * MiB, 0};
    FlightSettings settings;
    settings.most_kept = 1 * MiB;
    std::vector<std::unique_ptr<PacedCaller>> callers;
    std::vector<std::unique_ptr<Flight>> flights;
    std::size_t most_held = 0;
    constexpr std::size_t count = 5;
    for (std::size_t i = 0; i < count; ++i) {
        callers.push_back(std::make_unique<PacedCaller>(simulation, 1ms));
        flights.push_back(std::make_unique<Flight>(simulation, *callers.back(), "", settings, memory));
    }
    const auto handle = [&](Flight& flight) -> net::Task<void> {
        net::http::ResponseHead head;
        net::Error error = co_await flight.start(std::move(head));
        const std::string bytes(flight_piece, 'x');
        for (std::size_t sent = 0; sent < 1 * MiB; sent += flight_piece) {
            error = co_await flight.send(bytes);
            EXPECT_FALSE(error);
            most_held = std::max(most_held, memory.held);
        }
        error = co_await flight.finish();
        flight.settle(nullptr);
    };
    const auto all = [&]() -> net::Task<void> {
        net::TaskGroup group(simulation.executor());
        for (std::size_t i = 0; i < count; ++i) {
            group.spawn(flights[i]->deliver(*callers[i], false));
            group.spawn(handle(*flights[i]));
        }
        co_await group.join();
    };
    simulation.run(all());
    EXPECT_LE(most_held, 2 * MiB + count * a_window);
    for (const auto& caller : callers) EXPECT_EQ(caller->received, 1 * MiB);
}

TEST(Flight, LetsGoOfItsOwnRequestWhenItIsToldTo)
{
    net::Simulation simulation;
    PacedCaller caller(simulation, net::Duration{});
    caller.asked.body = "{}";
    FlightMemory memory{std::size_t{1} << 30U, 0};
    Flight flight(simulation, caller, "", FlightSettings{}, memory);
    EXPECT_EQ(flight.request().body, "{}");
    flight.forget_request();
    EXPECT_EQ(flight.request().body, "");
    EXPECT_EQ(caller.asked.body, "{}") << "the caller's own is the caller's";
}

}  // namespace
}  // namespace chaos::router
