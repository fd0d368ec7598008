// The tool server: effects once a key, and its faults on the wire of both worlds.
#include "net/json.hpp"
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

Told tell_tools(net::Runtime& world, const std::vector<std::string>& faults, std::vector<Ask> asks,
                std::vector<ToolSpec> tools = some_tools())
{
    Notebook notebook;
    ToolServer server(world, std::move(tools), read_faults(faults), net::Chance(1), some_task().run, notebook);
    Told told;
    world.run(ask_all(world, server, std::move(asks), notebook, told.heard));
    told.notes = notebook.lines;
    return told;
}

const std::string first_tool_effect = effect_token(some_task().task, 1, 1);

Ask tool_call(const std::string& effect, const std::string& key = "", const std::string& tool = "write_file")
{
    Ask ask;
    ask.path = "/tools/" + tool;
    ask.body = R"({"reference":")" + effect + R"(","content":"Please (as primary-1)."})";
    ask.extra_headers = key.empty() ? "" : "Idempotency-Key: " + key + "\r\n";
    return ask;
}

const std::string first_result = R"({"result":")" + tool_result_text(some_task().task, 1) + "\"}";

template <class World>
class Tools : public ::testing::Test {
protected:
    World world_;
};
TYPED_TEST_SUITE(Tools, BothWorlds, WorldNames);

TYPED_TEST(Tools, act_and_answer_with_a_receipt)
{
    const Told told = tell_tools(this->world_.runtime, {}, {tool_call(first_tool_effect)});
    EXPECT_EQ(told.heard.at(0).status, 200);
    EXPECT_EQ(told.heard.at(0).body, first_result);
    const std::vector<std::string> expected = {"write_file asked for " + first_tool_effect + " key ''",
                                               "write_file did " + first_tool_effect,
                                               "write_file answered " + first_tool_effect + ": 200 complete"};
    EXPECT_EQ(told.notes, expected);
}

TYPED_TEST(Tools, act_once_for_one_key)
{
    const Told told =
        tell_tools(this->world_.runtime, {}, {tool_call(first_tool_effect, "k"), tool_call(first_tool_effect, "k")});
    EXPECT_EQ(told.heard.at(1).body, first_result);
    EXPECT_TRUE(told.noted("write_file replayed " + first_tool_effect));
    EXPECT_EQ(std::count(told.notes.begin(), told.notes.end(), "write_file did " + first_tool_effect), 1);
}

TYPED_TEST(Tools, act_again_without_a_key)
{
    const Told told =
        tell_tools(this->world_.runtime, {}, {tool_call(first_tool_effect), tool_call(first_tool_effect)});
    EXPECT_EQ(std::count(told.notes.begin(), told.notes.end(), "write_file did " + first_tool_effect), 2);
}

TYPED_TEST(Tools, tool_error)
{
    const Told told =
        tell_tools(this->world_.runtime, {"{target: write_file, times: 1, inject: {tool_error: {status: 503}}}"},
                   {tool_call(first_tool_effect, "k"), tool_call(first_tool_effect, "k")});
    EXPECT_EQ(told.heard.at(0).status, 503);
    EXPECT_EQ(told.heard.at(0).body, R"({"error":"The tool failed before it did anything."})");
    EXPECT_EQ(told.heard.at(1).body, first_result);
    EXPECT_TRUE(told.noted("tool_error falls on " + first_tool_effect + ": HTTP 503, without an effect"));
    EXPECT_EQ(std::count(told.notes.begin(), told.notes.end(), "write_file did " + first_tool_effect), 1);
}

TYPED_TEST(Tools, tool_slow)
{
    const Told told = tell_tools(this->world_.runtime, {"{target: tools, inject: {tool_slow: {by: 40ms}}}"},
                                 {tool_call(first_tool_effect)});
    EXPECT_EQ(told.heard.at(0).body, first_result);
    EXPECT_GE(told.heard.at(0).first_byte, milliseconds(41));
    EXPECT_EQ(told.rest_of("tool_slow falls on " + first_tool_effect + ": ").substr(0, 5), "took ");
}

TYPED_TEST(Tools, tool_drop_reply_with_reset)
{
    const Told told = tell_tools(this->world_.runtime, {"{target: tools, times: 1, inject: tool_drop_reply}"},
                                 {tool_call(first_tool_effect, "k"), tool_call(first_tool_effect, "k")});
    EXPECT_EQ(told.heard.at(0).bytes, "");
    EXPECT_EQ(told.heard.at(0).ending, "RST");
    EXPECT_EQ(told.heard.at(1).body, first_result);
    const std::vector<std::string> expected = {
        "write_file asked for " + first_tool_effect + " key 'k'",
        "write_file did " + first_tool_effect,
        "tool_drop_reply falls on " + first_tool_effect + ": it happened, then RST in place of the reply",
        "write_file answered " + first_tool_effect + ": 0 cut_reset",
        "write_file asked for " + first_tool_effect + " key 'k'",
        "write_file replayed " + first_tool_effect,
        "write_file answered " + first_tool_effect + ": 200 complete"};
    EXPECT_EQ(told.notes, expected);
}

