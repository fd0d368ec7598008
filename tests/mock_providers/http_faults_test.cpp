// Faults of HTTP on the wire of both worlds: right or wrong status, and a body or framing that is not what a client expects.
#include <nlohmann/json.hpp>

#include "net/json.hpp"
#include "tests/mock_providers/stage.hpp"
#include "wire/sse.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

template <class World>
class HttpFault : public ::testing::Test {
protected:
    /// One request that meets the fault.
    Heard meet(const std::string& inject, const Ask& ask)
    {
        told_ = tell(world_.runtime, {"{target: primary, inject: " + inject + "}"}, {ask});
        return told_.heard.at(0);
    }
    /// What the provider says it did.
    std::string proof(const std::string& fault) const { return told_.rest_of(fault + " delivered to primary#1: "); }

    World world_;
    Told told_;
};
TYPED_TEST_SUITE(HttpFault, BothWorlds, WorldNames);

struct ErrorBodyRow {
    const char* inject;
    const char* content_type;
    const char* body;
    const char* proof;  ///< before the bytes
};

constexpr const char* gateway_error = R"({"message":"no","type":"server_error","param":null,"code":null})";

TYPED_TEST(HttpFault, status_with_every_body)
{
    const std::string escaped = R"({\"error\":{\"message\":\"no\",\"type\":\"server_error\",\"param\":null,\"code\":null}})";
    const std::string nested = R"({"error":{"message":")" + escaped + R"(","type":"server_error","param":null,"code":null}})";
    const std::string in_list = fmt::format(R"([{{"error":{}}}])", gateway_error);
    const std::string metadata = R"({"error":{"message":"Provider returned error","code":502,"metadata":{"raw":")" + escaped +
                                 R"(","provider_name":"Mock"}}})";
    const ErrorBodyRow rows[] = {
        {"code: 429, body: empty", "", "", "HTTP 429, body: empty"},
        {"code: 502, body: html", "text/html; charset=UTF-8",
         "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
         "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n",
         "HTTP 502, body: html"},
        {"code: 502, body: plain", "text/plain; charset=UTF-8", "error code: 502\n", "HTTP 502, body: plain"},
        {"code: 429, body: plain", "text/plain; charset=UTF-8", "error code: 1015\n", "HTTP 429, body: plain"},
        {"code: 520, body: cdn_json", "application/json", R"({"cloudflare_error":true,"status":520})",
         "HTTP 520, body: cdn_json"},
        {"code: 422, body: fastapi, message: no", "application/json",
         R"({"detail":[{"type":"value_error","loc":["body","messages"],"msg":"no","input":null}]})",
         "HTTP 422, body: fastapi"},
        {"code: 502, body: array, message: no", "application/json", in_list.c_str(), "HTTP 502, body: array"},
        {"code: 502, body: nested, message: no", "application/json", nested.c_str(), "HTTP 502, body: nested"},
        {"code: 502, body: metadata, message: no", "application/json", metadata.c_str(), "HTTP 502, body: metadata"},
    };
    for (const ErrorBodyRow& row : rows) {
        const Heard heard = this->meet(fmt::format("{{status: {{{}}}}}", row.inject), post(chat_body(0, true)));
        EXPECT_EQ(heard.headers.find("content-type").value_or(""), row.content_type) << row.inject;
        EXPECT_EQ(heard.body, row.body) << row.inject;
        EXPECT_TRUE(heard.whole) << row.inject;
        EXPECT_EQ(this->proof("status"), fmt::format("{} ({} bytes of body)", row.proof, heard.body.size()));
    }
}

TYPED_TEST(HttpFault, status_with_the_page_of_a_cdn)
{
    for (const auto& [code, title] : {std::pair(520, "520: Web server is returning an unknown error"),
                                      std::pair(522, "522: Connection timed out"), std::pair(524, "524: A timeout occurred")}) {
        const Heard heard = this->meet(fmt::format("{{status: {{code: {}, body: html}}}}", code), post(chat_body(0, false)));
        EXPECT_EQ(heard.status, code);
        EXPECT_NE(heard.body.find(fmt::format("<title>api.example.com | {}</title>", title)), std::string::npos) << heard.body;
        EXPECT_EQ(heard.headers.find("server"), "cloudflare");
        EXPECT_TRUE(heard.headers.contains("cf-ray"));
    }
}

TYPED_TEST(HttpFault, status_whose_body_is_lost)
{
    const Heard heard = this->meet("{status: {code: 502, truncated: true}}", kept_alive(post(chat_body(0, false))));
    EXPECT_EQ(heard.status, 502);
    EXPECT_GT(std::stoul(std::string(heard.headers.find("content-length").value_or("0"))), 0U);
    EXPECT_EQ(heard.body, "");
    EXPECT_TRUE(heard.bytes.ends_with("\r\n\r\n"));
    EXPECT_FALSE(heard.whole);
    EXPECT_EQ(heard.ending, "FIN");
    EXPECT_EQ(this->proof("status"), "HTTP 502, a body promised and none sent, then FIN");
    EXPECT_TRUE(this->told_.noted("primary#1 ended: 502 cut_fin 0"));
}

}  // namespace
}  // namespace chaos::mock_providers
