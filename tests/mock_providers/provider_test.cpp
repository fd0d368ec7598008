// One provider, well: what a client reads from it in either world, byte for byte where it matters.
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

Ask get_page(std::string path)
{
    Ask ask;
    ask.method = "GET";
    ask.path = std::move(path);
    return ask;
}

template <class World>
class HealthyProvider : public ::testing::Test {
protected:
    World world_;
};
TYPED_TEST_SUITE(HealthyProvider, BothWorlds, WorldNames);

TYPED_TEST(HealthyProvider, streams_a_tool_call_in_fragments)
{
    const Told told = tell(this->world_.runtime, {}, {post(chat_body(0, true))});
    const Heard& heard = told.heard.at(0);
    EXPECT_EQ(heard.status, 200);
    EXPECT_TRUE(heard.whole);
    EXPECT_EQ(heard.ending, "FIN");
    EXPECT_EQ(heard.headers.find("content-type"), "text/event-stream; charset=utf-8");
    EXPECT_TRUE(heard.headers.contains("x-request-id"));
    EXPECT_TRUE(heard.body.ends_with("data: [DONE]\n\n"));
    EXPECT_NE(heard.body.find(R"("name":"write_file","arguments":"")"), std::string::npos) << heard.body;
    EXPECT_NE(heard.body.find(R"("finish_reason":"tool_calls")"), std::string::npos);
    EXPECT_EQ(heard.body.find("usage\":{"), std::string::npos);
    EXPECT_TRUE(heard.bytes.ends_with("0\r\n\r\n"));
}

