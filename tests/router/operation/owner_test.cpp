// Requests that go to the owner's loop and back: callers that do not read are let go, and an owner that ends is told.
#include "router/operation/owner.hpp"

#include <stdexcept>

#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

/// A loop that passes everything on, the owner it passes it to, and a caller.
class TwoLoops {
public:
    explicit TwoLoops(std::vector<Act> script)
        : owner_(simulation, *simulation.network().listen({"127.0.0.1", 0}), std::move(script)),
          to_owner_(simulation, {}),
          front_(simulation, *simulation.network().listen({"127.0.0.1", 0}), {},
                 [this](net::http::ServerExchange& exchange) {
                     return pass_to_owner(exchange, to_owner_, simulation.clock(), owner_.endpoint());
                 })
    {
    }

    void tell(std::function<net::Task<void>()> story) { simulation.run(stage(std::move(story))); }

    net::Task<net::http::Response> ask(net::http::Headers headers, std::string method = "POST")
    {
        net::http::Client caller(simulation, {});
        net::http::Request request;
        request.head.method = std::move(method);
        request.head.target = "/tools/mail";
        request.head.headers = std::move(headers);
        auto reply = co_await caller.fetch(front_.endpoint(), std::move(request), net::never);
        EXPECT_TRUE(reply.has_value());
        co_return reply ? std::move(*reply) : net::http::Response();
    }

    net::Simulation simulation;
    const ScriptedUpstream& owner() const { return owner_; }
    net::http::Server& front() { return front_; }

private:
    net::Task<void> stage(std::function<net::Task<void>()> story)
    {
        net::TaskGroup servers(simulation.executor());
        servers.spawn(owner_.serve());
        servers.spawn(front_.serve());
        co_await story();
        front_.stop();
        owner_.stop();
        co_await servers.join();
    }

    ScriptedUpstream owner_;
    net::http::Client to_owner_;
    net::http::Server front_;
};

const net::http::Headers keyed{{"idempotency-key", "k"}};

TEST(PassToOwner, a_caller_that_does_not_read_is_let_go)
{
    const std::string long_text(4 * 1024 * 1024, 'x');
    const std::vector<std::string> long_pieces(64, std::string(64 * 1024, 'x'));
    for (const Act& act : {whole(200, long_text), raw_stream(long_pieces)}) {
        TwoLoops loops({act});
        loops.tell([&]() -> net::Task<void> {
            auto connected = co_await loops.simulation.network().connect(loops.front().endpoint(), net::never);
            const net::Error sent =
                co_await (*connected)
                    ->write("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
            EXPECT_FALSE(sent);
            co_await net::sleep_for(loops.simulation.clock(), 59s);
            EXPECT_EQ(loops.front().open_connections(), 1U);
            co_await net::sleep_for(loops.simulation.clock(), 2s);
            EXPECT_EQ(loops.front().open_connections(), 0U);
            EXPECT_EQ(loops.owner().open_connections(), 0U);
        });
    }
}

TEST(PassToOwner, a_long_silence_of_the_owner_is_not_the_callers_fault)
{
    Act late = raw_stream({"a", "b"});
    for (Act::Bytes& piece : late.pieces) piece.after = 90s;
    TwoLoops slow({late});
    slow.tell([&]() -> net::Task<void> {
        const net::http::Response reply = co_await slow.ask(keyed);
        EXPECT_EQ(reply.body, "ab");
    });
}

TEST(PassToOwner, an_owner_that_ends_without_an_answer_is_told_honestly)
{
    const struct {
        const char* method;
        net::http::Headers headers;
        bool maybe_executed;
    } rows[] = {
        {"POST", {{"idempotency-key", "k"}}, false},
        {"POST", {}, true},
        {"GET", {}, false},
    };
    for (const auto& row : rows) {
        TwoLoops loops({broken_before_answer()});
        loops.tell([&]() -> net::Task<void> {
            const net::http::Response reply = co_await loops.ask(row.headers, row.method);
            EXPECT_EQ(reply.head.status, 503);
            EXPECT_EQ(reply.head.headers.find("retry-after"), "1");
            EXPECT_EQ(reply.head.headers.contains("x-chaos-maybe-executed"), row.maybe_executed) << row.method;
        });
    }
}

TEST(PassToOwner, every_request_has_a_connection_of_its_own)
{
    TwoLoops loops({whole(200, "{}")});
    loops.tell([&]() -> net::Task<void> {
        for (int i = 0; i < 2; ++i) {
            const net::http::Response reply = co_await loops.ask(keyed);
            EXPECT_EQ(reply.head.status, 200);
        }
    });
    ASSERT_EQ(loops.owner().asked().size(), 2U);
    EXPECT_NE(loops.owner().asked()[0]->connection, loops.owner().asked()[1]->connection);
}

/// A caller's exchange on which nothing can be answered, and what it would tell when the caller goes.
class BrokenExchange final : public net::http::ServerExchange {
public:
    bool watched = false;

    const net::http::Request& request() const override { return request_; }
    std::uint64_t connection() const override { return 1; }
    std::uint64_t request_on_connection() const override { return 1; }
    net::Task<net::Error> respond(net::http::Response) override { throw std::runtime_error("broken"); }
    net::Task<net::Error> start(net::http::ResponseHead) override { throw std::runtime_error("broken"); }
    net::Task<net::Error> send(std::string_view) override { throw std::runtime_error("broken"); }
    net::Task<net::Error> finish() override { throw std::runtime_error("broken"); }
    net::Task<net::Error> send_raw(std::string_view) override { throw std::runtime_error("broken"); }
    void keep_after_raw() override {}
    net::Task<void> drained() override { co_return; }
    void close(net::Close) override {}
    bool client_gone() const override { return false; }
    void on_client_gone(std::function<void()> gone) override { watched = gone != nullptr; }
    net::Task<void> until_client_gone() override { co_return; }

private:
    net::http::Request request_;
};

/// Else it would reach into a request that is over when the caller goes.
TEST(PassToOwner, the_caller_is_watched_no_longer_when_it_fails_with_an_exception)
{
    TwoLoops loops({whole(200, "{}")});
    loops.tell([&]() -> net::Task<void> {
        BrokenExchange exchange;
        net::http::Client client(loops.simulation, {});
        bool thrown = false;
        try {
            co_await pass_to_owner(exchange, client, loops.simulation.clock(), loops.owner().endpoint());
        } catch (const std::runtime_error&) {
            thrown = true;
        }
        EXPECT_TRUE(thrown);
        EXPECT_FALSE(exchange.watched);
        client.close_idle();
    });
}

}  // namespace
}  // namespace chaos::router
