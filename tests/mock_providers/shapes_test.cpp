// Every shape in which a provider has really failed: spelt as the list says, sent, and seen by a client of either world
// in the bytes of its connection and in how that ended.
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
    /// "FIN" behind a whole response, "FIN early", "RST", or "silence" for as long as the client listened.
    const char* ending = "FIN";
    const char* api = "";  ///< "responses": that one
    bool reused = false;   ///< it is the second request on its connection that meets it
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
        {0, false, {"HTTP/1.1 500", "content-length: "}, {"{"}, "FIN early"},
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
        {3, false, {}, {"HTTP/1.1"}, "FIN early"},
        {3, true, {"transfer-encoding: chunked", "data: {"}, {"\r\n0\r\n", done}, "FIN early"},
        {3, true, {"data: {"}, {done}, "RST"},
        {0, true, {a_call, done}},
        {0, true, {"\n: keep-alive\n", a_call, done}},
        {0, false, {}, {"HTTP/1.1"}, "RST", "", true},
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
        {0, false, {"HTTP/1.1 200", "anthropic-ratelimit-requests-reset: 1"}},
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
    ask.gives_up = seen.ending == std::string_view("silence") ? milliseconds(300) : net::Duration::max();
    ask.reused = ask.keep_alive = seen.reused;
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

std::string shape_ending(const Heard& heard)
{
    return heard.ending == "FIN" && !heard.whole ? "FIN early" : heard.ending;
}

void expect_sight(const Heard& heard, const Seen& seen, const std::string& name)
{
    EXPECT_EQ(shape_ending(heard), seen.ending) << name;
    if (seen.ending == std::string_view("silence")) {
        EXPECT_GE(heard.quiet, milliseconds(300)) << name;
    }
    for (const std::string& bytes : seen.bytes) {
        EXPECT_TRUE(stands_in(heard, bytes)) << name << ": no " << bytes << " in\n" << heard.bytes.substr(0, 4000);
    }
    for (const std::string& bytes : seen.no_bytes) {
        EXPECT_FALSE(stands_in(heard, bytes)) << name << ": " << bytes << " in\n" << heard.bytes.substr(0, 4000);
    }
}

/// At a pace that makes short stories, but for a cut that comes before the first token.
ProviderSpec provider_of(const faults::Shape& shape)
{
    const bool waits = shape.spelling.find("after: ") != std::string_view::npos;
    const std::string keys =
        shape.of_the_provider && !shape.spelling.empty() ? fmt::format(", {}", shape.spelling) : "";
    config::Complaints complaints("test.yaml");
    const auto node = config::parse(
        fmt::format("primary: {{model: gpt-4o, dialect: {}, pace: {{first_token: {}, between_tokens: 100us}}{}}}",
                    shape.dialect, waits ? "200ms" : "2ms", keys),
        complaints);
    const auto specs = read_providers(*node, complaints);
    EXPECT_TRUE(complaints.empty()) << shape.spelling;
    return specs.front();
}

