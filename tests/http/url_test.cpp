// Base URLs, read and refused with a reason.
#include "net/http/url.hpp"

#include <gtest/gtest.h>

namespace chaos::net::http {
namespace {

struct Good {
    std::string_view text;
    Scheme scheme;
    Endpoint endpoint;
    std::string_view path;
    std::string_view written;
};

TEST(Url, reads_what_people_configure)
{
    const Good table[] = {
        {"http://127.0.0.1:8080/v1", Scheme::http, {"127.0.0.1", 8080}, "/v1", "http://127.0.0.1:8080/v1"},
        {"http://localhost", Scheme::http, {"localhost", 80}, "", "http://localhost"},
        {"https://api.example.com/v1/", Scheme::https, {"api.example.com", 443}, "/v1", "https://api.example.com/v1"},
        {"HTTPS://host:443", Scheme::https, {"host", 443}, "", "https://host"},
        {"http://host:443/", Scheme::http, {"host", 443}, "", "http://host:443"},
        {"http://[::1]:9000/a/b//", Scheme::http, {"::1", 9000}, "/a/b", "http://[::1]:9000/a/b"},
        {"http://[::1]", Scheme::http, {"::1", 80}, "", "http://[::1]"},
        {"http://h/a@b:c", Scheme::http, {"h", 80}, "/a@b:c", "http://h/a@b:c"},
    };
    for (const Good& row : table) {
        const auto url = parse_url(row.text);
        ASSERT_TRUE(url) << row.text << ": " << url.error().text;
        EXPECT_EQ(url->scheme, row.scheme) << row.text;
        EXPECT_EQ(url->endpoint, row.endpoint) << row.text;
        EXPECT_EQ(url->path, row.path) << row.text;
        EXPECT_EQ(to_string(*url), row.written);
    }
}

struct Bad {
    std::string_view text;
    std::string_view problem;
};

TEST(Url, says_why_a_text_is_not_one)
{
    const Bad table[] = {
        {"", "a URL is missing: expected something like 'http://127.0.0.1:8080/v1'"},
        {"localhost:8080/v1",
         "'localhost:8080/v1' is not a URL: it has no scheme (did you mean 'http://localhost:8080/v1'?)"},
        {"ftp://host", "'ftp://host': unknown scheme 'ftp', expected http or https"},
        {"http://", "'http://': expected a host name or address after 'http://'"},
        {"http:///v1", "'http:///v1': expected a host name or address after 'http://'"},
        {"http://ho st", "'http://ho st' is not a URL: it contains a space or a control character"},
        {"http://ho$t", "'http://ho$t': expected a host name or address after 'http://'"},
        {"http://[::1", "'http://[::1': expected a host name or address after 'http://'"},
        {"http://h:", "'http://h:': '' is not a port, expected 1 to 65535"},
        {"http://h:0", "'http://h:0': '0' is not a port, expected 1 to 65535"},
        {"http://h:65536", "'http://h:65536': '65536' is not a port, expected 1 to 65535"},
        {"http://h:80a", "'http://h:80a': '80a' is not a port, expected 1 to 65535"},
        {"http://[::1]x", "'http://[::1]x': 'x' is not a port, expected 1 to 65535"},
        {"http://h/v1?key=1", "'http://h/v1?key=1': a base URL must not have a query or a fragment ('?', '#')"},
        {"http://h#x", "'http://h#x': a base URL must not have a query or a fragment ('?', '#')"},
    };
    for (const Bad& row : table) {
        const auto url = parse_url(row.text);
        ASSERT_FALSE(url) << row.text;
        EXPECT_EQ(url.error().text, row.problem);
    }
}

TEST(Url, never_repeats_a_password)
{
    for (const std::string_view text :
         {"http://me:hunter2@host/", "me:hunter2@host", "ftp://me:hunter2@host", "http://me:hunter2@ho st"}) {
        const auto url = parse_url(text);
        ASSERT_FALSE(url);
        EXPECT_EQ(url.error().text, "a URL must not contain a user name or password");
    }
}

TEST(Url, value_of_a_bad_one_throws_its_problem)
{
    EXPECT_THROW((void)parse_url("x").value(), std::invalid_argument);
}

}  // namespace
}  // namespace chaos::net::http
