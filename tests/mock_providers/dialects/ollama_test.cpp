// The ollama dialect at work: whole tasks over each of its APIs, what it refuses, and faults in its own shapes.
#include <nlohmann/json.hpp>

#include "mock_providers/words.hpp"
#include "net/json.hpp"
#include "tests/mock_providers/stage.hpp"
#include "wire/ndjson.hpp"
#include "wire/ollama_chat.hpp"
#include "wire/sse.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;
namespace ollama = wire::ollama_chat;

ProviderSpec llama()
{
    ProviderSpec spec = primary();
    spec.dialect = "ollama";
    spec.model = "llama3.2";
    return spec;
}

Ask ollama_ask(std::string path, std::string body, std::string method = "POST")
{
    Ask ask;
    ask.method = std::move(method);
    ask.path = std::move(path);
    ask.body = std::move(body);
    return ask;
}

Ask get_ollama(std::string path)
{
    return ollama_ask(std::move(path), "", "GET");
}

/// The conversation of a task of which so many steps are done.
wire::ChatRequest talk(int done, bool stream)
{
    wire::ChatRequest request = conversation(some_task(), done, stream);
    request.model = "llama3.2";
    return request;
}

Ask chat(int done, bool stream)
{
    return ollama_ask("/api/chat", ollama::write_request(talk(done, stream)));
}

Ask compatible(int done, bool stream)
{
    return ollama_ask("/v1/chat/completions", wire::openai_chat::write_request(talk(done, stream)));
}

Told meet_ollama(const std::vector<std::string>& faults, std::vector<Ask> asks, const ProviderSpec& spec = llama())
{
    SimulatedWorld world;
    return tell(world.runtime, faults, std::move(asks), spec);
}

std::string inject(const std::string& fault)
{
    return "{target: primary, inject: " + fault + "}";
}

std::vector<std::string> lines_of(const std::string& body)
{
    wire::NdjsonReader splitter;
    std::vector<std::string> lines;
    EXPECT_TRUE(splitter.feed(body, lines));
    EXPECT_EQ(splitter.rest(), "") << "every line has its end";
    return lines;
}

/// What the lines of a stream spell; every one is JSON, and the last, and no other, says that it is done.
wire::ChatAnswer spelt_by_body(const std::string& body)
{
    const std::vector<std::string> lines = lines_of(body);
    ollama::LineReader reader;
    wire::AnswerAssembler assembler;
    for (const std::string& line : lines) {
        const auto json = net::parse_json(line);
        EXPECT_TRUE(json) << line;
        EXPECT_EQ(json->at("done"), &line == &lines.back()) << line;
        std::vector<wire::Delta> deltas;
        reader.read(line, deltas);
        for (const wire::Delta& delta : deltas) {
            assembler.add(delta);
        }
    }
    EXPECT_TRUE(assembler.done());
    EXPECT_FALSE(assembler.malformed());
    return assembler.answer();
}

wire::ChatAnswer spelt_by_events(const std::string& body)
{
    wire::SseReader sse;
    std::vector<wire::SseEvent> events;
    sse.feed(body, events);
    wire::AnswerAssembler assembler;
    for (const wire::SseEvent& event : events) {
        std::vector<wire::Delta> deltas;
        wire::openai_chat::read_chunk(event, deltas);
        for (const wire::Delta& delta : deltas) {
            assembler.add(delta);
        }
    }
    EXPECT_TRUE(assembler.done());
    return assembler.answer();
}

template <class World>
class OllamaInBothWorlds : public ::testing::Test {
protected:
    World world_;
};
TYPED_TEST_SUITE(OllamaInBothWorlds, BothWorlds, WorldNames);

