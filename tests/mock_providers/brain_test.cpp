// What the brain does next in every situation a conversation can be in, and in every one a bad router can bring about.
#include "mock_providers/brain.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "mock_providers/pieces.hpp"
#include "net/json.hpp"

namespace chaos::mock_providers {
namespace {

using wire::FinishReason;
using wire::Role;

Brief three_steps()
{
    Brief brief;
    brief.run = run_token(7);
    brief.task = task_token(brief.run, 1);
    brief.steps = 3;
    brief.tools = {"write_file", "send_email"};
    return brief;
}

wire::Message call_message(const std::string& id, const std::string& tool = "write_file")
{
    wire::Message message;
    message.role = Role::assistant;
    message.tool_calls.push_back({id, tool, "{}"});
    return message;
}

wire::Message result_message(const std::string& text)
{
    wire::Message message = wire::message(Role::tool, text);
    message.tool_call_id = "c";
    return message;
}

wire::Message receipt(int step)
{
    return result_message(tool_result_text(three_steps().task, step));
}

wire::ChatRequest brain_conversation(std::vector<wire::Message> rest)
{
    wire::ChatRequest request;
    request.model = "gpt-4o";
    request.messages = {wire::message(Role::system, "Be careful."),
                        wire::message(Role::user, task_text(three_steps()))};
    request.messages.insert(request.messages.end(), rest.begin(), rest.end());
    request.tools = {{"write_file", "", "{}"}, {"send_email", "", "{}"}};
    return request;
}

wire::ChatAnswer brain_answer_to(const wire::ChatRequest& request, std::string_view attempt = "primary#17",
                                 std::int64_t filler = 5)
{
    return next_turn(understand(request), request, attempt, filler);
}

std::string argument(const wire::ChatAnswer& answer, const char* name)
{
    const auto arguments = net::parse_json(answer.tool_calls.at(0).arguments);
    return arguments ? arguments->value(name, std::string()) : "not JSON";
}

/// The step a call is for, by its effect token; 0: no call.
int step_called(const wire::ChatAnswer& answer)
{
    if (answer.tool_calls.empty()) {
        return 0;
    }
    const auto identity = parse_effect_token(argument(answer, "reference"));
    return identity ? identity->step : -1;
}

struct Row {
    const char* situation;
    std::vector<wire::Message> rest;  ///< after the system message and the brief
    int step;                         ///< asked for next; 0: the final answer
};

TEST(Brain, asks_for_the_lowest_step_whose_receipt_is_not_there)
{
    const Row rows[] = {
        {"the beginning", {}, 1},
        {"one receipt", {call_message("a"), receipt(1)}, 2},
        {"two receipts", {call_message("a"), receipt(1), call_message("b"), receipt(2)}, 3},
        {"all receipts",
         {call_message("a"), receipt(1), call_message("b"), receipt(2), call_message("c"), receipt(3)},
         0},
        {"a result was lost on the way",
         {call_message("a"), receipt(1), call_message("b"), call_message("c"), receipt(3)},
         2},
        {"a result was emptied", {call_message("a"), result_message("")}, 1},
        {"a result was cut before its receipt",
         {call_message("a"), result_message(tool_result_text(three_steps().task, 1).substr(0, 30))},
         1},
        {"a result of another task",
         {call_message("a"), result_message(tool_result_text(task_token(three_steps().run, 2), 1))},
         1},
        {"a receipt that only the assistant claims",
         {wire::message(Role::assistant, tool_result_text(three_steps().task, 1))},
         1},
        {"a receipt that only the user claims",
         {wire::message(Role::user, tool_result_text(three_steps().task, 1))},
         1},
        {"an error result", {call_message("a"), receipt(1), call_message("b"), result_message("Error: HTTP 500")}, 2},
        {"an error result, then success",
         {call_message("a"), result_message("Error: HTTP 500"), call_message("b"), receipt(1)},
         2},
        {"a lost reply", {call_message("a"), result_message(std::string(lost_reply_text))}, 1},
        {"the same receipt twice", {call_message("a"), receipt(1), call_message("b"), receipt(1)}, 2},
        {"a parallel group, answered in any order", {call_message("a"), receipt(2), receipt(1)}, 3},
        {"a parallel group of which one failed", {call_message("a"), receipt(2), result_message("Error: HTTP 500")}, 1},
        {"a nudge by the user in the middle",
         {call_message("a"), receipt(1), wire::message(Role::user, "Please go on.")},
         2},
        {"an empty assistant turn in the middle",
         {call_message("a"), receipt(1), wire::message(Role::assistant, "")},
         2},
        {"a word by the user after the end",
         {call_message("a"), receipt(1), receipt(2), receipt(3), wire::message(Role::assistant, "Done."),
          wire::message(Role::user, "Thanks.")},
         0},
        {"a step beyond the last", {call_message("a"), receipt(1), receipt(9)}, 2},
        {"receipts in one result",
         {call_message("a"),
          result_message(tool_result_text(three_steps().task, 1) + tool_result_text(three_steps().task, 2))},
         3},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(step_called(brain_answer_to(brain_conversation(row.rest))), row.step) << row.situation;
    }
}

TEST(Brain, calls_the_tool_of_the_step_with_its_reference_and_the_mark_of_the_attempt)
{
    const auto answer = brain_answer_to(brain_conversation({call_message("a"), receipt(1)}));
    EXPECT_EQ(answer.finish, FinishReason::tool_calls);
    EXPECT_EQ(answer.text, "");
    ASSERT_EQ(answer.tool_calls.size(), 1U);
    EXPECT_EQ(answer.tool_calls[0].name, "send_email");
    EXPECT_EQ(answer.tool_calls[0].id, "primary-17-1");
    EXPECT_EQ(argument(answer, "reference"), effect_token(three_steps().task, 2, 1));
    EXPECT_EQ(argument(answer, "content"), "Step 2 of 3 (as primary-17).");
}

/// What is called when the tool of the first step is declared like this.
wire::ChatAnswer with_schema(const std::string& schema, std::string_view attempt = "primary#17")
{
    wire::ChatRequest request = brain_conversation({});
    request.tools[0].parameters = schema;
    return brain_answer_to(request, attempt);
}

std::string without_mark(std::string text, std::string_view attempt)
{
    const std::size_t at = text.find(mark(attempt));
    return at == std::string::npos ? text : text.erase(at, mark(attempt).size());
}

TEST(Brain, keeps_to_the_schema_of_the_tool_and_puts_the_reference_in_its_place)
{
    const wire::ChatAnswer answer = with_schema(
        R"({"type":"object","properties":{"path":{"type":"string"},"ticket":{"type":"string","description":)"
        R"("Of yours. The reference of this step, unchanged."},"size":{"type":"integer","minimum":3}},)"
        R"("required":["path","ticket","size"]})");
    EXPECT_EQ(answer.tool_calls.at(0).arguments, R"({"path":"Step 1 of 3 (as primary-17).","ticket":")" +
                                                     effect_token(three_steps().task, 1, 1) + R"(","size":3})");
    EXPECT_EQ(answer.text, "");
}

