// One suite over both worlds: what a stream, a listener and a connect do is the same on sockets and in simulation.
#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <functional>
#include <string>
#include <vector>

#include "net/condition.hpp"
#include "net/task_group.hpp"
#include "net/watchdog.hpp"
#include "tests/net/worlds.hpp"

namespace chaos::net {
namespace {

using namespace std::chrono_literals;
using namespace testing;

const Error reset_by_peer = asio::error::connection_reset;
const Error broken_pipe = asio::error::broken_pipe;
const Error refused = asio::error::connection_refused;
const Error timed_out = asio::error::timed_out;
const Error operation_aborted = asio::error::operation_aborted;

template <class World>
using Conformance = InBothWorlds<World>;
TYPED_TEST_SUITE(Conformance, AllWorlds, WorldNames);

/// Writes a byte at a time until the stream breaks; the reason.
Task<Error> write_until_broken(Stream& stream)
{
    for (;;) {
        const Error error = co_await stream.write("x");
        if (error) co_return error;
        co_await stream.drained();
    }
}

/// Everything up to the end, and how it ended: "123 bytes, fin".
Task<std::string> read_to_end(Stream& stream)
{
    std::string buffer(64 * 1024, '\0');
    std::size_t total = 0;
    for (;;) {
        const auto count = co_await stream.read_some(buffer);
        const bool ended = !count || *count == 0;
        if (ended) co_return std::to_string(total) + " bytes, " + (count ? "fin" : count.error().message());
        total += *count;
    }
}

WORLD_STORY(Conformance, Echo)
{
    Pair pair = co_await connected_pair(world);
    const Error asked = co_await pair.client->write("hello");
    EXPECT_FALSE(asked);
    const std::string question = co_await read(*pair.server);
    EXPECT_EQ(question, "hello");
    const Error answered = co_await pair.server->write("world");
    EXPECT_FALSE(answered);
    const std::string answer = co_await read(*pair.client);
    EXPECT_EQ(answer, "world");
}

WORLD_STORY(Conformance, WhatWasSentBeforeAcceptIsReadAfterIt)
{
    const auto listener = listen(world);
    auto client = co_await world.network().connect(listener->endpoint(), never);
    const Error sent = co_await client.value()->write("early");
    EXPECT_FALSE(sent);
    client.value()->close(Close::fin);
    auto server = co_await listener->accept();
    const std::string all = co_await read_to_end(*server.value());
    EXPECT_EQ(all, "5 bytes, fin");
}

WORLD_STORY(Conformance, AReadIsShortAtTheEndAndThenZeroForEver)
{
    Pair pair = co_await connected_pair(world);
    const Error sent = co_await pair.server->write("12345");
    EXPECT_FALSE(sent);
    pair.server->close(Close::fin);
    for (const char* expected : {"12345", "fin", "fin"}) {
        const std::string got = co_await read(*pair.client);
        EXPECT_EQ(got, expected);
    }
}

WORLD_STORY(Conformance, AReadTakesNoMoreThanItsBuffer)
{
    Pair pair = co_await connected_pair(world);
    const Error sent = co_await pair.server->write("abcdef");
    EXPECT_FALSE(sent);
    std::string four(4, '\0');
    const auto first = co_await pair.client->read_some(four);
    EXPECT_EQ(first.value(), 4u);
    EXPECT_EQ(four, "abcd");
    const std::string rest = co_await read(*pair.client);
    EXPECT_EQ(rest, "ef");
}

/// Waits until it is worth reading; then what there was to read, and whether `sent` was set by then.
Task<void> read_when_readable(Stream& stream, const bool& sent, std::string& result)
{
    co_await stream.readable();
    const bool waited = sent;
    result = co_await read(stream);
    if (!waited) result += ", but it did not wait";
}

/// What somebody reads who has waited for a while when `then` happens.
Task<std::string> read_after(Runtime& world, Stream& stream, std::function<void(TaskGroup& readers)> then)
{
    TaskGroup readers(world.executor());
    bool sent = false;
    std::string result;
    readers.spawn(read_when_readable(stream, sent, result));
    co_await sleep_for(world.clock(), 5ms);
    sent = true;
    then(readers);
    co_await readers.join();
    co_return result;
}

Task<void> write_to(Stream& stream, std::string bytes)
{
    const Error error = co_await stream.write(bytes);
    EXPECT_FALSE(error);
}

std::function<void(TaskGroup&)> send(std::string bytes, Pair& pair)
{
    return [bytes = std::move(bytes), &pair](TaskGroup& writers) { writers.spawn(write_to(*pair.client, bytes)); };
}

WORLD_STORY(Conformance, WhoWaitsForBytesReadsThemWithoutWaiting)
{
    Pair pair = co_await connected_pair(world);
    const std::string late = co_await read_after(world, *pair.server, send("hello", pair));
    EXPECT_EQ(late, "hello");
    co_await pair.client->write("there already");
    co_await pair.client->drained();
    const bool sent = true;
    std::string early;
    co_await read_when_readable(*pair.server, sent, early);
    EXPECT_EQ(early, "there already");
}

/// On real sockets the kernel's news of the second message is on its way when both are read, and a buffer that was
/// filled says nothing about what is left.
WORLD_STORY(Conformance, WhatWasReadAlreadyIsNotWorthReadingAgain)
{
    Pair pair = co_await connected_pair(world);
    co_await pair.client->write("first, ");
    co_await pair.server->readable();
    co_await pair.client->write("second");
    std::string both;
    while (both.size() < std::string_view("first, second").size()) {
        const std::string piece = co_await read(*pair.server);
        both += piece;
    }
    EXPECT_EQ(both, "first, second");
    co_await pair.client->write("exactly");
    co_await pair.client->drained();
    std::string as_long(7, '\0');
    const auto filled = co_await pair.server->read_some(as_long);
    EXPECT_EQ(filled.value(), as_long.size());
    const std::string late = co_await read_after(world, *pair.server, send("third", pair));
    EXPECT_EQ(late, "third");
}

WORLD_STORY(Conformance, AnEndThatCameWithTheLastBytesIsWorthReading)
{
    Pair pair = co_await connected_pair(world);
    co_await pair.client->write("last");
    pair.client->close(Close::fin);
    co_await sleep_for(world.clock(), 5ms);
    const bool sent = true;
    for (const char* expected : {"last", "fin", "fin"}) {
        std::string result;
        co_await read_when_readable(*pair.server, sent, result);
        EXPECT_EQ(result, expected);
    }
}

WORLD_STORY(Conformance, WhoWaitsForBytesLearnsOfEveryEnd)
{
    struct Case {
        std::function<void(Pair&, TaskGroup&)> end;
        std::string result;
    };
    const std::vector<Case> cases{
        {[](Pair& pair, TaskGroup&) { pair.client->close(Close::fin); }, "fin"},
        {[](Pair& pair, TaskGroup&) { pair.client->close(Close::reset); }, reset_by_peer.message()},
        {[](Pair& pair, TaskGroup&) { pair.server->close(Close::fin); }, operation_aborted.message()},
        {[](Pair&, TaskGroup& group) { group.cancel(); }, operation_aborted.message()},
    };
    for (const Case& one : cases) {
        Pair pair = co_await connected_pair(world);
        const std::string result =
            co_await read_after(world, *pair.server, [&](TaskGroup& readers) { one.end(pair, readers); });
        EXPECT_EQ(result, one.result);
    }
}

WORLD_STORY(Conformance, HalfClosedStreamsGoOnInTheOtherDirection)
{
    Pair pair = co_await connected_pair(world);
    pair.client->shutdown_write();
    const std::string end_of_question = co_await read(*pair.server);
    EXPECT_EQ(end_of_question, "fin");
    const Error after_shutdown = co_await pair.client->write("no");
    EXPECT_EQ(after_shutdown, broken_pipe);
    const Error late = co_await pair.server->write("late");
    EXPECT_FALSE(late);
    pair.server->shutdown_write();
    const std::string all = co_await read_to_end(*pair.client);
    EXPECT_EQ(all, "4 bytes, fin");
}

WORLD_STORY(Conformance, ADestroyedStreamEndsWithFin)
{
    Pair pair = co_await connected_pair(world);
    pair.server.reset();
    const std::string got = co_await read(*pair.client);
    EXPECT_EQ(got, "fin");
}

WORLD_STORY(Conformance, AResetIsSeenByReadsForEver)
{
    Pair pair = co_await connected_pair(world);
    pair.server->close(Close::reset);
    for (int i = 0; i < 3; ++i) {
        const std::string got = co_await read(*pair.client);
        EXPECT_EQ(got, reset_by_peer.message());
    }
    const Error written = co_await pair.client->write("x");
    EXPECT_EQ(written, reset_by_peer);
}

WORLD_STORY(Conformance, AResetIsSeenByWritesForEver)
{
    Pair pair = co_await connected_pair(world);
    pair.server->close(Close::reset);
    const Error first = co_await write_until_broken(*pair.client);
    EXPECT_EQ(first, reset_by_peer);
    const Error second = co_await pair.client->write("x");
    EXPECT_EQ(second, reset_by_peer);
    const std::string got = co_await read(*pair.client);
    EXPECT_EQ(got, reset_by_peer.message());
}

WORLD_STORY(Conformance, ClosingWithUnreadBytesResetsThePeer)
{
    Pair pair = co_await connected_pair(world);
    const Error sent = co_await pair.client->write("unread");
    EXPECT_FALSE(sent);
    co_await pair.client->drained();
    pair.server->close(Close::fin);
    const std::string got = co_await read(*pair.client);
    EXPECT_EQ(got, reset_by_peer.message());
}

WORLD_STORY(Conformance, WhatArrivedBeforeAResetCanStillBeRead)
{
    Pair pair = co_await connected_pair(world);
    const Error sent = co_await pair.client->write("unread");
    EXPECT_FALSE(sent);
    co_await pair.client->drained();
    const Error answer = co_await pair.server->write("413 too large");
    EXPECT_FALSE(answer);
    pair.server->close(Close::fin);
    const std::string all = co_await read_to_end(*pair.client);
    EXPECT_EQ(all, "13 bytes, " + reset_by_peer.message());
}

WORLD_STORY(Conformance, TheFirstWriteAfterThePeersCloseSucceedsTheSecondDoesNot)
{
    Pair pair = co_await connected_pair(world);
    pair.server->close(Close::fin);
    const std::string end = co_await read(*pair.client);
    EXPECT_EQ(end, "fin");
    const Error first = co_await pair.client->write("x");
    EXPECT_FALSE(first);
    co_await pair.client->drained();
    const Error second = co_await pair.client->write("x");
    EXPECT_EQ(second, broken_pipe);
    const std::string still = co_await read(*pair.client);
    EXPECT_EQ(still, "fin");
}

WORLD_STORY(Conformance, NothingToWriteIsWrittenAtOnce)
{
    Pair pair = co_await connected_pair(world);
    const Error nothing = co_await pair.client->write("");
    EXPECT_FALSE(nothing);
    co_await pair.client->drained();
    pair.client->close(Close::fin);
    const Error closed = co_await pair.client->write("");
    EXPECT_EQ(closed, operation_aborted);
}

WORLD_STORY(Conformance, NobodyListeningMeansRefused)
{
    const Endpoint nobody = left_alone(world);
    const auto connected = co_await world.network().connect(nobody, never);
    EXPECT_EQ(connected.error(), refused);
}

WORLD_STORY(Conformance, APortCanBeListenedOnOnce)
{
    auto listener = world.network().listen(left_alone(world)).value();
    const Endpoint taken = listener->endpoint();
    const auto second = world.network().listen(taken);
    EXPECT_EQ(second.error(), Error(asio::error::address_in_use));
    listener.reset();
    const auto third = world.network().listen(taken);
    EXPECT_TRUE(third.has_value());
    co_return;
}

WORLD_STORY(Conformance, LocalhostIsLoopback)
{
    const auto listener = listen(world);
    const Endpoint by_name{"localhost", listener->endpoint().port};
    const auto connected = co_await world.network().connect(by_name, never);
    EXPECT_TRUE(connected.has_value());
}

WORLD_STORY(Conformance, AfterADeadlineTheStreamIsUsedAgain)
{
    Pair pair = co_await connected_pair(world);
    Watchdog watchdog(world.clock(), [&] { pair.client->cancel(); });
    watchdog.arm(world.clock().now() + 5ms);
    const std::string late = co_await read(*pair.client);
    EXPECT_EQ(late, operation_aborted.message());
    EXPECT_TRUE(watchdog.expired());
    const Error sent = co_await pair.server->write("finally");
    EXPECT_FALSE(sent);
    const std::string got = co_await read(*pair.client);
    EXPECT_EQ(got, "finally");
}

Task<void> write_all(Stream& stream, const std::string& bytes, Error& result, bool& done)
{
    result = co_await stream.write(bytes);
    done = true;
}

WORLD_STORY(Conformance, AWriteWaitsForThePeerToRead)
{
    // Two thirds of it are more than both kernels' buffers together can grow to (32 MiB and 4 MiB).
    const std::string much(96 * 1024 * 1024, 'x');
    Pair pair = co_await connected_pair(world);
    TaskGroup group(world.executor());
    Error result;
    bool done = false;
    group.spawn(write_all(*pair.client, much, result, done));
    std::string buffer(256 * 1024, '\0');
    std::size_t total = 0;
    while (total < much.size()) {
        const auto count = co_await pair.server->read_some(buffer);
        total += count.value();
        if (total < much.size() / 3) {
            EXPECT_FALSE(done);
        }
    }
    co_await group.join();
    EXPECT_TRUE(done);
    EXPECT_FALSE(result);
}

WORLD_STORY(Conformance, AWriteThatWaitsIsEndedByTheReaderLeaving)
{
    const std::string much(64 * 1024 * 1024, 'x');
    Pair pair = co_await connected_pair(world);
    TaskGroup group(world.executor());
    Error result;
    bool done = false;
    group.spawn(write_all(*pair.client, much, result, done));
    const std::string first = co_await read(*pair.server);
    EXPECT_EQ(first.size(), 4096u);
    pair.server->close(Close::fin);
    co_await group.join();
    EXPECT_EQ(result, reset_by_peer);
}

Task<void> read_result_into(Stream& stream, std::string& result)
{
    result = co_await read(stream);
}

WORLD_STORY(Conformance, CloseEndsAPendingRead)
{
    Pair pair = co_await connected_pair(world);
    TaskGroup group(world.executor());
    std::string result;
    group.spawn(read_result_into(*pair.client, result));
    co_await sleep_for(world.clock(), 1ms);
    pair.client->close(Close::fin);
    pair.client->close(Close::reset);  // idempotent: the first one counts
    co_await group.join();
    EXPECT_EQ(result, operation_aborted.message());
    const std::string after = co_await read(*pair.client);
    EXPECT_EQ(after, operation_aborted.message());
    const std::string peer = co_await read(*pair.server);
    EXPECT_EQ(peer, "fin");
}

WORLD_STORY(Conformance, AStreamMayBeDestroyedUnderAPendingRead)
{
    Pair pair = co_await connected_pair(world);
    TaskGroup group(world.executor());
    std::string result;
    group.spawn(read_result_into(*pair.client, result));
    co_await sleep_for(world.clock(), 1ms);
    pair.client.reset();
    co_await group.join();
    EXPECT_EQ(result, operation_aborted.message());
}

WORLD_STORY(Conformance, ACancelledTasksReadEndsAndThePeersDoNot)
{
    Pair pair = co_await connected_pair(world);
    TaskGroup group(world.executor());
    TaskGroup others(world.executor());
    std::string cancelled;
    std::string other;
    group.spawn(read_result_into(*pair.client, cancelled));
    others.spawn(read_result_into(*pair.server, other));
    co_await sleep_for(world.clock(), 1ms);
    group.cancel();
    co_await group.join();
    EXPECT_EQ(cancelled, operation_aborted.message());
    const Error sent = co_await pair.client->write("still here");
    EXPECT_FALSE(sent);
    co_await others.join();
    EXPECT_EQ(other, "still here");
}

Task<void> accept_into(Listener& listener, Error& result)
{
    const auto accepted = co_await listener.accept();
    result = accepted ? Error{} : accepted.error();
}

WORLD_STORY(Conformance, AnAcceptIsCancelledAndTheListenerGoesOn)
{
    const auto listener = listen(world);
    TaskGroup group(world.executor());
    Error result;
    group.spawn(accept_into(*listener, result));
    co_await sleep_for(world.clock(), 1ms);
    group.cancel();
    co_await group.join();
    EXPECT_EQ(result, operation_aborted);
    auto client = co_await world.network().connect(listener->endpoint(), never);
    auto server = co_await listener->accept();
    EXPECT_TRUE(client.has_value());
    EXPECT_TRUE(server.has_value());
}

WORLD_STORY(Conformance, ClosingAListenerEndsItsAcceptAndLeavesAcceptedStreamsAlone)
{
    Pair pair = co_await connected_pair(world);
    TaskGroup group(world.executor());
    Error result;
    group.spawn(accept_into(*pair.listener, result));
    co_await sleep_for(world.clock(), 1ms);
    pair.listener->close();
    co_await group.join();
    EXPECT_EQ(result, operation_aborted);
    const Error sent = co_await pair.client->write("alive");
    EXPECT_FALSE(sent);
    const std::string got = co_await read(*pair.server);
    EXPECT_EQ(got, "alive");
}

WORLD_STORY(Conformance, AConnectionNobodyAcceptedIsResetWithItsListener)
{
    auto listener = listen(world);
    auto client = co_await world.network().connect(listener->endpoint(), never);
    listener.reset();
    const std::string got = co_await read(*client.value());
    EXPECT_EQ(got, reset_by_peer.message());
}

Task<void> connect_into(Network& network, Endpoint to, Instant deadline, Error& result)
{
    const auto connected = co_await network.connect(to, deadline);
    result = connected ? Error{} : connected.error();
}

WORLD_STORY(Conformance, ASilentListenerShowsWhoKnocksAndLetsNobodyIn)
{
    const auto listener = listen(world);
    EXPECT_FALSE(listener->set_admission(Admission::silent));
    int contacts = 0;
    Condition knocked;
    listener->on_contact([&] {
        ++contacts;
        knocked.notify_all();
    });
    TaskGroup group(world.executor());
    Error result;
    group.spawn(connect_into(world.network(), listener->endpoint(), never, result));
    while (contacts == 0) co_await knocked.wait();
    group.cancel();
    co_await group.join();
    EXPECT_EQ(result, operation_aborted);
    EXPECT_EQ(contacts, 1);
}

WORLD_STORY(Conformance, AConnectToASilentListenerEndsAtItsDeadline)
{
    const auto listener = listen(world);
    EXPECT_FALSE(listener->set_admission(Admission::silent));
    const Instant deadline = world.clock().now() + 20ms;
    const auto connected = co_await world.network().connect(listener->endpoint(), deadline);
    EXPECT_EQ(connected.error(), timed_out);
    EXPECT_GE(world.clock().now(), deadline);
}

WORLD_STORY(Conformance, AHealedListenerAcceptsOnlyWhoStillWantsIt)
{
    const auto listener = listen(world);
    EXPECT_FALSE(listener->set_admission(Admission::silent));
    const auto lost = co_await world.network().connect(listener->endpoint(), world.clock().now() + 5ms);
    EXPECT_FALSE(lost.has_value());
    EXPECT_FALSE(listener->set_admission(Admission::open));
    auto client = co_await world.network().connect(listener->endpoint(), never);
    auto server = co_await listener->accept();
    const Error sent = co_await client.value()->write("it is me");
    EXPECT_FALSE(sent);
    const std::string got = co_await read(*server.value());
    EXPECT_EQ(got, "it is me");
}

WORLD_STORY(Conformance, AnAcceptPendingThroughASilenceGetsTheFirstConnectAfterIt)
{
    const auto listener = listen(world);
    TaskGroup group(world.executor());
    Error result = timed_out;
    group.spawn(accept_into(*listener, result));
    EXPECT_FALSE(listener->set_admission(Admission::silent));
    co_await sleep_for(world.clock(), 1ms);
    EXPECT_EQ(group.size(), 1u);
    EXPECT_FALSE(listener->set_admission(Admission::open));
    const auto client = co_await world.network().connect(listener->endpoint(), never);
    EXPECT_TRUE(client.has_value());
    co_await group.join();
    EXPECT_FALSE(result);
}

WORLD_STORY(Conformance, OpenConnectionsLiveThroughSilenceAndRefusal)
{
    Pair pair = co_await connected_pair(world);
    for (const Admission admission : {Admission::silent, Admission::refuse, Admission::open}) {
        EXPECT_FALSE(pair.listener->set_admission(admission));
        const Error sent = co_await pair.client->write("x");
        EXPECT_FALSE(sent);
        const std::string got = co_await read(*pair.server);
        EXPECT_EQ(got, "x");
    }
}

WORLD_STORY(Conformance, ARefusingListenerKeepsItsPortAndComesBack)
{
    const auto listener = listen(world);
    EXPECT_FALSE(listener->set_admission(Admission::refuse));
    const auto turned_away = co_await world.network().connect(listener->endpoint(), never);
    EXPECT_EQ(turned_away.error(), refused);
    EXPECT_FALSE(listener->set_admission(Admission::open));
    const auto client = co_await world.network().connect(listener->endpoint(), never);
    EXPECT_TRUE(client.has_value());
    const auto server = co_await listener->accept();
    EXPECT_TRUE(server.has_value());
}

WORLD_STORY(Conformance, AProbeMeetsWhatAConnectWouldMeetAndLeavesNothingBehind)
{
    const auto listener = listen(world);
    int contacts = 0;
    listener->on_contact([&] { ++contacts; });
    for (const Admission expected :
         {Admission::open, Admission::silent, Admission::refuse, Admission::silent, Admission::open}) {
        EXPECT_FALSE(listener->set_admission(expected));
        const Admission met = co_await listener->probe();
        EXPECT_EQ(met, expected);
    }
    EXPECT_EQ(contacts, 0);
    auto client = co_await world.network().connect(listener->endpoint(), never);
    const Error sent = co_await client.value()->write("the only one");
    EXPECT_FALSE(sent);
    auto server = co_await listener->accept();
    const std::string got = co_await read(*server.value());
    EXPECT_EQ(got, "the only one");
    listener->close();
    const Admission closed = co_await listener->probe();
    EXPECT_EQ(closed, Admission::refuse);
}

Task<void> read_to_end_into(Stream& stream, std::string& result)
{
    result = co_await read_to_end(stream);
}

WORLD_STORY(Conformance, AResetAfterDrainedDeliversExactlyWhatWasPromised)
{
    const std::string promised(300'000, 'x');
    Pair pair = co_await connected_pair(world);
    TaskGroup group(world.executor());
    std::string result;
    group.spawn(read_to_end_into(*pair.client, result));
    const Error sent = co_await pair.server->write(promised);
    EXPECT_FALSE(sent);
    co_await pair.server->drained();
    pair.server->close(Close::reset);
    co_await group.join();
    EXPECT_EQ(result, "300000 bytes, " + reset_by_peer.message());
}

WORLD_STORY(Conformance, DrainedEndsWhenTheStreamBreaks)
{
    Pair pair = co_await connected_pair(world);
    pair.server->close(Close::fin);
    const Error first = co_await pair.client->write("nobody will read this");
    EXPECT_FALSE(first);
    co_await pair.client->drained();
    const std::string end = co_await read(*pair.client);
    EXPECT_EQ(end, "fin");
}

}  // namespace
}  // namespace chaos::net
