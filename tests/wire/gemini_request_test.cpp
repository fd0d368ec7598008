// Gemini requests: where they go, what bodies mean, what is wrong with bad ones, and every value there and back.
#include <gtest/gtest.h>

#include "wire/gemini.hpp"

namespace chaos::wire::gemini {
namespace {

Message user(std::string text)
{
    return message(Role::user, std::move(text));
}

Message assistant_calls(std::vector<ToolCall> calls, std::string text = "")
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

Target whole_answer()
{
    return {"gemini-x", "generateContent", false, false};
}

/// The messages of a body whose contents are `contents`.
std::vector<Message> read_contents(std::string_view contents)
{
    const auto read = read_request(R"({"contents":[)" + std::string(contents) + "]}", whole_answer());
    EXPECT_TRUE(read) << contents << ": " << read.problem;
    return read ? read.value->messages : std::vector<Message>();
}

std::string problem_of(std::string_view body)
{
    const auto read = read_request(body, whole_answer());
    EXPECT_FALSE(read) << body;
    return read.problem;
}

TEST(GeminiTarget, IsReadFromThePathAndTheQuery)
{
    const std::pair<std::string_view, Target> table[] = {
        {"/v1beta/models/gemini-2.5-flash:generateContent", {"gemini-2.5-flash", "generateContent", false, false}},
        {"/v1beta/models/g:streamGenerateContent?alt=sse", {"g", "streamGenerateContent", true, false}},
        {"/v1beta/models/g:streamGenerateContent?key=k&alt=sse", {"g", "streamGenerateContent", true, true}},
        {"/v1beta/models/g:streamGenerateContent?alt=json&$alt=sse", {"g", "streamGenerateContent", true, false}},
        {"/v1beta/models/g:streamGenerateContent?key=", {"g", "streamGenerateContent", false, false}},
        {"/v1/models/g:countTokens", {"g", "countTokens", false, false}},
        {"http://host/v1beta/models/g:generateContent", {"g", "generateContent", false, false}},
        {"/v1beta/models/llama3:8b:generateContent", {"llama3:8b", "generateContent", false, false}},
        {"/v1beta/models/a%2Fb%20c%:generateContent", {"a/b c%", "generateContent", false, false}},
        {"/v1beta/models/g", {"g", "", false, false}},
        {"/v1beta/models?pageSize=5", {"", "", false, false}},
        {"/v1beta/models", {"", "", false, false}},
    };
    for (const auto& [target, read] : table) EXPECT_EQ(read_target(target), read) << target;
    for (std::string_view other : {"/", "/v1beta", "/v1beta/modelsx", "/v1beta/models/", "/v1/chat/completions"}) {
        EXPECT_EQ(read_target(other), std::nullopt) << other;
    }
}

TEST(GeminiTarget, IsWrittenAndReadAgain)
{
    for (std::string model : {"gemini-2.5-flash", "a/b", "100% new?", "x:y"}) {
        for (bool stream : {false, true}) {
            ChatRequest request;
            request.model = model;
            request.stream = stream;
            std::optional<Target> read = read_target(write_target(request));
            ASSERT_TRUE(read) << model;
            EXPECT_EQ(read->model, model);
            EXPECT_EQ(read->method, stream ? "streamGenerateContent" : "generateContent");
            EXPECT_EQ(read->sse, stream);
        }
    }
}

/// A request that uses everything there is, as it reads when it was written.
ChatRequest rich_request()
{
    ChatRequest request;
    request.model = "gemini-x";
    Message system = message(Role::system, "Be \"brief\".\n\xC3\xA9\xF0\x9F\x98\x80");
    system.content.push_back({Part::Kind::text, "Really."});
    request.messages = {
        system, user("Weather in Oslo?"),
        assistant_calls({{"a1", "get_weather", R"({"city":"Oslo"})"}, {"a2", "get_time", "{}"}}, "Let me see."),
        tool_result("a1", "7 degrees"), tool_result("a2", R"({"hour":7})")};
    Message with_parts = user("Look:");
    with_parts.content.push_back({Part::Kind::image, "data:image/png;base64,AAAA"});
    with_parts.content.push_back({Part::Kind::image, "https://example.com/a.webp?b"});
    with_parts.content.push_back({Part::Kind::audio, "data:audio/wav;base64,AA"});
    request.messages.push_back(with_parts);
    request.tools = {
        {"get_weather", "Says the weather.", R"({"type":"object","properties":{"city":{"type":"string"}}})"},
        {"get_time", "", ""}};
    request.tool_choice = {ToolChoice::Kind::named, "get_weather"};
    request.reasoning = true;
    request.max_tokens = 512;
    return request;
}

constexpr std::string_view rich_body =
    R"({"contents":[{"role":"user","parts":[{"text":"Weather in Oslo?"}]},)"
    R"({"role":"model","parts":[{"text":"Let me see."},)"
    R"({"functionCall":{"id":"a1","name":"get_weather","args":{"city":"Oslo"}}},)"
    R"({"functionCall":{"id":"a2","name":"get_time","args":{}}}]},)"
    R"({"role":"user","parts":[{"functionResponse":{"id":"a1","name":"get_weather","response":{"result":"7 degrees"}}},)"
    R"({"functionResponse":{"id":"a2","name":"get_time","response":{"hour":7}}},)"
    R"({"text":"Look:"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}},)"
    R"({"fileData":{"mimeType":"image/webp","fileUri":"https://example.com/a.webp?b"}},)"
    R"({"inlineData":{"mimeType":"audio/wav","data":"AA"}}]}],)"
    R"("systemInstruction":{"parts":[{"text":"Be \"brief\".\n)"
    "\xC3\xA9\xF0\x9F\x98\x80"
    R"("},{"text":"Really."}]},)"
    R"("tools":[{"functionDeclarations":[{"name":"get_weather","description":"Says the weather.",)"
    R"("parametersJsonSchema":{"type":"object","properties":{"city":{"type":"string"}}}},{"name":"get_time"}]}],)"
    R"("toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["get_weather"]}},)"
    R"("generationConfig":{"maxOutputTokens":512,"thinkingConfig":{"includeThoughts":true}}})";

