// Responses requests: what bodies mean, what is wrong with bad ones, and every value there and back.
#include <gtest/gtest.h>

#include "tests/support/mutations.hpp"
#include "wire/openai_responses.hpp"

namespace chaos::wire::openai_responses {
namespace {

Message user(std::string text)
{
    return message(Role::user, std::move(text));
}

Message assistant(std::string text, std::vector<ToolCall> calls)
{
    Message result = message(Role::assistant, std::move(text));
    result.tool_calls = std::move(calls);
    return result;
}

Message tool_result(std::string id, std::string text)
{
    Message result = message(Role::tool, std::move(text));
    result.tool_call_id = std::move(id);
    return result;
}

/// A request that uses everything there is.
ChatRequest rich_request()
{
    ChatRequest request;
    request.model = "gpt-4o";
    request.messages = {message(Role::system, "Be \"brief\".\n"), user("Weather in Oslo?"),
                        assistant("Let me look.", {{"call_1", "get_weather", R"({"city":"Oslo"})"},
                                                   {"call_2", "get_time", "{\"a\": tru"}}),
                        tool_result("call_1", "7 degrees"), tool_result("call_2", "")};
    Message with_parts = user("Look:");
    with_parts.content.push_back({Part::Kind::image, "data:image/png;base64,AAAA"});
    with_parts.content.push_back({Part::Kind::other, R"({"type":"input_file","file_id":"file_1"})"});
    request.messages.push_back(with_parts);
    request.tools = {
        {"get_weather", "Says the weather.", R"({"type":"object","properties":{"city":{"type":"string"}}})"},
        {"get_time", "", ""}};
    request.tool_choice = {ToolChoice::Kind::named, "get_weather"};
    request.stream = true;
    request.include_usage = true;
    request.max_tokens = 512;
    request.previous_answer = "resp_9";
    return request;
}

constexpr std::string_view rich_body =
    R"({"model":"gpt-4o","instructions":"Be \"brief\".\n","input":[{"role":"user","content":"Weather in Oslo?"},)"
    R"({"role":"assistant","content":"Let me look."},)"
    R"({"type":"function_call","call_id":"call_1","name":"get_weather","arguments":"{\"city\":\"Oslo\"}"},)"
    R"({"type":"function_call","call_id":"call_2","name":"get_time","arguments":"{\"a\": tru"},)"
    R"({"type":"function_call_output","call_id":"call_1","output":"7 degrees"},)"
    R"({"type":"function_call_output","call_id":"call_2","output":""},)"
    R"({"role":"user","content":[{"type":"input_text","text":"Look:"},)"
    R"({"type":"input_image","image_url":"data:image/png;base64,AAAA"},{"type":"input_file","file_id":"file_1"}]}],)"
    R"("tools":[{"type":"function","name":"get_weather","description":"Says the weather.",)"
    R"("parameters":{"type":"object","properties":{"city":{"type":"string"}}},"strict":false},)"
    R"({"type":"function","name":"get_time","parameters":null,"strict":false}],)"
    R"("tool_choice":{"type":"function","name":"get_weather"},"previous_response_id":"resp_9",)"
    R"("max_output_tokens":512,"stream":true})";

TEST(ResponsesRequest, IsWrittenByteExact)
{
    EXPECT_EQ(write_request(rich_request()), rich_body);
    ChatRequest small;
    small.model = "m";
    small.messages = {user("hi")};
    EXPECT_EQ(write_request(small), R"({"model":"m","input":[{"role":"user","content":"hi"}]})");
    small.messages = {message(Role::system, "alone")};
    EXPECT_EQ(write_request(small), R"({"model":"m","input":[{"role":"system","content":"alone"}]})");
    small.max_tokens = 1;  // less than the vendor takes
    EXPECT_NE(write_request(small).find(R"("max_output_tokens":16)"), std::string::npos);
}

TEST(ResponsesRequest, IsReadAsItIsWritten)
{
    Read<ChatRequest> read = read_request(rich_body);
    ASSERT_TRUE(read) << read.problem;
    EXPECT_EQ(*read.value, rich_request());
}

TEST(ResponsesRequest, EveryChoiceOfToolSurvives)
{
    using Kind = ToolChoice::Kind;
    for (ToolChoice choice : {ToolChoice{Kind::automatic, ""}, ToolChoice{Kind::none, ""},
                              ToolChoice{Kind::required, ""}, ToolChoice{Kind::named, "x"}}) {
        ChatRequest request = rich_request();
        request.tool_choice = choice;
        Read<ChatRequest> read = read_request(write_request(request));
        ASSERT_TRUE(read) << read.problem;
        EXPECT_EQ(*read.value, request);
    }
}

