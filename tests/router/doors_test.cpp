// What callers are written: one lifecycle and one terminal event whatever came before, errors in their own words.
#include "router/doors/door.hpp"

#include <gtest/gtest.h>

#include "net/chance.hpp"
#include "tests/router/vendors.hpp"

namespace chaos::router {
namespace {

namespace delta = wire::delta;

/// Any stream a gate may let through: a late start or none, several, pieces in any order, with or without an end.
std::vector<wire::Delta> any_deltas(net::Chance chance)
{
    std::vector<wire::Delta> deltas;
    const std::uint64_t count = chance.about("count").below(12);
    int calls = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        switch (chance.about(i).below(7)) {
            case 0:
                deltas.push_back(delta::Start{"id-from-above", "model", 5});
                break;
            case 1:
                deltas.push_back(delta::Reasoning{"hm"});
                break;
            case 2:
                deltas.push_back(delta::Call{calls, "call_" + std::to_string(calls), "f", "{}"});
                ++calls;
                break;
            case 3:
                deltas.push_back(delta::UsageReport{{3, 4}});
                break;
            default:
                deltas.push_back(delta::Text{"words "});
        }
    }
    return deltas;
}

TEST(Doors, one_lifecycle_and_one_terminal_event)
{
    for (const Protocol caller : caller_protocols) {
        for (std::uint64_t round = 0; round < 300; ++round) {
            const net::Chance chance = net::Chance(7).about(round);
            const bool fails = chance.about("fails").below(2) == 0;
            const auto writer = door_of(caller).stream_writer({"made-id", "made-model", 1, 10, true});
            std::string out;
            for (const wire::Delta& delta : any_deltas(chance)) writer->write(out, delta);
            if (fails) {
                writer->fail(out, {503, "server_error", "upstream_error", "it broke"});
            } else {
                writer->write(out, delta::Finish{wire::FinishReason::stop, ""});
                writer->end(out);
            }
            const ReadStream read = read_caller_stream(caller, out);
            const std::string name = std::string(spelling(caller)) + " round " + std::to_string(round) + "\n" + out;
            EXPECT_EQ(read.malformed, 0) << name;
            EXPECT_EQ(read.ends, fails ? 0 : 1) << name;
            EXPECT_EQ(read.errors > 0, fails) << name;
            EXPECT_LE(read.starts, 1) << name;
            EXPECT_EQ(read.success(), !fails) << name;
            if (fails) {
                EXPECT_EQ(read.error_message, "it broke") << name;
            }
        }
    }
}

TEST(Doors, a_ping_says_nothing_in_the_middle_of_a_stream)
{
    for (const Protocol caller : caller_protocols) {
        const auto writer = door_of(caller).stream_writer({"made-id", "made-model", 1, 10, true});
        std::string out;
        writer->write(out, wire::delta::Text{"one "});
        const std::size_t before = out.size();
        writer->ping(out);
        EXPECT_EQ(out.substr(before),
                  caller == Protocol::anthropic ? "event: ping\ndata: {\"type\": \"ping\"}\n\n" : ": ping\n\n");
        writer->write(out, wire::delta::Text{"two"});
        writer->write(out, wire::delta::Finish{wire::FinishReason::stop, "stop"});
        writer->end(out);
        const ReadStream read = read_caller_stream(caller, out);
        EXPECT_TRUE(read.success()) << out;
        EXPECT_EQ(read.answer.text, "one two");
    }
}

TEST(Doors, blocks_of_a_message_have_dense_indices_and_none_is_empty)
{
    const auto writer = door_of(Protocol::anthropic).stream_writer({"i", "m", 1, 10, true});
    std::string out;
    for (const wire::Delta& delta : std::vector<wire::Delta>{
             delta::Reasoning{"hm"}, delta::Text{"a"}, delta::Call{0, "x", "f", "{}"}, delta::Call{1, "y", "g", "{}"},
             delta::Finish{wire::FinishReason::tool_calls, ""}, delta::UsageReport{{21, 4}}}) {
        writer->write(out, delta);
    }
    writer->end(out);
    for (int i = 0; i < 4; ++i) {
        EXPECT_NE(out.find("\"content_block_start\",\"index\":" + std::to_string(i)), std::string::npos) << out;
    }
    EXPECT_EQ(out.find("\"index\":4"), std::string::npos);
    EXPECT_NE(out.find(R"("usage":{"input_tokens":21,"output_tokens":4})"), std::string::npos)
        << "the estimate of the beginning is put right at the end: " << out;
    EXPECT_EQ(out.find("signature_delta"), std::string::npos) << "nobody else can sign for this vendor";
}

struct DoorErrorRow {
    int status;
    int anthropic_status;
    const char* anthropic_type;
};

TEST(Doors, errors_are_in_the_callers_own_words)
{
    const DoorErrorRow rows[] = {
        {400, 400, "invalid_request_error"},
        {401, 401, "authentication_error"},
        {402, 402, "billing_error"},
        {403, 403, "permission_error"},
        {404, 404, "not_found_error"},
        {413, 413, "request_too_large"},
        {429, 429, "rate_limit_error"},
        {500, 500, "api_error"},
        {502, 502, "api_error"},
        {503, 529, "overloaded_error"},
        {504, 504, "timeout_error"},
        {529, 529, "overloaded_error"},
    };
    for (const DoorErrorRow& row : rows) {
        SurfacedError error;
        error.status = row.status;
        error.type = "server_error";
        error.code = "some_code";
        error.message = "words";
        error.retry_after = 1500ms;
        for (const Protocol caller : caller_protocols) {
            const net::http::Response response = door_of(caller).error_response(error, Redactor());
            const wire::ProviderError read = api_of(caller).read_error(response.head.status, response.body).error;
            EXPECT_EQ(read.message, "words") << response.body;
            EXPECT_EQ(response.head.headers.find("retry-after").value_or(""), "2");
            EXPECT_EQ(response.head.headers.find("x-should-retry"), std::nullopt);
            const bool anthropic = caller == Protocol::anthropic;
            EXPECT_EQ(response.head.status, anthropic ? row.anthropic_status : row.status);
            EXPECT_EQ(read.type, anthropic ? row.anthropic_type : "server_error") << response.body;
            EXPECT_EQ(response.body.find(R"({"type":"error")") == 0, anthropic) << response.body;
        }
    }
}

TEST(Doors, sealed_reasoning_is_taken_out_and_every_other_byte_stays)
{
    const Door& messages = door_of(Protocol::anthropic);
    EXPECT_EQ(
        messages.without_sealed_reasoning(
            R"({"messages":[{"role":"user","content":"hi"} ,{"role":"assistant","content":[)"
            R"({"type":"thinking","thinking":"x","signature":"s"},{"type":"text", "text":"é"}]}],"thinking":{"type":"enabled"}})"),
        R"({"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"text", "text":"é"}]}],)"
        R"("thinking":{"type":"disabled"}})");
    EXPECT_FALSE(messages.without_sealed_reasoning(R"({"messages":[{"role":"user","content":"thinking"}]})"));
    const Door& responses = door_of(Protocol::openai_responses);
    EXPECT_EQ(
        responses.without_sealed_reasoning(
            R"({"input":[{"type":"reasoning","id":"r","encrypted_content":"s"},{"role":"user","content":"hi"}]})"),
        R"({"input":[{"role":"user","content":"hi"}]})");
    EXPECT_FALSE(responses.without_sealed_reasoning(R"({"input":"hi"})"));
    EXPECT_FALSE(door_of(Protocol::openai_chat).without_sealed_reasoning(R"({"messages":[]})"));
}

