// The anthropic dialect at work: a whole task, what is refused, and faults in the vendor's own shapes.
#include "wire/anthropic_messages.hpp"

#include "mock_providers/words.hpp"
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;
namespace anthropic = wire::anthropic;

constexpr const char* older_headers = "x-api-key: k\r\nanthropic-version: 2023-06-01\r\n";
constexpr const char* newer_headers = "authorization: Bearer k\r\nanthropic-version: 2026-10-21\r\n";

ProviderSpec claude()
{
    ProviderSpec spec = primary();
    spec.dialect = "anthropic";
    spec.model = "claude";
    return spec;
}

/// The conversation of a task of which so many steps are done, with members added at the end.
std::string body(int done, bool stream, const std::string& more = "")
{
    const Brief brief = some_task();
    std::string out = R"({"model":"claude","max_tokens":500,"messages":[{"role":"user","content":)";
    net::append_json_string(out, task_text(brief));
    out += '}';
    for (int step = 1; step <= done; ++step) {
        std::string result;
        net::append_json_string(result, tool_result_text(brief.task, step));
        out += fmt::format(
            R"(,{{"role":"assistant","content":[{{"type":"tool_use","id":"toolu_{0}","name":"{1}","input":{{}}}}]}})"
            R"(,{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"toolu_{0}","content":{2}}}]}})",
            step, tool_of(brief, step), result);
    }
    out +=
        R"(],"tools":[{"name":"write_file","input_schema":{"type":"object"}},{"name":"send_email","input_schema":{"type":"object"}}])";
    return out + (stream ? R"(,"stream":true)" : "") + more + "}";
}

Ask messages(std::string with, const char* headers = older_headers)
{
    Ask ask;
    ask.path = "/v1/messages";
    ask.body = std::move(with);
    ask.extra_headers = headers;
    return ask;
}

Told meet_anthropic(const std::vector<std::string>& faults, std::vector<Ask> asks, const ProviderSpec& spec = claude())
{
    SimulatedWorld world;
    return tell(world.runtime, faults, std::move(asks), spec);
}

wire::ChatAnswer spelt_by_stream(const std::string& stream)
{
    wire::SseReader sse;
    std::vector<wire::SseEvent> events;
    sse.feed(stream, events);
    anthropic::EventReader reader;
    std::vector<wire::Delta> deltas;
    for (const auto& event : events) {
        reader.read(event, deltas);
    }
    wire::AnswerAssembler assembler;
    for (const auto& delta : deltas) {
        assembler.add(delta);
    }
    EXPECT_TRUE(assembler.done());
    return assembler.answer();
}

TEST(Anthropic, answers_a_task_step_by_step)
{
    const Told told =
        meet_anthropic({}, {messages(body(0, false)), messages(body(2, true)), messages(body(3, true), newer_headers)});
    const auto first = anthropic::read_answer(told.heard[0].body);
    ASSERT_TRUE(first) << told.heard[0].body;
    EXPECT_EQ(first.value->answer.tool_calls.at(0).name, "write_file");
    EXPECT_EQ(first.value->answer.tool_calls.at(0).id, "toolu_primary-1-1");
    EXPECT_EQ(first.value->answer.finish_text, "tool_use");
    const auto third = spelt_by_stream(told.heard[1].body);
    EXPECT_EQ(third.tool_calls.at(0).name, "write_file");
    EXPECT_TRUE(told.noted(fmt::format("primary#2 received: {} step 3 try 1 streamed", some_task().task)));
    const auto last = spelt_by_stream(told.heard[2].body);
    EXPECT_TRUE(contains_token(last.text, expected_digest(some_task()))) << last.text;
    EXPECT_EQ(last.finish_text, "end_turn");
    EXPECT_EQ(told.heard[2].headers.find("content-type"), "text/event-stream; charset=utf-8");
    EXPECT_TRUE(told.heard[2].headers.find("request-id").value_or("").starts_with("req_"));
}

