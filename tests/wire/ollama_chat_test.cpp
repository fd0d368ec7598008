// Ollama's own API: what its requests mean, every byte of its answers, and both there and back.
#include "wire/ollama_chat.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/mutations.hpp"
#include "wire/ndjson.hpp"

namespace chaos::wire::ollama_chat {
namespace {

Message tool_result(std::string id, std::string text)
{
    Message result = message(Role::tool, std::move(text));
    result.tool_call_id = std::move(id);
    return result;
}

Message assistant_calls(std::vector<ToolCall> calls)
{
    Message result = message(Role::assistant, "");
    result.tool_calls = std::move(calls);
    return result;
}

ChatRequest read_chat(std::string_view body)
{
    Read<ChatRequest> read = read_request(Endpoint::chat, body);
    EXPECT_TRUE(read) << body << read.problem;
    return read.value.value_or(ChatRequest());
}

/// The request in a body whose messages are `messages`.
std::vector<Message> read_messages(std::string_view messages)
{
    return read_chat(R"({"model":"m","messages":[)" + std::string(messages) + "]}").messages;
}

ChatRequest rich_request()
{
    ChatRequest request;
    request.model = "llama3.2";
    Message with_image = message(Role::user, "Weather in Oslo?");
    with_image.content.push_back({Part::Kind::image, "data:image/png;base64,iVBORw0KGgoA"});
    with_image.content.push_back({Part::Kind::image, "data:;base64,AAAA"});
    request.messages = {
        message(Role::system, "Be \"brief\".\n\xC3\xA9"), with_image,
        assistant_calls({{"call_x", "get_weather", R"({"city":"Oslo"})"}, {"call_y", "get_time", "{}"}}),
        tool_result("call_y", "noon"), tool_result("call_x", "7 degrees")};
    request.tools = {{"get_weather", "Says it.", R"({"type":"object","properties":{"city":{"type":"string"}}})"},
                     {"get_time", "", ""}};
    request.stream = true;
    request.include_usage = true;
    request.reasoning = true;
    request.max_tokens = 512;
    return request;
}

constexpr std::string_view rich_body =
    R"({"model":"llama3.2","messages":[{"role":"system","content":"Be \"brief\".\n)"
    "\xC3\xA9"
    R"("},{"role":"user","content":"Weather in Oslo?","images":["iVBORw0KGgoA","AAAA"]},)"
    R"({"role":"assistant","content":"","tool_calls":[)"
    R"({"id":"call_x","function":{"name":"get_weather","arguments":{"city":"Oslo"}}},)"
    R"({"id":"call_y","function":{"name":"get_time","arguments":{}}}]},)"
    R"({"role":"tool","content":"noon","tool_name":"get_time","tool_call_id":"call_y"},)"
    R"({"role":"tool","content":"7 degrees","tool_name":"get_weather","tool_call_id":"call_x"}],)"
    R"("tools":[{"type":"function","function":{"name":"get_weather","description":"Says it.",)"
    R"("parameters":{"type":"object","properties":{"city":{"type":"string"}}}}},)"
    R"({"type":"function","function":{"name":"get_time","description":""}}],)"
    R"("options":{"num_predict":512},"think":true,"stream":true})";

TEST(OllamaRequest, is_written_byte_for_byte_and_reads_as_the_same)
{
    EXPECT_EQ(write_request(rich_request()), rich_body);
    EXPECT_EQ(read_chat(rich_body), rich_request());
    ChatRequest small;
    small.model = "m";
    small.messages = {message(Role::user, "hi")};
    EXPECT_EQ(write_request(small), R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":false})");
    EXPECT_EQ(read_chat(write_request(small)), small);
}

TEST(OllamaRequest, leaves_out_what_cannot_be_said)
{
    ChatRequest request;
    request.model = "m";
    Message user = message(Role::user, "x");
    user.content.push_back({Part::Kind::image, "https://a/b.png"});
    user.content.push_back({Part::Kind::other, R"({"type":"file"})"});
    request.messages = {user, assistant_calls({{"c", "f", R"({"half":)"}, {"d", "g", ""}})};
    request.tools = {{"f", "", ""}};
    request.tool_choice.kind = ToolChoice::Kind::none;
    EXPECT_EQ(write_request(request), R"({"model":"m","messages":[{"role":"user","content":"x"},)"
                                      R"({"role":"assistant","content":"","tool_calls":[)"
                                      R"({"id":"c","function":{"name":"f","arguments":{}}},)"
                                      R"({"id":"d","function":{"name":"g","arguments":{}}}]}],"stream":false})");
}

