// Host names of our own in both worlds, the messages of the name server, and the machines on which it is asked.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/error.hpp>

#include "net/real/dns_message.hpp"
#include "net/real/name_services.hpp"
#include "net/task_group.hpp"
#include "tests/net/worlds.hpp"

namespace chaos::net {
namespace {

using namespace std::chrono_literals;
using namespace testing;

template <class World>
class Names : public InBothWorlds<World> {
protected:
    void SetUp() override
    {
        World world;
        if (!world.runtime.network().own_name("any.chaos.test")) {
            GTEST_SKIP() << "this machine does not resolve names by name servers alone";
        }
    }
};
TYPED_TEST_SUITE(Names, AllWorlds, WorldNames);

/// A name, and somebody who listens where it points.
struct Place {
    explicit Place(Runtime& world) : listener(listen(world)), name(world.network().own_name("place.chaos.test").value())
    {
        at = {name->text(), listener->endpoint().port};
        name->on_lookup([this] { ++lookups; });
    }

    std::unique_ptr<Listener> listener;
    std::unique_ptr<HostName> name;
    Endpoint at;
    int lookups = 0;
};

/// How a connect ends: "", or the error.
Task<Error> knock(Runtime& world, const Endpoint& at, Duration patience = 20s)
{
    const auto stream = co_await world.network().connect(at, world.clock().now() + patience);
    co_return stream ? Error{} : stream.error();
}

WORLD_STORY(Names, APlaceIsFoundByItsName)
{
    Place place(world);
    EXPECT_EQ(co_await knock(world, place.at), Error{});
    EXPECT_EQ(place.lookups, 0) << "nobody was told anything wrong";
}

WORLD_STORY(Names, ANameThatIsNotThereIsNotFound)
{
    Place place(world);
    place.name->set_answer(NameAnswer::nxdomain);
    EXPECT_EQ(co_await knock(world, place.at), asio::error::host_not_found);
    EXPECT_EQ(place.lookups, 1);
}

WORLD_STORY(Names, AFailingServerIsAskedAgainAndIsOneLookup)
{
    Place place(world);
    place.name->set_answer(NameAnswer::servfail);
    EXPECT_EQ(co_await knock(world, place.at), asio::error::host_not_found_try_again);
    EXPECT_EQ(place.lookups, 1);
    EXPECT_EQ(co_await knock(world, place.at), asio::error::host_not_found_try_again);
    EXPECT_EQ(place.lookups, 2);
}

WORLD_STORY(Names, ASilentServerCostsAConnectItsDeadline)
{
    Place place(world);
    place.name->set_answer(NameAnswer::silence);
    const Instant began = world.clock().now();
    EXPECT_EQ(co_await knock(world, place.at, 200ms), asio::error::timed_out);
    EXPECT_GE(world.clock().now() - began, 200ms);
    EXPECT_EQ(place.lookups, 1);
}

WORLD_STORY(Names, ASilentServerKeepsNobodyElseWaiting)
{
    Place silent(world);
    silent.name->set_answer(NameAnswer::silence);
    const auto other = world.network().own_name("other.chaos.test").value();
    TaskGroup waiting(world.executor());
    bool over = false;
    waiting.spawn([](Runtime& in, Endpoint at, bool& ended) -> Task<void> {
        const Error error = co_await knock(in, at);
        ended = !error.failed() || error == asio::error::timed_out;
    }(world, silent.at, over));
    EXPECT_EQ(co_await knock(world, {other->text(), silent.at.port}), Error{});
    EXPECT_FALSE(over);
    waiting.cancel();
    co_await waiting.join();
}

WORLD_STORY(Names, ANameComesBack)
{
    Place place(world);
    place.name->set_answer(NameAnswer::nxdomain);
    EXPECT_EQ(co_await knock(world, place.at), asio::error::host_not_found);
    place.name->set_answer(NameAnswer::address);
    EXPECT_EQ(co_await knock(world, place.at), Error{});
}

WORLD_STORY(Names, AProbeHearsTheAnswerAndIsNoLookup)
{
    Place place(world);
    for (const NameAnswer answer :
         {NameAnswer::address, NameAnswer::nxdomain, NameAnswer::servfail, NameAnswer::silence, NameAnswer::address}) {
        place.name->set_answer(answer);
        const NameAnswer heard = co_await place.name->probe();
        EXPECT_EQ(heard, answer);
    }
    EXPECT_EQ(place.lookups, 0);
}

WORLD_STORY(Names, SeveralProbesAtATimeHearEachItsOwn)
{
    Place silent(world);
    silent.name->set_answer(NameAnswer::silence);
    const auto other = world.network().own_name("other.chaos.test").value();
    other->set_answer(NameAnswer::nxdomain);
    std::vector<NameAnswer> heard;
    TaskGroup probing(world.executor());
    for (int nth = 0; nth < 3; ++nth) {
        for (HostName* name : {silent.name.get(), other.get()}) {
            probing.spawn([](HostName& of, std::vector<NameAnswer>& all) -> Task<void> {
                const NameAnswer answer = co_await of.probe();
                all.push_back(answer);
            }(*name, heard));
        }
    }
    co_await probing.join();
    EXPECT_EQ(std::count(heard.begin(), heard.end(), NameAnswer::silence), 3);
    EXPECT_EQ(std::count(heard.begin(), heard.end(), NameAnswer::nxdomain), 3);
    EXPECT_EQ(silent.lookups, 0);
}

WORLD_STORY(Names, ANameHasOneOwnerAtATime)
{
    auto name = world.network().own_name("one.chaos.test");
    const auto second = world.network().own_name("one.chaos.test");
    EXPECT_EQ(second.error(), asio::error::address_in_use);
    name.value().reset();
    EXPECT_TRUE(world.network().own_name("one.chaos.test").has_value());
    co_return;
}

TEST(SimulatedNames, ASilentServerIsGivenUpAfterTwoQuestions)
{
    Simulation world;
    world.run([](Runtime& in) -> Task<void> {
        Place place(in);
        place.name->set_answer(NameAnswer::silence);
        const Instant began = in.clock().now();
        EXPECT_EQ(co_await knock(in, place.at), asio::error::host_not_found_try_again);
        EXPECT_GE(in.clock().now() - began, 10s);
        EXPECT_LT(in.clock().now() - began, 10'100ms);
    }(world));
}

TEST(SimulatedNames, ASecondQuestionHearsWhatHasChanged)
{
    Simulation world;
    world.run([](Runtime& in) -> Task<void> {
        Place place(in);
        place.name->set_answer(NameAnswer::silence);
        const auto heal = in.clock().make_timer();
        const Instant began = in.clock().now();
        heal->arm(began + 1s, [&place] { place.name->set_answer(NameAnswer::address); });
        EXPECT_EQ(co_await knock(in, place.at), Error{});
        EXPECT_GE(in.clock().now() - began, 5s);
        EXPECT_LT(in.clock().now() - began, 5'100ms);
    }(world));
}

namespace dns = real::dns;

TEST(DnsMessages, AQueryIsReadAsItWasWritten)
{
    const std::string query = dns::write_query(0x1234, "a.Chaos.test");
    EXPECT_EQ(query, std::string("\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\5Chaos\4test\0\0\1\0\1", 30));
    const auto question = dns::read_query(query);
    ASSERT_TRUE(question.has_value());
    EXPECT_EQ(question->id, 0x1234);
    EXPECT_EQ(question->name, "a.chaos.test") << "names are told apart without their case";
    EXPECT_EQ(question->type, dns::type_a);
}

TEST(DnsMessages, AnswersRepeatTheQuestion)
{
    const std::string query = dns::write_query(7, "a.test");
    const auto question = dns::read_query(query).value();
    EXPECT_EQ(dns::answer(question, dns::Code::nxdomain, false),
              std::string("\0\7\x85\x83\0\1\0\0\0\0\0\0\1a\4test\0\0\1\0\1", 24));
    EXPECT_EQ(dns::answer(question, dns::Code::ok, true),
              std::string("\0\7\x85\x80\0\1\0\1\0\0\0\0\1a\4test\0\0\1\0\1", 24) +
                  std::string("\xC0\x0C\0\1\0\1\0\0\0\0\0\4\x7F\0\0\1", 16));
    const auto response = dns::read_response(dns::answer(question, dns::Code::servfail, false), 7);
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->code, dns::Code::servfail);
    EXPECT_FALSE(response->has_answer);
    EXPECT_FALSE(dns::read_response(query, 7).has_value()) << "a question is no response";
    EXPECT_FALSE(dns::read_response(dns::answer(question, dns::Code::ok, true), 8).has_value()) << "another one's";
}

TEST(DnsMessages, WhatIsNoQueryIsNotRead)
{
    const std::string query = dns::write_query(7, "a.test");
    for (std::size_t size = 0; size < query.size(); ++size) {
        EXPECT_FALSE(dns::read_query(std::string_view(query).substr(0, size)).has_value()) << size;
    }
    for (const std::size_t place : {std::size_t{2}, std::size_t{5}, std::size_t{12}}) {
        std::string broken = query;
        broken[place] = '\xFF';
        EXPECT_FALSE(dns::read_query(broken).has_value()) << place;
    }
}

TEST(NameServices, WhoIsAskedForHosts)
{
    const std::pair<const char*, bool> rows[] = {
        {"hosts: files dns\n", true},
        {"passwd: files\nhosts:\tfiles myhostname dns # as ever\n", true},
        {"hosts: files mdns4_minimal [NOTFOUND=return] dns\n", true},
        {"hosts: files [!UNAVAIL = return] dns\n", true},
        {"passwd: files\n", true},
        {"", true},
        {"hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns\n", false},
        {"hosts: files sss dns\n", false},
        {"hosts: files\n", false},
        {"hosts: files # dns\n", false},
    };
    for (const auto& [nsswitch, asks] : rows) EXPECT_EQ(real::asks_name_servers(nsswitch), asks) << nsswitch;
}

}  // namespace
}  // namespace chaos::net
