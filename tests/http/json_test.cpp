// JSON with limits: what is accepted, what is refused and why, and an independent reader's opinion of both.
#include "net/json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace chaos::net {
namespace {

using nlohmann::ordered_json;

TEST(JsonProblem, accepts_json)
{
    for (const std::string_view text : {"null",
                                        " true ",
                                        "false",
                                        "0",
                                        "-0",
                                        "12",
                                        "-1.5e+10",
                                        "1E5",
                                        "1e-400",
                                        "\"\"",
                                        "\"a\\n\\u00e9\\ud83d\\ude00\"",
                                        "[]",
                                        "{}",
                                        "[1,2,[3]]",
                                        R"({"a":{"b":[{}]},"a":1})",
                                        "\t[\r\n1 ,\t2 ]\n",
                                        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
                                        "123456789012345678901234567890",
                                        "\"\x7f\"",
                                        "\"\\/\""}) {
        EXPECT_EQ(json_problem(text), "") << text;
        EXPECT_TRUE(parse_json(text)) << text;
    }
}

struct Bad {
    std::string_view text;
    std::string_view problem;
};

TEST(JsonProblem, says_what_is_wrong_and_where)
{
    using namespace std::string_view_literals;
    const Bad table[] = {
        {"", "line 1, column 1: empty"},
        {" \n ", "line 2, column 2: empty"},
        {"[1,", "line 1, column 4: ends in the middle"},
        {"{\"a\":1", "line 1, column 7: ends in the middle"},
        {"[1,]", "line 1, column 4: expected a value"},
        {"[1 2]", "line 1, column 4: expected ',' or ']'"},
        {"{\"a\":1 \"b\"}", "line 1, column 8: expected ',' or '}'"},
        {"{\"a\":1,}", "line 1, column 8: expected a member name in quotes"},
        {"{a:1}", "line 1, column 2: expected a member name in quotes"},
        {"{\"a\" 1}", "line 1, column 6: expected ':'"},
        {"{\"a\"", "line 1, column 5: expected ':'"},
        {"[}", "line 1, column 2: expected a value"},
        {"{]", "line 1, column 2: expected a member name in quotes"},
        {"]", "line 1, column 1: expected a value"},
        {"nul", "line 1, column 1: expected a value"},
        {"1 2", "line 1, column 3: something follows the value"},
        {"{}{}", "line 1, column 3: something follows the value"},
        {"01", "line 1, column 2: something follows the value"},
        {"+1", "line 1, column 1: expected a value"},
        {"-", "line 1, column 1: expected a value"},
        {"1.", "line 1, column 3: expected a digit after '.'"},
        {".5", "line 1, column 1: expected a value"},
        {"1e+", "line 1, column 4: expected a digit in the exponent"},
        {"NaN", "line 1, column 1: expected a value"},
        {"[1,\n -1e999]", "line 2, column 2: a number too large for a double"},
        {"\"abc", "line 1, column 5: a string is not closed"},
        {"\"abc\\\"", "line 1, column 7: a string is not closed"},
        {"\"\xc3\xa9\\x\"", "line 1, column 3: not an escape sequence"},
        {"\"\\u12g4\"", "line 1, column 2: not an escape sequence"},
        {"\"\\u12", "line 1, column 2: not an escape sequence"},
        {"\"\\ud800\"", "line 1, column 8: half a surrogate pair"},
        {"\"\\ud800\\u0041\"", "line 1, column 8: half a surrogate pair"},
        {"\"\\udc00\"", "line 1, column 2: half a surrogate pair"},
        {"\"a\nb\"", "line 1, column 3: a control character in a string (it must be escaped)"},
        {"\"\0\""sv, "line 1, column 2: a control character in a string (it must be escaped)"},
        {"\"\xff\"", "line 1, column 2: not UTF-8"},
        {"\"\xc0\x80\"", "line 1, column 2: not UTF-8"},
        {"\"\xed\xa0\x80\"", "line 1, column 2: not UTF-8"},
        {"\"\xf4\x90\x80\x80\"", "line 1, column 2: not UTF-8"},
        {"\"\xe2\x82", "line 1, column 2: not UTF-8"},
        {"\xef\xbb\xbf{}", "line 1, column 1: expected a value"},
        {"// x", "line 1, column 1: expected a value"},
    };
    for (const Bad& row : table) {
        EXPECT_EQ(json_problem(row.text), row.problem) << row.text;
        const auto tree = parse_json(row.text);
        ASSERT_FALSE(tree) << row.text;
        EXPECT_EQ(tree.error(), boost::system::errc::bad_message);
    }
}

TEST(JsonProblem, limits_depth_size_and_members)
{
    const std::string at_limit = std::string(64, '[') + std::string(64, ']');
    EXPECT_EQ(json_problem(at_limit), "");
    EXPECT_EQ(json_problem("[" + at_limit + "]"), "nested deeper than 64");
    EXPECT_EQ(json_problem("[[]]", {.max_depth = 1}), "nested deeper than 1");
    EXPECT_EQ(json_problem("[1]", {.max_bytes = 2}), "larger than 2 bytes");
    EXPECT_EQ(json_problem(R"([{"a":1},{"b":2,"c":3}])", {.max_members = 1}), "an object with more than 1 members");
}

TEST(JsonProblem, survives_a_hundred_thousand_brackets)
{
    for (const std::string_view opening : {"[", "{\"a\":", "[{\"a\":[", "[[],"}) {
        std::string text;
        for (int i = 0; i < 100'000; ++i) {
            text += opening;
        }
        EXPECT_EQ(json_problem(text), "nested deeper than 64");
        EXPECT_FALSE(parse_json(text));
        EXPECT_EQ(json_problem(text, {.max_depth = 1'000'000}).find("nested"), std::string::npos);
    }
}

/// Small steps through the space of nearly-JSON texts, the same on every machine.
class Mutations {
public:
    std::string next(std::string text)
    {
        static constexpr std::string_view bytes =
            "{}[]\",:\\u0123456789eE+-.tfn \n\x01\x7f\x80\xc3\xa9\xe2\xed\xf0\xff";
        const int changes = 1 + static_cast<int>(draw(3));
        for (int i = 0; i < changes; ++i) {
            const std::size_t at = draw(text.size() + 1);
            const char byte = bytes[draw(bytes.size())];
            switch (draw(3)) {
                case 0:
                    text.insert(at, 1, byte);
                    break;
                case 1:
                    text.erase(at, 1);
                    break;
                default:
                    text.replace(at, 1, 1, byte);
                    break;
            }
        }
        return text;
    }

private:
    std::size_t draw(std::size_t bound)
    {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::size_t>(state_ >> 33) % bound;
    }
    std::uint64_t state_ = 1;
};

TEST(JsonProblem, agrees_with_an_independent_reader_on_mutated_texts)
{
    Mutations mutations;
    int accepted = 0;
    for (
        const std::string_view seed :
        {R"({"model":"a","messages":[{"role":"user","content":"h\u00e9\ud83d\ude00 \n"}],"n":-1.5e3,"ok":[true,false,null]})",
         R"(["\"\\\/\b\f",{"":{}},[[]],0,-0,1e5,"é€😀 plain text of some length, to be scanned by words"])", R"("abc")",
         "[1,2]", "{}"}) {
        for (int i = 0; i < 4'000; ++i) {
            const std::string text = mutations.next(std::string(seed));
            const bool accepts = json_problem(text).empty();
            ASSERT_EQ(accepts, nlohmann::json::accept(text)) << text << "\n" << json_problem(text);
            accepted += accepts ? 1 : 0;
        }
    }
    EXPECT_GT(accepted, 1'000);
}

