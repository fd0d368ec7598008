// Latency, bandwidth, slices, slow ends, unread and stale connections: what a client meets, and what is told about it,
// in both worlds.
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

Ask plain_request()
{
    return post(chat_body(0, false));
}

Ask streamed_request()
{
    return post(chat_body(0, true));
}

template <class World>
class LineFaultsOf : public ::testing::Test {
protected:
    Told tell(const std::vector<std::string>& faults, std::vector<Ask> asks)
    {
        return testing::tell(world_.runtime, faults, std::move(asks));
    }

    /// Only where time is exact: a busy machine makes everything late.
    void expect_early(net::Duration took, net::Duration limit)
    {
        if (world_.runtime.simulated()) {
            EXPECT_LT(took, limit);
        }
    }

    World world_;
};
TYPED_TEST_SUITE(LineFaultsOf, BothWorlds, WorldNames);

TYPED_TEST(LineFaultsOf, latency)
{
    const Told told = this->tell({"{target: primary, inject: {latency: {of: 40ms}}}"}, {plain_request()});
    const Heard& heard = told.heard.at(0);
    EXPECT_EQ(heard.status, 200);
    EXPECT_GE(heard.first_byte, milliseconds(80)) << "each way";
    EXPECT_TRUE(told.noted("latency falls on primary"));
    EXPECT_TRUE(told.rest_of("latency delivered to primary: ").find(" bytes up held for up to ") != std::string::npos)
        << told.rest_of("latency delivered to primary: ");
}

TYPED_TEST(LineFaultsOf, latency_in_one_direction)
{
    const Told told =
        this->tell({"{target: primary, inject: {latency: {of: 60ms, direction: down}}}"}, {plain_request()});
    EXPECT_GE(told.heard.at(0).first_byte, milliseconds(60));
    this->expect_early(told.heard.at(0).first_byte, milliseconds(110));
    EXPECT_TRUE(told.rest_of("latency delivered to primary: ").find(" bytes down held for up to ") !=
                std::string::npos);
}

TYPED_TEST(LineFaultsOf, bandwidth)
{
    const Told told =
        this->tell({"{target: primary, inject: {bandwidth: {rate: 4 KiB/s, direction: down}}}"}, {plain_request()});
    const Heard& heard = told.heard.at(0);
    EXPECT_TRUE(heard.whole);
    const double seconds = static_cast<double>(heard.bytes.size()) / 4096;
    EXPECT_GE(net::seconds(heard.took), seconds * 0.95);
    EXPECT_TRUE(told.rest_of("bandwidth delivered to primary: ").find(" bytes down took ") != std::string::npos)
        << told.rest_of("bandwidth delivered to primary: ");
}

TYPED_TEST(LineFaultsOf, slices)
{
    const Told told = this->tell({"{target: primary, inject: {slices: {size: 5 B, variation: 2 B, pause: 0ms}}}"},
                                 {streamed_request()});
    EXPECT_TRUE(told.heard.at(0).whole);
    EXPECT_EQ(told.heard.at(0).status, 200) << "the request came in slices, and was put together";
    EXPECT_TRUE(told.rest_of("slices delivered to primary: ").find(" slices, over ") != std::string::npos);
}

TYPED_TEST(LineFaultsOf, slow_close)
{
    const Told told = this->tell({"{target: primary, inject: {slow_close: {by: 60ms}}}"}, {plain_request()});
    EXPECT_TRUE(told.heard.at(0).whole);
    EXPECT_EQ(told.heard.at(0).ending, "FIN");
    EXPECT_GE(told.heard.at(0).took, milliseconds(60));
    this->expect_early(told.heard.at(0).first_byte, milliseconds(50));
    EXPECT_TRUE(told.rest_of("slow_close delivered to primary: ").starts_with("the end was held for "));
}

struct LimitOnLine {
    const char* inject;
    std::size_t passes;  ///< bytes that the client hears
    const char* ending;
    const char* proof;
};

