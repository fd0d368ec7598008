// Stories across protocols: callers of one vendor's API in front of providers of another's.
#include "router/text_joint.hpp"
#include "tests/router/vendors.hpp"

namespace chaos::router {
namespace {

using wire::FinishReason;
using wire::Role;

wire::ChatRequest tool_task(bool stream)
{
    wire::ChatRequest request;
    request.stream = stream;
    request.max_tokens = 500;
    request.messages = {wire::message(Role::system, "be brief"), wire::message(Role::user, "go")};
    wire::Message asked;
    asked.role = Role::assistant;
    asked.tool_calls = {{"call_a", "read", R"({"path":"a"})"}, {"call_b", "write", R"({"path":"b"})"}};
    request.messages.push_back(asked);
    for (const char* id : {"call_a", "call_b"}) {
        wire::Message result = wire::message(Role::tool, std::string("result of ") + id);
        result.tool_call_id = id;
        request.messages.push_back(result);
    }
    const char* schema = R"({"type":"object","properties":{"path":{"type":"string"}}})";
    request.tools = {{"read", "reads", schema}, {"write", "writes", schema}};
    return request;
}

std::string pair_name(Protocol from, Protocol to, bool streamed)
{
    return std::string(spelling(from)) + " -> " + std::string(spelling(to)) + (streamed ? ", streamed" : "");
}

/// What the caller reads of a reply, whole or streamed.
wire::ChatAnswer understood(Protocol caller, const Reply& reply, bool streamed, const std::string& name)
{
    EXPECT_EQ(reply.status, 200) << name << reply.body;
    if (streamed) {
        const ReadStream read = read_caller_stream(caller, reply.body);
        EXPECT_TRUE(read.success()) << name << "\n" << reply.body;
        return read.answer;
    }
    const WholeAnswer read = read_caller_answer(caller, reply.body);
    EXPECT_EQ(read.problem, "") << name << reply.body;
    EXPECT_FALSE(read.error) << name << reply.body;
    return read.answer;
}

TEST(TranslationStory, every_caller_gets_the_calls_of_every_provider)
{
    for (const Protocol from : caller_protocols) {
        for (const Protocol to : all_protocols) {
            for (const bool streamed : {false, true}) {
                const std::string name = pair_name(from, to, streamed);
                World world;
                wire::ChatAnswer said =
                    call_answer(to, {{"call_x", "read", R"({"path":"x"})"}, {"call_y", "write", R"({"path":"y"})"}});
                said.text = "Let me look: é";
                ScriptedUpstream& provider =
                    world.provider("only", {answering(to, said, streamed)}, std::nullopt, std::string(spelling(to)));
                Reply reply;
                world.tell([&]() -> net::Task<void> {
                    reply = co_await world.ask(caller_body(from, tool_task(streamed)), 0ns, caller_path(from));
                });
                const wire::ChatAnswer read = understood(from, reply, streamed, name);
                EXPECT_EQ(read.text, said.text) << name;
                ASSERT_EQ(read.tool_calls.size(), 2U) << name << reply.body;
                for (std::size_t i = 0; i < 2; ++i) {
                    EXPECT_EQ(read.tool_calls[i].name, said.tool_calls[i].name) << name;
                    EXPECT_EQ(read.tool_calls[i].arguments, said.tool_calls[i].arguments) << name;
                    EXPECT_EQ(read.tool_calls[i].id, said.tool_calls[i].id) << name;
                }
                EXPECT_EQ(read.finish, FinishReason::tool_calls) << name;
                const bool told = !streamed || from != Protocol::openai_chat;
                if (told) {
                    EXPECT_EQ(read.usage, (wire::Usage{7, 3})) << name << reply.body;
                }
                ASSERT_EQ(provider.asked().size(), 1U) << name;
                const auto sent = read_vendor_request(to, provider.asked()[0]->head.target, provider.asked()[0]->body);
                ASSERT_TRUE(sent) << name << sent.problem << provider.asked()[0]->body;
                EXPECT_EQ(sent.value->model, "only-model") << name;
                EXPECT_EQ(sent.value->stream, streamed) << name;
                ASSERT_EQ(sent.value->messages.size(), 5U) << name << provider.asked()[0]->body;
                EXPECT_EQ(sent.value->messages[0], wire::message(Role::system, "be brief")) << name;
                EXPECT_EQ(sent.value->messages[2].tool_calls, tool_task(streamed).messages[2].tool_calls) << name;
                EXPECT_EQ(sent.value->messages[3].tool_call_id, "call_a") << name;
                EXPECT_EQ(sent.value->messages[4].text(), "result of call_b") << name;
                EXPECT_EQ(sent.value->tools.size(), 2U) << name;
                EXPECT_EQ(sent.value->max_tokens, 500) << name;
            }
        }
    }
}

TEST(TranslationStory, each_provider_is_shown_its_key_in_its_own_header_and_nothing_of_the_caller)
{
    struct Row {
        Protocol protocol;
        const char* header;
        const char* value;
        const char* target;
    };
    const Row rows[] = {
        {Protocol::openai_chat, "authorization", "Bearer sk-only-key", "/v1/chat/completions"},
        {Protocol::openai_responses, "authorization", "Bearer sk-only-key", "/v1/responses"},
        {Protocol::anthropic, "x-api-key", "sk-only-key", "/v1/messages"},
        {Protocol::ollama, "authorization", "Bearer sk-only-key", "/api/chat"},
        {Protocol::gemini, "x-goog-api-key", "sk-only-key", "/v1beta/models/only-model:generateContent"}};
    for (const Row& row : rows) {
        World world;
        ScriptedUpstream& provider =
            world.provider("only", {answering(row.protocol, text_answer(row.protocol, "hi"), false)}, std::nullopt,
                           std::string(spelling(row.protocol)));
        world.tell([&]() -> net::Task<void> { co_await world.ask(plain); });
        const net::http::RequestHead& head = provider.asked().at(0)->head;
        EXPECT_EQ(head.headers.find(row.header).value_or(""), row.value);
        EXPECT_EQ(head.target, row.target);
        for (const auto& [name, value] : head.headers) EXPECT_EQ(value.find("callers"), std::string::npos) << name;
    }
}

wire::ChatRequest words(const std::string& text, bool stream)
{
    wire::ChatRequest request;
    request.stream = stream;
    request.max_tokens = 500;
    request.messages = {wire::message(Role::user, text)};
    return request;
}

std::string all_of(const std::vector<std::string>& frames)
{
    std::string bytes;
    for (const std::string& frame : frames) bytes += frame;
    return bytes;
}

std::vector<std::string> byte_by_byte(const std::string& bytes)
{
    std::vector<std::string> pieces;
    for (const char c : bytes) pieces.emplace_back(1, c);
    return pieces;
}

TEST(TranslationStory, streams_in_pieces_of_one_byte_lose_nothing)
{
    for (const Protocol from : caller_protocols) {
        for (const Protocol to : all_protocols) {
            World world;
            const std::string text = "h\xC3\xA9llo \xF0\x9F\x98\x80 w\xC3\xB6rld";
            const std::string bytes = all_of(stream_frames(to, text_answer(to, text)));
            world.provider("only", {raw_stream(byte_by_byte(bytes), stream_type(to))}, std::nullopt,
                           std::string(spelling(to)));
            Reply reply;
            world.tell([&]() -> net::Task<void> {
                reply = co_await world.ask(caller_body(from, words("hi", true)), 0ns, caller_path(from));
            });
            EXPECT_EQ(understood(from, reply, true, pair_name(from, to, true)).text, text);
        }
    }
}

struct SameModelRow {
    const char* body;
    const char* sent;
};

TEST(TranslationStory, a_model_of_the_same_name_keeps_the_bytes_and_hides_no_other)
{
    const std::vector<SameModelRow> rows{
        {R"({ "model":"agent", "messages":[]})", R"({ "model":"agent", "messages":[]})"},
        {R"({"mod\u0065l":"\u0061gent","messages":[]})", R"({"mod\u0065l":"\u0061gent","messages":[]})"},
        {R"({"model":"agent","messages":[],"model":"dear"})", R"({"model":"agent","messages":[],"model":"agent"})"},
        {R"({"model":"agent","messages":[],"mod\u0065l":"dear"})",
         R"({"model":"agent","messages":[],"mod\u0065l":"agent"})"},
    };
    for (const SameModelRow& row : rows) {
        World world;
        ScriptedUpstream& provider = world.provider("only", {answer("hello")});
        world.targets.front().model = "agent";
        Reply reply;
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(row.body); });
        EXPECT_EQ(reply.status, 200) << row.body;
        EXPECT_EQ(provider.asked().at(0)->body, row.sent);
    }
}

