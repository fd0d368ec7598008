// Faults of HTTP on the wire of both worlds: right or wrong status, and a body or framing that is not what a client
// expects.
#include <zlib.h>

#include <nlohmann/json.hpp>

#include "net/json.hpp"
#include "tests/mock_providers/stage.hpp"
#include "wire/sse.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

template <class World>
class HttpFault : public ::testing::Test {
protected:
    /// One request that meets the fault.
    Heard meet(const std::string& inject, const Ask& ask)
    {
        told_ = tell(world_.runtime, {"{target: primary, inject: " + inject + "}"}, {ask});
        return told_.heard.at(0);
    }
    /// What the provider says it did.
    std::string proof(const std::string& fault) const { return told_.rest_of(fault + " delivered to primary#1: "); }

    World world_;
    Told told_;
};
TYPED_TEST_SUITE(HttpFault, BothWorlds, WorldNames);

/// The answer the events of a streamed body spell.
wire::ChatAnswer assembled_body(const Heard& heard)
{
    wire::SseReader reader;
    std::vector<wire::SseEvent> events;
    reader.feed(heard.body, events);
    std::vector<wire::Delta> deltas;
    for (const auto& event : events) {
        wire::openai_chat::read_chunk(event, deltas);
    }
    wire::AnswerAssembler assembler;
    for (const auto& delta : deltas) {
        assembler.add(delta);
    }
    return assembler.answer();
}

/// Two requests may fall into different seconds.
std::string without_times(std::string body)
{
    constexpr std::string_view key = R"("created":)";
    for (std::size_t at = body.find(key); at != std::string::npos; at = body.find(key, at + 1)) {
        const std::size_t digits = at + key.size();
        body.erase(digits, body.find_first_not_of("0123456789", digits) - digits);
    }
    return body;
}

/// The chunks of a chunked body, without the empty last one.
std::size_t chunks_of(const Heard& heard)
{
    std::size_t count = 0;
    std::size_t at = heard.bytes.find("\r\n\r\n") + 4;
    while (at < heard.bytes.size()) {
        const std::size_t size = std::stoul(heard.bytes.substr(at), nullptr, 16);
        if (size == 0) break;
        at = heard.bytes.find("\r\n", at) + 2 + size + 2;
        ++count;
    }
    return count;
}

/// As much as the compressed bytes tell.
std::string unzipped_body(std::string zipped)
{
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string out(1024 * 1024, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(zipped.data());
    stream.avail_in = static_cast<uInt>(zipped.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    inflate(&stream, Z_SYNC_FLUSH);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

struct ErrorBodyRow {
    const char* inject;
    const char* content_type;
    const char* body;
    const char* proof;  ///< before the bytes
};

constexpr const char* gateway_error = R"({"message":"no","type":"server_error","param":null,"code":null})";

TYPED_TEST(HttpFault, status_with_every_body)
{
    const std::string escaped =
        R"({\"error\":{\"message\":\"no\",\"type\":\"server_error\",\"param\":null,\"code\":null}})";
    const std::string nested =
        R"({"error":{"message":")" + escaped + R"(","type":"server_error","param":null,"code":null}})";
    const std::string in_list = fmt::format(R"([{{"error":{}}}])", gateway_error);
    const std::string metadata = R"({"error":{"message":"Provider returned error","code":502,"metadata":{"raw":")" +
                                 escaped + R"(","provider_name":"Mock"}}})";
    const ErrorBodyRow rows[] = {
        {"code: 429, body: empty", "", "", "HTTP 429, body: empty"},
        {"code: 502, body: html", "text/html; charset=UTF-8",
         "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
         "Gateway</h1></center>\r\n"
         "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n",
         "HTTP 502, body: html"},
        {"code: 502, body: plain", "text/plain; charset=UTF-8", "error code: 502\n", "HTTP 502, body: plain"},
        {"code: 429, body: plain", "text/plain; charset=UTF-8", "error code: 1015\n", "HTTP 429, body: plain"},
        {"code: 520, body: cdn_json", "application/json", R"({"cloudflare_error":true,"status":520})",
         "HTTP 520, body: cdn_json"},
        {"code: 422, body: fastapi, message: no", "application/json",
         R"({"detail":[{"type":"value_error","loc":["body","messages"],"msg":"no","input":null}]})",
         "HTTP 422, body: fastapi"},
        {"code: 502, body: array, message: no", "application/json", in_list.c_str(), "HTTP 502, body: array"},
        {"code: 502, body: nested, message: no", "application/json", nested.c_str(), "HTTP 502, body: nested"},
        {"code: 502, body: metadata, message: no", "application/json", metadata.c_str(), "HTTP 502, body: metadata"},
    };
    for (const ErrorBodyRow& row : rows) {
        const Heard heard = this->meet(fmt::format("{{status: {{{}}}}}", row.inject), post(chat_body(0, true)));
        EXPECT_EQ(heard.headers.find("content-type").value_or(""), row.content_type) << row.inject;
        EXPECT_EQ(heard.body, row.body) << row.inject;
        EXPECT_TRUE(heard.whole) << row.inject;
        EXPECT_EQ(this->proof("status"), fmt::format("{} ({} bytes of body)", row.proof, heard.body.size()));
    }
}

