// The gemini dialect at work: a whole task in every form of answer, what is refused, and faults in the vendor's own
// shapes.
#include "wire/gemini.hpp"

#include <nlohmann/json.hpp>

#include "net/json.hpp"
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;
namespace gemini = wire::gemini;

constexpr std::string_view model = "gemini-2.5-flash";
constexpr const char* key_header = "x-goog-api-key: k\r\n";

enum class Form { whole, events, array };
constexpr Form every_form[] = {Form::whole, Form::events, Form::array};

ProviderSpec google()
{
    ProviderSpec spec = primary();
    spec.dialect = "gemini";
    spec.model = model;
    return spec;
}

std::string path_of(Form form)
{
    constexpr std::string_view methods[] = {":generateContent", ":streamGenerateContent?alt=sse",
                                            ":streamGenerateContent"};
    return fmt::format("/v1beta/models/{}{}", model, methods[static_cast<std::size_t>(form)]);
}

Ask gemini_ask(Form form, const wire::ChatRequest& request)
{
    Ask ask;
    ask.path = path_of(form);
    ask.extra_headers = key_header;
    ask.body = gemini::write_request(request);
    return ask;
}

/// The conversation of a task of which so many steps are done.
Ask gemini_ask(Form form, int done)
{
    return gemini_ask(form, conversation(some_task(), done, form != Form::whole));
}

Ask get_gemini(std::string path)
{
    Ask ask;
    ask.method = "GET";
    ask.path = std::move(path);
    ask.extra_headers = key_header;
    return ask;
}

Told meet_gemini(const std::vector<std::string>& faults, std::vector<Ask> asks, const ProviderSpec& spec = google())
{
    SimulatedWorld world;
    return tell(world.runtime, faults, std::move(asks), spec);
}

Heard meet_one(const std::string& inject, Ask ask)
{
    return meet_gemini({"{target: primary, inject: " + inject + "}"}, {std::move(ask)}).heard.at(0);
}

/// The events of a stream in either framing; of an array that was cut, none.
std::vector<wire::SseEvent> events_of(Form form, const std::string& body)
{
    std::vector<wire::SseEvent> events;
    if (form == Form::events) {
        wire::SseReader reader;
        reader.feed(body, events);
        return events;
    }
    const auto array = net::parse_json(body);
    if (array) {
        for (const auto& element : *array) {
            events.push_back({"", net::dump_json(element), ""});
        }
    }
    return events;
}

wire::AnswerAssembler assembled_gemini(Form form, const std::string& body)
{
    gemini::ChunkReader reader;
    std::vector<wire::Delta> deltas;
    for (const auto& event : events_of(form, body)) {
        reader.read(event, deltas);
    }
    wire::AnswerAssembler assembler;
    for (const auto& delta : deltas) {
        assembler.add(delta);
    }
    return assembler;
}

wire::ChatAnswer gemini_answer_in(Form form, const Heard& heard)
{
    if (form != Form::whole) {
        return assembled_gemini(form, heard.body).answer();
    }
    const auto read = gemini::read_answer(heard.body);
    EXPECT_TRUE(read) << heard.body;
    return read ? read.value->answer : wire::ChatAnswer();
}

/// Plays a task to its end as an agent does whose tools always work; gives the last answer.
wire::ChatAnswer carry_out_gemini_task(Form form)
{
    wire::ChatRequest request = conversation(some_task(), 0, form != Form::whole);
    wire::ChatAnswer answer;
    for (int step = 1; step <= some_task().steps + 1; ++step) {
        answer = gemini_answer_in(form, meet_gemini({}, {gemini_ask(form, request)}).heard.at(0));
        if (answer.tool_calls.empty()) {
            break;
        }
        EXPECT_EQ(answer.tool_calls.size(), 1U);
        EXPECT_EQ(answer.finish, wire::FinishReason::tool_calls);
        EXPECT_EQ(answer.finish_text, "STOP");
        EXPECT_EQ(answer.tool_calls[0].name, tool_of(some_task(), step));
        wire::Message said;
        said.role = wire::Role::assistant;
        said.tool_calls = answer.tool_calls;
        wire::Message result = wire::message(wire::Role::tool, tool_result_text(some_task().task, step));
        result.tool_call_id = answer.tool_calls[0].id;
        request.messages.push_back(said);
        request.messages.push_back(result);
    }
    return answer;
}