TEST(GeminiWriteRequest, IsByteExact)
{
    EXPECT_EQ(write_request(rich_request()), rich_body);
    ChatRequest small;
    small.messages = {user("hi")};
    EXPECT_EQ(write_request(small), R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})");
}

TEST(GeminiReadRequest, ReadsWhatIsWritten)
{
    const auto read = read_request(rich_body, whole_answer());
    ASSERT_TRUE(read) << read.problem;
    EXPECT_EQ(*read.value, rich_request());
}

TEST(GeminiReadRequest, TakesModelAndStreamFromTheTarget)
{
    const auto read =
        read_request(R"({"contents":{"parts":{"text":"a"}}})", {"g", "streamGenerateContent", true, false});
    ASSERT_TRUE(read) << read.problem;
    EXPECT_EQ(read.value->model, "g");
    EXPECT_TRUE(read.value->stream);
    EXPECT_TRUE(read.value->include_usage);
    EXPECT_EQ(read.value->messages, std::vector<Message>{user("a")}) << "a list of one may be that one";
}

TEST(GeminiReadRequest, UnderstandsSnakeCase)
{
    const auto read = read_request(
        R"({"system_instruction":{"parts":[{"text":"s"}]},)"
        R"("contents":[{"role":"model","parts":[{"function_call":{"id":"i","name":"f","args":{"a_b":1}}}]},)"
        R"({"role":"user","parts":[{"function_response":{"id":"i","name":"f","response":{"output":"r"}}},)"
        R"({"inline_data":{"mime_type":"image/png","data":"AA"}},{"file_data":{"mime_type":"image/gif","file_uri":"u"}}]}],)"
        R"("tools":[{"function_declarations":[{"name":"f","parameters_json_schema":{"type":"object"}}]}],)"
        R"("tool_config":{"function_calling_config":{"mode":"any","allowed_function_names":["f","g"]}},)"
        R"("generation_config":{"max_output_tokens":7,"thinking_config":{"include_thoughts":true}},"safety_settings":[]})",
        whole_answer());
    ASSERT_TRUE(read) << read.problem;
    Message pictures = user("");
    pictures.content = {{Part::Kind::image, "data:image/png;base64,AA"}, {Part::Kind::image, "u"}};
    EXPECT_EQ(read.value->messages,
              (std::vector<Message>{message(Role::system, "s"), assistant_calls({{"i", "f", R"({"a_b":1})"}}),
                                    tool_result("i", "r"), pictures}));
    EXPECT_EQ(read.value->tools, (std::vector<ToolSpec>{{"f", "", R"({"type":"object"})"}}));
    EXPECT_EQ(read.value->tool_choice.kind, ToolChoice::Kind::required);
    EXPECT_EQ(read.value->max_tokens, 7);
    EXPECT_TRUE(read.value->reasoning);
}