Message thoughtful(std::string text, std::string thought)
{
    Message result = message(Role::assistant, std::move(text));
    result.reasoning.push_back({std::move(thought)});
    return result;
}

TEST(OllamaRequest, says_how_much_to_think)
{
    const std::pair<const char*, const char*> rows[] = {
        {"none", R"("think":false)"},     {"minimal", R"("think":"low")"}, {"low", R"("think":"low")"},
        {"medium", R"("think":"medium")"}, {"high", R"("think":"high")"},  {"xhigh", R"("think":"max")"},
    };
    for (const auto& [effort, written] : rows) {
        ChatRequest request;
        request.model = "m";
        request.reasoning_effort = effort;
        EXPECT_NE(write_request(request).find(written), std::string::npos) << effort << write_request(request);
    }
}

TEST(OllamaRequest, reads_every_form_of_a_message)
{
    const std::pair<std::string_view, Message> table[] = {
        {R"({"role":"user","content":"x","unknown":{"deep":[1]}})", message(Role::user, "x")},
        {R"({"role":"user"})", message(Role::user, "")},
        {R"({"role":"user","content":null,"images":null})", message(Role::user, "")},
        {R"({"role":"system","content":"s"})", message(Role::system, "s")},
        {R"({"role":"assistant","content":"a","thinking":"hm","tool_calls":[]})", thoughtful("a", "hm")},
        {R"({"role":"assistant","tool_calls":[{"function":{"index":0,"name":"f","arguments":{"n": 1.5,"a":[true]}}}]})",
         assistant_calls({{"call_1", "f", R"({"n":1.5,"a":[true]})"}})},
        {R"({"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f"}}]})",
         assistant_calls({{"c", "f", "{}"}})},
        {R"({"role":"tool","content":"x"})", tool_result("", "x")},
        {R"({"role":"tool","content":"x","tool_name":"stranger"})", tool_result("", "x")},
        {R"({"role":"tool","content":"x","tool_call_id":"c"})", tool_result("c", "x")},
    };
    for (const auto& [json, expected] : table) {
        const std::vector<Message> messages = read_messages(json);
        ASSERT_EQ(messages.size(), 1u) << json;
        EXPECT_EQ(messages.front(), expected) << json;
    }
}

TEST(OllamaRequest, pairs_results_with_calls_that_have_no_ids)
{
    const std::vector<Message> messages = read_messages(
        R"({"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{}}},)"
        R"({"function":{"name":"g","arguments":{}}},{"function":{"name":"f","arguments":{}}}]},)"
        R"({"role":"tool","tool_name":"g","content":"1"},{"role":"tool","tool_name":"f","content":"2"},)"
        R"({"role":"tool","tool_name":"f","content":"3"},{"role":"tool","tool_name":"f","content":"4"},)"
        R"({"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{}}},{"id":"own","function":{"name":"f"}}]},)"
        R"({"role":"tool","tool_name":"f","content":"5"},{"role":"tool","tool_name":"f","content":"6"})");
    std::vector<std::string> ids;
    for (const Message& message : messages) {
        for (const ToolCall& call : message.tool_calls) ids.push_back(call.id);
        if (message.role == Role::tool) ids.push_back(message.text() + "=" + message.tool_call_id);
    }
    const std::vector<std::string> expected = {"call_1", "call_2", "call_3", "1=call_2", "2=call_1", "3=call_3",
                                               "4=",     "call_4", "own",    "5=call_4", "6=own"};
    EXPECT_EQ(ids, expected);
}