TYPED_TEST(HttpFault, status_with_the_page_of_a_cdn)
{
    for (const auto& [code, title] :
         {std::pair(520, "520: Web server is returning an unknown error"), std::pair(522, "522: Connection timed out"),
          std::pair(524, "524: A timeout occurred")}) {
        const Heard heard =
            this->meet(fmt::format("{{status: {{code: {}, body: html}}}}", code), post(chat_body(0, false)));
        EXPECT_EQ(heard.status, code);
        EXPECT_NE(heard.body.find(fmt::format("<title>api.example.com | {}</title>", title)), std::string::npos)
            << heard.body;
        EXPECT_EQ(heard.headers.find("server"), "cloudflare");
        EXPECT_TRUE(heard.headers.contains("cf-ray"));
    }
}

TYPED_TEST(HttpFault, status_whose_body_is_lost)
{
    const Heard heard = this->meet("{status: {code: 502, truncated: true}}", kept_alive(post(chat_body(0, false))));
    EXPECT_EQ(heard.status, 502);
    EXPECT_GT(std::stoul(std::string(heard.headers.find("content-length").value_or("0"))), 0U);
    EXPECT_EQ(heard.body, "");
    EXPECT_TRUE(heard.bytes.ends_with("\r\n\r\n"));
    EXPECT_FALSE(heard.whole);
    EXPECT_EQ(heard.ending, "FIN");
    EXPECT_EQ(this->proof("status"), "HTTP 502, a body promised and none sent, then FIN");
    EXPECT_TRUE(this->told_.noted("primary#1 ended: 502 cut_fin 0"));
}

struct FailureIn200 {
    const char* shape;
    bool stream;
    const char* content_type;
    const char* begins;
    const char* ends;
};

TYPED_TEST(HttpFault, error_in_200_of_every_shape)
{
    const FailureIn200 rows[] = {
        {"shape: error", false, "application/json", R"({"error":{"message":"Rate limit reached for gpt-4o)",
         R"("code":"rate_limit_exceeded"}})"},
        {"shape: error, code: 503", false, "application/json",
         R"({"error":{"message":"The engine is currently overloaded)", R"("code":"server_is_overloaded"}})"},
        {"shape: error", true, "text/event-stream; charset=utf-8",
         R"(data: {"error":{"message":"Rate limit reached for gpt-4o)", "\"code\":\"rate_limit_exceeded\"}}\n\n"},
        {"shape: null_choices", false, "application/json", R"({"id":"chatcmpl-)", "}"},
        {"shape: beside", false, "application/json", R"({"id":"chatcmpl-)", R"("code":"rate_limit_exceeded"}})"},
        {"shape: empty", false, "application/json", "", ""},
        {"shape: empty", true, "text/event-stream; charset=utf-8", "", ""},
        {"shape: blank", false, "application/json", "\n\n\n", ""},
        {"shape: html", true, "text/html; charset=UTF-8", "<html>\r\n<head><title>502 Bad Gateway</title>",
         "</html>\r\n"},
    };
    for (const FailureIn200& row : rows) {
        const Heard heard =
            this->meet(fmt::format("{{error_in_200: {{{}}}}}", row.shape), post(chat_body(3, row.stream)));
        EXPECT_EQ(heard.status, 200) << row.shape;
        EXPECT_TRUE(heard.whole) << row.shape;
        EXPECT_EQ(heard.headers.find("content-type"), row.content_type) << row.shape;
        EXPECT_TRUE(heard.body.starts_with(row.begins) && heard.body.ends_with(row.ends)) << row.shape << heard.body;
        EXPECT_TRUE(this->proof("error_in_200").ends_with(fmt::format("({} bytes of body)", heard.body.size())));
        EXPECT_FALSE(this->told_.noted("primary#1 speaks")) << row.shape << ": nothing of an answer went out";
    }
}