TEST(Doors, splicing_changes_what_is_listed_and_nothing_else)
{
    const std::string body =
        R"({ "model" : "agent","temperature":1e0, "messages":[ {"role":"user","content":"é\u00e9"} ],"x":{}})";
    EXPECT_EQ(
        door_of(Protocol::openai_chat).spliced(body, "theirs", R"({"temperature":0.5,"top_p":1})", false),
        R"({"top_p":1, "model" : "theirs","temperature":0.5, "messages":[ {"role":"user","content":"é\u00e9"} ],"x":{}})");
    EXPECT_EQ(door_of(Protocol::openai_chat).spliced(R"({"model":"a","stream_options":{"b":1}})", "theirs", "", true),
              R"({"model":"theirs","stream_options":{"include_usage":true,"b":1}})");
    EXPECT_EQ(door_of(Protocol::openai_chat).spliced(R"({"model":"a"})", "theirs", "", true),
              R"({"stream_options":{"include_usage":true},"model":"theirs"})");
}

TEST(Doors, a_nudge_is_one_more_message_of_the_user)
{
    EXPECT_EQ(door_of(Protocol::openai_responses).append_user_message(R"({"input":"hi","x":1})", "on"),
              R"({"input":[{"role":"user","content":"hi"},{"role":"user","content":"on"}],"x":1})");
    EXPECT_EQ(
        door_of(Protocol::openai_responses).append_user_message(R"({"input":[{"role":"user","content":"hi"}]})", "on"),
        R"({"input":[{"role":"user","content":"hi"},{"role":"user","content":"on"}]})");
}

