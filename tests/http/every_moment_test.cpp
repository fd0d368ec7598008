// Leaving at every moment: an exchange is aborted, cancelled, cut or stopped at each instant of its life, in
// simulation.
#include "tests/http/peers.hpp"

namespace chaos::net::http {
namespace {

using namespace testing;

/// Streams a little over a few milliseconds.
Task<void> stream_slowly(Runtime& world, ServerExchange& exchange)
{
    ResponseHead head;
    Error error = co_await exchange.start(std::move(head));
    for (int i = 0; i < 4 && !error; ++i) {
        co_await sleep_for(world.clock(), 300us);
        error = co_await exchange.send("piece;");
    }
    if (!error) error = co_await exchange.finish();
}

constexpr std::string_view whole_body = "piece;piece;piece;piece;";

struct Ending {
    std::string body;
    Error error;
    Phase phase = Phase::connect;
};

Task<Ending> ask(Client& client, Endpoint to, OpenControl& control, std::unique_ptr<ClientExchange>& exchange,
                 std::size_t size)
{
    Ending ending;
    Client::Options options;
    options.control = &control;
    Request request = post("/", std::string(size, 'x'));
    auto opened = co_await client.open(std::move(to), std::move(request), options);
    if (!opened) {
        ending.error = opened.error().error;
        co_return ending;
    }
    exchange = std::move(*opened);
    const auto head = co_await exchange->head();
    ending.error = head ? Error() : head.error();
    while (!ending.error) {
        const auto piece = co_await exchange->read_body();
        if (!piece) {
            ending.error = piece.error();
        } else if (piece->empty()) {
            break;
        } else {
            ending.body += *piece;
        }
    }
    ending.phase = exchange->failure().phase;
    co_return ending;
}

Task<void> at_moment(Runtime& world, Duration moment, std::function<void()> act)
{
    co_await sleep_for(world.clock(), moment);
    act();
}

/// Every moment of an exchange that takes about 2.4 ms, and some after it.
std::vector<Duration> every_moment()
{
    std::vector<Duration> moments;
    for (Duration at{}; at < 3'500us; at += 50us) {
        moments.push_back(at);
    }
    return moments;
}

void expect_honest(const Ending& ending, Duration moment)
{
    if (ending.error) {
        EXPECT_TRUE(whole_body.starts_with(ending.body)) << to_string(moment);
    } else {
        EXPECT_EQ(ending.body, whole_body) << to_string(moment);
    }
}

/// One exchange in a world of its own, with something done to it at `moment`.
class Life {
public:
    explicit Life(std::size_t request_size) : request_size_(request_size) {}

    enum class Deed { abort_exchange, cancel_caller, stop_server, stop_server_gracefully };

    Ending live(Deed deed, Duration moment)
    {
        world_.run(story(deed, moment));
        return ending_;
    }

    int handlers_left() const { return handlers_left_; }

private:
    Task<void> story(Deed deed, Duration moment)
    {
        Server server(world_, net::testing::listen(world_), {},
                      [this](ServerExchange& exchange) { return handle(exchange); });
        Client client(world_, {});
        TaskGroup servers(world_.executor());
        TaskGroup callers(world_.executor());
        TaskGroup deeds(world_.executor());
        servers.spawn(server.serve());
        callers.spawn(call(client, server.endpoint()));
        deeds.spawn(at_moment(world_, moment, [&] {
            switch (deed) {
                case Deed::abort_exchange:
                    exchange_ ? exchange_->abort() : control_.abort();
                    break;
                case Deed::cancel_caller:
                    callers.cancel();
                    break;
                case Deed::stop_server:
                    server.stop(false);
                    break;
                case Deed::stop_server_gracefully:
                    server.stop(true);
                    break;
            }
        }));
        co_await deeds.join();
        co_await callers.join();
        exchange_.reset();
        server.stop();
        co_await servers.join();
        EXPECT_EQ(server.open_connections(), 0U);
    }

