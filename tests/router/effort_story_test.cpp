// How much a model is to think, across protocols: sent where it is known to be understood, else left out and named.
#include "tests/router/vendors.hpp"

namespace chaos::router {
namespace {

struct EffortRow {
    const char* name;
    Protocol caller;
    std::string asks;  ///< members of its request
    Protocol to;
    std::vector<std::string> has;
    std::string sent;     ///< what must be in the body; empty: nothing of the kind
    std::string dropped;  ///< x-chaos-dropped
};

TEST(Effort, is_sent_where_it_is_understood_and_else_named)
{
    const std::string chat = R"(,"reasoning_effort":"high")";
    const std::string responses = R"(,"reasoning":{"effort":"minimal"})";
    const std::string effort = R"(,"output_config":{"effort":"low"})";
    const std::string budget = R"(,"thinking":{"type":"enabled","budget_tokens":2048})";
    const std::vector<EffortRow> rows{
        {"to a model of which it is not known",
         Protocol::openai_chat,
         chat,
         Protocol::anthropic,
         {},
         "",
         "reasoning_effort"},
        {"to one that has it",
         Protocol::openai_chat,
         chat,
         Protocol::anthropic,
         {"reasoning_effort"},
         R"("output_config":{"effort":"high"})",
         ""},
        {"the nearest level",
         Protocol::openai_responses,
         responses,
         Protocol::anthropic,
         {"reasoning_effort"},
         R"("output_config":{"effort":"low"})",
         ""},
        {"the other way", Protocol::anthropic, effort, Protocol::openai_chat, {}, R"("reasoning_effort":"low")", ""},
        {"to Gemini", Protocol::anthropic, budget, Protocol::gemini, {}, R"("thinkingBudget":2048)", ""},
        {"a budget becomes no level", Protocol::anthropic, budget, Protocol::openai_chat, {}, "", "reasoning_budget"},
    };
    for (const EffortRow& row : rows) {
        World world;
        ScriptedUpstream& upstream = world.provider("only", {answering(row.to, text_answer(row.to, "well"), false)},
                                                    std::nullopt, std::string(spelling(row.to)));
        world.targets.back().has = row.has;
        Reply reply;
        world.tell([&]() -> net::Task<void> {
            const std::string words = row.caller == Protocol::openai_responses
                                          ? R"("input":"hi")"
                                          : R"("max_tokens":9000,"messages":[{"role":"user","content":"hi"}])";
            reply = co_await world.ask(R"({"model":"agent",)" + words + row.asks + "}", 0ns, caller_path(row.caller));
        });
        EXPECT_EQ(reply.status, 200) << row.name << reply.body;
        EXPECT_EQ(reply.header("x-chaos-dropped"), row.dropped) << row.name;
        ASSERT_EQ(upstream.asked().size(), 1U) << row.name;
        const std::string& body = upstream.asked()[0]->body;
        EXPECT_NE(body.find(row.sent), std::string::npos) << row.name << body;
        for (const char* word : {"effort", "thinking", "reasoning"})
            EXPECT_TRUE(!row.sent.empty() || body.find(word) == std::string::npos) << row.name << body;
    }
}

}  // namespace
}  // namespace chaos::router
