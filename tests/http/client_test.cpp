// The client against scripted peers, in both worlds: what is sent, what is read, and every way it can break.
#include "net/http/client.hpp"

#include "tests/http/peers.hpp"

namespace chaos::net::http {
namespace {

using namespace testing;

template <class World>
using HttpClient = InBothWorlds<World>;
TYPED_TEST_SUITE(HttpClient, AllWorlds, WorldNames);

const std::string ok_hi = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

/// Answers every request (without body) with the same bytes.
Script answers(std::string answer)
{
    return [answer](RawPeer& peer) -> Task<void> {
        while (true) {
            const std::string request = co_await peer.until("\r\n\r\n");
            if (request.empty()) {
                co_return;
            }
            const Error error = co_await peer.stream().write(answer);
            if (error) {
                co_return;
            }
        }
    };
}

/// Reads a request, sends some bytes, and leaves.
Script answers_and_leaves(std::string answer, Close how)
{
    return [answer, how](RawPeer& peer) -> Task<void> {
        const std::string request = co_await peer.until("\r\n\r\n");
        co_await peer.send(answer);
        co_await peer.stream().drained();
        peer.stream().close(how);
    };
}

/// A response, or in words how the exchange broke: "head: End of file (pooled)".
struct ExchangeOutcome {
    int status = 0;
    std::string body;
    std::string broke;
    bool reused = false;
    bool any_byte = false;
};

std::string_view phase_name(Phase phase)
{
    constexpr std::string_view names[] = {"connect", "send", "head", "body"};
    return names[static_cast<std::size_t>(phase)];
}

std::string in_words(const Failure& failure)
{
    const bool eof = is_truncated(failure.error);
    const std::string error = eof                                                ? "truncated"
                              : failure.error == asio::error::connection_reset   ? "reset"
                              : failure.error == asio::error::broken_pipe        ? "broken pipe"
                              : failure.error == asio::error::operation_aborted  ? "aborted"
                              : failure.error == asio::error::connection_refused ? "refused"
                                                                                 : failure.error.message();
    return std::string(phase_name(failure.phase)) + ": " + error + (failure.pooled ? " (pooled)" : "");
}

Task<ExchangeOutcome> finish(ClientExchange& exchange)
{
    ExchangeOutcome outcome;
    const auto head = co_await exchange.head();
    if (head) {
        outcome.status = (*head)->status;
        auto body = co_await exchange.read_all(1 << 20);
        if (body) {
            outcome.body = std::move(*body);
        } else {
            outcome.broke = in_words(exchange.failure());
        }
    } else {
        outcome.broke = in_words(exchange.failure());
    }
    outcome.reused = exchange.reused_connection();
    outcome.any_byte = exchange.any_response_byte();
    co_return outcome;
}

Task<ExchangeOutcome> exchange_with(Client& client, Endpoint to, Request request, bool fresh = false)
{
    Client::Options options;
    options.fresh_connection = fresh;
    auto exchange = co_await client.open(std::move(to), std::move(request), options);
    if (!exchange) {
        ExchangeOutcome outcome;
        outcome.broke = in_words(exchange.error());
        co_return outcome;
    }
    ExchangeOutcome outcome = co_await finish(**exchange);
    co_return outcome;
}

/// Waits until a condition of the story holds; the world's own timeouts (and the test's) bound it. It looks again every
/// millisecond, because what it waits for is no event of the client's.
Task<void> eventually(Runtime& world, std::function<bool()> holds)
{
    while (!holds()) {
        co_await sleep_for(world.clock(), 1ms);
    }
}

WORLD_STORY(HttpClient, SendsHostAndLengthWithTheRequest)
{
    std::string received;
    const Script script = [&](RawPeer& peer) -> Task<void> {
        received = co_await peer.until("}");
        co_await peer.send(ok_hi);
    };
    ClientSettings settings;
    Endpoint endpoint;
    const std::vector<Script> scripts{script};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        endpoint = to;
        Request request = post("/v1/chat", "{}");
        request.head.headers.add("Authorization", "Bearer x");
        const ExchangeOutcome outcome = co_await exchange_with(client, to, std::move(request));
        EXPECT_EQ(outcome.status, 200);
        EXPECT_EQ(outcome.body, "hi");
        EXPECT_FALSE(outcome.reused);
    });
    EXPECT_EQ(received, "POST /v1/chat HTTP/1.1\r\nAuthorization: Bearer x\r\nhost: " + to_string(endpoint) +
                            "\r\ncontent-length: 2\r\n\r\n{}");
}

