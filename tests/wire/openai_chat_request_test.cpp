// Chat Completions requests: what bodies mean, what is wrong with bad ones, and every value there and back.
#include <gtest/gtest.h>

#include "wire/openai_chat.hpp"

namespace chaos::wire::openai_chat {
namespace {

Message user(std::string text)
{
    return message(Role::user, std::move(text));
}

Message assistant_calls(std::vector<ToolCall> calls)
{
    Message result = message(Role::assistant, "");
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
    request.messages = {
        message(Role::system, "Be \"brief\".\n\xC3\xA9\xF0\x9F\x98\x80"), user("Weather in Oslo?"),
        assistant_calls({{"call_1", "get_weather", R"({"city":"Oslo"})"}, {"call_2", "get_time", "{\"a\": tru"}}),
        tool_result("call_1", "7 degrees"), tool_result("call_2", "")};
    Message with_parts = user("Look:");
    with_parts.content.push_back({Part::Kind::image, "data:image/png;base64,AAAA"});
    with_parts.content.push_back({Part::Kind::audio, "data:audio/wav;base64,AA"});
    request.messages.push_back(with_parts);
    request.tools = {
        {"get_weather", "Says the weather.", R"({"type":"object","properties":{"city":{"type":"string"}}})"},
        {"get_time", "", ""}};
    request.tool_choice = {ToolChoice::Kind::named, "get_weather"};
    request.stream = true;
    request.include_usage = true;
    request.max_tokens = 512;
    return request;
}

constexpr std::string_view rich_body =
    R"({"model":"gpt-4o","messages":[{"role":"system","content":"Be \"brief\".\n)"
    "\xC3\xA9\xF0\x9F\x98\x80"
    R"("},{"role":"user","content":"Weather in Oslo?"},)"
    R"({"role":"assistant","content":null,"tool_calls":[)"
    R"({"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Oslo\"}"}},)"
    R"({"id":"call_2","type":"function","function":{"name":"get_time","arguments":"{\"a\": tru"}}]},)"
    R"({"role":"tool","tool_call_id":"call_1","content":"7 degrees"},{"role":"tool","tool_call_id":"call_2","content":""},)"
    R"({"role":"user","content":[{"type":"text","text":"Look:"},)"
    R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},)"
    R"({"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]}],)"
    R"("tools":[{"type":"function","function":{"name":"get_weather","description":"Says the weather.",)"
    R"("parameters":{"type":"object","properties":{"city":{"type":"string"}}}}},)"
    R"({"type":"function","function":{"name":"get_time"}}],)"
    R"("tool_choice":{"type":"function","function":{"name":"get_weather"}},"max_tokens":512,"stream":true,)"
    R"("stream_options":{"include_usage":true}})";

TEST(WriteRequest, IsByteExact)
{
    EXPECT_EQ(write_request(rich_request()), rich_body);
    ChatRequest small;
    small.model = "m";
    small.messages = {user("hi")};
    EXPECT_EQ(write_request(small), R"({"model":"m","messages":[{"role":"user","content":"hi"}]})");
}

TEST(ReadRequest, ReadsWhatIsWritten)
{
    Read<ChatRequest> read = read_request(rich_body);
    ASSERT_TRUE(read) << read.problem;
    EXPECT_EQ(*read.value, rich_request());
}

TEST(ReadRequest, EveryChoiceOfToolSurvives)
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

TEST(ReadRequest, EveryMessageSurvives)
{
    Message several_texts = user("a");
    several_texts.content.push_back({Part::Kind::text, "b"});
    Message one_empty_part = user("x");
    one_empty_part.content.front().text.clear();
    Message text_and_call = assistant_calls({{"call_1", "f", ""}});
    text_and_call.content = {{Part::Kind::text, "Let me look."}};
    const Message table[] = {user(""),
                             user(std::string("nul\0byte", 8)),
                             user("\\\"/\b\f\n\r\t\x1f"),
                             user("\xE2\x80\xA8 \xF4\x8F\xBF\xBF"),
                             message(Role::assistant, ""),
                             message(Role::system, "s"),
                             several_texts,
                             one_empty_part,
                             text_and_call,
                             assistant_calls({{"", "", ""}}),
                             tool_result("", "")};
    for (const Message& m : table) {
        ChatRequest request;
        request.model = "m";
        request.messages = {m};
        std::string body = write_request(request);
        Read<ChatRequest> read = read_request(body);
        ASSERT_TRUE(read) << read.problem << body;
        EXPECT_EQ(*read.value, request) << body;
    }
}