TYPED_TEST(Tools, tool_drop_reply_with_fin)
{
    const Told told = tell_tools(this->world_.runtime, {"{target: tools, inject: {tool_drop_reply: {end: fin}}}"},
                                 {tool_call(first_tool_effect)});
    EXPECT_EQ(told.heard.at(0).bytes, "");
    EXPECT_EQ(told.heard.at(0).ending, "FIN");
    EXPECT_TRUE(told.noted("write_file answered " + first_tool_effect + ": 0 cut_fin"));
}

TYPED_TEST(Tools, tool_drop_reply_in_silence)
{
    const Told told = tell_tools(this->world_.runtime, {"{target: tools, inject: {tool_drop_reply: {end: silent}}}"},
                                 {briefly(tool_call(first_tool_effect))});
    EXPECT_EQ(told.heard.at(0).bytes, "");
    EXPECT_EQ(told.heard.at(0).ending, "silence");
    EXPECT_TRUE(told.noted("write_file did " + first_tool_effect));
    EXPECT_TRUE(told.noted("write_file answered " + first_tool_effect + ": 0 silent"));
}

TYPED_TEST(Tools, tool_duplicate_delivery_with_a_key)
{
    const Told told = tell_tools(this->world_.runtime, {"{target: tools, inject: tool_duplicate_delivery}"},
                                 {tool_call(first_tool_effect, "k")});
    EXPECT_EQ(told.heard.at(0).body, first_result);
    const std::vector<std::string> expected = {
        "write_file asked for " + first_tool_effect + " key 'k'", "write_file did " + first_tool_effect,
        "write_file replayed " + first_tool_effect + " (tool_duplicate_delivery)",
        "tool_duplicate_delivery falls on " + first_tool_effect +
            ": delivered twice, and its idempotency key kept it from happening again",
        "write_file answered " + first_tool_effect + ": 200 complete"};
    EXPECT_EQ(told.notes, expected);
}

TYPED_TEST(Tools, tool_duplicate_delivery_without_a_key)
{
    const Told told = tell_tools(this->world_.runtime, {"{target: tools, inject: tool_duplicate_delivery}"},
                                 {tool_call(first_tool_effect)});
    EXPECT_EQ(told.heard.at(0).body, first_result);
    const std::vector<std::string> expected = {
        "write_file asked for " + first_tool_effect + " key ''", "write_file did " + first_tool_effect,
        "write_file did " + first_tool_effect + " (tool_duplicate_delivery)",
        "tool_duplicate_delivery falls on " + first_tool_effect +
            ": delivered twice, and without an idempotency key it happened twice",
        "write_file answered " + first_tool_effect + ": 200 complete"};
    EXPECT_EQ(told.notes, expected);
}

TYPED_TEST(Tools, tool_schema_violation)
{
    const Told told = tell_tools(this->world_.runtime, {"{target: tools, times: 1, inject: tool_schema_violation}"},
                                 {tool_call(first_tool_effect, "k"), tool_call(first_tool_effect, "k")});
    EXPECT_EQ(told.heard.at(0).body, R"({"result":{"text":")" + tool_result_text(some_task().task, 1) + R"("}})");
    EXPECT_EQ(told.heard.at(1).body, first_result);
    EXPECT_EQ(told.rest_of("tool_schema_violation falls on " + first_tool_effect + ": "),
              "it happened, and of the result that went out: an object where its text belongs");
}

TYPED_TEST(Tools, tool_huge_result)
{
    const Told told = tell_tools(this->world_.runtime, {"{target: tools, inject: {tool_huge_result: {size: 2 MiB}}}"},
                                 {tool_call(first_tool_effect)});
    EXPECT_TRUE(told.heard.at(0).whole);
    EXPECT_EQ(told.heard.at(0).body.size(), 2U * 1024 * 1024 + std::string_view(R"({"result":""})").size());
    EXPECT_NE(told.heard.at(0).body.find(tool_result_text(some_task().task, 1) + " "), std::string::npos);
    EXPECT_EQ(told.rest_of("tool_huge_result falls on " + first_tool_effect + ": "),
              "it happened, and a result with 2097152 bytes of text went out");
}

/// A tool that takes a city and gives a temperature.
std::vector<ToolSpec> weather_tools()
{
    std::vector<ToolSpec> tools = some_tools();
    tools[0].input = R"({"type":"object","properties":{"city":{"type":"string","minLength":1},"ticket":)"
                     R"({"type":"string"}},"required":["city","ticket"],"additionalProperties":false})";
    tools[0].token_in = "ticket";
    tools[0].output = R"({"type":"object","properties":{"celsius":{"type":"number"},"says":{"type":"string"}},)"
                      R"("required":["celsius","says"]})";
    return tools;
}

