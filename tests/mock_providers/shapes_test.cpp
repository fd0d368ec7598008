// Every shape in which a provider has really failed: spelt as the list says, sent, and seen in the bytes of a client.
#include "mock_providers/faults/shapes.hpp"

#include "mock_providers/read_spec.hpp"
#include "net/json.hpp"
#include "tests/mock_providers/stage.hpp"
#include "wire/gemini.hpp"
#include "wire/ollama_chat.hpp"
#include "wire/openai_responses.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

/// What one request meets: the nth turn of a task of three steps (0 to 2: a call is due, 3: the answer), and what is
/// seen.
struct Seen {
    int turn = 0;
    bool stream = false;
    std::vector<std::string> bytes;          ///< each stands in the response, as it came or with its framing taken off
    std::vector<std::string> no_bytes = {};  ///< none of these does
    const char* ending = "FIN";
    const char* api = "";  ///< "responses": that one
};

/// The text that a turn with a call begins with, and the last event of every other stream.
constexpr const char* a_call = R"("tool_calls":[{)";
constexpr const char* done = "data: [DONE]";

/// Beside the list of shapes, in its order.
const std::vector<Seen>& sights()
{
    static const std::vector<Seen> rows = {
        // Empty turns and wrong reasons.
        {0, false, {R"("content":"",)", R"("finish_reason":"tool_calls")"}, {a_call}},
        {3, false, {R"("content":"",)", R"("finish_reason":"stop")", R"("completion_tokens":37)"}, {a_call}},
        {1, true, {R"("finish_reason":"stop")", done}, {R"("content":" )", a_call}},
        {3, false, {R"("content":[],"stop_reason":"end_turn")"}},
        {0, false, {R"("reasoning_content":"The next)", R"("content":"",)", R"("finish_reason":"length")"}, {a_call}},
        {0, false, {a_call, R"("finish_reason":"stop")"}},
        {0, true, {a_call, R"("finish_reason":"end_turn")", done}, {R"("finish_reason":"tool_calls")"}},
        {0, true, {R"("content":"I")", " call", done}, {a_call, R"("finish_reason":")"}},
        {0, true, {a_call, R"(primary-1).\"}")"}, {R"("finish_reason":")", done}},
        {0,
         true,
         {R"("content":"","refusal":null},"logprobs":null,"finish_reason":"")", done},
         {R"("finish_reason":null)"}},
        {0, true, {"\"finish_reason\":\"tool_calls\"}]}\n\ndata: {\"id\"", done}},
        {3, true, {R"("},"logprobs":null,"finish_reason":"stop")", done}, {R"("delta":{})"}},
        {3, false, {R"("finish_reason":"insufficient_system_resource")"}},
        {0, false, {R"("finishReason":"MALFORMED_FUNCTION_CALL")"}, {R"("content")", "functionCall"}},
        {0, true, {R"({"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"})"}, {"candidates"}},
        {3, true, {"text_delta", R"("stop_reason":"refusal")", "message_stop"}},
        // Calls and their arguments.
        {0, true, {a_call, R"("finish_reason":"length")", done}, {R"(\"}")"}},
        {0, false, {R"("arguments":"{\"reference\":)", R"("finish_reason":"tool_calls")"}, {R"(\"}")"}},
        {0, false, {R"(\"}"}}])", R"("finish_reason":"tool_calls")"}, {"(as primary-1)"}},
        {0, false, {R"("arguments":{"reference":)"}},
        {0, true, {R"("arguments":"")", R"("finish_reason":"tool_calls")"}, {"reference"}},
        {0, false, {R"(\"}{\"reference\")"}},
        {0, true, {R"("tool_calls":[{"function")", R"("finish_reason":"tool_calls")"}, {R"("tool_calls":[{"index")"}},
        {0,
         true,
         {R"("tool_calls":[{"index":0,"id":"call_primary-1-1")", R"("name":"send_email")"},
         {R"("tool_calls":[{"index":1)"}},
        {0, true, {R"("tool_calls":[{"index":0,"id")", R"("tool_calls":[{"index":1,"function")"}},
        {0, true, {R"("arguments":""}},{"index":0,"function":{"arguments":"{\"ref)"}},
        {0, true, {R"("function":{"name":"write_file","arguments":"{\"ref)"}},
        {0, true, {R"("name":"write")", R"("name":"_file")"}, {R"("name":"write_file")"}},
        {0, false, {R"("name":"write_file_v2")"}},
        {0, false, {R"("id":"call_primary-1-1","type":"function","function":{"name":"send_email")"}},
        {0, false, {R"("id":"call_0")"}, {"call_primary-1-1"}},
        {0,
         false,
         {R"(<tool_call>\n{\"name\": \"write_file\")", R"("finish_reason":"stop")"},
         {a_call, "</tool_call>"}},
        {0, false, {R"("tool_calls":[{"id":"")"}},
        {0, false, {R"("id":"call_primary-1-1")", R"("id":"call_primary-1-1-again")"}},
        {0, true, {R"("index":2,"content_block":{"type":"tool_use")", "message_stop"}},
        // Streams.
        {3, true, {R"("stop_reason":"end_turn")"}, {"message_stop"}},
        {3, true, {R"("stop_reason":"end_turn")", "message_stop"}, {"canary"}},
        {3, true, {R"("finish_reason":"stop")"}, {done}},
        {3, true, {done}, {R"("finish_reason":"s)"}},
        {3, true, {"event: error\ndata: {\"type\":\"error\"", "text_delta"}, {"message_stop"}},
        {0, true, {"HTTP/1.1 200", "data: {\"error\":{\"message\":\"Rate limit"}, {"choices"}},
        {0,
         true,
         {"event: error\ndata: {\"type\":\"error\",", R"("message":"Rate limit)"},
         {R"("error":{)", "response.failed"},
         "FIN",
         "responses"},
        {3, true, {"event: response.failed", R"("status":"failed")"}, {"response.completed"}, "FIN", "responses"},
        {3, true, {"\n: ", done}},
        {3, true, {"data: : "}},
        {3, true, {"data: data: {"}},
        {3, true, {"\r\ndata: {", "\rdata: {", "\ndata: {"}},
        {3, true, {"data:{"}, {"data: {"}},
        {3,
         true,
         {"\xEF\xBB\xBF"
          "data: {"}},
        {3, true, {"\xE2\r\n", "\x80\xA6", done}},
        {3, true, {"\"syste\r\n", "\nm_fingerprint\"", done}},
        {3, true, {R"("choices":[]})", done}},
        {3, true, {R"("logprobs":null}]})", R"("finish_reason":"stop")"}, {R"("finish_reason":null)"}},
        {3, true, {"response.completed"}, {"sequence_number"}, "FIN", "responses"},
        {3, true, {R"("done":false)"}, {R"("done":true)"}},
        {3, true, {"content-type: application/json\r\n", "data: {", done}},
        {3, true, {"data: upstream error: read ECONNRESET"}, {done}},
        // HTTP and bodies.
        {0, false, {"HTTP/1.1 200", R"({"error":{"message":"Rate limit)"}, {"choices"}},
        {0, false, {"HTTP/1.1 200", R"("choices":null)"}},
        {0, false, {"HTTP/1.1 200", R"("content":"")", R"(,"error":{"message":"Rate limit)"}},
        {0, false, {"HTTP/1.1 200", "\r\n\r\n\n\n\n"}, {"{"}},
        {0, false, {"HTTP/1.1 520", "text/html", "520: Web server is returning an unknown error"}},
        {0, false, {"HTTP/1.1 524", "524: A timeout occurred"}},
        {0, false, {"HTTP/1.1 520", R"("cloudflare_error":true)"}},
        {0, false, {"HTTP/1.1 429", "content-length: 0"}, {"retry-after", "{"}},
        {0, false, {"HTTP/1.1 500", "content-length: "}, {"{"}},
        {0, true, {"HTTP/1.1 503", "content-type: application/json", R"({"error":{)"}, {"data:"}},
        {0, false, {"HTTP/1.1 429", R"([{"error":{"code":429)"}},
        {0, false, {"HTTP/1.1 502", R"("metadata":{"raw":"{\"error\")"}},
        {3, true, {"content-encoding: gzip", "\x1f\x8b"}, {"data:"}},
        {3, true, {"content-encoding: gzip", "\x1f\x8b"}, {"data:"}},
        {3, true, {done}},
        {0, false, {"HTTP/1.1 422", R"({"detail":[{)"}, {R"("error")"}},
        {0, true, {"HTTP/1.1 200", "text/event-stream", R"("code":"context_length_exceeded")"}, {"choices"}},
        // Time and the network.
        {3, true, {"data: {"}, {done}, "silence"},
        {3, false, {}, {"HTTP/1.1"}, "FIN"},
        {3, true, {"transfer-encoding: chunked", "data: {"}, {"\r\n0\r\n", done}},
        {3, true, {"data: {"}, {done}, "RST"},
        {0, true, {a_call, done}},
        {0, true, {"\n: keep-alive\n", a_call, done}},
        {},  // has a story of its own
        {0, true, {"1\r\nd\r\n1\r\na\r\n1\r\nt\r\n1\r\na\r\n"}},
        // Limits and keys.
        {0, false, {"HTTP/1.1 429", R"("code":"insufficient_quota")"}, {"retry-after"}},
        {0, false, {"HTTP/1.1 429", "Request too large for"}, {"retry-after"}},
        {0, false, {"HTTP/1.1 429", "RESOURCE_EXHAUSTED", "PerDay"}, {"RetryInfo"}},
        {0, false, {"HTTP/1.1 429", "retry-after: 172800\r\n"}},
        {0, false, {"HTTP/1.1 429", "retry-after: 9999999999\r\n"}},
        {0, false, {"HTTP/1.1 429", "retry-after: Wed, 21 Oct 2015 07:28:00 GMT\r\n"}},
        {0, false, {"HTTP/1.1 429", "Please try again in 644ms"}, {"retry-after"}},
        {0, false, {"HTTP/1.1 200", "x-ratelimit-remaining-requests: -1\r\n"}},
        {0, false, {"HTTP/1.1 200", "anthropic-ratelimit-requests-reset: 1767"}},
        {0, false, {"HTTP/1.1 529", "overloaded_error"}, {"retry-after"}},
        {0, false, {"HTTP/1.1 400", "credit balance"}},
        {0, false, {"HTTP/1.1 402", "can only afford"}},
        // Degenerate content.
        {3, true, {R"("content":" the")", R"("finish_reason":"length")"}},
        {0, false, {R"("arguments":"{\n\n\n\n)", R"("finish_reason":"length")"}},
        {3, false, {"!!!!!!!!!!!!!!!!!!!!", R"("finish_reason":"length")"}},
        {0, false, {R"("reasoning_content":" the the the)", a_call, R"("finish_reason":"tool_calls")"}},
        // Conversations after a failover.
        {0, false, {"HTTP/1.1 400", "did not have response messages: call_1"}},
        {0, false, {"HTTP/1.1 400", "must be a response to a preceding message with 'tool_calls'"}},
        {0, false, {"HTTP/1.1 400", "must have either content or tool_calls, but not none"}},
        {0, false, {"HTTP/1.1 400", "arguments: expected an object"}},
        {0, false, {"HTTP/1.1 400", "Invalid `signature` in `thinking` block"}},
        {1, false, {R"("content":"",)", R"("finish_reason":"tool_calls")"}, {a_call}},
        {0, false, {"HTTP/1.1 400", "previous_response_not_found"}, {}, "FIN", "responses"},
        {1, false, {"HTTP/1.1 400", "Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9"}},
        {0, false, {"HTTP/1.1 400", "Conversation roles must alternate"}},
    };
    return rows;
}

std::string anthropic_body(int done, bool stream)
{
    const Brief brief = some_task();
    std::string out = R"({"model":"gpt-4o","max_tokens":500,"messages":[{"role":"user","content":)";
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
    return out + (stream ? R"(,"stream":true})" : "}");
}

Ask shape_ask(std::string_view dialect, const Seen& seen)
{
    const wire::ChatRequest request = conversation(some_task(), seen.turn, seen.stream);
    Ask ask;
    ask.listens = seconds(300);
    if (dialect == "anthropic") {
        ask.path = "/v1/messages";
        ask.extra_headers = "x-api-key: k\r\nanthropic-version: 2023-06-01\r\n";
        ask.body = anthropic_body(seen.turn, seen.stream);
    } else if (dialect == "gemini") {
        ask.path =
            fmt::format("/v1beta/models/gpt-4o:{}", seen.stream ? "streamGenerateContent?alt=sse" : "generateContent");
        ask.extra_headers = "x-goog-api-key: k\r\n";
        ask.body = wire::gemini::write_request(request);
    } else if (dialect == "ollama") {
        ask.path = "/api/chat";
        ask.body = wire::ollama_chat::write_request(request);
    } else if (seen.api == std::string_view("responses")) {
        ask.path = "/v1/responses";
        ask.body = wire::openai_responses::write_request(request);
    } else {
        ask.body = wire::openai_chat::write_request(request);
    }
    return ask;
}

bool stands_in(const Heard& heard, const std::string& bytes)
{
    return heard.bytes.find(bytes) != std::string::npos || heard.body.find(bytes) != std::string::npos;
}

void expect_sight(const Heard& heard, const Seen& seen, const std::string& name)
{
    EXPECT_EQ(heard.ending, seen.ending) << name;
    for (const std::string& bytes : seen.bytes) {
        EXPECT_TRUE(stands_in(heard, bytes)) << name << ": no " << bytes << " in\n" << heard.bytes.substr(0, 4000);
    }
    for (const std::string& bytes : seen.no_bytes) {
        EXPECT_FALSE(stands_in(heard, bytes)) << name << ": " << bytes << " in\n" << heard.bytes.substr(0, 4000);
    }
}

ProviderSpec provider_of(const faults::Shape& shape)
{
    const std::string keys =
        shape.of_the_provider && !shape.spelling.empty() ? fmt::format(", {}", shape.spelling) : "";
    config::Complaints complaints("test.yaml");
    const auto node = config::parse(
        fmt::format("primary: {{model: gpt-4o, dialect: {}, pace: {{first_token: 200ms, between_tokens: 1ms}}{}}}",
                    shape.dialect, keys),
        complaints);
    const auto specs = read_providers(*node, complaints);
    EXPECT_TRUE(complaints.empty()) << shape.spelling;
    return specs.front();
}

std::string name_of(std::size_t n, const faults::Shape& shape)
{
    return fmt::format("{}: {} ({})", n + 1, shape.met, shape.spelling);
}

/// A fault that a kept connection meets has its own story: net/faults tells it.
bool needs_a_kept_connection(const faults::Shape& shape)
{
    return shape.spelling.find("stale_keep_alive") != std::string_view::npos;
}

TEST(Shapes, are_sent_as_they_are_spelt_and_seen)
{
    ASSERT_EQ(sights().size(), faults::shapes().size());
    for (std::size_t n = 0; n < faults::shapes().size(); ++n) {
        const faults::Shape& shape = faults::shapes()[n];
        if (shape.of_the_provider || needs_a_kept_connection(shape)) continue;
        SimulatedWorld world;
        const Told told = tell(world.runtime, {fmt::format("{{target: primary, {}}}", shape.spelling)},
                               {shape_ask(shape.dialect, sights()[n])}, provider_of(shape));
        expect_sight(told.heard.front(), sights()[n], name_of(n, shape));
        const bool delivered = std::any_of(told.notes.begin(), told.notes.end(), [](const std::string& note) {
            return note.find(" delivered to primary#1: ") != std::string::npos;
        });
        EXPECT_TRUE(delivered) << name_of(n, shape) << ": " << fmt::to_string(fmt::join(told.notes, "\n"));
    }
}

/// The body of a request that is history no provider should be sent, by the number of its shape.
std::string history_of(std::size_t number)
{
    const std::string user = R"({"role":"user","content":"hello"})";
    const std::string call =
        R"({"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"write_file","arguments":"{}"}}]})";
    const std::string result = R"({"role":"tool","tool_call_id":"call_1","content":"done"})";
    const auto chat = [](const std::vector<std::string>& messages) {
        return fmt::format(R"({{"model":"gpt-4o","messages":[{}]}})", fmt::join(messages, ","));
    };
    switch (number) {
        case 99:
            return chat({user, call, user});
        case 100:
            return chat({user, result});
        case 101:
            return chat({user, R"({"role":"assistant","content":""})", user});
        case 102:
            return chat(
                {user, R"({"role":"assistant","tool_calls":[{"function":{"name":"write_file","arguments":"{\"a"}}]})"});
        case 103:
            return R"({"model":"gpt-4o","max_tokens":9,"messages":[)" + user +
                   R"(,{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"of another"},)"
                   R"({"type":"text","text":"b"}]},)" +
                   user + "]}";
        case 105:
            return R"({"model":"gpt-4o","input":"go on","previous_response_id":"resp_of_another"})";
        case 106:
            return chat({user, call, result});
        case 107:
            return chat({user, user});
        default:
            return "";
    }
}

TEST(Shapes, of_the_conversation_are_refused_in_the_words_of_the_vendor)
{
    for (std::size_t n = 0; n < faults::shapes().size(); ++n) {
        const faults::Shape& shape = faults::shapes()[n];
        if (!shape.of_the_provider) continue;
        SimulatedWorld world;
        Ask ask = shape_ask(shape.dialect, sights()[n]);
        ask.body = history_of(n + 1);
        ASSERT_NE(ask.body, "") << name_of(n, shape);
        const Told told = tell(world.runtime, {}, {ask}, provider_of(shape));
        expect_sight(told.heard.front(), sights()[n], name_of(n, shape));
    }
}

}  // namespace
}  // namespace chaos::mock_providers