WORLD_STORY(HttpClient, ReusesTheConnectionThatWasFreeLast)
{
    int connections = 0;
    const Script script = [&](RawPeer& peer) -> Task<void> {
        const std::string name = std::to_string(++connections);
        while (!(co_await peer.until("\r\n\r\n")).empty()) {
            co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + name);
        }
    };
    ClientSettings settings;
    const std::vector<Script> scripts{script};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        Client::Options options;
        Request one = get("/");
        Request two = get("/");
        auto first = co_await client.open(to, std::move(one), options);
        auto second = co_await client.open(to, std::move(two), options);
        const ExchangeOutcome of_second = co_await finish(**second);
        EXPECT_EQ(of_second.body, "2");
        EXPECT_EQ(client.idle_connections(), 1U);
        const ExchangeOutcome of_first = co_await finish(**first);
        EXPECT_EQ(of_first.body, "1");
        EXPECT_EQ(client.idle_connections(), 2U);
        for (int i = 0; i < 3; ++i) {
            const ExchangeOutcome again = co_await exchange_with(client, to, get("/"));
            EXPECT_EQ(again.body, "1");
            EXPECT_TRUE(again.reused);
        }
        const ExchangeOutcome fresh = co_await exchange_with(client, to, get("/"), true);
        EXPECT_EQ(fresh.body, "3");
        EXPECT_FALSE(fresh.reused);
    });
    EXPECT_EQ(connections, 3);
}

WORLD_STORY(HttpClient, KeepsNoConnectionThatCannotBeReused)
{
    const std::string cases[] = {
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more",
    };
    for (const std::string& answer : cases) {
        ClientSettings settings;
        const std::vector<Script> scripts{answers(answer)};
        co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
            const ExchangeOutcome outcome = co_await exchange_with(client, to, get("/"));
            EXPECT_EQ(outcome.body, "hi") << answer;
            EXPECT_EQ(client.idle_connections(), 0U) << answer;
        });
    }
}

WORLD_STORY(HttpClient, ReadsBodiesOfEveryFraming)
{
    struct Row {
        std::string answer;
        int status;
        std::string body;
        Close how = Close::fin;
    };
    const Row table[] = {
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: x\r\n\r\n", 200, "abcde"},
        {"HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, "until the end"},
        {"HTTP/1.1 200 OK\r\n\r\n", 200, ""},
        {"HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, ""},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + ok_hi, 200, "hi"},
        {ok_hi, 200, "hi", Close::reset},
    };
    for (const Row& row : table) {
        ClientSettings settings;
        const std::vector<Script> scripts{answers_and_leaves(row.answer, row.how)};
        co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
            const ExchangeOutcome outcome = co_await exchange_with(client, to, get("/"));
            EXPECT_EQ(outcome.broke, "") << row.answer;
            EXPECT_EQ(outcome.status, row.status) << row.answer;
            EXPECT_EQ(outcome.body, row.body) << row.answer;
        });
    }
}

WORLD_STORY(HttpClient, ExpectsNoBodyForHead)
{
    ClientSettings settings;
    const std::vector<Script> scripts{answers("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n")};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        for (int i = 0; i < 2; ++i) {
            Request request = get("/");
            request.head.method = "HEAD";
            const ExchangeOutcome outcome = co_await exchange_with(client, to, std::move(request));
            EXPECT_EQ(outcome.status, 200);
            EXPECT_EQ(outcome.body, "");
            EXPECT_EQ(outcome.reused, i == 1);
        }
    });
}

/// Cuts a response after every count of its bytes, in every way.
Task<void> cut_everywhere(Runtime& world, std::string response, Close how, std::size_t complete_from)
{
    for (std::size_t cut = 0; cut < response.size(); ++cut) {
        ClientSettings settings;
        const std::vector<Script> scripts{answers_and_leaves(response.substr(0, cut), how)};
        co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
            const ExchangeOutcome outcome = co_await exchange_with(client, to, get("/"));
            EXPECT_EQ(outcome.broke == "", cut >= complete_from && how == Close::fin)
                << "cut at " << cut << ": " << outcome.broke;
            EXPECT_EQ(outcome.any_byte, cut > 0) << "cut at " << cut;
            EXPECT_EQ(client.idle_connections(), 0U);
        });
    }
}

