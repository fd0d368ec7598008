// The healthy path: a small agent plays a whole task against one provider and the tool server.
#include "mock_providers/brain.hpp"
#include "tests/mock_providers/stage.hpp"
#include "wire/sse.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

/// The answer in a response body, streamed or not.
wire::ChatAnswer task_answer_in(const Heard& heard, bool stream)
{
    if (!stream) {
        return wire::openai_chat::read_answer(heard.body).value->answer;
    }
    wire::SseReader reader;
    std::vector<wire::SseEvent> events;
    reader.feed(heard.body, events);
    wire::AnswerAssembler assembler;
    std::vector<wire::Delta> deltas;
    for (const auto& event : events) {
        wire::openai_chat::read_chunk(event, deltas);
    }
    for (const auto& delta : deltas) {
        assembler.add(delta);
    }
    return assembler.answer();
}

/// Plays one task to its end and gives the last answer.
class Agent {
public:
    Agent(net::Runtime& world, net::Endpoint provider, net::Endpoint tools, bool stream)
        : world_(world), provider_(std::move(provider)), tools_(std::move(tools)), stream_(stream)
    {
    }

    net::Task<void> carry_out(const Brief& brief, std::string& last_words)
    {
        wire::ChatRequest request = conversation(brief, 0, stream_);
        for (int turn = 0; turn < 3 * brief.steps + 3; ++turn) {
            Ask ask;
            ask.to = provider_;
            ask.body = wire::openai_chat::write_request(request);
            const Heard heard = co_await converse(world_, ask);
            const wire::ChatAnswer answer = task_answer_in(heard, stream_);
            if (answer.tool_calls.empty()) {
                last_words = answer.text;
                co_return;
            }
            wire::Message said;
            said.role = wire::Role::assistant;
            said.tool_calls = answer.tool_calls;
            request.messages.push_back(said);
            for (const wire::ToolCall& call : answer.tool_calls) {
                wire::Message result = co_await use_tool(call);
                request.messages.push_back(std::move(result));
            }
        }
    }

private:
    net::Task<wire::Message> use_tool(const wire::ToolCall& call)
    {
        Ask ask;
        ask.to = tools_;
        ask.path = "/tools/" + call.name;
        ask.body = call.arguments;
        const Heard heard = co_await converse(world_, ask);
        wire::Message result =
            wire::message(wire::Role::tool, heard.status == 0 ? std::string(lost_reply_text) : heard.body);
        result.tool_call_id = call.id;
        co_return result;
    }

    net::Runtime& world_;
    net::Endpoint provider_;
    net::Endpoint tools_;
    bool stream_;
};

struct Played {
    std::string last_words;
    std::vector<std::string> notes;
};

net::Task<void> play(net::Runtime& world, Provider& provider, ToolServer& tools, bool stream, Played& played)
{
    net::TaskGroup serving(world.executor());
    serving.spawn(provider.serve());
    serving.spawn(tools.serve());
    provider.start_clock(world.clock().now());
    tools.start_clock(world.clock().now());
    Agent agent(world, provider.endpoint(), tools.endpoint(), stream);
    const Brief brief = some_task(4);
    co_await agent.carry_out(brief, played.last_words);
    provider.stop();
    tools.stop();
    co_await serving.join();
}

Played play_in(net::Runtime& world, bool stream, const std::vector<std::string>& faults = {})
{
    Notebook notebook;
    const std::string run = some_task().run;
    Provider provider(world, primary(), read_faults(faults), net::Chance(1), run, notebook);
    ToolServer tools(world, some_tools(), read_faults(faults), net::Chance(1), run, notebook);
    Played played;
    world.run(play(world, provider, tools, stream, played));
    played.notes = notebook.lines;
    return played;
}

template <class World>
class WholeTask : public ::testing::Test {
protected:
    World world_;
};
TYPED_TEST_SUITE(WholeTask, BothWorlds, WorldNames);

TYPED_TEST(WholeTask, streamed_ends_with_the_expected_digest)
{
    const Played played = play_in(this->world_.runtime, true);
    EXPECT_TRUE(contains_token(played.last_words, expected_digest(some_task(4)))) << played.last_words;
}

TYPED_TEST(WholeTask, not_streamed_ends_with_the_expected_digest)
{
    const Played played = play_in(this->world_.runtime, false);
    EXPECT_TRUE(contains_token(played.last_words, expected_digest(some_task(4)))) << played.last_words;
}

TEST(Task, is_observed_step_by_step)
{
    net::Simulation world;
    const std::string task = some_task().task;
    const Played played = play_in(world, true);
    const std::vector<std::string> first_step = {
        "primary#1 received: " + task + " step 1 try 1 streamed",
        "primary#1 speaks",
        "primary#1 ended: 200 complete 5",
        "write_file asked for " + task + "/1/1 key ''",
        "write_file did " + task + "/1/1",
        "write_file answered " + task + "/1/1: 200 complete",
    };
    ASSERT_GE(played.notes.size(), first_step.size());
    EXPECT_EQ(std::vector(played.notes.begin(), played.notes.begin() + 6), first_step);
    EXPECT_EQ(played.notes.size(), 4 * 6 + 3U);
}

TEST(Task, survives_failing_tools_and_lost_replies)
{
    net::Simulation world;
    const Played played = play_in(world, true,
                                  {"{target: write_file, requests: 1, inject: tool_error}",
                                   "{target: tools, step: 2, times: 1, inject: tool_drop_reply}"});
    EXPECT_TRUE(contains_token(played.last_words, expected_digest(some_task(4)))) << played.last_words;
    const std::string second = some_task().task + "/2/1";
    EXPECT_EQ(std::count(played.notes.begin(), played.notes.end(), "send_email did " + second), 2)
        << "no key: it happens twice";
}

TEST(Task, is_the_same_each_time_with_dice)
{
    const std::vector<std::string> faults = {"{target: primary, chance: 30%, inject: {slow: {between_tokens: 3ms}}}",
                                             "{target: tools, chance: 40%, inject: tool_error}"};
    net::Simulation one;
    net::Simulation other;
    const Played first = play_in(one, true, faults);
    const Played second = play_in(other, true, faults);
    EXPECT_EQ(first.notes, second.notes);
    EXPECT_EQ(first.last_words, second.last_words);
    EXPECT_EQ(one.events(), other.events());
}

}  // namespace
}  // namespace chaos::mock_providers
