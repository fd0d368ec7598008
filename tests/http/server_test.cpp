// The server, told from the wire: raw bytes in, raw bytes out, in both worlds.
#include "net/http/server.hpp"

#include "tests/http/peers.hpp"

namespace chaos::net::http {
namespace {

using namespace testing;

template <class World>
using HttpServer = InBothWorlds<World>;
TYPED_TEST_SUITE(HttpServer, AllWorlds, WorldNames);

/// Says what it was asked.
Task<void> echo(ServerExchange& exchange)
{
    const Request& request = exchange.request();
    Response response = text(request.head.method + " " + request.head.target + " " + request.body);
    const Error error = co_await exchange.respond(std::move(response));
    EXPECT_FALSE(error);
}

Task<void> stream_abc(ServerExchange& exchange)
{
    ResponseHead head;
    Error error = co_await exchange.start(std::move(head));
    for (const std::string_view piece : {"a", "", "bc"}) {
        if (!error) error = co_await exchange.send(piece);
    }
    if (!error) error = co_await exchange.finish();
    EXPECT_FALSE(error);
}

Task<void> nothing(ServerExchange&)
{
    co_return;
}

WORLD_STORY(HttpServer, AnswersRequestAfterRequestOnOneConnection)
{
    ServerSettings settings;
    co_await with_server(world, settings, echo, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        for (const std::string target : {"/1", "/2"}) {
            co_await client.send("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
            const std::string answer = co_await client.until(target + " ");
            EXPECT_EQ(without_date(answer), "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nGET " + target + " ");
        }
        EXPECT_EQ(server.open_connections(), 1U);
    });
}

WORLD_STORY(HttpServer, WritesTheDateOfItsWorld)
{
    ServerSettings settings;
    co_await with_server(world, settings, nothing, [&](Server& server) -> Task<void> {
        (void)server;
        co_return;
    });
    co_await with_server(world, settings, echo, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        const WallTime before = world.wall().now();
        co_await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        const std::string answer = co_await client.until("\r\n\r\n");
        const std::size_t at = answer.find("date: ") + 6;
        const auto date = parse_http_date(answer.substr(at, answer.find("\r\n", at) - at));
        EXPECT_TRUE(date && *date > before - 2s && *date < before + 2s) << answer;
    });
}

WORLD_STORY(HttpServer, ManyRequestsAtOnceOnOneConnectionDoNotHoldUpAnother)
{
    constexpr int many = 500;
    int answered = 0;
    int answered_before_the_other = many;
    const Handler handler = [&](ServerExchange& exchange) -> Task<void> {
        if (exchange.request().head.target == "/other") {
            answered_before_the_other = answered;
        } else {
            ++answered;
        }
        Response response = text(exchange.request().head.method + " " + exchange.request().head.target + " ");
        const Error ignored = co_await exchange.respond(std::move(response));  // the greedy one leaves unanswered
        static_cast<void>(ignored);
    };
    ServerSettings settings;
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer greedy = co_await connect_raw(world, server.endpoint());
        RawPeer other = co_await connect_raw(world, server.endpoint());
        std::string requests;
        for (int i = 0; i < many; ++i) requests += "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        co_await greedy.send(requests);
        co_await other.send("GET /other HTTP/1.1\r\nHost: h\r\n\r\n");
        const std::string answer = co_await other.until("GET /other ");
        EXPECT_FALSE(answer.empty());
        EXPECT_LT(answered_before_the_other, many / 2);
    });
}

WORLD_STORY(HttpServer, AForgottenRequestHoldsNothingAndIsAnsweredAllTheSame)
{
    std::size_t held = 0;
    const Handler handler = [&](ServerExchange& exchange) -> Task<void> {
        exchange.forget_request();
        held = exchange.request().body.capacity() + exchange.request().head.headers.size();
        return echo(exchange);
    };
    ServerSettings settings;
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
        const std::string answer = co_await client.until("POST /1 ");
        EXPECT_FALSE(answer.empty());
        EXPECT_EQ(held, std::string().capacity());
    });
}

