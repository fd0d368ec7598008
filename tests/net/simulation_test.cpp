// The simulated world itself: order of events, virtual time, stalls, and a trace that is the same every time.
#include "net/simulation/simulation.hpp"

#include <gtest/gtest.h>

#include <boost/asio/detail/epoll_reactor.hpp>
#include <string>
#include <vector>

#include "net/condition.hpp"
#include "net/task_group.hpp"

namespace chaos::net {
namespace {

using namespace std::chrono_literals;

Task<void> echo_once(StreamPtr stream)
{
    std::string buffer(1024, '\0');
    const auto count = co_await stream->read_some(buffer);
    if (count) {
        const Error error = co_await stream->write(std::string_view(buffer).substr(0, *count));
        EXPECT_FALSE(error);
    }
}

Task<void> serve(Listener& listener, int connections)
{
    TaskGroup sessions(co_await asio::this_coro::executor);
    for (int i = 0; i < connections; ++i) {
        auto stream = co_await listener.accept();
        if (!stream) break;
        sessions.spawn(echo_once(std::move(*stream)));
    }
    co_await sessions.join();
}

Task<std::string> ask(Network& network, Endpoint to, std::string question)
{
    auto stream = co_await network.connect(to, never);
    if (!stream) co_return stream.error().message();
    const Error error = co_await (*stream)->write(question);
    if (error) co_return error.message();
    std::string answer(1024, '\0');
    const auto count = co_await (*stream)->read_some(answer);
    answer.resize(count ? *count : 0);
    co_return answer;
}

Task<void> talk(Simulation& simulation, std::vector<std::string>& trace)
{
    auto listener = simulation.network().listen({"server", 0});
    TaskGroup group(simulation.executor());
    group.spawn(serve(**listener, 3));
    for (int i = 0; i < 3; ++i) {
        const std::string answer = co_await ask(simulation.network(), (*listener)->endpoint(), "question " + std::to_string(i));
        trace.push_back(answer + " at " + std::to_string(simulation.clock().now().time_since_epoch().count()));
    }
    co_await group.join();
}

TEST(Simulation, ConnectTakesOneRoundTripAndAnEchoAnother)
{
    Simulation simulation;
    std::vector<std::string> trace;
    simulation.run(talk(simulation, trace));
    EXPECT_EQ(trace, (std::vector<std::string>{"question 0 at 800000", "question 1 at 1600000", "question 2 at 2400000"}));
}

TEST(Simulation, NoReactorIsEverCreated)
{
    Simulation simulation;
    std::vector<std::string> trace;
    simulation.run(talk(simulation, trace));
    EXPECT_FALSE(asio::has_service<asio::detail::epoll_reactor>(simulation.executor().context()));
}

Task<void> wait_for_ever(Condition& condition)
{
    co_await condition.wait();
}

TEST(Simulation, SaysWhoWaitsWhenNothingCanHappen)
{
    Simulation simulation;
    Condition never_notified(simulation.executor());
    try {
        simulation.run(wait_for_ever(never_notified));
        FAIL() << "should have stalled";
    } catch (const Stalled& stalled) {
        EXPECT_STREQ(stalled.what(),
                     "simulation stalled at 0s: nothing can happen any more (events: 0; waiting: 1 in condition)");
    }
}

}  // namespace
}  // namespace chaos::net
