// The Responses API of the openai dialect: a whole task, what it refuses, and each fault in its own bytes.
#include "wire/openai_responses.hpp"

#include "net/json.hpp"
#include "tests/mock_providers/stage.hpp"
#include "wire/sse.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

Ask responses_ask(std::string method, std::string path, std::string body = "")
{
    Ask ask;
    ask.method = std::move(method);
    ask.path = std::move(path);
    ask.body = std::move(body);
    return ask;
}

Ask post_response(const wire::ChatRequest& request)
{
    return responses_ask("POST", "/v1/responses", wire::openai_responses::write_request(request));
}

/// A turn of a task of which so many steps are done.
Ask turn(int done, bool stream)
{
    return post_response(conversation(some_task(), done, stream));
}

wire::AnswerAssembler assembled_responses(const Heard& heard)
{
    wire::SseReader sse;
    std::vector<wire::SseEvent> events;
    sse.feed(heard.body, events);
    wire::openai_responses::EventReader reader;
    std::vector<wire::Delta> deltas;
    for (const auto& event : events) {
        reader.read(event, deltas);
    }
    wire::AnswerAssembler assembler;
    for (const auto& delta : deltas) {
        assembler.add(delta);
    }
    return assembler;
}

wire::ChatAnswer responses_answer_in(const Heard& heard, bool stream)
{
    return stream ? assembled_responses(heard).answer() : wire::openai_responses::read_answer(heard.body).value->answer;
}

/// Plays a task against `provider`, its tools answered at once, and gives the last words.
net::Task<void> carry_out_responses_task(net::Runtime& world, Provider& provider, bool stream, std::string& last_words)
{
    net::TaskGroup serving(world.executor());
    serving.spawn(provider.serve());
    provider.start_clock(world.clock().now());
    const Brief brief = some_task(4);
    wire::ChatRequest request = conversation(brief, 0, stream);
    for (int step = 1; step <= brief.steps + 1 && last_words.empty(); ++step) {
        Ask ask = post_response(request);
        ask.to = provider.endpoint();
        const Heard heard = co_await converse(world, ask);
        const wire::ChatAnswer answer = responses_answer_in(heard, stream);
        last_words = answer.text;
        wire::Message said;
        said.role = wire::Role::assistant;
        said.tool_calls = answer.tool_calls;
        request.messages.push_back(said);
        for (const wire::ToolCall& call : answer.tool_calls) {
            wire::Message result = wire::message(wire::Role::tool, tool_result_text(brief.task, step));
            result.tool_call_id = call.id;
            request.messages.push_back(std::move(result));
        }
    }
    provider.stop();
    co_await serving.join();
}

class Responses : public ::testing::Test {
protected:
    /// One request that meets the fault.
    Heard meet(const std::string& inject, const Ask& ask)
    {
        told_ = tell(world_, {"{target: primary, inject: " + inject + "}"}, {ask});
        return told_.heard.at(0);
    }

    net::Simulation world_;
    Told told_;
};

TEST_F(Responses, carry_a_whole_task_streamed_and_not)
{
    for (const bool stream : {true, false}) {
        Notebook notebook;
        Provider provider(world_, primary(), {}, net::Chance(1), some_task().run, notebook);
        std::string last_words;
        world_.run(carry_out_responses_task(world_, provider, stream, last_words));
        EXPECT_TRUE(contains_token(last_words, expected_digest(some_task(4)))) << last_words;
        EXPECT_EQ(notebook.lines.size(), 5 * 3U);
    }
}

TEST_F(Responses, stream_a_tool_call_in_fragments)
{
    const Heard heard = tell(world_, {}, {turn(0, true)}).heard.at(0);
    EXPECT_EQ(heard.status, 200);
    EXPECT_TRUE(heard.whole);
    EXPECT_EQ(heard.headers.find("content-type"), "text/event-stream; charset=utf-8");
    EXPECT_TRUE(heard.headers.contains("x-request-id"));
    EXPECT_TRUE(
        heard.body.starts_with("event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,"));
    EXPECT_GT(count(heard.body, "event: response.function_call_arguments.delta\n"), 2U);
    EXPECT_EQ(count(heard.body, "event: response.completed\n"), 1U);
    EXPECT_EQ(count(heard.body, "[DONE]"), 0U);
    EXPECT_NE(heard.body.find(R"("id":"fc_primary-1-1_0","type":"function_call","status":"in_progress","arguments":"",)"
                              R"("call_id":"call_primary-1-1","name":"write_file")"),
              std::string::npos)
        << heard.body;
    const wire::AnswerAssembler read = assembled_responses(heard);
    EXPECT_TRUE(read.done());
    EXPECT_EQ(read.answer().id, "resp_primary-1-1");
    EXPECT_EQ(read.answer().finish, wire::FinishReason::tool_calls);
    EXPECT_TRUE(read.answer().usage) << "without being asked";
}

