// Headers as a list of fields whose names compare without case.
#include "net/http/message.hpp"

#include <gtest/gtest.h>

namespace chaos::net::http {
namespace {

TEST(Headers, are_found_without_regard_to_case_and_the_first_wins)
{
    const Headers headers{{"Content-Type", "a"}, {"content-type", "b"}};
    EXPECT_EQ(headers.find("CONTENT-TYPE"), "a");
    EXPECT_FALSE(headers.find("content-typ"));
    EXPECT_TRUE(headers.contains("content-type"));
}

TEST(Headers, set_leaves_one_field_of_the_name_at_the_first_ones_place)
{
    Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
    headers.set("a", "4");
    ASSERT_EQ(headers.size(), 2U);
    EXPECT_EQ(headers.begin()->value, "4");
    headers.set("c", "5");
    EXPECT_EQ(headers.find("C"), "5");
}

TEST(Headers, remove_takes_every_field_of_the_name)
{
    Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
    headers.remove("a");
    EXPECT_EQ(headers.size(), 1U);
    headers.remove("b");
    EXPECT_TRUE(headers.empty());
}

TEST(Headers, lists_finds_tokens_in_comma_separated_values)
{
    const Headers headers{{"Connection", "keep-alive ,\tClose"}, {"connection", "te"}};
    EXPECT_TRUE(headers.lists("connection", "close"));
    EXPECT_TRUE(headers.lists("connection", "TE"));
    EXPECT_TRUE(headers.lists("connection", "keep-alive"));
    EXPECT_FALSE(headers.lists("connection", "clos"));
    EXPECT_FALSE(headers.lists("upgrade", "close"));
}

TEST(SameName, compares_ascii_letters_without_case_and_nothing_else)
{
    EXPECT_TRUE(same_name("", ""));
    EXPECT_TRUE(same_name("Retry-After", "rETRY-aFTER"));
    EXPECT_FALSE(same_name("a", "ab"));
    EXPECT_FALSE(same_name("@", "`"));
    EXPECT_FALSE(same_name("[", "{"));
}

TEST(PathOf, drops_the_query)
{
    EXPECT_EQ(path_of("/v1/models?x=1?y"), "/v1/models");
    EXPECT_EQ(path_of("/v1/models"), "/v1/models");
    EXPECT_EQ(path_of("?"), "/");
    EXPECT_EQ(path_of("http://host:80/v1/models?x=http://y/"), "/v1/models");
    EXPECT_EQ(path_of("HTTPS://host"), "/");
    EXPECT_EQ(path_of("http://host?x=/y"), "/");
    EXPECT_EQ(path_of("/http://host/x"), "/http://host/x");
    EXPECT_EQ(path_of("*"), "*");
}

TEST(StandardReason, knows_registered_statuses)
{
    EXPECT_EQ(standard_reason(404), "Not Found");
    EXPECT_EQ(standard_reason(429), "Too Many Requests");
    EXPECT_EQ(standard_reason(529), "");
}

}  // namespace
}  // namespace chaos::net::http