TEST(Gemini, carries_a_task_to_its_end_in_every_form)
{
    for (const Form form : every_form) {
        const wire::ChatAnswer last = carry_out_gemini_task(form);
        EXPECT_TRUE(contains_token(last.text, expected_digest(some_task()))) << last.text;
        EXPECT_EQ(last.finish_text, "STOP");
        EXPECT_EQ(last.model, model);
        ASSERT_TRUE(last.usage);
        EXPECT_GT(last.usage->prompt_tokens, 100);
        EXPECT_GT(last.usage->completion_tokens, 20);
    }
}

TEST(Gemini, understands_results_that_go_by_the_name_of_their_call_alone)
{
    std::string body = gemini_ask(Form::whole, 2).body;
    for (const std::string_view id : {R"("id":"call_1",)", R"("id":"call_2",)"}) {
        for (std::size_t at = body.find(id); at != std::string::npos; at = body.find(id)) {
            body.erase(at, id.size());
        }
    }
    Ask ask = gemini_ask(Form::whole, 2);
    ASSERT_LT(body.size(), ask.body.size());
    ask.body = body;
    const Told told = meet_gemini({}, {ask});
    EXPECT_TRUE(told.noted(fmt::format("primary#1 received: {} step 3 try 1", some_task().task)));
    EXPECT_EQ(told.heard.at(0).status, 200) << told.heard.at(0).body;
}

TEST(Gemini, streams_events_in_its_own_framing)
{
    const Told told = meet_gemini({}, {gemini_ask(Form::events, 0), gemini_ask(Form::events, 3)});
    const Heard& call = told.heard.at(0);
    EXPECT_EQ(call.headers.find("content-type"), "text/event-stream");
    EXPECT_EQ(count(call.body, "data: "), 2U) << "the call whole, then the end: " << call.body;
    EXPECT_EQ(count(call.body, "\r\n\r\n"), 2U);
    EXPECT_EQ(count(call.body, "event:"), 0U);
    EXPECT_EQ(count(call.body, "[DONE]"), 0U);
    EXPECT_EQ(count(call.body, R"("functionCall")"), 1U);
    const Heard& text = told.heard.at(1);
    EXPECT_EQ(count(text.body, "finishReason"), 1U) << "only in the last event";
    EXPECT_EQ(count(text.body, "data: "), count(text.body, "usageMetadata"));
    EXPECT_TRUE(told.noted("primary#2 speaks"));
}

TEST(Gemini, streams_an_array_without_alt_sse)
{
    const Heard heard = meet_gemini({}, {gemini_ask(Form::array, 3)}).heard.at(0);
    EXPECT_EQ(heard.headers.find("content-type"), "application/json; charset=UTF-8");
    EXPECT_TRUE(heard.body.starts_with(R"([{"candidates":)")) << heard.body;
    EXPECT_TRUE(heard.body.ends_with("}\n]")) << heard.body;
    EXPECT_GT(count(heard.body, "\n,\r\n"), 20U);
    EXPECT_TRUE(net::parse_json(heard.body));
}

TEST(Gemini, shows_its_thoughts_when_asked_to)
{
    wire::ChatRequest request = conversation(some_task(), 0, false);
    request.reasoning = true;
    const Told told = meet_gemini({}, {gemini_ask(Form::whole, request), gemini_ask(Form::events, request)});
    const wire::ChatAnswer whole = gemini_answer_in(Form::whole, told.heard.at(0));
    EXPECT_FALSE(whole.reasoning.empty());
    EXPECT_EQ(gemini_answer_in(Form::events, told.heard.at(1)).reasoning, whole.reasoning);
}