TYPED_TEST(OllamaInBothWorlds, answers_a_task_step_by_step)
{
    const Told told = tell(this->world_.runtime, {}, {chat(0, false), chat(2, true), chat(3, true)}, llama());
    const auto first = ollama::read_answer(told.heard.at(0).body);
    ASSERT_TRUE(first) << told.heard[0].body;
    EXPECT_EQ(told.heard[0].headers.find("content-type"), "application/json");
    EXPECT_EQ(first.value->answer.tool_calls.at(0).name, "write_file");
    EXPECT_EQ(first.value->answer.tool_calls.at(0).id, "call_primary-1-1");
    EXPECT_EQ(first.value->answer.finish_text, "stop");
    EXPECT_GT(first.value->answer.usage->prompt_tokens, 100);

    EXPECT_EQ(told.heard.at(1).headers.find("content-type"), "application/x-ndjson");
    EXPECT_EQ(lines_of(told.heard[1].body).size(), 2U) << "the call whole in one line, and the end";
    const auto third = spelt_by_body(told.heard[1].body);
    EXPECT_EQ(third.tool_calls.at(0).name, "write_file");
    EXPECT_TRUE(net::parse_json(third.tool_calls[0].arguments));
    EXPECT_TRUE(told.noted(fmt::format("primary#2 received: {} step 3 try 1 streamed", some_task().task)));

    const auto last = spelt_by_body(told.heard.at(2).body);
    EXPECT_TRUE(contains_token(last.text, expected_digest(some_task()))) << last.text;
    EXPECT_EQ(last.finish_text, "stop");
    EXPECT_EQ(last.model, "llama3.2");
    EXPECT_GT(last.created, 1'700'000'000);
    EXPECT_GT(last.usage->completion_tokens, 20);
    EXPECT_TRUE(told.heard[2].whole);
}

TYPED_TEST(OllamaInBothWorlds, answers_a_task_through_the_compatible_api)
{
    wire::ChatRequest with_usage = talk(3, true);
    with_usage.include_usage = true;
    const Told told = tell(this->world_.runtime, {},
                           {compatible(0, false), compatible(1, true),
                            ollama_ask("/v1/chat/completions", wire::openai_chat::write_request(with_usage))},
                           llama());
    const auto first = wire::openai_chat::read_answer(told.heard.at(0).body);
    ASSERT_TRUE(first) << told.heard[0].body;
    EXPECT_EQ(first.value->answer.tool_calls.at(0).name, "write_file");
    EXPECT_EQ(first.value->answer.finish, wire::FinishReason::tool_calls);
    EXPECT_LE(first.value->answer.id.size(), std::string("chatcmpl-998").size()) << first.value->answer.id;
    EXPECT_NE(told.heard[0].body.find(R"("system_fingerprint":"fp_ollama")"), std::string::npos);

    EXPECT_EQ(told.heard.at(1).headers.find("content-type"), "text/event-stream");
    const auto second = spelt_by_events(told.heard[1].body);
    EXPECT_EQ(second.tool_calls.at(0).name, "send_email");
    EXPECT_FALSE(second.usage);
    const auto last = spelt_by_events(told.heard.at(2).body);
    EXPECT_TRUE(contains_token(last.text, expected_digest(some_task()))) << last.text;
    EXPECT_GT(last.usage->prompt_tokens, 100);
}

TEST(Ollama, streams_unless_it_is_told_not_to)
{
    const std::string body = R"({"model":"llama3.2","messages":[{"role":"user","content":"Hello"}])";
    const Told told =
        meet_ollama({}, {ollama_ask("/api/chat", body + "}"), ollama_ask("/api/chat", body + R"(,"stream":false})")});
    EXPECT_TRUE(spelt_by_body(told.heard.at(0).body).text.starts_with("(as primary-1) Hello"));
    EXPECT_TRUE(ollama::read_answer(told.heard.at(1).body).value->answer.text.starts_with("(as primary-2) Hello"));
    EXPECT_EQ(told.heard[1].body.find('\n'), std::string::npos);
}

TEST(Ollama, goes_on_with_a_prompt)
{
    const std::string body = R"({"model":"llama3.2","prompt":"Hello","system":"Be brief.")";
    const Told told = meet_ollama(
        {}, {ollama_ask("/api/generate", body + "}"), ollama_ask("/api/generate", body + R"(,"stream":false})")});
    const auto json = net::parse_json(lines_of(told.heard.at(0).body).front());
    EXPECT_EQ(json->at("response"), "(as");
    EXPECT_FALSE(json->contains("message"));
    EXPECT_TRUE(spelt_by_body(told.heard[0].body).text.starts_with("(as primary-1) Hello"));
    const auto whole = net::parse_json(told.heard.at(1).body);
    EXPECT_TRUE(whole->at("response").get<std::string>().starts_with("(as primary-2) Hello"));
    EXPECT_TRUE(whole->at("context").is_array());
    EXPECT_EQ(whole->at("eval_count").get<int>() * 7'730'605, whole->at("eval_duration"));
}

TEST(Ollama, thinks_aloud_when_asked_to)
{
    wire::ChatRequest request = talk(0, true);
    request.reasoning = true;
    const Told told = meet_ollama({}, {ollama_ask("/api/chat", ollama::write_request(request)), chat(0, true)});
    EXPECT_FALSE(spelt_by_body(told.heard.at(0).body).reasoning.empty());
    EXPECT_TRUE(spelt_by_body(told.heard.at(1).body).reasoning.empty());
}

TEST(Ollama, stops_at_num_predict)
{
    wire::ChatRequest request = talk(3, true);
    request.max_tokens = 4;
    const Told told = meet_ollama({}, {ollama_ask("/api/chat", ollama::write_request(request))});
    const auto answer = spelt_by_body(told.heard.at(0).body);
    EXPECT_EQ(answer.finish_text, "length");
    EXPECT_EQ(answer.usage->completion_tokens, 4);
    EXPECT_EQ(lines_of(told.heard[0].body).size(), 5U);
}

TEST(Ollama, is_fed_results_by_the_name_of_the_tool)
{
    // Neither calls nor results have ids: as older clients have it.
    const Brief brief = some_task();
    std::string body = R"({"model":"llama3.2:latest","stream":false,"messages":[{"role":"user","content":)";
    net::append_json_string(body, task_text(brief));
    body += R"(},{"role":"assistant","content":"","tool_calls":[{"function":{"name":"write_file","arguments":{}}}]},)"
            R"({"role":"tool","tool_name":"write_file","content":)";
    net::append_json_string(body, tool_result_text(brief.task, 1));
    body += R"(}],"tools":[{"type":"function","function":{"name":"send_email","parameters":{"type":"object"}}}]})";
    const Told told = meet_ollama({}, {ollama_ask("/api/chat", body)});
    const auto answer = ollama::read_answer(told.heard.at(0).body);
    ASSERT_TRUE(answer) << told.heard[0].body;
    EXPECT_EQ(answer.value->answer.tool_calls.at(0).name, "send_email");
    EXPECT_EQ(answer.value->answer.model, "llama3.2:latest");
    EXPECT_TRUE(told.noted(fmt::format("primary#1 received: {} step 2 try 1", brief.task)));
}

TEST(Ollama, loads_a_model_without_calling_it_an_attempt)
{
    const Told told = meet_ollama({inject("{status: {code: 503}}")},
                                  {ollama_ask("/api/generate", R"({"model":"llama3.2"})"),
                                   ollama_ask("/api/chat", R"({"model":"llama3.2","messages":[]})"),
                                   ollama_ask("/api/generate", R"({"model":"llama3.2","keep_alive":0})")});
    EXPECT_NE(told.heard.at(0).body.find(R"("response":"","done_reason":"load","done":true})"), std::string::npos);
    EXPECT_NE(told.heard.at(1).body.find(R"("content":""},"done_reason":"load","done":true})"), std::string::npos);
    EXPECT_NE(told.heard.at(2).body.find(R"("done_reason":"unload")"), std::string::npos);
    EXPECT_TRUE(told.notes.empty());
    EXPECT_EQ(meet_ollama({}, {ollama_ask("/api/generate", R"({"model":"other"})")}).heard.at(0).status, 404);
}

TEST(Ollama, never_refuses_a_long_prompt)
{
    ProviderSpec small = llama();
    small.context_window = 16;
    const Told told = meet_ollama({}, {chat(3, false), compatible(3, false)}, small);
    EXPECT_EQ(told.heard.at(0).status, 200);
    EXPECT_EQ(told.heard.at(1).status, 200);
}

TEST(Ollama, shows_its_models_and_itself)
{
    const Told told =
        meet_ollama({}, {get_ollama("/api/tags"), get_ollama("/api/version"), get_ollama("/api/ps"),
                         ollama_ask("/api/show", R"({"model":"llama3.2"})"), get_ollama("/"), get_ollama("/v1/models"),
                         get_ollama("/v1/models/llama3.2:latest"), get_ollama("/v1/models/gpt-4o"),
                         ollama_ask("/api/show", R"({"name":"gpt-4o"})"), ollama_ask("/api/show", "{}")});
    const auto tags = net::parse_json(told.heard.at(0).body);
    EXPECT_EQ(tags->at("models").at(0).at("name"), "llama3.2:latest");
    EXPECT_EQ(tags->at("models").at(0).at("digest").get<std::string>().size(), 64U);
    EXPECT_EQ(told.heard[0].headers.find("content-type"), "application/json; charset=utf-8");
    EXPECT_TRUE(net::parse_json(told.heard.at(1).body)->at("version").is_string());
    EXPECT_EQ(net::parse_json(told.heard.at(2).body)->at("models").at(0).at("model"), "llama3.2:latest");
    EXPECT_EQ(net::parse_json(told.heard.at(3).body)->at("capabilities").at(1), "tools");
    EXPECT_EQ(told.heard.at(4).body, "Ollama is running");
    EXPECT_NE(told.heard.at(5).body.find(R"("id":"llama3.2:latest","object":"model")"), std::string::npos);
    EXPECT_EQ(told.heard.at(6).status, 200);
    EXPECT_EQ(told.heard.at(7).status, 404);
    EXPECT_EQ(wire::openai_chat::read_error(404, told.heard[7].body).type, "not_found_error");
    EXPECT_EQ(told.heard.at(8).body, R"({"error":"model 'gpt-4o' not found"})");
    EXPECT_EQ(told.heard.at(9).body, R"({"error":"model is required"})");
    EXPECT_TRUE(told.notes.empty());
}

struct OllamaRefused {
    const char* name;
    Ask ask;
    int status;
    const char* body;
};

class OllamaRefuses : public ::testing::TestWithParam<OllamaRefused> {};

std::string compatible_with(const char* message)
{
    return std::string(R"({"model":"llama3.2","messages":[)") + message + "]}";
}

std::vector<OllamaRefused> ollama_refusals()
{
    const char* of_a_model = R"({"error":"model \"gpt-x\" not found, try pulling it first"})";
    return {
        {"an_empty_body", ollama_ask("/api/chat", ""), 400, R"({"error":"missing request body"})"},
        {"no_model", ollama_ask("/api/generate", "{}"), 400, R"({"error":"model is required"})"},
        {"a_wrong_type", ollama_ask("/api/chat", R"({"model":"llama3.2","stream":1})"), 400,
         R"({"error":"stream: expected true or false"})"},
        {"arguments_as_text",
         ollama_ask("/api/chat", R"({"model":"llama3.2","messages":[{"role":"assistant","tool_calls":[)"
                                 R"({"function":{"name":"f","arguments":"{}"}}]}]})"),
         400, R"({"error":"messages[0].tool_calls[0].function.arguments: expected an object"})"},
        {"an_unknown_model", ollama_ask("/api/chat", R"({"model":"gpt-x","messages":[{"role":"user","content":"x"}]})"),
         404, of_a_model},
        {"a_prompt_for_an_unknown_model", ollama_ask("/api/generate", R"({"model":"gpt-x","prompt":"x"})"), 404,
         of_a_model},
        {"another_tag",
         ollama_ask("/api/chat", R"({"model":"llama3.2:1b","messages":[{"role":"user","content":"x"}]})"), 404,
         R"({"error":"model \"llama3.2:1b\" not found, try pulling it first"})"},
        {"an_unknown_path", get_ollama("/api/nothing"), 404, "404 page not found"},
        {"a_path_of_nobody", ollama_ask("/v1/messages", "{}"), 404, "404 page not found"},
        {"the_wrong_method", get_ollama("/api/chat"), 405, "405 method not allowed"},
        {"the_other_wrong_method", ollama_ask("/api/tags", "{}"), 405, "405 method not allowed"},
        {"an_unknown_model_in_the_compatible_api",
         ollama_ask("/v1/chat/completions", R"({"model":"gpt-x","messages":[{"role":"user","content":"x"}]})"), 404,
         R"({"error":{"message":"model \"gpt-x\" not found, try pulling it first","type":"not_found_error","param":null,"code":null}})"},
        {"an_image_by_url",
         ollama_ask("/v1/chat/completions",
                    compatible_with(R"({"role":"user","content":[{"type":"image_url","image_url":)"
                                    R"({"url":"https://a/b.png"}}]})")),
         400, R"({"error":{"message":"invalid image input","type":"invalid_request_error","param":null,"code":null}})"},
        {"a_part_it_does_not_know",
         ollama_ask("/v1/chat/completions",
                    compatible_with(R"({"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]})")),
         400,
         R"({"error":{"message":"invalid message format","type":"invalid_request_error","param":null,"code":null}})"},
        {"arguments_that_are_no_object",
         ollama_ask("/v1/chat/completions",
                    compatible_with(R"({"role":"assistant","content":null,"tool_calls":[{"id":"c",)"
                                    R"("type":"function","function":{"name":"f","arguments":""}}]})")),
         400,
         R"({"error":{"message":"invalid tool call arguments","type":"invalid_request_error","param":null,"code":null}})"},
    };
}

