// What a stream lets through at once, what it holds, and how it ends: events in, bytes out.
#include "router/stream_gate.hpp"

#include <gtest/gtest.h>

#include "router/classify.hpp"
#include "tests/support/scripted_upstream.hpp"
#include "wire/openai_chat.hpp"

namespace chaos::router {
namespace {

using namespace std::chrono_literals;
namespace chunk = testing::chunk;
using testing::data_line;

RequestFacts no_tools()
{
    return {};
}
RequestFacts gate_facts()
{
    RequestFacts facts;
    facts.offers_tools = true;
    facts.tools = {"read", "write"};
    return facts;
}

/// A gate that is told events at the times one wishes.
struct Told {
    explicit Told(RequestFacts its_facts = no_tools(), GateLimits limits = {})
        : facts(std::move(its_facts)),
          writer(door_of(Protocol::openai_chat).stream_writer({"", "", 0, 0, true})),
          reader(api_of(Protocol::openai_chat).stream_reader(1)),
          gate(facts, {*writer}, limits)
    {
    }

    /// What goes out because of this event.
    std::string see(const std::string& data, net::Duration at = 0s)
    {
        std::string out;
        std::vector<StreamUnit> units;
        reader->feed(data_line(data), units);
        for (StreamUnit& unit : units) content = gate.see(std::move(unit), net::Instant(at), out);
        return out;
    }
    std::string end(const std::optional<Outcome>& broken = std::nullopt)
    {
        std::string out;
        outcome = gate.end(broken, out);
        return out;
    }

