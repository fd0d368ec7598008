// What only the real world has: signals, the kernel's table of connects, true randomness.
#include "net/real/reality.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <vector>

#include "net/condition.hpp"
#include "net/real/syn_table.hpp"

namespace chaos::net {
namespace {

Task<void> raise_and_wait(Runtime& world, std::vector<int>& signals)
{
    for (const int signal : {SIGTERM, SIGINT, SIGTERM}) {
        const std::size_t before = signals.size();
        std::raise(signal);
        while (signals.size() == before) co_await sleep_for(world.clock(), std::chrono::milliseconds(1));
    }
}

TEST(Reality, TellsOfEachStopSignal)
{
    Reality reality;
    std::vector<int> signals;
    reality.on_stop_signal([&](int signal) { signals.push_back(signal); });
    reality.run(raise_and_wait(reality, signals));
    EXPECT_EQ(signals, (std::vector<int>{SIGTERM, SIGINT, SIGTERM}));
}

TEST(Reality, ProcessTimeGoesOnAndCivilTimeIsAfterThisWasWritten)
{
    const Duration before = process_time();
    EXPECT_GE(before, Duration::zero());
    EXPECT_GE(process_time(), before);
    EXPECT_GT(civil_time(), WallTime(std::chrono::seconds(1'767'225'600)));
    Reality reality;
    EXPECT_GE(reality.wall().now(), civil_time() - std::chrono::minutes(1));
    EXPECT_FALSE(reality.simulated());
}

TEST(Reality, SeedsDiffer)
{
    EXPECT_NE(random_seed(), random_seed());
}

TEST(Reality, AllowsAsManyDescriptorsAsTheSystemDoes)
{
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit few = before;
    few.rlim_cur = 64;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    allow_many_descriptors();
    rlimit after{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
    EXPECT_EQ(after.rlim_cur, before.rlim_max);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

struct TableCase {
    const char* meaning;
    const char* to;
    std::uint16_t port;
    std::vector<std::uint16_t> from_ports;
};

/// As /proc/net/tcp writes it on a little-endian machine.
constexpr const char* table =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1471 1 0 100 0 0 10 0\n"
    "   1: 0100007F:B29A 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 1472 1 0 20 4 30 10 "
    "-1\n"
    "   2: 0100007F:B2A0 0100007F:1F90 02 00000001:00000000 01:00000014 00000000     0        0 1473 2 0 100 0 0 10 "
    "-1\n"
    "   3: 0200007F:B2A4 0100007F:1F90 02 00000001:00000000 01:00000014 00000000     0        0 1474 2 0 100 0 0 10 "
    "-1\n"
    "   4: 0100007F:B2A8 0200007F:1F90 02 00000001:00000000 01:00000014 00000000     0        0 1475 2 0 100 0 0 10 "
    "-1\n"
    "   5: 0100007F:B2AC 0100007F:11F9 02 00000001:00000000 01:00000014 00000000     0        0 1476 2 0 100 0 0 10 "
    "-1\n"
    "   6: garbled\n";

TEST(SynTable, FindsTheConnectsThatWaitForAnAnswer)
{
    const std::vector<TableCase> cases{
        {"only those in SYN_SENT to exactly this address and port", "127.0.0.1", 8080, {0xB2A0, 0xB2A4}},
        {"another address of this machine", "127.0.0.2", 8080, {0xB2A8}},
        {"any address", "0.0.0.0", 8080, {0xB2A0, 0xB2A4, 0xB2A8}},
        {"another port", "127.0.0.1", 0x11F9, {0xB2AC}},
        {"nobody", "127.0.0.1", 1, {}},
    };
    for (const TableCase& one : cases) {
        const real::Tcp::endpoint to(asio::ip::make_address(one.to), one.port);
        std::vector<std::uint16_t> ports;
        for (const auto& connect : real::pending_connects_in(table, to)) ports.push_back(connect.from_port);
        EXPECT_EQ(ports, one.from_ports) << one.meaning;
    }
}

TEST(SynTable, KnowsIpVersionSixToo)
{
    const char* six =
        "  sl  local_address                         remote_address                        st\n"
        "   0: 00000000000000000000000001000000:B2A0 00000000000000000000000001000000:1F90 02 00000001:00000000\n";
    const auto found = real::pending_connects_in(six, real::Tcp::endpoint(asio::ip::make_address("::1"), 8080));
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].from_port, 0xB2A0);
}

TEST(Endpoints, AreWrittenAsInUrls)
{
    EXPECT_EQ(to_string(Endpoint{"127.0.0.1", 8080}), "127.0.0.1:8080");
    EXPECT_EQ(to_string(Endpoint{"api.example", 443}), "api.example:443");
    EXPECT_EQ(to_string(Endpoint{"::1", 80}), "[::1]:80");
}

}  // namespace
}  // namespace chaos::net
