// Refused callers in each vendor's words, and headers about limits that make no sense, on the wire of both worlds.
#include "mock_providers/dialects/dialect.hpp"
#include "tests/mock_providers/stage.hpp"
#include "wire/gemini.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

struct CredentialVendor {
    const char* dialect;
    const char* path;
    const char* headers;
    const char* body;
};

constexpr CredentialVendor openai = {"openai", "/v1/chat/completions", "",
                                     R"({"model":"m","messages":[{"role":"user","content":"hi"}]})"};
constexpr CredentialVendor anthropic_vendor = {
    "anthropic", "/v1/messages", "x-api-key: k\r\nanthropic-version: 2023-06-01\r\n",
    R"({"model":"m","max_tokens":99,"messages":[{"role":"user","content":"hi"}]})"};
constexpr CredentialVendor gemini_vendor = {"gemini", "/v1beta/models/m:generateContent", "x-goog-api-key: k\r\n",
                                            R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})"};
constexpr CredentialVendor ollama_vendor = {
    "ollama", "/api/chat", "", R"({"model":"m","stream":false,"messages":[{"role":"user","content":"hi"}]})"};

Told meet_vendor(net::Runtime& world, const CredentialVendor& vendor, const std::string& inject)
{
    ProviderSpec spec = primary();
    spec.dialect = vendor.dialect;
    spec.model = "m";
    Ask ask = post(vendor.body);
    ask.path = vendor.path;
    ask.extra_headers = vendor.headers;
    return tell(world, {"{target: primary, inject: " + inject + "}"}, {ask}, spec);
}

struct CredentialRefusal {
    CredentialVendor vendor;
    const char* as;
    int status;
    const char* type;
    const char* part;  ///< of the body
};

TEST(Credential, IsRefusedAsTheVendorDoesIt)
{
    const CredentialRefusal rows[] = {
        {openai, "invalid_key", 401, "invalid_request_error", R"("code":"invalid_api_key")"},
        {openai, "expired", 401, "invalid_request_error", R"("code":"account_deactivated")"},
        {openai, "no_permission", 403, "invalid_request_error", "does not have access to model `m`"},
        {openai, "billing", 429, "billing_not_active", "check your billing details"},
        {anthropic_vendor, "invalid_key", 401, "authentication_error", "invalid x-api-key"},
        {anthropic_vendor, "expired", 401, "authentication_error", "has expired"},
        {anthropic_vendor, "no_permission", 403, "permission_error", "does not have permission"},
        {anthropic_vendor, "billing", 400, "invalid_request_error", "Your credit balance is too low"},
        {gemini_vendor, "invalid_key", 400, "INVALID_ARGUMENT", R"("reason":"API_KEY_INVALID")"},
        {gemini_vendor, "expired", 400, "INVALID_ARGUMENT", "API key expired"},
        {gemini_vendor, "no_permission", 403, "PERMISSION_DENIED", R"("reason":"API_KEY_SERVICE_BLOCKED")"},
        {gemini_vendor, "billing", 400, "FAILED_PRECONDITION", "enable billing"},
        {ollama_vendor, "invalid_key", 401, "", R"({"error":"unauthorized"})"},
        {ollama_vendor, "no_permission", 403, "", "requires a subscription"},
    };
    for (const CredentialRefusal& row : rows) {
        SimulatedWorld world;
        const Told told = meet_vendor(world.runtime, row.vendor, fmt::format("{{credential: {{as: {}}}}}", row.as));
        const Heard& heard = told.heard.at(0);
        EXPECT_EQ(heard.status, row.status) << row.vendor.dialect << " " << row.as;
        EXPECT_NE(heard.body.find(row.part), std::string::npos) << heard.body;
        if (*row.type != '\0') {
            EXPECT_EQ(wire::gemini::read_error(heard.status, heard.body).error.type, row.type) << heard.body;
        }
        EXPECT_FALSE(heard.headers.contains("retry-after")) << "no waiting helps";
        EXPECT_EQ(told.rest_of("credential delivered to primary#1: "),
                  fmt::format("HTTP {}, credential: {} ({} bytes of body)", row.status, row.as, heard.body.size()));
    }
}

TEST(Credential, HasNoOpportunityWhereTheVendorHasNoWords)
{
    SimulatedWorld world;
    EXPECT_EQ(meet_vendor(world.runtime, ollama_vendor, "{credential: {as: billing}}").heard.at(0).status, 200);
}

struct Nonsense {
    CredentialVendor vendor;
    const char* shape;
    const char* header;
    const char* value;
};

TEST(RatelimitHeaders, MakeNoSenseInEachShape)
{
    const Nonsense rows[] = {
        {openai, "negative", "x-ratelimit-limit-requests", "-1"},
        {openai, "negative", "x-ratelimit-remaining-tokens", "-1"},
        {openai, "negative", "x-ratelimit-reset-tokens", "0"},
        {openai, "zero_reset", "x-ratelimit-remaining-requests", "0"},
        {openai, "zero_reset", "x-ratelimit-reset-requests", "0"},
        {openai, "past", "x-ratelimit-reset-requests", "-1m0s"},
        {openai, "epoch", "x-ratelimit-reset-requests", "1767225660"},
        {anthropic_vendor, "negative", "anthropic-ratelimit-requests-limit", "-1"},
        {anthropic_vendor, "zero_reset", "anthropic-ratelimit-tokens-reset", "0"},
        {anthropic_vendor, "past", "anthropic-ratelimit-requests-reset", "2025-12-31T23:59:00Z"},
        {anthropic_vendor, "epoch", "anthropic-ratelimit-requests-reset", "1767225660"},
    };
    for (const Nonsense& row : rows) {
        SimulatedWorld world;
        const Told told =
            meet_vendor(world.runtime, row.vendor, fmt::format("{{ratelimit_headers: {{shape: {}}}}}", row.shape));
        const Heard& heard = told.heard.at(0);
        EXPECT_EQ(heard.status, 200);
        EXPECT_TRUE(heard.whole);
        EXPECT_EQ(heard.headers.find(row.header), row.value)
            << row.vendor.dialect << " " << row.shape << " " << row.header;
        EXPECT_EQ(told.rest_of("ratelimit_headers delivered to primary#1: "),
                  fmt::format("HTTP 200, ratelimit headers: {} ({} bytes of body)", row.shape, heard.body.size()));
    }
}

template <class World>
class Refusals : public ::testing::Test {
protected:
    World world_;
};
TYPED_TEST_SUITE(Refusals, BothWorlds, WorldNames);

TYPED_TEST(Refusals, AreMetOnTheWire)
{
    EXPECT_EQ(meet_vendor(this->world_.runtime, openai, "credential").heard.at(0).status, 401);
}

TYPED_TEST(Refusals, HeadersAreMetOnTheWire)
{
    const Heard heard = meet_vendor(this->world_.runtime, openai, "ratelimit_headers").heard.at(0);
    EXPECT_EQ(heard.headers.find("x-ratelimit-limit-requests"), "-1");
}

}  // namespace
}  // namespace chaos::mock_providers
