// Cleaning, cutting and wrapping.
#include <gtest/gtest.h>

#include "reports/text.hpp"

namespace chaos::reports {
namespace {

using namespace std::chrono_literals;

struct Row {
    std::string name;
    std::string raw;
    std::string clean;
};
class Cleaning : public ::testing::TestWithParam<Row> {};
TEST_P(Cleaning, Gives)
{
    EXPECT_EQ(clean(GetParam().raw), GetParam().clean);
}

INSTANTIATE_TEST_SUITE_P(Text, Cleaning,
                         ::testing::Values(Row{"plain", "plain", "plain"}, Row{"umlaut", "grüße", "grüße"},
                                           Row{"four_bytes", "🦦", "🦦"}, Row{"line_feed", "a\nb\tc", "a\nb\tc"},
                                           Row{"controls",
                                               "a\x01\r\x1b[0m\x7f"
                                               "b",
                                               "a[0mb"},
                                           Row{"nul", std::string("a\0b", 3), "ab"},
                                           Row{"lone_byte", "a\xff", "a\uFFFD"},
                                           Row{"lone_continuation", "\x80", "\uFFFD"}, Row{"half", "a\xc3", "a\uFFFD"},
                                           Row{"half_then_text", "\xc3z", "\uFFFDz"},
                                           Row{"overlong", "\xc0\xaf", "\uFFFD\uFFFD"},
                                           Row{"surrogate", "\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},
                                           Row{"noncharacter", "\xef\xbf\xbf", "\uFFFD\uFFFD\uFFFD"},
                                           Row{"beyond_unicode", "\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"}),
                         [](const auto& info) { return info.param.name; });

TEST(Text, OneLineCutsBetweenCharacters)
{
    EXPECT_EQ(one_line("short", 10), "short");
    EXPECT_EQ(one_line("two\nlines", 20), "two lines");
    EXPECT_EQ(one_line("äöüäöü", 6), "äöüäöü");
    EXPECT_EQ(one_line("äöüäöüä", 6), "äöüäö…");
}

TEST(Text, WrapsBetweenWords)
{
    EXPECT_EQ(wrapped("one two three four five", 2, 22), "one two three four\n  five");
    EXPECT_EQ(wrapped("exactly twenty chars", 0, 20), "exactly twenty chars");
    EXPECT_EQ(wrapped("a\nb", 1, 30), "a\n b");
    EXPECT_EQ(wrapped("", 1, 30), "");
}

TEST(Text, TearsOnlyWordsLongerThanALine)
{
    EXPECT_EQ(wrapped("üüüüüüüüüüüüüüüüüüüüüüüüü", 0, 20), "üüüüüüüüüüüüüüüüüüüü\nüüüüü");
    EXPECT_EQ(wrapped("ab " + std::string(21, 'x'), 0, 20), "ab\nxxxxxxxxxxxxxxxxxxxx\nx");
}

TEST(Text, DecimalSeconds)
{
    EXPECT_EQ(decimal_seconds(0ms), "0.000");
    EXPECT_EQ(decimal_seconds(1250ms), "1.250");
    EXPECT_EQ(decimal_seconds(999'600us), "1.000");
    EXPECT_EQ(decimal_seconds(-5ms), "-0.005");
}

}  // namespace
}  // namespace chaos::reports