Ask weather_ask(const std::string& arguments)
{
    Ask ask = tool_call(first_tool_effect);
    ask.body = arguments;
    return ask;
}

TEST(ToolServer, takes_and_gives_what_is_declared)
{
    net::Simulation world;
    const Told told = tell_tools(world, {}, {weather_ask(R"({"city":"Oslo","ticket":")" + first_tool_effect + R"("})")},
                                 weather_tools());
    const std::string receipt = tool_result_text(some_task().task, 1);
    EXPECT_EQ(told.heard.at(0).body,
              R"({"result":")" + receipt + R"(","structured":{"celsius":1,"says":")" + receipt + R"("}})");
    EXPECT_TRUE(told.noted("write_file did " + first_tool_effect));
}

TEST(ToolServer, refuses_arguments_that_break_the_schema)
{
    const std::pair<const char*, const char*> rows[] = {
        {R"({"city":"Oslo","ticket":7})", "'ticket' must be text, but is a number"},
        {R"({"ticket":"t"})", "'city' is missing"},
        {R"({"city":"","ticket":"t"})", "'city' must have at least 1 characters, but has 0"},
        {R"({"city":"Oslo","ticket":"t","unit":"K"})", "'unit' is not declared"},
    };
    for (const auto& [arguments, why] : rows) {
        net::Simulation world;
        const Told told = tell_tools(world, {}, {weather_ask(arguments)}, weather_tools());
        EXPECT_EQ(told.heard.at(0).status, 400);
        EXPECT_EQ(told.heard.at(0).body,
                  fmt::format(R"({{"error":"the arguments of write_file break its schema: {}"}})", why));
        EXPECT_TRUE(told.notes.empty());
    }
}

TEST(ToolServer, breaks_a_structured_result_and_keeps_its_text)
{
    net::Simulation world;
    const Told told =
        tell_tools(world, {"{target: write_file, inject: tool_schema_violation}"},
                   {weather_ask(R"({"city":"Oslo","ticket":")" + first_tool_effect + R"("})")}, weather_tools());
    const std::string receipt = tool_result_text(some_task().task, 1);
    EXPECT_EQ(told.heard.at(0).body,
              R"({"result":")" + receipt + R"(","structured":{"celsius":"not this","says":")" + receipt + R"("}})");
}

TEST(ToolServer, needs_no_reference_where_nothing_happens)
{
    net::Simulation world;
    std::vector<ToolSpec> tools = some_tools();
    tools[0].kind = ToolKind::read_only;
    const Told told = tell_tools(world, {}, {weather_ask(R"({"q":"x"})")}, tools);
    EXPECT_EQ(told.heard.at(0).body, R"({"result":"Done."})");
}

TEST(ToolServer, has_no_session_to_lose_behind_its_plain_door)
{
    net::Simulation world;
    const Told told = tell_tools(world, {"{target: tools, inject: tool_session_lost}"}, {tool_call(first_tool_effect)});
    EXPECT_EQ(told.heard.at(0).body, first_result);
    EXPECT_EQ(told.notes.size(), 3U);  // no opportunity
}

TEST(ToolServer, gives_the_reply_after_all_when_the_window_closes)
{
    net::Simulation world;
    const Told told = tell_tools(world, {"{target: tools, until: 300ms, inject: {tool_drop_reply: {end: silent}}}"},
                                 {tool_call(first_tool_effect)});
    EXPECT_EQ(told.heard.at(0).body, first_result);
    EXPECT_GE(told.heard.at(0).first_byte, milliseconds(299));
}

TEST(ToolServer, acts_although_its_caller_leaves)
{
    net::Simulation world;
    const Told told =
        tell_tools(world, {"{target: tools, inject: {tool_slow: {by: 2s}}}"}, {briefly(tool_call(first_tool_effect))});
    EXPECT_TRUE(told.noted("write_file did " + first_tool_effect));
    EXPECT_TRUE(told.noted("write_file answered " + first_tool_effect + ": 0 client_left"));
}

net::Task<void> ask_both(net::Runtime& world, ToolServer& server, std::vector<Heard>& heard, Ask first, Ask second)
{
    net::TaskGroup serving(world.executor());
    net::TaskGroup asking(world.executor());
    serving.spawn(server.serve());
    heard.resize(2);
    const auto ask = [](net::Runtime& in, Ask what, Heard& into) -> net::Task<void> {
        into = co_await converse(in, what);
    };
    first.to = server.endpoint();
    second.to = server.endpoint();
    asking.spawn(ask(world, first, heard[0]));
    asking.spawn(ask(world, second, heard[1]));
    co_await asking.join();
    server.stop();
    co_await serving.join();
}

