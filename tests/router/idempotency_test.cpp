// What is decided about keyed requests: keys, bodies, what is complete, what is kept and for how long.
#include <gtest/gtest.h>

#include "router/idempotency/key_index.hpp"
#include "router/idempotency/request_identity.hpp"
#include "router/idempotency/stored_answer.hpp"

namespace chaos::router {
namespace {

using namespace std::chrono_literals;

TEST(IdempotencyKey, is_short_visible_and_given_once)
{
    struct Row {
        const char* name;
        net::http::Headers headers;
        std::optional<std::string> key;
        const char* problem;
    };
    const std::vector<Row> rows{
        {"none", {{"x", "y"}}, std::nullopt, ""},
        {"good", {{"Idempotency-Key", "a-1"}}, "a-1", ""},
        {"quoted, as the draft has it", {{"idempotency-key", "\"8e03978e\""}}, "\"8e03978e\"", ""},
        {"longest", {{"idempotency-key", std::string(255, 'k')}}, std::string(255, 'k'), ""},
        {"too long", {{"idempotency-key", std::string(256, 'k')}}, std::nullopt, "longer than 255"},
        {"empty", {{"idempotency-key", ""}}, std::nullopt, "is empty"},
        {"a blank", {{"idempotency-key", "a b"}}, std::nullopt, "visible ASCII"},
        {"a control", {{"idempotency-key", "a\x01"}}, std::nullopt, "visible ASCII"},
        {"not ASCII", {{"idempotency-key", "sch\xc3\xb6n"}}, std::nullopt, "visible ASCII"},
        {"twice", {{"idempotency-key", "a"}, {"Idempotency-Key", "a"}}, std::nullopt, "given twice"},
    };
    for (const Row& row : rows) {
        const KeyOfRequest found = idempotency_key(row.headers);
        if (row.key) {
            EXPECT_EQ(found.key, row.key) << row.name;
            EXPECT_EQ(found.problem, "") << row.name;
        } else if (*row.problem == '\0') {
            EXPECT_FALSE(found.key) << row.name;
            EXPECT_EQ(found.problem, "") << row.name;
        } else {
            EXPECT_NE(found.problem.find(row.problem), std::string::npos) << row.name << ": " << found.problem;
        }
    }
}

TEST(IdempotencyKey, belongs_to_one_caller_and_one_endpoint)
{
    const std::string alice = caller_of({{"authorization", "Bearer alice"}});
    const std::string bob = caller_of({{"authorization", "Bearer bob"}});
    EXPECT_NE(alice, bob);
    EXPECT_EQ(alice, caller_of({{"Authorization", "Bearer alice"}, {"user-agent", "x"}}));
    EXPECT_NE(alice, caller_of({{"x-api-key", "Bearer alice"}}));
    EXPECT_EQ(alice.find("alice"), std::string::npos) << "credentials are not kept";
    const std::string identity = request_identity(alice, "/v1/chat/completions", "k");
    EXPECT_EQ(identity, request_identity(alice, "/v1/chat/completions", "k"));
    EXPECT_NE(identity, request_identity(bob, "/v1/chat/completions", "k"));
    EXPECT_NE(identity, request_identity(alice, "/v1/messages", "k"));
    EXPECT_NE(identity, request_identity(alice, "/v1/chat/completions", "l"));
    EXPECT_NE(request_identity("a", "b", "c"), request_identity("a", "bc", ""));
}

TEST(BodyFingerprint, compares_what_json_says)
{
    const std::vector<std::pair<const char*, const char*>> equal{
        {R"({"a":1,"b":[1,2]})", R"( { "b" : [1, 2], "a" : 1 } )"},
        {R"({"a":1})", R"({"a":1.0})"},
        {R"({"a":100})", R"({"a":1e2})"},
        {R"({"a":0})", R"({"a":-0.0})"},
        {R"({"a":"\u00e9\n"})", "{\"a\":\"\xc3\xa9\\u000a\"}"},
        {R"({"a":1,"a":2})", R"({"a":2})"},
        {R"({"o":{"x":null,"y":true}})", R"({"o":{"y":true,"x":null}})"},
    };
    for (const auto& [one, other] : equal) EXPECT_EQ(body_fingerprint(one), body_fingerprint(other)) << one;
    const std::vector<std::string> different{R"({"a":1})",
                                             R"({"a":"1"})",
                                             R"({"a":[1]})",
                                             R"({"a":1.5})",
                                             R"({"a":true})",
                                             R"({"a":null})",
                                             R"({"a":{}})",
                                             R"({"a":[]})",
                                             R"({"a":[1,2]})",
                                             R"({"a":[2,1]})",
                                             R"({"b":1})",
                                             R"({"a":""})",
                                             R"({"a":[[1],2]})",
                                             R"([])",
                                             "not json",
                                             "not  json",
                                             R"({"a":9007199254740993})",
                                             R"({"a":9007199254740992})",
                                             ""};
    for (std::size_t i = 0; i < different.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k)
            EXPECT_NE(body_fingerprint(different[i]), body_fingerprint(different[k])) << different[i] << different[k];
    }
}

net::http::ResponseHead answer_head(int status, const char* type)
{
    net::http::ResponseHead result;
    result.status = status;
    result.headers.add("content-type", type);
    return result;
}

TEST(CompleteSuccess, only_what_shows_its_end)
{
    struct Row {
        const char* name;
        int status;
        bool stream;
        const char* type;
        const char* body;
        bool complete;
    };
    constexpr const char* json = "application/json";
    constexpr const char* events = "text/event-stream; charset=utf-8";
    const std::vector<Row> rows{
        {"a whole answer", 200, false, json, "{}", true},
        {"accepted", 202, false, json, "{}", true},
        {"a caller's fault", 400, false, json, "{}", false},
        {"a rate limit", 429, false, json, "{}", false},
        {"a redirect", 307, false, json, "", false},
        {"a server's fault", 500, false, json, "{}", false},
        {"a stream with its end", 200, true, events, "data: {\"a\":1}\n\ndata: [DONE]\n\n", true},
        {"without", 200, true, events, "data: {\"a\":1}\n\n", false},
        {"half an end", 200, true, events, "data: {\"a\":1}\n\ndata: [DO", false},
        {"empty", 200, true, events, "", false},
        {"not of events", 200, true, json, "data: [DONE]\n\n", false},
        {"broken, with an error event", 200, true, events, "data: {\"a\":1}\n\ndata: {\"error\":{}}\n\n", false},
        {"broken, and yet an end", 200, true, events, "data: {\"error\":{}}\n\ndata: [DONE]\n\n", false},
        {"an end in somebody's words", 200, true, events, "data: {\"a\":\"data: [DONE]\"}\n\n", false},
        {"messages", 200, true, events, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", true},
        {"messages without an end", 200, true, events, "event: message_delta\ndata: {\"type\":\"message_delta\"}\n\n",
         false},
        {"messages that broke", 200, true, events, "event: error\ndata: {\"type\":\"error\",\"error\":{}}\n\n", false},
        {"responses", 200, true, events, "event: response.completed\ndata: {\"type\":\"response.completed\"}\n\n",
         true},
        {"responses, cut at the limit of tokens", 200, true, events,
         "event: response.incomplete\ndata: {\"type\":\"response.incomplete\"}\n\n", true},
        {"responses that failed", 200, true, events, "event: response.failed\ndata: {\"type\":\"response.failed\"}\n\n",
         false},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(is_complete_success(answer_head(row.status, row.type), row.stream, row.body), row.complete)
            << row.name;
    }
}

TEST(CompleteSuccess, the_end_is_a_line_and_not_a_word)
{
    EXPECT_TRUE(says_the_end("data: [DONE]\n\n"));
    EXPECT_TRUE(says_the_end("data: {}\n\ndata: [DONE]\n\n"));
    EXPECT_TRUE(says_the_end("event: message_stop\n"));
    EXPECT_TRUE(says_the_end("data: {\"type\":\"response.completed\",\"x\":1}\n\n"));
    EXPECT_FALSE(says_the_end("data: {\"content\":\"data: [DONE]\"}\n\n"));
    EXPECT_FALSE(says_the_end("data: {\"content\":\"\\\"type\\\":\\\"message_stop\\\"\"}\n\n"));
}

TEST(StoredAnswer, comes_back_as_it_was_without_what_belongs_to_a_moment)
{
    net::http::ResponseHead answered = answer_head(203, "text/event-stream");
    answered.headers.add("X-Chaos-Served-By", "primary");
    answered.headers.add("Date", "now");
    answered.headers.add("transfer-encoding", "chunked");
    const std::string body("any\0 bytes\xff", 11);
    const auto back = read_stored_answer(write_stored_answer(answer_to_keep(answered, true, body)));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->head.status, 203);
    EXPECT_TRUE(back->stream);
    EXPECT_EQ(back->body, body);
    EXPECT_EQ(back->head.headers.find("x-chaos-served-by"), "primary");
    EXPECT_EQ(back->head.headers.size(), 2U);
    const std::string bytes = write_stored_answer(*back);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto half = read_stored_answer(std::string_view(bytes).substr(0, size));
        EXPECT_TRUE(!half || half->head.headers.size() < 2) << size;
    }
    EXPECT_FALSE(read_stored_answer("2" + bytes));
}