/// The messages of a body whose input is this.
std::vector<Message> messages_of(std::string_view input, std::string_view more = "")
{
    Read<ChatRequest> read = read_request(R"({"model":"m","input":)" + std::string(input) + std::string(more) + "}");
    EXPECT_TRUE(read) << read.problem << ": " << input;
    return read ? read.value->messages : std::vector<Message>();
}

TEST(ResponsesRequest, SaysTheSameInSeveralWays)
{
    const Message looked = assistant("", {{"call_1", "f", "{}"}});
    const Message refused = assistant("No.", {});
    Message thoughtful = assistant("a", {{"call_1", "f", "{}"}});
    thoughtful.reasoning.push_back({"", "", "rs_1", false, Vendor::openai});
    struct Row {
        std::string_view input;
        std::vector<Message> messages;
    };
    const Row rows[] = {
        {R"("hi")", {user("hi")}},
        {R"([{"role":"user","content":"hi"}])", {user("hi")}},
        {R"([{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}])", {user("hi")}},
        {R"([{"role":"developer","content":"be kind"}])", {message(Role::system, "be kind")}},
        // What an answer said is sent back as it came.
        {R"([{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":)"
         R"([{"type":"output_text","text":"a","annotations":[],"logprobs":[]}]}])",
         {assistant("a", {})}},
        {R"([{"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"No."}]}])", {refused}},
        // A call belongs to what the assistant said right before, and so does what it thought.
        {R"([{"role":"assistant","content":"a"},{"type":"reasoning","id":"rs_1","summary":[]},)"
         R"({"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{}","status":"completed"}])",
         {thoughtful}},
        {R"([{"role":"user","content":"hi"},{"type":"function_call","call_id":"call_1","name":"f","arguments":"{}"},)"
         R"({"type":"function_call_output","call_id":"call_1","output":[{"type":"input_text","text":"done"}]},)"
         R"({"type":"function_call","call_id":"call_1","name":"f","arguments":"{}"}])",
         {user("hi"), looked, tool_result("call_1", "done"), looked}},
        {R"([{"type":"custom_tool_call","call_id":"call_1","name":"f","input":"{}"},)"
         R"({"type":"custom_tool_call_output","call_id":"call_1","output":"done"}])",
         {looked, tool_result("call_1", "done")}},
    };
    for (const Row& row : rows) EXPECT_EQ(messages_of(row.input), row.messages) << row.input;
    EXPECT_EQ(messages_of(R"("hi")", R"(,"instructions":"be kind")"),
              (std::vector<Message>{message(Role::system, "be kind"), user("hi")}));
    EXPECT_EQ(messages_of(R"("hi")", R"(,"instructions":null,"tools":null,"stream":null,"previous_response_id":null)"),
              std::vector<Message>{user("hi")});
}

TEST(ResponsesRequest, ToolsAreFlat)
{
    const Read<ChatRequest> read = read_request(
        R"({"model":"m","input":"x","tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true},)"
        R"({"type":"custom","name":"g","description":"d"}],)"
        R"("tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"}]}})");
    ASSERT_TRUE(read) << read.problem;
    EXPECT_EQ(read.value->tools,
              (std::vector<ToolSpec>{{"f", "", R"({"type":"object"})", true}, {"g", "d", "", std::nullopt, true}}));
    EXPECT_EQ(read.value->tool_choice.kind, ToolChoice::Kind::required);
    EXPECT_TRUE(read.value->include_usage);
    EXPECT_FALSE(read.value->stream);
}