struct FactsRow {
    const char* name;
    Protocol protocol;
    const char* body;
    bool tool_result;
    bool keeps_state;
    bool open_tools;
    std::int64_t max_output;
};

TEST(Doors, facts_of_every_protocol)
{
    const FactsRow rows[] = {
        {"messages", Protocol::anthropic, R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}]})",
         false, false, false, 9},
        {"messages after a result", Protocol::anthropic,
         R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}],)"
         R"("tools":[{"name":"f","input_schema":{}}]})",
         true, false, false, 9},
        {"messages with a tool of the vendor", Protocol::anthropic,
         R"({"model":"m","max_tokens":9,"messages":[],"tools":[{"type":"web_search_20250305","name":"web_search"}]})",
         false, true, true, 9},
        {"responses", Protocol::openai_responses, R"({"model":"m","input":"x","max_output_tokens":20})", false, false,
         false, 20},
        {"responses after a result", Protocol::openai_responses,
         R"({"model":"m","input":[{"type":"function_call_output","call_id":"a","output":"x"}]})", true, false, false,
         0},
        {"responses in the background", Protocol::openai_responses, R"({"model":"m","input":"x","background":true})",
         false, true, false, 0},
        {"responses that go on", Protocol::openai_responses, R"({"model":"m","input":"x","previous_response_id":"r"})",
         false, true, false, 0},
        {"responses with a tool of the vendor", Protocol::openai_responses,
         R"({"model":"m","input":"x","tools":[{"type":"web_search"}]})", false, true, true, 0},
        {"responses with a tool that takes any text", Protocol::openai_responses,
         R"({"model":"m","input":"x","tools":[{"type":"custom","name":"f"}]})", false, false, true, 0},
    };
    FactsReader reader;
    for (const FactsRow& row : rows) {
        RequestFacts facts;
        std::string problem;
        EXPECT_TRUE(door_of(row.protocol).read_facts(reader, row.body, facts, problem)) << row.name << problem;
        EXPECT_EQ(facts.model, "m") << row.name;
        EXPECT_EQ(facts.last_is_tool_result, row.tool_result) << row.name;
        EXPECT_EQ(facts.keeps_state, row.keeps_state) << row.name;
        EXPECT_EQ(facts.open_tools, row.open_tools) << row.name;
        EXPECT_EQ(facts.max_output, row.max_output) << row.name;
    }
    RequestFacts facts;
    std::string problem;
    EXPECT_FALSE(door_of(Protocol::anthropic).read_facts(reader, R"({"model":"m"})", facts, problem));
    EXPECT_FALSE(door_of(Protocol::openai_responses).read_facts(reader, R"({"model":"m"})", facts, problem));
    EXPECT_FALSE(door_of(Protocol::anthropic).read_facts(reader, "[", facts, problem));
}

}  // namespace
}  // namespace chaos::router
