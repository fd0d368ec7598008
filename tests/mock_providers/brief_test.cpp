// The words of a task: plain, unique, and found again wherever they end up.
#include "mock_providers/brief.hpp"

#include <gtest/gtest.h>

#include <set>

#include "net/json.hpp"

namespace chaos::mock_providers {
namespace {

Brief some_brief()
{
    Brief brief;
    brief.run = run_token(7);
    brief.task = task_token(brief.run, 3);
    brief.steps = 6;
    brief.tools = {"write_file", "send-email"};
    return brief;
}

wire::ChatRequest brief_conversation(std::vector<wire::Message> messages)
{
    wire::ChatRequest request;
    request.messages = std::move(messages);
    return request;
}

TEST(Tokens, are_plain_words_without_hex)
{
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const std::string token = task_token(run_token(seed), 1);
        EXPECT_EQ(token.find("--"), std::string::npos) << token;
        EXPECT_GE(token.size(), 14U) << token;
        EXPECT_EQ(token.find_first_not_of("abcdefghijklmnopqrstuvwxyz-0123456789"), std::string::npos) << token;
    }
}

TEST(Tokens, are_equal_for_equal_seeds_and_differ_otherwise)
{
    EXPECT_EQ(run_token(1), run_token(1));
    std::set<std::string> runs;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        runs.insert(run_token(seed));
    }
    EXPECT_EQ(runs.size(), 100U);
}

TEST(Tokens, of_tasks_name_their_run)
{
    const std::string run = run_token(5);
    EXPECT_EQ(run_of(task_token(run, 1)), run);
    EXPECT_EQ(run_of(task_token(run, 12345)), run);
    EXPECT_EQ(run_of(run), "");
    EXPECT_EQ(run_of("gentle-teal-t"), "");
    EXPECT_EQ(run_of("gentle-teal-tapir"), "");
    EXPECT_EQ(run_of(""), "");
    EXPECT_NE(task_token(run, 1), task_token(run, 2));
}

TEST(TaskText, is_found_again_with_everything_it_says)
{
    const Brief brief = some_brief();
    EXPECT_EQ(find_brief(task_text(brief)), brief);
}

TEST(TaskText, may_name_no_tools)
{
    Brief brief = some_brief();
    brief.tools.clear();
    brief.steps = 0;
    EXPECT_EQ(find_brief(task_text(brief)), brief);
    EXPECT_EQ(tool_of(brief, 1), "");
}

TEST(TaskText, is_found_among_other_text)
{
    const Brief brief = some_brief();
    EXPECT_EQ(
        find_brief("Hello. Please carry out task x.\n\n> " + task_text(brief) + "\nThank you! Please carry out task "),
        brief);
}

TEST(TaskText, of_several_the_newest_counts)
{
    const Brief older = some_brief();
    Brief newer = older;
    newer.task = task_token(older.run, 4);
    const auto request = brief_conversation(
        {wire::message(wire::Role::system, "Be kind."), wire::message(wire::Role::user, task_text(older)),
         wire::message(wire::Role::assistant, "done"), wire::message(wire::Role::user, task_text(newer)),
         wire::message(wire::Role::user, "Please go on.")});
    EXPECT_EQ(find_brief(request), newer);
}

TEST(TaskText, counts_in_user_messages_only)
{
    EXPECT_EQ(find_brief(brief_conversation({wire::message(wire::Role::assistant, task_text(some_brief()))})),
              std::nullopt);
    EXPECT_EQ(find_brief(brief_conversation({})), std::nullopt);
}

TEST(TaskText, that_was_torn_is_none)
{
    const std::string text = task_text(some_brief());
    for (std::size_t length = 0; length < text.find(". Take"); ++length) {
        EXPECT_EQ(find_brief(text.substr(0, length)), std::nullopt) << length;
    }
}

TEST(Tools, take_turns_over_the_steps)
{
    const Brief brief = some_brief();
    EXPECT_EQ(tool_of(brief, 1), "write_file");
    EXPECT_EQ(tool_of(brief, 2), "send-email");
    EXPECT_EQ(tool_of(brief, 3), "write_file");
    EXPECT_EQ(tool_of(brief, 0), "");
}