TEST(ToolServer, lets_the_second_of_two_calls_with_one_key_wait_for_the_first)
{
    net::Simulation world;
    Notebook notebook;
    ToolServer server(world, some_tools(), {}, net::Chance(1), some_task().run, notebook);
    std::vector<Heard> heard;
    world.run(ask_both(world, server, heard, tool_call(first_tool_effect, "k"), tool_call(first_tool_effect, "k")));
    EXPECT_EQ(heard[0].body, first_result);
    EXPECT_EQ(heard[1].body, first_result);
    const std::vector<std::string> expected = {"write_file asked for " + first_tool_effect + " key 'k'",
                                               "write_file asked for " + first_tool_effect + " key 'k'",
                                               "write_file did " + first_tool_effect,
                                               "write_file answered " + first_tool_effect + ": 200 complete",
                                               "write_file replayed " + first_tool_effect,
                                               "write_file answered " + first_tool_effect + ": 200 complete"};
    EXPECT_EQ(notebook.lines, expected);
}

TEST(ToolServer, refuses_a_key_that_was_used_for_another_call)
{
    net::Simulation world;
    const std::string other = effect_token(some_task().task, 2, 1);
    const Told told = tell_tools(
        world, {},
        {tool_call(first_tool_effect, "k"), tool_call(other, "k"), tool_call(first_tool_effect, "k", "send_email")});
    EXPECT_EQ(told.heard.at(1).status, 422);
    EXPECT_EQ(told.heard.at(2).status, 422);
    EXPECT_FALSE(told.noted("write_file did " + other));
}

TEST(ToolServer, calls_the_effect_of_another_run_a_stray)
{
    net::Simulation world;
    const std::string task = task_token(run_token(99), 1);
    const Told told = tell_tools(world, {}, {tool_call(effect_token(task, 1, 1))});
    EXPECT_EQ(told.heard.at(0).status, 200);
    EXPECT_EQ(told.notes, std::vector<std::string>{"stray at tool_server: the effect '" + effect_token(task, 1, 1) +
                                                   "' belongs to another run"});
}

TEST(ToolServer, does_what_an_unreadable_reference_asks_for_and_shows_it)
{
    net::Simulation world;
    const Told told = tell_tools(world, {}, {tool_call("something-else")});
    EXPECT_EQ(told.heard.at(0).body, R"({"result":"Done."})");
    EXPECT_TRUE(told.noted("write_file did something-else"));
}

TEST(ToolServer, refuses_what_is_no_call)
{
    Ask unknown = tool_call(first_tool_effect, "", "format_disk");
    Ask wrong_method = tool_call(first_tool_effect);
    wrong_method.method = "PUT";
    Ask not_json = tool_call(first_tool_effect);
    not_json.body = R"({"reference":)";
    Ask without = tool_call(first_tool_effect);
    without.body = R"({"content":"x"})";
    net::Simulation world;
    const Told told = tell_tools(world, {}, {unknown, wrong_method, not_json, without});
    EXPECT_EQ(told.heard.at(0).status, 404);
    EXPECT_EQ(told.heard.at(0).body, R"({"error":"there is no tool at /tools/format_disk"})");
    EXPECT_EQ(told.heard.at(1).status, 405);
    EXPECT_EQ(told.heard.at(2).status, 400);
    EXPECT_EQ(told.heard.at(3).status, 400);
    EXPECT_TRUE(told.notes.empty());
}

TEST(Declaration, has_a_place_for_the_reference_and_for_words)
{
    const wire::ToolSpec declared = declaration(some_tools()[0]);
    EXPECT_EQ(declared.name, "write_file");
    EXPECT_EQ(net::json_problem(declared.parameters), "");
    EXPECT_NE(declared.parameters.find(R"("required":["reference","content"])"), std::string::npos);
    EXPECT_EQ(reference_place(declared.parameters), "reference");
}

TEST(Declaration, says_where_the_reference_belongs)
{
    ToolSpec tool = weather_tools()[0];
    EXPECT_EQ(reference_place(declaration(tool).parameters), "ticket");
    EXPECT_EQ(reference_place(tool.input), std::nullopt);
    tool.input = R"({"type":"object","properties":{"id":{"type":"string","description":"Of the order."}}})";
    tool.token_in = "id";
    EXPECT_NE(
        declaration(tool).parameters.find(R"("description":"Of the order. The reference of this step, unchanged.")"),
        std::string::npos);
    EXPECT_EQ(reference_place("{"), std::nullopt);
    EXPECT_EQ(reference_place(R"({"properties":[]})"), std::nullopt);
}

}  // namespace
}  // namespace chaos::mock_providers