/// The answer is longer than any of these, and so is the request.
constexpr LimitOnLine some_limits[] = {
    {"{limit_data: {bytes: 300 B}}", 300, "FIN", "FIN after 300 bytes down"},
    {"{limit_data: {bytes: 301 B, end: reset}}", 301, "RST", "RST after 301 bytes down"},
    {"{limit_data: {bytes: 1 B}}", 1, "FIN", "FIN after 1 byte down"},
    {"{limit_data: {bytes: 0 B, end: reset}}", 0, "RST", "RST after 0 bytes down"},
    {"{limit_data: {bytes: 100 B, direction: up}}", 0, "FIN", "FIN after 100 bytes up"},
    {"{limit_data: {bytes: 100 B, direction: up, end: reset}}", 0, "RST", "RST after 100 bytes up"},
    {"{limit_data: {bytes: 100 B, direction: both}}", 0, "FIN", "FIN after 100 bytes up"},
};

TYPED_TEST(LineFaultsOf, limit_data)
{
    for (const LimitOnLine& limit : some_limits) {
        for (const Ask& ask : {plain_request(), streamed_request()}) {
            const Told told = this->tell({fmt::format("{{target: primary, inject: {}}}", limit.inject)}, {ask});
            EXPECT_EQ(told.heard.at(0).bytes.size(), limit.passes) << limit.inject;
            EXPECT_EQ(told.heard.at(0).ending, limit.ending) << limit.inject;
            EXPECT_FALSE(told.heard.at(0).whole) << limit.inject;
            EXPECT_EQ(told.rest_of("limit_data delivered to primary: "), limit.proof) << limit.inject;
        }
    }
}

TYPED_TEST(LineFaultsOf, limit_data_counts_over_the_answers_of_a_connection)
{
    const std::size_t whole = this->tell({}, {plain_request()}).heard.at(0).bytes.size();
    Ask again = kept_alive(plain_request());
    again.reused = true;
    const std::string fault = fmt::format("{{target: primary, inject: {{limit_data: {{bytes: {} B}}}}}}", whole + 200);
    const Told told = this->tell({fault}, {again});
    EXPECT_EQ(told.heard.at(0).ending, "FIN") << "the first answer was whole";
    EXPECT_GT(told.heard.at(0).bytes.size(), 100U);
    EXPECT_LT(told.heard.at(0).bytes.size(), 300U) << "of the second came what the first had left";
    EXPECT_EQ(told.rest_of("limit_data delivered to primary: "), fmt::format("FIN after {} bytes down", whole + 200));
}

TYPED_TEST(LineFaultsOf, no_read)
{
    const Told told = this->tell({"{target: primary, inject: no_read}"}, {briefly(plain_request())});
    EXPECT_EQ(told.heard.at(0).ending, "silence");
    EXPECT_EQ(told.heard.at(0).bytes, "");
    EXPECT_TRUE(told.noted("no_read delivered to primary: the connection was accepted, and nothing is read from it"));
    EXPECT_EQ(told.rest_of("primary#1").find("nothing of the kind"), 0U) << "no request was received";
}

TYPED_TEST(LineFaultsOf, act_together)
{
    const Told told = this->tell({"{target: primary, inject: {latency: {of: 30ms, direction: down}}}",
                                  "{target: primary, inject: {bandwidth: {rate: 8 KiB/s, direction: down}}}"},
                                 {plain_request()});
    const Heard& heard = told.heard.at(0);
    EXPECT_GE(net::seconds(heard.took), 0.03 + static_cast<double>(heard.bytes.size()) / 8192 * 0.95);
    EXPECT_TRUE(told.noted("latency falls on primary"));
    EXPECT_TRUE(told.noted("bandwidth falls on primary"));
}

TYPED_TEST(LineFaultsOf, pick_connections)
{
    const Told told = this->tell({"{target: primary, connections: 2, inject: {latency: {of: 50ms}}}"},
                                 {plain_request(), plain_request(), plain_request()});
    this->expect_early(told.heard.at(0).took, milliseconds(50));
    EXPECT_GE(told.heard.at(1).took, milliseconds(100));
    this->expect_early(told.heard.at(2).took, milliseconds(50));
    EXPECT_EQ(std::count(told.notes.begin(), told.notes.end(), "latency falls on primary"), 1);
    EXPECT_FALSE(told.noted("latency spares primary"));
}