WORLD_STORY(HttpClient, NeverTakesACutResponseForACompleteOne)
{
    constexpr std::size_t never_complete = 1'000'000;
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    const std::string until_close = "HTTP/1.1 200 OK\r\nA: b\r\n\r\nuntil the end";
    for (const Close how : {Close::fin, Close::reset}) {
        co_await cut_everywhere(world, ok_hi, how, never_complete);
        co_await cut_everywhere(world, chunked, how, never_complete);
        co_await cut_everywhere(world, until_close, how, until_close.find("\r\n\r\n") + 4);
    }
}

WORLD_STORY(HttpClient, SaysInWhichPhaseItBroke)
{
    struct Row {
        std::string answer;
        Close how;
        std::string broke;
    };
    const Row table[] = {
        {"", Close::fin, "head: truncated"},
        {"", Close::reset, "head: reset"},
        {"HTTP/1.1 200 OK\r\n", Close::fin, "head: truncated"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", Close::fin, "body: truncated"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", Close::reset, "body: reset"},
        {"<html>502 Bad Gateway</html>\r\n\r\n", Close::fin, "head: bad version"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", Close::fin, "body: bad chunk"},
    };
    for (const Row& row : table) {
        ClientSettings settings;
        const std::vector<Script> scripts{answers_and_leaves(row.answer, row.how)};
        co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
            const ExchangeOutcome outcome = co_await exchange_with(client, to, get("/"));
            EXPECT_EQ(outcome.broke, row.broke) << row.answer;
        });
    }
}

WORLD_STORY(HttpClient, FailsToConnectWhereNobodyListens)
{
    const Endpoint nobody = net::testing::left_alone(world);
    Client client(world, {});
    const ExchangeOutcome outcome = co_await exchange_with(client, nobody, get("/"));
    EXPECT_EQ(outcome.broke, "connect: refused");
}

WORLD_STORY(HttpClient, DropsAConnectionThatDiesInThePool)
{
    for (const Close how : {Close::fin, Close::reset}) {
        ClientSettings settings;
        const std::vector<Script> scripts{answers_and_leaves(ok_hi, how), answers(ok_hi)};
        co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
            const ExchangeOutcome first = co_await exchange_with(client, to, get("/"));
            EXPECT_EQ(first.body, "hi");
            co_await eventually(world, [&] { return client.idle_connections() == 0; });
            const ExchangeOutcome second = co_await exchange_with(client, to, get("/"));
            EXPECT_EQ(second.body, "hi");
            EXPECT_FALSE(second.reused);
        });
    }
}

WORLD_STORY(HttpClient, SaysThatAPooledConnectionDiedBeforeItAnswered)
{
    for (const Close how : {Close::fin, Close::reset}) {
        const Script dies_at_the_second = [how](RawPeer& peer) -> Task<void> {
            std::string request = co_await peer.until("\r\n\r\n");
            co_await peer.send(ok_hi);
            request = co_await peer.until("\r\n\r\n");
            peer.stream().close(how);
        };
        ClientSettings settings;
        const std::vector<Script> scripts{dies_at_the_second};
        co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
            const ExchangeOutcome first = co_await exchange_with(client, to, get("/"));
            EXPECT_EQ(first.body, "hi");
            const ExchangeOutcome second = co_await exchange_with(client, to, get("/"));
            EXPECT_TRUE(second.reused);
            EXPECT_FALSE(second.any_byte);
            EXPECT_EQ(second.broke, how == Close::fin ? "head: truncated (pooled)" : "head: reset (pooled)");
        });
    }
}