TEST(Brain, bears_its_mark_in_words_where_the_arguments_have_no_room_for_it)
{
    const char* schemas[] = {
        R"({"type":"object","properties":{"reference":{"type":"string"},"n":{"type":"integer"}}})",
        R"({"type":"object","properties":{"reference":{"type":"string"},"s":{"type":"string","maxLength":20}}})",
        R"({"type":"object","properties":{"reference":{"type":"string"},"s":{"type":"string","minLength":40}}})"};
    for (const char* schema : schemas) {
        const wire::ChatAnswer answer = with_schema(schema);
        EXPECT_EQ(find_marks(answer.text), std::vector<std::string>{"primary#17"}) << schema;
        EXPECT_TRUE(find_marks(answer.tool_calls.at(0).arguments).empty()) << schema;
    }
}

TEST(Brain, asks_for_the_same_with_names_of_any_length_whatever_the_schema_bounds)
{
    for (int length = 1; length < 80; ++length) {
        const std::string schema = fmt::format(
            R"({{"type":"object","properties":{{"reference":{{"type":"string"}},"s":{{"type":"string","{}":{}}}}}}})",
            length % 2 == 0 ? "maxLength" : "minLength", length);
        const auto shorter = with_schema(schema, "a#1").tool_calls.at(0).arguments;
        const auto longer = with_schema(schema, "a-provider-with-a-name#1234").tool_calls.at(0).arguments;
        EXPECT_EQ(without_mark(shorter, "a#1"), without_mark(longer, "a-provider-with-a-name#1234")) << schema;
    }
}

TEST(Brain, asks_again_with_the_same_arguments_whatever_went_wrong_before)
{
    const auto first = brain_answer_to(brain_conversation({}));
    const auto failed = brain_answer_to(brain_conversation({call_message("a"), result_message("Error: HTTP 500")}));
    const auto lost =
        brain_answer_to(brain_conversation({call_message("a"), result_message(std::string(lost_reply_text))}));
    EXPECT_EQ(failed.tool_calls.at(0).arguments, first.tool_calls.at(0).arguments);
    EXPECT_EQ(lost.tool_calls.at(0).arguments, first.tool_calls.at(0).arguments);
}