TEST(TranslationStory, the_same_protocol_on_both_sides_keeps_the_bytes)
{
    for (const Protocol both : caller_protocols) {
        World world;
        wire::ChatAnswer said = call_answer(both, {{"call_x", "read", R"({"path":"x"})"}});
        said.text = "Let me look";
        said.reasoning = "hm";
        std::string expected;
        for (const std::string& frame : stream_frames(both, said)) {
            // Pings are not part of the answer.
            const auto ping = frame.find("event: ping");
            expected += frame.substr(0, ping);
        }
        ScriptedUpstream& provider =
            world.provider("only", {answering(both, said, true)}, std::nullopt, std::string(spelling(both)));
        const std::string body = caller_body(both, tool_task(true));
        Reply reply;
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(body, 0ns, caller_path(both)); });
        EXPECT_EQ(reply.body, expected) << spelling(both);
        std::string spliced = body;
        spliced.replace(spliced.find("\"agent\""), 7, "\"only-model\"");
        EXPECT_EQ(provider.asked().at(0)->body, spliced) << spelling(both);
        EXPECT_EQ(reply.header("x-chaos-dropped"), "");
    }
}

struct FailureRow {
    const char* name;
    std::function<Act(Protocol)> act;
};

Act vendor_error(Protocol protocol, int status, const char* type, const char* message)
{
    return whole(status, error_body(protocol, {status, type, "", message}));
}