TEST(OllamaRequest, reads_every_form_of_the_other_fields)
{
    const auto read = [](std::string_view fields) {
        return read_chat(R"({"model":"m","messages":[{"role":"user","content":"x"}],)" + std::string(fields) + "}");
    };
    EXPECT_TRUE(read(R"("stream":true)").stream);
    EXPECT_TRUE(read(R"("stream":null)").stream) << "streams unless told not to";
    EXPECT_TRUE(read(R"("stream":true)").include_usage);
    EXPECT_FALSE(read(R"("stream":false)").stream);
    EXPECT_FALSE(read(R"("stream":false)").include_usage);
    EXPECT_EQ(read(R"("options":{"num_predict":7,"temperature":0.5})").max_tokens, 7);
    EXPECT_EQ(read(R"("options":{"num_predict":-1})").max_tokens, std::nullopt);
    EXPECT_EQ(read(R"("options":{"num_predict":0})").max_tokens, std::nullopt);
    EXPECT_EQ(read(R"("options":null,"format":"json","keep_alive":"5m")").max_tokens, std::nullopt);
    EXPECT_FALSE(read(R"("think":false,"format":{"type":"object"},"keep_alive":-1)").reasoning);
    EXPECT_TRUE(read(R"("think":"low","format":"")").reasoning);
    EXPECT_TRUE(read(R"("tools":null)").tools.empty());
    EXPECT_TRUE(read_chat(R"({"model":"m"})").messages.empty()) << "asks to load the model";
    EXPECT_TRUE(read_chat(R"({"model":"m","messages":[]})").messages.empty());
}

TEST(OllamaRequest, a_prompt_is_a_conversation)
{
    const auto read = [](std::string_view fields) {
        Read<ChatRequest> result = read_request(Endpoint::generate, R"({"model":"m")" + std::string(fields) + "}");
        EXPECT_TRUE(result) << fields << result.problem;
        return result.value.value_or(ChatRequest()).messages;
    };
    const std::vector<Message> expected = {message(Role::system, "s"), message(Role::user, "p")};
    EXPECT_EQ(read(R"(,"system":"s","prompt":"p","raw":true,"context":[1,2],"suffix":"","template":"t")"), expected);
    const std::vector<Message> image = read(R"(,"prompt":"p","images":["AAAA"])");
    ASSERT_EQ(image.size(), 1u);
    EXPECT_EQ(image[0].content.back().text, "data:;base64,AAAA");
    EXPECT_TRUE(read("").empty());
    EXPECT_TRUE(read(R"(,"system":"s","prompt":"")").empty());
}

struct Bad {
    std::string_view body;
    std::string_view problem;
};

TEST(OllamaRequest, says_what_is_wrong)
{
    const Bad table[] = {
        {"", "missing request body"},
        {"{", "the body is not JSON: "},
        {"[]", "the body: expected a JSON object"},
        {"null", "the body: expected a JSON object"},
        {"{}", "model is required"},
        {R"({"model":""})", "model is required"},
        {R"({"model":5})", "model: expected text"},
        {R"({"model":"m","stream":"yes"})", "stream: expected true or false"},
        {R"({"model":"m","options":[]})", "options: expected an object"},
        {R"({"model":"m","options":{"num_predict":"7"}})", R"(option "num_predict" must be of type integer)"},
        {R"({"model":"m","think":"deeply"})", "think: expected true, false, "},
        {R"({"model":"m","think":1})", "think: expected true, false, "},
        {R"({"model":"m","format":"yaml"})", "format: expected \"json\" or a JSON Schema"},
        {R"({"model":"m","format":7})", "format: expected \"json\" or a JSON Schema"},
        {R"({"model":"m","keep_alive":{}})", "keep_alive: expected a duration"},
        {R"({"model":"m","messages":{}})", "messages: expected a list"},
        {R"({"model":"m","messages":["x"]})", "messages[0]: expected an object"},
        {R"({"model":"m","messages":[{"content":"x"}]})", "messages[0].role: expected one of system, user"},
        {R"({"model":"m","messages":[{"role":"developer","content":"x"}]})", "messages[0].role: expected one of"},
        {R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"user","content":[{"type":"text"}]}]})",
         "messages[1].content: expected text"},
        {R"({"model":"m","messages":[{"role":"user","images":"AAAA"}]})", "messages[0].images: expected a list"},
        {R"({"model":"m","messages":[{"role":"user","images":["AAAA","data:image/png;base64,AAAA"]}]})",
         "messages[0].images[1]: expected base64"},
        {R"({"model":"m","messages":[{"role":"user","images":["AAA"]}]})", "messages[0].images[0]: expected base64"},
        {R"({"model":"m","messages":[{"role":"user","tool_calls":[{"function":{"name":"f"}}]}]})",
         "messages[0].tool_calls: expected none"},
        {R"({"model":"m","messages":[{"role":"assistant","tool_calls":{}}]})",
         "messages[0].tool_calls: expected a list"},
        {R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"name":"f"}]}]})",
         "messages[0].tool_calls[0].function: expected an object"},
        {R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":{}}}]}]})",
         "messages[0].tool_calls[0].function.name: expected text"},
        {R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}]})",
         "messages[0].tool_calls[0].function.arguments: expected an object"},
        {R"({"model":"m","messages":[{"role":"tool","tool_name":1}]})", "messages[0].tool_name: expected text"},
        {R"({"model":"m","tools":{}})", "tools: expected a list"},
        {R"({"model":"m","tools":[{"name":"f"}]})", "tools[0].function: expected an object"},
        {R"({"model":"m","tools":[{"function":{}}]})", "tools[0].function.name: expected text"},
        {R"({"model":"m","tools":[{"function":{"name":"f","parameters":"{}"}}]})",
         "tools[0].function.parameters: expected a JSON Schema"},
    };
    for (const Bad& row : table) {
        Read<ChatRequest> read = read_request(Endpoint::chat, row.body);
        EXPECT_FALSE(read) << row.body;
        EXPECT_TRUE(read.problem.starts_with(row.problem)) << row.body << "\n" << read.problem;
    }
    EXPECT_EQ(read_request(Endpoint::generate, R"({"model":"m","prompt":["x"]})").problem, "prompt: expected text");
    EXPECT_EQ(read_request(Endpoint::generate, R"({"model":"m","system":1})").problem, "system: expected text");
    EXPECT_EQ(read_request(Endpoint::generate, R"({"model":"m","images":[1]})").problem, "images[0]: expected base64");
}