TEST(Brain, finishes_with_the_digest_and_one_mark)
{
    const auto answer = brain_answer_to(brain_conversation({call_message("a"), receipt(1), receipt(2), receipt(3)}));
    EXPECT_EQ(answer.finish, FinishReason::stop);
    EXPECT_TRUE(contains_token(answer.text, expected_digest(three_steps()))) << answer.text;
    EXPECT_EQ(find_marks(answer.text), std::vector<std::string>{"primary#17"});
}

TEST(Brain, gives_a_wrong_digest_when_a_receipt_was_altered)
{
    std::string altered = tool_result_text(three_steps().task, 2);
    altered.replace(altered.find(canary(three_steps(), 2)), 5, "other");
    const auto answer = brain_answer_to(brain_conversation({receipt(1), result_message(altered), receipt(3)}));
    EXPECT_EQ(answer.finish, FinishReason::stop);
    EXPECT_FALSE(contains_token(answer.text, expected_digest(three_steps())));
}

TEST(Brain, takes_the_newer_of_two_receipts_for_one_step)
{
    std::string altered = tool_result_text(three_steps().task, 2);
    altered.replace(altered.find(canary(three_steps(), 2)), 5, "other");
    const auto answer =
        brain_answer_to(brain_conversation({receipt(1), result_message(altered), receipt(2), receipt(3)}));
    EXPECT_TRUE(contains_token(answer.text, expected_digest(three_steps())));
}

TEST(Brain, starts_afresh_when_the_brief_was_lost)
{
    auto request = brain_conversation({call_message("a"), receipt(1)});
    request.messages.erase(request.messages.begin() + 1);
    const auto situation = understand(request);
    EXPECT_FALSE(situation.brief);
    EXPECT_EQ(situation.step, 0);
    EXPECT_TRUE(brain_answer_to(request).tool_calls.empty());
}

TEST(Brain, says_so_when_the_tool_it_needs_is_not_offered)
{
    auto request = brain_conversation({});
    request.tools = {{"send_email", "", "{}"}};
    const auto answer = brain_answer_to(request);
    EXPECT_EQ(answer.finish, FinishReason::stop);
    EXPECT_EQ(answer.text, "(as primary-17) Step 1 needs the tool 'write_file', and I was not offered it.");
    request = brain_conversation({});
    request.tool_choice.kind = wire::ToolChoice::Kind::none;
    EXPECT_TRUE(brain_answer_to(request).tool_calls.empty());
}

TEST(Brain, is_equal_for_equal_conversations_and_differs_by_attempt)
{
    const auto request = brain_conversation({receipt(1), receipt(2), receipt(3)});
    EXPECT_EQ(brain_answer_to(request), brain_answer_to(request));
    EXPECT_NE(brain_answer_to(request, "primary#1").text, brain_answer_to(request, "primary#2").text);
}

TEST(Brain, fills_its_answer_to_the_length_asked_for)
{
    const auto request = brain_conversation({receipt(1), receipt(2), receipt(3)});
    const auto none = brain_answer_to(request, "primary#1", 0);
    const auto many = brain_answer_to(request, "primary#1", 40);
    EXPECT_EQ(tokens_of(many.text).size(), tokens_of(none.text).size() + 40);
    EXPECT_EQ(many.usage->completion_tokens, static_cast<std::int64_t>(tokens_of(many.text).size()));
}

TEST(Brain, keeps_to_max_tokens)
{
    auto request = brain_conversation({receipt(1), receipt(2), receipt(3)});
    request.max_tokens = 4;
    const auto answer = brain_answer_to(request);
    EXPECT_EQ(answer.finish, FinishReason::length);
    EXPECT_EQ(tokens_of(answer.text).size(), 4U);
    EXPECT_FALSE(contains_token(answer.text, expected_digest(three_steps())));
}

TEST(Brain, tells_the_turns_apart)
{
    const auto beginning = understand(brain_conversation({}));
    EXPECT_FALSE(beginning.any_result);
    EXPECT_FALSE(beginning.after_tool);
    EXPECT_FALSE(beginning.all_done());
    const auto middle = understand(brain_conversation({call_message("a"), receipt(1)}));
    EXPECT_TRUE(middle.any_result);
    EXPECT_TRUE(middle.after_tool);
    const auto end =
        understand(brain_conversation({receipt(1), receipt(2), receipt(3), wire::message(Role::user, "And?")}));
    EXPECT_TRUE(end.all_done());
    EXPECT_FALSE(end.after_tool);
    EXPECT_EQ(end.step, 4);
}