TEST(Gemini, takes_any_key_but_wants_one)
{
    Ask in_query = gemini_ask(Form::events, 0);
    in_query.path += "&key=anything";
    in_query.extra_headers.clear();
    Ask none = gemini_ask(Form::whole, 0);
    none.extra_headers.clear();
    Ask list = get_gemini("/v1beta/models");
    list.extra_headers.clear();
    const Told told = meet_gemini({}, {in_query, none, list});
    EXPECT_EQ(told.heard.at(0).status, 200);
    for (const std::size_t refused : {1U, 2U}) {
        const auto error = gemini::read_error(told.heard.at(refused).status, told.heard.at(refused).body).error;
        EXPECT_EQ(error.status, 403);
        EXPECT_EQ(error.type, "PERMISSION_DENIED");
        EXPECT_TRUE(error.message.starts_with("Method doesn't allow unregistered callers")) << error.message;
    }
}

struct GeminiRefused {
    const char* name;
    std::string body;
    const char* message;
};

std::string contents(const std::string& list)
{
    return R"({"contents":[)" + list + "]}";
}

TEST(Gemini, refuses_in_its_own_words)
{
    const std::string user = R"({"role":"user","parts":[{"text":"a"}]})";
    const std::string call = R"({"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]})";
    const std::string result = R"({"functionResponse":{"name":"f","response":{}}})";
    const GeminiRefused rows[] = {
        {"no_json", "{", "Invalid JSON payload received. the body is not JSON: line 1, column 2: ends in the middle"},
        {"unknown_name", R"({"messages":[]})",
         "Invalid JSON payload received. Unknown name \"messages\": Cannot find field."},
        {"no_contents", "{}", "Invalid JSON payload received. contents: expected a list of at least one content"},
        {"unanswered_call", contents(user + "," + call + "," + user),
         "Please ensure that the number of function response parts is equal to the number of function call parts of "
         "the "
         "function call turn."},
        {"open_call", contents(user + "," + call),
         "Please ensure that the number of function response parts is equal to the number of function call parts of "
         "the "
         "function call turn."},
        {"too_many_results",
         contents(user + "," + call + R"(,{"role":"user","parts":[)" + result + "," + result + "]}"),
         "Please ensure that the number of function response parts is equal to the number of function call parts of "
         "the "
         "function call turn."},
        {"orphan_result", contents(R"({"role":"user","parts":[)" + result + "]}"),
         "Please ensure that function response turn comes immediately after a function call turn."},
    };
    for (const GeminiRefused& row : rows) {
        Ask ask = gemini_ask(Form::whole, 0);
        ask.body = row.body;
        const Heard heard = meet_gemini({}, {ask}).heard.at(0);
        const auto error = gemini::read_error(heard.status, heard.body).error;
        EXPECT_EQ(error.status, 400) << row.name;
        EXPECT_EQ(error.type, "INVALID_ARGUMENT") << row.name;
        EXPECT_EQ(error.message.substr(0, std::string(row.message).size()), row.message) << row.name;
    }
}

TEST(Gemini, does_not_know_other_models)
{
    Ask other = gemini_ask(Form::whole, 0);
    other.path = "/v1beta/models/gemini-x:generateContent";
    Ask in_array = gemini_ask(Form::array, 0);
    in_array.path = "/v1beta/models/gemini-x:streamGenerateContent";
    const Told told = meet_gemini({}, {other, in_array});
    for (const Heard& heard : told.heard) {
        const auto error = gemini::read_error(heard.status, heard.body).error;
        EXPECT_EQ(heard.status, 404);
        EXPECT_EQ(error.type, "NOT_FOUND");
        EXPECT_TRUE(error.message.starts_with("models/gemini-x is not found for API version v1beta")) << error.message;
    }
    EXPECT_TRUE(told.heard.at(0).body.starts_with(R"({"error":{"code":404,)"));
    EXPECT_TRUE(told.heard.at(1).body.starts_with(R"([{"error":{"code":404,)")) << "an array asked for is an array";
}

TEST(Gemini, says_when_a_prompt_is_too_long)
{
    ProviderSpec narrow = google();
    narrow.context_window = 10;
    const Heard heard = meet_gemini({}, {gemini_ask(Form::events, 0)}, narrow).heard.at(0);
    const auto error = gemini::read_error(heard.status, heard.body).error;
    EXPECT_EQ(error.status, 400);
    EXPECT_EQ(error.type, "INVALID_ARGUMENT");
    EXPECT_TRUE(error.message.starts_with("The input token count (")) << error.message;
    EXPECT_TRUE(error.message.ends_with(") exceeds the maximum number of tokens allowed (10).")) << error.message;
}