TEST(ParseJson, keeps_the_order_of_members_and_the_last_of_duplicates)
{
    const auto tree = parse_json(R"({"b":1,"a":2,"b":3})");
    ASSERT_TRUE(tree);
    EXPECT_EQ(dump_json(*tree), R"({"b":3,"a":2})");
}

TEST(ParseJson, keeps_integers_of_64_bits_exact)
{
    const auto tree = parse_json("[9223372036854775807,-9223372036854775808,18446744073709551615]");
    ASSERT_TRUE(tree);
    EXPECT_EQ(dump_json(*tree), "[9223372036854775807,-9223372036854775808,18446744073709551615]");
}

TEST(DumpJson, replaces_what_is_not_utf8)
{
    const ordered_json tree{{"text",
                             "a\xff"
                             "b"}};
    EXPECT_EQ(dump_json(tree),
              "{\"text\":\"a\xef\xbf\xbd"
              "b\"}");
}

std::string literal(std::string_view text)
{
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(AppendJsonString, escapes_what_must_be_escaped)
{
    EXPECT_EQ(literal(""), R"("")");
    EXPECT_EQ(literal("plain text, long enough for several words"), R"("plain text, long enough for several words")");
    EXPECT_EQ(literal("a\"b\\c\n\r\t\b\f\x01\x1f/"), R"("a\"b\\c\n\r\t\b\f\u0001\u001f/")");
    EXPECT_EQ(literal("\xc3\xa9\xf0\x9f\x98\x80"), "\"\xc3\xa9\xf0\x9f\x98\x80\"");
}

TEST(AppendJsonString, replaces_each_maximal_part_that_is_not_utf8)
{
    const std::string replacement = "\xef\xbf\xbd";
    EXPECT_EQ(literal("\xff\xfe"), "\"" + replacement + replacement + "\"");
    EXPECT_EQ(literal("\xe2\x82x"), "\"" + replacement + "x\"");
    EXPECT_EQ(literal("\xed\xa0\x80"), "\"" + replacement + replacement + replacement + "\"");
    EXPECT_EQ(literal("\xf0\x9f\x98"), "\"" + replacement + "\"");
}

TEST(AppendJsonString, is_read_back_unchanged_for_every_byte_at_every_offset)
{
    for (int byte = 0; byte < 128; ++byte) {
        for (std::size_t offset = 0; offset < 20; ++offset) {
            std::string text(offset, 'x');
            text += static_cast<char>(byte);
            text += "tail of the text";
            const auto tree = parse_json(literal(text));
            ASSERT_TRUE(tree) << byte;
            ASSERT_EQ(tree->get<std::string>(), text);
        }
    }
}

}  // namespace
}  // namespace chaos::net
