// A caller who leaves in the middle of a stream, in both worlds: the provider's connection is closed at once, whatever
// it speaks, and nobody's breaker counts it.
#include "net/real/reality.hpp"
#include "tests/router/vendors.hpp"

namespace chaos::router {
namespace {

/// One router in front of one provider that says two words and then holds; and a caller.
class LeavingCaller {
public:
    LeavingCaller(net::Runtime& runtime, Protocol provider)
        : runtime_(runtime), upstream_(runtime, listen(), {holding(provider)}), caller_(runtime, {})
    {
        Target target;
        target.name = "only";
        target.dialect = spelling(provider);
        target.endpoint = upstream_.endpoint();
        target.model = "m";
        Policy policy;
        policy.models["agent"].chain.push_back({"only", 1, 1});
        policy.breaker.failures = 1;
        router_ =
            std::make_unique<Router>(runtime, listen(), std::vector<Target>{target}, policy, net::Chance(1), notes_);
    }

    net::Task<void> story()
    {
        net::TaskGroup servers(runtime_.executor());
        servers.spawn(upstream_.serve());
        servers.spawn(router_->serve());
        co_await leave_after_first_words();
        const net::Instant left = runtime_.clock().now();
        while (!upstream_.asked().at(0)->client_left && runtime_.clock().now() - left < 5s) {
            co_await net::sleep_for(runtime_.clock(), 1ms);
        }
        took = runtime_.clock().now() - left;
        seen = upstream_.asked().at(0)->client_left;
        co_await leave_after_first_words();
        asked_again = upstream_.asked().size() == 2;
        caller_.close_idle();
        router_->stop();
        upstream_.stop();
        co_await servers.join();
    }

    bool seen = false;
    bool asked_again = false;
    net::Duration took{};

private:
    static Act holding(Protocol protocol)
    {
        std::string bytes;
        for (const std::string& frame : stream_frames(protocol, text_answer(protocol, "half an answer"))) {
            bytes += frame;
            if (frame.find("half") != std::string::npos) break;
        }
        Act act = raw_stream({bytes}, stream_type(protocol));
        act.pieces.pop_back();
        act.exit = Exit::hold;
        return act;
    }

    std::unique_ptr<net::Listener> listen()
    {
        auto listener = runtime_.network().listen({"127.0.0.1", 0});
        return std::move(*listener);
    }

    net::Task<void> leave_after_first_words()
    {
        net::http::Request request;
        request.head.method = "POST";
        request.head.target = "/v1/messages";
        request.head.headers.add("content-type", "application/json");
        wire::ChatRequest chat;
        chat.stream = true;
        chat.messages = {wire::message(wire::Role::user, "hi")};
        request.body = caller_body(Protocol::anthropic, chat);
        net::http::Client::Options options;
        auto opened = co_await caller_.open(router_->endpoint(), std::move(request), options);
        if (!opened) co_return;
        const std::unique_ptr<net::http::ClientExchange> exchange = std::move(*opened);
        const auto head = co_await exchange->head();
        if (!head) co_return;
        const auto piece = co_await exchange->read_body();
        if (!piece) co_return;
        exchange->abort();
    }

    net::Runtime& runtime_;
    Notes notes_;
    ScriptedUpstream upstream_;
    net::http::Client caller_;
    std::unique_ptr<Router> router_;
};

template <class World>
void leave_in()
{
    for (const Protocol provider : all_protocols) {
        World world;
        LeavingCaller leaving(world, provider);
        world.run(leaving.story());
        EXPECT_TRUE(leaving.seen) << spelling(provider);
        EXPECT_LE(leaving.took, 100ms) << spelling(provider);
        EXPECT_TRUE(leaving.asked_again) << spelling(provider) << ": who left is no failure of the provider";
    }
}

TEST(Leaving, closes_the_provider_within_100_ms_in_simulation)
{
    leave_in<net::Simulation>();
}

TEST(Leaving, closes_the_provider_within_100_ms_on_real_sockets)
{
    leave_in<net::Reality>();
}

}  // namespace
}  // namespace chaos::router