TEST(Gemini, has_pages_beside_answers)
{
    Ask count_some = gemini_ask(Form::whole, 0);
    count_some.path = "/v1beta/models/gemini-2.5-flash:countTokens";
    count_some.body = R"({"contents":[{"parts":[{"text":"12345678"}]}]})";
    Ask count_whole = count_some;
    count_whole.body = R"({"generateContentRequest":)" + gemini_ask(Form::whole, 0).body + "}";
    const Told told =
        meet_gemini({}, {get_gemini("/v1beta/models?pageSize=50"), get_gemini("/v1beta/models/gemini-2.5-flash"),
                         get_gemini("/v1beta/models/x"), count_some, count_whole});
    const std::string described =
        R"({"name":"models/gemini-2.5-flash","version":"001","displayName":"gemini-2.5-flash","inputTokenLimit":1048576,)"
        R"("outputTokenLimit":65536,"supportedGenerationMethods":["generateContent","countTokens"]})";
    EXPECT_EQ(told.heard.at(0).body, R"({"models":[)" + described + "]}");
    EXPECT_EQ(told.heard.at(1).body, described);
    EXPECT_EQ(told.heard.at(2).status, 404);
    EXPECT_EQ(told.heard.at(3).body, R"({"totalTokens":6,"promptTokensDetails":[{"modality":"TEXT","tokenCount":6}]})");
    EXPECT_GT((*net::parse_json(told.heard.at(4).body))["totalTokens"].get<int>(), 100);
    EXPECT_TRUE(told.notes.empty()) << "none of them is a request for an answer";
}

TEST(Gemini, sends_a_page_of_its_front_end_for_what_is_no_method)
{
    Ask unknown_method = gemini_ask(Form::whole, 0);
    unknown_method.path = "/v1beta/models/gemini-2.5-flash:predict";
    Ask openai = gemini_ask(Form::whole, 0);
    openai.path = "/v1/chat/completions";
    const Told told =
        meet_gemini({}, {unknown_method, openai, get_gemini(path_of(Form::whole)), get_gemini("/v1beta/modelsx")});
    for (const Heard& heard : told.heard) {
        EXPECT_EQ(heard.status, 404);
        EXPECT_EQ(heard.headers.find("content-type"), "text/html; charset=UTF-8");
        EXPECT_EQ(gemini::read_error(404, heard.body).error.message, "Error 404 (Not Found)!!1");
    }
}

TEST(Gemini, a_status_is_a_google_rpc_status)
{
    const Heard busy = meet_one("{status: {code: 503}}", gemini_ask(Form::events, 0));
    EXPECT_EQ(busy.body, R"({"error":{"code":503,"message":"The model is overloaded. Please try again later.",)"
                         R"("status":"UNAVAILABLE"}})");
    const Heard in_array = meet_one("{status: {code: 500}}", gemini_ask(Form::array, 0));
    EXPECT_EQ(in_array.body,
              "["
              R"({"error":{"code":500,"message":"An internal error has occurred. Please retry.",)"
              R"("status":"INTERNAL"}})"
              "\n]");
    const Heard bad_key = meet_one("{status: {code: 400, message: API key not valid., error_code: API_KEY_INVALID}}",
                                   gemini_ask(Form::whole, 0));
    const auto error = gemini::read_error(400, bad_key.body).error;
    EXPECT_EQ(error.type, "INVALID_ARGUMENT");
    EXPECT_EQ(error.code, "API_KEY_INVALID");
    EXPECT_EQ(error.message, "API key not valid.");
}