TEST(GeminiReadRequest, GivesCallsWithoutIdsThoseOfTheirPlaces)
{
    const auto messages = read_contents(
        R"({"role":"user","parts":[{"text":"a"}]},)"
        R"({"role":"model","parts":[{"functionCall":{"name":"f","args":{"n":1}}},{"functionCall":{"name":"g"}},)"
        R"({"functionCall":{"name":"f","args":{"n":2}}}]},)"
        R"({"role":"function","parts":[{"functionResponse":{"name":"g","response":{"output":"of g"}}},)"
        R"({"functionResponse":{"name":"f","response":{"output":"of f 1"}}},)"
        R"({"functionResponse":{"name":"f","response":{"output":"of f 2"}}}]},)"
        R"({"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},)"
        R"({"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]})");
    EXPECT_EQ(messages,
              (std::vector<Message>{
                  user("a"),
                  assistant_calls(
                      {{"call_1_1", "f", R"({"n":1})"}, {"call_1_2", "g", "{}"}, {"call_1_3", "f", R"({"n":2})"}}),
                  tool_result("call_1_2", "of g"), tool_result("call_1_1", "of f 1"), tool_result("call_1_3", "of f 2"),
                  assistant_calls({{"call_2_1", "f", "{}"}}), tool_result("call_2_1", "{}")}));
}

TEST(GeminiReadRequest, TheIdsOfPlacesAreThoseThatAClientCameTo)
{
    ChatRequest request;
    request.messages = {user("a")};
    const auto answer = read_answer(
        R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}},{"functionCall":{"name":"f"}}]},"finishReason":"STOP"}]})",
        next_turn(request));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer.value->answer.tool_calls,
              (std::vector<ToolCall>{{"call_1_1", "f", "{}"}, {"call_1_2", "f", "{}"}}));
    request.messages.push_back(assistant_calls(answer.value->answer.tool_calls));
    request.messages.push_back(tool_result("call_1_1", "r"));
    EXPECT_EQ(next_turn(request), 2U);
    request.messages.push_back(assistant_calls({}, "b"));
    request.messages.push_back(assistant_calls({}, "the same turn"));
    EXPECT_EQ(next_turn(request), 3U);
    const auto messages = read_contents(
        R"({"parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"name":"f"}},{"functionCall":{"name":"f"}}]})");
    EXPECT_EQ(messages.at(1).tool_calls, answer.value->answer.tool_calls);
}

TEST(GeminiReadRequest, AResultWithoutItsCallKeepsTheIdItCameWith)
{
    EXPECT_EQ(read_contents(R"({"parts":[{"functionResponse":{"name":"f","response":{"result":"r"}}}]})"),
              std::vector<Message>{tool_result("", "r")});
    EXPECT_EQ(read_contents(R"({"parts":[{"functionResponse":{"id":"x","name":"f","response":{"result":"r"}}}]})"),
              std::vector<Message>{tool_result("x", "r")});
}

TEST(GeminiReadRequest, ReadsEveryFormOfAResult)
{
    const std::pair<std::string_view, std::string_view> table[] = {
        {R"({"result":"r"})", "r"},
        {R"({"output":"r"})", "r"},
        {R"({"result":""})", ""},
        {R"({"result":"r","more":1})", R"({"result":"r","more":1})"},
        {R"({"result":{"a":1}})", R"({"result":{"a":1}})"},
        {R"({"error":"disk full"})", R"({"error":"disk full"})"},
        {"{}", "{}"},
    };
    for (const auto& [response, text] : table) {
        const auto messages =
            read_contents(R"({"parts":[{"functionResponse":{"name":"f","response":)" + std::string(response) + "}}]}");
        EXPECT_EQ(messages.at(0).text(), text) << response;
    }
}

TEST(GeminiReadRequest, EveryMessageSurvives)
{
    Message several_texts = user("a");
    several_texts.content.push_back({Part::Kind::text, "b"});
    Message picture = tool_result("i", "seen");
    picture.content.push_back({Part::Kind::image, "data:image/jpeg;base64,AA"});
    const Message table[] = {user(""),
                             user(std::string("nul\0byte", 8)),
                             user("\\\"/\b\f\n\r\t\x1f"),
                             user("\xE2\x80\xA8 \xF4\x8F\xBF\xBF"),
                             message(Role::assistant, ""),
                             several_texts,
                             picture,
                             tool_result("i", ""),
                             tool_result("i", R"({"result":"wrapped by the tool"})"),
                             tool_result("i", R"({"a":[1,"x"]})"),
                             tool_result("i", "{\"a\": tru"),
                             tool_result("i", "[1]")};
    for (const Message& m : table) {
        ChatRequest request;
        request.model = "gemini-x";
        request.messages = {user("first"), assistant_calls({{"i", "f", "{}"}})};
        if (m.role != Role::tool) request.messages.push_back(tool_result("i", "r"));
        // A content of its own: two of the same role would become one.
        if (m.role == Role::user) request.messages.push_back(message(Role::assistant, "b"));
        request.messages.push_back(m);
        std::string body = write_request(request);
        const auto read = read_request(body, whole_answer());
        ASSERT_TRUE(read) << read.problem << body;
        EXPECT_EQ(*read.value, request) << body;
    }
}