    RequestFacts facts;
    std::unique_ptr<StreamWriter> writer;
    std::unique_ptr<StreamReader> reader;
    StreamGate gate;
    bool content = false;
    Outcome outcome;
};

const std::string end_marker = data_line(chunk::done);

TEST(StreamGate, text_flows_at_once_and_as_it_came)
{
    Told told;
    EXPECT_EQ(told.see(chunk::role()), "");
    EXPECT_FALSE(told.content);
    EXPECT_FALSE(told.gate.committed());
    EXPECT_EQ(told.see(chunk::text("Hel")), data_line(chunk::role()) + data_line(chunk::text("Hel")));
    EXPECT_TRUE(told.content);
    EXPECT_TRUE(told.gate.committed());
    EXPECT_EQ(told.see(chunk::text("lo")), data_line(chunk::text("lo")));
    EXPECT_EQ(told.see(chunk::finish("stop")), data_line(chunk::finish("stop")));
    EXPECT_TRUE(told.gate.finished());
    EXPECT_EQ(told.see(chunk::usage()), data_line(chunk::usage()));
    EXPECT_EQ(told.see(chunk::done), "");
    EXPECT_TRUE(told.gate.over());
    EXPECT_EQ(told.end(), end_marker);
    EXPECT_EQ(told.outcome.what, OutcomeClass::ok);
}

TEST(StreamGate, unknown_fields_and_spacing_of_an_event_are_kept)
{
    Told told;
    const std::string odd = R"({ "choices":[{"delta":{"content":"x"},"logprobs":null}], "obfuscation":"r4" })";
    EXPECT_EQ(told.see(odd), data_line(odd));
}

TEST(StreamGate, blank_beginnings_are_held)
{
    Told told;
    EXPECT_EQ(told.see(chunk::text("\n\n")), "");
    EXPECT_FALSE(told.gate.committed());
    EXPECT_EQ(told.see(chunk::text("x")), data_line(chunk::text("\n\n")) + data_line(chunk::text("x")));
}

TEST(StreamGate, calls_are_held_until_the_turn_is_complete)
{
    Told told(gate_facts());
    const std::vector<std::string> events{chunk::role(),
                                          chunk::call(0, "a", "read", ""),
                                          chunk::call(0, "", "", "{\"p\":"),
                                          chunk::call(0, "", "", "1}"),
                                          chunk::call(1, "b", "write", "{}"),
                                          chunk::finish("tool_calls"),
                                          chunk::usage()};
    std::string all;
    for (const std::string& event : events) {
        EXPECT_EQ(told.see(event), "");
        all += data_line(event);
    }
    EXPECT_FALSE(told.gate.committed());
    told.see(chunk::done);
    EXPECT_EQ(told.end(), all + end_marker);
    EXPECT_EQ(told.outcome.what, OutcomeClass::ok);
}

TEST(StreamGate, text_before_a_call_flows_and_what_follows_is_held)
{
    Told told(gate_facts());
    EXPECT_NE(told.see(chunk::text("I will read")), "");
    EXPECT_EQ(told.see(chunk::call(0, "a", "read", "{}")), "");
    EXPECT_EQ(told.see(chunk::text("and more")), "");
    EXPECT_EQ(told.see(chunk::finish("tool_calls")), "");
    EXPECT_EQ(told.end(), data_line(chunk::call(0, "a", "read", "{}")) + data_line(chunk::text("and more")) +
                              data_line(chunk::finish("tool_calls")) + end_marker);
}

TEST(StreamGate, a_missing_end_marker_after_a_finish_reason_is_forgiven)
{
    Told told;
    told.see(chunk::text("x"));
    told.see(chunk::finish("stop"));
    EXPECT_EQ(told.end(), end_marker);
    EXPECT_EQ(told.outcome.what, OutcomeClass::ok);
}

TEST(StreamGate, a_cut_or_an_error_after_the_finish_reason_is_too_late_to_matter)
{
    for (const bool as_event : {false, true}) {
        Told told;
        told.see(chunk::text("x"));
        told.see(chunk::finish("stop"));
        const std::string late = as_event ? told.see(chunk::failed("server_error")) : "";
        EXPECT_EQ(late, "");
        EXPECT_EQ(told.end(timed_out(Timer::idle)), end_marker);
        EXPECT_EQ(told.outcome.what, OutcomeClass::ok);
    }
}

struct Bad {
    const char* name;
    std::vector<std::string> events;
    OutcomeClass what;
    bool committed = false;
};

TEST(StreamGate, endings_that_are_no_answer)
{
    using enum OutcomeClass;
    const std::string cut_call = chunk::call(0, "a", "read", "{\"p\":");
    const std::vector<Bad> rows{
        {"nothing", {}, invalid_200},
        {"only the end marker", {chunk::done}, invalid_200},
        {"only a role", {chunk::role()}, invalid_200},
        {"text without a reason", {chunk::text("x")}, invalid_200, true},
        {"text, end marker, no reason", {chunk::text("x"), chunk::done}, invalid_200, true},
        {"nothing, stop", {chunk::role(), chunk::finish("stop"), chunk::done}, empty_turn},
        {"blanks, stop", {chunk::text(" \n"), chunk::finish("stop")}, empty_turn},
        {"tool_calls without calls", {chunk::role(), chunk::finish("tool_calls")}, empty_turn},
        {"half a call", {chunk::role(), cut_call}, invalid_200},
        {"half a call, finished", {cut_call, chunk::finish("tool_calls")}, malformed_tool},
        {"half a call, length", {cut_call, chunk::finish("length")}, malformed_tool},
        {"an undeclared tool", {chunk::call(0, "a", "rm", "{}"), chunk::finish("tool_calls")}, malformed_tool},
        {"text and half a call", {chunk::text("so"), cut_call, chunk::finish("tool_calls")}, malformed_tool, true},
        {"an error first", {chunk::failed("server_is_overloaded")}, overloaded},
        {"an error after the role", {chunk::role(), chunk::failed("rate_limit_exceeded")}, rate_limit},
        {"an error after text", {chunk::text("x"), chunk::failed("server_error")}, transient, true},
        {"an error after half a call", {cut_call, chunk::failed("insufficient_quota")}, quota},
        {"not JSON", {"{\"choices\":"}, invalid_200},
        {"not JSON after text", {chunk::text("x"), "boom"}, invalid_200, true},
        {"a reason that says error", {chunk::text("x"), chunk::finish("error")}, invalid_200, true},
        {"a call as text",
         {chunk::text("<tool"), chunk::text("_call>{\"name\":\"read\"}"), chunk::finish("stop")},
         malformed_tool},
        {"a call as text in a fence",
         {chunk::text("```json"), chunk::text("\n{\"name\": "), chunk::text("\"read\", \"arguments\": {}}\n```"),
          chunk::finish("stop")},
         malformed_tool},
        {"a call as text after other text",
         {chunk::text("I look. "), chunk::text("<tool_call>{\"name\":\"read\",\"arguments\":{}}</tool_call>"),
          chunk::finish("stop")},
         malformed_tool,
         true},
    };
    for (const Bad& row : rows) {
        Told told(gate_facts());
        std::string out;
        for (const std::string& event : row.events) out += told.see(event);
        EXPECT_EQ(told.end(), "") << row.name;
        EXPECT_EQ(spelling(told.outcome.what), spelling(row.what)) << row.name << ": " << told.outcome.why;
        EXPECT_EQ(told.gate.committed(), row.committed) << row.name;
        EXPECT_EQ(out.empty(), !row.committed) << row.name;
        EXPECT_EQ(out.find("\"finish_reason\":\""), std::string::npos) << row.name;
    }
}

TEST(StreamGate, the_reason_of_a_break_is_kept)
{
    Told told;
    told.see(chunk::text("x"));
    EXPECT_EQ(told.end(timed_out(Timer::idle)), "");
    EXPECT_EQ(told.outcome.timer, Timer::idle);
}

TEST(StreamGate, what_a_broken_stream_counted_is_kept)
{
    Told told;
    told.see(chunk::text("x"));
    told.see(chunk::usage());
    told.end(timed_out(Timer::idle));
    ASSERT_TRUE(told.outcome.answer.usage);
    EXPECT_EQ(told.outcome.answer.usage->prompt_tokens, 7);
}

TEST(StreamGate, reasoning_is_held_for_a_while_and_then_flows)
{
    GateLimits limits;
    limits.reasoning_bytes = 10;
    limits.reasoning_time = 2s;
    Told by_time(no_tools(), limits);
    EXPECT_EQ(by_time.see(chunk::reasoning("hm"), 0s), "");
    EXPECT_TRUE(by_time.content);
    EXPECT_EQ(by_time.see(chunk::reasoning("hm"), 1999ms), "");
    EXPECT_NE(by_time.see(chunk::reasoning("hm"), 2s), "");
    EXPECT_TRUE(by_time.gate.committed());
    Told by_size(no_tools(), limits);
    EXPECT_EQ(by_size.see(chunk::reasoning("0123456789"), 0s), "");
    EXPECT_NE(by_size.see(chunk::reasoning("x"), 0s), "");
}

TEST(StreamGate, more_than_may_be_held_is_a_failure)
{
    GateLimits limits;
    limits.held_bytes = 300;
    Told told(gate_facts(), limits);
    told.see(chunk::call(0, "a", "read", "{"));
    told.see(chunk::call(0, "", "", std::string(300, ' ')));
    EXPECT_TRUE(told.gate.over());
    EXPECT_EQ(told.end(), "");
    EXPECT_EQ(told.outcome.what, OutcomeClass::invalid_200);
}

TEST(StreamGate, comments_disguised_as_data_are_dropped)
{
    Told told;
    EXPECT_EQ(told.see(": OPENROUTER PROCESSING"), "");
    EXPECT_FALSE(told.content);
    EXPECT_EQ(told.see(chunk::text("x")), data_line(chunk::text("x")));
}

TEST(StreamGate, a_chunk_without_choices_is_passed_on_and_is_no_content)
{
    Told told;
    const std::string preamble = R"({"id":"","model":"","choices":[],"prompt_filter_results":[]})";
    EXPECT_EQ(told.see(preamble), "");
    EXPECT_FALSE(told.content);
    EXPECT_EQ(told.see(chunk::text("x")), data_line(preamble) + data_line(chunk::text("x")));
}

wire::ChatAnswer read_back(const std::string& bytes)
{
    wire::SseReader reader;
    std::vector<wire::SseEvent> events;
    reader.feed(bytes, events);
    // A naive client: joins by index alone, and appends names.
    wire::ChatAnswer answer;
    for (const wire::SseEvent& event : events) {
        std::vector<wire::Delta> deltas;
        wire::openai_chat::read_chunk(event, deltas);
        for (const wire::Delta& delta : deltas) {
            if (const auto* finish = std::get_if<wire::delta::Finish>(&delta)) answer.finish = finish->reason;
            const auto* call = std::get_if<wire::delta::Call>(&delta);
            if (!call) continue;
            EXPECT_GE(call->index, 0);
            answer.tool_calls.resize(std::max(answer.tool_calls.size(), static_cast<std::size_t>(call->index + 1)));
            wire::ToolCall& held = answer.tool_calls[static_cast<std::size_t>(call->index)];
            held.id += call->id;
            held.name += call->name;
            held.arguments += call->arguments;
        }
    }
    return answer;
}

std::string call_without_index(const std::string& id, const std::string& name, const std::string& arguments)
{
    return chunk::of(R"({"tool_calls":[{"id":")" + id + R"(","type":"function","function":{"name":")" + name +
                     R"(","arguments":")" + arguments + R"("}}]})");
}