TYPED_TEST(HttpFault, error_in_200_without_choices_and_beside_an_answer)
{
    const Heard none = this->meet("{error_in_200: {shape: null_choices}}", post(chat_body(3, false)));
    const auto without = net::parse_json(none.body);
    ASSERT_TRUE(without) << none.body;
    EXPECT_TRUE(without->at("choices").is_null());
    const Heard both = this->meet("{error_in_200: {shape: beside}}", post(chat_body(0, false)));
    const auto beside = net::parse_json(both.body);
    ASSERT_TRUE(beside) << both.body;
    EXPECT_EQ(beside->at("error").at("code"), "rate_limit_exceeded");
    EXPECT_EQ(beside->at("choices").at(0).at("message").value("content", ""), "");
    EXPECT_FALSE(beside->at("choices").at(0).at("message").contains("tool_calls"));
}

TYPED_TEST(HttpFault, error_in_200_that_changes_an_answer_spares_streams)
{
    for (const char* shape : {"null_choices", "beside"}) {
        const Heard heard = this->meet(fmt::format("{{error_in_200: {{shape: {}}}}}", shape), post(chat_body(3, true)));
        EXPECT_TRUE(heard.body.ends_with("data: [DONE]\n\n")) << shape;
        EXPECT_EQ(this->told_.notes.size(), 3U) << shape << ": no opportunity";
    }
}

TYPED_TEST(HttpFault, content_type)
{
    const Heard whole = this->meet("content_type", post(chat_body(3, false)));
    EXPECT_EQ(whole.headers.find("content-type"), "text/html");
    EXPECT_TRUE(wire::openai_chat::read_answer(whole.body));
    EXPECT_EQ(this->proof("content_type"),
              fmt::format("HTTP 200, content-type: text/html ({} bytes of body)", whole.body.size()));
    const Heard stream = this->meet("{content_type: {as: application/json}}", post(chat_body(3, true)));
    EXPECT_EQ(stream.headers.find("content-type"), "application/json");
    EXPECT_TRUE(contains_token(assembled_body(stream).text, expected_digest(some_task())));
}

TYPED_TEST(HttpFault, content_type_of_the_form_that_was_not_asked_for)
{
    const Heard whole = this->meet("{content_type: {body: whole}}", post(chat_body(3, true)));
    EXPECT_EQ(whole.headers.find("content-type"), "application/json");
    EXPECT_TRUE(wire::openai_chat::read_answer(whole.body)) << whole.body;
    EXPECT_TRUE(this->proof("content_type").starts_with("HTTP 200, a whole answer to a request for a stream ("));
    const Heard stream = this->meet("{content_type: {body: stream}}", post(chat_body(3, false)));
    EXPECT_EQ(stream.headers.find("content-type"), "text/event-stream; charset=utf-8");
    EXPECT_TRUE(stream.body.ends_with("data: [DONE]\n\n"));
    const Heard spared = this->meet("{content_type: {body: whole}}", post(chat_body(3, false)));
    EXPECT_TRUE(spared.whole);
    EXPECT_EQ(this->told_.notes.size(), 3U) << "no opportunity";
}

