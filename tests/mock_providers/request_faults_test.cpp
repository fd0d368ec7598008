// Each fault of requests on the wire of both worlds: the bytes, the ending, and the proof the provider gives.
#include <nlohmann/json.hpp>

#include "net/json.hpp"
#include "tests/mock_providers/stage.hpp"
#include "wire/sse.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

template <class World>
class RequestFault : public ::testing::Test {
protected:
    /// One request that meets the fault.
    Heard meet(const std::string& inject, const Ask& ask)
    {
        told_ = tell(world_.runtime, {"{target: primary, inject: " + inject + "}"}, {ask});
        return told_.heard.at(0);
    }

    World world_;
    Told told_;
};
TYPED_TEST_SUITE(RequestFault, BothWorlds, WorldNames);

/// Content chunks of a streamed final answer: all but the one with the role.
std::size_t words_in(const Heard& heard)
{
    return count(heard.body, R"("delta":{"content":)");
}

/// The answer the events of a streamed body spell.
wire::ChatAnswer assembled_chat(const Heard& heard)
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

TYPED_TEST(RequestFault, rate_limit)
{
    const Heard heard = this->meet("{rate_limit: {retry_after: 2500ms}}", post(chat_body(0, true)));
    EXPECT_EQ(heard.status, 429);
    EXPECT_EQ(heard.headers.find("retry-after"), "3");
    EXPECT_EQ(heard.headers.find("retry-after-ms"), "2500");
    EXPECT_EQ(heard.headers.find("x-ratelimit-remaining-requests"), "0");
    EXPECT_EQ(heard.headers.find("content-type"), "application/json");
    const auto error = wire::openai_chat::read_error(429, heard.body);
    EXPECT_EQ(error.type, "requests");
    EXPECT_EQ(error.code, "rate_limit_exceeded");
    EXPECT_TRUE(error.message.ends_with("Please try again in 2.5s.")) << error.message;
    EXPECT_TRUE(heard.whole);
    EXPECT_EQ(heard.ending, "FIN");
    EXPECT_TRUE(this->told_.noted("primary#1 ended: 429 complete 0"));
    EXPECT_EQ(this->told_.rest_of("rate_limit delivered to primary#1: "),
              fmt::format("HTTP 429 with a wait of 2.5s ({} bytes of body)", heard.body.size()));
}

TYPED_TEST(RequestFault, rate_limit_without_a_wait)
{
    const Heard heard = this->meet("{rate_limit: {retry_after: none}}", post(chat_body(0, true)));
    EXPECT_EQ(heard.status, 429);
    EXPECT_FALSE(heard.headers.contains("retry-after"));
    EXPECT_FALSE(heard.headers.contains("retry-after-ms"));
}

TYPED_TEST(RequestFault, status)
{
    const Heard heard = this->meet("{status: {code: 503}}", post(chat_body(0, true)));
    EXPECT_EQ(heard.status, 503);
    EXPECT_EQ(wire::openai_chat::read_error(503, heard.body).code, "server_is_overloaded");
    EXPECT_TRUE(heard.whole);
    EXPECT_EQ(this->told_.rest_of("status delivered to primary#1: "),
              fmt::format("HTTP 503 ({} bytes of body)", heard.body.size()));
}

TYPED_TEST(RequestFault, status_in_other_words)
{
    const Heard heard =
        this->meet("{status: {code: 400, message: no, type: t, error_code: c}}", post(chat_body(0, false)));
    EXPECT_EQ(heard.body, R"({"error":{"message":"no","type":"t","param":null,"code":"c"}})");
}

