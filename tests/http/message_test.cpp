// What stands in a head besides its fields: the path of a target, the phrase of a status.
#include "net/http/message.hpp"

#include <gtest/gtest.h>

namespace chaos::net::http {
namespace {

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
