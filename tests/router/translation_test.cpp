// The pitfalls between protocols, as tables: what goes out, and what comes back.
#include "router/translation.hpp"

#include <gtest/gtest.h>

#include "tests/router/vendors.hpp"

namespace chaos::router {
namespace {

namespace delta = wire::delta;
using wire::FinishReason;
using wire::Message;
using wire::Part;
using wire::Role;

Message calls_of(std::vector<wire::ToolCall> calls)
{
    Message message;
    message.role = Role::assistant;
    message.tool_calls = std::move(calls);
    return message;
}

Message result_of(const std::string& id, const std::string& text, bool failed = false)
{
    Message message = wire::message(Role::tool, text);
    message.tool_call_id = id;
    message.is_error = failed;
    return message;
}

const Recipient recipient{"their-model"};

wire::ChatRequest sent_to(Protocol protocol, const wire::ChatRequest& request)
{
    const Outward outward = translate(request, api_of(protocol), recipient, {});
    const std::string path = api_of(protocol).target("", "their-model", request.stream);
    const auto read = read_vendor_request(protocol, path, outward.body);
    EXPECT_TRUE(read) << read.problem << outward.body;
    return read.value.value_or(wire::ChatRequest{});
}

TEST(Translation, system_messages_reach_everybody_whole)
{
    wire::ChatRequest request;
    request.messages = {wire::message(Role::system, "first"), wire::message(Role::system, "second"),
                        wire::message(Role::user, "go"), wire::message(Role::system, "late"),
                        wire::message(Role::user, "on")};
    for (const Protocol to : all_protocols) {
        std::string systems;
        for (const Message& message : sent_to(to, request).messages) {
            if (message.role != Role::system) continue;
            for (const Part& part : message.content) systems += "[" + part.text + "]";
        }
        EXPECT_EQ(systems, "[first][second][late]") << spelling(to);
    }
}

TEST(Translation, system_messages_alone_are_sent_with_a_turn_where_one_must_be)
{
    wire::ChatRequest request;
    request.messages = {wire::message(Role::system, "be brief")};
    for (const Protocol to : {Protocol::anthropic, Protocol::gemini}) {
        const wire::ChatRequest sent = sent_to(to, request);
        ASSERT_EQ(sent.messages.size(), 2U) << spelling(to);
        EXPECT_EQ(sent.messages[0].text(), "be brief") << spelling(to);
        EXPECT_EQ(sent.messages[1], wire::message(Role::user, "(empty)")) << spelling(to);
    }
}

TEST(Translation, results_of_a_turn_stay_together_and_before_any_text)
{
    wire::ChatRequest request;
    request.messages = {wire::message(Role::user, "go"), calls_of({{"a", "f", "{}"}, {"b", "g", "{}"}}),
                        result_of("a", "one"), wire::message(Role::user, "in between"), result_of("b", "two")};
    for (const Protocol to : all_protocols) {
        const wire::ChatRequest sent = sent_to(to, request);
        std::string order;
        for (const Message& message : sent.messages) {
            if (message.role == Role::tool) order += message.tool_call_id;
            if (message.role == Role::user) order += "u";
        }
        EXPECT_TRUE(order.starts_with("uab")) << spelling(to) << ": " << order;
    }
}

struct PairRow {
    const char* name;
    std::vector<Message> history;
    std::string shape;  ///< u: user, C: calls, r: result, s: stub, a: assistant's text
};

/// As many results as calls reach every vendor.
void expect_paired_everywhere(const PairRow& row)
{
    wire::ChatRequest request;
    request.messages = row.history;
    for (const Protocol to : all_protocols) {
        std::size_t calls = 0;
        std::size_t results = 0;
        for (const Message& message : sent_to(to, request).messages) {
            calls += message.tool_calls.size();
            results += message.role == Role::tool ? 1 : 0;
        }
        EXPECT_EQ(calls, results) << row.name << " for " << spelling(to);
    }
}

TEST(Translation, histories_that_agents_broke_are_mended)
{
    const Message user = wire::message(Role::user, "go");
    const std::vector<PairRow> rows{
        {"whole", {user, calls_of({{"a", "f", "{}"}}), result_of("a", "x")}, "uCr"},
        {"a call without a result, then words", {user, calls_of({{"a", "f", "{}"}}), user}, "uCsu"},
        {"a call without a result at the end", {user, calls_of({{"a", "f", "{}"}})}, "uCs"},
        {"one of two results", {user, calls_of({{"a", "f", "{}"}, {"b", "f", "{}"}}), result_of("b", "x")}, "uCrs"},
        {"a result without a call", {user, result_of("a", "x")}, "uu"},
        {"a result twice", {user, calls_of({{"a", "f", "{}"}}), result_of("a", "x"), result_of("a", "y")}, "uCru"},
        {"a result of an older turn",
         {user, calls_of({{"a", "f", "{}"}}), result_of("a", "x"), wire::message(Role::assistant, "ok"),
          result_of("a", "y")},
         "uCrau"},
    };
    for (const PairRow& row : rows) {
        std::vector<Message> mended = row.history;
        pair_calls(mended);
        std::string shape;
        for (const Message& message : mended) {
            const bool stub = message.role == Role::tool && message.is_error;
            shape += message.role == Role::user                                      ? "u"
                     : message.role == Role::assistant && message.tool_calls.empty() ? "a"
                     : message.role == Role::assistant                               ? "C"
                     : stub                                                          ? "s"
                                                                                     : "r";
        }
        EXPECT_EQ(shape, row.shape) << row.name;
        expect_paired_everywhere(row);
    }
}

TEST(Translation, arguments_that_are_no_object_are_sent_as_one_and_the_call_is_not_dropped)
{
    for (const char* arguments : {"", "{\"a\":", "[1]", "null"}) {
        wire::ChatRequest request;
        request.messages = {wire::message(Role::user, "go"), calls_of({{"a", "f", arguments}}), result_of("a", "x")};
        for (const Protocol to : {Protocol::anthropic, Protocol::ollama, Protocol::gemini}) {
            const wire::ChatRequest sent = sent_to(to, request);
            ASSERT_EQ(sent.messages.size(), 3U) << spelling(to) << arguments;
            EXPECT_EQ(sent.messages[1].tool_calls.at(0).arguments, "{}") << spelling(to) << arguments;
        }
    }
}

TEST(Translation, a_failed_result_says_so_at_every_vendor)
{
    wire::ChatRequest request;
    request.messages = {wire::message(Role::user, "go"), calls_of({{"a", "f", "{}"}}),
                        result_of("a", "no such file", true)};
    for (const Protocol to : all_protocols) {
        const Message sent = sent_to(to, request).messages.back();
        const bool said = sent.is_error || sent.text().find("rror") != std::string::npos;
        EXPECT_TRUE(said) << spelling(to) << sent.text();
        EXPECT_NE(sent.text().find("no such file"), std::string::npos) << spelling(to);
    }
}

TEST(Translation, pictures_in_results_reach_everybody)
{
    wire::ChatRequest request;
    Message result = result_of("a", "see");
    result.content.push_back({Part::Kind::image, "data:image/png;base64,iVBORw0KGgoA"});
    request.messages = {wire::message(Role::user, "go"), calls_of({{"a", "f", "{}"}}), result};
    for (const Protocol to : all_protocols) {
        bool found = false;
        for (const Message& message : sent_to(to, request).messages) {
            for (const Part& part : message.content) {
                const bool is_it = part.kind == Part::Kind::image && part.text == result.content[1].text;
                if (!is_it) continue;
                found = true;
                // Where a result can be text only, the picture is the user's.
                const bool beside = to == Protocol::openai_chat || to == Protocol::gemini;
                EXPECT_EQ(message.role, beside ? Role::user : Role::tool) << spelling(to);
            }
        }
        EXPECT_TRUE(found) << spelling(to);
    }
}

TEST(Translation, what_shapes_an_answer_is_carried_where_it_can_be_said)
{
    wire::ChatRequest request;
    request.messages = {wire::message(Role::user, "go")};
    request.tools = {{"f", "d", R"({"type":"object"})", true}};
    request.sampling.temperature = 0.5;
    request.sampling.top_p = 0.25;
    request.max_tokens = 100;
    request.stop = {"END"};
    request.parallel_tool_calls = false;
    request.tool_choice = {wire::ToolChoice::Kind::named, "f"};
    request.format = {wire::ResponseFormat::Kind::json_schema, "n", R"({"type":"object"})", true};
    for (const Protocol to : all_protocols) {
        const wire::ChatRequest sent = sent_to(to, request);
        EXPECT_EQ(sent.sampling.temperature, 0.5) << spelling(to);
        EXPECT_EQ(sent.sampling.top_p, 0.25) << spelling(to);
        EXPECT_EQ(sent.max_tokens, 100) << spelling(to);
        EXPECT_EQ(sent.format.kind, wire::ResponseFormat::Kind::json_schema) << spelling(to);
        EXPECT_EQ(sent.format.schema, R"({"type":"object"})") << spelling(to);
        const bool has_stop = to != Protocol::openai_responses;
        if (has_stop) {
            EXPECT_EQ(sent.stop, request.stop) << spelling(to);
        }
        const bool has_choice = to != Protocol::ollama;
        if (has_choice) {
            EXPECT_EQ(sent.tool_choice, request.tool_choice) << spelling(to);
        }
        const bool has_switch = to != Protocol::ollama && to != Protocol::gemini;
        EXPECT_EQ(sent.parallel_tool_calls == false, has_switch) << spelling(to);
        const bool has_strict = has_switch;
        EXPECT_EQ(sent.tools.at(0).strict == true, has_strict) << spelling(to);
    }
}

TEST(Translation, a_temperature_above_one_is_one_where_the_scale_ends_there)
{
    wire::ChatRequest request;
    request.messages = {wire::message(Role::user, "go")};
    request.sampling.temperature = 1.5;
    const Outward outward = translate(request, api_of(Protocol::anthropic), recipient, {});
    EXPECT_NE(outward.body.find("\"temperature\":1"), std::string::npos);
    EXPECT_EQ(outward.body.find("1.5"), std::string::npos);
    EXPECT_EQ(outward.dropped, (std::vector<std::string>{"temperature_above_1"}));
}

TEST(Translation, ollama_is_told_how_much_to_take_in)
{
    wire::ChatRequest request;
    request.messages = {wire::message(Role::user, "go")};
    Recipient small = recipient;
    small.context_window = 8192;
    const auto body = [&](Protocol to) { return translate(request, api_of(to), small, {}).body; };
    EXPECT_NE(body(Protocol::ollama).find(R"("options":{"num_ctx":8192})"), std::string::npos);
    request.max_tokens = 5;
    EXPECT_NE(body(Protocol::ollama).find(R"("num_ctx":8192,"num_predict":5)"), std::string::npos);
    EXPECT_EQ(body(Protocol::gemini).find("8192"), std::string::npos);
}

TEST(Translation, a_limit_is_no_more_than_the_model_can_give_and_said_where_it_must_be)
{
    wire::ChatRequest request;
    request.messages = {wire::message(Role::user, "go")};
    Recipient limited = recipient;
    limited.max_output = 1000;
    const auto limit = [&](Protocol to) {
        const Outward outward = translate(request, api_of(to), limited, {});
        return read_vendor_request(to, api_of(to).target("", "m", false), outward.body).value->max_tokens;
    };
    EXPECT_EQ(limit(Protocol::anthropic), 1000);
    EXPECT_EQ(limit(Protocol::openai_chat), std::nullopt);
    request.max_tokens = 5000;
    for (const Protocol to : all_protocols) EXPECT_EQ(limit(to), 1000) << spelling(to);
}

TEST(Translation, only_the_first_call_passes_where_several_could_not_be_forbidden)
{
    wire::ChatRequest request;
    request.messages = {wire::message(Role::user, "go")};
    request.tools = {{"f", "", ""}};
    request.parallel_tool_calls = false;
    for (const Protocol to : all_protocols) {
        const Outward outward = translate(request, api_of(to), recipient, {});
        EXPECT_EQ(outward.one_call_only, to == Protocol::ollama || to == Protocol::gemini) << spelling(to);
    }
    const IdMap ids{IdRule{}};
    Inward inward(door_of(Protocol::openai_chat), ids, {{}, "body", {}, true});
    wire::ChatAnswer answer = call_answer(Protocol::gemini, {{"a", "f", "{}"}, {"b", "f", "{}"}});
    EXPECT_EQ(inward.answer(answer).tool_calls.size(), 1U);
    wire::Delta second = delta::Call{1, "b", "f", "{}"};
    EXPECT_FALSE(inward.delta(second));
}

TEST(Translation, what_another_vendor_sealed_stays_behind_and_is_never_shown)
{
    wire::ChatRequest request;
    Message said = wire::message(Role::assistant, "the answer");
    said.reasoning = {{"secret thought", "signature", "", false, wire::Vendor::anthropic},
                      {"", "opaque", "", true, wire::Vendor::anthropic}};
    request.messages = {wire::message(Role::user, "go"), said, wire::message(Role::user, "on")};
    for (const Protocol to : all_protocols) {
        const Outward outward = translate(request, api_of(to), recipient, {});
        for (const char* word : {"secret thought", "signature", "opaque"}) {
            EXPECT_EQ(outward.body.find(word), std::string::npos) << spelling(to) << word;
        }
        EXPECT_EQ(outward.dropped, (std::vector<std::string>{"sealed_reasoning"})) << spelling(to);
    }
}

struct EndRow {
    Protocol from;
    const char* spelt;
    FinishReason meant;
    const char* chat;
    const char* responses;
    const char* messages;
};

/// How an answer that ended so is shown to each caller. Length is never shown as an end, a filter never as one either.
TEST(Translation, reasons_for_the_end)
{
    const EndRow rows[] = {
        {Protocol::anthropic, "end_turn", FinishReason::stop, "stop", "completed", "end_turn"},
        {Protocol::anthropic, "stop_sequence", FinishReason::stop, "stop", "completed", "end_turn"},
        {Protocol::anthropic, "max_tokens", FinishReason::length, "length", "max_output_tokens", "max_tokens"},
        {Protocol::anthropic, "model_context_window_exceeded", FinishReason::length, "length", "max_output_tokens",
         "max_tokens"},
        {Protocol::anthropic, "refusal", FinishReason::content_filter, "content_filter", "content_filter", "refusal"},
        {Protocol::anthropic, "pause_turn", FinishReason::other, "length", "max_output_tokens", "max_tokens"},
        {Protocol::anthropic, "something_new", FinishReason::other, "length", "max_output_tokens", "max_tokens"},
        {Protocol::gemini, "STOP", FinishReason::stop, "stop", "completed", "end_turn"},
        {Protocol::gemini, "MAX_TOKENS", FinishReason::length, "length", "max_output_tokens", "max_tokens"},
        {Protocol::gemini, "SAFETY", FinishReason::content_filter, "content_filter", "content_filter", "refusal"},
        {Protocol::gemini, "RECITATION", FinishReason::content_filter, "content_filter", "content_filter", "refusal"},
        {Protocol::gemini, "PROHIBITED_CONTENT", FinishReason::content_filter, "content_filter", "content_filter",
         "refusal"},
        {Protocol::ollama, "stop", FinishReason::stop, "stop", "completed", "end_turn"},
        {Protocol::ollama, "length", FinishReason::length, "length", "max_output_tokens", "max_tokens"},
        {Protocol::openai_responses, "completed", FinishReason::stop, "stop", "completed", "end_turn"},
        {Protocol::openai_responses, "max_output_tokens", FinishReason::length, "length", "max_output_tokens",
         "max_tokens"},
        {Protocol::openai_responses, "content_filter", FinishReason::content_filter, "content_filter", "content_filter",
         "refusal"},
        {Protocol::openai_chat, "stop", FinishReason::stop, "stop", "completed", "end_turn"},
        {Protocol::openai_chat, "length", FinishReason::length, "length", "max_output_tokens", "max_tokens"},
        {Protocol::openai_chat, "content_filter", FinishReason::content_filter, "content_filter", "content_filter",
         "refusal"},
    };
    for (const EndRow& row : rows) {
        wire::ChatAnswer answer = text_answer(row.from, "words");
        answer.finish = row.meant;
        answer.finish_text = row.spelt;
        const WholeAnswer read = api_of(row.from).read_answer(whole_body(row.from, answer), 1);
        EXPECT_EQ(read.answer.finish, row.meant) << row.spelt;
        for (const auto& [caller, word] :
             {std::pair{Protocol::openai_chat, row.chat}, std::pair{Protocol::openai_responses, row.responses},
              std::pair{Protocol::anthropic, row.messages}}) {
            const IdMap ids{IdRule{}};
            Inward inward(door_of(caller), ids, {{}, "body", {}, false});
            const std::string shown = door_of(caller).write_answer(inward.answer(read.answer));
            EXPECT_EQ(read_caller_answer(caller, shown).answer.finish_text, word)
                << row.spelt << " for " << spelling(caller) << shown;
            std::string streamed;
            const auto writer = door_of(caller).stream_writer({"id", "m", 1, 1, true});
            for (wire::Delta delta : deltas_of(read.answer, true)) {
                if (inward.delta(delta)) writer->write(streamed, delta);
            }
            writer->end(streamed);
            EXPECT_EQ(read_caller_stream(caller, streamed).answer.finish_text, word)
                << row.spelt << " for " << spelling(caller) << streamed;
        }
    }
}

TEST(Translation, an_answer_with_calls_that_was_cut_short_is_never_shown_as_a_finished_one)
{
    const std::string expected[] = {"length", "max_output_tokens", "max_tokens"};
    for (const Protocol from : all_protocols) {
        wire::ChatAnswer said = call_answer(from, {{"call_1", "f", "{}"}});
        said.finish = FinishReason::length;
        const WholeAnswer read = api_of(from).read_answer(whole_body(from, said), 1);
        for (std::size_t i = 0; i < caller_protocols.size(); ++i) {
            const Protocol caller = caller_protocols[i];
            const IdMap ids{IdRule{}};
            Inward inward(door_of(caller), ids, {{}, "body", {}, false});
            const std::string shown = door_of(caller).write_answer(inward.answer(read.answer));
            const std::string name = std::string(spelling(from)) + " for " + std::string(spelling(caller));
            EXPECT_EQ(read_caller_answer(caller, shown).answer.finish_text, expected[i]) << name << shown;
            std::string streamed;
            const auto writer = door_of(caller).stream_writer({"id", "m", 1, 1, true});
            for (wire::Delta delta : deltas_of(read.answer, true)) {
                if (inward.delta(delta)) writer->write(streamed, delta);
            }
            writer->end(streamed);
            EXPECT_EQ(read_caller_stream(caller, streamed).answer.finish_text, expected[i]) << name << streamed;
        }
    }
}

TEST(Translation, a_refusal_is_never_shown_as_an_ordinary_end)
{
    wire::ChatAnswer answer = vendor_answer(Protocol::openai_chat);
    answer.refusal = "I cannot.";
    const IdMap ids{IdRule{}};
    Inward inward(door_of(Protocol::anthropic), ids, {{}, "body", {}, false});
    const std::string shown = door_of(Protocol::anthropic).write_answer(inward.answer(answer));
    EXPECT_NE(shown.find(R"("stop_reason":"refusal")"), std::string::npos) << shown;
    EXPECT_NE(shown.find("I cannot."), std::string::npos) << shown;
}

struct UsageRow {
    Protocol from;
    const char* body;
    wire::Usage usage;
};

TEST(Translation, tokens_are_counted_alike)
{
    const UsageRow rows[] = {
        {Protocol::anthropic,
         R"({"id":"m","content":[],"stop_reason":"end_turn","usage":{"input_tokens":5,"cache_creation_input_tokens":7,)"
         R"("cache_read_input_tokens":11,"output_tokens":3}})",
         {23, 3}},
        {Protocol::openai_chat,
         R"({"choices":[],"usage":{"prompt_tokens":23,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":11}}})",
         {23, 3}},
        {Protocol::gemini,
         R"({"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}],)"
         R"("usageMetadata":{"promptTokenCount":23,"candidatesTokenCount":1,"thoughtsTokenCount":2}})",
         {23, 3}},
        {Protocol::ollama,
         R"({"model":"m","message":{"content":"x"},"done":true,"done_reason":"stop","prompt_eval_count":23,"eval_count":3})",
         {23, 3}},
        {Protocol::ollama,
         R"({"model":"m","message":{"content":"x"},"done":true,"done_reason":"stop","eval_count":3})",
         {0, 3}},
    };
    for (const UsageRow& row : rows) {
        EXPECT_EQ(api_of(row.from).read_answer(row.body, 1).answer.usage, row.usage) << row.body;
    }
}

