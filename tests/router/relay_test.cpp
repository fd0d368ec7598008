// A relay in front of a caller that notes what is done to it.
#include "router/relay.hpp"
#include "router/watched_exchange.hpp"

#include "tests/router/world.hpp"
#include "wire/json_document.hpp"

namespace chaos::router {
namespace {

/// Takes everything, and notes whether its request was still held when the first bytes of an answer came.
class NotingCaller final : public net::http::ServerExchange {
public:
    explicit NotingCaller(std::string body) { request_.body = std::move(body); }

    const net::http::Request& request() const override { return request_; }
    void forget_request() override { request_.forget(); }
    std::uint64_t connection() const override { return 1; }
    std::uint64_t request_on_connection() const override { return 1; }
    net::Task<net::Error> respond(net::http::Response response) override
    {
        note(response.body);
        co_return net::Error{};
    }
    net::Task<net::Error> start(net::http::ResponseHead) override { co_return net::Error{}; }
    net::Task<net::Error> send(std::string_view bytes) override
    {
        note(bytes);
        co_return net::Error{};
    }
    net::Task<net::Error> finish() override { co_return net::Error{}; }
    net::Task<net::Error> send_raw(std::string_view) override { co_return net::Error{}; }
    void keep_after_raw() override {}
    net::Task<void> drained() override { co_return; }
    void close(net::Close) override {}
    bool client_gone() const override { return false; }
    void on_client_gone(std::function<void()>) override {}
    net::Task<void> until_client_gone() override { co_return; }

    std::string received;
    bool held = false;

private:
    void note(std::string_view bytes)
    {
        if (received.empty()) held = !request_.body.empty();
        received += bytes;
    }

    net::http::Request request_;
};

/// Has the request carried out by the world's providers, as the router would, which may have put another body in the
/// place of the caller's.
net::Task<void> relay(World& world, NotingCaller& caller, bool replaced)
{
    RequestRecord record;
    record.id = "req_1";
    WatchedExchange watched(caller, world.simulation.clock(), record.id);
    if (replaced) watched.replace_body(caller.request().body);
    FactsReader reader;
    AskedFor asked{door_of(Protocol::openai_chat), {}};
    std::string problem;
    EXPECT_TRUE(asked.door.read_facts(reader, caller.request().body, asked.facts, problem)) << problem;
    MemoryOfFailure memory;
    const std::map<std::string, Chain> chains = chains_of(world.policy, world.targets, memory);
    RequestChain chain(chains.at("agent").links);
    fit_chain(chain.links, world.targets, world.policy, asked, caller.request().body);
    net::http::Client client(world.simulation, {});
    net::TaskGroup leftovers(world.simulation.executor());
    std::list<net::Condition*> waiting;
    const Redactor redactor;
    const auto lifetime = std::make_shared<int>();
    wire::json::Parser answers;
    Shared shared{world.simulation, world.targets, world.policy, memory,  client,  redactor,
                  world.notes,      leftovers,     waiting,      answers, lifetime};
    {
        Relay relay(shared, watched, asked, std::move(chain), record, net::Chance(42), world.simulation.clock().now());
        co_await relay.run();
    }
    co_await leftovers.join();
    EXPECT_EQ(watched.request().body.empty(), caller.request().body.empty());
}

struct ForgettingCase {
    const char* name;
    bool stream;
    bool continue_text;
    bool held;
    bool replaced = false;
};

class Forgetting : public ::testing::TestWithParam<ForgettingCase> {};

/// While it may still have to be asked of somebody else it is held, and all of it is asked then.
TEST_P(Forgetting, TheRequestGoesWhenNobodyElseWillBeAsked)
{
    const ForgettingCase& row = GetParam();
    World world;
    world.policy.continue_text = row.continue_text;
    world.provider("first", {error(503, "overloaded", "busy")});
    const Act in_pieces =
        stream({chunk::role(), chunk::text("it "), chunk::text("is"), chunk::finish("stop"), chunk::done});
    ScriptedUpstream& second = world.provider("second", {row.stream ? in_pieces : answer("it is")});
    NotingCaller caller(request_body(row.stream));
    world.tell([&]() -> net::Task<void> { return relay(world, caller, row.replaced); });
    EXPECT_NE(caller.received.find("is"), std::string::npos) << caller.received;
    EXPECT_EQ(caller.held, row.held);
    ASSERT_EQ(second.asked().size(), 1u);
    EXPECT_NE(second.asked().front()->body.find(R"("content":"hi")"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Table, Forgetting,
                         ::testing::Values(ForgettingCase{"of_a_stream", true, false, false},
                                           ForgettingCase{"of_a_stream_with_another_body", true, false, false, true},
                                           ForgettingCase{"not_of_a_stream_that_another_may_go_on_with", true, true,
                                                          true},
                                           ForgettingCase{"not_of_an_answer_at_once", false, false, true}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace chaos::router
