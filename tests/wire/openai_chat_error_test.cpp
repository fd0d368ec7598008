// Errors in the shapes seen in the wild, one row each.
#include <gtest/gtest.h>

#include "wire/openai_chat.hpp"

namespace chaos::wire::openai_chat {
namespace {

struct Case {
    int status;
    std::string_view body;
    ProviderError error;
};

TEST(ReadError, KnowsEveryShape)
{
    const Case table[] = {
        // OpenAI
        {401,
         R"({"error":{"message":"Incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}})",
         {401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided"}},
        {500,
         "{\n    \"error\": {\n        \"message\": \"oops\",\n        \"type\": \"server_error\",\n        \"param\": "
         "null,\n        \"code\": null\n    }\n}\n",
         {500, "server_error", "", "oops"}},
        // Azure
        {400,
         R"({"error":{"message":"filtered","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}})",
         {400, "", "content_filter", "filtered"}},
        // OpenRouter: the code is a status, the cause hides in metadata
        {402,
         R"({"error":{"message":"This request requires more credits","code":402,"metadata":{"provider_name":null}},"user_id":"u"})",
         {402, "", "402", "This request requires more credits"}},
        {200,
         R"({"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"model is overloaded","provider_name":"X"}}})",
         {429, "", "429", "Provider returned error: model is overloaded"}},
        {502,
         R"({"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"{\"error\":{\"message\":\"context too long\",\"type\":\"invalid_request_error\",\"code\":\"context_length_exceeded\"}}"}}})",
         {502, "invalid_request_error", "context_length_exceeded", "Provider returned error: context too long"}},
        // Ollama and other strings
        {404, R"({"error":"model 'x' not found"})", {404, "", "", "model 'x' not found"}},
        {500,
         R"({"status":500,"error":"Internal Server Error","message":"db down","path":"/v1"})",
         {500, "Internal Server Error", "", "db down"}},
        // FastAPI
        {422,
         R"({"detail":[{"loc":["body","messages",0,"role"],"msg":"field required","type":"value_error.missing"}]})",
         {422, "value_error.missing", "", "body.messages.0.role: field required"}},
        {404, R"({"detail":"Not Found"})", {404, "", "", "Not Found"}},
        {400, R"({"detail":{"reason":"odd"}})", {400, "", "", R"({"reason":"odd"})"}},
        {400, R"({"detail":[]})", {400, "", "", "[]"}},
        {400, R"({"errors":[{"message":"first"},{"message":"second"}]})", {400, "", "", "first"}},
        // flat (vLLM and others)
        {400,
         R"({"object":"error","message":"too long","type":"BadRequestError","param":null,"code":400})",
         {400, "BadRequestError", "400", "too long"}},
        {400, R"({"code":"1302","msg":"rate limited"})", {400, "", "1302", "rate limited"}},
        {200, R"({"code":503,"message":"busy"})", {503, "", "503", "busy"}},
        // Anthropic
        {529,
         R"({"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"})",
         {529, "overloaded_error", "", "Overloaded"}},
        {402,
         R"({"type":"error","error":{"type":"billing_error","message":"limit","details":{"error_code":"enforced_spend_limit_reached"}}})",
         {402, "billing_error", "enforced_spend_limit_reached", "limit"}},
        // Google, alone, in a list, and quoted in its own message
        {429,
         R"({"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED","details":[{"@type":"x"}]}})",
         {429, "RESOURCE_EXHAUSTED", "429", "Quota exceeded"}},
        {200,
         R"([{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}])",
         {503, "UNAVAILABLE", "503", "busy"}},
        {400,
         R"({"error":{"message":"{\n  \"error\": {\n    \"code\": 429,\n    \"message\": \"Quota exceeded\",\n    \"status\": \"RESOURCE_EXHAUSTED\"\n  }\n}\n","code":400,"status":"Bad Request"}})",
         {429, "RESOURCE_EXHAUSTED", "429", "Quota exceeded"}},
        // Cloudflare and other edges
        {520,
         "<!DOCTYPE html>\n<html>\n<head>\n<title>\n  api.example.com |\n  520: Web server is returning an unknown "
         "error</title></head><body>x</body></html>",
         {520, "html", "", "api.example.com | 520: Web server is returning an unknown error"}},
        {200, "<html><head><TITLE>502 Bad Gateway</TITLE></head></html>", {502, "html", "", "502 Bad Gateway"}},
        {403, "<html><head><title>502 Bad Gateway</title></head></html>", {403, "html", "", "502 Bad Gateway"}},
        {503, "<html>sorry</html>", {503, "html", "", "<html>sorry</html>"}},
        {520, R"({"cloudflare_error":true,"status":520})", {520, "", "", R"({"cloudflare_error":true,"status":520})"}},
        {429, "error code: 1015", {429, "", "1015", "error code: 1015"}},
        // text, nothing, and what only looks like JSON
        {503, "upstream connect error", {503, "", "", "upstream connect error"}},
        {502, "", {502, "", "", "empty body"}},
        {502, " \r\n ", {502, "", "", "empty body"}},
        {500, "null", {500, "", "", "null"}},
        {500, "{}", {500, "", "", "{}"}},
        {500, "[]", {500, "", "", "[]"}},
        {500, R"({"error":null})", {500, "", "", R"({"error":null})"}},
        {500, R"({"error":{"message":"cut)", {500, "", "", R"({"error":{"message":"cut)"}},
        {500,
         R"({"error":{"message":{"deep":1},"type":7,"code":[1]}})",
         {500, "7", "", R"({"error":{"message":{"deep":1},"type":7,"code":[1]}})"}},
        {500, R"({"error":{"message":"{not json"}})", {500, "", "", "{not json"}},
        {500, R"({"error":{"message":"a","code":99999}})", {500, "", "99999", "a"}},
        {500, R"({"error":{"message":"a","code":200}})", {500, "", "200", "a"}},
        {0, R"({"error":{"message":"a","code":null}})", {0, "", "", "a"}},
    };
    for (const Case& c : table) EXPECT_EQ(read_error(c.status, c.body), c.error) << c.body;
}