std::string frames_until_text(Protocol protocol)
{
    std::string bytes;
    for (const std::string& frame : stream_frames(protocol, text_answer(protocol, "half an ans"))) {
        bytes += frame;
        if (frame.find("half") != std::string::npos) break;
    }
    return bytes;
}

std::string error_frame(Protocol protocol)
{
    const std::string error = error_body(protocol, {529, "overloaded_error", "", "Overloaded"});
    return protocol == Protocol::ollama ? error + "\n" : "event: error\ndata: " + error + "\n\n";
}

/// Where the frame ends that completes the call: what follows is the end of the turn.
std::size_t end_of_call(Protocol protocol, const std::string& bytes)
{
    const char* ending = protocol == Protocol::openai_chat        ? "\"finish_reason\":\"tool_calls\""
                         : protocol == Protocol::openai_responses ? "event: response.completed"
                         : protocol == Protocol::anthropic        ? "event: message_delta"
                         : protocol == Protocol::ollama           ? "\"done\":true"
                                                                  : "\"finishReason\"";
    const auto at = bytes.find(ending);
    const char* between = protocol == Protocol::ollama ? "\n" : protocol == Protocol::gemini ? "\r\n\r\n" : "\n\n";
    const auto before = bytes.rfind(between, at);
    return before == std::string::npos ? 0 : before + std::string_view(between).size();
}

TEST(TranslationStory, whatever_happens_at_one_vendor_another_vendor_answers)
{
    const std::vector<FailureRow> rows{
        {"limited", [](Protocol p) { return vendor_error(p, 429, "rate_limit_error", "slow down"); }},
        {"overloaded", [](Protocol p) { return vendor_error(p, 529, "overloaded_error", "Overloaded"); }},
        {"broken", [](Protocol p) { return vendor_error(p, 500, "api_error", "internal"); }},
        {"key refused", [](Protocol p) { return vendor_error(p, 401, "authentication_error", "invalid x-api-key"); }},
        {"reset", [](Protocol) { return broken_before_answer(); }},
        {"silent", [](Protocol) { return silent(); }},
        {"a web page", [](Protocol) { return whole(200, "<html>", "content-type: text/html\r\n"); }},
        {"an empty stream", [](Protocol p) { return raw_stream({}, stream_type(p)); }},
        {"nonsense",
         [](Protocol p) {
             return raw_stream({p == Protocol::ollama ? "nonsense\n" : "data: nonsense\n\n"}, stream_type(p));
         }},
        {"an error as the first event", [](Protocol p) { return raw_stream({error_frame(p)}, stream_type(p)); }},
        {"an error after the preamble",
         [](Protocol p) {
             std::vector<std::string> frames = stream_frames(p, text_answer(p, "x"));
             const bool has_preamble = p != Protocol::ollama && p != Protocol::gemini;
             frames.resize(has_preamble ? 1 : 0);
             frames.push_back(error_frame(p));
             return raw_stream(frames, stream_type(p));
         }},
        {"nothing said after a result", [](Protocol p) { return answering(p, vendor_answer(p), true); }},
        {"a call of a tool nobody offered",
         [](Protocol p) {
             return answering(p, call_answer(p, {{"call_1", "rm", "{}"}}), true);
         }},
        {"a call that is cut",
         [](Protocol p) {
             std::vector<std::string> frames =
                 stream_frames(p, call_answer(p, {{"call_1", "read", R"({"path":"a"})"}}));
             frames.resize(frames.size() / 2);
             return raw_stream(frames, stream_type(p));
         }},
        {"an error after a whole call",
         [](Protocol p) {
             std::string bytes = all_of(stream_frames(p, call_answer(p, {{"call_1", "read", R"({"path":"a"})"}})));
             bytes.resize(end_of_call(p, bytes));
             return raw_stream({bytes, error_frame(p)}, stream_type(p));
         }},
    };
    for (const Protocol from : caller_protocols) {
        for (const Protocol first : all_protocols) {
            for (const FailureRow& row : rows) {
                const Protocol second = first == Protocol::anthropic ? Protocol::gemini : Protocol::anthropic;
                World world;
                world.provider("first", {row.act(first)}, std::nullopt, std::string(spelling(first)));
                ScriptedUpstream& other = world.provider(
                    "second", {answering(second, call_answer(second, {{"call_2", "read", R"({"path":"b"})"}}), true)},
                    std::nullopt, std::string(spelling(second)));
                Reply reply;
                world.tell([&]() -> net::Task<void> {
                    reply = co_await world.ask(caller_body(from, tool_task(true)), 0ns, caller_path(from));
                });
                const std::string name = pair_name(from, first, true) + ", " + row.name;
                const wire::ChatAnswer read = understood(from, reply, true, name);
                ASSERT_EQ(read.tool_calls.size(), 1U) << name << reply.body;
                EXPECT_EQ(read.tool_calls[0].arguments, R"({"path":"b"})") << name;
                EXPECT_EQ(reply.header("x-chaos-served-by"), "second") << name;
                EXPECT_NE(reply.header("x-chaos-degraded"), "") << name;
                // It was asked in its own words, and everything.
                ASSERT_EQ(other.asked().size(), 1U) << name;
                const auto sent = read_vendor_request(second, other.asked()[0]->head.target, other.asked()[0]->body);
                ASSERT_TRUE(sent) << name << sent.problem;
                ASSERT_EQ(sent.value->messages.size(), 5U) << name << other.asked()[0]->body;
                EXPECT_EQ(sent.value->messages[2].tool_calls, tool_task(true).messages[2].tool_calls) << name;
                EXPECT_EQ(sent.value->tools.size(), 2U) << name;
            }
        }
    }
}

