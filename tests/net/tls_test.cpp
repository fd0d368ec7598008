// TLS over the streams of both worlds: what arrives, how it ends, and which certificates are refused in which words.
#include <boost/asio/error.hpp>

#include "net/task_group.hpp"
#include "net/tls/dialer.hpp"
#include "net/tls/error.hpp"
#include "net/tls/stream.hpp"
#include "tests/net/worlds.hpp"

namespace chaos::net {
namespace {

using namespace testing;

template <class World>
class Tls : public InBothWorlds<World> {};
TYPED_TEST_SUITE(Tls, AllWorlds, WorldNames);

/// One server and one client of it.
struct Scene {
    explicit Scene(Runtime& runtime)
        : world(runtime),
          authority("test", tls::valid_around(runtime.wall().now())),
          trust(tls::trusting(authority.certificate_pem())),
          listener(listen(runtime))
    {
        identity = authority.issue(tls::loopback_names(), tls::valid_around(runtime.wall().now()));
    }

    Task<void> accept_into(StreamPtr& server)
    {
        auto wire = co_await listener->accept();
        server = tls::serve(world, std::move(wire.value()), tls::server_context(identity),
                            [this](const tls::Handshake& handshake) { handshakes.push_back(handshake); });
    }

    /// A client whose handshake succeeded or not; the server reads once.
    Task<Result<StreamPtr>> connect(Instant deadline = never)
    {
        TaskGroup tasks(world.executor());
        tasks.spawn(accept_and_read());
        tls::Dialer dialer(world);
        dialer.secure(listener->endpoint(), trust);
        auto connected = co_await dialer.connect(listener->endpoint(), deadline);
        if (connected) {
            const Error error = co_await (*connected)->write("hello");
            EXPECT_FALSE(error) << error.message();
        }
        co_await tasks.join();
        co_return connected;
    }

    Task<void> accept_and_read()
    {
        co_await accept_into(server);
        first_read = co_await read(*server);
    }