TEST(Gemini, a_rate_limit_says_when_to_come_back_in_its_body)
{
    for (const Form form : every_form) {
        const Told told =
            meet_gemini({"{target: primary, inject: {rate_limit: {retry_after: 2500ms}}}"}, {gemini_ask(form, 0)});
        const Heard& heard = told.heard.at(0);
        EXPECT_EQ(heard.status, 429);
        EXPECT_FALSE(heard.headers.contains("retry-after"));
        EXPECT_EQ(heard.body.front(), form == Form::array ? '[' : '{');
        const auto read = gemini::read_error(429, heard.body);
        EXPECT_EQ(read.error.type, "RESOURCE_EXHAUSTED");
        EXPECT_EQ(read.retry_delay, milliseconds(2500));
        EXPECT_EQ(read.quota_ids, std::vector<std::string>{"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"});
        EXPECT_NE(heard.body.find(R"("model":"gemini-2.5-flash")"), std::string::npos);
        EXPECT_TRUE(read.error.message.ends_with("Please retry in 2.500s.")) << read.error.message;
        EXPECT_EQ(told.rest_of("rate_limit delivered to primary#1: "),
                  fmt::format("HTTP 429 with a wait of 2.5s ({} bytes of body)", heard.body.size()));
    }
    const Heard silent = meet_one("{rate_limit: {retry_after: none}}", gemini_ask(Form::whole, 0));
    EXPECT_EQ(gemini::read_error(429, silent.body).retry_delay, std::nullopt);
    EXPECT_FALSE(gemini::read_error(429, silent.body).quota_ids.empty());
}

TEST(Gemini, a_timeout_that_ends_is_a_deadline_exceeded)
{
    const Heard heard = meet_one("{timeout: {hold: 500ms}}", gemini_ask(Form::events, 0));
    EXPECT_EQ(heard.status, 504);
    EXPECT_EQ(gemini::read_error(504, heard.body).error.type, "DEADLINE_EXCEEDED");
    EXPECT_GE(heard.took, milliseconds(500));
}

TEST(Gemini, an_empty_tool_turn_stops_without_parts)
{
    // There is no reason for tool turns in this API: STOP promises as little as it says.
    for (const Form form : every_form) {
        const Told told = meet_gemini({"{target: primary, inject: empty_tool_turn}"}, {gemini_ask(form, 0)});
        const Heard& heard = told.heard.at(0);
        EXPECT_EQ(count(heard.body, R"([{"content":{"role":"model"},"finishReason":"STOP","index":0}])"), 1U)
            << heard.body;
        EXPECT_EQ(gemini_answer_in(form, heard).finish, wire::FinishReason::stop);
        EXPECT_TRUE(gemini_answer_in(form, heard).tool_calls.empty());
        EXPECT_TRUE(heard.whole);
        EXPECT_EQ(told.rest_of("empty_tool_turn delivered to primary#1: "),
                  fmt::format("HTTP 200, a tool turn without a call ({} bytes of body)", heard.body.size()));
    }
}

TEST(Gemini, malformed_arguments_are_owned_up_to)
{
    // `args` is an object and cannot be half: the server gives up on the turn and says why.
    for (const Form form : every_form) {
        const Told told = meet_gemini({"{target: primary, inject: malformed_arguments}"}, {gemini_ask(form, 0)});
        const Heard& heard = told.heard.at(0);
        EXPECT_EQ(count(heard.body, R"([{"finishReason":"MALFORMED_FUNCTION_CALL","index":0,)"
                                    R"("finishMessage":"Malformed function call"}])"),
                  1U)
            << heard.body;
        EXPECT_EQ(count(heard.body, "candidates\""), 1U) << heard.body;
        const wire::ChatAnswer answer = gemini_answer_in(form, heard);
        EXPECT_EQ(answer.finish, wire::FinishReason::other);
        EXPECT_TRUE(answer.tool_calls.empty());
        EXPECT_TRUE(heard.whole);
        EXPECT_TRUE(told.rest_of("malformed_arguments delivered to primary#1: ").starts_with("HTTP 200, "));
    }
}

TEST(Gemini, a_cut_stream_has_no_reason_for_its_end)
{
    for (const Form form : {Form::events, Form::array}) {
        const Heard heard = meet_one("{cut: {after_tokens: 3, end: fin}}", kept_alive(gemini_ask(form, 3)));
        EXPECT_EQ(heard.ending, "FIN");
        EXPECT_FALSE(heard.whole);
        EXPECT_EQ(count(heard.body, R"("text":)"), 3U) << heard.body;
        EXPECT_EQ(count(heard.body, "finishReason"), 0U);
        EXPECT_NE(heard.body.back(), ']');
    }
    const Heard heard = meet_one("{cut: {after_tokens: 3}}", kept_alive(gemini_ask(Form::events, 3)));
    EXPECT_FALSE(assembled_gemini(Form::events, heard.body).finished());
    EXPECT_EQ(heard.ending, "RST");
}

