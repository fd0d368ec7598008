// Which dialect can say which wrong thing, streamed or whole: elsewhere the fault has no opportunity.
#include "mock_providers/faults/deed.hpp"
#include "mock_providers/written.hpp"
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

struct FaultPlace {
    const char* word;
    const char* dialect;
    const char* path;
};

constexpr FaultPlace places[] = {
    {"chat", "openai", "/v1/chat/completions"}, {"responses", "openai", "/v1/responses"},
    {"messages", "anthropic", "/v1/messages"},  {"ollama", "ollama", "/api/chat"},
    {"generate", "ollama", "/api/generate"},    {"compatible", "ollama", "/v1/chat/completions"},
};

wire::ChatAnswer call_answer()
{
    wire::ChatAnswer answer;
    answer.tool_calls.push_back({"call_1", "write_file", R"({"reference":"r","content":"some words"})"});
    answer.finish = wire::FinishReason::tool_calls;
    return answer;
}

wire::ChatAnswer last_answer()
{
    wire::ChatAnswer answer;
    answer.text = "one two three four five six";
    answer.finish = wire::FinishReason::stop;
    return answer;
}

Script script(const FaultPlace& place, wire::ChatAnswer answer, bool stream)
{
    Script script;
    script.dialect = find_dialect(place.dialect);
    net::http::RequestHead head;
    head.method = "POST";
    head.target = place.path;
    script.api = script.dialect->api_for(head);
    script.answer = std::move(answer);
    script.answer.id = "answer-1";
    script.answer.model = "m";
    script.answer.usage = wire::Usage{9, 9};
    script.following_call = wire::ToolCall{"call_2", "send_email", "{}"};
    script.stream = stream;
    return script;
}

Parameters parameters_of(const std::string& inject)
{
    return read_faults({"{target: primary, inject: " + inject + "}"}).front().parameters;
}

/// The places with an opportunity; "~" behind those that stream.
std::string opportunities(const std::string& inject, const wire::ChatAnswer& answer)
{
    std::string words;
    for (const FaultPlace& place : places) {
        for (const bool stream : {false, true}) {
            if (faults::applies(parameters_of(inject), script(place, answer, stream))) {
                words += std::string(words.empty() ? "" : " ") + place.word + (stream ? "~" : "");
            }
        }
    }
    return words;
}

struct Where {
    const char* inject;
    const char* places;
};

constexpr const char* all_with_calls =
    "chat chat~ responses responses~ messages messages~ ollama ollama~ compatible compatible~";
constexpr const char* all =
    "chat chat~ responses responses~ messages messages~ ollama ollama~ generate generate~ compatible compatible~";

TEST(MessageFaultDialects, with_a_call)
{
    const Where rows[] = {
        {"finish_reason", "chat chat~ messages messages~ compatible compatible~"},
        {"{finish_reason: {as: end_turn}}", all},
        {"{finish_reason: {as: \"\"}}",
         "chat chat~ messages messages~ ollama ollama~ generate generate~ compatible compatible~"},
        {"{arguments: {shape: empty}}", "chat chat~ responses responses~ messages~"},
        {"{arguments: {shape: null_text}}", "chat chat~ responses responses~ messages~"},
        {"{arguments: {shape: concatenated}}", "chat chat~ responses responses~ messages~"},
        {"{arguments: {shape: null}}", all_with_calls},
        {"{arguments: {shape: object}}", "chat chat~ responses responses~ compatible compatible~"},
        {"call_deltas", "chat~"},
        {"{call_deltas: {index: all_zero}}", "chat~"},
        {"{call_deltas: {name: split}}", "chat~"},
        {"call_id", all_with_calls},
        {"{call_id: {as: duplicated}}", all_with_calls},
        {"{call_id: {as: reused}}", all_with_calls},
        {"unknown_tool", all_with_calls},
        {"call_as_text", all},
        {"repeated_call", all_with_calls},
        {"{repeated_call: {as: cumulative}}", all_with_calls},
        {"truncated", ""},
        {"{truncated: {after_tokens: 2}}", all},
        {"reasoning_only", all},
        {"refusal", all},
        {"{refusal: {as: content_filter}}", "chat chat~ responses responses~ messages messages~"},
        {"repetition", all},
    };
    for (const Where& row : rows) {
        EXPECT_EQ(opportunities(row.inject, call_answer()), row.places) << row.inject;
    }
}

TEST(MessageFaultDialects, without_a_call)
{
    for (const char* inject :
         {"finish_reason", "arguments", "call_deltas", "call_id", "unknown_tool", "call_as_text", "repeated_call"}) {
        EXPECT_EQ(opportunities(inject, last_answer()),
                  inject == std::string_view("finish_reason") ? "messages messages~" : "")
            << inject;
    }
    for (const char* inject :
         {"truncated", "reasoning_only", "refusal", "repetition", "{repetition: {inside: reasoning}}"}) {
        EXPECT_EQ(opportunities(inject, last_answer()), all) << inject;
    }
}

TEST(MessageFaultDialects, need_a_second_call_where_they_make_one)
{
    for (const char* inject : {"{call_deltas: {index: all_zero}}", "{call_id: {as: duplicated}}"}) {
        Script alone = script(places[0], call_answer(), true);
        alone.following_call.reset();
        EXPECT_FALSE(faults::applies(parameters_of(inject), alone)) << inject;
    }
}