struct WholeRow {
    const char* name;
    std::function<std::string(Protocol)> body;
};

TEST(TranslationStory, a_success_that_is_no_answer_is_none_at_any_vendor)
{
    const std::vector<WholeRow> rows{
        {"not JSON", [](Protocol) { return std::string("{\"choices\":"); }},
        {"an empty object", [](Protocol) { return std::string("{}"); }},
        {"nothing", [](Protocol) { return std::string(); }},
        {"an error",
         [](Protocol p) {
             return error_body(p, {429, "rate_limit_error", "", "slow down"});
         }},
        {"nothing said after a result", [](Protocol p) { return whole_body(p, vendor_answer(p)); }},
        {"a call of a tool nobody offered",
         [](Protocol p) {
             return whole_body(p, call_answer(p, {{"call_1", "rm", "{}"}}));
         }},
    };
    for (const Protocol first : all_protocols) {
        for (const WholeRow& row : rows) {
            World world;
            world.policy.repair_empty_turn = false;
            world.provider("first", {whole(200, row.body(first))}, std::nullopt, std::string(spelling(first)));
            world.provider("second", {answering(Protocol::gemini, text_answer(Protocol::gemini, "fine"), false)},
                           std::nullopt, "gemini");
            Reply reply;
            world.tell([&]() -> net::Task<void> {
                reply = co_await world.ask(caller_body(Protocol::anthropic, tool_task(false)), 0ns, "/v1/messages");
            });
            const std::string name = std::string(spelling(first)) + ", " + row.name;
            EXPECT_EQ(understood(Protocol::anthropic, reply, false, name).text, "fine") << name;
            EXPECT_EQ(reply.header("x-chaos-served-by"), "second") << name;
        }
    }
}

TEST(TranslationStory, a_text_that_breaks_off_ends_in_one_error_of_the_callers_protocol)
{
    for (const Protocol from : caller_protocols) {
        for (const Protocol to : all_protocols) {
            for (const char* how : {"reset", "ended in the middle", "ended in order"}) {
                World world;
                Act act = raw_stream({frames_until_text(to)}, stream_type(to));
                const bool in_order = std::string_view(how) == "ended in order";
                if (!in_order) act.pieces.pop_back();
                if (!in_order) act.exit = std::string_view(how) == "reset" ? Exit::reset : Exit::fin;
                world.provider("first", {act}, std::nullopt, std::string(spelling(to)));
                ScriptedUpstream& second = world.provider("second", {answer("never")});
                Reply reply;
                world.tell([&]() -> net::Task<void> {
                    reply = co_await world.ask(caller_body(from, words("hi", true)), 0ns, caller_path(from));
                });
                const std::string name = pair_name(from, to, true) + ", " + how + "\n" + reply.body;
                const ReadStream read = read_caller_stream(from, reply.body);
                EXPECT_EQ(read.answer.text, "half") << name;
                EXPECT_GE(read.errors, 1) << name;
                EXPECT_EQ(read.ends, 0) << name;
                EXPECT_EQ(read.answer.finish, FinishReason::none) << name;
                EXPECT_TRUE(reply.whole) << name;
                EXPECT_EQ(second.asked().size(), 0U) << name;
            }
        }
    }
}