TEST(StreamGate, calls_that_clients_would_join_wrongly_are_written_anew)
{
    struct Row {
        const char* name;
        std::vector<std::string> events;
    };
    const std::vector<Row> rows{
        {"one index for both", {chunk::call(0, "a", "read", "{}"), chunk::call(0, "b", "write", "{}")}},
        {"no index", {call_without_index("a", "read", "{}"), call_without_index("b", "write", "{}")}},
        {"the name again with every piece",
         {chunk::call(0, "a", "read", "{"), chunk::call(0, "a", "read", "}"), chunk::call(1, "b", "write", "{}")}},
        {"indices from one", {chunk::call(1, "a", "read", "{}"), chunk::call(2, "b", "write", "{}")}},
        {"arguments as an object",
         {chunk::of(
              R"({"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"read","arguments":{}}}]})"),
          chunk::call(1, "b", "write", "{}")}},
    };
    for (const Row& row : rows) {
        Told told(gate_facts());
        told.see(chunk::role());
        for (const std::string& event : row.events) EXPECT_EQ(told.see(event), "") << row.name;
        told.see(chunk::finish("tool_calls"));
        told.see(chunk::usage());
        const std::string out = told.end();
        EXPECT_EQ(told.outcome.what, OutcomeClass::ok) << row.name << ": " << told.outcome.why;
        const wire::ChatAnswer answer = read_back(out);
        ASSERT_EQ(answer.tool_calls.size(), 2U) << row.name << out;
        EXPECT_EQ(answer.tool_calls[0], (wire::ToolCall{"a", "read", "{}"})) << row.name << out;
        EXPECT_EQ(answer.tool_calls[1], (wire::ToolCall{"b", "write", "{}"})) << row.name;
        EXPECT_EQ(answer.finish, wire::FinishReason::tool_calls) << row.name;
        EXPECT_NE(out.find("\"prompt_tokens\":7"), std::string::npos) << row.name;
        EXPECT_NE(out.find("\"role\":\"assistant\""), std::string::npos) << row.name;
        EXPECT_TRUE(out.ends_with(end_marker)) << row.name;
    }
}

}  // namespace
}  // namespace chaos::router