struct Spelling {
    const char* inject;
    const char* word;  ///< of the place
    bool stream;
    bool call;
    std::vector<std::string> has;
    std::vector<std::string> has_not;
};

const FaultPlace& place_called(std::string_view word)
{
    return *std::find_if(std::begin(places), std::end(places),
                         [word](const FaultPlace& place) { return place.word == word; });
}

TEST(MessageFaultDialects, speak_in_their_own_words)
{
    const std::vector<Spelling> rows = {
        {"{finish_reason: {as: none}}",
         "messages",
         true,
         true,
         {R"("delta":{"stop_reason":null)", "message_stop"},
         {"tool_use\",\"stop"}},
        {"{finish_reason: {as: stop}}", "messages", false, false, {R"("stop_reason":"stop")"}, {}},
        {"{finish_reason: {as: none}}", "responses", true, false, {}, {"response.completed"}},
        {"{finish_reason: {as: max_output_tokens}}",
         "responses",
         false,
         false,
         {R"("incomplete_details":{"reason":"max_output_tokens"})"},
         {}},
        {"{finish_reason: {as: abort}}", "ollama", true, false, {R"("done_reason":"abort","done":true)"}, {}},
        {"{finish_reason: {as: \"\"}}", "ollama", true, false, {R"("done_reason":"","done":true)"}, {}},
        {"{finish_reason: {as: eos}}", "compatible", false, false, {R"("finish_reason":"eos")"}, {}},
        {"{truncated: {after_tokens: 2}}",
         "messages",
         true,
         false,
         {R"("text":" two")", R"("stop_reason":"max_tokens")"},
         {"three"}},
        {"{truncated: {after_tokens: 2}}",
         "messages",
         false,
         true,
         {R"("content":[])", R"("stop_reason":"max_tokens")"},
         {}},
        {"{truncated: {after_tokens: 2}}",
         "messages",
         true,
         true,
         {R"("partial_json":"{\"reference\":)", R"("stop_reason":"max_tokens")"},
         {"words"}},
        {"{truncated: {after_tokens: 2, admits: false}}",
         "ollama",
         true,
         true,
         {R"("done_reason":"stop")"},
         {"tool_calls"}},
        {"{truncated: {after_tokens: 2}}",
         "responses",
         true,
         false,
         {"event: response.incomplete", "max_output_tokens"},
         {"three"}},
        {"{arguments: {shape: null}}", "messages", false, true, {R"("input":null)"}, {}},
        {"{arguments: {shape: null}}", "ollama", true, true, {R"("arguments":null)"}, {}},
        {"{arguments: {shape: null}}", "responses", false, true, {R"("arguments":null)"}, {}},
        {"{arguments: {shape: object}}", "responses", true, true, {R"("arguments":{"reference":"r")"}, {}},
        {"{arguments: {shape: object}}", "compatible", true, true, {R"("arguments":{"reference":"r")"}, {}},
        {"call_id", "messages", true, true, {R"("type":"tool_use","id":"")"}, {}},
        {"{call_id: {as: duplicated}}", "ollama", true, true, {R"("id":"call_1","function":{"index":1)"}, {"call_2"}},
        {"{repeated_call: {as: cumulative}}",
         "messages",
         true,
         true,
         {R"("index":2,"content_block":{"type":"tool_use","id":"call_2")"},
         {}},
        {"{repeated_call: {as: cumulative}}", "responses", true, true, {R"("output_index":2)"}, {}},
        {"{refusal: {after_tokens: 1}}",
         "messages",
         true,
         false,
         {R"("text":"one")", R"("stop_reason":"refusal")"},
         {"two"}},
        {"refusal",
         "responses",
         false,
         false,
         {R"({"type":"refusal","refusal":"I'm sorry)", R"("status":"completed")"},
         {}},
        {"refusal", "responses", true, false, {"event: response.refusal.delta"}, {}},
        {"refusal", "ollama", false, false, {R"("content":"I'm sorry, but)", R"("done_reason":"stop")"}, {}},
        {"reasoning_only",
         "messages",
         true,
         false,
         {R"("thinking":" two")", R"("stop_reason":"end_turn")"},
         {"text_delta"}},
        {"{repetition: {times: 2, of: \"!\"}}",
         "messages",
         true,
         false,
         {R"("text":"!")", R"("stop_reason":"max_tokens")"},
         {"five"}},
        {"call_as_text", "ollama", true, true, {"</tool_call>"}, {"tool_calls"}},
    };
    for (const Spelling& row : rows) {
        Script edited = script(place_called(row.word), row.call ? call_answer() : last_answer(), row.stream);
        ASSERT_TRUE(faults::applies(parameters_of(row.inject), edited)) << row.inject << " in " << row.word;
        faults::inject(parameters_of(row.inject), edited, net::never);
        const std::string bytes = written(edited);
        for (const std::string& part : row.has) {
            EXPECT_NE(bytes.find(part), std::string::npos)
                << row.inject << " in " << row.word << " has no " << part << " in\n"
                << bytes;
        }
        for (const std::string& part : row.has_not) {
            EXPECT_EQ(bytes.find(part), std::string::npos)
                << row.inject << " in " << row.word << " has " << part << " in\n"
                << bytes;
        }
    }
}

}  // namespace
}  // namespace chaos::mock_providers