TEST(TranslationStory, when_the_fallback_fails_too_the_caller_gets_one_honest_error_and_no_half_message)
{
    for (const Protocol from : caller_protocols) {
        for (const Protocol first : all_protocols) {
            World world;
            std::vector<std::string> frames = stream_frames(first, text_answer(first, "x"));
            const bool has_preamble = first != Protocol::ollama && first != Protocol::gemini;
            frames.resize(has_preamble ? 1 : 0);
            frames.push_back(error_frame(first));
            world.provider("first", {raw_stream(frames, stream_type(first))}, std::nullopt,
                           std::string(spelling(first)));
            world.provider("second", {raw_stream({error_frame(Protocol::anthropic)})}, std::nullopt, "anthropic");
            Reply reply;
            world.tell([&]() -> net::Task<void> {
                reply = co_await world.ask(caller_body(from, words("hi", true)), 0ns, caller_path(from));
            });
            const std::string name = pair_name(from, first, true) + "\n" + reply.body;
            EXPECT_GE(reply.status, 500) << name;
            EXPECT_EQ(reply.header("content-type").find("event-stream"), std::string::npos) << name;
            const auto error = api_of(from).read_error(reply.status, reply.body).error;
            EXPECT_NE(error.message.find("Overloaded"), std::string::npos) << name;
        }
    }
}

TEST(TranslationStory, a_turn_that_is_held_breaks_unseen)
{
    World world;
    world.policy.hold_turns = true;
    Act act = raw_stream({frames_until_text(Protocol::anthropic)});
    act.pieces.pop_back();
    act.exit = Exit::reset;
    world.provider("first", {act}, std::nullopt, "anthropic");
    world.provider("second", {answering(Protocol::gemini, text_answer(Protocol::gemini, "the whole answer"), true)},
                   std::nullopt, "gemini");
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
    EXPECT_EQ(understood(Protocol::openai_chat, reply, true, "held").text, "the whole answer");
}

TEST(TranslationStory, no_body_can_ask_for_a_rest_without_end)
{
    World world;
    world.provider(
        "first",
        {whole(429, R"({"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"m","details":)"
                    R"([{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"9223372035s"}]}})")},
        std::nullopt, "gemini");
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
    EXPECT_EQ(reply.status, 429);
    const std::string wait(reply.header("retry-after"));
    ASSERT_FALSE(wait.empty()) << reply.body;
    EXPECT_LE(std::stoll(wait), 365 * 24 * 3600) << "a year is long enough";
}

Act cut_text(Protocol protocol, const std::string& text)
{
    wire::ChatAnswer said = text_answer(protocol, text);
    std::vector<std::string> frames = stream_frames(protocol, said);
    const std::string last = "\"" + pieces_of(text).back() + "\"";
    while (!frames.empty() && frames.back().find(last) == std::string::npos) frames.pop_back();
    Act act = raw_stream(frames, stream_type(protocol));
    act.pieces.pop_back();
    act.exit = Exit::reset;
    return act;
}

const std::string first_half =
    "Here is a very long text, which has many words before it suddenly breaks off in the midd";

TEST(TranslationStory, a_text_is_continued_by_another_vendor_without_repeating_or_skipping)
{
    for (const Protocol from : caller_protocols) {
        World world;
        world.policy.continue_text = true;
        world.provider("first", {cut_text(Protocol::anthropic, first_half)}, std::nullopt, "anthropic");
        const std::string rest(last_words(first_half));
        ScriptedUpstream& second = world.provider(
            "second", {answering(Protocol::gemini, text_answer(Protocol::gemini, rest + "le, and ends."), true)},
            std::nullopt, "gemini");
        Reply reply;
        world.tell([&]() -> net::Task<void> {
            reply = co_await world.ask(caller_body(from, words("write", true)), 0ns, caller_path(from));
        });
        const wire::ChatAnswer read = understood(from, reply, true, std::string(spelling(from)));
        EXPECT_EQ(read.text, first_half + "le, and ends.") << reply.body;
        ASSERT_EQ(second.asked().size(), 1U);
        EXPECT_NE(second.asked()[0]->body.find(first_half), std::string::npos) << "it is told what was said";
    }
}