net::WallTime wall(int second)
{
    return net::WallTime(std::chrono::seconds(1'000'000 + second));
}

KeptResult kept(int second, std::size_t bytes = 10, net::Duration keep = 100s)
{
    return KeptResult{"print", wall(second), wall(second) + keep, bytes};
}

TEST(KeyIndex, forgets_what_has_expired)
{
    KeyIndex index{IdempotencyPolicy{}};
    EXPECT_TRUE(index.add("a", kept(0), wall(0)).empty());
    EXPECT_TRUE(index.add("b", kept(50), wall(50)).empty());
    EXPECT_NE(index.find("a", wall(99)), nullptr);
    EXPECT_EQ(index.find("a", wall(100)), nullptr) << "also before it is swept";
    EXPECT_EQ(index.next_expiry(), wall(100));
    EXPECT_EQ(index.take_expired(wall(99)), std::vector<std::string>{});
    EXPECT_EQ(index.take_expired(wall(100)), std::vector<std::string>{"a"});
    EXPECT_EQ(index.size(), 1U);
    EXPECT_EQ(index.bytes(), 10U);
    EXPECT_EQ(index.take_expired(wall(1000)), std::vector<std::string>{"b"});
    EXPECT_EQ(index.next_expiry(), std::nullopt);
    EXPECT_EQ(index.bytes(), 0U);
}