WORLD_STORY(HttpClient, DoesNotCallAnAnswerThatBeganOnAPooledConnectionPooled)
{
    const Script dies_in_the_second = [](RawPeer& peer) -> Task<void> {
        std::string request = co_await peer.until("\r\n\r\n");
        co_await peer.send(ok_hi);
        request = co_await peer.until("\r\n\r\n");
        co_await peer.send("HTTP/1.1 2");
        peer.stream().close(Close::fin);
    };
    ClientSettings settings;
    const std::vector<Script> scripts{dies_in_the_second};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        const ExchangeOutcome first = co_await exchange_with(client, to, get("/"));
        const ExchangeOutcome second = co_await exchange_with(client, to, get("/"));
        EXPECT_TRUE(second.reused && second.any_byte);
        EXPECT_EQ(second.broke, "head: truncated");
    });
}

WORLD_STORY(HttpClient, IgnoresWhatAPooledConnectionSaysUnasked)
{
    const Script speaks_unasked = [](RawPeer& peer) -> Task<void> {
        const std::string request = co_await peer.until("\r\n\r\n");
        co_await peer.send(ok_hi);
        co_await peer.stream().drained();
        co_await peer.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
        co_await peer.stream().drained();
        const std::string rest = co_await peer.rest();
        EXPECT_EQ(rest, "");
    };
    ClientSettings settings;
    const std::vector<Script> scripts{speaks_unasked, answers(ok_hi)};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        const ExchangeOutcome first = co_await exchange_with(client, to, get("/"));
        co_await eventually(world, [&] { return client.idle_connections() == 0; });
        const ExchangeOutcome second = co_await exchange_with(client, to, get("/"));
        EXPECT_EQ(second.status, 200);
        EXPECT_FALSE(second.reused);
    });
}

WORLD_STORY(HttpClient, HoldsNoMoreIdleConnectionsThanItMay)
{
    ClientSettings settings;
    settings.idle_per_endpoint = 2;
    settings.idle_timeout = 1h;
    const std::vector<Script> scripts{answers(ok_hi)};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        std::vector<std::unique_ptr<ClientExchange>> exchanges;
        for (int i = 0; i < 4; ++i) {
            Client::Options options;
            Request request = get("/");
            auto exchange = co_await client.open(to, std::move(request), options);
            exchanges.push_back(std::move(*exchange));
        }
        for (const auto& exchange : exchanges) {
            const ExchangeOutcome outcome = co_await finish(*exchange);
            EXPECT_EQ(outcome.body, "hi");
        }
        EXPECT_EQ(client.idle_connections(), 2U);
        client.close_idle();
        EXPECT_EQ(client.idle_connections(), 0U);
    });
}

WORLD_STORY(HttpClient, HoldsAnIdleConnectionNotForEver)
{
    ClientSettings settings;
    settings.idle_timeout = 30ms;
    const std::vector<Script> scripts{answers(ok_hi)};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        const Instant before = world.clock().now();
        const ExchangeOutcome first = co_await exchange_with(client, to, get("/"));
        EXPECT_EQ(first.body, "hi");
        co_await eventually(world, [&] { return client.idle_connections() == 0; });
        EXPECT_GE(world.clock().now() - before, 30ms);
        const ExchangeOutcome second = co_await exchange_with(client, to, get("/"));
        EXPECT_FALSE(second.reused);
    });
}

WORLD_STORY(HttpClient, SendsALargeBodyWithBackPressure)
{
    std::string received;
    const Script script = [&](RawPeer& peer) -> Task<void> {
        const std::string head = co_await peer.until("\r\n\r\n");
        received = co_await peer.exactly(1 << 20);
        co_await peer.send(ok_hi);
        const std::string rest = co_await peer.rest();
    };
    ClientSettings settings;
    const std::vector<Script> scripts{script};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        std::string body(1 << 20, '\0');
        for (std::size_t i = 0; i < body.size(); ++i) {
            body[i] = static_cast<char>(i * 7 + i / 255);
        }
        const ExchangeOutcome outcome = co_await exchange_with(client, to, post("/", body));
        EXPECT_EQ(outcome.body, "hi");
        EXPECT_TRUE(received == body);
        EXPECT_EQ(client.idle_connections(), 1U);
    });
}

const std::string too_large = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!";

