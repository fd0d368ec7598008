// An independent witness on real sockets: cpp-httplib as client of our server and as server of our client.
#include <httplib.h>

#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "tests/http/peers.hpp"

namespace chaos::net::http {
namespace {

using namespace testing;

const std::string& a_mebibyte()
{
    static const std::string bytes = [] {
        std::string text(1 << 20, '\0');
        for (std::size_t i = 0; i < text.size(); ++i) {
            text[i] = static_cast<char>(i * 13 + i / 251);
        }
        return text;
    }();
    return bytes;
}

/// Runs blocking code in a thread of its own, while the loop goes on.
Task<void> in_a_thread(std::function<void()> blocking)
{
    Running& me = co_await this_task();
    const Executor executor = me.scheduler().executor();
    Condition ended;
    bool done = false;
    std::thread thread([&] {
        blocking();
        asio::post(executor, [&] {
            done = true;
            ended.notify_all();
        });
    });
    while (!done) {
        const Wake wake = co_await ended.wait_quietly(Waiter::Shield::yes);
        EXPECT_EQ(wake, Wake::notified);
    }
    thread.join();
}

using WitnessStory = std::function<void(httplib::Client&)>;

Task<void> witness_asks(Runtime& world, Handler handler, WitnessStory story)
{
    ServerSettings settings;
    co_await with_server(world, settings, std::move(handler), [&](Server& server) -> Task<void> {
        const int port = server.endpoint().port;
        co_await in_a_thread([&story, port] {
            httplib::Client client("127.0.0.1", port);
            story(client);
        });
    });
}

/// Answers with the request's body, streamed in pieces if the path says so.
Task<void> mirror(ServerExchange& exchange)
{
    const Request& request = exchange.request();
    if (request.head.target != "/streamed") {
        Response response = text(request.body.empty() ? request.head.target : request.body);
        response.head.headers.add("x-connection", std::to_string(exchange.connection()));
        const Error error = co_await exchange.respond(std::move(response));
        EXPECT_FALSE(error);
        co_return;
    }
    ResponseHead head;
    Error error = co_await exchange.start(std::move(head));
    std::string_view rest = request.body;
    for (std::size_t size = 1; !rest.empty() && !error; size = size * 2 + 1) {
        const std::string_view piece = rest.substr(0, size);
        error = co_await exchange.send(piece);
        rest.remove_prefix(piece.size());
    }
    if (!error) error = co_await exchange.finish();
    EXPECT_FALSE(error);
}

TEST(WitnessAsClient, GetsPostsAndKeepsTheConnection)
{
    Reality world;
    world.run(witness_asks(world, mirror, [](httplib::Client& client) {
        client.set_keep_alive(true);
        for (int i = 0; i < 5; ++i) {
            const auto got = client.Get("/path?x=" + std::to_string(i));
            ASSERT_TRUE(got);
            EXPECT_EQ(got->status, 200);
            EXPECT_EQ(got->body, "/path?x=" + std::to_string(i));
            EXPECT_EQ(got->get_header_value("x-connection"), "1");
            const auto posted = client.Post("/", "{\"a\":1}", "application/json");
            ASSERT_TRUE(posted);
            EXPECT_EQ(posted->body, "{\"a\":1}");
            EXPECT_EQ(posted->get_header_value("x-connection"), "1");
        }
        const auto head = client.Head("/");
        ASSERT_TRUE(head);
        EXPECT_EQ(head->get_header_value("Content-Length"), "1");
    }));
}

TEST(WitnessAsClient, ClosesWhenItWantsTo)
{
    Reality world;
    world.run(witness_asks(world, mirror, [](httplib::Client& client) {
        for (int i = 1; i <= 3; ++i) {
            const auto got = client.Get("/");
            ASSERT_TRUE(got);
            EXPECT_EQ(got->get_header_value("x-connection"), std::to_string(i));
            EXPECT_EQ(got->get_header_value("Connection"), "close");
        }
    }));
}

TEST(WitnessAsClient, ReadsChunksAndSendsThem)
{
    Reality world;
    world.run(witness_asks(world, mirror, [](httplib::Client& client) {
        client.set_keep_alive(true);
        const auto streamed = client.Post("/streamed", a_mebibyte(), "application/octet-stream");
        ASSERT_TRUE(streamed);
        EXPECT_EQ(streamed->get_header_value("Transfer-Encoding"), "chunked");
        EXPECT_TRUE(streamed->body == a_mebibyte());
        const auto chunks = [](std::size_t offset, httplib::DataSink& sink) {
            const std::size_t size = std::min<std::size_t>(1000 + offset / 3, a_mebibyte().size() - offset);
            sink.write(a_mebibyte().data() + offset, size);
            if (offset + size == a_mebibyte().size()) {
                sink.done();
            }
            return true;
        };
        const auto sent = client.Post("/", chunks, "application/octet-stream");
        ASSERT_TRUE(sent);
        EXPECT_TRUE(sent->body == a_mebibyte());
    }));
}

TEST(WitnessAsClient, IsSeenLeavingInTheMiddleOfAStream)
{
    Reality world;
    std::promise<void> seen;
    const auto endless = [&](ServerExchange& exchange) -> Task<void> {
        exchange.on_client_gone([&] { seen.set_value(); });
        ResponseHead head;
        Error last = co_await exchange.start(std::move(head));
        while (!last) {
            last = co_await exchange.send(a_mebibyte());
        }
        co_await exchange.until_client_gone();  // a failed write may be seen before the read that fails with it
    };
    world.run(witness_asks(world, endless, [&](httplib::Client& client) {
        std::size_t received = 0;
        const auto got = client.Get("/", [&](const char*, std::size_t size) { return (received += size) < 10'000; });
        EXPECT_FALSE(got);
        EXPECT_GE(received, 10'000U);
        EXPECT_EQ(seen.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
    }));
}

TEST(WitnessAsClient, UnderstandsRefusals)
{
    Reality world;
    world.run(witness_asks(world, mirror, [](httplib::Client& client) {
        httplib::Headers headers;
        headers.emplace("X-Large", std::string(100'000, 'x'));
        const auto got = client.Get("/", headers);
        ASSERT_TRUE(got) << httplib::to_string(got.error());
        EXPECT_EQ(got->status, 431);
    }));
}

using OurStory = std::function<Task<void>(Client&, Endpoint)>;

Task<void> witness_answers(Runtime& world, std::function<void(httplib::Server&)> prepare, OurStory story)
{
    httplib::Server server;
    prepare(server);
    Endpoint endpoint;
    endpoint.port = static_cast<std::uint16_t>(server.bind_to_any_port("127.0.0.1"));
    std::thread thread([&] { server.listen_after_bind(); });
    std::exception_ptr problem;
    Client client(world, {});
    try {
        co_await story(client, endpoint);
    } catch (...) {
        problem = std::current_exception();
    }
    client.close_idle();
    server.stop();
    thread.join();
    if (problem) {
        std::rethrow_exception(problem);
    }
}

void mirrors(httplib::Server& server)
{
    server.set_keep_alive_max_count(100);
    server.Get("/hello", [](const httplib::Request&, httplib::Response& response) {
        response.set_content("hello", "text/plain");
    });
    server.Post("/mirror", [](const httplib::Request& request, httplib::Response& response) {
        response.set_content(request.body, "application/octet-stream");
    });
    server.Post("/streamed", [](const httplib::Request& request, httplib::Response& response) {
        response.set_chunked_content_provider(
            "application/octet-stream", [body = request.body](std::size_t offset, httplib::DataSink& sink) {
                const std::size_t size = std::min<std::size_t>(offset + 1, body.size() - offset);
                sink.write(body.data() + offset, size);
                if (offset + size == body.size()) {
                    sink.done();
                }
                return true;
            });
    });
    server.Get("/breaks", [](const httplib::Request&, httplib::Response& response) {
        response.set_chunked_content_provider("text/plain", [](std::size_t offset, httplib::DataSink& sink) {
            sink.write("part", 4);
            return offset < 8;
        });
    });
}

TEST(WitnessAsServer, AnswersOverOneConnection)
{
    Reality world;
    world.run(witness_answers(world, mirrors, [&](Client& client, Endpoint to) -> Task<void> {
        for (int i = 0; i < 5; ++i) {
            Request hello = get("/hello");
            const auto got = co_await client.fetch(to, std::move(hello), world.clock().now() + 30s);
            EXPECT_EQ(got.value().body, "hello");
            Request large = post("/mirror", a_mebibyte());
            const auto posted = co_await client.fetch(to, std::move(large), world.clock().now() + 30s);
            EXPECT_TRUE(posted.value().body == a_mebibyte());
            EXPECT_EQ(client.idle_connections(), 1U);
        }
        Request unknown = get("/unknown");
        const auto missing = co_await client.fetch(to, std::move(unknown), world.clock().now() + 30s);
        EXPECT_EQ(missing.value().head.status, 404);
        Request head = get("/hello");
        head.head.method = "HEAD";
        const auto headed = co_await client.fetch(to, std::move(head), world.clock().now() + 30s);
        EXPECT_EQ(headed.value().head.headers.find("content-length"), "5");
        EXPECT_EQ(client.idle_connections(), 1U);
    }));
}

TEST(WitnessAsServer, UnderstandsOurChunksAndSendsItsOwn)
{
    Reality world;
    world.run(witness_answers(world, mirrors, [&](Client& client, Endpoint to) -> Task<void> {
        Request chunked = post("/streamed", "");
        chunked.head.headers.add("transfer-encoding", "chunked");
        for (std::size_t at = 0; at < a_mebibyte().size(); at += 4096) {
            chunked.body += encode_chunk(std::string_view(a_mebibyte()).substr(at, 4096));
        }
        chunked.body += last_chunk;
        const auto response = co_await client.fetch(to, std::move(chunked), world.clock().now() + 30s);
        EXPECT_EQ(response.value().head.headers.find("transfer-encoding"), "chunked");
        EXPECT_TRUE(response.value().body == a_mebibyte());
        EXPECT_EQ(client.idle_connections(), 1U);
    }));
}

TEST(WitnessAsServer, IsNotTakenForCompleteWhenItBreaksOff)
{
    Reality world;
    world.run(witness_answers(world, mirrors, [&](Client& client, Endpoint to) -> Task<void> {
        Request request = get("/breaks");
        const auto response = co_await client.fetch(to, std::move(request), world.clock().now() + 30s);
        EXPECT_TRUE(is_truncated(response.error()) || response.error() == asio::error::connection_reset)
            << response.error().message();
        EXPECT_EQ(client.idle_connections(), 0U);
    }));
}

}  // namespace
}  // namespace chaos::net::http