/// The request in a body whose messages are `messages`.
ChatRequest read_messages(std::string_view messages)
{
    Read<ChatRequest> read = read_request(R"({"model":"m","messages":[)" + std::string(messages) + "]}");
    EXPECT_TRUE(read) << messages << read.problem;
    return read.value.value_or(ChatRequest());
}

TEST(ReadRequest, ReadsEveryFormOfAMessage)
{
    const std::pair<std::string_view, Message> table[] = {
        {R"({"role":"developer","content":"x"})", message(Role::system, "x")},
        {R"({"role":"user","content":[{"type":"text","text":"x"}]})", user("x")},
        {R"({"role":"user","content":"x","name":"bob","unknown":{"deep":[1,2]}})", user("x")},
        {R"({"role":"assistant","content":null,"refusal":"No."})", message(Role::assistant, "No.")},
        {R"({"role":"assistant","content":[{"type":"refusal","refusal":"No."}]})", message(Role::assistant, "No.")},
        {R"({"role":"assistant","content":"x","refusal":null,"tool_calls":null})", message(Role::assistant, "x")},
        {R"({"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]})",
         assistant_calls({{"c", "f", "{}"}})},
        {R"({"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"f","input":"free"}}]})",
         assistant_calls({{"c", "f", "free"}})},
        {R"({"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"x"}]})", tool_result("c", "x")},
        {R"({"role":"user","role":"tool","tool_call_id":"c","content":"first","content":"last"})",
         tool_result("c", "last")},
        {"{\"role\":\"user\",\"content\":\"\\u00e9\\ud83d\\ude00\"}", user("\xC3\xA9\xF0\x9F\x98\x80")},
        {"{\"role\":\"user\",\"content\":\"half \\ud83d pair\"}", user("half \xEF\xBF\xBD pair")},
        {R"({"role":"user","content":"x","n":123456789012345678901234567890})", user("x")},
    };
    for (const auto& [json, expected] : table) {
        ChatRequest request = read_messages(json);
        ASSERT_EQ(request.messages.size(), 1u) << json;
        EXPECT_EQ(request.messages.front(), expected) << json;
    }
    Message image = user("x");
    image.content = {{Part::Kind::image, "https://a/b.png", "", "low"}};
    EXPECT_EQ(
        read_messages(
            R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a/b.png","detail":"low"}}]})")
            .messages.front(),
        image);
}

TEST(ReadRequest, ReadsEveryFormOfTheOtherFields)
{
    auto read = [](std::string_view fields) {
        std::string body = R"({"model":"m","messages":[{"role":"user","content":"x"}],)" + std::string(fields) + "}";
        Read<ChatRequest> result = read_request(body);
        EXPECT_TRUE(result) << fields << result.problem;
        return result.value.value_or(ChatRequest());
    };
    EXPECT_EQ(read(R"("max_tokens":5)").max_tokens, 5);
    EXPECT_EQ(read(R"("max_tokens":5.0)").max_tokens, 5);
    EXPECT_EQ(read(R"("max_tokens":5,"max_completion_tokens":7)").max_tokens, 7);
    EXPECT_EQ(read(R"("max_tokens":null)").max_tokens, std::nullopt);
    EXPECT_FALSE(read(R"("stream":null,"stream_options":null)").stream);
    EXPECT_TRUE(read(R"("stream":false,"stream":true)").stream);
    EXPECT_FALSE(read(R"("stream":true,"stream_options":{"include_usage":null})").include_usage);
    EXPECT_EQ(read(R"("tool_choice":"auto")").tool_choice, ToolChoice());
    ToolChoice required{ToolChoice::Kind::required, ""};
    EXPECT_EQ(
        read(R"("tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[]}})").tool_choice,
        required);
    ToolChoice named{ToolChoice::Kind::named, "f"};
    EXPECT_EQ(read(R"("tool_choice":{"type":"custom","custom":{"name":"f"}})").tool_choice, named);
    std::vector<ToolSpec> tools{{"f", "d", "", std::nullopt, true}, {"g", "", R"({"type":"object","x":1.5})", true}};
    EXPECT_EQ(read(R"("tools":[{"type":"custom","custom":{"name":"f","description":"d","format":{}}},)"
                   R"({"type":"function","function":{"name":"g","description":null,"strict":true,)"
                   R"("parameters":{ "type" : "object", "x": 1.5 }}}])")
                  .tools,
              tools);
    EXPECT_TRUE(read(R"("tools":null)").tools.empty());
    EXPECT_TRUE(read(R"("tools":[],"temperature":0.5,"logit_bias":{"50256":-100})").tools.empty());
}