TEST(ReadError, MessagesAreBounded)
{
    const std::string long_text(100'000, 'x');
    const std::string cut = std::string(2000, 'x') + "...";
    EXPECT_EQ(read_error(500, long_text).message, cut);
    EXPECT_EQ(read_error(500, R"({"error":{"message":")" + long_text + "\"}}").message, cut);
    EXPECT_EQ(read_error(500, R"({"error":")" + long_text + "\"}").message, cut);
    EXPECT_EQ(read_error(500, R"({"detail":")" + long_text + "\"}").message, cut);
    EXPECT_EQ(read_error(500, "<title>" + long_text.substr(0, 10'000) + "</title>").message, cut);
    EXPECT_LE(read_error(500, R"({"error":{"message":"a","type":")" + long_text + "\"}}").type.size(), 2003u);
    // Never in the middle of a character.
    std::string wide;
    while (wide.size() < 5000) wide += "\xF0\x9F\x98\x80";
    EXPECT_EQ(read_error(500, "x" + wide).message, "x" + wide.substr(0, 1996) + "...");
}

TEST(ReadError, QuotationsEndSomewhere)
{
    std::string body = R"({"error":{"message":"the core"}})";
    for (int i = 0; i < 6; ++i) {
        std::string quoted;
        net::append_json_string(quoted, body);
        body = R"({"error":{"message":)" + quoted + "}}";
    }
    EXPECT_EQ(read_error(500, body).status, 500);
    EXPECT_EQ(read_error(500, std::string(200'000, '[')).message, std::string(2000, '[') + "...");
}

TEST(WriteError, IsByteExactAndReadsBack)
{
    const ProviderError error{429, "requests", "rate_limit_exceeded", "Slow \"down\""};
    const std::string body =
        R"({"error":{"message":"Slow \"down\"","type":"requests","param":null,"code":"rate_limit_exceeded"}})";
    EXPECT_EQ(write_error(error), body);
    EXPECT_EQ(read_error(429, body), error);
}

}  // namespace
}  // namespace chaos::wire::openai_chat