TEST_P(OllamaRefuses, in_its_own_words)
{
    const OllamaRefused& row = GetParam();
    const Told told = meet_ollama({}, {row.ask});
    EXPECT_EQ(told.heard.at(0).status, row.status);
    EXPECT_EQ(told.heard[0].body, row.body);
    const bool plain = row.body[0] != '{';
    EXPECT_EQ(told.heard[0].headers.find("content-type"), plain ? "text/plain" : "application/json");
    EXPECT_EQ(told.heard[0].headers.contains("allow"), row.status == 405);
}

INSTANTIATE_TEST_SUITE_P(Bodies, OllamaRefuses, ::testing::ValuesIn(ollama_refusals()),
                         [](const auto& row) { return std::string(row.param.name); });

TYPED_TEST(OllamaInBothWorlds, status_comes_in_its_own_words)
{
    const Told told =
        tell(this->world_.runtime, {inject("{status: {code: 503}}")}, {chat(0, true), compatible(0, true)}, llama());
    EXPECT_EQ(told.heard.at(0).status, 503);
    EXPECT_EQ(told.heard[0].body, R"({"error":"server busy, please try again.  maximum pending requests exceeded"})");
    EXPECT_EQ(told.rest_of("status delivered to primary#1: "),
              fmt::format("HTTP 503 ({} bytes of body)", told.heard[0].body.size()));
    EXPECT_EQ(told.heard.at(1).status, 503);
    EXPECT_EQ(wire::openai_chat::read_error(503, told.heard[1].body).type, "api_error");
}