TEST(OllamaRequest, tells_loading_from_unloading)
{
    EXPECT_FALSE(asks_to_unload(R"({"model":"m"})"));
    EXPECT_FALSE(asks_to_unload(R"({"model":"m","keep_alive":"5m"})"));
    EXPECT_TRUE(asks_to_unload(R"({"model":"m","keep_alive":0})"));
    EXPECT_TRUE(asks_to_unload(R"({"model":"m","keep_alive":"0"})"));
    EXPECT_EQ(write_load(Endpoint::chat, "m", 1'741'569'952, false),
              R"({"model":"m","created_at":"2025-03-10T01:25:52Z","message":{"role":"assistant","content":""},)"
              R"("done_reason":"load","done":true})");
    EXPECT_EQ(write_load(Endpoint::generate, "m", 0, true),
              R"({"model":"m","created_at":"1970-01-01T00:00:00Z","response":"","done_reason":"unload","done":true})");
}

/// What the writer makes of these deltas.
std::string lines_of(const std::vector<Delta>& deltas, Endpoint endpoint = Endpoint::chat)
{
    LineWriter writer(endpoint, {"", "m", 1'741'569'952});
    std::string out;
    for (const Delta& delta : deltas) writer.write(out, delta);
    return out;
}

/// What the reader makes of these bytes.
std::vector<Delta> deltas_of(const std::string& bytes)
{
    NdjsonReader splitter;
    std::vector<std::string> lines;
    EXPECT_TRUE(splitter.feed(bytes, lines));
    EXPECT_EQ(splitter.rest(), "");
    LineReader reader;
    std::vector<Delta> deltas;
    for (const std::string& line : lines) reader.read(line, deltas);
    return deltas;
}

AnswerAssembler assembled(const std::vector<Delta>& deltas)
{
    AnswerAssembler assembler;
    for (const Delta& delta : deltas) assembler.add(delta);
    return assembler;
}

constexpr std::string_view head = R"({"model":"m","created_at":"2025-03-10T01:25:52Z",)";

std::string line(std::string_view rest)
{
    return std::string(head) + std::string(rest) + "\n";
}

const std::vector<Delta> tool_turn = {delta::Start{"", "m", 1'741'569'952},
                                      delta::Reasoning{"hm"},
                                      delta::Text{"Let me \"look\"."},
                                      delta::Call{0, "call_x", "get_weather", ""},
                                      delta::Call{0, "", "", R"({"city":)"},
                                      delta::Call{0, "", "", R"("Os}lo\"}"})"},
                                      delta::Call{1, "call_y", "get_time", ""},
                                      delta::Finish{FinishReason::tool_calls, ""},
                                      delta::UsageReport{{169, 15}},
                                      delta::Done{}};

TEST(OllamaLines, are_written_byte_for_byte)
{
    EXPECT_EQ(lines_of(tool_turn),
              line(R"("message":{"role":"assistant","content":"","thinking":"hm"},"done":false})") +
                  line(R"("message":{"role":"assistant","content":"Let me \"look\"."},"done":false})") +
                  line(R"("message":{"role":"assistant","content":"","tool_calls":[{"id":"call_x","function":)"
                       R"({"index":0,"name":"get_weather","arguments":{"city":"Os}lo\"}"}}}]},"done":false})") +
                  line(R"("message":{"role":"assistant","content":"","tool_calls":[{"id":"call_y","function":)"
                       R"({"index":1,"name":"get_time","arguments":{}}}]},"done":false})") +
                  line(R"("message":{"role":"assistant","content":""},"done_reason":"stop","done":true,)"
                       R"("total_duration":181827349,"load_duration":41295167,"prompt_eval_count":169,)"
                       R"("prompt_eval_duration":24573107,"eval_count":15,"eval_duration":115959075})"));
}