WORLD_STORY(HttpServer, AnswersPipelinedRequestsInOrder)
{
    ServerSettings settings;
    co_await with_server(world, settings, echo, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        std::string requests;
        std::string answers;
        for (int i = 0; i < 20; ++i) {
            requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx";
        }
        requests += "GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        co_await client.send(requests);
        const std::string all = co_await client.rest();
        EXPECT_EQ(client.ending(), "fin");
        std::size_t at = 0;
        for (int i = 0; i < 20; ++i) {
            at = all.find("POST /" + std::to_string(i) + " x", at);
            EXPECT_NE(at, std::string::npos) << i;
        }
        EXPECT_NE(all.find("connection: close\r\n\r\nGET /last "), std::string::npos) << all;
    });
}

WORLD_STORY(HttpServer, ReadsBodiesOfEveryFraming)
{
    ServerSettings settings;
    co_await with_server(world, settings, echo, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel");
        co_await client.send("lo");
        EXPECT_EQ((co_await client.until("PUT /a hello")).substr(0, 12), "HTTP/1.1 200");
        co_await client.send("PUT /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n");
        co_await client.send("2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n");
        EXPECT_EQ((co_await client.until("PUT /b hello")).substr(0, 12), "HTTP/1.1 200");
    });
}

WORLD_STORY(HttpServer, ReadsALargeBodyThroughABoundedBuffer)
{
    ServerSettings settings;
    std::string received;
    const auto keep = [&](ServerExchange& exchange) -> Task<void> {
        received = exchange.request().body;
        co_await echo(exchange);
    };
    co_await with_server(world, settings, keep, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        std::string body(1024 * 1024, '\0');
        for (std::size_t i = 0; i < body.size(); ++i) {
            body[i] = static_cast<char>(i * 31 + i / 256);
        }
        co_await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n");
        co_await client.send(body);
        const std::string answer = co_await client.until("\r\n\r\nPOST / ");
        EXPECT_TRUE(co_await client.exactly(body.size()) == body);
        EXPECT_TRUE(received == body);
    });
}

WORLD_STORY(HttpServer, ContinuesWhenTheClientWaitsForThat)
{
    ServerSettings settings;
    co_await with_server(world, settings, echo, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        EXPECT_EQ(co_await client.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
        co_await client.send("hi");
        EXPECT_EQ(without_date(co_await client.until("POST /x hi")),
                  "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nPOST /x hi");
    });
}

WORLD_STORY(HttpServer, AnswersHeadWithTheLengthOnly)
{
    ServerSettings settings;
    co_await with_server(world, settings, echo, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        EXPECT_EQ(without_date(co_await client.rest()),
                  "HTTP/1.1 200 OK\r\ncontent-length: 8\r\nconnection: close\r\n\r\n");
    });
}