TYPED_TEST(OllamaInBothWorlds, rate_limit)
{
    const Told told =
        tell(this->world_.runtime, {inject("{rate_limit: {retry_after: 2500ms}}")}, {chat(0, true)}, llama());
    const Heard& heard = told.heard.at(0);
    EXPECT_EQ(heard.status, 429);
    EXPECT_EQ(heard.headers.find("retry-after"), "3");
    EXPECT_FALSE(heard.headers.contains("x-ratelimit-remaining-requests"));
    EXPECT_EQ(heard.body, R"({"error":"too many requests Please try again in 2.5s."})");
    EXPECT_EQ(told.rest_of("rate_limit delivered to primary#1: "),
              fmt::format("HTTP 429 with a wait of 2.5s ({} bytes of body)", heard.body.size()));
}

TYPED_TEST(OllamaInBothWorlds, timeout)
{
    const Told told = tell(this->world_.runtime, {inject("{timeout: {hold: 30ms}}")}, {chat(0, true)}, llama());
    EXPECT_EQ(told.heard.at(0).status, 504);
    EXPECT_EQ(told.heard[0].body, R"({"error":"timed out waiting for llama runner to start"})");
    EXPECT_GE(told.heard[0].first_byte, milliseconds(30));
    EXPECT_TRUE(told.rest_of("timeout delivered to primary#1: ").ends_with("then HTTP 504"));
}