TEST(OllamaLines, of_a_prompt_carry_a_response_and_no_calls)
{
    EXPECT_EQ(lines_of(tool_turn, Endpoint::generate),
              line(R"("response":"","thinking":"hm","done":false})") +
                  line(R"("response":"Let me \"look\".","done":false})") +
                  line(R"("response":"","done_reason":"stop","done":true,"context":[169,15],)"
                       R"("total_duration":181827349,"load_duration":41295167,"prompt_eval_count":169,)"
                       R"("prompt_eval_duration":24573107,"eval_count":15,"eval_duration":115959075})"));
}

TEST(OllamaLines, read_as_what_was_written)
{
    const std::vector<Delta> deltas = deltas_of(lines_of(tool_turn));
    const std::vector<Delta> expected = {delta::Start{"", "m", 1'741'569'952},
                                         delta::Reasoning{"hm"},
                                         delta::Text{"Let me \"look\"."},
                                         delta::Call{0, "call_x", "get_weather", R"({"city":"Os}lo\"}"})"},
                                         delta::Call{1, "call_y", "get_time", "{}"},
                                         delta::Finish{FinishReason::tool_calls, "stop"},
                                         delta::UsageReport{{169, 15}},
                                         delta::Done{}};
    EXPECT_EQ(deltas, expected);
}

TEST(OllamaLines, a_call_goes_out_as_soon_as_it_is_complete_and_not_before)
{
    LineWriter writer(Endpoint::chat, {"", "m", 0});
    std::string out;
    writer.write(out, delta::Call{0, "c", "f", R"({"a":{"b":"}"})"});
    EXPECT_EQ(out, "");
    std::string half;
    writer.break_off(half);
    EXPECT_TRUE(half.ends_with(R"("name":"f","arguments":{"a":{"b":"}"})")) << half;
    writer.write(out, delta::Call{0, "", "", "}"});
    EXPECT_NE(out.find(R"("arguments":{"a":{"b":"}"}}}}]},"done":false})"), std::string::npos) << out;
    half.clear();
    writer.break_off(half);
    EXPECT_EQ(half, "") << "nothing is held back";
    const std::string so_far = out;
    writer.write(out, delta::Call{0, "", "", "\n"});
    writer.write(out, delta::Finish{FinishReason::tool_calls, ""});
    EXPECT_EQ(out, so_far);
}

TEST(OllamaLines, never_end_by_themselves)
{
    EXPECT_EQ(lines_of({delta::Text{"a"}, delta::Done{}}),
              line(R"("message":{"role":"assistant","content":"a"},"done":false})"));
    EXPECT_EQ(lines_of({delta::Failed{{500, "t", "c", "it broke"}}, delta::Done{}}), "{\"error\":\"it broke\"}\n");
}