WORLD_STORY(HttpClient, ReadsAnAnswerThatComesBeforeTheBodyWasTaken)
{
    const Script answers_and_stays = [](RawPeer& peer) -> Task<void> {
        const std::string head = co_await peer.until("\r\n\r\n");
        co_await peer.send(too_large);
        Condition for_ever;
        const Wake wake = co_await for_ever.wait_quietly();
        EXPECT_EQ(wake, Wake::aborted);
    };
    for (const Script& script : {answers_and_stays, answers_and_leaves(too_large, Close::fin)}) {
        ClientSettings settings;
        const std::vector<Script> scripts{script};
        co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
            const std::string body(16 << 20, 'x');
            const ExchangeOutcome outcome = co_await exchange_with(client, to, post("/", body));
            EXPECT_EQ(outcome.broke, "");
            EXPECT_EQ(outcome.status, 413);
            EXPECT_EQ(outcome.body, "no!");
            EXPECT_EQ(client.idle_connections(), 0U);
        });
    }
}

WORLD_STORY(HttpClient, GoesOnSendingWhileTheAnswerBegins)
{
    const Script echoes_early = [](RawPeer& peer) -> Task<void> {
        const std::string head = co_await peer.until("\r\n\r\n");
        co_await peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n");
        const std::string body = co_await peer.exactly(16 << 20);
        const std::string size = std::to_string(body.size());
        co_await peer.send("8\r\n" + size + "\r\n0\r\n\r\n");
        const std::string rest = co_await peer.rest();
    };
    ClientSettings settings;
    const std::vector<Script> scripts{echoes_early};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        const std::string body(16 << 20, 'x');
        const ExchangeOutcome outcome = co_await exchange_with(client, to, post("/", body));
        EXPECT_EQ(outcome.body, "early16777216");
        EXPECT_EQ(client.idle_connections(), 1U);
    });
}

WORLD_STORY(HttpClient, FailsInTheSendPhaseWhenThePeerLeavesInTheMiddle)
{
    const Script leaves = [](RawPeer& peer) -> Task<void> {
        const std::string head = co_await peer.until("\r\n\r\n");
        peer.stream().close(Close::reset);
    };
    ClientSettings settings;
    const std::vector<Script> scripts{leaves};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        const std::string body(16 << 20, 'x');
        const ExchangeOutcome outcome = co_await exchange_with(client, to, post("/", body));
        EXPECT_TRUE(outcome.broke == "send: reset" || outcome.broke == "send: broken pipe") << outcome.broke;
    });
}

WORLD_STORY(HttpClient, HandsOutThePiecesOfABodyAsTheyCome)
{
    Condition next;
    const Script script = [&](RawPeer& peer) -> Task<void> {
        const std::string head = co_await peer.until("\r\n\r\n");
        co_await peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (const std::string piece : {"one", "two", "six"}) {
            co_await next.wait();
            co_await peer.send("3\r\n" + piece + "\r\n");
        }
        co_await next.wait();
        co_await peer.send("0\r\n\r\n");
        const std::string rest = co_await peer.rest();
    };
    ClientSettings settings;
    const std::vector<Script> scripts{script};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        Client::Options options;
        Request request = get("/");
        auto exchange = co_await client.open(to, std::move(request), options);
        const auto head = co_await (*exchange)->head();
        EXPECT_TRUE(head);
        for (const std::string_view piece : {"one", "two", "six", ""}) {
            co_await eventually(world, [&] { return next.has_waiters(); });
            next.notify_one();
            const auto body = co_await (*exchange)->read_body();
            EXPECT_EQ(body.value(), piece);
        }
        EXPECT_EQ(client.idle_connections(), 1U);
        const auto after = co_await (*exchange)->read_body();
        EXPECT_EQ(after.value(), "");
        (*exchange)->abort();
        EXPECT_EQ(client.idle_connections(), 1U);
    });
}

WORLD_STORY(HttpClient, HoldsThePeerUntilTheBodyIsRead)
{
    std::size_t written = 0;
    const Script script = [&](RawPeer& peer) -> Task<void> {
        const std::string head = co_await peer.until("\r\n\r\n");
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 16777216\r\n\r\n");
        const std::string piece(64 * 1024, 'x');
        while (written < (16U << 20)) {
            co_await peer.send(piece);
            written += piece.size();
        }
        const std::string rest = co_await peer.rest();
    };
    ClientSettings settings;
    const std::vector<Script> scripts{script};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        Client::Options options;
        Request request = get("/");
        auto exchange = co_await client.open(to, std::move(request), options);
        const auto head = co_await (*exchange)->head();
        EXPECT_TRUE(head);
        // Time for the peer to write more than it should; with too little of it the test would only see less.
        co_await sleep_for(world.clock(), 50ms);
        EXPECT_LT(written, world.simulated() ? 256U * 1024 : 15U << 20);
        const auto body = co_await (*exchange)->read_all(16 << 20);
        EXPECT_EQ(body.value().size(), 16U << 20);
    });
}