WORLD_STORY(HttpServer, WritesNoBodyWhereThereIsNone)
{
    ServerSettings settings;
    const auto handler = [](ServerExchange& exchange) -> Task<void> {
        Response response = text("ignored", std::stoi(exchange.request().head.target.substr(1)));
        const Error error = co_await exchange.respond(std::move(response));
        EXPECT_FALSE(error);
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("GET /204 HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(without_date(co_await client.until("\r\n\r\n")), "HTTP/1.1 204 No Content\r\n\r\n");
        co_await client.send("GET /304 HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(without_date(co_await client.until("\r\n\r\n")), "HTTP/1.1 304 Not Modified\r\n\r\n");
        co_await client.send("GET /529 HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(without_date(co_await client.until("ignored")), "HTTP/1.1 529 \r\ncontent-length: 7\r\n\r\nignored");
    });
}

WORLD_STORY(HttpServer, KeepsTheFramingItsOwn)
{
    ServerSettings settings;
    const auto handler = [](ServerExchange& exchange) -> Task<void> {
        Response response = text("body");
        response.head.headers = {
            {"Content-Length", "99"}, {"Transfer-Encoding", "chunked"}, {"X-Kept", "yes"}, {"Date", "then"}};
        const Error error = co_await exchange.respond(std::move(response));
        EXPECT_FALSE(error);
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(co_await client.until("body"),
                  "HTTP/1.1 200 OK\r\nX-Kept: yes\r\nDate: then\r\ncontent-length: 4\r\n\r\nbody");
    });
}

WORLD_STORY(HttpServer, StreamsChunks)
{
    ServerSettings settings;
    co_await with_server(world, settings, stream_abc, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        for (int i = 0; i < 2; ++i) {
            co_await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            EXPECT_EQ(without_date(co_await client.until("\r\n0\r\n\r\n")),
                      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n");
        }
        co_await client.send(
            "HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        EXPECT_EQ(without_date(co_await client.until("\r\n\r\n")),
                  "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        EXPECT_EQ(
            without_date(co_await client.rest()),
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n");
    });
}

WORLD_STORY(HttpServer, SpeaksHttp10WithThoseWhoDo)
{
    ServerSettings settings;
    co_await with_server(world, settings, stream_abc, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("GET / HTTP/1.0\r\n\r\n");
        EXPECT_EQ(without_date(co_await client.rest()), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc");
    });
    co_await with_server(world, settings, echo, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        EXPECT_EQ(without_date(co_await client.until("GET / ")),
                  "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: keep-alive\r\n\r\nGET / ");
        co_await client.send("GET / HTTP/1.0\r\n\r\n");
        EXPECT_EQ(without_date(co_await client.rest()),
                  "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\nGET / ");
    });
}

WORLD_STORY(HttpServer, ClosesWhenTheHandlerSaysSo)
{
    ServerSettings settings;
    const auto handler = [](ServerExchange& exchange) -> Task<void> {
        Response response = text("x");
        response.head.headers.add("Connection", "close");
        const Error error = co_await exchange.respond(std::move(response));
        EXPECT_FALSE(error);
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(without_date(co_await client.rest()),
                  "HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 1\r\n\r\nx");
        EXPECT_EQ(client.ending(), "fin");
    });
}

WORLD_STORY(HttpServer, CountsConnectionsAndTheirRequests)
{
    ServerSettings settings;
    const auto handler = [](ServerExchange& exchange) -> Task<void> {
        Response response =
            text(std::to_string(exchange.connection()) + "." + std::to_string(exchange.request_on_connection()) + ";");
        const Error error = co_await exchange.respond(std::move(response));
        EXPECT_FALSE(error);
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        RawPeer first = co_await connect_raw(world, server.endpoint());
        co_await first.send(request + request);
        EXPECT_TRUE((co_await first.until(";")).ends_with("1.1;"));
        EXPECT_TRUE((co_await first.until(";")).ends_with("1.2;"));
        RawPeer second = co_await connect_raw(world, server.endpoint());
        co_await second.send(request);
        EXPECT_TRUE((co_await second.until(";")).ends_with("2.1;"));
    });
}

struct Refused {
    std::string request;
    std::string answer;
};

WORLD_STORY(HttpServer, RefusesWhatIsMalformedOrTooLarge)
{
    ServerSettings settings;
    settings.limits.head_bytes = 100;
    settings.limits.body_bytes = 10;
    settings.error_page = [](int status, std::string_view why) { return text(std::string(why), status); };
    const Refused table[] = {
        {"NONSENSE\r\n\r\n", "HTTP/1.1 400 Bad Request\r\ncontent-length: 10\r\nconnection: close\r\n\r\nbad method"},
        {"GET / HTTP/1.1\r\n\r\n",
         "HTTP/1.1 400 Bad Request\r\ncontent-length: 9\r\nconnection: close\r\n\r\nbad field"},
        {"GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(100, 'x') + "\r\n\r\n",
         "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 21\r\nconnection: close\r\n\r\nheader limit "
         "exceeded"},
        {"GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(300'000, 'x'),
         "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 21\r\nconnection: close\r\n\r\nheader limit "
         "exceeded"},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n" + std::string(300'000, 'x'),
         "HTTP/1.1 413 Content Too Large\r\ncontent-length: 19\r\nconnection: close\r\n\r\nbody limit exceeded"},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n2\r\nab\r\n",
         "HTTP/1.1 413 Content Too Large\r\ncontent-length: 19\r\nconnection: close\r\n\r\nbody limit exceeded"},
    };
    const auto never_called = [](ServerExchange& exchange) -> Task<void> {
        ADD_FAILURE() << exchange.request().head.target;
        co_return;
    };
    for (const Refused& row : table) {
        co_await with_server(world, settings, never_called, [&](Server& server) -> Task<void> {
            RawPeer client = co_await connect_raw(world, server.endpoint());
            co_await client.send(row.request);
            EXPECT_EQ(without_date(co_await client.rest()), row.answer) << row.request.substr(0, 80);
            EXPECT_EQ(client.ending(), "fin") << row.request.substr(0, 80);
        });
    }
}