TEST(OllamaLines, what_is_no_object_is_an_empty_one_and_line_breaks_stay_inside)
{
    const std::string lines = lines_of({delta::Call{0, "c", "f", "{\n\"a\":\r\n1}"}, delta::Call{1, "d", "g", R"({"a)"},
                                        delta::Finish{FinishReason::tool_calls, ""}});
    EXPECT_NE(lines.find("\"arguments\":{ \"a\":  1}"), std::string::npos) << lines;
    EXPECT_NE(lines.find(R"("name":"g","arguments":{}})"), std::string::npos) << lines;
    EXPECT_EQ(assembled(deltas_of(lines)).answer().tool_calls.size(), 2u);
}

ChatAnswer rich_answer()
{
    ChatAnswer answer;
    answer.model = "m";
    answer.created = 1'741'569'952;
    answer.text = "Hi \xF0\x9F\x98\x80\n";
    answer.reasoning = "hm";
    answer.tool_calls = {{"call_x", "f", R"({"a":[1,{"b":null}]})"}, {"call_y", "f", "{}"}};
    answer.finish = FinishReason::tool_calls;
    answer.usage = Usage{169, 15};
    return answer;
}

TEST(OllamaAnswer, is_written_byte_for_byte_and_reads_as_the_same)
{
    const std::string body = write_answer(Endpoint::chat, rich_answer());
    EXPECT_EQ(body, std::string(head) +
                        R"("message":{"role":"assistant","content":"Hi )"
                        "\xF0\x9F\x98\x80"
                        R"(\n","thinking":"hm","tool_calls":[{"id":"call_x","function":{"index":0,"name":"f",)"
                        R"("arguments":{"a":[1,{"b":null}]}}},{"id":"call_y","function":{"index":1,"name":"f",)"
                        R"("arguments":{}}}]},"done_reason":"stop","done":true,"total_duration":181827349,)"
                        R"("load_duration":41295167,"prompt_eval_count":169,"prompt_eval_duration":24573107,)"
                        R"("eval_count":15,"eval_duration":115959075})");
    Read<AnswerBody> read = read_answer(body);
    ASSERT_TRUE(read) << read.problem;
    ChatAnswer expected = rich_answer();
    expected.finish_text = "stop";
    EXPECT_EQ(read.value->answer, expected);
    EXPECT_TRUE(read.value->has_content);
    EXPECT_FALSE(read.value->error);
}

TEST(OllamaAnswer, a_moment_that_no_clock_can_tell_is_written_as_the_last_that_one_can)
{
    // The fuzzer found the first; the seconds come from other providers' bodies, too.
    const Read<AnswerBody> read =
        read_answer(R"({"model":"m","created_at":"0788-01-01T00:00:00Z","response":"x","done":true})");
    ASSERT_TRUE(read) << read.problem;
    EXPECT_NE(write_answer(Endpoint::chat, read.value->answer).find("1677-09-21T00:12:43Z"), std::string::npos);
    ChatAnswer answer;
    answer.created = std::numeric_limits<std::int64_t>::max();
    EXPECT_NE(write_answer(Endpoint::chat, answer).find("2262-04-11T23:47:16Z"), std::string::npos);
}

TEST(OllamaAnswer, every_ending_survives)
{
    for (const auto& [reason, spelt] :
         {std::pair(FinishReason::stop, "stop"), std::pair(FinishReason::length, "length")}) {
        for (const Endpoint endpoint : {Endpoint::chat, Endpoint::generate}) {
            ChatAnswer answer;
            answer.model = "m";
            answer.text = "x";
            answer.finish = reason;
            Read<AnswerBody> read = read_answer(write_answer(endpoint, answer));
            ASSERT_TRUE(read) << read.problem;
            answer.finish_text = spelt;
            EXPECT_EQ(read.value->answer, answer);
        }
    }
}

struct Line {
    std::string_view line;
    std::vector<Delta> deltas;
};

TEST(OllamaReader, reads_what_real_servers_send)
{
    const delta::Start start{"", "m", 1'751'919'739};
    const Line table[] = {
        {"", {}},
        {" \r", {}},
        {R"({"model":"m","created_at":"2025-07-07T20:22:19.184789Z","message":{"role":"assistant","content":"a"},"done":false})",
         {start, delta::Text{"a"}}},
        {R"({"model":"m","created_at":"2025-07-07T22:22:19.184789123+02:00","message":{"role":"assistant","content":""},"done":false})",
         {start}},
        {R"({"model":"m","created_at":"2025-07-07T13:22:19-07:00","response":"a","thinking":"t","done":false})",
         {start, delta::Reasoning{"t"}, delta::Text{"a"}}},
        {R"({"model":"m","created_at":"yesterday","message":{"content":"a"}})",
         {delta::Start{"", "m", 0}, delta::Text{"a"}}},
        {R"({"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}},{"function":{"index":0,"name":"g"}}]}})",
         {delta::Start{}, delta::Call{0, "", "f", R"({"a":1})"}, delta::Call{1, "", "g", "{}"}}},
        {R"({"message":{"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"a\":1}"}}]},"done":true})",
         {delta::Start{}, delta::Call{0, "c", "f", R"({"a":1})"}, delta::Finish{FinishReason::tool_calls, ""},
          delta::Done{}}},
        {R"({"message":{},"done":true,"done_reason":"length","eval_count":3})",
         {delta::Start{}, delta::Finish{FinishReason::length, "length"}, delta::UsageReport{{0, 3}}, delta::Done{}}},
        {R"({"message":{},"done":true,"done_reason":"load"})",
         {delta::Start{}, delta::Finish{FinishReason::other, "load"}, delta::Done{}}},
        {R"({"message":{},"done_reason":"stop"})", {delta::Start{}}},
        {R"({"error":"it broke"})", {delta::Failed{{0, "", "", "it broke"}}}},
        {R"({"error":null,"message":{"content":"a"}})", {delta::Start{}, delta::Text{"a"}}},
        {R"({"status":"success"})",
         {delta::Malformed{"not a line of an answer: it has no message", R"({"status":"success"})"}}},
        {"[1]", {delta::Malformed{"not a line of an answer: it is no object", "[1]"}}},
    };
    for (const Line& row : table) {
        std::vector<Delta> deltas;
        LineReader().read(row.line, deltas);
        EXPECT_EQ(deltas, row.deltas) << row.line;
    }
    std::vector<Delta> deltas;
    LineReader().read("{\"message\":", deltas);
    ASSERT_EQ(deltas.size(), 1u);
    EXPECT_TRUE(std::get<delta::Malformed>(deltas[0]).why.starts_with("not JSON: "));
}