    Task<void> call(Client& client, Endpoint to)
    {
        ending_.error = asio::error::operation_aborted;  // unless it gets to the end
        ending_ = co_await ask(client, std::move(to), control_, exchange_, request_size_);
    }

    Task<void> handle(ServerExchange& exchange)
    {
        ++handlers_left_;
        co_await stream_slowly(world_, exchange);
        --handlers_left_;
    }

    Simulation world_;
    std::size_t request_size_;
    OpenControl control_;
    std::unique_ptr<ClientExchange> exchange_;
    Ending ending_;
    int handlers_left_ = 0;
};

void live_every_moment(Life::Deed deed)
{
    for (const std::size_t size : {0U, 300'000U}) {
        int complete = 0;
        int broken = 0;
        for (const Duration moment : every_moment()) {
            Life life(size);
            const Ending ending = life.live(deed, moment);
            expect_honest(ending, moment);
            ++(ending.error ? broken : complete);
        }
        EXPECT_GT(broken, 3) << size;
        EXPECT_GT(complete, 3) << size;
    }
}

TEST(EveryMoment, AnExchangeCanBeAborted)
{
    live_every_moment(Life::Deed::abort_exchange);
}

TEST(EveryMoment, ACallerCanBeCancelled)
{
    live_every_moment(Life::Deed::cancel_caller);
}

TEST(EveryMoment, AServerCanBeStopped)
{
    live_every_moment(Life::Deed::stop_server);
}

TEST(EveryMoment, AServerCanBeStoppedGracefully)
{
    live_every_moment(Life::Deed::stop_server_gracefully);
}

TEST(EveryMoment, AWorldCanBeGivenUp)
{
    for (const Duration moment : every_moment()) {
        SimulationSettings settings;
        settings.horizon = Instant(moment);
        Simulation world(settings);
        Server server(world, net::testing::listen(world), {},
                      [&](ServerExchange& exchange) { return stream_slowly(world, exchange); });
        Client client(world, {});
        OpenControl control;
        std::unique_ptr<ClientExchange> exchange;
        bool ended = false;
        const auto story = [&]() -> Task<void> {
            TaskGroup servers(world.executor());
            servers.spawn(server.serve());
            const Ending ending = co_await ask(client, server.endpoint(), control, exchange, 300'000);
            ended = true;
            server.stop();
            co_await servers.join();
        };
        try {
            world.run(story());
            EXPECT_TRUE(ended);
        } catch (const Stalled&) {
        }
    }
}

/// What many callers of one server see, and when.
std::vector<std::string> crowd()
{
    Simulation world;
    std::vector<std::string> seen;
    const auto caller = [&](Client& client, Endpoint to, int number) -> Task<void> {
        for (int i = 0; i < 5; ++i) {
            co_await sleep_for(world.clock(), Duration(number * 37'000));
            OpenControl control;
            std::unique_ptr<ClientExchange> exchange;
            const Ending ending = co_await ask(client, to, control, exchange, static_cast<std::size_t>(number) * 5'000);
            seen.push_back(std::to_string(number) + ":" + ending.body +
                           (exchange->reused_connection() ? "reused " : "fresh ") +
                           to_string(world.clock().now().time_since_epoch()));
        }
    };
    const auto story = [&]() -> Task<void> {
        Server server(world, net::testing::listen(world), {},
                      [&](ServerExchange& exchange) { return stream_slowly(world, exchange); });
        Client client(world, {});
        TaskGroup servers(world.executor());
        TaskGroup callers(world.executor());
        servers.spawn(server.serve());
        for (int number = 0; number < 30; ++number) {
            callers.spawn(caller(client, server.endpoint(), number));
        }
        co_await callers.join();
        server.stop();
        co_await servers.join();
    };
    world.run(story());
    return seen;
}

TEST(EveryMoment, OfACrowdIsTheSameTheNextTime)
{
    const std::vector<std::string> once = crowd();
    EXPECT_EQ(once.size(), 150U);
    EXPECT_EQ(once, crowd());
}

}  // namespace
}  // namespace chaos::net::http
