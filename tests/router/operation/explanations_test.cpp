// What is kept of requests that are over: all that is told of them, of the last ones only.
#include "router/operation/explanations.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include "router/operation/record_json.hpp"

namespace chaos::router {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

AnswerFacts some_answer(std::string name)
{
    return {name + "-id", name + "-model", name + "-finish", wire::Usage{11, 13}};
}

/// No two members alike, none as it is by itself.
AttemptRecord some_attempt(std::string_view request)
{
    AttemptRecord attempt;
    attempt.request = request;
    attempt.number = 3;
    attempt.target = "target";
    attempt.dialect = "gemini";
    attempt.model = "model";
    attempt.because = "because";
    attempt.after = "after";
    attempt.after_what = OutcomeClass::quota;
    attempt.fresh_connection = attempt.repair = attempt.hedge = true;
    attempt.trace.trace_id = "11111111111111111111111111111111";
    attempt.trace.span_id = "2222222222222222";
    attempt.began = net::Instant(5s);
    attempt.took = 7ms;
    attempt.first_content = 9ms;
    attempt.what = OutcomeClass::timeout;
    attempt.timer = Timer::idle;
    attempt.status = 207;
    attempt.why = "why";
    attempt.provider_request_id = "provider_request_id";
    attempt.answer = some_answer("attempt");
    attempt.decision = {DecisionKind::wait, "next", 17ms, "reason"};
    return attempt;
}

RequestRecord some_request(std::string_view id)
{
    RequestRecord request;
    request.id = id;
    request.caller = "caller";
    request.path = "/v1/path";
    request.model = "alias";
    request.stream = request.whole = request.client_left = request.broken = true;
    request.trace.trace_id = "33333333333333333333333333333333";
    request.trace.span_id = "4444444444444444";
    request.parent_span = "5555555555555555";
    request.began = net::Instant(4s);
    request.took = 19ms;
    request.first_content = 23ms;
    request.upstream = 29ms;
    request.waited = 31ms;
    request.status = 203;
    request.error_code = "error_code";
    request.keyed = "keyed";
    request.attempts = 37;
    request.served_by = "served_by";
    request.degraded = "degraded";
    request.dropped = {"one", "another"};
    request.answer = some_answer("request");
    return request;
}

template <class Record>
Json written(const Record& record, void (*write)(JsonObject&, const Record&))
{
    std::string out;
    JsonObject object(out);
    write(object, record);
    object.end();
    return Json::parse(out);
}

TEST(Explanations, tell_of_a_request_that_is_over_what_its_records_told)
{
    const RequestRecord request = some_request("req_one");
    const AttemptRecord attempt = some_attempt("req_one");
    const Json told_of_request = written(request, write_request);
    const Json told_of_attempt = written(attempt, write_attempt);
    ASSERT_EQ(told_of_request.size(), request_members().size()) << "a member without a value: " << told_of_request;
    ASSERT_EQ(told_of_attempt.size(), attempt_members().size()) << "a member without a value: " << told_of_attempt;

    Explanations explanations(10);
    explanations.began({request.id, request.began});
    explanations.add(attempt);
    explanations.add(attempt);
    explanations.ended(request);

    Json explained = Json::parse(explanations.find("req_one").value_or("{}"));
    ASSERT_EQ(explained["tried"].size(), 2u) << explained;
    for (Json tried : explained["tried"]) {
        EXPECT_EQ(tried["began_ms"], 1000.0);
        tried.erase("began_ms");
        EXPECT_EQ(tried, told_of_attempt);
    }
    explained.erase("tried");
    EXPECT_EQ(explained, told_of_request);
}

TEST(Explanations, keep_no_more_of_a_long_word_than_is_shown)
{
    const std::string long_word(1'000'000, 'x');
    RequestRecord request = some_request("req_one");
    AttemptRecord attempt = some_attempt("req_one");
    request.path = request.answer.model = attempt.answer.id = attempt.provider_request_id = long_word;
    Explanations explanations(1);
    explanations.began({request.id, request.began});
    explanations.add(attempt);
    explanations.ended(request);
    EXPECT_LT(explanations.room_taken(), 10'000U);
    Json explained = Json::parse(explanations.find("req_one").value_or("{}"));
    Json tried = explained["tried"][0];
    tried.erase("began_ms");
    EXPECT_EQ(tried, written(attempt, write_attempt));
    explained.erase("tried");
    EXPECT_EQ(explained, written(request, write_request));
}

TEST(Explanations, give_back_what_one_with_many_attempts_needed)
{
    Explanations explanations(1);
    explanations.began({"req_many", {}});
    for (int i = 0; i < 50; ++i) explanations.add(some_attempt("req_many"));
    explanations.ended(some_request("req_many"));
    EXPECT_GT(explanations.room_taken(), 10'000U);
    explanations.began({"req_one", {}});
    explanations.ended(some_request("req_one"));
    EXPECT_LT(explanations.room_taken(), 4'000U);
}

TEST(Explanations, keeps_the_last_ones)
{
    Explanations explanations(2);
    for (const char* id : {"a", "b", "c"}) {
        explanations.began({id, net::Instant{}});
        RequestRecord record;
        record.id = id;
        record.took = 1ms;
        explanations.ended(record);
    }
    EXPECT_FALSE(explanations.find("a"));
    EXPECT_TRUE(explanations.find("b"));
    EXPECT_TRUE(explanations.find("c"));
    EXPECT_EQ(explanations.kept(), 2U);
    explanations.began({"d", net::Instant{}});
    const auto told = [&] { return Json::parse(explanations.find("d").value_or("")); };
    EXPECT_EQ(told()["request"], "d");
    EXPECT_EQ(told()["under_way"], true);
    EXPECT_EQ(told()["tried"].size(), 0U);
    AttemptRecord attempt;
    attempt.request = "d";
    attempt.began = net::Instant{} + 3ms;
    explanations.add(attempt);
    EXPECT_EQ(told()["under_way"], true);
    ASSERT_EQ(told()["tried"].size(), 1U);
    EXPECT_EQ(told()["tried"][0]["began_ms"], 3.0);
    EXPECT_EQ(told()["status"], 0);
    RequestRecord record;
    record.id = "d";
    record.status = 200;
    explanations.ended(record);
    EXPECT_FALSE(told().contains("under_way"));
    EXPECT_EQ(told()["status"], 200);
    EXPECT_FALSE(explanations.find("b"));
    EXPECT_FALSE(explanations.find("d and more than fits into an id"));
}

TEST(Explanations, of_no_size_keeps_nothing)
{
    Explanations explanations(0);
    explanations.began({"a", net::Instant{}});
    EXPECT_FALSE(explanations.find("a"));
    RequestRecord record;
    record.id = "a";
    explanations.ended(record);
    EXPECT_FALSE(explanations.find("a"));
    EXPECT_EQ(explanations.kept(), 0U);
}

}  // namespace
}  // namespace chaos::router
