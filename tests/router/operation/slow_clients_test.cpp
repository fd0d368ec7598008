// Callers that dribble: a thousand of them do not hurt one who asks properly, and each is shown out in its time.
#include "tests/router/world.hpp"

namespace chaos::router {
namespace {

enum class Dribble { head, body };

/// One byte a second, until the router ends it. How long that took.
net::Task<void> dribble_until_ended(World& world, Dribble how, std::vector<net::Duration>& ended)
{
    auto connected = co_await world.simulation.network().connect(world.router->endpoint(), net::never);
    EXPECT_TRUE(connected.has_value());
    if (!connected) co_return;
    const std::string opening = how == Dribble::head ? "POST /v1/chat/completions HTTP/1.1\r\nx-slow: "
                                                     : "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{";
    const net::Instant began = world.now();
    net::Error error = co_await (*connected)->write(opening);
    while (!error && world.now() - began < 10min) {
        co_await world.sleep(1s);
        error = co_await (*connected)->write("a");
    }
    ended.push_back(world.now() - began);
}

TEST(SlowCallers, a_thousand_that_dribble_do_not_hurt_one_who_asks)
{
    for (const Dribble how : {Dribble::head, Dribble::body}) {
        World world;
        std::vector<Act> acts;
        for (int i = 0; i < 20; ++i) acts.push_back(answer("hi"));
        world.provider("primary", acts);
        std::vector<net::Duration> ended;
        world.tell([&]() -> net::Task<void> {
            net::TaskGroup slow(world.simulation.executor());
            for (int i = 0; i < 1000; ++i) slow.spawn(dribble_until_ended(world, how, ended));
            for (int i = 0; i < 20; ++i) {
                co_await world.sleep(1s);
                const Reply reply = co_await world.ask(plain);
                EXPECT_EQ(reply.status, 200);
                EXPECT_LT(reply.took(), 100ms) << "asked while a thousand dribble";
            }
            EXPECT_GT(world.router->open_connections(), 1000U);
            co_await slow.join();
            EXPECT_LE(world.router->open_connections(), 1U);
        });
        ASSERT_EQ(ended.size(), 1000U);
        const net::Duration limit = how == Dribble::head ? net::http::Limits{}.head_timeout : net::http::Limits{}.body_timeout;
        for (const net::Duration took : ended) EXPECT_LE(took, limit + 5s);
    }
}

struct UnreadRow {
    const char* what;
    std::string request;  ///< whole, as it is on the wire
};

std::string unread_request(const std::string& line, const std::string& headers = {}, const std::string& body = {})
{
    return line + " HTTP/1.1\r\nhost: x\r\nauthorization: Bearer callers-own-key\r\n" + headers +
           "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Asks the same again and again on one connection and reads nothing, until the router ends it. How long that took.
net::Task<net::Duration> ask_without_reading(World& world, std::string request)
{
    auto connected = co_await world.simulation.network().connect(world.router->endpoint(), net::never);
    EXPECT_TRUE(connected.has_value());
    if (!connected) co_return 0ns;
    const net::Instant began = world.now();
    net::Error error;
    for (int i = 0; i < 20'000 && !error; ++i) error = co_await (*connected)->write(request);
    EXPECT_TRUE(error) << "everything was taken: too few to fill the buffers";
    co_return world.now() - began;
}

TEST(SlowCallers, who_asks_and_does_not_read_is_let_go_whatever_the_answer_is)
{
    const std::vector<UnreadRow> rows{
        {"no such path", unread_request("GET /nowhere")},
        {"the wrong method", unread_request("GET /v1/chat/completions")},
        {"models", unread_request("GET /v1/models")},
        {"not JSON", unread_request("POST /v1/chat/completions", {}, "{")},
        {"no such model", unread_request("POST /v1/chat/completions", {}, R"({"model":"x","messages":[]})")},
        {"not its model", unread_request("POST /v1/chat/completions", {}, R"({"model":"secret","messages":[]})")},
        {"too often", unread_request("POST /v1/chat/completions", {}, plain)},
        {"too long a key", unread_request("POST /v1/chat/completions", "idempotency-key: " + std::string(256, 'k') + "\r\n", plain)},
        {"no token", "GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n"},
        {"what no tool can be asked", unread_request("POST /tools/mail/../x")},
    };
    for (const UnreadRow& row : rows) {
        World world;
        world.provider("primary", {answer("hi")});
        world.policy.models["secret"] = world.policy.models["agent"];
        world.callers = {{"some", "callers-own-key", {"agent"}, 1}};
        Dependency mail;
        mail.name = "mail";
        mail.path = "/tools/mail";
        mail.endpoints.push_back({"http://127.0.0.1:1", {"127.0.0.1", 1}, "", nullptr});
        world.dependencies.all.push_back(mail);
        net::Duration took{};
        world.tell([&]() -> net::Task<void> {
            took = co_await ask_without_reading(world, row.request);
            EXPECT_EQ(world.router->open_connections(), 0U) << row.what;
        });
        EXPECT_GE(took, 5s) << row.what;
        EXPECT_LE(took, 6s) << row.what;
    }
}

TEST(SlowCallers, more_connections_than_allowed_wait_their_turn)
{
    World world;
    world.limits.connections = 2;
    world.limits.idle_timeout = 10s;
    world.provider("primary", {answer("hi")});
    world.tell([&]() -> net::Task<void> {
        auto first = co_await world.simulation.network().connect(world.router->endpoint(), net::never);
        auto second = co_await world.simulation.network().connect(world.router->endpoint(), net::never);
        co_await world.sleep(100ms);
        EXPECT_EQ(world.router->open_connections(), 2U);
        const Reply reply = co_await world.ask(plain);
        EXPECT_EQ(reply.status, 200) << "served once the idle ones were shown out";
        EXPECT_GE(reply.took(), 9s);
    });
}

}  // namespace
}  // namespace chaos::router