WORLD_STORY(HttpServer, HasAPlainErrorPage)
{
    ServerSettings settings;
    co_await with_server(world, settings, echo, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("GET / HTTP/3.7\r\n\r\n");
        EXPECT_EQ(without_date(co_await client.rest()),
                  "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 12\r\n"
                  "connection: close\r\n\r\nbad version\n");
    });
}

/// Sends a byte a millisecond until the server has had enough.
Task<void> drip(Runtime& world, RawPeer& client, std::string bytes)
{
    for (const char byte : bytes) {
        const std::string one(1, byte);
        const Error error = co_await client.stream().write(one);
        if (error) {
            break;
        }
        co_await sleep_for(world.clock(), 1ms);
    }
}

WORLD_STORY(HttpServer, EndsAHeadThatNeverEnds)
{
    ServerSettings settings;
    settings.limits.head_timeout = 30ms;
    co_await with_server(world, settings, echo, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        const Instant start = world.clock().now();
        TaskGroup group(world.executor());
        group.spawn(drip(world, client, "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(100'000, 'x')));
        const std::string answer = co_await client.until("\r\n");
        const Duration taken = world.clock().now() - start;
        EXPECT_EQ(answer, "HTTP/1.1 408 Request Timeout\r\n");
        EXPECT_GE(taken, 30ms);
        EXPECT_TRUE(!world.simulated() || taken < 32ms);
        group.cancel();
        co_await group.join();
    });
}

WORLD_STORY(HttpServer, EndsABodyThatNeverEnds)
{
    ServerSettings settings;
    settings.limits.body_timeout = 30ms;
    co_await with_server(world, settings, echo, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123456789");
        EXPECT_EQ(co_await client.until("\r\n"), "HTTP/1.1 408 Request Timeout\r\n");
    });
}

WORLD_STORY(HttpServer, LeavesAnIdleConnectionWithoutAWord)
{
    ServerSettings settings;
    settings.limits.idle_timeout = 20ms;
    co_await with_server(world, settings, echo, [&](Server& server) -> Task<void> {
        RawPeer silent = co_await connect_raw(world, server.endpoint());
        EXPECT_EQ(co_await silent.rest(), "");
        EXPECT_EQ(silent.ending(), "fin");
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_TRUE((co_await client.until("GET / ")).ends_with("GET / "));
        EXPECT_EQ(co_await client.rest(), "");
        EXPECT_EQ(client.ending(), "fin");
    });
}

WORLD_STORY(HttpServer, ClosesWhenAHandlerSaysNothing)
{
    ServerSettings settings;
    co_await with_server(world, settings, nothing, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(co_await client.rest(), "");
        EXPECT_EQ(client.ending(), "fin");
    });
}

WORLD_STORY(HttpServer, LeavesAStreamThatAHandlerDidNotFinishUnfinished)
{
    ServerSettings settings;
    const auto handler = [](ServerExchange& exchange) -> Task<void> {
        ResponseHead head;
        const Error started = co_await exchange.start(std::move(head));
        const Error sent = co_await exchange.send("part");
        EXPECT_FALSE(started || sent);
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_TRUE((co_await client.rest()).ends_with("\r\n\r\n4\r\npart\r\n"));
        EXPECT_EQ(client.ending(), "fin");
    });
}