/// Two requests on one connection, the second after listening for so long; how each ended, and what came.
net::Task<void> ask_twice(net::Runtime& world, Provider& provider, net::Duration listens, std::vector<std::string>& got)
{
    net::TaskGroup serving(world.executor());
    serving.spawn(provider.serve());
    provider.start_clock(world.clock().now());
    auto stream = co_await world.network().connect(provider.endpoint(), net::never);
    const std::string request = bytes_of(kept_alive(plain_request()));
    for (int nth = 0; nth < 2; ++nth) {
        const net::Error error = co_await (*stream)->write(request);
        Heard heard;
        if (!error) {
            co_await listen_to(world, **stream, world.clock().now() + (nth == 0 ? listens : milliseconds(800)), heard);
        }
        got.push_back(error ? error.message() : heard.bytes.substr(0, 12) + "|" + heard.ending);
        co_await net::sleep_for(world.clock(), milliseconds(1));
    }
    provider.stop();
    co_await serving.join();
}

std::vector<std::string> twice(net::Runtime& world, const std::string& fault, net::Duration listens, Notebook& notebook)
{
    Provider provider(world, primary(), read_faults({fault}), net::Chance(1), some_task().run, notebook);
    std::vector<std::string> got;
    world.run(ask_twice(world, provider, listens, got));
    return got;
}

TYPED_TEST(LineFaultsOf, stale_keep_alive)
{
    Notebook notebook;
    const std::vector<std::string> got =
        twice(this->world_.runtime, "{target: primary, inject: stale_keep_alive}", seconds(1), notebook);
    EXPECT_EQ(got, (std::vector<std::string>{"HTTP/1.1 200|silence", "|RST"}));
    const auto& lines = notebook.lines;
    EXPECT_NE(std::find(lines.begin(), lines.end(),
                        "stale_keep_alive delivered to primary: RST to the first bytes of another request"),
              lines.end());
    EXPECT_EQ(std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line.starts_with("primary#2"); }),
              0)
        << "the second request was never received";
}

TYPED_TEST(LineFaultsOf, stale_keep_alive_after_a_rest)
{
    Notebook notebook;
    const std::vector<std::string> got =
        twice(this->world_.runtime, "{target: primary, inject: {stale_keep_alive: {idle: 400ms}}}", milliseconds(100),
              notebook);
    EXPECT_EQ(got.at(0), "HTTP/1.1 200|silence");
    EXPECT_EQ(got.at(1), "HTTP/1.1 200|FIN") << "it was closed once it had rested";
}

TEST(LineFaults, open_and_close_with_their_windows)
{
    net::Simulation world;
    Notebook notebook;
    Provider provider(world, primary(),
                      read_faults({"{target: primary, from: 1s, until: 2s, inject: {latency: {of: 500ms}}}"}),
                      net::Chance(1), some_task().run, notebook);
    const auto story = [](net::Runtime& in, Provider& at) -> net::Task<void> {
        net::TaskGroup serving(in.executor());
        serving.spawn(at.serve());
        const net::Instant zero = in.clock().now();
        at.start_clock(zero);
        Ask ask = plain_request();
        ask.to = at.endpoint();
        std::vector<net::Duration> took;
        for (const int second : {0, 1, 2}) {
            co_await net::sleep_until(in.clock(), zero + milliseconds(second * 1000));
            const Heard heard = co_await converse(in, ask);
            took.push_back(heard.took);
        }
        EXPECT_LT(took.at(0), milliseconds(100));
        EXPECT_GE(took.at(1), milliseconds(990)) << "the answer is on its way when the window closes, and is released";
        EXPECT_LT(took.at(1), milliseconds(1010));
        EXPECT_LT(took.at(2), milliseconds(100));
        at.stop();
        co_await serving.join();
    };
    world.run(story(world, provider));
}