TYPED_TEST(RequestFault, empty_tool_turn)
{
    const Heard heard = this->meet("empty_tool_turn", post(chat_body(0, true)));
    const auto answer = assembled_chat(heard);
    EXPECT_EQ(answer.finish, wire::FinishReason::tool_calls);
    EXPECT_TRUE(answer.tool_calls.empty());
    EXPECT_EQ(answer.text, "");
    EXPECT_TRUE(heard.whole);
    EXPECT_TRUE(heard.body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(this->told_.rest_of("empty_tool_turn delivered to primary#1: "),
              fmt::format("HTTP 200, a tool turn without a call ({} bytes of body)", heard.body.size()));
}

TYPED_TEST(RequestFault, empty_answer)
{
    const Heard heard = this->meet("empty_answer", post(chat_body(3, false)));
    const auto answer = wire::openai_chat::read_answer(heard.body).value->answer;
    EXPECT_EQ(answer.finish, wire::FinishReason::stop);
    EXPECT_EQ(answer.text, "");
    EXPECT_TRUE(answer.tool_calls.empty());
    EXPECT_GT(answer.usage->completion_tokens, 0);
    EXPECT_TRUE(heard.whole);
}

TYPED_TEST(RequestFault, malformed_arguments)
{
    const Heard heard = this->meet("malformed_arguments", post(chat_body(0, true)));
    const auto answer = assembled_chat(heard);
    EXPECT_EQ(answer.finish, wire::FinishReason::tool_calls);
    ASSERT_EQ(answer.tool_calls.size(), 1U);
    EXPECT_TRUE(answer.tool_calls[0].arguments.starts_with(R"({"reference":)"));
    EXPECT_FALSE(net::parse_json(answer.tool_calls[0].arguments));
    EXPECT_TRUE(heard.whole);
}

TYPED_TEST(RequestFault, malformed_arguments_need_a_call)
{
    const Heard heard = this->meet("malformed_arguments", post(chat_body(3, false)));
    EXPECT_EQ(heard.status, 200);
    EXPECT_TRUE(heard.whole);
    EXPECT_TRUE(this->told_.noted("primary#1 speaks"));
    EXPECT_EQ(this->told_.notes.size(), 3U) << "no opportunity";
}

TYPED_TEST(RequestFault, cut_with_fin)
{
    const Heard heard = this->meet("{cut: {after_tokens: 3, end: fin}}", kept_alive(post(chat_body(3, true))));
    EXPECT_EQ(heard.status, 200);
    EXPECT_EQ(words_in(heard), 3U);
    EXPECT_EQ(heard.headers.find("transfer-encoding"), "chunked");
    EXPECT_FALSE(heard.bytes.ends_with("0\r\n\r\n"));
    EXPECT_FALSE(heard.whole);
    EXPECT_EQ(heard.ending, "FIN");
    EXPECT_EQ(this->told_.rest_of("cut delivered to primary#1: "),
              fmt::format("HTTP 200, 3 tokens ({} bytes of body), then FIN", heard.body.size()));
    EXPECT_TRUE(this->told_.noted("primary#1 ended: 200 cut_fin 3"));
}

TYPED_TEST(RequestFault, cut_with_reset_after_everything_arrived)
{
    const Heard heard = this->meet("{cut: {after_tokens: 5}}", kept_alive(post(chat_body(3, true))));
    EXPECT_EQ(words_in(heard), 5U);
    EXPECT_FALSE(heard.whole);
    EXPECT_EQ(heard.ending, "RST");
    EXPECT_EQ(this->told_.rest_of("cut delivered to primary#1: "),
              fmt::format("HTTP 200, 5 tokens ({} bytes of body), then RST", heard.body.size()));
}

TYPED_TEST(RequestFault, cut_before_the_first_token)
{
    const Heard heard = this->meet("{cut: {after_tokens: 0}}", kept_alive(post(chat_body(3, true))));
    EXPECT_EQ(heard.status, 200);
    EXPECT_EQ(words_in(heard), 0U);
    EXPECT_EQ(count(heard.body, R"("role":"assistant")"), 1U);
    EXPECT_EQ(heard.ending, "RST");
}

TYPED_TEST(RequestFault, cut_after_more_tokens_than_there_are)
{
    const Heard heard = this->meet("{cut: {after_tokens: 1000, end: fin}}", kept_alive(post(chat_body(3, true))));
    EXPECT_EQ(count(heard.body, "finish_reason\":\"stop\""), 0U);
    EXPECT_TRUE(contains_token(assembled_chat(heard).text, expected_digest(some_task())));
    EXPECT_EQ(heard.ending, "FIN");
}

TYPED_TEST(RequestFault, cut_of_a_whole_answer)
{
    const Heard heard = this->meet("{cut: {after_tokens: 3, end: fin}}", kept_alive(post(chat_body(3, false))));
    const std::size_t promised = std::stoul(std::string(heard.headers.find("content-length").value_or("0")));
    EXPECT_GT(heard.body.size(), 0U);
    EXPECT_LT(heard.body.size(), promised);
    EXPECT_FALSE(heard.whole);
    EXPECT_EQ(heard.ending, "FIN");
    EXPECT_FALSE(heard.headers.lists("connection", "close"));
    EXPECT_EQ(this->told_.rest_of("cut delivered to primary#1: "),
              fmt::format("HTTP 200, 3 tokens ({} bytes of body), then FIN", heard.body.size()));
}

TYPED_TEST(RequestFault, cut_inside_a_tool_call)
{
    const Heard heard = this->meet("{cut: {inside: tool_call}}", kept_alive(post(chat_body(0, true))));
    const auto answer = assembled_chat(heard);
    ASSERT_EQ(answer.tool_calls.size(), 1U);
    EXPECT_FALSE(answer.tool_calls[0].arguments.empty());
    EXPECT_FALSE(net::parse_json(answer.tool_calls[0].arguments));
    EXPECT_EQ(heard.ending, "RST");
    EXPECT_EQ(this->told_.rest_of("cut delivered to primary#1: "),
              fmt::format("HTTP 200, 3 tokens ({} bytes of body) into a tool call, then RST", heard.body.size()));
}

TYPED_TEST(RequestFault, cut_inside_a_whole_tool_call)
{
    const Heard heard = this->meet("{cut: {inside: tool_call, end: fin}}", kept_alive(post(chat_body(0, false))));
    EXPECT_NE(heard.body.find(R"("arguments":"{)"), std::string::npos) << heard.body;
    EXPECT_EQ(heard.body.find("finish_reason"), std::string::npos) << heard.body;
    EXPECT_FALSE(heard.whole);
}

TYPED_TEST(RequestFault, cut_inside_a_tool_call_needs_one)
{
    const Heard heard = this->meet("{cut: {inside: tool_call}}", post(chat_body(3, true)));
    EXPECT_TRUE(heard.whole);
    EXPECT_EQ(this->told_.notes.size(), 3U) << "no opportunity";
}

/// The last line of the body that holds data.
std::string last_chat_event(const Heard& heard)
{
    const std::size_t at = heard.body.rfind("data: ");
    return at == std::string::npos ? "" : heard.body.substr(at);
}

struct ChatCut {
    const char* where;
    const char* end;
    const char* ending;      ///< what the client hears
    bool whole;              ///< whether HTTP is content
    const char* last_event;  ///< the last one begins like this
    const char* proof;       ///< after the amount
};

constexpr const char* a_chunk = R"(data: {"id":"chatcmpl-primary-1-1")";

TYPED_TEST(RequestFault, cut_at_every_place_of_a_stream_in_every_way)
{
    const ChatCut rows[] = {
        {"after_tokens: 2", "clean", "FIN", true, a_chunk, ", then a clean end"},
        {"after_tokens: 2", "error", "FIN", true, R"(data: {"error":{"message":"The server had an error)",
         ", then an error event and a clean end"},
        {"after_tokens: 0", "error", "FIN", true, R"(data: {"error":{"message":"The server had an error)",
         ", then an error event and a clean end"},
        {"after_tokens: 2", "garbage", "FIN", true, "data: upstream error: read ECONNRESET",
         ", then an event of garbage and a clean end"},
        {"inside: event, after_tokens: 2", "fin", "FIN", false, a_chunk, " into an event, then FIN"},
        {"inside: event, after_tokens: 2", "clean", "FIN", true, a_chunk, " into an event, then a clean end"},
        {"inside: code_point, after_tokens: 2", "reset", "RST", false, a_chunk, " into a character, then RST"},
        {"before: finish", "clean", "FIN", true, a_chunk, " without a finish reason, then a clean end"},
        {"before: finish", "reset", "RST", false, a_chunk, " without a finish reason, then RST"},
        {"before: terminator", "clean", "FIN", true, a_chunk, " without the stream's own end, then a clean end"},
        {"before: terminator", "fin", "FIN", false, a_chunk, " without the stream's own end, then FIN"},
    };
    for (const ChatCut& row : rows) {
        const std::string name = fmt::format("{}, end: {}", row.where, row.end);
        const Heard heard = this->meet("{cut: {" + name + "}}", post(chat_body(3, true)));
        EXPECT_EQ(heard.status, 200) << name;
        EXPECT_EQ(heard.ending, row.ending) << name;
        EXPECT_EQ(heard.whole, row.whole) << name;
        EXPECT_TRUE(last_chat_event(heard).starts_with(row.last_event)) << name << ": " << last_chat_event(heard);
        EXPECT_EQ(count(heard.body, "[DONE]"), 0U) << name;
        const std::string proof = this->told_.rest_of("cut delivered to primary#1: ");
        EXPECT_TRUE(proof.starts_with("HTTP 200, ") && proof.ends_with(row.proof)) << name << ": " << proof;
    }
}

TYPED_TEST(RequestFault, cut_tears_what_it_says_it_tears)
{
    const Heard character =
        this->meet("{cut: {inside: code_point, after_tokens: 2, end: fin}}", post(chat_body(3, true)));
    EXPECT_TRUE(character.body.ends_with("\xE2")) << character.body;
    EXPECT_EQ(words_in(character), 3U);
    const Heard event = this->meet("{cut: {inside: event, after_tokens: 2, end: fin}}", post(chat_body(3, true)));
    EXPECT_EQ(words_in(event), 2U);
    EXPECT_FALSE(event.body.ends_with("\n"));
    const Heard finish = this->meet("{cut: {before: finish, end: clean}}", post(chat_body(3, true)));
    EXPECT_TRUE(contains_token(assembled_chat(finish).text, expected_digest(some_task())));
    EXPECT_EQ(assembled_chat(finish).finish, wire::FinishReason::none);
    const Heard terminator = this->meet("{cut: {before: terminator, end: clean}}", post(chat_body(3, true)));
    EXPECT_EQ(assembled_chat(terminator).finish, wire::FinishReason::stop);
}

TYPED_TEST(RequestFault, cut_that_only_a_stream_can_show_spares_a_whole_answer)
{
    for (const char* cut : {"{before: finish}", "{inside: event}", "{end: clean}", "{end: error}", "{end: garbage}"}) {
        const Heard heard = this->meet(fmt::format("{{cut: {}}}", cut), post(chat_body(3, false)));
        EXPECT_TRUE(heard.whole) << cut;
        EXPECT_EQ(this->told_.notes.size(), 3U) << cut << ": no opportunity";
    }
    const Heard no_text = this->meet("{cut: {inside: code_point}}", post(chat_body(0, true)));
    EXPECT_TRUE(no_text.whole);
    EXPECT_EQ(this->told_.notes.size(), 3U) << "no opportunity";
}

TYPED_TEST(RequestFault, cut_into_silence_that_is_released_loses_nothing)
{
    SimulatedWorld world;
    const Told told = tell(
        world.runtime, {"{target: primary, until: 1s, inject: {cut: {inside: event, after_tokens: 2, end: silence}}}"},
        {post(chat_body(3, true))});
    EXPECT_TRUE(told.heard[0].whole);
    EXPECT_GE(told.heard[0].took, seconds(1) - milliseconds(10));
    EXPECT_TRUE(contains_token(assembled_chat(told.heard[0]).text, expected_digest(some_task())));
    EXPECT_EQ(assembled_chat(told.heard[0]).finish, wire::FinishReason::stop);
}

TYPED_TEST(RequestFault, blackhole_at_request)
{
    const Heard heard = this->meet("{blackhole: {at: request}}", briefly(post(chat_body(0, true))));
    EXPECT_EQ(heard.bytes, "");
    EXPECT_EQ(heard.ending, "silence");
    EXPECT_TRUE(this->told_.noted("primary#1 ended: 0 silent 0"));
    EXPECT_TRUE(this->told_.rest_of("blackhole delivered to primary#1: ").starts_with("nothing, then silent for "));
}

TYPED_TEST(RequestFault, blackhole_in_the_middle_of_a_stream)
{
    const Heard heard = this->meet("{blackhole: {at: mid_stream, after_tokens: 3}}",
                                   briefly(post(chat_body(3, true)), std::chrono::milliseconds(400)));
    EXPECT_EQ(words_in(heard), 3U);
    EXPECT_FALSE(heard.whole);
    EXPECT_EQ(heard.ending, "silence");
    EXPECT_TRUE(this->told_.noted("primary#1 ended: 200 silent 3"));
    EXPECT_TRUE(
        this->told_.rest_of("blackhole delivered to primary#1: ")
            .starts_with(fmt::format("HTTP 200, 3 tokens ({} bytes of body), then silent for ", heard.body.size())));
}

TYPED_TEST(RequestFault, blackhole_in_the_middle_of_a_whole_answer)
{
    const Heard heard = this->meet("{blackhole: {at: mid_stream, after_tokens: 3}}",
                                   briefly(post(chat_body(3, false)), std::chrono::milliseconds(400)));
    EXPECT_EQ(heard.status, 200);
    EXPECT_FALSE(heard.body.empty());
    EXPECT_FALSE(heard.whole);
    EXPECT_EQ(heard.ending, "silence");
}

TYPED_TEST(RequestFault, timeout)
{
    const Heard heard = this->meet("timeout", briefly(post(chat_body(0, true))));
    EXPECT_EQ(heard.bytes, "");
    EXPECT_EQ(heard.ending, "silence");
    EXPECT_TRUE(this->told_.noted("primary#1 ended: 0 client_left 0"));
    EXPECT_TRUE(this->told_.rest_of("timeout delivered to primary#1: ").ends_with(", until the client left"));
}

TYPED_TEST(RequestFault, timeout_that_ends_in_504)
{
    const Heard heard = this->meet("{timeout: {hold: 30ms}}", post(chat_body(0, true)));
    EXPECT_EQ(heard.status, 504);
    EXPECT_TRUE(heard.whole);
    EXPECT_GE(heard.first_byte, milliseconds(30));
    EXPECT_TRUE(this->told_.rest_of("timeout delivered to primary#1: ").ends_with(", then HTTP 504"));
    EXPECT_TRUE(this->told_.noted("primary#1 ended: 504 complete 0"));
}

TYPED_TEST(RequestFault, reset_at_request)
{
    const Heard heard = this->meet("reset", post(chat_body(0, true)));
    EXPECT_EQ(heard.bytes, "");
    EXPECT_EQ(heard.ending, "RST");
    EXPECT_TRUE(this->told_.noted("primary#1 ended: 0 cut_reset 0"));
    EXPECT_TRUE(this->told_.rest_of("reset delivered to primary#1: ").ends_with(" after the request, before any byte"));
}

TYPED_TEST(RequestFault, reset_when_headers_are_due)
{
    for (const bool stream : {true, false}) {
        const Heard heard = tell(this->world_.runtime, {"{target: primary, inject: {reset: {at: headers}}}"},
                                 {post(chat_body(3, stream))})
                                .heard.at(0);
        EXPECT_EQ(heard.bytes, "");
        EXPECT_EQ(heard.ending, "RST");
        EXPECT_GE(heard.took, milliseconds(2)) << "the first token's natural time";
    }
}

TYPED_TEST(RequestFault, reset_at_accept)
{
    const Told told = tell(this->world_.runtime, {"{target: primary, connections: 1, inject: {reset: {at: accept}}}"},
                           {post(chat_body(0, true)), post(chat_body(0, true))});
    EXPECT_EQ(told.heard.at(0).bytes, "");
    EXPECT_EQ(told.heard.at(0).ending, "RST");
    EXPECT_EQ(told.heard.at(1).status, 200);
    EXPECT_TRUE(told.noted("reset delivered to primary: RST as soon as the connection was there"));
}

TYPED_TEST(RequestFault, slow_first_token_after_a_punctual_head)
{
    const Heard heard = this->meet("{slow: {first_token: 250ms}}", post(chat_body(3, true)));
    EXPECT_TRUE(heard.whole);
    EXPECT_GE(heard.took, milliseconds(250));
    EXPECT_LT(heard.first_byte, milliseconds(250));
    EXPECT_TRUE(this->told_.rest_of("slow delivered to primary#1: ").starts_with("first token after "));
}

TYPED_TEST(RequestFault, slow_whole_answer)
{
    const Heard heard = this->meet("{slow: {between_tokens: 2ms}}", post(chat_body(0, false)));
    EXPECT_TRUE(heard.whole);
    EXPECT_GE(heard.first_byte, milliseconds(12));
    EXPECT_EQ(this->told_.rest_of("slow delivered to primary#1: ").substr(0, 17), "first token after");
}

struct Exact {
    const char* inject;
    int done;
    bool stream;
    const char* delivered;
    const char* ended;
};

TEST(Proof, says_what_really_went_out)
{
    // In simulation durations are exact. The client listens for 1s, of which connecting takes 600us of silence away.
    const Exact rows[] = {
        {"{blackhole: {at: request}}", 0, true,
         "blackhole delivered to primary#1: nothing, then silent for 999ms, until the client left",
         "primary#1 ended: 0 silent 0"},
        {"timeout", 0, true, "timeout delivered to primary#1: no head, silent for 999ms, until the client left",
         "primary#1 ended: 0 client_left 0"},
        {"{timeout: {hold: 500ms}}", 0, true,
         "timeout delivered to primary#1: no head, silent for 500ms, then HTTP 504", "primary#1 ended: 504 complete 0"},
        {"{timeout: {hold: 30s}}", 0, true,
         "timeout delivered to primary#1: no head, silent for 999ms, until the client left",
         "primary#1 ended: 0 client_left 0"},
        {"reset", 0, true, "reset delivered to primary#1: RST 0s after the request, before any byte",
         "primary#1 ended: 0 cut_reset 0"},
        {"{reset: {at: headers}}", 0, true, "reset delivered to primary#1: RST 2ms after the request, before any byte",
         "primary#1 ended: 0 cut_reset 0"},
        {"slow", 3, true, "slow delivered to primary#1: no token for 999ms", "primary#1 ended: 200 client_left 0"},
        {"{slow: {first_token: 100ms}}", 0, true,
         "slow delivered to primary#1: first token after 100ms, 5 tokens with pauses of up to 100us",
         "primary#1 ended: 200 complete 5"},
        {"{slow: {between_tokens: 300ms}}", 0, true,
         "slow delivered to primary#1: first token after 2ms, 4 tokens with pauses of up to 300ms",
         "primary#1 ended: 200 client_left 4"},
    };
    for (const Exact& row : rows) {
        net::Simulation world;
        const Told told = tell(world, {"{target: primary, inject: " + std::string(row.inject) + "}"},
                               {briefly(post(chat_body(row.done, row.stream)), seconds(1))});
        EXPECT_TRUE(told.noted(row.delivered)) << row.delivered << " is not among:\n"
                                               << fmt::to_string(fmt::join(told.notes, "\n"));
        EXPECT_TRUE(told.noted(row.ended)) << row.ended << " is not among:\n"
                                           << fmt::to_string(fmt::join(told.notes, "\n"));
    }
}

TEST(Proof, is_not_claimed_when_the_client_left_before_the_deed)
{
    net::Simulation world;
    const Told told = tell(world, {"{target: primary, inject: slow}", "{target: primary, inject: cut}"},
                           {briefly(post(chat_body(3, true)), milliseconds(100))});
    EXPECT_TRUE(told.noted("cut falls on primary#1"));
    EXPECT_EQ(told.rest_of("cut delivered").substr(0, 7), "nothing");
    EXPECT_TRUE(told.noted("slow delivered to primary#1: no token for 99ms"));
}

TEST(Opportunity, is_reported_before_anything_is_sent)
{
    net::Simulation world;
    const Told told = tell(world, {"{target: primary, inject: status}"}, {post(chat_body(0, true))});
    const std::vector<std::string> expected = {"primary#1 received: " + some_task().task + " step 1 try 1 streamed",
                                               "status falls on primary#1", told.notes.at(2),
                                               "primary#1 ended: 500 complete 0"};
    EXPECT_EQ(told.notes, expected);
}

TEST(Release, lets_what_was_held_go_on)
{
    // The window closes at 500ms; the client would wait for 5s.
    const std::pair<const char*, const char*> rows[] = {
        {"{blackhole: {at: request}}",
         "blackhole delivered to primary#1: nothing, then silent for 499.4ms, then released"},
        {"timeout", "timeout delivered to primary#1: no head, silent for 499.4ms, then released"},
        {"{blackhole: {at: mid_stream, after_tokens: 2}}", "blackhole delivered to primary#1: HTTP 200, "},
        {"{slow: {first_token: 4s, between_tokens: 4s}}", "slow delivered to primary#1: first token after 499ms, "},
    };
    for (const auto& [inject, delivered] : rows) {
        for (const bool stream : {true, false}) {
            net::Simulation world;
            const Told told = tell(world, {"{target: primary, until: 500ms, inject: " + std::string(inject) + "}"},
                                   {post(chat_body(3, stream))});
            const Heard& heard = told.heard.at(0);
            EXPECT_EQ(heard.status, 200) << inject;
            EXPECT_TRUE(heard.whole) << inject;
            EXPECT_GE(heard.took, milliseconds(499)) << inject;
            EXPECT_LT(heard.took, milliseconds(520)) << inject;
            EXPECT_TRUE(contains_token(stream ? assembled_chat(heard).text : heard.body, expected_digest(some_task())))
                << inject;
            EXPECT_EQ(told.rest_of(std::string(delivered).substr(0, 20)).substr(0, 5),
                      std::string(delivered).substr(20, 5))
                << inject;
        }
    }
}

/// Asks, and has the server end while the client still listens.
net::Task<void> end_meanwhile(net::Runtime& world, Provider& provider, bool by_cancelling, Heard& heard)
{
    net::TaskGroup serving(world.executor());
    net::TaskGroup asking(world.executor());
    serving.spawn(provider.serve());
    Ask ask = post(chat_body(0, true));
    ask.to = provider.endpoint();
    const auto listen = [](net::Runtime& in, Ask what, Heard& into) -> net::Task<void> {
        into = co_await converse(in, what);
    };
    asking.spawn(listen(world, ask, heard));
    co_await net::sleep_for(world.clock(), seconds(1));
    if (by_cancelling) {
        serving.cancel();
    } else {
        provider.stop();
    }
    co_await serving.join();
    co_await asking.join();
}

TEST(Hold, ends_with_the_run)
{
    for (const bool by_cancelling : {false, true}) {
        net::Simulation world;
        Notebook notebook;
        Provider provider(world, primary(), read_faults({"{target: primary, inject: {blackhole: {at: request}}}"}),
                          net::Chance(1), some_task().run, notebook);
        Heard heard;
        world.run(end_meanwhile(world, provider, by_cancelling, heard));
        EXPECT_EQ(heard.ending, "RST");
        EXPECT_EQ(notebook.lines.at(2),
                  "blackhole delivered to primary#1: nothing, then silent for 999ms, until the run ended");
        EXPECT_EQ(notebook.lines.at(3), "primary#1 ended: 0 silent 0");
    }
}

TEST(Windows, of_requests_open_and_close)
{
    net::Simulation world;
    Ask early = briefly(post(chat_body(0, false)), seconds(1));
    early.keep_alive = true;
    const Told told = tell(world, {"{target: primary, from: 1s, until: 2s, inject: status}"}, {early, early, early});
    EXPECT_EQ(told.heard.at(0).status, 200);
    EXPECT_EQ(told.heard.at(1).status, 500);
    EXPECT_EQ(told.heard.at(2).status, 200);
}

TEST(Composition, of_a_late_token_and_a_cut_shows_both)
{
    net::Simulation world;
    const Told told = tell(
        world,
        {"{target: primary, inject: {slow: {first_token: 1s}}}", "{target: primary, inject: {cut: {after_tokens: 2}}}"},
        {kept_alive(post(chat_body(3, true)))});
    EXPECT_EQ(words_in(told.heard.at(0)), 2U);
    EXPECT_EQ(told.heard.at(0).ending, "RST");
    EXPECT_GE(told.heard.at(0).took, seconds(1));
    EXPECT_TRUE(told.rest_of("slow delivered to primary#1: ").starts_with("first token after 1s, 2 tokens"));
    EXPECT_TRUE(told.rest_of("cut delivered to primary#1: ").starts_with("HTTP 200, 2 tokens"));
}

}  // namespace
}  // namespace chaos::mock_providers
