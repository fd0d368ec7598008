// Records: what was written is read back, and nothing else is believed.
#include "store/record.hpp"

#include <gtest/gtest.h>

namespace chaos::store {
namespace {

using namespace std::string_literals;

TEST(Record, fields_come_back_in_order)
{
    const std::string bytes = RecordWriter().text("a:\0b"s).number(-42).text("").number(INT64_MAX).take();
    RecordReader record(bytes);
    EXPECT_EQ(record.text(), "a:\0b"s);
    EXPECT_EQ(record.number(), -42);
    EXPECT_EQ(record.text(), "");
    EXPECT_FALSE(record.at_end());
    EXPECT_EQ(record.number(), INT64_MAX);
    EXPECT_TRUE(record.at_end());
    EXPECT_TRUE(record.good());
}

TEST(Record, what_is_cut_or_altered_is_noticed)
{
    for (const char* bytes : {"", "3", "3:", "3:ab", ":abc", "x:abc", "-1:a", "99999999999999999999:a", "5:abcd"}) {
        RecordReader record(bytes);
        EXPECT_EQ(record.text(), "") << bytes;
        EXPECT_FALSE(record.good()) << bytes;
        EXPECT_EQ(record.number(), 0) << bytes;
    }
    for (const char* bytes : {"0:", "2:1x", "1:x", "21:999999999999999999999"}) {
        RecordReader record(bytes);
        EXPECT_EQ(record.number(), 0) << bytes;
        EXPECT_FALSE(record.good()) << bytes;
    }
}

}  // namespace
}  // namespace chaos::store