TEST(TranslationStory, a_continuation_that_does_not_join_leaves_the_error_of_the_break)
{
    const std::vector<std::pair<const char*, Act>> rows{
        {"other words",
         answering(Protocol::gemini, text_answer(Protocol::gemini, "Once upon a time, long ago, and so on."), true)},
        {"words from before, and no more",
         answering(Protocol::gemini, text_answer(Protocol::gemini, "Here is a very long text, which"), true)},
        {"an error", vendor_error(Protocol::gemini, 400, "INVALID_ARGUMENT", "prefill is not supported")},
    };
    for (const auto& row : rows) {
        World world;
        world.policy.continue_text = true;
        world.provider("first", {cut_text(Protocol::openai_chat, first_half)});
        world.provider("second", {row.second}, std::nullopt, "gemini");
        Reply reply;
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
        const ReadStream read = read_caller_stream(Protocol::openai_chat, reply.body);
        EXPECT_EQ(read.answer.text, first_half) << row.first << reply.body;
        EXPECT_EQ(read.errors, 1) << row.first;
        EXPECT_EQ(read.ends, 0) << row.first;
        EXPECT_NE(read.error_message.find("first broke off"), std::string::npos) << row.first << read.error_message;
    }
}

TEST(TranslationStory, whoever_lacks_what_the_request_needs_is_passed_over)
{
    World world;
    ScriptedUpstream& local = world.provider(
        "local", {answering(Protocol::ollama, text_answer(Protocol::ollama, "no"), false)}, std::nullopt, "ollama");
    world.provider("claude", {answering(Protocol::anthropic, text_answer(Protocol::anthropic, "a cat"), false)},
                   std::nullopt, "anthropic");
    wire::ChatRequest request = words("what is it?", false);
    request.messages[0].content.push_back({wire::Part::Kind::image, "https://a/cat.png"});
    request.sampling.seed = 5;
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(caller_body(Protocol::openai_chat, request)); });
    EXPECT_EQ(read_caller_answer(Protocol::openai_chat, reply.body).answer.text, "a cat");
    EXPECT_EQ(local.asked().size(), 0U);
    EXPECT_EQ(reply.header("x-chaos-degraded"), "lacks_capability");
    EXPECT_EQ(reply.header("x-chaos-dropped"), "seed");
    EXPECT_NE(reply.body.find("\"model\":\"served\""), std::string::npos) << reply.body;
}

TEST(TranslationStory, a_request_that_suits_nobody_is_the_callers_to_change)
{
    World world;
    world.provider("local", {answer("no")}, std::nullopt, "ollama");
    world.provider("small", {answer("no")});
    world.targets[1].lacks = {"images"};
    wire::ChatRequest request = words("what is it?", false);
    request.messages[0].content.push_back({wire::Part::Kind::image, "https://a/cat.png"});
    Reply reply;
    world.tell([&]() -> net::Task<void> {
        reply = co_await world.ask(caller_body(Protocol::anthropic, request), 0ns, "/v1/messages");
    });
    EXPECT_EQ(reply.status, 400);
    EXPECT_NE(reply.body.find("invalid_request_error"), std::string::npos) << reply.body;
    EXPECT_NE(reply.body.find("image"), std::string::npos) << reply.body;
}

TEST(TranslationStory, thoughts_that_a_vendor_cannot_read_are_taken_out_once_and_the_same_provider_is_asked_again)
{
    World world;
    ScriptedUpstream& claude =
        world.provider("claude",
                       {vendor_error(Protocol::anthropic, 400, "invalid_request_error",
                                     "messages.1.content.0: Invalid `signature` in `thinking` block"),
                        answering(Protocol::anthropic, text_answer(Protocol::anthropic, "on"), false)},
                       std::nullopt, "anthropic");
    const std::string body =
        R"({"model":"agent","max_tokens":9,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[)"
        R"({"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"x",)"
        R"("signature":"of another"},{"type":"text","text":"so"}]},{"role":"user","content":"on"}]})";
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(body, 0ns, "/v1/messages"); });
    EXPECT_EQ(reply.status, 200) << reply.body;
    ASSERT_EQ(claude.asked().size(), 2U);
    EXPECT_NE(claude.asked()[0]->body.find("of another"), std::string::npos);
    EXPECT_EQ(claude.asked()[1]->body.find("of another"), std::string::npos);
    EXPECT_NE(claude.asked()[1]->body.find(R"("text":"so")"), std::string::npos);
}

TEST(TranslationStory, reasoning_that_was_encrypted_for_another_account_is_taken_out_too)
{
    World world;
    const Protocol responses = Protocol::openai_responses;
    ScriptedUpstream& only = world.provider(
        "only",
        {error(400, "invalid_encrypted_content", "The encrypted content for item rs_1 could not be verified."),
         answering(responses, text_answer(responses, "on"), false)},
        std::nullopt, "openai_responses");
    const std::string body =
        R"({"model":"agent","store":false,"input":[{"role":"user","content":"hi"},{"type":"reasoning","id":"rs_1",)"
        R"("summary":[],"encrypted_content":"of another"},{"role":"user","content":"on"}]})";
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(body, 0ns, "/v1/responses"); });
    EXPECT_EQ(reply.status, 200) << reply.body;
    ASSERT_EQ(only.asked().size(), 2U);
    EXPECT_NE(only.asked()[0]->body.find("of another"), std::string::npos);
    EXPECT_EQ(only.asked()[1]->body.find("of another"), std::string::npos);
    EXPECT_NE(only.asked()[1]->body.find(R"("content":"hi")"), std::string::npos);
}