TEST(ReadRequest, SaysWhatIsWrongAsAVendorWould)
{
    auto messages = [](std::string_view text) {
        return R"({"model":"m","messages":[{"role":"user","content":"x"},)" + std::string(text) + "]}";
    };
    auto field = [](std::string_view text) {
        return R"({"model":"m","messages":[{"role":"user","content":"x"}],)" + std::string(text) + "}";
    };
    const std::pair<std::string, std::string_view> table[] = {
        {"", "the body is not JSON: line 1, column 1: empty"},
        {"{", "the body is not JSON: line 1, column 2: ends in the middle"},
        {"{\"model\":\"m\",}", "the body is not JSON: line 1, column 14: expected a member name in quotes"},
        {"{\"model\":\"\xFF\"}", "the body is not JSON: line 1, column 11: not UTF-8"},
        {"{} {}", "the body is not JSON: line 1, column 4: something follows the value"},
        {"[]", "the body: expected a JSON object"},
        {"null", "the body: expected a JSON object"},
        {"\"text\"", "the body: expected a JSON object"},
        {"{}", "model: expected text"},
        {R"({"model":7})", "model: expected text"},
        {R"({"model":"m"})", "messages: expected a list of at least one message"},
        {R"({"model":"m","messages":[]})", "messages: expected a list of at least one message"},
        {R"({"model":"m","messages":{}})", "messages: expected a list of at least one message"},
        {messages("5"), "messages[1]: expected an object"},
        {messages("{}"), "messages[1].role: expected one of system, developer, user, assistant, tool"},
        {messages(R"({"role":"robot","content":"x"})"),
         "messages[1].role: expected one of system, developer, user, assistant, tool"},
        {messages(R"({"role":"user"})"), "messages[1].content: expected text or a list of parts"},
        {messages(R"({"role":"user","content":null})"), "messages[1].content: expected text or a list of parts"},
        {messages(R"({"role":"user","content":5})"), "messages[1].content: expected text or a list of parts"},
        {messages(R"({"role":"assistant","content":null})"), "messages[1].content: expected text or a list of parts"},
        {messages(R"({"role":"user","content":["x"]})"), "messages[1].content[0]: expected an object"},
        {messages(R"({"role":"user","content":[{"text":"x"}]})"), "messages[1].content[0].type: expected text"},
        {messages(R"({"role":"user","content":[{"type":"text","text":"x"},{"type":"text"}]})"),
         "messages[1].content[1].text: expected text"},
        {messages(R"({"role":"user","content":[{"type":"image_url","image_url":{}}]})"),
         "messages[1].content[0].image_url.url: expected text"},
        {messages(R"({"role":"tool","content":"x"})"), "messages[1].tool_call_id: expected text"},
        {messages(R"({"role":"assistant","tool_calls":{}})"), "messages[1].tool_calls: expected a list"},
        {messages(R"({"role":"assistant","tool_calls":[7]})"), "messages[1].tool_calls[0]: expected an object"},
        {messages(R"({"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]})"),
         "messages[1].tool_calls[0].id: expected text"},
        {messages(R"({"role":"assistant","tool_calls":[{"id":"c","function":{"arguments":"{}"}}]})"),
         "messages[1].tool_calls[0].function.name: expected text"},
        {messages(R"({"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":{}}}]})"),
         "messages[1].tool_calls[0].function.arguments: expected text"},
        {messages(R"({"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"f"}}]})"),
         "messages[1].tool_calls[0].custom.input: expected text"},
        {field(R"("tools":{})"), "tools: expected a list"},
        {field(R"("tools":[1])"), "tools[0]: expected an object"},
        {field(R"("tools":[{"type":"function"}])"), "tools[0].function: expected an object"},
        {field(R"("tools":[{"type":"function","function":{}}])"), "tools[0].function.name: expected text"},
        {field(R"("tools":[{"type":"function","function":{"name":"f","parameters":"{}"}}])"),
         "tools[0].function.parameters: expected a JSON Schema"},
        {field(R"("tool_choice":"any")"), "tool_choice: expected none, auto, required, or a function"},
        {field(R"("tool_choice":{"type":"function"})"), "tool_choice.function.name: expected text"},
        {field(R"("stream":"yes")"), "stream: expected true or false"},
        {field(R"("stream_options":1)"), "stream_options: expected an object"},
        {field(R"("stream_options":{"include_usage":1})"), "stream_options.include_usage: expected true or false"},
        {field(R"("max_tokens":0)"), "max_tokens: expected a whole number of at least 1"},
        {field(R"("max_tokens":1.5)"), "max_tokens: expected a whole number of at least 1"},
        {field(R"("max_completion_tokens":"5")"), "max_completion_tokens: expected a whole number of at least 1"},
        {field(R"("max_tokens":1e300)"), "max_tokens: expected a whole number of at least 1"},
    };
    for (const auto& [body, problem] : table) {
        Read<ChatRequest> read = read_request(body);
        EXPECT_FALSE(read) << body;
        EXPECT_EQ(read.problem, problem) << body;
    }
}