TEST(Translation, a_new_call_never_shares_an_id_with_one_of_the_conversation)
{
    const IdMap ids{IdRule{}};
    Inward inward(door_of(Protocol::openai_chat), ids, {{}, "body", {"call_1_1"}, false});
    const wire::ChatAnswer answer = inward.answer(call_answer(Protocol::gemini, {{"call_1_1", "f", "{}"}}));
    EXPECT_NE(answer.tool_calls[0].id, "call_1_1");
    const wire::ChatAnswer again = inward.answer(call_answer(Protocol::gemini, {{"call_1_1", "f", "{}"}}));
    EXPECT_EQ(answer.tool_calls[0].id, again.tool_calls[0].id);
}

TEST(Translation, ids_of_providers_do_not_leak_into_a_caller_that_could_not_send_them_back)
{
    const IdMap ids{IdRule{}};
    Inward inward(door_of(Protocol::anthropic), ids, {{}, "body", {}, false});
    const wire::ChatAnswer answer = inward.answer(
        call_answer(Protocol::openai_chat, {{"functions.read:0", "f", "{}"}, {"functions.read:1", "f", ""}}));
    for (const wire::ToolCall& call : answer.tool_calls) {
        EXPECT_TRUE(is_legal(call.id, door_of(Protocol::anthropic).id_rule())) << call.id;
        EXPECT_EQ(call.arguments, "{}");
    }
    EXPECT_NE(answer.tool_calls[0].id, answer.tool_calls[1].id);
    EXPECT_TRUE(answer.id.starts_with("msg_")) << answer.id;
}

}  // namespace
}  // namespace chaos::router