TEST(TranslationStory, thoughts_are_not_taken_out_twice)
{
    World world;
    ScriptedUpstream& claude = world.provider(
        "claude",
        {vendor_error(Protocol::anthropic, 400, "invalid_request_error", "Invalid `signature` in `thinking`")},
        std::nullopt, "anthropic");
    const std::string body =
        R"({"model":"agent","max_tokens":9,"messages":[{"role":"assistant","content":[)"
        R"({"type":"thinking","thinking":"x","signature":"s"},{"type":"text","text":"so"}]},{"role":"user","content":"on"}]})";
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(body, 0ns, "/v1/messages"); });
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(claude.asked().size(), 2U);
    EXPECT_NE(reply.body.find("Invalid `signature`"), std::string::npos) << "the vendor's own words: " << reply.body;
}

TEST(TranslationStory, an_error_of_one_vendor_is_told_in_the_words_of_the_callers)
{
    for (const Protocol from : caller_protocols) {
        for (const Protocol to : all_protocols) {
            World world;
            world.provider("only",
                           {vendor_error(to, 400, to == Protocol::gemini ? "INVALID_ARGUMENT" : "invalid_request_error",
                                         "a bad thing")},
                           std::nullopt, std::string(spelling(to)));
            Reply reply;
            world.tell([&]() -> net::Task<void> {
                reply = co_await world.ask(caller_body(from, words("hi", false)), 0ns, caller_path(from));
            });
            const std::string name = pair_name(from, to, false) + reply.body;
            EXPECT_EQ(reply.status, 400) << name;
            EXPECT_NE(reply.body.find("a bad thing"), std::string::npos) << name;
            EXPECT_EQ(reply.body.find(R"({"type":"error")") == 0, from == Protocol::anthropic) << name;
        }
    }
}

TEST(TranslationStory, the_wait_that_gemini_names_in_its_body_is_a_floor)
{
    World world;
    const std::string limited =
        wire::gemini::write_quota_error({429, "RESOURCE_EXHAUSTED", "", "quota"}, "m", net::Duration(7s));
    ScriptedUpstream& google = world.provider(
        "google", {whole(429, limited), answering(Protocol::gemini, text_answer(Protocol::gemini, "now"), false)},
        std::nullopt, "gemini");
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(plain); });
    EXPECT_EQ(reply.status, 200) << reply.body;
    ASSERT_EQ(google.asked().size(), 2U);
    EXPECT_GE(google.asked()[1]->at - google.asked()[0]->at, 7s);
}

TEST(TranslationStory, an_ollama_that_streams_an_error_line_is_passed_over)
{
    World world;
    world.provider("local",
                   {raw_stream({R"({"error":"the model runner is overloaded"})"
                                "\n"},
                               "application/x-ndjson")},
                   std::nullopt, "ollama");
    world.provider("backup", {stream(text_events({"fine"}))});
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
    EXPECT_EQ(understood(Protocol::openai_chat, reply, true, "ollama").text, "fine");
    EXPECT_EQ(reply.header("x-chaos-degraded"), "overloaded 200") << "by its words, as any error";
}

TEST(TranslationStory, a_last_line_of_ollamas_without_its_end_is_read)
{
    World world;
    std::string bytes = all_of(stream_frames(Protocol::ollama, text_answer(Protocol::ollama, "whole")));
    ASSERT_EQ(bytes.back(), '\n');
    bytes.pop_back();
    world.provider("local", {raw_stream({bytes}, "application/x-ndjson")}, std::nullopt, "ollama");
    Reply reply;
    world.tell([&]() -> net::Task<void> { reply = co_await world.ask(streamed); });
    EXPECT_EQ(understood(Protocol::openai_chat, reply, true, "ollama").text, "whole");
}

TEST(TranslationStory, a_caller_who_leaves_closes_the_provider_at_once_and_it_is_nobodys_failure)
{
    for (const Protocol to : all_protocols) {
        World world;
        Act act = raw_stream({frames_until_text(to)}, stream_type(to));
        act.pieces.pop_back();
        act.exit = Exit::hold;
        ScriptedUpstream& provider = world.provider("only", {act}, std::nullopt, std::string(spelling(to)));
        net::Instant left{};
        world.tell([&]() -> net::Task<void> {
            const Reply reply =
                co_await world.ask(caller_body(Protocol::anthropic, words("hi", true)), 300ms, "/v1/messages");
            left = reply.ended_at;
            co_await world.sleep(1s);
        });
        ASSERT_EQ(provider.asked().size(), 1U) << spelling(to);
        EXPECT_TRUE(provider.asked()[0]->client_left) << spelling(to);
        EXPECT_LE(provider.asked()[0]->client_left_at - left, 100ms) << spelling(to);
    }
}