std::string name_of(std::size_t n, const faults::Shape& shape)
{
    return fmt::format("{}: {} ({})", n + 1, shape.met, shape.spelling);
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

/// A wait in a spelling, and a hundredth of it: what real sockets, and whoever waits for the test, are given.
struct ShapeWait {
    std::string_view spelt;
    std::string_view in_short;
};
constexpr ShapeWait shape_waits[] = {
    {"hold: 100s", "hold: 1s"},
    {"between_tokens: 3s", "between_tokens: 30ms"},
    {"first_token: 2m, keep_alive: 5s", "first_token: 1200ms, keep_alive: 50ms"},
};

std::string in_short(std::string spelling)
{
    for (const ShapeWait& wait : shape_waits) {
        const std::size_t place = spelling.find(wait.spelt);
        if (place != std::string::npos) spelling.replace(place, wait.spelt.size(), wait.in_short);
    }
    return spelling;
}

/// Such a shape takes a second or two; they pass side by side, all others one after the other.
bool takes_its_time(const faults::Shape& shape)
{
    return shape.spelling.find("until: ") != std::string_view::npos ||
           std::any_of(std::begin(shape_waits), std::end(shape_waits), [&](const ShapeWait& wait) {
               return shape.spelling.find(wait.spelt) != std::string_view::npos;
           });
}

Ask numbered_ask(std::size_t n)
{
    Ask ask = shape_ask(faults::shapes()[n].dialect, sights()[n]);
    if (faults::shapes()[n].of_the_provider) ask.body = history_of(n + 1);
    return ask;
}

net::Task<void> meet_shapes(net::Runtime& world, std::vector<std::size_t> numbers, std::vector<Told>& told)
{
    for (const std::size_t n : numbers) {
        const faults::Shape& shape = faults::shapes()[n];
        std::vector<std::string> faults;
        if (!shape.of_the_provider) {
            const std::string spelling(shape.spelling);
            faults.push_back(fmt::format("{{target: primary, {}}}", world.simulated() ? spelling : in_short(spelling)));
        }
        std::vector<Ask> asks = {numbered_ask(n)};
        ProviderSpec spec = provider_of(shape);
        co_await tell_aside(world, std::move(faults), std::move(asks), std::move(spec), told[n]);
    }
}

net::Task<void> meet_all_shapes(net::Runtime& world, std::vector<Told>& told)
{
    net::TaskGroup meetings(world.executor());
    std::vector<std::size_t> at_once;
    for (std::size_t n = 0; n < told.size(); ++n) {
        if (takes_its_time(faults::shapes()[n])) {
            meetings.spawn(meet_shapes(world, {n}, told));
        } else {
            at_once.push_back(n);
        }
    }
    meetings.spawn(meet_shapes(world, std::move(at_once), told));
    co_await meetings.join();
}

/// Of the attempt; or of its connection, where no request was read.
bool shape_was_delivered(const Told& told)
{
    return std::any_of(told.notes.begin(), told.notes.end(), [](const std::string& note) {
        return note.find(" delivered to primary#1: ") != std::string::npos ||
               note.find(" delivered to primary: ") != std::string::npos;
    });
}

template <class World>
class Shapes : public ::testing::Test {
protected:
    World world_;
};
TYPED_TEST_SUITE(Shapes, BothWorlds, WorldNames);

TYPED_TEST(Shapes, are_sent_as_they_are_spelt_and_seen)
{
    ASSERT_EQ(faults::shapes().size(), 107U);
    ASSERT_EQ(sights().size(), faults::shapes().size());
    std::vector<Told> told(faults::shapes().size());
    this->world_.runtime.run(meet_all_shapes(this->world_.runtime, told));
    for (std::size_t n = 0; n < told.size(); ++n) {
        const faults::Shape& shape = faults::shapes()[n];
        const std::string name = name_of(n, shape);
        ASSERT_EQ(told[n].heard.size(), 1U) << name;
        expect_sight(told[n].heard.front(), sights()[n], name);
        if (shape.of_the_provider) continue;
        if (sights()[n].ending == std::string_view("silence")) {
            EXPECT_TRUE(std::any_of(told[n].notes.begin(), told[n].notes.end(), [](const std::string& note) {
                return note.find("then silent for ") != std::string::npos && note.ends_with(", until the client left");
            })) << name;
        }
        EXPECT_TRUE(shape_was_delivered(told[n])) << name << ": " << fmt::to_string(fmt::join(told[n].notes, "\n"));
    }
}

TEST(ShapesInShort, are_rows_of_the_list)
{
    for (const ShapeWait& wait : shape_waits) {
        EXPECT_TRUE(std::any_of(faults::shapes().begin(), faults::shapes().end(), [&](const faults::Shape& shape) {
            return shape.spelling.find(wait.spelt) != std::string_view::npos;
        })) << wait.spelt;
    }
}

}  // namespace
}  // namespace chaos::mock_providers
