// Scripts as they are read, the turn that is due in each conversation, and what a model says by a script in every
// dialect.
#include "mock_providers/brain_script.hpp"

#include <gtest/gtest.h>

#include "mock_providers/brain.hpp"
#include "mock_providers/read_spec.hpp"
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using wire::Role;

/// The script, and the complaints as "line:column: text" lines.
BrainScript read_brain_script(const std::string& yaml, std::string* said = nullptr)
{
    config::Complaints complaints("test.yaml");
    const auto node = config::parse(yaml, complaints);
    BrainScript script = node ? read_brain(*node, complaints) : BrainScript();
    std::string lines;
    for (const auto& complaint : complaints.sorted()) {
        lines += fmt::format("{}:{}: {}\n", complaint.at.line, complaint.at.column, complaint.text);
    }
    if (said != nullptr) {
        *said = lines;
    } else {
        EXPECT_EQ(lines, "");
    }
    return script;
}

const std::string weather_script =
    "script:\n"
    "- call: {tool: search, arguments: {q: \"Oslo, {canary}\", n: 3}}\n"
    "- {say: Looking., calls: [{tool: search}, any]}\n"
    "- say: \"{result} and {canary} {mark} {x} {\"\n";

TEST(BrainScript, is_read)
{
    const BrainScript expected = {{"", {{"search", R"({"q":"Oslo, {canary}","n":3})"}}},
                                  {"Looking.", {{"search", std::nullopt}, {"", std::nullopt}}},
                                  {"{result} and {canary} {mark} {x} {", {}}};
    EXPECT_EQ(read_brain_script(weather_script), expected);
}

TEST(BrainScript, is_refused_with_its_place)
{
    const std::pair<const char*, const char*> rows[] = {
        {"{}", "1:1: brain: 'script' is missing"},
        {"{scrip: []}", "1:1: brain: 'script' is missing\n1:2: brain: unknown key 'scrip' (did you mean 'script'?)"},
        {"{script: []}", "1:10: script: expected a list of 1 to 1000 turns"},
        {"{script: {say: x}}", "1:10: script: expected a list of 1 to 1000 turns"},
        {"{script: [hello]}", "1:11: turn: expected a map, found text"},
        {"{script: [{}]}", "1:11: a turn says something or calls something: "},
        {"{script: [{say: x, cal: any}]}", "1:20: turn: unknown key 'cal' (did you mean 'call'?)"},
        {"{script: [{say: [x]}]}", "1:17: say: "},
        {"{script: [{call: search}]}",
         "1:18: a call is `any`, or a map such as {tool: search, arguments: {q: x}}, but this "
         "is 'search'"},
        {"{script: [{call: {arguments: {}}}]}", "1:18: call: 'tool' is missing"},
        {"{script: [{call: {tool: a, args: {}}}]}", "1:28: call: unknown key 'args'"},
        {"{script: [{call: {tool: a, arguments: [1]}}]}",
         "1:39: arguments: expected a map, as calls have it, found a list"},
        {"{script: [{call: {tool: a, arguments: \"{}\"}}]}",
         "1:39: arguments: expected a map, as calls have it, found text"},
        {"{script: [{call: {tool: \"\"}}]}", "1:25: tool: expected a name"},
        {"{script: [{calls: []}]}", "1:19: calls: expected a list of 1 to 16 calls"},
        {"{script: [{calls: {tool: a}}]}", "1:19: calls: expected a list of 1 to 16 calls"},
        {"{script: [{calls: [any], call: any}]}", "1:19: a turn has `call` or `calls`, not both"},
        {"{script: [{say: \"{canry}\"}]}", "1:17: nothing fills in '{canry}' (did you mean '{canary}'?)"},
        {"{script: [{call: {tool: a, arguments: {q: [\"{reslt}\"]}}}]}",
         "1:44: nothing fills in '{reslt}' (did you mean '{result}'?)"},
    };
    for (const auto& [yaml, complaint] : rows) {
        std::string said;
        read_brain_script(yaml, &said);
        EXPECT_EQ(said.substr(0, std::string(complaint).size()), complaint) << yaml;
    }
}

wire::ChatRequest script_conversation(const std::vector<wire::Message>& messages)
{
    wire::ChatRequest request;
    request.model = "m";
    request.messages = messages;
    request.tools = {{"first", "", R"({"type":"object","properties":{"a":{"type":"integer"}}})"}, {"search", "", "{}"}};
    return request;
}

const wire::Message user = wire::message(Role::user, "Please. Canary: blue-door.");
const wire::Message assistant = wire::message(Role::assistant, "So.");
const wire::Message result = wire::message(Role::tool, "21 degrees");