TEST(GeminiWriteRequest, SaysWhatTheApiHasNoPlaceForAsWellAsItCan)
{
    ChatRequest request;
    request.messages = {message(Role::system, "s"),
                        user("a"),
                        user("b"),
                        message(Role::system, "t"),
                        assistant_calls({{"i", "f", "{\"half\": "}}),
                        tool_result("unknown", "r")};
    EXPECT_EQ(
        write_request(request),
        R"({"contents":[{"role":"user","parts":[{"text":"a"},{"text":"b"}]},)"
        R"({"role":"model","parts":[{"functionCall":{"id":"i","name":"f","args":{}}}]},)"
        R"({"role":"user","parts":[{"functionResponse":{"id":"unknown","name":"unknown","response":{"result":"r"}}}]}],)"
        R"("systemInstruction":{"parts":[{"text":"s"},{"text":"t"}]}})");
}

TEST(GeminiReadRequest, PassesOverThoughtsAndTheirSignatures)
{
    EXPECT_EQ(
        read_contents(
            R"({"role":"model","parts":[{"text":"hm","thought":true},{"thoughtSignature":"c2ln"},)"
            R"({"text":"b","thoughtSignature":"c2ln"},{"functionCall":{"name":"f"},"thoughtSignature":"c2ln"}]})"),
        std::vector<Message>{assistant_calls({{"call_1_1", "f", "{}"}}, "b")});
    EXPECT_EQ(read_contents(R"({"role":"model","parts":[{"text":"hm","thought":true}]})"),
              std::vector<Message>{message(Role::assistant, "")});
}

TEST(GeminiReadRequest, EveryChoiceOfToolSurvives)
{
    using Kind = ToolChoice::Kind;
    for (ToolChoice choice : {ToolChoice{Kind::automatic, ""}, ToolChoice{Kind::none, ""},
                              ToolChoice{Kind::required, ""}, ToolChoice{Kind::named, "x"}}) {
        ChatRequest request = rich_request();
        request.tool_choice = choice;
        const auto read = read_request(write_request(request), whole_answer());
        ASSERT_TRUE(read) << read.problem;
        EXPECT_EQ(*read.value, request);
    }
}

TEST(GeminiReadRequest, ReadsGooglesOwnSchemas)
{
    const auto read = read_request(
        R"({"contents":[{"parts":[{"text":"a"}]}],"tools":[{"googleSearch":{}},{"functionDeclarations":[{"name":"f",)"
        R"("parameters":{"type":"OBJECT","properties":{"type":{"type":"STRING","enum":["OBJECT"]},)"
        R"("default":{"type":"ARRAY","items":{"type":"INTEGER"},"default":{"type":"STRING"}}},"required":["type"],)"
        R"("nullable":true,"anyOf":[{"type":"NUMBER"}]}}]}]})",
        whole_answer());
    ASSERT_TRUE(read) << read.problem;
    EXPECT_EQ(
        read.value->tools.at(0).parameters,
        R"({"type":"object","properties":{"type":{"type":"string","enum":["OBJECT"]},)"
        R"("default":{"type":"array","items":{"type":"integer"},"default":{"type":"STRING"}}},"required":["type"],)"
        R"("nullable":true,"anyOf":[{"type":"number"}]})");
}

