// Server-sent events: one table of streams, read whole, byte by byte, and split at every position.
#include "wire/sse.hpp"

#include <gtest/gtest.h>

namespace chaos::wire {
namespace {

using Events = std::vector<SseEvent>;

struct Case {
    std::string_view name;
    std::string stream;
    Events events;
    bool in_the_middle = false;
    std::size_t comments = 0;
};

std::string with_nul(std::string_view before, std::string_view after)
{
    return std::string(before) + '\0' + std::string(after);
}

const std::vector<Case>& table()
{
    static const std::vector<Case> cases{
        {"one event", "data: a\n\n", {{"", "a", ""}}},
        {"two events", "data: a\n\ndata: b\n\n", {{"", "a", ""}, {"", "b", ""}}},
        {"CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", {{"", "a", ""}, {"", "b", ""}}},
        {"CRLF within an event", "event: x\r\ndata: a\r\ndata: b\r\n\r\n", {{"x", "a\nb", ""}}},
        {"bare CR", "data: a\r\rdata: b\r\r", {{"", "a", ""}, {"", "b", ""}}},
        {"mixed line ends",
         "data: a\r\n\ndata: b\n\r\ndata: c\r\n\rdata: d\n\n",
         {{"", "a", ""}, {"", "b", ""}, {"", "c", ""}, {"", "d", ""}}},
        {"CR LF LF is two line ends", "data: a\r\n\n", {{"", "a", ""}}},
        {"LF CR is two line ends", "data: a\n\rdata: b\n\n", {{"", "a", ""}, {"", "b", ""}}},
        {"no space after the colon", "data:a\n\n", {{"", "a", ""}}},
        {"only one space is dropped", "data:  a \n\n", {{"", " a ", ""}}},
        {"a tab is not a space", "data:\ta\n\n", {{"", "\ta", ""}}},
        {"several data lines", "data: a\ndata: b\ndata\ndata: c\n\n", {{"", "a\nb\n\nc", ""}}},
        {"empty data is an event", "data:\n\n", {{"", "", ""}}},
        {"data without a colon", "data\n\n", {{"", "", ""}}},
        {"two empty data lines", "data\ndata\n\n", {{"", "\n", ""}}},
        {"an event without data is none", "event: ping\n\ndata: a\n\n", {{"", "a", ""}}},
        {"blank lines alone", "\n\r\n\r\n", {}},
        {"named", "event: error\ndata: a\n\ndata: b\n\n", {{"error", "a", ""}, {"", "b", ""}}},
        {"the last name counts", "event: a\nevent: b\ndata: x\n\n", {{"b", "x", ""}}},
        {"an id stays",
         "id: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
         {{"", "a", "7"}, {"", "b", "7"}, {"", "c", ""}}},
        {"an id with NUL is ignored", with_nul("id: 1\nid: 2", "3\ndata: a\n\n"), {{"", "a", "1"}}},
        {"comments", ": hello\ndata: a\n:\n:x\n\n: bye\n", {{"", "a", ""}}, false, 4},
        {"a comment between data lines", "data: a\n: x\ndata: b\n\n", {{"", "a\nb", ""}}, false, 1},
        {"unknown fields", "retry: 5\nfoo: bar\ndatax: 1\nDATA: 2\n data: 3\nbare\ndata: a\n\n", {{"", "a", ""}}},
        {"colons in data", "data: a: b:c\n\n", {{"", "a: b:c", ""}}},
        {"a byte order mark",
         "\xEF\xBB\xBF"
         "data: a\n\n",
         {{"", "a", ""}}},
        {"only one mark is dropped",
         "\xEF\xBB\xBF\xEF\xBB\xBF"
         "data: a\n\ndata: b\n\n",
         {{"", "b", ""}}},
        {"a mark later on is text",
         "data: a\n\n\xEF\xBB\xBF"
         "data: b\n\ndata: c\n\n",
         {{"", "a", ""}, {"", "c", ""}}},
        {"a mark before a blank line", "\xEF\xBB\xBF\ndata: a\n\n", {{"", "a", ""}}},
        {"UTF-8", "data: \xC3\xA9\xF0\x9F\x98\x80\n\n", {{"", "\xC3\xA9\xF0\x9F\x98\x80", ""}}},
        {"bytes that are no UTF-8 pass", "data: \xFF\xC3\n\n", {{"", "\xFF\xC3", ""}}},
        {"NUL in data", with_nul("data: a", "b\n\n"), {{"", std::string("a\0b", 3), ""}}},
        {"no blank line at the end", "data: a\n\ndata: b\n", {{"", "a", ""}}, true},
        {"no line end at the end", "data: a\n\ndata: b", {{"", "a", ""}}, true},
        {"half a field name", "data: a\n\nda", {{"", "a", ""}}, true},
        {"a name without its event", "data: a\n\nevent: x\n", {{"", "a", ""}}, true},
        {"a bare text line at the end", "data: a\n\nupstream error: read ECONNRESET\n", {{"", "a", ""}}},
        {"nothing", "", {}},
        {"as OpenAI ends", "data: {\"a\":1}\n\ndata: [DONE]\n\n", {{"", "{\"a\":1}", ""}, {"", "[DONE]", ""}}},
    };
    return cases;
}

void expect_read(const Case& c, const std::vector<std::string_view>& pieces, std::string_view how)
{
    SseReader reader;
    Events events;
    for (std::string_view piece : pieces) EXPECT_TRUE(reader.feed(piece, events)) << c.name;
    EXPECT_EQ(events, c.events) << c.name << ", " << how;
    EXPECT_EQ(reader.in_the_middle(), c.in_the_middle) << c.name << ", " << how;
    EXPECT_EQ(reader.comments(), c.comments) << c.name << ", " << how;
}

TEST(SseReader, ReadsWholeStreams)
{
    for (const Case& c : table()) expect_read(c, {c.stream}, "whole");
}

TEST(SseReader, ReadsByteByByte)
{
    for (const Case& c : table()) {
        std::vector<std::string_view> pieces;
        for (std::size_t i = 0; i < c.stream.size(); ++i) pieces.push_back(std::string_view(c.stream).substr(i, 1));
        expect_read(c, pieces, "byte by byte");
    }
}

TEST(SseReader, ReadsStreamsSplitAnywhere)
{
    for (const Case& c : table()) {
        std::string_view stream = c.stream;
        for (std::size_t i = 0; i <= stream.size(); ++i) {
            expect_read(c, {stream.substr(0, i), "", stream.substr(i)}, "split at " + std::to_string(i));
        }
    }
}

TEST(SseReader, KnowsThatItIsInTheMiddleAtEveryByteOfAnEvent)
{
    const std::string stream = "event: x\r\ndata: a\r\n\r\n";
    for (std::size_t i = 0; i <= stream.size(); ++i) {
        SseReader reader;
        Events events;
        reader.feed(std::string_view(stream).substr(0, i), events);
        // The blank line is complete with its CR; the LF belongs to it.
        bool before = i == 0;
        bool after = i + 1 >= stream.size();
        EXPECT_EQ(reader.in_the_middle(), !before && !after) << i;
        EXPECT_EQ(events.size(), after ? 1u : 0u) << i;
    }
}

TEST(SseReader, EventsBeyondTheLimitKillIt)
{
    const std::string data(10, 'x');
    Events events;
    SseReader exact(16);
    EXPECT_TRUE(exact.feed("data: " + data + "\n\n", events));
    EXPECT_EQ(events.size(), 1u);

    SseReader one_line(15);
    EXPECT_FALSE(one_line.feed("data: " + data + "\n\n", events));
    EXPECT_FALSE(one_line.feed("data: a\n\n", events));

    SseReader many_lines(30);
    EXPECT_TRUE(many_lines.feed("data: " + data + "\ndata: " + data + "\n", events));
    EXPECT_FALSE(many_lines.feed("data: " + data + "\n", events));

    SseReader endless_line(100);
    bool alive = true;
    for (int i = 0; i < 101; ++i) alive = endless_line.feed(":", events);
    EXPECT_FALSE(alive);
    EXPECT_EQ(events.size(), 1u);
}

TEST(SseReader, TheLimitIsPerEventNotPerStream)
{
    SseReader reader(64);
    Events events;
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(reader.feed(": keep-alive\ndata: some text\n\n", events));
    EXPECT_EQ(events.size(), 1000u);
    EXPECT_EQ(reader.comments(), 1000u);
}

TEST(EncodeSse, WritesWhatTheReaderReads)
{
    EXPECT_EQ(encode_sse("[DONE]"), "data: [DONE]\n\n");
    EXPECT_EQ(encode_sse("x", "error"), "event: error\ndata: x\n\n");
    EXPECT_EQ(encode_sse(""), "data: \n\n");
    EXPECT_EQ(encode_sse("a\nb\r\nc\rd\n"), "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
    for (std::string data : {"", "a", " a", "a\nb", "\n", "\n\n", ": x", "data: y", "\xEF\xBB\xBF"}) {
        SseReader reader;
        Events events;
        reader.feed(encode_sse(data, "name"), events);
        EXPECT_EQ(events, (Events{{"name", data, ""}}));
    }
}

}  // namespace
}  // namespace chaos::wire
