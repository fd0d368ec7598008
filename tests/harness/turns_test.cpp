#include "harness/turns.hpp"

#include <gtest/gtest.h>

namespace chaos::harness {
namespace {

struct NormalRow {
    const char* name;
    const char* text;
    const char* normal;
};

class NormalJson : public ::testing::TestWithParam<NormalRow> {};

TEST_P(NormalJson, IsTheSameForWhatMeansTheSame) { EXPECT_EQ(normal_json(GetParam().text), GetParam().normal); }

INSTANTIATE_TEST_SUITE_P(Rows, NormalJson,
                         ::testing::Values(NormalRow{"empty", "", "{}"}, NormalRow{"null", "null", "{}"},
                                           NormalRow{"spaces", "{ \"a\" : 1 }", "{\"a\":1}"},
                                           NormalRow{"key_order", "{\"b\":1,\"a\":2}", "{\"a\":2,\"b\":1}"},
                                           NormalRow{"numbers_by_value", "{\"a\":1.0,\"b\":1e2}", "{\"a\":1,\"b\":100}"},
                                           NormalRow{"fraction", "{\"a\":1.5}", "{\"a\":1.5}"},
                                           NormalRow{"nested", "[{\"z\":1,\"y\":[2.0]}]", "[{\"y\":[2],\"z\":1}]"},
                                           NormalRow{"spaced_null", " null ", "{}"},
                                           NormalRow{"empty_containers", "{\"a\":{},\"b\":[]}", "{\"a\":{},\"b\":[]}"},
                                           NormalRow{"last_duplicate", "{\"a\":1,\"a\":2}", "{\"a\":2}"},
                                           NormalRow{"words", "[true,false,null,-7]", "[true,false,null,-7]"},
                                           NormalRow{"escapes", "[\"\\u0041\\n\"]", "[\"A\\n\"]"},
                                           NormalRow{"not_json", "{a: 1}", "{a: 1}"}),
                         [](const auto& info) { return info.param.name; });

wire::Message with_call(std::string id, std::string arguments)
{
    wire::Message message;
    message.role = wire::Role::assistant;
    message.tool_calls.push_back({std::move(id), "write_file", std::move(arguments)});
    return message;
}

TEST(Turns, IgnoreTheIdOfACallBecauseAFallbackGivesItANewOne)
{
    TurnReader reader;
    const auto a = reader.turns_of({with_call("call_1", "{\"x\":1}")});
    const auto b = reader.turns_of({with_call("call_2", "{ \"x\": 1.0 }")});
    EXPECT_EQ(a, b);
}

TEST(Turns, DifferWhereTheWordsDiffer)
{
    TurnReader reader;
    const auto a = reader.turns_of({wire::message(wire::Role::user, "hello")});
    const auto b = reader.turns_of({wire::message(wire::Role::user, "hello!")});
    EXPECT_NE(a.front().digest, b.front().digest);
}

TEST(Turns, CutTheirLabelBetweenCodePoints)
{
    TurnReader reader;
    std::string text(71, 'a');
    for (int n = 0; n < 20; ++n) text += "\xc3\xa9";
    const auto turns = reader.turns_of({wire::message(wire::Role::user, text)});
    EXPECT_EQ(turns.front().label, std::string(71, 'a') + "...");
}

}  // namespace
}  // namespace chaos::harness