TEST(OllamaReader, counts_calls_over_lines_and_starts_once)
{
    const std::vector<Delta> deltas = deltas_of(
        "{\"model\":\"m\",\"message\":{\"tool_calls\":[{\"function\":{\"index\":0,\"name\":\"f\"}}]}}\r\n\n"
        "{\"model\":\"m\",\"message\":{\"tool_calls\":[{\"function\":{\"index\":0,\"name\":\"f\"}}]}}\n");
    const std::vector<Delta> expected = {delta::Start{"", "m", 0}, delta::Call{0, "", "f", "{}"},
                                         delta::Call{1, "", "f", "{}"}};
    EXPECT_EQ(deltas, expected);
    EXPECT_EQ(assembled(deltas).answer().tool_calls.size(), 2u);
}

TEST(OllamaAnswer, is_read_with_patience)
{
    EXPECT_FALSE(read_answer("<html>"));
    EXPECT_FALSE(read_answer("[]"));
    Read<AnswerBody> error = read_answer(R"({"error":"model \"x\" not found"})");
    ASSERT_TRUE(error);
    EXPECT_EQ(error.value->error->message, "model \"x\" not found");
    EXPECT_FALSE(error.value->has_content);
    Read<AnswerBody> nothing = read_answer("{}");
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(nothing.value->has_content);
    EXPECT_EQ(nothing.value->answer, ChatAnswer());
}

TEST(OllamaPages, are_written_byte_for_byte)
{
    EXPECT_EQ(write_error({404, "t", "c", "model \"m\" not found"}), R"({"error":"model \"m\" not found"})");
    EXPECT_EQ(write_version("0.1"), R"({"version":"0.1"})");
    const std::string tags = write_tags({"a:latest", "b:7b"}, 0);
    EXPECT_TRUE(
        tags.starts_with(R"({"models":[{"name":"a:latest","model":"a:latest","modified_at":"1970-01-01T00:00:00Z",)"
                         R"("size":2019393189,"digest":")"))
        << tags;
    for (const std::string& page : {tags, write_ps({"a:latest"}, 0, 8192), write_show("a", 0, 8192)}) {
        EXPECT_EQ(net::json_problem(page), "") << page;
        EXPECT_NE(page.find(R"("details":{"parent_model":"","format":"gguf",)"), std::string::npos) << page;
    }
    EXPECT_NE(write_ps({"a:latest"}, 0, 8192).find(R"("expires_at":"1970-01-01T00:05:00Z")"), std::string::npos);
    EXPECT_NE(write_show("a", 0, 8192).find(R"("llama.context_length":8192)"), std::string::npos);
    EXPECT_EQ(write_tags({}, 0), R"({"models":[]})");
}