    Runtime& world;
    tls::Authority authority;
    tls::Context trust;
    tls::Identity identity;
    std::unique_ptr<Listener> listener;
    StreamPtr server;
    std::string first_read;
    std::vector<tls::Handshake> handshakes;
};

WORLD_STORY(Tls, BytesPassBothWays)
{
    Scene scene(world);
    auto client = co_await scene.connect();
    EXPECT_TRUE(client.has_value()) << client.error().message();
    EXPECT_EQ(scene.first_read, "hello");
    EXPECT_EQ(scene.handshakes.size(), 1U);
    EXPECT_EQ(scene.handshakes[0].end, tls::Handshake::End::completed);
    EXPECT_TRUE(scene.handshakes[0].certificate_sent);
    const Error error = co_await scene.server->write("and back");
    EXPECT_FALSE(error);
    const std::string answer = co_await read(**client);
    EXPECT_EQ(answer, "and back");
}

Task<void> write_much(Stream& stream, std::string bytes)
{
    const Error error = co_await stream.write(bytes);
    EXPECT_FALSE(error) << error.message();
    stream.shutdown_write();
}

WORLD_STORY(Tls, AMegabyteArrivesWholeThroughFullBuffers)
{
    Scene scene(world);
    auto client = co_await scene.connect();
    std::string sent(1'000'000, '\0');
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i % 251);
    TaskGroup tasks(world.executor());
    tasks.spawn(write_much(*scene.server, sent));
    std::string received;
    std::string piece = co_await read(**client);
    while (piece != "fin") {
        received += piece;
        piece = co_await read(**client);
    }
    co_await tasks.join();
    EXPECT_TRUE(received == sent) << received.size();
}

WORLD_STORY(Tls, AnOrderlyEndIsToldFromAMereClose)
{
    for (const bool orderly : {true, false}) {
        Scene scene(world);
        auto client = co_await scene.connect();
        const Error error = co_await scene.server->write("last words");
        EXPECT_FALSE(error);
        if (orderly) scene.server->shutdown_write();
        scene.server->close(Close::fin);
        const std::string words = co_await read(**client);
        EXPECT_EQ(words, "last words");
        const std::string end = co_await read(**client);
        EXPECT_EQ(end, orderly ? "fin" : "the connection ended without close_notify");
        const std::string again = co_await read(**client);
        EXPECT_EQ(again, end);
    }
}

WORLD_STORY(Tls, AHalfClosedEndStillReads)
{
    Scene scene(world);
    auto client = co_await scene.connect();
    (*client)->shutdown_write();
    const std::string end = co_await read(*scene.server);
    EXPECT_EQ(end, "fin");
    const Error refused = co_await (*client)->write("more");
    EXPECT_EQ(refused, asio::error::broken_pipe);
    const Error error = co_await scene.server->write("still here");
    EXPECT_FALSE(error);
    const std::string words = co_await read(**client);
    EXPECT_EQ(words, "still here");
}

WORLD_STORY(Tls, AResetIsAReset)
{
    Scene scene(world);
    auto client = co_await scene.connect();
    const Error error = co_await scene.server->write("lost?");
    EXPECT_FALSE(error);
    co_await scene.server->drained();
    scene.server->close(Close::reset);
    const std::string words = co_await read(**client);
    EXPECT_EQ(words, "lost?");
    const std::string end = co_await read(**client);
    EXPECT_EQ(end, Error(asio::error::connection_reset).message());
}

Task<void> cancel_soon(Runtime& world, Stream& stream)
{
    co_await sleep_for(world.clock(), std::chrono::milliseconds(5));
    stream.cancel();
}

WORLD_STORY(Tls, ACancelledReadLosesNothing)
{
    Scene scene(world);
    auto client = co_await scene.connect();
    TaskGroup tasks(world.executor());
    tasks.spawn(cancel_soon(world, **client));
    const std::string cancelled = co_await read(**client);
    EXPECT_EQ(cancelled, Error(asio::error::operation_aborted).message());
    co_await tasks.join();
    const Error error = co_await scene.server->write("afterwards");
    EXPECT_FALSE(error);
    const std::string words = co_await read(**client);
    EXPECT_EQ(words, "afterwards");
}

WORLD_STORY(Tls, ACloseEndsAReadUnderWay)
{
    Scene scene(world);
    auto client = co_await scene.connect();
    TaskGroup tasks(world.executor());
    StreamPtr& stream = *client;
    tasks.spawn([](Runtime& in, Stream& closing) -> Task<void> {
        co_await sleep_for(in.clock(), std::chrono::milliseconds(5));
        closing.close(Close::fin);
    }(world, *stream));
    const std::string end = co_await read(*stream);
    EXPECT_EQ(end, Error(asio::error::operation_aborted).message());
    co_await tasks.join();
}

constexpr std::chrono::hours day(24);

struct BadCertificate {
    const char* name;
    tls::Identity (*make)(const Scene& scene, WallTime now);
    const char* words;
    int alert;
};

WORLD_STORY(Tls, ABadCertificateIsRefusedInItsOwnWords)
{
    const BadCertificate rows[] = {
        {"expired",
         [](const Scene& scene, WallTime now) {
             return scene.authority.issue(tls::loopback_names(), {now - 30 * day, now - day});
         },
         "certificate has expired", 45},
        {"not yet valid",
         [](const Scene& scene, WallTime now) {
             return scene.authority.issue(tls::loopback_names(), {now + day, now + 2 * day});
         },
         "certificate is not yet valid", 42},
        {"another's name",
         [](const Scene& scene, WallTime now) {
             return scene.authority.issue({"wrong.example", "10.0.0.1"}, tls::valid_around(now));
         },
         "IP address mismatch", 42},
        {"of an unknown authority",
         [](const Scene&, WallTime now) {
             return tls::Authority("nobody", tls::valid_around(now)).issue(tls::loopback_names(), tls::valid_around(now));
         },
         "unable to get local issuer certificate", 48},
        {"its own",
         [](const Scene&, WallTime now) { return tls::self_signed(tls::loopback_names(), tls::valid_around(now)); },
         "self-signed certificate", 48},
    };
    for (const BadCertificate& row : rows) {
        Scene scene(world);
        scene.identity = row.make(scene, world.wall().now());
        const auto client = co_await scene.connect();
        EXPECT_FALSE(client.has_value()) << row.name;
        EXPECT_EQ(client.error().message(), row.words) << row.name;
        EXPECT_TRUE(tls::is_certificate(client.error())) << row.name;
        EXPECT_EQ(scene.handshakes.size(), 1U) << row.name;
        EXPECT_EQ(scene.handshakes[0].end, tls::Handshake::End::refused) << row.name;
        EXPECT_EQ(scene.handshakes[0].alert, row.alert) << row.name;
        EXPECT_TRUE(scene.handshakes[0].hello_received && scene.handshakes[0].certificate_sent) << row.name;
    }
}

/// Takes the connection and does `what` to it, as a server that does not speak TLS.
Task<void> accept_and(Listener& listener, StreamPtr& kept, std::string_view answer)
{
    auto wire = co_await listener.accept();
    kept = std::move(wire.value());
    const std::string hello = co_await read(*kept);
    EXPECT_EQ(hello.substr(0, 1), "\x16");
    const Error error = co_await kept->write(answer);
    EXPECT_FALSE(error);
    kept->shutdown_write();
}

WORLD_STORY(Tls, AServerThatSpeaksPlainHttpIsTold)
{
    Scene scene(world);
    TaskGroup tasks(world.executor());
    StreamPtr kept;
    tasks.spawn(accept_and(*scene.listener, kept, "HTTP/1.1 400 Bad Request\r\n\r\n"));
    tls::Dialer dialer(world);
    dialer.secure(scene.listener->endpoint(), scene.trust);
    const auto client = co_await dialer.connect(scene.listener->endpoint(), never);
    EXPECT_EQ(client.error().message(), "TLS: wrong version number");
    co_await tasks.join();
}

WORLD_STORY(Tls, AServerThatLeavesInTheHandshakeIsTold)
{
    Scene scene(world);
    TaskGroup tasks(world.executor());
    StreamPtr kept;
    tasks.spawn(accept_and(*scene.listener, kept, ""));
    tls::Dialer dialer(world);
    dialer.secure(scene.listener->endpoint(), scene.trust);
    const auto client = co_await dialer.connect(scene.listener->endpoint(), never);
    EXPECT_EQ(client.error(), tls::truncated());
    co_await tasks.join();
}

WORLD_STORY(Tls, AHandshakeThatStallsEndsAtTheDeadline)
{
    const auto listener = listen(world);  // nobody accepts
    tls::Dialer dialer(world);
    dialer.secure(listener->endpoint(), tls::trusting_system());
    const Instant began = world.clock().now();
    const auto client = co_await dialer.connect(listener->endpoint(), began + std::chrono::milliseconds(20));
    EXPECT_EQ(client.error(), asio::error::timed_out);
    EXPECT_GE(world.clock().now() - began, std::chrono::milliseconds(20));
}

WORLD_STORY(Tls, AClientWithoutTlsIsToldApart)
{
    Scene scene(world);
    TaskGroup tasks(world.executor());
    tasks.spawn(scene.accept_and_read());
    auto wire = co_await world.network().connect(scene.listener->endpoint(), never);
    const Error error = co_await (*wire)->write("GET / HTTP/1.1\r\n\r\n");
    EXPECT_FALSE(error);
    co_await tasks.join();
    EXPECT_EQ(scene.first_read, "TLS: http request");
    EXPECT_EQ(scene.handshakes.at(0).end, tls::Handshake::End::failed);
    EXPECT_FALSE(scene.handshakes.at(0).hello_received);
}

TEST(TlsContext, TextWithoutACertificateIsNoAuthority)
{
    EXPECT_THROW(tls::trusting("-----BEGIN NONSENSE-----"), std::runtime_error);
    EXPECT_THROW(tls::trusting(""), std::runtime_error);
}

}  // namespace
}  // namespace chaos::net