TEST(ResponsesRequest, SaysWhatIsWrong)
{
    const auto item = [](std::string_view text) { return R"({"model":"m","input":[)" + std::string(text) + "]}"; };
    const auto also = [](std::string_view text) { return R"({"model":"m","input":"x",)" + std::string(text) + "}"; };
    const std::pair<std::string, std::string_view> table[] = {
        {"{", "the body is not JSON: "},
        {"[]", "the body: expected a JSON object"},
        {R"({"input":"x"})", "model: expected text"},
        {R"({"model":"m"})", "input: expected text or a list of items"},
        {R"({"model":"m","messages":[{"role":"user","content":"x"}]})", "input: expected text or a list of items"},
        {item(""), "input: expected at least one message, call or output of a call"},
        {item(R"({"type":"reasoning","id":"rs_1","summary":[]})"), "input: expected at least one message"},
        {item("7"), "input[0]: expected an object"},
        {item(R"({"role":"tool","content":"x"})"), "input[0].role: expected one of system, developer, user, assistant"},
        {item(R"({"type":7})"), "input[0].type: expected text"},
        {item(R"({"content":"x"})"), "input[0].type: expected message, function_call, "},
        {item(R"({"type":"item_reference","id":"msg_1"})"), "input[0].type: expected message, function_call, "},
        {item(R"({"role":"user"})"), "input[0].content: expected text or a list of parts"},
        {item(R"({"role":"user","content":[7]})"), "input[0].content[0]: expected an object"},
        {item(R"({"role":"user","content":[{"type":"text","text":"x"}]})"),
         "input[0].content[0].type: expected input_text, input_image, input_file, or input_audio"},
        {item(R"({"role":"user","content":[{"type":"input_text"}]})"), "input[0].content[0].text: expected text"},
        {item(R"({"role":"user","content":[{"type":"input_image"}]})"), "input[0].content[0].image_url: expected text"},
        {item(R"({"role":"assistant","content":[{"type":"input_text","text":"x"}]})"),
         "input[0].content[0].type: expected output_text or refusal"},
        {item(R"({"role":"assistant","content":[{"type":"refusal"}]})"), "input[0].content[0].refusal: expected text"},
        {item(R"({"type":"function_call","id":"fc_1","name":"f","arguments":"{}"})"),
         "input[0].call_id: expected text"},
        {item(R"({"type":"function_call","call_id":"c","arguments":"{}"})"), "input[0].name: expected text"},
        {item(R"({"type":"function_call","call_id":"c","name":"f","arguments":{}})"),
         "input[0].arguments: expected text"},
        {item(R"({"type":"function_call_output","output":"x"})"), "input[0].call_id: expected text"},
        {item(R"({"type":"function_call_output","call_id":"c"})"), "input[0].output: expected text or a list of parts"},
        {item(R"({"type":"reasoning","id":"rs_1"})"), "input[0].summary: expected a list"},
        {also(R"("instructions":7)"), "instructions: expected text"},
        {also(R"("tools":{})"), "tools: expected a list"},
        {also(R"("tools":[{"type":"function","function":{"name":"f"}}])"), "tools[0].name: expected text"},
        {also(R"("tools":[{"type":"web_search"}])"), "tools[0].type: expected function or custom"},
        {also(R"("tools":[{"type":"function","name":"f","parameters":7}])"),
         "tools[0].parameters: expected a JSON Schema"},
        {also(R"("tool_choice":"any")"), "tool_choice: expected none, auto, required, or a function"},
        {also(R"("tool_choice":{"type":"function","function":{"name":"f"}})"), "tool_choice.name: expected text"},
        {also(R"("tool_choice":{"type":"file_search"})"), "tool_choice.type: expected function, custom, or"},
        {also(R"("stream":"yes")"), "stream: expected true or false"},
        {also(R"("max_output_tokens":15)"), "max_output_tokens: expected a whole number of at least 16"},
        {also(R"("max_output_tokens":"many")"), "max_output_tokens: expected a whole number of at least 16"},
        {also(R"("previous_response_id":7)"), "previous_response_id: expected text"},
        {also(R"("conversation":"conv_1")"), "conversation: expected none"},
        {also(R"("background":true)"), "background: expected false"},
    };
    for (const auto& [body, problem] : table) {
        const Read<ChatRequest> read = read_request(body);
        EXPECT_FALSE(read) << body;
        EXPECT_TRUE(read.problem.starts_with(problem)) << body << ": " << read.problem;
    }
}

TEST(ResponsesRequest, DamagedBodiesAreReadOrRefused)
{
    const net::Chance chance(20261120);
    constexpr std::uint64_t rounds = 2000;
    std::size_t read_ones = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        const std::string body = tests::mutated(std::string(rich_body), chance.about(round));
        const Read<ChatRequest> read = read_request(body);
        EXPECT_EQ(read.problem.empty(), read.value.has_value()) << body;
        if (!read) continue;
        ++read_ones;
        const Read<ChatRequest> again = read_request(write_request(*read.value));
        ASSERT_TRUE(again) << again.problem << body;
        ChatRequest known = *read.value;
        known.unknown.clear();
        EXPECT_EQ(*again.value, known) << body;
    }
    // Neither is all of it refused nor none: the damage is of a size that tests something.
    EXPECT_GT(read_ones, rounds / 20);
    EXPECT_LT(read_ones, rounds);
}

}  // namespace
}  // namespace chaos::wire::openai_responses