TEST(Anthropic, thinks_aloud_when_asked_to_and_wants_its_signature_back)
{
    const std::string thinking = R"(,"thinking":{"type":"enabled","budget_tokens":1024})";
    const Told told = meet_anthropic({}, {messages(body(0, false, thinking)), messages(body(0, true, thinking))});
    const auto whole = anthropic::read_answer(told.heard[0].body).value->answer;
    EXPECT_FALSE(whole.reasoning.empty());
    EXPECT_EQ(spelt_by_stream(told.heard[1].body).reasoning, whole.reasoning);

    const auto with_signature = [](const std::string& signature) {
        return messages(
            R"({"model":"claude","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[)"
            R"({"type":"thinking","thinking":"hm","signature":")" +
            signature + R"("},{"type":"text","text":"b"}]},{"role":"user","content":"c"}]})");
    };
    const Told echoed =
        meet_anthropic({}, {with_signature(anthropic::signature_of("hm")), with_signature("of somebody else")});
    EXPECT_EQ(echoed.heard[0].status, 200);
    EXPECT_EQ(echoed.heard[1].status, 400);
    EXPECT_EQ(anthropic::read_error(400, echoed.heard[1].body).message,
              "messages: Invalid `signature` in `thinking` block");
}

struct AnthropicRefusal {
    const char* name;
    Ask ask;
    int status;
    const char* type;
    const char* message;
};

std::vector<AnthropicRefusal> anthropic_refusals()
{
    const std::string call =
        R"({"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_9","name":"f","input":{}}]})";
    const auto conversation = [](const std::string& turns) {
        return messages(R"({"model":"claude","max_tokens":9,"messages":[)" + turns + "]}");
    };
    return {
        {"no_key", messages(body(0, false), "anthropic-version: 2023-06-01\r\n"), 401, "authentication_error",
         "x-api-key header is required"},
        {"no_version", messages(body(0, false), "x-api-key: k\r\n"), 400, "invalid_request_error",
         "anthropic-version: header is required"},
        {"other_model", messages(R"({"model":"x","max_tokens":9,"messages":[{"role":"user","content":"a"}]})"), 404,
         "not_found_error", "model: x"},
        {"unanswered_call", conversation(call + R"(,{"role":"user","content":"b"})"), 400, "invalid_request_error",
         "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_9. Each "
         "`tool_use` block "
         "must have a corresponding `tool_result` block in the next message."},
        {"orphan_result",
         conversation(R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_8","content":"x"}]})"),
         400, "invalid_request_error",
         "messages.0.content: unexpected `tool_use_id` found in `tool_result` blocks: toolu_8. Each `tool_result` "
         "block must "
         "have a corresponding `tool_use` block in the previous message."},
        {"bad_body", messages(R"({"model":"claude","messages":[]})"), 400, "invalid_request_error",
         "Invalid request (max_tokens: Field required)"},
    };
}

TEST(Anthropic, refuses_in_its_own_words)
{
    for (const AnthropicRefusal& row : anthropic_refusals()) {
        const Heard heard = meet_anthropic({}, {row.ask}).heard[0];
        const auto error = anthropic::read_error(heard.status, heard.body);
        EXPECT_EQ(heard.status, row.status) << row.name;
        EXPECT_EQ(error.type, row.type) << row.name;
        EXPECT_EQ(error.message, row.message) << row.name;
    }
}

TEST(Anthropic, says_when_a_prompt_is_too_long)
{
    ProviderSpec narrow = claude();
    narrow.context_window = 10;
    const Heard heard = meet_anthropic({}, {messages(body(0, false))}, narrow).heard[0];
    EXPECT_EQ(heard.status, 400);
    EXPECT_TRUE(anthropic::read_error(400, heard.body).message.starts_with("prompt is too long: ")) << heard.body;
}