wire::ChatRequest stranger(std::vector<wire::Message> messages, const std::string& schema)
{
    wire::ChatRequest request;
    request.messages = std::move(messages);
    request.tools = {{"get_weather", "", schema}, {"other", "", "{}"}};
    return request;
}

constexpr const char* weather_schema =
    R"({"type":"object","required":["city","days"],"properties":{"city":{"type":"string"},)"
    R"("unit":{"type":"string"},"days":{"type":"integer","minimum":3}}})";

TEST(Friendly, calls_the_first_tool_of_a_stranger_once)
{
    const auto answer = brain_answer_to(stranger({wire::message(Role::user, "Weather?")}, weather_schema));
    ASSERT_EQ(answer.tool_calls.size(), 1U);
    EXPECT_EQ(answer.tool_calls[0].name, "get_weather");
    EXPECT_EQ(answer.tool_calls[0].arguments, "{\"city\":\"sample (as primary-17)\",\"days\":3}");
    EXPECT_EQ(answer.finish, FinishReason::tool_calls);
}

TEST(Friendly, answers_a_stranger_with_text_after_the_result)
{
    const auto answer = brain_answer_to(
        stranger({wire::message(Role::user, "Weather?"), call_message("a"), result_message("Sunny")}, weather_schema));
    EXPECT_TRUE(answer.tool_calls.empty());
    EXPECT_EQ(find_marks(answer.text), std::vector<std::string>{"primary#17"});
    EXPECT_EQ(answer.finish, FinishReason::stop);
}

TEST(Friendly, answers_a_stranger_without_tools_with_text)
{
    auto request = stranger({wire::message(Role::user, "Hello")}, weather_schema);
    request.tools.clear();
    EXPECT_EQ(find_marks(brain_answer_to(request).text), std::vector<std::string>{"primary#17"});
}

TEST(Friendly, takes_the_tool_it_is_told_to)
{
    auto request = stranger({wire::message(Role::user, "Hello")}, weather_schema);
    request.tool_choice = {wire::ToolChoice::Kind::named, "other"};
    EXPECT_EQ(brain_answer_to(request).tool_calls.at(0).name, "other");
    request.tool_choice.kind = wire::ToolChoice::Kind::none;
    EXPECT_TRUE(brain_answer_to(request).tool_calls.empty());
}

TEST(Pieces, joined_are_the_answer)
{
    wire::ChatAnswer answer;
    answer.text = "  All is  well \xC3\xA9t\xC3\xA9.";
    answer.tool_calls = {
        {"call_1", "write_file", R"({"content":"\u00e9)" + std::string(50, 'x') + "\xC3\xA9\xC3\xA9\xC3\xA9\"}"},
        {"call_2", "send_email", ""}};
    answer.finish = FinishReason::tool_calls;
    answer.usage = wire::Usage{3, 4};
    std::string text;
    std::vector<std::string> arguments(2);
    std::int64_t tokens = 0;
    const auto pieces = pieces_of(answer, true);
    for (const Piece& piece : pieces) {
        tokens += piece.token ? 1 : 0;
        if (const auto* said = std::get_if<wire::delta::Text>(&piece.delta)) {
            text += said->text;
        } else if (const auto* part = std::get_if<wire::delta::Call>(&piece.delta)) {
            EXPECT_FALSE(!part->arguments.empty() &&
                         (static_cast<unsigned char>(part->arguments.front()) & 0xC0U) == 0x80U);
            arguments[static_cast<std::size_t>(part->index)] += part->arguments;
        }
    }
    EXPECT_EQ(text, answer.text);
    EXPECT_EQ(arguments[0], answer.tool_calls[0].arguments);
    EXPECT_EQ(arguments[1], "");
    EXPECT_EQ(tokens, count_tokens(answer));
    EXPECT_TRUE(std::holds_alternative<wire::delta::Start>(pieces.front().delta));
    EXPECT_TRUE(std::holds_alternative<wire::delta::Done>(pieces.back().delta));
    EXPECT_TRUE(std::holds_alternative<wire::delta::UsageReport>(pieces[pieces.size() - 2].delta));
    EXPECT_EQ(pieces_of(answer, false).size(), pieces.size() - 1);
}

TEST(Estimate, grows_with_every_part_of_a_request)
{
    auto request = brain_conversation({});
    const auto before = estimate_tokens(request);
    request.messages.push_back(wire::message(Role::user, std::string(400, 'x')));
    EXPECT_EQ(estimate_tokens(request), before + 104);
    request.tools.push_back({"t", "", std::string(399, 'x')});
    EXPECT_EQ(estimate_tokens(request), before + 204);
}

}  // namespace
}  // namespace chaos::mock_providers