TEST(LineFaults, dice_fall_for_connections)
{
    net::Simulation world;
    std::vector<Ask> asks(40, plain_request());
    const Told told = tell(world, {"{target: primary, chance: 50%, inject: {latency: {of: 1s}}}"}, asks);
    const auto fell = std::count(told.notes.begin(), told.notes.end(), "latency falls on primary");
    const auto spared = std::count(told.notes.begin(), told.notes.end(), "latency spares primary");
    EXPECT_EQ(fell + spared, 40);
    EXPECT_GT(fell, 10);
    EXPECT_LT(fell, 30);
    const auto slow = std::count_if(told.heard.begin(), told.heard.end(),
                                    [](const Heard& heard) { return heard.took >= seconds(2); });
    EXPECT_EQ(slow, fell);
}

TEST(LineFaults, draw_the_same_for_the_same_seed)
{
    const auto run = [] {
        net::Simulation world;
        const Told told =
            tell(world, {"{target: primary, inject: {latency: {of: 100ms, jitter: 80ms, distribution: lognormal}}}"},
                 std::vector<Ask>(10, streamed_request()));
        std::vector<net::Duration> took;
        for (const Heard& heard : told.heard) took.push_back(heard.took);
        return took;
    };
    const auto once = run();
    EXPECT_EQ(once, run());
    EXPECT_NE(once.at(0), once.at(1));
}

struct Misspelt {
    const char* inject;
    const char* complaint;
};

TEST(LineFaults, are_read_strictly)
{
    const Misspelt rows[] = {
        {"{latency: {of: 0s}}", "latency.of: must be more than 0s and at most 1h"},
        {"{latency: {of: 2h}}", "latency.of: must be more than 0s and at most 1h"},
        {"{latency: {of: 10ms, jitter: 20ms}}",
         "latency.jitter: no latency is below zero, so a uniform one of 10ms varies by at most that"},
        {"{latency: {distribution: normal, jitter: 0ms}}",
         "latency.distribution: with a `jitter` of 0s every latency is the same"},
        {"{latency: {of: 10ms, direction: upwards}}", "direction: expected one of both, up, down, found 'upwards'"},
        {"{bandwidth: {rate: 20 KiB}}",
         "rate: expected bytes a second such as 20 KiB/s, from 1 B/s to 10 GiB/s, found '20 KiB' (did you mean '20 "
         "KiB/s'?)"},
        {"{bandwidth: {rate: 0 B/s}}",
         "rate: expected bytes a second such as 20 KiB/s, from 1 B/s to 10 GiB/s, found '0 B/s'; where nothing passes, "
         "say "
         "blackhole"},
        {"{slices: {size: 0 B}}", "slices.size: must be from 1 B to 16 MiB"},
        {"{slices: {size: 8 B, variation: 8 B}}", "slices.variation: must be less than the size, 8 B"},
        {"{slow_close: {by: 0s}}", "slow_close.by: must be more than 0s"},
        {"{limit_data: {bytes: 300}}", "bytes: expected a size with a unit"},
        {"{limit_data: {end: silence}}", "end: expected one of fin, reset, found 'silence'"},
        {"{limit_data: {direction: upwards}}", "direction: expected one of both, up, down, found 'upwards'"},
        {"{no_read: {at: once}}", "no_read: unknown key 'at'"},
        {"{stale_keep_alive: {idel: 1s}}", "stale_keep_alive: unknown key 'idel' (did you mean 'idle'?)"},
    };
    for (const Misspelt& row : rows) {
        config::Complaints complaints("test.yaml");
        const std::string yaml = fmt::format("{{target: primary, inject: {}}}", row.inject);
        faults::read_fault(*config::parse(yaml, complaints), complaints, {"primary"}, {}, 1);
        ASSERT_FALSE(complaints.empty()) << row.inject;
        EXPECT_TRUE(complaints.sorted().front().text.starts_with(row.complaint))
            << row.inject << ": " << complaints.sorted().front().text;
    }
}

}  // namespace
}  // namespace chaos::mock_providers