TEST(KeyIndex, is_bounded_by_number_and_bytes_and_the_oldest_goes_first)
{
    IdempotencyPolicy policy;
    policy.entries = 3;
    policy.bytes = 100;
    KeyIndex index(policy);
    index.add("c", kept(3), wall(3));
    index.add("a", kept(1), wall(3));
    index.add("b", kept(2), wall(3));
    EXPECT_EQ(index.add("d", kept(4), wall(4)), std::vector<std::string>{"a"});
    EXPECT_EQ(index.add("e", kept(5, 85), wall(5)), (std::vector<std::string>{"b", "c"}));
    EXPECT_EQ(index.bytes(), 95U);
    EXPECT_TRUE(index.add("e", kept(6, 20), wall(6)).empty()) << "the same key again is one entry";
    EXPECT_EQ(index.bytes(), 30U);
    EXPECT_EQ(index.size(), 2U);
    EXPECT_EQ(index.add("f", kept(7, 101), wall(7)), (std::vector<std::string>{"d", "e", "f"}));
}

TEST(KeyIndex, a_result_comes_back_from_its_record)
{
    const auto back = read_kept_result(write_kept_result(kept(7, 42)));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->fingerprint, "print");
    EXPECT_EQ(back->kept_at, wall(7));
    EXPECT_EQ(back->expires_at, wall(107));
    EXPECT_EQ(back->bytes, 42U);
    EXPECT_FALSE(read_kept_result(""));
    EXPECT_FALSE(read_kept_result("1:1"));
    EXPECT_FALSE(read_kept_result("nonsense"));
}

TEST(DecideKeyed, every_state_of_a_key)
{
    using State = KnownOfKey::State;
    struct Row {
        KnownOfKey known;
        KeyedStep step;
    };
    const std::vector<Row> rows{
        {{State::nothing, "", true}, KeyedStep::lead},
        {{State::in_flight, "same", true}, KeyedStep::join},
        {{State::in_flight, "same", false}, KeyedStep::too_long},
        {{State::in_flight, "other", true}, KeyedStep::other_body},
        {{State::in_flight, "other", false}, KeyedStep::other_body},
        {{State::kept, "same", true}, KeyedStep::replay},
        {{State::kept, "other", true}, KeyedStep::other_body},
    };
    for (const Row& row : rows) EXPECT_EQ(decide_keyed(row.known, "same"), row.step) << row.known.fingerprint;
}

}  // namespace
}  // namespace chaos::router