TEST(BrainScript, knows_the_turn_that_is_due_by_the_conversation_alone)
{
    const BrainScript script = read_brain_script(
        "script: [{call: any}, {say: one}, {say: two}, {say: calls first, call: any}, {call: any}, {say: three}]");
    struct Row {
        const char* what;
        std::vector<wire::Message> messages;
        const char* say;  ///< null: no turn
        std::size_t calls;
    };
    const Row rows[] = {
        {"nothing", {}, "", 1},
        {"a question", {user}, "", 1},
        {"a system message before it", {wire::message(Role::system, "s"), user}, "", 1},
        {"two messages of the user in a row", {user, user}, "", 1},
        {"a call with its result", {user, assistant, result}, "one", 0},
        {"a call with two results", {user, assistant, result, result}, "one", 0},
        {"two messages of the assistant in a row", {user, assistant, assistant, result}, "one", 0},
        {"a part that is over", {user, assistant, result, assistant}, nullptr, 0},
        {"the second question", {user, assistant, result, assistant, user}, "two", 0},
        {"the third question", {user, assistant, user, assistant, user}, "calls first", 1},
        {"the third question's second turn", {user, assistant, user, assistant, user, assistant, result}, "", 1},
        {"the fourth question, with no part of its own",
         {user, assistant, user, assistant, user, assistant, user},
         "calls first",
         1},
        {"a conversation that lost its beginning", {assistant, result, user}, "", 1},
    };
    for (const Row& row : rows) {
        const ScriptedTurn* due = due_turn(script, script_conversation(row.messages));
        ASSERT_EQ(due == nullptr, row.say == nullptr) << row.what;
        if (due != nullptr) {
            EXPECT_EQ(due->say, row.say) << row.what;
            EXPECT_EQ(due->calls.size(), row.calls) << row.what;
        }
    }
}

TEST(BrainScript, finds_the_canary_of_the_task)
{
    const std::pair<const char*, std::optional<std::string>> rows[] = {
        {"canary: blue-door", "blue-door"},
        {"Do it. CANARY blue.door_7, please", "blue.door_7"},
        {"The canary:   x.", "x"},
        {"A canary: !, another canary: y", "y"},
        {"canaryland is no canary", std::nullopt},
        {"canary:", std::nullopt},
        {"canary", std::nullopt},
        {"nothing", std::nullopt},
    };
    for (const auto& [text, canary] : rows) {
        EXPECT_EQ(task_canary(script_conversation({wire::message(Role::user, text)})), canary) << text;
    }
    EXPECT_EQ(task_canary(script_conversation(
                  {wire::message(Role::system, "canary: a"), user, wire::message(Role::user, "canary: b")})),
              "blue-door");
    EXPECT_EQ(task_canary(script_conversation({wire::message(Role::assistant, "canary: a")})), std::nullopt);
}

TEST(BrainScript, fills_in_what_it_knows_and_leaves_the_rest)
{
    const wire::ChatRequest told =
        script_conversation({user, assistant, wire::message(Role::tool, "old"), assistant, result});
    EXPECT_EQ(filled_in("{result} and {canary} {mark} {x} {", told, "primary#3"),
              "21 degrees and blue-door (as primary-3) {x} {");
    EXPECT_EQ(filled_in("{canary}{result}", script_conversation({}), "a#1"),
              "(no canary in this conversation)(no tool result in this conversation)");
    EXPECT_EQ(arguments_filled_in(R"({"a":["{canary}",1,{"b":"{mark}"}],"{canary}":true})", told, "a#1"),
              R"j({"a":["blue-door",1,{"b":"(as a-1)"}],"{canary}":true})j");
    const std::string umlauts = std::string(999, 'a') + "\xC3\xA4";
    EXPECT_EQ(filled_in("{result}", script_conversation({wire::message(Role::tool, umlauts)}), "a#1"),
              std::string(999, 'a'));
}

wire::ChatAnswer script_answer_to(const std::string& yaml, const wire::ChatRequest& request)
{
    return next_turn(understand(request), request, "primary#7", 3, read_brain_script(yaml));
}

TEST(BrainScript, makes_one_call)
{
    const wire::ChatAnswer answer = script_answer_to(weather_script, script_conversation({user}));
    ASSERT_EQ(answer.tool_calls.size(), 1U);
    EXPECT_EQ(answer.tool_calls[0], (wire::ToolCall{"primary-7-1", "search", R"({"q":"Oslo, blue-door","n":3})"}));
    EXPECT_EQ(answer.text, "");
    EXPECT_EQ(answer.finish, wire::FinishReason::tool_calls);
}

TEST(BrainScript, makes_several_calls_at_once_and_samples_what_is_left_open)
{
    const wire::ChatAnswer answer = script_answer_to(weather_script, script_conversation({user, assistant, result}));
    ASSERT_EQ(answer.tool_calls.size(), 2U);
    EXPECT_EQ(answer.text, "Looking.");
    EXPECT_EQ(answer.tool_calls[0], (wire::ToolCall{"primary-7-1", "search", "{}"}));
    EXPECT_EQ(answer.tool_calls[1], (wire::ToolCall{"primary-7-2", "first", R"({"a":1})"}));
}