TEST(Anthropic, has_pages_beside_messages)
{
    Ask models;
    models.method = "GET";
    models.path = "/v1/models";
    Ask one = models;
    one.path = "/v1/models/claude";
    Ask other = models;
    other.path = "/v1/models/x";
    Ask wrong_method = models;
    wrong_method.path = "/v1/messages";
    Ask nowhere = models;
    nowhere.path = "/v2";
    Ask count = messages(R"({"model":"claude","messages":[{"role":"user","content":"12345678"}]})");
    count.path = "/v1/messages/count_tokens";
    const Told told = meet_anthropic({}, {models, one, other, wrong_method, nowhere, count});
    EXPECT_EQ(told.heard[0].body,
              R"({"data":[{"type":"model","id":"claude","display_name":"claude","created_at":"2025-01-01T00:00:00Z"}],)"
              R"("has_more":false,"first_id":"claude","last_id":"claude"})");
    EXPECT_EQ(told.heard[1].status, 200);
    EXPECT_EQ(told.heard[2].status, 404);
    EXPECT_EQ(told.heard[3].status, 405);
    EXPECT_EQ(told.heard[3].headers.find("allow"), "POST");
    EXPECT_EQ(anthropic::read_error(404, told.heard[4].body).type, "not_found_error");
    EXPECT_EQ(told.heard[5].body, R"({"input_tokens":6})");
}

TEST(Anthropic, faults_come_in_its_own_shapes)
{
    const auto meeting = [](const std::string& inject, bool stream) {
        return meet_anthropic({"{target: primary, inject: " + inject + "}"}, {messages(body(0, stream))});
    };
    const Told overloaded = meeting("{status: {code: 529}}", true);
    EXPECT_EQ(overloaded.heard[0].status, 529);
    EXPECT_EQ(anthropic::read_error(529, overloaded.heard[0].body).type, "overloaded_error");

    const Told limited = meeting("{rate_limit: {retry_after: 2500ms}}", true);
    EXPECT_EQ(limited.heard[0].headers.find("retry-after"), "3");
    EXPECT_FALSE(limited.heard[0].headers.contains("retry-after-ms"));
    EXPECT_EQ(anthropic::read_error(429, limited.heard[0].body).type, "rate_limit_error");

    const Told empty = meeting("empty_tool_turn", true);
    EXPECT_EQ(spelt_by_stream(empty.heard[0].body).finish_text, "tool_use");
    EXPECT_TRUE(spelt_by_stream(empty.heard[0].body).tool_calls.empty());

    const Told broken = meeting("malformed_arguments", true);
    const auto call = spelt_by_stream(broken.heard[0].body).tool_calls.at(0);
    EXPECT_FALSE(net::json_problem(call.arguments).empty()) << call.arguments;
    // A whole answer holds an object, which cannot be half: there the fault has no opportunity.
    const Told unbroken = meeting("malformed_arguments", false);
    EXPECT_EQ(unbroken.heard[0].status, 200);
    EXPECT_TRUE(std::none_of(unbroken.notes.begin(), unbroken.notes.end(),
                             [](const std::string& note) { return note.starts_with("malformed_arguments"); }));

    const Told cut = meeting("{cut: {inside: tool_call, end: reset}}", true);
    EXPECT_EQ(cut.heard[0].ending, "RST");
    EXPECT_NE(cut.heard[0].body.find("input_json_delta"), std::string::npos);
    EXPECT_EQ(cut.heard[0].body.find("message_stop"), std::string::npos);
    const Told cut_whole = meeting("{cut: {inside: tool_call, end: fin}}", false);
    EXPECT_EQ(cut_whole.heard[0].ending, "FIN");
    EXPECT_FALSE(cut_whole.heard[0].whole);
    EXPECT_NE(cut_whole.heard[0].body.find(R"("input":{)"), std::string::npos) << cut_whole.heard[0].body;
}

}  // namespace
}  // namespace chaos::mock_providers
