// A name that is not resolved: what a client of either world meets, what is told of it, and where it cannot be had.
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

template <class World>
class DnsFailureIn : public ::testing::Test {
protected:
    void SetUp() override
    {
        if (!world_.runtime.network().own_name("any.chaos.test")) {
            GTEST_SKIP() << "this machine does not resolve names by name servers alone";
        }
    }

    World world_;
};
TYPED_TEST_SUITE(DnsFailureIn, BothWorlds, WorldNames);

struct NameAnswered {
    const char* answer;
    const char* ending;
    const char* met;
    net::Duration patience;  ///< of the client: only silence needs an end to it
};

TYPED_TEST(DnsFailureIn, is_met_by_a_lookup)
{
    const NameAnswered rows[] = {
        {"nxdomain", "no connection: Host not found (authoritative)", "NXDOMAIN", std::chrono::seconds(30)},
        {"servfail", "no connection: Host not found (non-authoritative), try again later", "SERVFAIL",
         std::chrono::seconds(30)},
        {"silence", "no connection: Connection timed out", "silence", milliseconds(150)},
    };
    for (const NameAnswered& row : rows) {
        Ask ask = briefly(post(chat_body(0, false)), row.patience);
        const Told told =
            tell(this->world_.runtime,
                 {fmt::format("{{target: primary, from: 0s, inject: {{dns_failure: {{answer: {}}}}}}}", row.answer)},
                 {ask, ask});
        for (const Heard& heard : told.heard) {
            EXPECT_EQ(heard.ending, row.ending);
            EXPECT_EQ(heard.bytes, "");
        }
        const std::string proof = fmt::format("dns_failure contacted to primary: a lookup of its name met {}", row.met);
        EXPECT_EQ(std::count(told.notes.begin(), told.notes.end(), proof), 2)
            << fmt::to_string(fmt::join(told.notes, "\n"));
        EXPECT_TRUE(told.rest_of("dns_failure armed on primary: our own question for primary-")
                        .ends_with(fmt::format(".chaos.test met {}", row.met)));
        EXPECT_EQ(told.rest_of("primary#1").find("nothing of the kind"), 0U) << "no request was received";
    }
}

TYPED_TEST(DnsFailureIn, spares_open_connections_and_ends_with_its_window)
{
    Notebook notebook;
    net::Runtime& runtime = this->world_.runtime;
    Provider provider(runtime, primary(), read_faults({"{target: primary, from: 0s, inject: dns_failure}"}),
                      net::Chance(1), some_task().run, notebook);
    EXPECT_TRUE(provider.address().host.starts_with("primary-"));
    EXPECT_TRUE(provider.address().host.ends_with(".chaos.test"));
    runtime.run([](net::Runtime& world, Provider& at, Notebook& notes) -> net::Task<void> {
        net::TaskGroup serving(world.executor());
        serving.spawn(at.serve());
        auto open = co_await world.network().connect(at.address(), net::never);
        const std::string request = bytes_of(kept_alive(post(chat_body(0, false))));
        at.start_clock(world.clock().now());
        Ask another = post(chat_body(0, false));
        another.to = at.address();
        const Heard met = co_await converse(world, another);
        EXPECT_EQ(met.ending, "no connection: Host not found (authoritative)");
        const net::Error error = co_await (*open)->write(request);
        const bool answered = !error && co_await hear_out(**open);
        EXPECT_TRUE(answered) << "a connection that is open needs no name";
        at.replace_faults({});
        while (std::find(notes.lines.begin(), notes.lines.end(), "dns_failure released on primary") ==
               notes.lines.end()) {
            co_await net::sleep_for(world.clock(), milliseconds(1));
        }
        const Heard healed = co_await converse(world, another);
        EXPECT_EQ(healed.status, 200);
        open->reset();
        at.stop();
        co_await serving.join();
    }(runtime, provider, notebook));
}

TYPED_TEST(DnsFailureIn, is_skipped_where_whoever_connects_resolves_without_us)
{
    Notebook notebook;
    Provider provider(this->world_.runtime, primary(),
                      read_faults({"{target: primary, from: 0s, inject: dns_failure}"}), net::Chance(1),
                      some_task().run, notebook);
    provider.expect_other_faults();
    EXPECT_EQ(provider.address(), provider.endpoint());
    provider.start_clock(this->world_.runtime.clock().now());
    EXPECT_EQ(notebook.lines,
              (std::vector<std::string>{"dns_failure skipped on primary: whoever connects is another program, with a "
                                        "resolver that is not ours to answer"}));
}

TEST(DnsFailure, is_read_strictly)
{
    const std::pair<const char*, const char*> rows[] = {
        {"{target: primary, inject: dns_failure}",
         "dns_failure needs a window: `from:`, `until:` or both (`from: 0s` is the whole run)"},
        {"{target: primary, from: 0s, chance: 10%, inject: dns_failure}",
         "`chance` picks single connections, but dns_failure meets every connect in its window"},
        {"{target: primary, from: 0s, inject: {dns_failure: {answer: refused}}}",
         "answer: expected one of nxdomain, servfail, silence, found 'refused'"},
        {"{target: primary, from: 0s, inject: {dns_failure: {anser: silence}}}",
         "dns_failure: unknown key 'anser' (did you mean 'answer'?)"},
        {"{target: primary, from: 0s, stream: true, inject: dns_failure}",
         "`stream` picks requests, but dns_failure acts on connections, before there is a request"},
    };
    for (const auto& [yaml, complaint] : rows) {
        config::Complaints complaints("test.yaml");
        faults::read_fault(*config::parse(yaml, complaints), complaints, {"primary"}, {}, 1);
        ASSERT_FALSE(complaints.empty()) << yaml;
        EXPECT_EQ(complaints.sorted().front().text.substr(0, std::string(complaint).size()), complaint);
    }
}

}  // namespace
}  // namespace chaos::mock_providers