TEST(ReadRequest, DepthAndSizeAreLimited)
{
    auto nested = [](int levels) {
        // The body itself is the first level.
        std::string deep = std::string(levels - 1, '[') + "1" + std::string(levels - 1, ']');
        return R"({"model":"m","messages":[{"role":"user","content":"x"}],"x":)" + deep + "}";
    };
    EXPECT_TRUE(read_request(nested(64)));
    EXPECT_EQ(read_request(nested(65)).problem, "the body is not JSON: nested deeper than 64");
    EXPECT_EQ(read_request(nested(100'000)).problem, "the body is not JSON: nested deeper than 64");
    net::JsonLimits limits;
    const std::string body = nested(3);
    limits.max_bytes = body.size();
    EXPECT_TRUE(read_request(body, limits));
    limits.max_bytes = body.size() - 1;
    EXPECT_EQ(read_request(body, limits).problem,
              "the body is not JSON: larger than " + std::to_string(limits.max_bytes) + " bytes");
    limits = {};
    limits.max_depth = 3;
    EXPECT_TRUE(read_request(nested(3), limits));
    EXPECT_FALSE(read_request(nested(4), limits));
}

TEST(ReplaceModel, KeepsEveryOtherByte)
{
    const std::pair<std::string_view, std::string_view> table[] = {
        {R"({"model":"a","x":1})", R"({"model":"NEW","x":1})"},
        {"  { \"x\" : [ {\"model\":\"in\"} ] ,\n \"model\"  :  \"a\" , \"y\" : 1e2 } \n",
         "  { \"x\" : [ {\"model\":\"in\"} ] ,\n \"model\"  :  \"NEW\" , \"y\" : 1e2 } \n"},
        {R"({"x":{"model":"in"},"model":null})", R"({"x":{"model":"in"},"model":"NEW"})"},
        {R"({"model":{"a":["}",1]},"x":"\"model\":\"no\""})", R"({"model":"NEW","x":"\"model\":\"no\""})"},
        {R"({"x":"model","model":12})", R"({"x":"model","model":"NEW"})"},
        {R"({"model":"a\"b\\","x":"\\"})", R"({"model":"NEW","x":"\\"})"},
        {R"({"mod\u0065l":"a"})", R"({"mod\u0065l":"NEW"})"},
        {R"({"model":"a","model":"b"})", R"({"model":"NEW","model":"NEW"})"},
        {R"({"x":1})", R"({"model":"NEW","x":1})"},
        {R"( { })", R"( {"model":"NEW" })"},
        {R"({"models":["a"],"mode":1})", R"({"model":"NEW","models":["a"],"mode":1})"},
        {"{\"x\":123456789012345678901234567890,\"model\":\"\"}",
         "{\"x\":123456789012345678901234567890,\"model\":\"NEW\"}"},
    };
    for (const auto& [body, expected] : table) {
        Read<std::string> replaced = replace_model(body, "NEW");
        ASSERT_TRUE(replaced) << body;
        EXPECT_EQ(*replaced.value, expected);
    }
    EXPECT_EQ(*replace_model(R"({"model":"a"})", "q\"\\\n\xC3\xA9").value, "{\"model\":\"q\\\"\\\\\\n\xC3\xA9\"}");
}