TYPED_TEST(HealthyProvider, answers_whole_with_usage)
{
    const Told told = tell(this->world_.runtime, {}, {post(chat_body(3, false))});
    const auto answer = wire::openai_chat::read_answer(told.heard.at(0).body);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(contains_token(answer.value->answer.text, expected_digest(some_task())));
    ASSERT_TRUE(answer.value->answer.usage);
    EXPECT_GT(answer.value->answer.usage->prompt_tokens, 100);
    EXPECT_EQ(answer.value->answer.model, "gpt-4o");
    EXPECT_GT(answer.value->answer.created, 1'700'000'000);
}

TYPED_TEST(HealthyProvider, reports_usage_in_a_stream_that_asks_for_it)
{
    auto request = conversation(some_task(), 3, true);
    request.include_usage = true;
    const Told told = tell(this->world_.runtime, {}, {post(wire::openai_chat::write_request(request))});
    EXPECT_NE(told.heard.at(0).body.find(R"("completion_tokens":)"), std::string::npos);
}

TEST(Provider, numbers_attempts_and_tries)
{
    net::Simulation world;
    const Told told =
        tell(world, {}, {post(chat_body(0, false)), post(chat_body(0, false)), post(chat_body(1, false))});
    const std::string task = some_task().task;
    const std::vector<std::string> expected = {
        "primary#1 received: " + task + " step 1 try 1", "primary#1 speaks", "primary#1 ended: 200 complete 5",
        "primary#2 received: " + task + " step 1 try 2", "primary#2 speaks", "primary#2 ended: 200 complete 5",
        "primary#3 received: " + task + " step 2 try 1", "primary#3 speaks", "primary#3 ended: 200 complete 5"};
    EXPECT_EQ(told.notes, expected);
}

TEST(Provider, keeps_its_natural_pace)
{
    ProviderSpec spec = primary();
    spec.pace.first_token = milliseconds(120);
    spec.pace.between_tokens = milliseconds(8);
    net::Simulation world;
    const Told told = tell(world, {}, {post(chat_body(0, true)), post(chat_body(0, false))}, spec);
    // Five tokens; the simulated link takes 200us each way, and connecting is over before anybody counts.
    EXPECT_EQ(told.heard.at(0).first_byte, milliseconds(120) + std::chrono::microseconds(400));
    EXPECT_EQ(told.heard.at(0).took, milliseconds(120 + 4 * 8) + std::chrono::microseconds(400));
    EXPECT_EQ(told.heard.at(1).first_byte, milliseconds(120 + 5 * 8) + std::chrono::microseconds(400));
}

TEST(Provider, calls_the_task_of_another_run_a_stray_and_answers_it_all_the_same)
{
    net::Simulation world;
    Brief other = some_task();
    other.run = run_token(8);
    other.task = task_token(other.run, 1);
    const Told told = tell(
        world, {}, {post(wire::openai_chat::write_request(conversation(other, 0, false))), post(chat_body(0, false))});
    EXPECT_EQ(told.heard.at(0).status, 200);
    EXPECT_EQ(told.notes.at(0), "stray at primary: task '" + other.task + "' belongs to another run");
    EXPECT_EQ(told.notes.at(1), "primary#1 received: " + some_task().task + " step 1 try 1");
}

TEST(Provider, serves_strangers_as_attempts_without_a_task)
{
    net::Simulation world;
    const Told told = tell(world, {}, {post(R"({"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]})")});
    EXPECT_NE(told.heard.at(0).body.find("(as primary-1) Hello"), std::string::npos) << told.heard.at(0).body;
    EXPECT_EQ(told.notes.at(0), "primary#1 received:  step 0 try 1");
}

TEST(Provider, notices_a_client_that_leaves)
{
    ProviderSpec spec = primary();
    spec.pace.first_token = seconds(10);
    Ask impatient = post(chat_body(0, true));
    impatient.listens = milliseconds(100);
    Ask patient_again = post(chat_body(0, false));
    patient_again.listens = seconds(20);
    net::Simulation world;
    const Told told = tell(world, {}, {impatient, patient_again}, spec);
    EXPECT_EQ(told.heard.at(0).ending, "silence");
    EXPECT_EQ(told.notes.at(1), "primary#1 ended: 0 client_left 0");
}

TEST(Provider, lists_its_model)
{
    net::Simulation world;
    const Told told =
        tell(world, {}, {get_page("/v1/models"), get_page("/v1/models/gpt-4o?x=1"), get_page("/v1/models/other")});
    EXPECT_NE(told.heard.at(0).body.find(R"("id":"gpt-4o")"), std::string::npos);
    EXPECT_EQ(told.heard.at(1).status, 200);
    EXPECT_EQ(told.heard.at(2).status, 404);
    EXPECT_TRUE(told.notes.empty());
}

struct ChatRefused {
    Ask ask;
    int status;
    const char* code;
    const char* words;
};

std::string chat_with(const std::function<void(wire::ChatRequest&)>& change)
{
    auto request = conversation(some_task(), 1, false);
    change(request);
    return wire::openai_chat::write_request(request);
}

TEST(Provider, refuses_as_OpenAI_does)
{
    Ask wrong_method = get_page("/v1/chat/completions");
    const ChatRefused rows[] = {
        {post("{not JSON"), 400, "", "could not parse"},
        {get_page("/v2/anything"), 404, "unknown_url", "Unknown request URL: GET /v2/anything."},
        {wrong_method, 405, "", "not allowed"},
        {post(chat_with([](auto& request) { request.model = "gpt-x"; })), 404, "model_not_found",
         "The model `gpt-x` does not exist"},
        {post(chat_with([](auto& request) { request.messages.clear(); })), 400, "",
         "expected a list of at least one message"},
        {post(chat_with([](auto& request) { request.messages.pop_back(); })), 400, "",
         "did not have response messages: call_1"},
        {post(chat_with([](auto& request) { request.messages.erase(request.messages.begin() + 1); })), 400, "",
         "must be a response to a preceding message"},
        {post(chat_with([](auto& request) { request.messages.push_back(request.messages.back()); })), 400, "",
         "must be a response to a preceding message"},
        {post(chat_with([](auto& request) {
             request.messages.push_back(wire::message(wire::Role::user, std::string(40'000, 'x')));
         })),
         400, "context_length_exceeded", "maximum context length is 8192 tokens"},
    };
    ProviderSpec spec = primary();
    spec.context_window = 8192;
    for (const ChatRefused& row : rows) {
        net::Simulation world;
        const Told told = tell(world, {}, {row.ask}, spec);
        const Heard& heard = told.heard.at(0);
        EXPECT_EQ(heard.status, row.status) << row.words;
        const auto error = wire::openai_chat::read_error(heard.status, heard.body);
        EXPECT_EQ(error.code, row.code) << heard.body;
        EXPECT_NE(error.message.find(row.words), std::string::npos) << heard.body;
        EXPECT_EQ(error.type, "invalid_request_error") << heard.body;
    }
}

TEST(Provider, says_which_port_it_could_not_have)
{
    net::Simulation world;
    Notebook notebook;
    ProviderSpec spec = primary();
    Provider first(world, spec, {}, net::Chance(1), "run", notebook);
    spec.port = first.endpoint().port;
    EXPECT_THROW(Provider(world, spec, {}, net::Chance(1), "run", notebook), std::system_error);
}

}  // namespace
}  // namespace chaos::mock_providers