TEST(Ndjson, lines_come_whole_however_the_bytes_are_cut)
{
    const std::string bytes = "{\"a\":\"\xC3\xA9\"}\r\n\n  \n[1]\nhalf";
    const std::vector<std::string> expected = {"{\"a\":\"\xC3\xA9\"}", "[1]"};
    for (std::size_t at = 0; at <= bytes.size(); ++at) {
        NdjsonReader reader;
        std::vector<std::string> lines;
        EXPECT_TRUE(reader.feed(std::string_view(bytes).substr(0, at), lines));
        EXPECT_TRUE(reader.feed(std::string_view(bytes).substr(at), lines));
        EXPECT_EQ(lines, expected) << at;
        EXPECT_EQ(reader.rest(), "half");
    }
}

TEST(Ndjson, a_line_beyond_the_limit_is_the_end)
{
    NdjsonReader reader(4);
    std::vector<std::string> lines;
    EXPECT_TRUE(reader.feed("1234\n12", lines));
    EXPECT_TRUE(reader.feed("34", lines));
    EXPECT_FALSE(reader.feed("5", lines));
    EXPECT_FALSE(reader.feed("\n1\n", lines));
    EXPECT_EQ(lines, std::vector<std::string>{"1234"});
}

/// What a reader left must be whole: written again it reads as the same.
void expect_sound(const std::string& bytes)
{
    for (const Endpoint endpoint : {Endpoint::chat, Endpoint::generate}) {
        Read<ChatRequest> request = read_request(endpoint, bytes);
        EXPECT_EQ(request.problem.empty(), request.value.has_value()) << bytes;
        if (!request || endpoint == Endpoint::generate) continue;
        Read<ChatRequest> again = read_request(Endpoint::chat, write_request(*request.value));
        ASSERT_TRUE(again) << again.problem << bytes;
        EXPECT_EQ(again.value->messages.size(), request.value->messages.size());
        // Ids that contradict each other, and parameters respelt once, are all that may differ; a second time nothing.
        Read<ChatRequest> third = read_request(Endpoint::chat, write_request(*again.value));
        ASSERT_TRUE(third) << third.problem << bytes;
        EXPECT_EQ(*third.value, *again.value) << bytes;
    }
    std::vector<Delta> deltas;
    LineReader().read(bytes, deltas);
    std::string lines = lines_of(deltas);
    if (!assembled(deltas).malformed()) {
        EXPECT_EQ(assembled(deltas_of(lines)).answer().tool_calls.size(), assembled(deltas).answer().tool_calls.size());
        EXPECT_EQ(assembled(deltas_of(lines)).answer().text, assembled(deltas).answer().text) << bytes;
    }
    Read<AnswerBody> answer = read_answer(bytes);
    EXPECT_EQ(answer.problem.empty(), answer.value.has_value()) << bytes;
}

TEST(OllamaMutations, damaged_bodies_and_lines_are_read_or_refused)
{
    const std::string good[] = {std::string(rich_body), write_answer(Endpoint::chat, rich_answer()),
                                R"({"model":"m","prompt":"p","system":"s","images":["AAAA"],"stream":false})"};
    std::size_t requests_read = 0;
    for (std::size_t body = 0; body < std::size(good); ++body) {
        expect_sound(good[body]);
        for (std::uint64_t round = 0; round < 1000; ++round) {
            const std::string bytes = tests::mutated(good[body], net::Chance(20261120).about(body).about(round));
            expect_sound(bytes);
            if (body == 0 && read_request(Endpoint::chat, bytes)) ++requests_read;
        }
    }
    EXPECT_GT(requests_read, 50u);
    EXPECT_LT(requests_read, 1000u);
}

}  // namespace
}  // namespace chaos::wire::ollama_chat