WORLD_STORY(HttpClient, RefusesABodyBeyondTheLimitAskedFor)
{
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789";
    ClientSettings settings;
    const std::vector<Script> scripts{answers(answer)};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        for (const std::size_t limit : {9U, 10U}) {
            Client::Options options;
            Request request = get("/");
            auto exchange = co_await client.open(to, std::move(request), options);
            const auto head = co_await (*exchange)->head();
            EXPECT_TRUE(head);
            const auto body = co_await (*exchange)->read_all(limit);
            EXPECT_EQ(body.has_value(), limit == 10);
            if (!body) {
                EXPECT_TRUE(is_too_large(body.error()));
            }
        }
    });
}

WORLD_STORY(HttpClient, ResetsAnExchangeThatIsLetGo)
{
    std::string ending;
    const Script script = [&](RawPeer& peer) -> Task<void> {
        const std::string head = co_await peer.until("\r\n\r\n");
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
        const std::string rest = co_await peer.rest();
        ending = peer.ending();
    };
    ClientSettings settings;
    const std::vector<Script> scripts{script};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        {
            Client::Options options;
            Request request = get("/");
            auto exchange = co_await client.open(to, std::move(request), options);
            const auto head = co_await (*exchange)->head();
            EXPECT_TRUE(head);
        }
        co_await eventually(world, [&] { return !ending.empty(); });
        EXPECT_EQ(ending, "reset");
    });
}

/// At any moment of what it aborts: the outcome is the same, wherever it hits.
Task<void> abort_later(Runtime& world, std::function<void()> abort)
{
    co_await sleep_for(world.clock(), 20ms);
    abort();
}

WORLD_STORY(HttpClient, CanBeAbortedWhileItConnects)
{
    const std::unique_ptr<Listener> listener = net::testing::listen(world);
    const Error silenced = listener->set_admission(Admission::silent);
    EXPECT_FALSE(silenced);
    Client client(world, {});
    OpenControl control;
    TaskGroup group(world.executor());
    group.spawn(abort_later(world, [&] { control.abort(); }));
    Client::Options options;
    options.control = &control;
    Request request = get("/");
    const auto exchange = co_await client.open(listener->endpoint(), std::move(request), options);
    EXPECT_EQ(in_words(exchange.error()), "connect: aborted");
    co_await group.join();
    Request again = get("/");
    const auto at_once = co_await client.open(listener->endpoint(), std::move(again), options);
    EXPECT_EQ(in_words(at_once.error()), "connect: aborted");
}

WORLD_STORY(HttpClient, GivesUpConnectingAtTheDeadline)
{
    const std::unique_ptr<Listener> listener = net::testing::listen(world);
    const Error silenced = listener->set_admission(Admission::silent);
    EXPECT_FALSE(silenced);
    Client client(world, {});
    Client::Options options;
    options.connect_deadline = world.clock().now() + 20ms;
    Request request = get("/");
    const auto exchange = co_await client.open(listener->endpoint(), std::move(request), options);
    EXPECT_EQ(exchange.error().phase, Phase::connect);
    EXPECT_EQ(exchange.error().error, asio::error::timed_out);
}

/// Reads the head of a request and then nothing more.
Task<void> takes_the_head_and_stops(RawPeer& peer)
{
    const std::string head = co_await peer.until("\r\n\r\n");
    Condition for_ever;
    const Wake wake = co_await for_ever.wait_quietly();
    EXPECT_EQ(wake, Wake::aborted);
}