TEST(GeminiReadRequest, SaysWhatIsWrong)
{
    const auto contents = [](std::string_view list) { return R"({"contents":[)" + std::string(list) + "]}"; };
    const auto part = [&](std::string_view json) {
        return contents(R"({"role":"user","parts":[)" + std::string(json) + "]}");
    };
    const auto said = [&](std::string_view json) {
        return contents(R"({"role":"model","parts":[)" + std::string(json) + "]}");
    };
    const auto with = [](std::string_view more) {
        return R"({"contents":[{"parts":[{"text":"a"}]}],)" + std::string(more) + "}";
    };
    const std::pair<std::string, std::string_view> table[] = {
        {"", "the body is not JSON: line 1, column 1: empty"},
        {"[]", "the body: expected a JSON object"},
        {"{}", "contents: expected a list of at least one content"},
        {R"({"contents":[]})", "contents: expected a list of at least one content"},
        {with(R"("max_tokens":5)"), R"(Unknown name "max_tokens": Cannot find field.)"},
        {contents("7"), "contents[0]: expected an object"},
        {contents(R"({"role":"assistant","parts":[{"text":"a"}]})"), "contents[0].role: expected one of user, model"},
        {contents(R"({"role":7,"parts":[{"text":"a"}]})"), "contents[0].role: expected one of user, model"},
        {contents(R"({"parts":[{"text":"a"}]},{"role":"model","parts":[]})"),
         "contents[1].parts: expected at least one part"},
        {contents(R"({"role":"user"})"), "contents[0].parts: expected at least one part"},
        {part("7"), "contents[0].parts[0]: expected an object"},
        {part("{}"),
         "contents[0].parts[0]: expected one of text, inlineData, fileData, functionCall, functionResponse"},
        {part(R"({"type":"text"})"),
         "contents[0].parts[0]: expected one of text, inlineData, fileData, functionCall, functionResponse"},
        {part(R"({"text":"a"},{"text":7})"), "contents[0].parts[1].text: expected text"},
        {part(R"({"inlineData":{"data":"AA"}})"), "contents[0].parts[0].inlineData.mimeType: expected text"},
        {part(R"({"inlineData":{"mimeType":"image/png"}})"), "contents[0].parts[0].inlineData.data: expected text"},
        {part(R"({"fileData":{}})"), "contents[0].parts[0].fileData.fileUri: expected text"},
        {part(R"({"functionCall":{"name":"f"}})"), "contents[0].parts[0].functionCall: expected role model around it"},
        {said(R"({"functionCall":{}})"), "contents[0].parts[0].functionCall.name: expected text"},
        {said(R"({"functionCall":{"name":"f","args":"{}"}})"),
         "contents[0].parts[0].functionCall.args: expected an object"},
        {said(R"({"functionCall":{"name":"f","id":7}})"), "contents[0].parts[0].functionCall.id: expected text"},
        {said(R"({"functionResponse":{"name":"f","response":{}}})"),
         "contents[0].parts[0].functionResponse: expected role user around it"},
        {part(R"({"functionResponse":{"response":{}}})"), "contents[0].parts[0].functionResponse.name: expected text"},
        {part(R"({"functionResponse":{"name":"f","response":"text"}})"),
         "contents[0].parts[0].functionResponse.response: expected an object"},
        {with(R"("systemInstruction":"be brief")"), "systemInstruction: expected a content with parts"},
        {with(R"("systemInstruction":{"parts":[{}]})"),
         "systemInstruction.parts[0]: expected one of text, inlineData, fileData, functionCall, functionResponse"},
        {with(R"("tools":[7])"), "tools[0]: expected an object"},
        {with(R"("tools":[{"functionDeclarations":[{}]}])"), "tools[0].functionDeclarations[0].name: expected text"},
        {with(R"("tools":[{"functionDeclarations":[{"name":"f","parameters":"x"}]}])"),
         "tools[0].functionDeclarations[0].parameters: expected a schema"},
        {with(R"("tools":[{"functionDeclarations":[{"name":"f","parameters":{},"parametersJsonSchema":{}}]}])"),
         "tools[0].functionDeclarations[0]: expected parameters or parametersJsonSchema, not both"},
        {with(R"("toolConfig":{"functionCallingConfig":{"mode":"SOMETIMES"}})"),
         "toolConfig.functionCallingConfig.mode: expected one of AUTO, ANY, NONE, VALIDATED"},
        {with(R"("generationConfig":7)"), "generationConfig: expected an object"},
        {with(R"("generationConfig":{"maxOutputTokens":0})"),
         "generationConfig.maxOutputTokens: expected a whole number of at least 1"},
    };
    for (const auto& [body, problem] : table) EXPECT_EQ(problem_of(body), problem) << body;
}

TEST(GeminiReadCountRequest, CountsContentsOrAWholeRequest)
{
    const auto contents = read_count_request(R"({"contents":[{"parts":[{"text":"a"}]}]})", whole_answer());
    ASSERT_TRUE(contents) << contents.problem;
    EXPECT_EQ(contents.value->messages, std::vector<Message>{user("a")});
    const auto whole =
        read_count_request(R"({"generate_content_request":)" + std::string(rich_body) + "}", whole_answer());
    ASSERT_TRUE(whole) << whole.problem;
    EXPECT_EQ(*whole.value, rich_request());
    EXPECT_EQ(read_count_request("{}", whole_answer()).problem, "contents: expected a list of at least one content");
}

}  // namespace
}  // namespace chaos::wire::gemini