TYPED_TEST(HttpFault, framing_that_the_standard_allows_spells_the_same_answer)
{
    for (const char* shape :
         {"crlf", "bare_cr", "mixed", "no_space", "bom", "comments", "multi_line", "one_segment", "byte_by_byte"}) {
        const Heard heard = this->meet(fmt::format("{{framing: {{shape: {}}}}}", shape), post(chat_body(3, true)));
        EXPECT_TRUE(heard.whole) << shape;
        EXPECT_TRUE(contains_token(assembled_body(heard).text, expected_digest(some_task()))) << shape << heard.body;
        EXPECT_EQ(assembled_body(heard).finish, wire::FinishReason::stop) << shape;
        const std::string proof = this->proof("framing");
        EXPECT_TRUE(proof.starts_with(fmt::format("HTTP 200, framing: {}, ", shape))) << proof;
        EXPECT_TRUE(proof.ends_with(fmt::format("({} bytes of body)", heard.body.size()))) << proof;
    }
}

struct FramingRow {
    const char* shape;
    const char* begins;
    const char* contains;
    const char* lacks;
};

TYPED_TEST(HttpFault, framing_byte_for_byte)
{
    const FramingRow rows[] = {
        {"crlf", "data: {", "}\r\n\r\ndata: [DONE]\r\n\r\n", "\n\n"},
        {"bare_cr", "data: {", "}\r\rdata: [DONE]\r\r", "\n"},
        {"mixed", "data: {", "}\r\n\ndata: {", "\r\r\r"},
        {"no_space", "data:{", "\n\ndata:[DONE]\n\n", "data: "},
        {"bom",
         "\xEF\xBB\xBF"
         "data: {",
         "\n\ndata: [DONE]\n\n", "\n\n\xEF"},
        {"comments", ": OPENROUTER PROCESSING\n\ndata: {", ": keep-alive\n\ndata: {", "data: :"},
        {"multi_line", "data: {\ndata: \"id\":", "\ndata: }\n\ndata: [DONE]\n\n", "data: {\""},
        {"double_prefix", "data: data: {", "\n\ndata: data: [DONE]\n\n", "data: data: data: "},
        {"comment_as_data", "data: : OPENROUTER PROCESSING\n\ndata: {", "\n\ndata: [DONE]\n\n", "\n\ndata: :"},
    };
    for (const FramingRow& row : rows) {
        const Heard heard = this->meet(fmt::format("{{framing: {{shape: {}}}}}", row.shape), post(chat_body(3, true)));
        EXPECT_TRUE(heard.body.starts_with(row.begins)) << row.shape << heard.body;
        EXPECT_NE(heard.body.find(row.contains), std::string::npos) << row.shape << heard.body;
        EXPECT_EQ(heard.body.find(row.lacks), std::string::npos) << row.shape << heard.body;
    }
}

TYPED_TEST(HttpFault, framing_of_the_bytes_alone)
{
    const Heard one = this->meet("{framing: {shape: one_segment}}", post(chat_body(3, true)));
    EXPECT_EQ(chunks_of(one), 1U);
    EXPECT_EQ(this->proof("framing"),
              fmt::format("HTTP 200, framing: one_segment, 1 write ({} bytes of body)", one.body.size()));
    const Heard each = this->meet("{framing: {shape: byte_by_byte}}", post(chat_body(3, true)));
    EXPECT_EQ(chunks_of(each), each.body.size());
    EXPECT_EQ(without_times(each.body), without_times(one.body));
}

TYPED_TEST(HttpFault, framing_needs_a_stream)
{
    const Heard heard = this->meet("framing", post(chat_body(3, false)));
    EXPECT_TRUE(heard.whole);
    EXPECT_EQ(this->told_.notes.size(), 3U) << "no opportunity";
}

TYPED_TEST(HttpFault, gzip_of_a_whole_answer)
{
    const Heard heard = this->meet("gzip", post(chat_body(3, false)));
    EXPECT_EQ(heard.headers.find("content-encoding"), "gzip");
    EXPECT_TRUE(heard.whole);
    const std::string plain = unzipped_body(heard.body);
    EXPECT_TRUE(wire::openai_chat::read_answer(plain)) << plain;
    EXPECT_EQ(this->proof("gzip"), fmt::format("HTTP 200, content-encoding: gzip ({} bytes of body for {})",
                                               heard.body.size(), plain.size()));
}