TEST(Gemini, a_cut_inside_a_call_leaves_half_an_event)
{
    for (const Form form : every_form) {
        const Told told =
            meet_gemini({"{target: primary, inject: {cut: {inside: tool_call}}}"}, {kept_alive(gemini_ask(form, 0))});
        const Heard& heard = told.heard.at(0);
        EXPECT_EQ(heard.ending, "RST");
        EXPECT_NE(heard.body.find(R"("args":{"reference":)"), std::string::npos) << heard.body;
        EXPECT_EQ(heard.body.find("}}"), std::string::npos) << heard.body;
        EXPECT_TRUE(told.rest_of("cut delivered to primary#1: ").ends_with(" into a tool call, then RST"));
        if (form == Form::events) {
            EXPECT_TRUE(gemini_answer_in(form, heard).tool_calls.empty()) << "half an event is none";
        }
    }
}

TEST(Gemini, a_cut_after_everything_but_the_end_has_the_call)
{
    const Heard heard = meet_one("{cut: {after_tokens: 1000, end: fin}}", kept_alive(gemini_ask(Form::events, 0)));
    EXPECT_EQ(gemini_answer_in(Form::events, heard).tool_calls.size(), 1U);
    EXPECT_FALSE(assembled_gemini(Form::events, heard.body).finished());
}

TEST(Gemini, a_stream_that_ends_well_for_http_alone)
{
    const Heard unfinished = meet_one("{cut: {before: finish, end: clean}}", gemini_ask(Form::events, 3));
    EXPECT_TRUE(unfinished.whole);
    EXPECT_FALSE(assembled_gemini(Form::events, unfinished.body).finished());
    const Heard open = meet_one("{cut: {before: terminator, end: clean}}", gemini_ask(Form::array, 3));
    EXPECT_EQ(count(open.body, "finishReason"), 1U);
    EXPECT_FALSE(open.body.ends_with("]"));
    const Heard healthy = meet_one("{cut: {before: terminator, end: clean}}", gemini_ask(Form::events, 3));
    EXPECT_TRUE(assembled_gemini(Form::events, healthy.body).finished()) << "events have no end of their own";
}

TEST(Gemini, an_error_in_a_stream_is_an_event_or_element)
{
    for (const Form form : {Form::events, Form::array}) {
        const Heard heard = meet_one("{cut: {after_tokens: 3, end: error}}", gemini_ask(form, 3));
        const wire::AnswerAssembler heard_of = assembled_gemini(form, heard.body);
        ASSERT_TRUE(heard_of.error()) << heard.body;
        EXPECT_EQ(heard_of.error()->status, 500);
        EXPECT_EQ(heard_of.error()->type, "INTERNAL");
        EXPECT_FALSE(heard_of.finished());
        EXPECT_FALSE(heard_of.answer().text.empty());
    }
}

TEST(Gemini, a_stall_inside_a_call_goes_on_where_it_stood)
{
    const Told told =
        meet_gemini({"{target: primary, until: 500ms, inject: {blackhole: {at: mid_stream, after_tokens: 3}}}"},
                    {gemini_ask(Form::events, 0)});
    EXPECT_TRUE(told.heard.at(0).whole);
    EXPECT_GE(told.heard.at(0).took, milliseconds(499));
    EXPECT_EQ(gemini_answer_in(Form::events, told.heard.at(0)).tool_calls.size(), 1U);
}

TEST(Gemini, speaks_the_same_on_real_sockets)
{
    RealWorld real;
    const Told told = tell(real.runtime, {}, {gemini_ask(Form::events, 3), gemini_ask(Form::array, 3)}, google());
    for (const Form form : {Form::events, Form::array}) {
        const wire::ChatAnswer answer = gemini_answer_in(form, told.heard.at(form == Form::events ? 0 : 1));
        EXPECT_TRUE(contains_token(answer.text, expected_digest(some_task()))) << answer.text;
    }
}

}  // namespace
}  // namespace chaos::mock_providers
