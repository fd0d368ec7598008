// The buffer between the reading task and the parser: its bound, its growth, and spans that stay where they are.
#include "net/http/input_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace chaos::net::http {
namespace {

void fill(InputBuffer& buffer, std::string_view bytes)
{
    const std::span<char> room = buffer.room();
    ASSERT_GE(room.size(), bytes.size());
    std::copy(bytes.begin(), bytes.end(), room.begin());
    buffer.added(bytes.size());
}

TEST(InputBuffer, GivesBackWhatWasAdded)
{
    InputBuffer buffer(100);
    EXPECT_EQ(buffer.unread(), "");
    fill(buffer, "hello");
    fill(buffer, " world");
    EXPECT_EQ(buffer.unread(), "hello world");
    buffer.consume(6);
    EXPECT_EQ(buffer.unread(), "world");
}

TEST(InputBuffer, HasNoRoomBeyondItsLimitUntilSomeIsConsumed)
{
    InputBuffer buffer(10);
    fill(buffer, "0123456");
    EXPECT_EQ(buffer.room().size(), 3U);
    fill(buffer, "789");
    EXPECT_TRUE(buffer.full());
    EXPECT_EQ(buffer.room().size(), 0U);
    buffer.consume(4);
    EXPECT_EQ(buffer.room().size(), 4U);
    EXPECT_EQ(buffer.unread(), "456789");
}

TEST(InputBuffer, KeepsASpanInPlaceWhileItIsConsumedFrom)
{
    InputBuffer buffer(1'000'000);
    fill(buffer, "first");
    const std::span<char> room = buffer.room();
    buffer.consume(5);
    std::fill(room.begin(), room.begin() + 3, 'x');
    buffer.added(3);
    EXPECT_EQ(buffer.unread(), "xxx");
}

TEST(InputBuffer, HasNoMemoryWhenEverythingWasConsumedAndHardlyAnyForTheEndOfALine)
{
    InputBuffer buffer(1'000'000);
    fill(buffer, "a chunk\r\n");
    EXPECT_GT(buffer.capacity(), 0U);
    buffer.consume(7);
    EXPECT_EQ(buffer.capacity(), 2U);
    EXPECT_EQ(buffer.unread(), "\r\n");
    fill(buffer, "5\r\n");
    EXPECT_EQ(buffer.unread(), "\r\n5\r\n");
    buffer.consume(5);
    EXPECT_EQ(buffer.capacity(), 0U);
    EXPECT_EQ(buffer.unread(), "");
}

TEST(InputBuffer, StartsSmallAndGrowsWhileItIsFilled)
{
    InputBuffer buffer(100'000);
    EXPECT_LE(buffer.room().size(), 4096U);
    std::size_t total = 0;
    while (!buffer.full()) {
        const std::span<char> room = buffer.room();
        ASSERT_GT(room.size(), 0U);
        buffer.added(room.size());
        total += room.size();
    }
    EXPECT_EQ(total, 100'000U);
}

TEST(InputBuffer, PassesAnyAmountThroughInOrder)
{
    InputBuffer buffer(5000);
    std::size_t written = 0;
    std::size_t read = 0;
    for (int round = 0; round < 10'000; ++round) {
        const std::span<char> room = buffer.room();
        const std::size_t count = std::min<std::size_t>(room.size(), static_cast<std::size_t>(round * 7 % 900));
        for (std::size_t i = 0; i < count; ++i) {
            room[i] = static_cast<char>(written++ % 251);
        }
        buffer.added(count);
        const std::string_view unread = buffer.unread();
        const std::size_t taken = std::min<std::size_t>(unread.size(), static_cast<std::size_t>(round * 13 % 1000));
        for (std::size_t i = 0; i < taken; ++i) {
            ASSERT_EQ(unread[i], static_cast<char>(read++ % 251));
        }
        buffer.consume(taken);
    }
    EXPECT_GT(read, 1'000'000U);
}

}  // namespace
}  // namespace chaos::net::http