TEST(Receipts, are_found_again_in_results_of_any_wrapping)
{
    const Brief brief = some_brief();
    const Receipt third{brief.task, 3, canary(brief, 3)};
    const Receipt fourth{brief.task, 4, canary(brief, 4)};
    EXPECT_EQ(find_receipts(tool_result_text(brief.task, 3)), std::vector{third});
    EXPECT_EQ(find_receipts(R"({"result":")" + tool_result_text(brief.task, 3) + R"("})"), std::vector{third});
    EXPECT_EQ(find_receipts("Step 1. " + tool_result_text(brief.task, 3) + " Step " + tool_result_text(brief.task, 4)),
              (std::vector{third, fourth}));
    EXPECT_TRUE(find_receipts("Step 3 of task x. Its receipt is y. is done. Its receipt is ").empty());
}

TEST(Receipts, carry_the_canary_as_it_was_seen)
{
    const Brief brief = some_brief();
    std::string text = tool_result_text(brief.task, 2);
    text.replace(text.find(canary(brief, 2)), canary(brief, 2).size(), "something-else");
    ASSERT_EQ(find_receipts(text).size(), 1U);
    EXPECT_EQ(find_receipts(text).front().canary, "something-else");
}

TEST(Canaries, differ_between_steps_and_tasks)
{
    std::set<std::string> canaries;
    for (int task = 1; task <= 20; ++task) {
        for (int step = 1; step <= 20; ++step) {
            canaries.insert(canary(task_token(run_token(1), task), step));
        }
    }
    EXPECT_EQ(canaries.size(), 400U);
}

TEST(Digest, depends_on_every_canary_and_on_their_order)
{
    const Brief brief = some_brief();
    const std::string one = canary(brief, 1);
    const std::string two = canary(brief, 2);
    EXPECT_EQ(digest_over({one, two}), digest_over({one, two}));
    EXPECT_NE(digest_over({one, two}), digest_over({two, one}));
    EXPECT_NE(digest_over({one, two}), digest_over({one}));
    EXPECT_NE(expected_digest(brief), digest_over({}));
}

TEST(ContainsToken, takes_whole_tokens_only)
{
    EXPECT_TRUE(contains_token("They add up to brave-otter.", "brave-otter"));
    EXPECT_TRUE(contains_token("brave-otter", "brave-otter"));
    EXPECT_TRUE(contains_token("brave-otters, (brave-otter)", "brave-otter"));
    EXPECT_FALSE(contains_token("brave-otter-harbor", "brave-otter"));
    EXPECT_FALSE(contains_token("a-brave-otter", "brave-otter"));
    EXPECT_FALSE(contains_token("", "brave-otter"));
}

TEST(EffectTokens, are_read_back)
{
    const std::string task = task_token(run_token(2), 11);
    const auto identity = parse_effect_token(effect_token(task, 4, 1));
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->task, task);
    EXPECT_EQ(identity->step, 4);
    EXPECT_EQ(identity->call, 1);
}

TEST(EffectTokens, of_any_other_form_are_refused)
{
    const std::string task = task_token(run_token(2), 11);
    const std::vector<std::string> wrongs = {"",
                                             task,
                                             task + "/4",
                                             task + "/4/",
                                             task + "/x/1",
                                             task + "/4/1/",
                                             task + "/4/1 ",
                                             "otter/4/1",
                                             " " + task + "/4/1",
                                             task + "/-4/1"};
    for (const std::string& text : wrongs) {
        EXPECT_FALSE(parse_effect_token(text)) << text;
    }
}

TEST(Marks, are_found_again)
{
    EXPECT_EQ(mark("primary#17"), "(as primary-17)");
    EXPECT_EQ(find_marks("Well " + mark("primary#17") + ", then."), std::vector<std::string>{"primary#17"});
    EXPECT_EQ(find_marks(mark("my-second.one#2") + mark("b#1") + mark("my-second.one#2")),
              (std::vector<std::string>{"my-second.one#2", "b#1"}));
}

TEST(Marks, survive_escaping_as_JSON)
{
    std::string quoted;
    net::append_json_string(quoted, "line\n\"" + mark("primary#3") + "\"");
    EXPECT_EQ(find_marks(quoted), std::vector<std::string>{"primary#3"});
}

TEST(Marks, of_any_other_form_are_none)
{
    for (const char* text :
         {"", "(as primary)", "(as primary-)", "(as -1)", "(as primary-x1)", "(as primary-1", "as primary-1)"}) {
        EXPECT_TRUE(find_marks(text).empty()) << text;
    }
}

}  // namespace
}  // namespace chaos::mock_providers
