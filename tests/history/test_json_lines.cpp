// history.jsonl comes back as it was written, refuses what it cannot judge, and survives a crash in its last line.
#include <gtest/gtest.h>

#include "history/json_lines.hpp"
#include "tests/support/history_builder.hpp"

namespace chaos::history {
namespace {

Event full_event()
{
    Event event;
    event.number = 18'000'000'000'000'000'001ULL;
    event.at = net::Instant(net::Duration(-5));
    event.actor = Actor::tool_server;
    event.kind = Kind::tool_answered;
    event.task = "amber-otter-t07";
    event.step = 3;
    event.request = "amber-otter-t07/3/1";
    event.attempt = "primary#17";
    event.provider = "primary";
    event.fault = "blackhole-primary-1";
    event.tool = "write_file";
    event.effect = "amber-otter-t07/3/1";
    event.key = "key \"quoted\" \\ back";
    event.ordinal = 17;
    event.value = -9'000'000'000'000'000'001LL;
    event.status = 529;
    event.flag = true;
    event.outcome = Outcome::unknown;
    event.ending = Ending::cut_reset;
    event.evidence = Evidence::contacted;
    event.finish = "tool_calls";
    event.error_type = "overloaded_error";
    event.expected = "dusk heron";
    event.text = std::string("line\nfeed\ttab\x01 nul\0 grüße 🦦", 32);
    event.marks = {"mark-one", "mark-two"};
    event.turns = {{"user", 0xFFFFFFFFFFFFFFFFULL, "write it"}, {"tool", 0, ""}};
    return event;
}

std::string with_header(std::string_view lines)
{
    return header_line() + std::string(lines);
}

Event run_ended(std::uint64_t number)
{
    Event event;
    event.number = number;
    event.kind = Kind::run_ended;
    return event;
}

TEST(JsonLines, EveryFieldComesBack)
{
    History history;
    history.events = {full_event(), run_ended(2)};
    history.notes = {{net::Instant(net::Duration(7)), "router", "r-1", "primary", "breaker", "opened \"now\""}};
    const ReadHistory read = from_json_lines(to_json_lines(history));
    EXPECT_EQ(read.problem, "");
    EXPECT_EQ(read.history.events, history.events);
    EXPECT_EQ(read.history.notes, history.notes);
    EXPECT_FALSE(read.history.interrupted);
}

TEST(JsonLines, EveryKindComesBack)
{
    History history;
    for (int kind = 0; kind <= static_cast<int>(Kind::tool_answered); ++kind) {
        Event event;
        event.number = static_cast<std::uint64_t>(kind) + 1;
        event.kind = static_cast<Kind>(kind);
        event.ending = static_cast<Ending>(kind % 8);
        event.outcome = static_cast<Outcome>(kind % 4);
        event.evidence = static_cast<Evidence>(kind % 4);
        event.actor = static_cast<Actor>(kind % 4);
        history.events.push_back(event);
    }
    EXPECT_EQ(from_json_lines(to_json_lines(history)).history.events, history.events);
}

TEST(JsonLines, OnlyFilledFieldsAreWritten)
{
    std::string line;
    append_line(line, run_ended(4));
    EXPECT_EQ(line, "{\"n\":4,\"at\":0,\"actor\":\"harness\",\"kind\":\"run_ended\"}\n");
}

TEST(JsonLines, NotesStandAfterEventsOfTheSameInstant)
{
    History history;
    Event later = run_ended(2);
    later.at = net::Instant(net::Duration(10));
    history.events = {full_event(), later};
    history.notes = {{net::Instant(net::Duration(10)), "router", "", "", "same", ""},
                     {net::Instant(net::Duration(11)), "router", "", "", "after", ""}};
    const std::string text = to_json_lines(history);
    EXPECT_LT(text.find("run_ended"), text.find("\"same\""));
    EXPECT_LT(text.find("\"same\""), text.find("\"after\""));
}

TEST(JsonLines, AnInterruptedHistoryStaysInterrupted)
{
    History history;
    history.events = {run_ended(1)};
    history.interrupted = true;
    EXPECT_TRUE(from_json_lines(to_json_lines(history)).history.interrupted);
}

TEST(JsonLines, ARunEndedEarlySaysWhyAndIsInterrupted)
{
    History history;
    history.events = {run_ended(1)};
    history.events[0].text = "SIGTERM";
    const ReadHistory read = from_json_lines(to_json_lines(history));
    EXPECT_TRUE(read.history.interrupted);
    EXPECT_EQ(read.history.events, history.events);
}

TEST(JsonLines, ACutAtAnyByteKeepsTheLinesBeforeItAndIsInterrupted)
{
    std::string text = header_line();
    append_line(text, full_event());
    const std::size_t first_ends = text.size();
    append_line(text, run_ended(2));
    for (std::size_t length = first_ends; length < text.size() - 1; ++length) {
        const ReadHistory read = from_json_lines(std::string_view(text).substr(0, length));
        EXPECT_EQ(read.problem, "") << "cut after " << length;
        EXPECT_TRUE(read.history.interrupted) << "cut after " << length;
        ASSERT_EQ(read.history.events.size(), 1U) << "cut after " << length;
        EXPECT_EQ(read.history.events[0], full_event());
    }
}

struct Refusal {
    std::string name;
    std::string text;
    std::string problem;
};
class Refused : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refused, WithItsLine)
{
    EXPECT_EQ(from_json_lines(GetParam().text).problem, GetParam().problem);
}

const std::string event_line = R"({"n":1,"at":0,"actor":"harness","kind":"clock_zero"})"
                               "\n";

INSTANTIATE_TEST_SUITE_P(
    JsonLines, Refused,
    ::testing::Values(Refusal{"newer", "{\"chaos_history\":2}\n",
                              "line 1: history format 2 is newer than 1, the newest that this program reads"},
                      Refusal{"headless", event_line, "line 1: not a history: expected {\"chaos_history\":1}"},
                      Refusal{"unknown_member",
                              with_header(R"({"n":1,"at":0,"mood":"bad"})"
                                          "\n"),
                              "line 2: unknown member 'mood'"},
                      Refusal{"unknown_kind",
                              with_header(event_line + R"({"n":2,"at":0,"kind":"party"})"
                                                       "\n"),
                              "line 3: unknown kind 'party'"},
                      Refusal{"no_number",
                              with_header(R"({"at":0,"kind":"clock_zero"})"
                                          "\n"),
                              "line 2: an event without its number"},
                      Refusal{"digest",
                              with_header(R"({"n":1,"turns":[["user","xyz","a"]]})"
                                          "\n"),
                              "line 2: a digest is not hexadecimal"},
                      Refusal{"short_turn",
                              with_header(R"({"n":1,"turns":[["user","0f"]]})"
                                          "\n"),
                              "line 2: a turn is not [role, digest, label]"},
                      Refusal{"two_objects",
                              with_header(R"({"n":1,"at":0}{"n":2})"
                                          "\n"),
                              "line 2: something follows the object"}),
    [](const auto& info) { return info.param.name; });

TEST(JsonLines, BrokenLinesInTheMiddleAreProblems)
{
    for (const std::string bad :
         {"{\"n\":1,\"at\":", "nonsense", "[]", "", "{\"n\":\"one\"}", "{\"n\":1,\"text\":7}"}) {
        const std::string problem = from_json_lines(with_header(bad + "\n" + event_line)).problem;
        EXPECT_EQ(problem.substr(0, 7), "line 2:") << bad;
    }
}

TEST(JsonLines, AnEmptyFileIsNoHistory)
{
    EXPECT_NE(from_json_lines("").problem, "");
}

TEST(JsonLines, AHeaderAloneIsAnInterruptedHistory)
{
    const ReadHistory read = from_json_lines(header_line());
    EXPECT_EQ(read.problem, "");
    EXPECT_TRUE(read.history.interrupted);
}

}  // namespace
}  // namespace chaos::history