WORLD_STORY(HttpServer, Answers500ForAHandlerThatThrows)
{
    ServerSettings settings;
    std::vector<std::string> problems;
    settings.on_handler_problem = [&](std::string_view what) { problems.emplace_back(what); };
    const auto handler = [](ServerExchange& exchange) -> Task<void> {
        if (exchange.request().head.target == "/late") {
            ResponseHead head;
            const Error error = co_await exchange.start(std::move(head));
            EXPECT_FALSE(error);
            co_await exchange.drained();
        }
        throw std::runtime_error("secret detail");
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer early = co_await connect_raw(world, server.endpoint());
        co_await early.send("GET /early HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(
            without_date(co_await early.rest()),
            "HTTP/1.1 500 Internal Server Error\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 15\r\n"
            "connection: close\r\n\r\ninternal error\n");
        RawPeer late = co_await connect_raw(world, server.endpoint());
        co_await late.send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_TRUE((co_await late.rest()).ends_with("\r\n\r\n"));
        EXPECT_EQ(late.ending(), "reset");
        RawPeer other = co_await connect_raw(world, server.endpoint());
        co_await other.send("GET /early HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_TRUE((co_await other.rest()).starts_with("HTTP/1.1 500"));
    });
    EXPECT_EQ(problems, (std::vector<std::string>{"secret detail", "secret detail", "secret detail"}));
}

WORLD_STORY(HttpServer, TakesWrongOrderForABug)
{
    ServerSettings settings;
    std::string problem;
    settings.on_handler_problem = [&](std::string_view what) { problem = what; };
    const auto handler = [](ServerExchange& exchange) -> Task<void> {
        const Error error = co_await exchange.send("too early");
        EXPECT_FALSE(error);
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_TRUE((co_await client.rest()).starts_with("HTTP/1.1 500"));
    });
    EXPECT_EQ(problem, "send() before start()");
}

WORLD_STORY(HttpServer, SendsRawBytesAndThenClosesOrNot)
{
    ServerSettings settings;
    const auto handler = [](ServerExchange& exchange) -> Task<void> {
        const Error error = co_await exchange.send_raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw");
        EXPECT_FALSE(error);
        if (exchange.request().head.target == "/keep") {
            exchange.keep_after_raw();
        }
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw";
        co_await client.send("GET /keep HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(co_await client.until("raw"), answer);
        co_await client.send("GET /close HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(co_await client.rest(), answer);
        EXPECT_EQ(client.ending(), "fin");
    });
}

WORLD_STORY(HttpServer, ResetsAfterWhatWasSentHasArrived)
{
    ServerSettings settings;
    const auto handler = [](ServerExchange& exchange) -> Task<void> {
        ResponseHead head;
        const Error started = co_await exchange.start(std::move(head));
        const std::string bytes(40'000, 'x');
        const Error sent = co_await exchange.send(bytes);
        EXPECT_FALSE(started || sent);
        co_await exchange.drained();
        exchange.close(Close::reset);
        const Error after = co_await exchange.send("after the end");
        EXPECT_EQ(after, asio::error::operation_aborted);
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        const std::string head = co_await client.until("\r\n\r\n");
        EXPECT_EQ((co_await client.rest()).size(), 40'000U + 8);
        EXPECT_EQ(client.ending(), "reset");
    });
}

WORLD_STORY(HttpServer, TellsThatTheClientHasGone)
{
    ServerSettings settings;
    std::vector<std::string> log;
    bool in_handler = false;
    const auto handler = [&](ServerExchange& exchange) -> Task<void> {
        in_handler = true;
        EXPECT_FALSE(exchange.client_gone());
        exchange.on_client_gone([&] { log.emplace_back("told"); });
        co_await exchange.until_client_gone();
        log.emplace_back(exchange.client_gone() ? "gone" : "still there");
        exchange.on_client_gone([&] { log.emplace_back("told again, too late"); });
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        for (const Close how : {Close::fin, Close::reset}) {
            RawPeer client = co_await connect_raw(world, server.endpoint());
            co_await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            while (!in_handler) {
                co_await sleep_for(world.clock(), 1ms);
            }
            client.stream().close(how);
            while (log.size() < 3) {
                co_await sleep_for(world.clock(), 1ms);
            }
            EXPECT_EQ(log, (std::vector<std::string>{"told", "gone", "told again, too late"}));
            log.clear();
            in_handler = false;
        }
    });
}

WORLD_STORY(HttpServer, HoldsAHandlersSendUntilTheClientReadsOrLeaves)
{
    ServerSettings settings;
    const std::size_t pieces = world.simulated() ? 32 : 256;  // the kernel's buffers take megabytes
    Error last;
    std::size_t sent = 0;
    bool ended = false;
    const auto handler = [&](ServerExchange& exchange) -> Task<void> {
        sent = 0;
        ended = false;
        ResponseHead head;
        last = co_await exchange.start(std::move(head));
        const std::string piece(64 * 1024, 'x');
        while (!last && sent < pieces) {
            last = co_await exchange.send(piece);
            ++sent;
        }
        if (!last) last = co_await exchange.finish();
        ended = true;
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer reads_late = co_await connect_raw(world, server.endpoint());
        co_await reads_late.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        co_await sleep_for(world.clock(), 50ms);
        EXPECT_LT(sent, pieces * 3 / 4);
        EXPECT_FALSE(ended);
        const std::string all = co_await reads_late.until("\r\n0\r\n\r\n");
        EXPECT_GT(all.size(), pieces * 64 * 1024);
        EXPECT_TRUE(ended && !last);

        RawPeer leaves = co_await connect_raw(world, server.endpoint());
        co_await leaves.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        co_await sleep_for(world.clock(), 50ms);
        EXPECT_FALSE(ended);
        leaves.stream().close(Close::reset);
        while (!ended) {
            co_await sleep_for(world.clock(), 1ms);
        }
        EXPECT_TRUE(last);
    });
}