TYPED_TEST(HttpFault, gzip_of_a_stream)
{
    Heard each = this->meet("{gzip: {flush: per_event}}", post(chat_body(3, true)));
    Heard late = this->meet("{gzip: {flush: at_end}}", post(chat_body(3, true)));
    EXPECT_EQ(without_times(unzipped_body(each.body)), without_times(unzipped_body(late.body)));
    EXPECT_LE(chunks_of(late), 3U) << "nothing between gzip's header and the end";
    EXPECT_TRUE(unzipped_body(each.body.substr(0, each.body.size() / 2)).starts_with("data: {"))
        << "readable before its end";
    each.body = unzipped_body(each.body);
    EXPECT_TRUE(contains_token(assembled_body(each).text, expected_digest(some_task())));
}

/// In simulation alone: where the machine is late, events of reality are due together and share a chunk.
TEST(HttpFaultInTime, gzip_brings_each_event_when_it_is_due)
{
    SimulatedWorld world;
    const Ask ask = post(chat_body(3, true));
    const Told each = tell(world.runtime, {"{target: primary, inject: gzip}"}, {ask});
    EXPECT_GT(chunks_of(each.heard[0]), 5U);
}

TYPED_TEST(HttpFault, gzip_that_is_none)
{
    const Heard heard = this->meet("{gzip: {lying: true}}", post(chat_body(3, true)));
    EXPECT_EQ(heard.headers.find("content-encoding"), "gzip");
    EXPECT_TRUE(heard.body.starts_with("data: {"));
    EXPECT_EQ(this->proof("gzip"),
              fmt::format("HTTP 200, content-encoding: gzip over a plain body ({} bytes of body)", heard.body.size()));
}

struct QuotaRow {
    const char* kind;
    int status;
    const char* type;
    const char* code;
    const char* says;
};