TEST_F(Responses, say_the_same_whole_and_streamed)
{
    for (const int done : {0, 3}) {
        const wire::ChatAnswer streamed = responses_answer_in(tell(world_, {}, {turn(done, true)}).heard.at(0), true);
        const wire::ChatAnswer whole = responses_answer_in(tell(world_, {}, {turn(done, false)}).heard.at(0), false);
        EXPECT_EQ(streamed, whole);
        EXPECT_GT(whole.created, 1'700'000'000);
        EXPECT_GT(whole.usage->prompt_tokens, 100);
    }
}

TEST_F(Responses, cut_short_by_their_limit_are_incomplete)
{
    wire::ChatRequest request = conversation(some_task(), 3, false);
    request.max_tokens = 16;
    for (const bool stream : {true, false}) {
        request.stream = stream;
        const Heard heard = tell(world_, {}, {post_response(request)}).heard.at(0);
        EXPECT_NE(heard.body.find(R"("incomplete_details":{"reason":"max_output_tokens"})"), std::string::npos);
        EXPECT_EQ(count(heard.body, "event: response.incomplete\n"), stream ? 1U : 0U);
        EXPECT_EQ(responses_answer_in(heard, stream).finish, wire::FinishReason::length);
    }
}

std::string body_with(const std::function<void(wire::ChatRequest&)>& change)
{
    auto request = conversation(some_task(), 2, false);
    change(request);
    return wire::openai_responses::write_request(request);
}

struct ResponsesRefused {
    Ask ask;
    int status;
    const char* code;
    const char* words;
};

TEST_F(Responses, are_refused_in_their_own_words)
{
    const auto post = [](std::string body) { return responses_ask("POST", "/v1/responses", std::move(body)); };
    const ResponsesRefused rows[] = {
        {post("{not JSON"), 400, "", "could not parse"},
        {post(R"({"model":"gpt-4o","messages":[]})"), 400, "", "input: expected text or a list of items"},
        {post(body_with([](auto& request) { request.model = "gpt-x"; })), 404, "model_not_found",
         "The model `gpt-x` does not exist"},
        {post(body_with([](auto& request) { request.previous_answer = "resp_1"; })), 400, "previous_response_not_found",
         "Previous response with id 'resp_1' not found."},
        {post(body_with([](auto& request) { request.messages.pop_back(); })), 400, "",
         "No tool output found for function call call_2."},
        {post(body_with([](auto& request) { request.messages.erase(request.messages.begin() + 1); })), 400, "",
         "No tool call found for function call output with call_id call_1."},
        {post(body_with([](auto& request) { std::swap(request.messages[1], request.messages[2]); })), 400, "",
         "No tool call found for function call output with call_id call_1."},
        {post(body_with([](auto& request) { request.messages.push_back(request.messages.back()); })), 400, "",
         "No tool call found for function call output with call_id call_2."},
        {post(body_with([](auto& request) {
             request.messages.push_back(wire::message(wire::Role::user, std::string(40'000, 'x')));
         })),
         400, "context_length_exceeded", "Your input exceeds the context window of this model."},
        {responses_ask("GET", "/v1/responses"), 405, "", "not allowed"},
        {responses_ask("PUT", "/v1/responses"), 405, "", "not allowed"},
        {responses_ask("GET", "/v1/responses/resp_1?include=x"), 404, "", "Response with id 'resp_1' not found."},
        {responses_ask("DELETE", "/v1/responses/resp_1"), 404, "", "Response with id 'resp_1' not found."},
        {responses_ask("GET", "/v1/responses/resp_1/input_items"), 404, "", "Response with id 'resp_1' not found."},
        {responses_ask("POST", "/v1/responses/resp_1/cancel", "{}"), 404, "", "Response with id 'resp_1' not found."},
        {responses_ask("POST", "/v1/responses/resp_1", "{}"), 404, "unknown_url",
         "Unknown request URL: POST /v1/responses/resp_1."},
        {responses_ask("GET", "/v1/responsesx"), 404, "unknown_url", "Unknown request URL: GET /v1/responsesx."},
    };
    ProviderSpec spec = primary();
    spec.context_window = 8192;
    for (const ResponsesRefused& row : rows) {
        const Heard heard = tell(world_, {}, {row.ask}, spec).heard.at(0);
        EXPECT_EQ(heard.status, row.status) << row.words;
        const auto error = wire::openai_chat::read_error(heard.status, heard.body);
        EXPECT_EQ(error.code, row.code) << heard.body;
        EXPECT_NE(error.message.find(row.words), std::string::npos) << heard.body;
        EXPECT_EQ(error.type, "invalid_request_error") << heard.body;
    }
}

TEST_F(Responses, may_have_words_between_a_call_and_its_output)
{
    const std::string body = body_with([](auto& request) {
        request.messages.insert(request.messages.end() - 1, wire::message(wire::Role::user, "Still there?"));
    });
    EXPECT_EQ(tell(world_, {}, {responses_ask("POST", "/v1/responses", body)}).heard.at(0).status, 200);
    EXPECT_EQ(tell(world_, {}, {post(chat_body(2, false))}).heard.at(0).status, 200);
}

TEST_F(Responses, status)
{
    const Heard heard = meet("{status: {code: 503}}", turn(0, true));
    EXPECT_EQ(heard.status, 503);
    EXPECT_EQ(wire::openai_chat::read_error(503, heard.body).code, "server_is_overloaded");
    EXPECT_TRUE(heard.whole);
    EXPECT_EQ(told_.rest_of("status delivered to primary#1: "),
              fmt::format("HTTP 503 ({} bytes of body)", heard.body.size()));
}

TEST_F(Responses, rate_limit)
{
    const Heard heard = meet("{rate_limit: {retry_after: 2500ms}}", turn(0, true));
    EXPECT_EQ(heard.status, 429);
    EXPECT_EQ(heard.headers.find("retry-after"), "3");
    EXPECT_EQ(heard.headers.find("retry-after-ms"), "2500");
    EXPECT_EQ(wire::openai_chat::read_error(429, heard.body).code, "rate_limit_exceeded");
    EXPECT_TRUE(told_.noted("primary#1 ended: 429 complete 0"));
}

TEST_F(Responses, timeout)
{
    const Heard heard = meet("timeout", briefly(turn(0, true)));
    EXPECT_EQ(heard.bytes, "");
    EXPECT_EQ(heard.ending, "silence");
    EXPECT_TRUE(told_.rest_of("timeout delivered to primary#1: ").ends_with(", until the client left"));
}

TEST_F(Responses, timeout_that_ends_in_504)
{
    const Heard heard = meet("{timeout: {hold: 30ms}}", turn(0, false));
    EXPECT_EQ(heard.status, 504);
    EXPECT_EQ(wire::openai_chat::read_error(504, heard.body).type, "server_error");
}

TEST_F(Responses, cut_after_tokens)
{
    const Heard heard = meet("{cut: {after_tokens: 3, end: fin}}", kept_alive(turn(3, true)));
    EXPECT_EQ(count(heard.body, "event: response.output_text.delta\n"), 3U);
    EXPECT_EQ(count(heard.body, ".done\n"), 0U) << "nothing has ended";
    EXPECT_FALSE(heard.whole);
    EXPECT_EQ(heard.ending, "FIN");
    EXPECT_EQ(told_.rest_of("cut delivered to primary#1: "),
              fmt::format("HTTP 200, 3 tokens ({} bytes of body), then FIN", heard.body.size()));
}

TEST_F(Responses, cut_before_the_first_token)
{
    const Heard heard = meet("{cut: {after_tokens: 0}}", kept_alive(turn(3, true)));
    EXPECT_EQ(count(heard.body, "event: "), 2U);
    EXPECT_EQ(count(heard.body, "event: response.in_progress\n"), 1U);
    EXPECT_EQ(heard.ending, "RST");
}

TEST_F(Responses, cut_where_only_the_terminal_event_is_missing)
{
    const Heard heard = meet("{cut: {after_tokens: 1000, end: fin}}", kept_alive(turn(3, true)));
    const wire::AnswerAssembler read = assembled_responses(heard);
    EXPECT_TRUE(contains_token(read.answer().text, expected_digest(some_task())));
    EXPECT_FALSE(read.finished());
    EXPECT_FALSE(read.done());
}

TEST_F(Responses, cut_of_a_whole_answer)
{
    const Heard heard = meet("{cut: {after_tokens: 3, end: fin}}", kept_alive(turn(3, false)));
    const std::size_t promised = std::stoul(std::string(heard.headers.find("content-length").value_or("0")));
    EXPECT_GT(heard.body.size(), 0U);
    EXPECT_LT(heard.body.size(), promised);
    EXPECT_FALSE(wire::openai_responses::read_answer(heard.body));
}

TEST_F(Responses, cut_inside_a_tool_call)
{
    const Heard heard = meet("{cut: {inside: tool_call}}", kept_alive(turn(0, true)));
    const auto answer = assembled_responses(heard).answer();
    ASSERT_EQ(answer.tool_calls.size(), 1U);
    EXPECT_FALSE(answer.tool_calls[0].arguments.empty());
    EXPECT_NE(net::json_problem(answer.tool_calls[0].arguments), "");
    EXPECT_EQ(count(heard.body, "event: response.function_call_arguments.done\n"), 0U);
    EXPECT_EQ(heard.ending, "RST");
}

TEST_F(Responses, cut_inside_a_whole_tool_call)
{
    const Heard heard = meet("{cut: {inside: tool_call, end: fin}}", kept_alive(turn(0, false)));
    EXPECT_NE(heard.body.find(R"("arguments":"{)"), std::string::npos) << heard.body;
    EXPECT_EQ(heard.body.find("call_id"), std::string::npos) << heard.body;
    EXPECT_FALSE(heard.whole);
}

TEST_F(Responses, empty_tool_turn_completes_with_an_empty_output)
{
    for (const bool stream : {true, false}) {
        const Heard heard = meet("empty_tool_turn", turn(1, stream));
        EXPECT_TRUE(heard.whole);
        EXPECT_NE(heard.body.find(R"("status":"completed","background":false,"error":null)"), std::string::npos);
        EXPECT_EQ(count(heard.body, R"("output":[])"), stream ? 3U : 1U);
        const auto answer = responses_answer_in(heard, stream);
        EXPECT_EQ(answer.finish, wire::FinishReason::stop) << "there is no finish reason to promise a call";
        EXPECT_TRUE(answer.tool_calls.empty());
        EXPECT_EQ(answer.text, "");
        EXPECT_FALSE(told_.rest_of("empty_tool_turn delivered to primary#1: ").starts_with("nothing of the kind"));
    }
}

TEST_F(Responses, malformed_arguments)
{
    for (const bool stream : {true, false}) {
        const Heard heard = meet("malformed_arguments", turn(0, stream));
        const auto answer = responses_answer_in(heard, stream);
        EXPECT_EQ(answer.finish, wire::FinishReason::tool_calls);
        ASSERT_EQ(answer.tool_calls.size(), 1U);
        EXPECT_TRUE(answer.tool_calls[0].arguments.starts_with(R"({"reference":)"));
        EXPECT_NE(net::json_problem(answer.tool_calls[0].arguments), "");
        EXPECT_TRUE(heard.whole);
    }
}

/// What the last event holds, as far as it came.
std::string last_responses_event(const Heard& heard)
{
    const std::size_t responses_ask = heard.body.rfind("data: ");
    return responses_ask == std::string::npos ? "" : heard.body.substr(responses_ask + 6);
}

struct ResponsesCut {
    const char* where;
    const char* end;
    const char* last_event;  ///< begins like this
    const char* error;       ///< the code a client finds
    bool malformed;
};

TEST_F(Responses, cut_at_every_place_of_a_stream_in_every_way)
{
    const char* delta = R"({"type":"response.output_text.delta")";
    const char* item_done = R"({"type":"response.output_item.done")";
    const char* failed = R"({"type":"response.failed")";
    const ResponsesCut rows[] = {
        {"after_tokens: 2", "clean", delta, "none", false},
        {"after_tokens: 2", "fin", delta, "none", false},
        {"after_tokens: 2", "error", failed, "", false},
        {"after_tokens: 0", "error", failed, "", false},
        {"after_tokens: 2", "garbage", "upstream error: read ECONNRESET", "none", true},
        {"inside: event, after_tokens: 2", "fin", delta, "none", false},
        {"inside: code_point, after_tokens: 2", "reset", delta, "none", false},
        {"before: finish", "clean", delta, "none", false},
        {"before: terminator", "clean", item_done, "none", false},
        {"before: terminator", "error", failed, "", false},
    };
    for (const ResponsesCut& row : rows) {
        const std::string name = fmt::format("{}, end: {}", row.where, row.end);
        const Heard heard = meet("{cut: {" + name + "}}", kept_alive(briefly(turn(3, true), seconds(1))));
        EXPECT_EQ(heard.status, 200) << name;
        EXPECT_TRUE(last_responses_event(heard).starts_with(row.last_event))
            << name << ": " << last_responses_event(heard);
        EXPECT_EQ(count(heard.body, "event: response.completed\n"), 0U) << name;
        const wire::AnswerAssembler read = assembled_responses(heard);
        EXPECT_FALSE(read.finished()) << name;
        EXPECT_FALSE(read.done()) << name;
        EXPECT_EQ(read.error() ? read.error()->code : "none", row.error) << name;
        EXPECT_EQ(read.malformed().has_value(), row.malformed) << name;
        EXPECT_TRUE(told_.rest_of("cut delivered to primary#1: ").starts_with("HTTP 200, ")) << name;
    }
}

}  // namespace
}  // namespace chaos::mock_providers