WORLD_STORY(HttpServer, ResetsAHalfClosedClientThatDoesNotRead)
{
    ServerSettings settings;
    settings.limits.idle_timeout = 50ms;
    Error last;
    bool ended = false;
    const auto handler = [&](ServerExchange& exchange) -> Task<void> {
        ResponseHead head;
        last = co_await exchange.start(std::move(head));
        const std::string piece(64 * 1024, 'x');
        while (!last) {
            last = co_await exchange.send(piece);
        }
        ended = true;
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        client.stream().shutdown_write();
        while (!ended) {
            co_await sleep_for(world.clock(), 1ms);
        }
        EXPECT_EQ(last, asio::error::operation_aborted);
    });
}

WORLD_STORY(HttpServer, AnswersAClientThatHalfClosed)
{
    ServerSettings settings;
    co_await with_server(world, settings, echo, [&](Server& server) -> Task<void> {
        RawPeer client = co_await connect_raw(world, server.endpoint());
        co_await client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
        client.stream().shutdown_write();
        EXPECT_TRUE((co_await client.rest()).ends_with("\r\n\r\nGET /x "));
        EXPECT_EQ(client.ending(), "fin");
    });
}

WORLD_STORY(HttpServer, ServesNoMoreConnectionsThanItMay)
{
    ServerSettings settings;
    settings.limits.connections = 2;
    co_await with_server(world, settings, echo, [&](Server& server) -> Task<void> {
        const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        RawPeer first = co_await connect_raw(world, server.endpoint());
        RawPeer second = co_await connect_raw(world, server.endpoint());
        RawPeer third = co_await connect_raw(world, server.endpoint());
        co_await first.send(request);
        co_await second.send(request);
        co_await third.send(request);
        EXPECT_TRUE((co_await first.until("GET / ")).ends_with("GET / "));
        EXPECT_TRUE((co_await second.until("GET / ")).ends_with("GET / "));
        EXPECT_EQ(server.open_connections(), 2U);
        first.stream().close(Close::fin);
        EXPECT_TRUE((co_await third.until("GET / ")).ends_with("GET / "));
        EXPECT_EQ(server.open_connections(), 2U);
    });
}