TEST(BrainScript, says_what_it_has_to_say_and_then_thanks)
{
    const wire::ChatAnswer answer =
        script_answer_to(weather_script, script_conversation({user, assistant, result, assistant, result}));
    EXPECT_EQ(answer.text, "21 degrees and blue-door (as primary-7) {x} {");
    EXPECT_EQ(answer.finish, wire::FinishReason::stop);
    const wire::ChatAnswer more =
        script_answer_to("script: [{call: any}]", script_conversation({user, assistant, result}));
    EXPECT_EQ(more.text.substr(0, 33), "(as primary-7) Thank you, noted: ");
    EXPECT_TRUE(more.tool_calls.empty());
}

TEST(BrainScript, says_so_when_a_tool_is_not_offered)
{
    EXPECT_EQ(script_answer_to("script: [{call: {tool: fly}}]", script_conversation({user})).text,
              "(as primary-7) My script calls the tool 'fly', and I was not offered it.");
    wire::ChatRequest without = script_conversation({user});
    without.tools.clear();
    EXPECT_EQ(script_answer_to("script: [{call: any}]", without).text,
              "(as primary-7) My script calls a tool, and I was not offered any.");
    wire::ChatRequest forbidden = script_conversation({user});
    forbidden.tool_choice.kind = wire::ToolChoice::Kind::none;
    EXPECT_TRUE(script_answer_to(weather_script, forbidden).tool_calls.empty());
}

TEST(BrainScript, ends_in_its_words_where_tokens_are_few)
{
    wire::ChatRequest request = script_conversation({user});
    request.max_tokens = 2;
    const wire::ChatAnswer answer = script_answer_to("script: [{say: one two three four, call: any}]", request);
    EXPECT_EQ(answer.finish, wire::FinishReason::length);
    EXPECT_TRUE(answer.tool_calls.empty());
}

TEST(BrainScript, lends_its_next_call_to_faults_that_need_a_second)
{
    const BrainScript script = read_brain_script(weather_script);
    const wire::ChatRequest request = script_conversation({user});
    const auto second = following_call(understand(request), request, "primary#7", script);
    ASSERT_TRUE(second);
    EXPECT_EQ(*second, (wire::ToolCall{"primary-7-2", "search", "{}"}));
    const wire::ChatRequest last = script_conversation({user, assistant, result, assistant, result});
    EXPECT_FALSE(following_call(understand(last), last, "primary#7", script));
}

TEST(BrainScript, is_spoken_in_every_dialect)
{
    struct Row {
        const char* dialect;
        const char* path;
        const char* body;
    };
    const Row rows[] = {
        {"openai", "/v1/chat/completions",
         R"({"model":"m","messages":[{"role":"user","content":"canary: blue-door"}],"tools":[{"type":"function",)"
         R"("function":{"name":"search","parameters":{"type":"object"}}}]})"},
        {"openai", "/v1/responses",
         R"({"model":"m","input":"canary: blue-door","tools":[{"type":"function","name":"search","parameters":)"
         R"({"type":"object"}}]})"},
        {"anthropic", "/v1/messages",
         R"({"model":"m","max_tokens":100,"messages":[{"role":"user","content":"canary: blue-door"}],"tools":)"
         R"([{"name":"search","input_schema":{"type":"object"}}]})"},
        {"ollama", "/api/chat",
         R"({"model":"m","stream":false,"messages":[{"role":"user","content":"canary: blue-door"}],"tools":)"
         R"([{"type":"function","function":{"name":"search","parameters":{"type":"object"}}}]})"},
        {"gemini", "/v1beta/models/m:generateContent",
         R"({"contents":[{"role":"user","parts":[{"text":"canary: blue-door"}]}],"tools":[{"functionDeclarations":)"
         R"([{"name":"search","parameters":{"type":"OBJECT"}}]}]})"},
    };
    for (const Row& row : rows) {
        net::Simulation world;
        ProviderSpec spec = testing::primary();
        spec.dialect = row.dialect;
        spec.model = "m";
        spec.brain = read_brain_script(
            "script: [{say: \"Found {canary}.\", calls: [{tool: search, arguments: {n: 41}}, {tool: search, "
            "arguments: {n: 42}}]}]");
        testing::Ask ask = testing::post(row.body);
        ask.path = row.path;
        ask.extra_headers =
            "authorization: Bearer k\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\nx-goog-api-key: k\r\n";
        const testing::Told told = testing::tell(world, {}, {ask}, spec);
        const std::string& body = told.heard.at(0).body;
        EXPECT_EQ(told.heard.at(0).status, 200) << row.path << body;
        for (const char* part : {"Found blue-door.", "search", "41", "42"}) {
            EXPECT_NE(body.find(part), std::string::npos) << row.path << ": " << part << " in " << body;
        }
    }
}

TEST(BrainScript, is_a_key_of_a_provider)
{
    config::Complaints complaints("test.yaml");
    const auto node = config::parse("p: {brain: {script: [{say: hello}]}}", complaints);
    const auto specs = read_providers(*node, complaints);
    EXPECT_TRUE(complaints.empty());
    EXPECT_EQ(specs.at(0).brain, (BrainScript{{"hello", {}}}));
}

}  // namespace
}  // namespace chaos::mock_providers
