// JSON-RPC messages: what is a request, a notification, a response, and what is none of them.
#include "wire/json_rpc.hpp"

#include <gtest/gtest.h>

namespace chaos::wire::json_rpc {
namespace {

using Kind = Message::Kind;

TEST(JsonRpc, reads_each_kind_of_message)
{
    const std::pair<const char*, Message> rows[] = {
        {R"({"jsonrpc":"2.0","id":0,"method":"ping"})", {Kind::request, "0", "ping", ""}},
        {R"({"jsonrpc":"2.0","id":"a\"b","method":"m","params":{"x":[1]}})",
         {Kind::request, R"("a\"b")", "m", R"({"x":[1]})"}},
        {R"({"jsonrpc":"2.0","id":-7,"method":"m","params":[]})", {Kind::request, "-7", "m", "[]"}},
        {R"({"jsonrpc":"2.0","method":"notifications/initialized","params":null})",
         {Kind::notification, "", "notifications/initialized", ""}},
        {R"({"jsonrpc":"2.0","id":3,"result":{}})", {Kind::response, "3", "", ""}},
        {R"({"jsonrpc":"2.0","id":3,"result":null})", {Kind::response, "3", "", ""}},
        {R"({"jsonrpc":"2.0","id":3,"error":{"code":1,"message":"x"}})", {Kind::response, "3", "", ""}},
    };
    for (const auto& [text, message] : rows) {
        const ReadMessage read = read_message(text);
        ASSERT_TRUE(read) << text << ": " << read.error.message;
        EXPECT_EQ(*read.value, message) << text;
    }
}

TEST(JsonRpc, refuses_what_is_no_message)
{
    const std::pair<std::string, int> rows[] = {
        {"", parse_error},
        {"{", parse_error},
        {R"({"jsonrpc":"2.0","id":1,"method":"m"} x)", parse_error},
        {std::string(100, '['), parse_error},
        {"null", invalid_request},
        {R"("text")", invalid_request},
        {R"([{"jsonrpc":"2.0","id":1,"method":"m"}])", invalid_request},
        {R"({"id":1,"method":"m"})", invalid_request},
        {R"({"jsonrpc":"1.0","id":1,"method":"m"})", invalid_request},
        {R"({"jsonrpc":"2.0","id":null,"method":"m"})", invalid_request},
        {R"({"jsonrpc":"2.0","id":{},"method":"m"})", invalid_request},
        {R"({"jsonrpc":"2.0","id":1})", invalid_request},
        {R"({"jsonrpc":"2.0","id":1,"method":7})", invalid_request},
        {R"({"jsonrpc":"2.0","id":1,"method":"m","params":"text"})", invalid_request},
    };
    for (const auto& [text, code] : rows) {
        const ReadMessage read = read_message(text);
        EXPECT_FALSE(read) << text;
        EXPECT_EQ(read.error.code, code) << text;
        EXPECT_FALSE(read.error.message.empty()) << text;
    }
}

TEST(JsonRpc, writes_answers)
{
    EXPECT_EQ(write_result("7", R"({"a":1})"), R"({"jsonrpc":"2.0","id":7,"result":{"a":1}})");
    EXPECT_EQ(write_error("\"x\"", {-32601, "no \"m\""}),
              R"({"jsonrpc":"2.0","id":"x","error":{"code":-32601,"message":"no \"m\""}})");
    EXPECT_EQ(write_error("", {-32700, "?"}), R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}})");
}

}  // namespace
}  // namespace chaos::wire::json_rpc