TEST(TranslationStory, what_a_stream_has_read_is_counted_even_if_it_breaks_or_its_caller_leaves)
{
    for (const bool leaves : {false, true}) {
        World world;
        Act act = raw_stream({frames_until_text(Protocol::anthropic)});
        act.pieces.pop_back();
        act.exit = leaves ? Exit::hold : Exit::reset;
        world.provider("only", {act}, std::nullopt, "anthropic");
        world.tell([&]() -> net::Task<void> {
            co_await world.ask(streamed, leaves ? 300ms : 0ns);
            co_await world.sleep(1s);
        });
        ASSERT_EQ(world.notes.attempts.size(), 1U);
        ASSERT_TRUE(world.notes.attempts[0].answer.usage) << leaves;
        EXPECT_EQ(world.notes.attempts[0].answer.usage->prompt_tokens, 7) << leaves;
    }
}

TEST(TranslationStory, usage_that_was_only_our_wish_is_not_the_callers)
{
    for (const bool asked_for : {false, true}) {
        World world;
        world.policy.count_usage = true;
        ScriptedUpstream& only =
            world.provider("only", {answering(Protocol::openai_chat, text_answer(Protocol::openai_chat, "hi"), true)});
        Reply reply;
        const std::string extra = asked_for ? R"(,"stream_options":{"include_usage":true})" : "";
        world.tell([&]() -> net::Task<void> { reply = co_await world.ask(request_body(true, extra)); });
        EXPECT_NE(only.asked().at(0)->body.find(R"("include_usage":true)"), std::string::npos);
        EXPECT_EQ(reply.body.find("prompt_tokens") != std::string::npos, asked_for) << reply.body;
        EXPECT_TRUE(read_stream(reply.body).success());
    }
}

const std::string vectors =
    R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"m"})";

TEST(TranslationStory, embeddings_come_from_whoever_has_the_same_model)
{
    World world;
    world.provider("first", {error(503, "", "busy")});
    ScriptedUpstream& other = world.provider("other", {whole(200, vectors)});
    ScriptedUpstream& twin = world.provider("twin", {whole(200, R"({"data":[]})"), whole(200, vectors)});
    world.targets[2].model = world.targets[0].model;
    world.policy.retry.same_provider = 0;
    Reply reply;
    Reply again;
    const std::string body = R"({"model":"agent", "input":["é"]})";
    world.tell([&]() -> net::Task<void> {
        reply = co_await world.ask(body, 0ns, "/v1/embeddings");
        again = co_await world.ask(body, 0ns, "/v1/embeddings");
    });
    EXPECT_NE(reply.status, 200) << "an empty list is no answer";
    EXPECT_EQ(again.body, vectors);
    EXPECT_EQ(other.asked().size(), 0U);
    EXPECT_EQ(twin.asked().at(0)->head.target, "/v1/embeddings");
    EXPECT_EQ(twin.asked().at(0)->body, R"({"model":"first-model", "input":["é"]})");
}

TEST(TranslationStory, models_are_listed_in_the_vendors_shape)
{
    World world;
    world.provider("only", {answer("x")});
    Reply openai;
    Reply missing;
    world.tell([&]() -> net::Task<void> {
        openai = co_await world.ask("", 0ns, "/v1/models", "GET");
        missing = co_await world.ask("{}", 0ns, "/v1/nothing");
    });
    EXPECT_EQ(openai.body.find(R"({"object":"list")"), 0U) << openai.body;
    EXPECT_EQ(missing.status, 404);
    for (const char* path : {"/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings"}) {
        EXPECT_NE(missing.body.find(path), std::string::npos) << missing.body;
    }
}

TEST(TranslationStory, a_bad_request_is_refused_in_the_callers_words)
{
    World world;
    world.provider("only", {answer("x")});
    Reply messages;
    Reply responses;
    world.tell([&]() -> net::Task<void> {
        messages = co_await world.ask(R"({"model":"agent"})", 0ns, "/v1/messages");
        responses = co_await world.ask(R"({"model":"agent"})", 0ns, "/v1/responses");
    });
    EXPECT_EQ(messages.status, 400);
    EXPECT_EQ(messages.body.find(R"({"type":"error","error":{"type":"invalid_request_error")"), 0U) << messages.body;
    EXPECT_EQ(responses.status, 400);
    EXPECT_EQ(responses.body.find(R"({"error":)"), 0U) << responses.body;
}

}  // namespace
}  // namespace chaos::router