TEST(ReplaceModel, RefusesWhatIsNoObject)
{
    for (std::string_view body :
         {"", " ", "[]", "null", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{\"a\" 1}",
          "{\"a\":\"", "{\"a\":[}", "{\"a\":1}x", "{}{}", "{\"a\":1 2}", "{\"model\":}", "{:1}"}) {
        Read<std::string> replaced = replace_model(body, "m");
        EXPECT_FALSE(replaced) << body << " became " << replaced.value.value_or("");
        EXPECT_EQ(replaced.problem, "the body: expected a JSON object") << body;
        EXPECT_FALSE(peek(body)) << body;
    }
}

TEST(Peek, SeesModelStreamAndTheNumberOfMessages)
{
    Read<Peek> rich = peek(rich_body);
    ASSERT_TRUE(rich);
    EXPECT_EQ(rich.value->model, "gpt-4o");
    EXPECT_TRUE(rich.value->stream);
    EXPECT_EQ(rich.value->messages, 6u);

    Read<Peek> odd = peek(
        R"({"x":{"model":"no","stream":true,"messages":[1]},"mod\u0065l":"\u00e9\n","stream":true,"stream":false,"messages":[]})");
    ASSERT_TRUE(odd);
    EXPECT_EQ(odd.value->model, "\xC3\xA9\n");
    EXPECT_FALSE(odd.value->stream);
    EXPECT_EQ(odd.value->messages, 0u);

    Read<Peek> empty = peek("{}");
    ASSERT_TRUE(empty);
    EXPECT_EQ(empty.value->model, "");
    EXPECT_EQ(peek(R"({"model":null,"messages":[ [1,2] , {"a":"]"} ,"x"]})").value->messages, 3u);

    net::JsonLimits limits;
    limits.max_bytes = 10;
    EXPECT_EQ(peek(rich_body, limits).problem, "the body: larger than 10 bytes");
}

TEST(Peek, AgreesWithReadingTheWhole)
{
    Read<ChatRequest> whole = read_request(rich_body);
    Read<Peek> seen = peek(rich_body);
    ASSERT_TRUE(whole && seen);
    EXPECT_EQ(seen.value->model, whole.value->model);
    EXPECT_EQ(seen.value->stream, whole.value->stream);
    EXPECT_EQ(seen.value->messages, whole.value->messages.size());
    Read<std::string> replaced = replace_model(rich_body, "other");
    ASSERT_TRUE(replaced);
    ChatRequest expected = rich_request();
    expected.model = "other";
    EXPECT_EQ(*read_request(*replaced.value).value, expected);
}

TEST(ChatRequest, Declares)
{
    EXPECT_TRUE(declares(rich_request().tools, "get_time"));
    EXPECT_FALSE(declares(rich_request().tools, "get_tim"));
    EXPECT_FALSE(declares({}, ""));
}

TEST(Message, TextIsTheTextPartsJoined)
{
    EXPECT_EQ(rich_request().messages.back().text(), "Look:");
    EXPECT_EQ(message(Role::user, "").text(), "");
    EXPECT_TRUE(message(Role::user, "").content.empty());
}

}  // namespace
}  // namespace chaos::wire::openai_chat