TYPED_TEST(OllamaInBothWorlds, cut_after_some_lines)
{
    for (const char* end : {"fin", "reset"}) {
        const Told told =
            tell(this->world_.runtime, {inject(fmt::format("{{cut: {{after_tokens: 3, end: {}}}}}", end))},
                 {kept_alive(chat(3, true))}, llama());
        const Heard& heard = told.heard.at(0);
        EXPECT_EQ(heard.status, 200);
        EXPECT_EQ(lines_of(heard.body).size(), 3U);
        EXPECT_EQ(heard.body.find(R"("done":true)"), std::string::npos);
        EXPECT_FALSE(heard.whole);
        const std::string ending = std::string(end) == "fin" ? "FIN" : "RST";
        EXPECT_EQ(heard.ending, ending);
        EXPECT_EQ(told.rest_of("cut delivered to primary#1: "),
                  fmt::format("HTTP 200, 3 tokens ({} bytes of body), then {}", heard.body.size(), ending));
    }
}

TYPED_TEST(OllamaInBothWorlds, cut_into_a_call_leaves_half_a_line)
{
    const Told told =
        tell(this->world_.runtime, {inject("{cut: {inside: tool_call, end: fin}}")},
             {kept_alive(chat(0, true)), kept_alive(compatible(0, true)), kept_alive(chat(0, false))}, llama());
    EXPECT_NE(told.heard.at(0).body.find(R"("name":"write_file","arguments":{"reference":)"), std::string::npos);
    EXPECT_EQ(told.heard[0].body.find('\n'), std::string::npos) << told.heard[0].body;
    EXPECT_FALSE(net::parse_json(told.heard[0].body));
    EXPECT_NE(told.heard.at(1).body.find(R"("arguments":"{\"reference\":)"), std::string::npos);
    EXPECT_FALSE(told.heard[1].body.ends_with("\n"));
    EXPECT_NE(told.heard.at(2).body.find(R"("arguments":{"reference":)"), std::string::npos);
    for (std::size_t n = 0; n < 3; ++n) {
        EXPECT_EQ(told.heard[n].ending, "FIN");
        EXPECT_FALSE(told.heard[n].whole);
        EXPECT_TRUE(
            told.rest_of(fmt::format("cut delivered to primary#{}: ", n + 1)).ends_with("into a tool call, then FIN"));
    }
}

TEST(Ollama, ends_in_every_wrong_way_in_its_own_form)
{
    struct Row {
        const char* cut;
        std::size_t lines;
        const char* last;  ///< what the last line contains
    };
    const Row table[] = {
        {"{after_tokens: 2, end: error}", 3, R"({"error":"model runner has unexpectedly stopped)"},
        {"{after_tokens: 2, end: garbage}", 3, "upstream error"},
        {"{after_tokens: 2, end: clean}", 2, R"("done":false})"},
        {"{before: finish, end: clean}", 0, R"("done":false})"},
        {"{before: terminator, end: clean}", 0, R"("done":false})"},  // the reason and the end are one line
    };
    for (const Row& row : table) {
        const Told told = meet_ollama({inject(fmt::format("{{cut: {}}}", row.cut))}, {chat(3, true)});
        const std::vector<std::string> lines = lines_of(told.heard.at(0).body);
        EXPECT_TRUE(row.lines == 0 || lines.size() == row.lines) << row.cut << told.heard[0].body;
        EXPECT_NE(lines.back().find(row.last), std::string::npos) << row.cut << lines.back();
        EXPECT_EQ(told.heard[0].body.find(R"("done":true)"), std::string::npos) << row.cut;
        EXPECT_TRUE(told.heard[0].whole) << row.cut;
        EXPECT_TRUE(told.rest_of("cut delivered to primary#1: ").starts_with("HTTP 200")) << row.cut;
    }
}

TEST(Ollama, swallows_errors_in_streams_of_the_compatible_api)
{
    for (const char* fault : {"{cut: {after_tokens: 2, end: error}}", "error_in_200"}) {
        const Told told = meet_ollama({inject(fault)}, {compatible(3, true)});
        EXPECT_TRUE(told.heard.at(0).whole) << fault;
        EXPECT_FALSE(told.heard[0].body.find("[DONE]") == std::string::npos) << fault;
        for (const std::string& note : told.notes) {
            EXPECT_EQ(note.find("falls on"), std::string::npos) << note << ": it could not be seen";
        }
    }
}

TYPED_TEST(OllamaInBothWorlds, empty_tool_turn)
{
    const Told told = tell(this->world_.runtime, {inject("empty_tool_turn")},
                           {chat(0, true), chat(0, false), compatible(0, true)}, llama());
    EXPECT_EQ(lines_of(told.heard.at(0).body).size(), 1U);
    for (const wire::ChatAnswer& answer :
         {spelt_by_body(told.heard[0].body), ollama::read_answer(told.heard.at(1).body).value->answer,
          spelt_by_events(told.heard.at(2).body)}) {
        EXPECT_EQ(answer.text, "");
        EXPECT_TRUE(answer.tool_calls.empty());
        EXPECT_EQ(answer.finish_text, "stop") << "the only word it has";
    }
    EXPECT_EQ(told.rest_of("empty_tool_turn delivered to primary#1: "),
              fmt::format("HTTP 200, a tool turn without a call ({} bytes of body)", told.heard[0].body.size()));
}

TYPED_TEST(OllamaInBothWorlds, half_of_an_object_cannot_be_said)
{
    const Told told = tell(this->world_.runtime, {inject("malformed_arguments")},
                           {chat(0, true), chat(0, false), compatible(0, true), compatible(0, false)}, llama());
    for (std::size_t n = 0; n < 4; ++n) {
        EXPECT_EQ(told.heard.at(n).status, 200);
        EXPECT_TRUE(told.heard[n].whole);
        EXPECT_FALSE(told.noted(fmt::format("malformed_arguments falls on primary#{}", n + 1)));
    }
    EXPECT_TRUE(net::parse_json(spelt_by_body(told.heard[0].body).tool_calls.at(0).arguments));
    EXPECT_TRUE(net::parse_json(spelt_by_events(told.heard[2].body).tool_calls.at(0).arguments));
    EXPECT_EQ(told.notes.size(), 12U) << "no opportunity";
}

TEST(Ollama, says_the_same_twice)
{
    const auto bytes = [] {
        std::string all;
        for (const Heard& heard :
             meet_ollama({}, {chat(0, true), chat(3, true), compatible(3, true), get_ollama("/api/tags")}).heard) {
            all += heard.bytes;
        }
        return all;
    };
    EXPECT_EQ(bytes(), bytes());
}

}  // namespace
}  // namespace chaos::mock_providers