TYPED_TEST(HttpFault, quota_of_every_kind)
{
    const QuotaRow rows[] = {
        {"insufficient_quota", 429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota"},
        {"daily", 429, "requests", "rate_limit_exceeded", "requests per day (RPD)"},
        {"request_too_large", 429, "tokens", "rate_limit_exceeded", "Request too large for gpt-4o"},
        {"spend_limit", 429, "insufficient_quota", "billing_hard_limit_reached", "hard limit"},
        {"affordable", 402, "insufficient_quota", "402", "can only afford 3395"},
    };
    for (const QuotaRow& row : rows) {
        const Heard heard = this->meet(fmt::format("{{quota: {{kind: {}}}}}", row.kind), post(chat_body(0, true)));
        const auto error = wire::openai_chat::read_error(heard.status, heard.body);
        EXPECT_EQ(heard.status, row.status) << row.kind;
        EXPECT_EQ(error.type, row.type) << row.kind;
        EXPECT_EQ(error.code, row.code) << row.kind;
        EXPECT_NE(error.message.find(row.says), std::string::npos) << error.message;
        EXPECT_FALSE(heard.headers.contains("retry-after")) << row.kind;
        EXPECT_EQ(this->proof("quota"),
                  fmt::format("HTTP {}, quota: {} ({} bytes of body)", row.status, row.kind, heard.body.size()));
    }
}

/// The beginning of a task, as any chat API takes it.
std::string any_chat_body(const char* model, bool stream)
{
    std::string out = fmt::format(
        R"({{"model":"{}","max_tokens":500,"stream":{},"messages":[{{"role":"user","content":)", model, stream);
    net::append_json_string(out, task_text(some_task()));
    return out + "}]}";
}

Told meet_elsewhere(const char* dialect, const char* path, const std::string& inject, bool stream)
{
    SimulatedWorld world;
    ProviderSpec spec = primary();
    spec.dialect = dialect;
    Ask ask = post(any_chat_body(spec.model.c_str(), stream));
    ask.path = path;
    ask.extra_headers = "x-api-key: k\r\nanthropic-version: 2023-06-01\r\n";
    return tell(world.runtime, {"{target: primary, inject: " + inject + "}"}, {ask}, spec);
}

TEST(HttpFaultsOfOtherVendors, quota)
{
    const Told broke = meet_elsewhere("anthropic", "/v1/messages", "quota", false);
    EXPECT_EQ(broke.heard[0].status, 400);
    EXPECT_NE(broke.heard[0].body.find("Your credit balance is too low"), std::string::npos) << broke.heard[0].body;
    const Told spent = meet_elsewhere("anthropic", "/v1/messages", "{quota: {kind: spend_limit}}", false);
    EXPECT_EQ(spent.heard[0].status, 429);
    EXPECT_NE(spent.heard[0].body.find(R"("error_code":"enforced_spend_limit_reached")"), std::string::npos);
    const Told weekly = meet_elsewhere("ollama", "/api/chat", "{quota: {kind: daily}}", true);
    EXPECT_EQ(weekly.heard[0].body,
              R"({"error":"you have reached your weekly usage limit, please upgrade to continue"})");
    const Told no_words = meet_elsewhere("ollama", "/api/chat", "{quota: {kind: affordable}}", true);
    EXPECT_EQ(no_words.heard[0].status, 200);
    EXPECT_EQ(no_words.notes.size(), 3U) << "no opportunity";
}

TEST(HttpFaultsOfOtherVendors, framing)
{
    const Told spaceless = meet_elsewhere("anthropic", "/v1/messages", "{framing: {shape: no_space}}", true);
    EXPECT_TRUE(spaceless.heard[0].body.starts_with("event:message_start\ndata:{")) << spaceless.heard[0].body;
    const Told no_events = meet_elsewhere("ollama", "/api/chat", "{framing: {shape: crlf}}", true);
    EXPECT_EQ(no_events.notes.size(), 3U) << "no opportunity";
    const Told bytes = meet_elsewhere("ollama", "/api/chat", "{framing: {shape: byte_by_byte}}", true);
    EXPECT_EQ(chunks_of(bytes.heard[0]), bytes.heard[0].body.size());
}

TEST(HttpFaultsOfOtherVendors, error_in_200)
{
    const Told first = meet_elsewhere("anthropic", "/v1/messages", "{error_in_200: {code: 529}}", true);
    EXPECT_TRUE(first.heard[0].body.starts_with("event: error\ndata: {\"type\":\"error\"")) << first.heard[0].body;
    const Told null_content =
        meet_elsewhere("anthropic", "/v1/messages", "{error_in_200: {shape: null_choices}}", false);
    EXPECT_NE(null_content.heard[0].body.find(R"("content":null)"), std::string::npos) << null_content.heard[0].body;
    const Told line = meet_elsewhere("ollama", "/api/chat", "error_in_200", true);
    EXPECT_EQ(line.heard[0].body, "{\"error\":\"too many requests\"}\n");
    const Told null_message = meet_elsewhere("ollama", "/api/chat", "{error_in_200: {shape: null_choices}}", false);
    EXPECT_NE(null_message.heard[0].body.find(R"("message":null)"), std::string::npos) << null_message.heard[0].body;
}

TYPED_TEST(HttpFault, rate_limit_spelt_in_any_way)
{
    for (const char* spelt : {"-5", "0", "9999999", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", "1e400"}) {
        const Heard heard =
            this->meet(fmt::format(R"({{rate_limit: {{spelt: "{}"}}}})", spelt), post(chat_body(0, true)));
        EXPECT_EQ(heard.status, 429);
        EXPECT_EQ(heard.headers.find("retry-after"), spelt);
        EXPECT_FALSE(heard.headers.contains("retry-after-ms"));
        EXPECT_EQ(heard.body.find("try again in"), std::string::npos) << heard.body;
        EXPECT_EQ(this->proof("rate_limit"),
                  fmt::format("HTTP 429 with retry-after: {} ({} bytes of body)", spelt, heard.body.size()));
    }
}

TYPED_TEST(HttpFault, rate_limit_in_prose)
{
    const Heard heard = this->meet("{rate_limit: {retry_after: 644ms, in_prose: true}}", post(chat_body(0, true)));
    EXPECT_EQ(heard.status, 429);
    EXPECT_FALSE(heard.headers.contains("retry-after"));
    EXPECT_FALSE(heard.headers.contains("retry-after-ms"));
    EXPECT_NE(heard.body.find("Please try again in 644ms."), std::string::npos) << heard.body;
    EXPECT_TRUE(this->proof("rate_limit").starts_with("HTTP 429 with a wait of 644ms in its body alone ("));
}

}  // namespace
}  // namespace chaos::mock_providers