WORLD_STORY(HttpClient, CanBeAbortedWhileItSends)
{
    ClientSettings settings;
    const std::vector<Script> scripts{takes_the_head_and_stops};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        OpenControl control;
        TaskGroup group(world.executor());
        group.spawn(abort_later(world, [&] { control.abort(); }));
        Client::Options options;
        options.control = &control;
        Request request = post("/", std::string(16 << 20, 'x'));
        const auto exchange = co_await client.open(to, std::move(request), options);
        EXPECT_EQ(in_words(exchange.error()), "send: aborted");
        co_await group.join();
    });
}

WORLD_STORY(HttpClient, CanBeAbortedWhileItWaitsForHeadOrBody)
{
    const Script begins = [](RawPeer& peer) -> Task<void> {
        const std::string head = co_await peer.until("\r\n\r\n");
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
        const std::string rest = co_await peer.rest();
    };
    const Script silent = takes_the_head_and_stops;
    ClientSettings settings;
    const std::vector<Script> scripts{silent, begins};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        for (const std::string broke : {"head: aborted", "body: aborted"}) {
            Client::Options options;
            Request request = get("/");
            auto exchange = co_await client.open(to, std::move(request), options);
            TaskGroup group(world.executor());
            group.spawn(abort_later(world, [&] { (*exchange)->abort(); }));
            const ExchangeOutcome outcome = co_await finish(**exchange);
            EXPECT_EQ(outcome.broke, broke);
            co_await group.join();
            const auto again = co_await (*exchange)->read_body();
            EXPECT_EQ(again.error(), asio::error::operation_aborted);
        }
    });
}

Task<void> ask_once(Client& client, Endpoint to)
{
    const ExchangeOutcome outcome = co_await exchange_with(client, std::move(to), get("/"));
    ADD_FAILURE() << "not cancelled: " << outcome.status << outcome.broke;
}

WORLD_STORY(HttpClient, IsResetWhenTheTaskThatAskedIsCancelled)
{
    bool asked = false;
    std::string ending;
    const Script script = [&](RawPeer& peer) -> Task<void> {
        const std::string request = co_await peer.until("\r\n\r\n");
        asked = true;
        const std::string all = co_await peer.rest();
        ending = peer.ending();
    };
    ClientSettings settings;
    const std::vector<Script> scripts{script};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        TaskGroup group(world.executor());
        group.spawn(ask_once(client, to));
        co_await eventually(world, [&] { return asked; });
        group.cancel();
        co_await group.join();
        co_await eventually(world, [&] { return !ending.empty(); });
        EXPECT_EQ(ending, "reset");
    });
}

WORLD_STORY(HttpClient, CancelledWhileItConnectsLeavesNothingBehind)
{
    const std::unique_ptr<Listener> listener = net::testing::listen(world);
    const Error silenced = listener->set_admission(Admission::silent);
    EXPECT_FALSE(silenced);
    Client client(world, {});
    TaskGroup group(world.executor());
    group.spawn(ask_once(client, listener->endpoint()));
    co_await sleep_for(world.clock(), 20ms);  // a connect that is never answered looks the same at any moment
    group.cancel();
    co_await group.join();
    EXPECT_EQ(client.idle_connections(), 0U);
}

WORLD_STORY(HttpClient, FetchesOrGivesUpAtTheDeadline)
{
    const Script slow = [](RawPeer& peer) -> Task<void> {
        const std::string head = co_await peer.until("\r\n\r\n");
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
        const std::string rest = co_await peer.rest();
    };
    const Script silent = takes_the_head_and_stops;
    ClientSettings settings;
    const std::vector<Script> scripts{answers(ok_hi), silent, slow};
    co_await with_script(world, settings, scripts, [&](Client& client, Endpoint to) -> Task<void> {
        Request request = get("/");
        const auto response = co_await client.fetch(to, std::move(request), never);
        EXPECT_EQ(response.value().body, "hi");
        client.close_idle();
        for (int i = 0; i < 2; ++i) {
            Request another = get("/");
            const auto late = co_await client.fetch(to, std::move(another), world.clock().now() + 20ms);
            EXPECT_EQ(late.error(), asio::error::timed_out);
        }
    });
}

TEST(Failure, IsThrownAsTheErrorItHolds)
{
    const boost::system::result<int, Failure> broken = Failure{Phase::send, asio::error::broken_pipe, false};
    EXPECT_THROW((void)broken.value(), boost::system::system_error);
}

}  // namespace
}  // namespace chaos::net::http