WORLD_STORY(HttpServer, FinishesWhatItIsDoingWhenStoppedGracefully)
{
    ServerSettings settings;
    Condition release;
    bool released = false;
    bool in_handler = false;
    const auto handler = [&](ServerExchange& exchange) -> Task<void> {
        in_handler = true;
        while (!released) {
            co_await release.wait();
        }
        co_await echo(exchange);
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer idle = co_await connect_raw(world, server.endpoint());
        RawPeer busy = co_await connect_raw(world, server.endpoint());
        co_await busy.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
        while (!in_handler) {
            co_await sleep_for(world.clock(), 1ms);
        }
        server.stop(true);
        EXPECT_EQ(co_await idle.rest(), "");
        EXPECT_EQ(idle.ending(), "fin");
        Result<StreamPtr> late = co_await world.network().connect(server.endpoint(), never);
        EXPECT_FALSE(late);
        released = true;
        release.notify_all();
        EXPECT_EQ(without_date(co_await busy.rest()),
                  "HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\nGET /1 ");
        EXPECT_EQ(busy.ending(), "fin");
    });
}

WORLD_STORY(HttpServer, ResetsAndCancelsWhenStoppedAtOnce)
{
    ServerSettings settings;
    Condition release;
    std::string handler_saw;
    settings.on_handler_problem = [&](std::string_view what) { ADD_FAILURE() << what; };
    bool in_handler = false;
    const auto handler = [&](ServerExchange&) -> Task<void> {
        in_handler = true;
        const Wake wake = co_await release.wait_quietly();
        handler_saw = wake == Wake::aborted ? "cancelled" : "released";
    };
    co_await with_server(world, settings, handler, [&](Server& server) -> Task<void> {
        RawPeer idle = co_await connect_raw(world, server.endpoint());
        RawPeer busy = co_await connect_raw(world, server.endpoint());
        co_await busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        while (!in_handler) {
            co_await sleep_for(world.clock(), 1ms);
        }
        server.stop();
        EXPECT_EQ(co_await idle.rest(), "");
        EXPECT_EQ(co_await busy.rest(), "");
        EXPECT_EQ(busy.ending(), "reset");
        EXPECT_EQ(idle.ending(), "reset");
    });
    EXPECT_EQ(handler_saw, "cancelled");
}

/// Counts the writes that go through it.
class CountingStream final : public Stream {
public:
    CountingStream(StreamPtr inner, int& writes) : inner_(std::move(inner)), writes_(writes) {}
    Task<Result<std::size_t>> read_some(std::span<char> into) override { return inner_->read_some(into); }
    Task<Error> write(std::string_view bytes) override
    {
        ++writes_;
        return inner_->write(bytes);
    }
    Task<void> drained() override { return inner_->drained(); }
    void shutdown_write() override { inner_->shutdown_write(); }
    void close(Close how) override { inner_->close(how); }
    void cancel() override { inner_->cancel(); }
    void cancel_read() override { inner_->cancel_read(); }

private:
    StreamPtr inner_;
    int& writes_;
};

WORLD_STORY(HttpServer, WritesOnceForEachCall)
{
    int writes = 0;
    for (const Handler& handler : {Handler(stream_abc), Handler(echo)}) {
        Server server(world, net::testing::listen(world), {}, handler);
        server.wrap_streams(
            [&](StreamPtr stream) { return std::make_unique<CountingStream>(std::move(stream), writes); });
        co_await beside(
            world, server.serve(), [&] { server.stop(); },
            [&]() -> Task<void> {
                RawPeer client = co_await connect_raw(world, server.endpoint());
                co_await client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
                const std::string all = co_await client.rest();
            });
    }
    EXPECT_EQ(writes, 4 + 1);  // the streamed head, two pieces that are not empty, the end; and a whole response
}

WORLD_STORY(HttpServer, EndsWhenTheTaskThatServesIsCancelled)
{
    Server server(world, net::testing::listen(world), {},
                  [](ServerExchange& exchange) -> Task<void> { co_await exchange.until_client_gone(); });
    TaskGroup group(world.executor());
    group.spawn(server.serve());
    RawPeer client = co_await connect_raw(world, server.endpoint());
    co_await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    co_await sleep_for(world.clock(), 5ms);
    group.cancel();
    co_await group.join();
    EXPECT_EQ(co_await client.rest(), "");
    EXPECT_EQ(client.ending(), "reset");
    EXPECT_EQ(server.open_connections(), 0U);
}

}  // namespace
}  // namespace chaos::net::http
